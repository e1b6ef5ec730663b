"""Each op by both ways: the balls hold the 50-digit derivative and are narrow; a rule wrong by 0.05 % is caught."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from checks import precise
from samples import SAMPLES, Sample, elementwise_samples

from jaccli.certify import DisagreementError, certified, composed, series, tape
from jaccli.certify.balls import ball, each, precision
from jaccli.certify.kernels import UNSUPPORTED, missing
from jaccli.certify.kinks import plain_numbers
from jaccli.derive.symbolic import local_partials
from jaccli.graph.ir import Graph
from jaccli.ops import TABLE

ELEMENTWISE = [s for s in elementwise_samples((2,)) if not s.row.boolean and "boolean" not in s.row.domains]
SMOOTH = [s for s in (*elementwise_samples((2,)), *SAMPLES) if not s.row.boolean and s.op not in ("cast", *UNSUPPORTED)]
SYSTEMS = {
    "series": series.series_numbers,
    "plain balls": plain_numbers,
    "tape": lambda: tape.Tape(local_partials).numbers,
}


def by_id(samples: list[Sample]) -> Any:
    return pytest.mark.parametrize("sample", samples, ids=lambda sample: sample.id)


class Applied:
    """A sample's op on leaves x0, x1 …, at a random point."""

    def __init__(self, sample: Sample, rng: np.random.Generator) -> None:
        self.graph, xs = Graph(), sample.draw(rng)
        booleans = [sample.domain(k) == "boolean" for k in range(len(xs))]
        leaves = [self.graph.leaf(f"x{k}", s, b) for k, (s, b) in enumerate(zip(sample.shapes, booleans, strict=True))]
        orders = [sample.domain(k) == "whole" for k in range(len(xs))]  # of polygamma: no variable
        operands = [self.graph.literal(x) if o else leaf for x, leaf, o in zip(xs, leaves, orders, strict=True)]
        self.of = self.graph.add(sample.op, operands, sample.params)
        self.values = {f"x{k}": x for k, x in enumerate(xs)}
        self.wrt = [leaf for leaf, boolean in zip(leaves, map(max, booleans, orders), strict=True) if not boolean]

    def directions(self) -> dict[str, Any]:
        return {f"x{leaf.index}": np.full((1, *leaf.shape), 0.75) for leaf in self.wrt}


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_op_has_a_kernel_or_a_reason(system: str) -> None:
    assert missing(SYSTEMS[system]()) == [], (
        "give these ops a kernel in certify/, a definition in ops/, or a reason in UNSUPPORTED"
    )


def test_reasons_are_for_ops_of_the_table() -> None:
    assert set(UNSUPPORTED) <= set(TABLE)


@by_id(SMOOTH)
def test_both_ways_enclose_the_same_derivative(sample: Sample, rng: np.random.Generator) -> None:
    applied = Applied(sample, rng)
    with precision(212):
        u = applied.directions()
        _, along = series.directional(applied.graph, applied.of, applied.values, u, 1)
        seeds = np.eye(applied.of.node.size)
        bars = tape.swept(applied.graph, applied.of, applied.wrt, applied.values, seeds, local_partials)
        total = sum(
            bar @ each(ball, u[f"x{x.index}"].reshape(-1).astype(object))
            for bar, x in zip(bars, applied.wrt, strict=True)
        )
        overlap = [ball(a).overlaps(ball(b)) for a, b in zip(along[0], total, strict=True)]
        width = max((float(ball(a).rad()) for a in (*along[0], *total)), default=0.0)
    assert all(overlap)
    assert width < 2.0**-180


@by_id(ELEMENTWISE)
def test_balls_hold_the_50_digit_derivative(sample: Sample, rng: np.random.Generator) -> None:
    applied = Applied(sample, rng)
    f = precise(sample.row)
    with mpmath.workdps(50):
        for k, name in enumerate(applied.values):
            column = np.zeros((1, 2))
            column[0, 0] = 1.0
            with precision(106):
                _, along = series.directional(applied.graph, applied.of, applied.values, {name: column}, 1)
                digits = ball(along[0][0]).mid().str(30, radius=False)
            point = [mpmath.mpf(float(x[0])) for x in applied.values.values()]
            expected = mpmath.diff(lambda t, p=point, k=k: f(*p[:k], t, *p[k + 1 :]), point[k])
            assert abs(mpmath.mpf(digits) - expected) <= mpmath.mpf(10) ** -25 * (1 + abs(expected))


# --- planted mistakes


@pytest.mark.parametrize("name", sorted({*composed.NATIVE, *composed.COMPOSED} & TABLE.keys() - {"polygamma"}))
def test_a_series_kernel_wrong_by_a_twentieth_of_a_per_cent_is_caught(
    name: str, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = composed.NATIVE if name in composed.NATIVE else composed.COMPOSED
    right = table[name]

    def wrong(*xs: Any) -> Any:
        y = right(*xs)
        return type(y)([y[0], y[1] * (ball(10005) / 10000)], 2)

    monkeypatch.setitem(table, name, wrong)
    series._numbers.cache_clear()
    try:
        caught(name, rng, local_partials)
    finally:
        monkeypatch.undo()
        series._numbers.cache_clear()


@pytest.mark.parametrize("name", sorted(tape.FUNCTIONS.keys() & TABLE.keys()))
def test_a_partial_wrong_by_a_twentieth_of_a_per_cent_is_caught(name: str, rng: np.random.Generator) -> None:
    def wrong(op: str, arity: int, m: Any) -> Any:
        rules = local_partials(op, arity, m)
        return [lambda *xs, rule=rule: rule(*xs) * 10005 / 10000 for rule in rules] if op == name else rules

    caught(name, rng, wrong)


def caught(name: str, rng: np.random.Generator, partials: Any) -> None:
    (sample,) = [s for s in elementwise_samples((2,)) if s.op == name]
    applied = Applied(sample, rng)
    with pytest.raises(DisagreementError, match="exclude each other"):
        certified(applied.graph, applied.of, applied.wrt, applied.values, partials)
