"""A fixed slice of the benchmarks whose tables stand in docs/checker.md, with exact counts; and one case for each rule behind them."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

from jaccli.difference import differences
from jaccli.difference.kinks import kinds_at

EPS = 2.0**-52


def benchmark(name: str) -> Any:
    path = Path(__file__).parents[2] / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"benchmarks_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


#: Table → every so-manieth case of it, and the counts of pass, fail and inconclusive by how the derivative is wrong.
SLICES: dict[str, tuple[int, dict[str, tuple[int, int, int]]]] = {
    "smooth functions at all scales": (
        40,
        {"right": (41, 0, 0)} | {f"times {f}": (0, 41, 0) for f in (1.5, 1.1, 1.01, 1.001, 1.0001, 1.00001)},
    ),
    "hard functions": (
        3,
        {"right": (7, 0, 2)}
        | {f"times {f}": (0, 8, 0) for f in (1.5, 1.1, 1.01)}
        | {"times 1.001": (0, 7, 1), "times 1.0001": (0, 7, 1), "times 1.00001": (0, 6, 2)},
    ),
    "at minima": (
        3,
        {"right": (6, 0, 0)} | {f"plus {f:g} f''s": (0, 6, 0) for f in (1e-1, 1e-2, 1e-4, 1e-6, 1e-8, 1e-10)},
    ),
    "roundings inside": (
        3,
        {"right": (3, 0, 17), "times 1.5": (0, 9, 11), "times 1.1": (0, 9, 11), "times 1.01": (0, 8, 12)}
        | {"times 1.001": (0, 8, 12), "times 1.0001": (0, 6, 14), "times 1.00001": (0, 4, 16)},
    ),
}


@pytest.mark.parametrize("table", SLICES)
def test_differences_slice_of_the_benchmark_has_its_counts(table: str) -> None:
    module, (every, expected) = benchmark("differences"), SLICES[table]
    tally = module.Tally()
    with mpmath.workdps(module.DIGITS), np.errstate(all="ignore"):
        for item in itertools.islice(module.TABLES[table](), 0, None, every):
            tally.add(item)
    counts = {label: tuple(int(n) for n in found) for label, found in tally.outcomes.items()}
    assert counts == expected
    assert tally.alarms == []


@pytest.mark.parametrize(
    "name", ["sin(t + 1)", "|t|^1.5", "relu(t)", "|t| + sin(t)", "sign(t) + t", "cbrt(t)", "sqrt(t)"]
)
def test_kinks_slice_of_the_benchmark_finds_every_kind(name: str) -> None:
    module = benchmark("kinks")
    kind, fn = module.KINDS[name]
    rng = np.random.default_rng(0)
    with np.errstate(all="ignore"):
        found = Counter(str(kinds_at(*module.planted(rng, fn))[0, 0]) for _ in range(25))
    assert found == {kind: 25}


def test_kinks_slice_of_the_benchmark_has_its_verdicts_beside_a_kink() -> None:
    module = benchmark("kinks")
    counts = np.zeros((2, 3), dtype=int)
    for (fn, slope), distance in itertools.product(module.RELUS.values(), (1e-2, 1e-5, 1e-8, 1e-11)):
        x = np.array([0.3 + distance])
        right, other = float(slope(x[0] - 0.3)), float(slope(0.3 - x[0]))
        for row, tested in ((0, right), (1, other), (1, 0.5 * (right + other))):
            counts[row, module.verdict(lambda points, fn=fn: fn(points[:, :1] - 0.3), x, tested)] += 1
    assert counts.tolist() == [[24, 0, 0], [0, 48, 0]]


def test_the_ladders_error_bar_knows_that_x_is_rounded_too() -> None:
    x = np.array([1.0])  # a minimum, where nothing else is in the error bar
    assert differences(lambda points: (points - 1) ** 2, x).error_bar[0, 0] >= 2 * EPS


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_a_kink_so_near_that_its_slopes_show_no_power_of_the_step_is_one(side: float) -> None:
    found = differences(lambda p: np.exp(p - 1) + 1e-3 * np.abs(p - 1), np.array([1 + side * 1e-11]))
    assert (found.reason[0, 0], found.error_bar[0, 0]) == ("kink", np.inf)


def test_steps_shrink_to_an_element_in_a_domain_narrower_than_every_step() -> None:
    with np.errstate(all="ignore"):
        found = differences(lambda p: np.arcsin(p * np.array([1e15, 0.5])), np.array([3e-16, 1.0]))
    assert found.reason[0, 0] == ""
    assert abs(found.value[0, 0] - 1e15 / np.sqrt(1 - 0.3**2)) <= found.error_bar[0, 0]


def test_a_small_element_that_is_open_for_another_reason_is_not_tried_again() -> None:
    def evaluations(at: float) -> int:
        found = differences(lambda p: np.abs(p[:, :1] - at) + p[:, 1:], np.array([at, 1.0]))
        assert found.reason[0, 0] == "kink"
        return found.evaluations

    assert evaluations(1e-9) <= evaluations(0.5)
