"""Functions that move in steps: a right derivative never fails, a wrong one never passes, a zero between steps passes."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import mpmath
import numpy as np
import pytest

import jaccli
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check
from jaccli.results.checks import Check
from jaccli.types import Array

Formula = Callable[[Any, Any], Any]  # (numpy or mpmath, x)
SMOOTH: dict[str, Formula] = {
    "x": lambda m, x: x,
    "sin(x)": lambda m, x: m.sin(x),
    "1 + x^2": lambda m, x: 1 + x * x,
    "1e6 x": lambda m, x: 1e6 * x,
    "exp(x/10)": lambda m, x: m.exp(x / 10),
    "x^3": lambda m, x: x * x * x,
}
CANCELLED: dict[str, Formula] = {
    "1 - tanh(x)": lambda m, x: 1 - m.tanh(x),
    "(1 + exp(x)) - 1": lambda m, x: (1 + m.exp(x)) - 1,
    "1 - sigmoid(x)": lambda m, x: 1 - 1 / (1 + m.exp(-x)),
    "log(1 + exp(x))": lambda m, x: m.log(1 + m.exp(x)),
    "p (1 - p)": lambda m, x: 1 / (1 + m.exp(-x)) * (1 - 1 / (1 + m.exp(-x))),
    "(1e8 + x) - 1e8": lambda m, x: (1e8 + x) - 1e8,
}
#: Where each of them has a few digits left, and where none.
POINTS = {
    "1 - tanh(x)": (14.4, 17.2, 18.6),
    "(1 + exp(x)) - 1": (-31.3, -34.7, -35.9),
    "1 - sigmoid(x)": (31.2, 35.1, 36.4),
    "log(1 + exp(x))": (-30.1, -34.4, -36.1),
    "p (1 - p)": (31.2, 35.1, 36.4),
    "(1e8 + x) - 1e8": (3e-6, 2e-7, 0.7),
}


def verdict(fn: Callable[[Any], Any], x: float, slope: float) -> Check:
    with np.errstate(all="ignore"):
        report = jaccli.gradcheck(fn, np.array([x]), jacobian=lambda _: np.array([[slope]]), vectorized=True)
    return next(found for found in report.checks if found.tested == "jacobian")


def products() -> list[tuple[Formula, float]]:
    """Return each product at one of the points of its second factor."""

    def product(s: str, c: str) -> Formula:
        return lambda m, x: SMOOTH[s](m, x) * CANCELLED[c](m, x)

    rows = [(s, c, (k + k // len(CANCELLED)) % 3) for k, (s, c) in enumerate(itertools.product(SMOOTH, CANCELLED))]
    return [(product(s, c), POINTS[c][k]) for s, c, k in rows]


def outcome_of(fn: Formula, x: float, slope: float) -> str:
    return verdict(lambda t: fn(np, t), x, slope).outcome


def test_right_slopes_of_products_in_tails_never_fail_and_wrong_ones_never_pass() -> None:
    outcomes: dict[float, Counter[str]] = {factor: Counter() for factor in (1.0, 1.5, -1.0)}
    for fn, x in products():
        with mpmath.workdps(50):
            right = float(mpmath.diff(partial(fn, mpmath), mpmath.mpf(x)))
        for factor, counts in outcomes.items():
            counts[outcome_of(fn, x, factor * right)] += 1
    assert outcomes[1.0]["fail"] == outcomes[1.5]["pass"] == outcomes[-1.0]["pass"] == 0
    assert outcomes[-1.0]["fail"] >= 12  # so large a mistake is seen where two or three digits are left


def test_the_slope_of_one_tread_of_a_product_never_passes() -> None:
    outcomes = Counter()
    for s, c in itertools.product(("x", "sin(x)", "x^3"), CANCELLED):
        for x in POINTS[c]:
            with mpmath.workdps(50):
                part = float(mpmath.diff(partial(SMOOTH[s], mpmath), mpmath.mpf(x)))
            value = SMOOTH[s](np, x) * CANCELLED[c](np, x)
            if 0 < abs(value) < 1e-9 and x != 0.7:
                outcomes[
                    verdict(
                        lambda t, s=s, c=c: SMOOTH[s](np, t) * CANCELLED[c](np, t), x, part * CANCELLED[c](np, x)
                    ).outcome
                ] += 1
    assert outcomes["pass"] == 0 < outcomes["inconclusive"]


@pytest.mark.parametrize("large", [1e6, 1e12])
@pytest.mark.parametrize(("s", "c"), list(zip(SMOOTH, CANCELLED, strict=True)), ids=" ".join)
def test_a_factor_that_makes_steps_high_makes_no_tread_pass(s: str, c: str, large: float) -> None:
    x = POINTS[c][0]
    with mpmath.workdps(50):
        part = float(mpmath.diff(partial(SMOOTH[s], mpmath), mpmath.mpf(x)))
        right = float(mpmath.diff(lambda t: SMOOTH[s](mpmath, t) * CANCELLED[c](mpmath, t), mpmath.mpf(x)))
    slopes = (large * right, large * part * CANCELLED[c](np, x))
    outcomes = [outcome_of(lambda m, t: large * SMOOTH[s](m, t) * CANCELLED[c](m, t), x, slope) for slope in slopes]
    assert (outcomes[0] != "fail", outcomes[1] != "pass") == (True, True)


#: Where each of them has a few steps left, one, and none, so that all edges lie far off or to one side.
ENDS = {
    "1 - tanh(x)": (13.0, 18.05, 18.6),
    "(1 + exp(x)) - 1": (-35.7, -36.4),
    "1 - sigmoid(x)": (35.652, 36.8),
    "log(1 + exp(x))": (-35.7, -36.4),
    "p (1 - p)": (35.652, 36.8),
    "(1e8 + x) - 1e8": (1.298e-8, 1.847e-8, 3.7396e-8, 5.3e-8),
}
LARGE: dict[str, Formula] = {
    "1e12": lambda m, x: 1e12 * x**0,
    "1e12 x": lambda m, x: 1e12 * x,
    "1e6 x^3": lambda m, x: 1e6 * x * x * x,
}


@pytest.mark.parametrize("large", LARGE)
@pytest.mark.parametrize("c", CANCELLED)
def test_a_large_factor_makes_no_last_tread_pass_and_no_right_slope_fail(large: str, c: str) -> None:
    factor = LARGE[large]
    for x in ENDS[c]:
        with mpmath.workdps(50):
            part = float(mpmath.diff(partial(factor, mpmath), mpmath.mpf(x)))
            right = float(mpmath.diff(lambda t: factor(mpmath, t) * CANCELLED[c](mpmath, t), mpmath.mpf(x)))
        slopes = (right, part * CANCELLED[c](np, x))
        outcomes = [outcome_of(lambda m, t: factor(m, t) * CANCELLED[c](m, t), x, slope) for slope in slopes]
        assert (x, outcomes[0] != "fail", outcomes[1] != "pass") == (x, True, True)


@pytest.mark.parametrize("power", [1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize(("large", "constant"), [(1.0, 1e8), (1e6, 1e12), (1e12, 1e4)])
def test_a_power_beside_lost_digits_hides_no_edge(power: int, large: float, constant: float) -> None:
    ulp = float(np.spacing(constant))
    for x in ulp * np.array([0.55, 0.872, 1.0, 1.2, 1.7, 2.2, 3.3]):
        tread = large * power * (x / ulp) ** (power - 1) * ((constant + x) - constant) / ulp
        outcomes = [
            verdict(lambda t: large * (t / ulp) ** power * ((constant + t) - constant), x, slope).outcome
            for slope in (large * (power + 1) * (x / ulp) ** power, tread)
        ]
        assert (x, outcomes[0] != "fail", outcomes[1] != "pass") == (x, True, True)


def test_a_cube_beside_lost_digits_hides_no_edge_of_several_inputs() -> None:
    def cube(x: Array) -> Array:
        return np.asarray(1e6 * x**3 * ((1e8 + x) - 1e8))

    x = np.array([1.3e-8, 0.9e-8, 2e-8, 1.1e-8])
    for slopes in (lambda x: 4e6 * x**3, lambda x: 3e6 * x**2 * ((1e8 + x) - 1e8)):
        report = jaccli.gradcheck(cube, x, jacobian=lambda x, s=slopes: np.diag(s(x)))
        assert report.outcome == "inconclusive"


@pytest.mark.parametrize("reference", ["auto", "difference"])
def test_a_claim_of_a_spec_that_is_the_slope_of_one_tread_never_passes(reference: str) -> None:
    spec = {
        "inputs": {"x": 14.4},
        "outputs": {"y": "1e6*x*(1 - tanh(x))"},
        "jacobian": {"y": {"x": "1e6*(1 - tanh(x))"}},
    }
    found = check(jaccli.parse(spec).built, CheckOptions(reference=reference)).checks
    assert [one.outcome for one in found if one.tested == "claim"] == [
        "fail" if reference == "auto" else "inconclusive"
    ]


QUANTISERS: dict[str, tuple[Callable[[Any], Any], float]] = {  # and the slope of what the steps follow
    "three decimals": (lambda x: np.round(x * 1e3) / 1e3, 1.0),
    "six decimals": (lambda x: np.round(x, 6), 1.0),
    "whole numbers": (np.round, 1.0),
    "floor": (np.floor, 1.0),
    "fake quantize": (lambda x: np.clip(np.round(x / 0.037), -(2**15), 2**15) * 0.037, 1.0),
    "bins": (lambda x: np.digitize(x, np.linspace(-999, 999, 19981)) * 1.0, 10.0),
    "a lookup table": (lambda x: np.linspace(-999, 999, 19981)[np.digitize(x, np.linspace(-999, 999, 19981)) - 1], 1.0),
    "large": (lambda x: 1e4 * np.round(x * 1e3) / 1e3, 1e4),
}
AT = (47.33, -3.217, 1.234567, 812.7703)


@pytest.mark.parametrize("x", AT)
@pytest.mark.parametrize("case", QUANTISERS)
def test_a_zero_between_the_steps_of_a_quantiser_passes(case: str, x: float) -> None:
    assert verdict(QUANTISERS[case][0], x, 0.0).outcome == "pass"


@pytest.mark.parametrize("x", AT)
@pytest.mark.parametrize("case", QUANTISERS)
def test_a_straight_through_slope_is_named_and_left_open(case: str, x: float) -> None:
    fn, slope = QUANTISERS[case]
    found = verdict(fn, x, slope)
    assert (found.outcome, found.code) == ("inconclusive", "JAC206")
    assert "moves in steps of" in found.message


@pytest.mark.parametrize(
    ("fn", "slope", "outcome"),
    [
        pytest.param(lambda x: x * x + np.round(10 * x) / 10, 2 * 47.33, "pass", id="a sum, its smooth part"),
        pytest.param(lambda x: x * x + np.round(10 * x) / 10, 2 * 47.33 + 1, "inconclusive", id="a sum, straight through"),
        pytest.param(lambda x: x * x + np.round(10 * x) / 10, 2 * 47.33 + 2, "fail", id="a sum, neither"),
        pytest.param(lambda x: np.round(10 * x) / 10, 5.0, "fail", id="neither zero nor straight through"),
        pytest.param(lambda x: (1e8 + x) - 1e8, 0.0, "fail", id="zero where digits are lost"),
        pytest.param(lambda x: np.float64(np.float32(x)), 1.0, "pass", id="a cast, along segments"),
        pytest.param(lambda x: np.float64(np.float32(x)), 2.0, "fail", id="a cast, wrong"),
    ],
)  # fmt: skip
def test_a_slope_on_a_staircase_is_judged_by_both_of_its_slopes(
    fn: Callable[[Any], Any], slope: float, outcome: str
) -> None:
    assert verdict(fn, 47.33, slope).outcome == outcome


MIXED: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any], Callable[[Any, Any], float]]] = {
    # f(x, y), its slopes by y, and those of what the steps by x follow
    "a sum": (lambda x, y: np.round(3.7 * x) / 3.7 + np.sin(y), lambda x, y: np.cos(y), lambda x, y: 1.0),
    "a product": (lambda x, y: y * np.floor(2.3 * x), lambda x, y: np.floor(2.3 * x), lambda x, y: 2.3 * y),
    "a product of functions": (
        lambda x, y: np.round(3.7 * x) / 3.7 * np.sin(y),
        lambda x, y: np.round(3.7 * x) / 3.7 * np.cos(y),
        lambda x, y: np.sin(y),
    ),
}


@pytest.mark.parametrize("case", MIXED)
def test_a_quantiser_of_one_input_is_one_beside_a_smooth_one_of_any_size(case: str) -> None:
    fn, by_y, trend = MIXED[case]
    rng = np.random.default_rng(1)
    outcomes: Counter[tuple[str, str]] = Counter()
    for _ in range(24):
        x, y = rng.normal(size=2) * 10.0 ** rng.integers(-2, 4, size=2)
        for name, slope in (("tread", 0.0), ("trend", trend(x, y))):
            both = np.array([slope, by_y(x, y)])
            (found,) = jaccli.gradcheck(lambda z: fn(z[0], z[1]), np.array([x, y]), jacobian=lambda z, b=both: b).checks
            outcomes[name, found.outcome] += 1
    assert outcomes["tread", "pass"] == 24
    assert outcomes["trend", "inconclusive"] >= 23  # one point has a single edge in sight, where that is nobody's slope
    assert outcomes["trend", "pass"] == 0


@pytest.mark.parametrize("x", [1.234567, 3.217, 0.777, 2.5511, 5.123])
def test_a_quantiser_that_is_smooth_elsewhere_is_known_by_its_even_steps(x: float) -> None:
    def fn(t: Any) -> Any:
        return np.where(t > 0, np.floor(3.7 * t) / 3.7, np.sin(t))

    assert (verdict(fn, x, 0.0).outcome, verdict(fn, x, 1.0).outcome) == ("pass", "inconclusive")


@pytest.mark.parametrize(
    ("fn", "x"),
    [
        pytest.param(lambda x: np.maximum(x, 0), -1.0, id="a dead relu"),
        pytest.param(lambda x: np.maximum(np.floor(3.7 * x) / 3.7, 0), -1.0, id="below a quantised relu"),
        pytest.param(np.sign, 2.0, id="a sign"),
        pytest.param(lambda x: np.clip(x, -1, 1), 4.3, id="clipped"),
    ],
)
def test_a_zero_that_nothing_nearby_moves_passes(fn: Callable[[Any], Any], x: float) -> None:
    both = lambda z: fn(z) + np.array([0.0, 1.0]) * z  # noqa: E731
    (found,) = jaccli.gradcheck(both, np.array([x, x]), jacobian=lambda z: np.diag([0.0, 1.0])).checks
    assert found.outcome == "pass"


@pytest.mark.parametrize(
    ("x", "outcome"),
    [
        pytest.param(1.234567, "pass", id="steps too high for rounding"),
        pytest.param(812.7703, "inconclusive", id="steps as those of 1e13 + x would be"),
    ],
)
def test_a_zero_between_steps_of_a_power_of_two_passes_where_they_cannot_be_rounding(x: float, outcome: str) -> None:
    assert outcome_of(lambda _, x: np.round(x * 128) / 128, x, 0.0) == outcome


def test_a_spec_judged_by_differences_is_looked_at_for_stairs() -> None:
    model = jaccli.parse({"inputs": {"x": -8}, "outputs": {"y": "x*0.5*(1 + erf(x/sqrt(2)))"}})
    assert {found.code for found in check(model.built, CheckOptions(reference="difference")).checks} == {"JAC206"}


@pytest.mark.parametrize("logits", [[24.0, 0.0], [30.0, 0.0], [36.0, 0.0], [18.0, 0.0]])
def test_the_entropy_of_confident_logits_is_no_failure(logits: list[float]) -> None:
    def entropy(z: Any) -> Any:
        p = np.exp(z - z.max())
        p = p / p.sum()
        return -np.sum(p * np.log(p))

    def slope(z: Any) -> Any:
        p = np.exp(z - z.max())
        p = p / p.sum()
        return -p * (np.log(p) - np.sum(p * np.log(p)))

    (found,) = jaccli.gradcheck(entropy, np.array(logits), jacobian=slope).checks
    assert found.outcome != "fail"


@pytest.mark.parametrize("seed", range(6))
def test_a_diagonal_of_staircases_fails_no_zero_and_passes_no_other_slope(seed: int) -> None:
    """Each row moves with its own column alone, and more columns than are looked at one by one."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(9, 30))
    steps, x = 10 ** rng.uniform(0, 5, n), rng.uniform(0.5, 1.5, n)

    def outcome(slope: float) -> str:
        report = jaccli.gradcheck(lambda x: np.round(steps * x) / 8, x, jacobian=lambda x: np.diag(slope * steps / 8))
        return str(report.outcome)

    assert outcome(0.0) != "fail"
    assert outcome(1.0) != "pass"
    assert outcome(3.7) == "fail"
