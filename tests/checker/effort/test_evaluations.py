"""What a check costs, counted in calls of the function and of its derivative: a failure is no dearer than a few looks more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.types import Array

Case = tuple[Callable[[Array], Any], Callable[[Array], Array]]


class Counted:
    """A function that counts its calls."""

    def __init__(self, fn: Callable[[Array], Any]) -> None:
        self.fn, self.calls = fn, 0

    def __call__(self, x: Array) -> Any:
        self.calls += 1
        return self.fn(x)


def smooth(x: Array) -> Any:
    return np.sum(np.sin(x) * x)


def of_smooth(x: Array) -> Array:
    return np.sin(x) + x * np.cos(x)


def quantised(x: Array) -> Any:
    return np.sum(np.round(3.7 * x) / 3.7)


def noisy(x: Array) -> Any:
    return np.sum(np.sin(x)) + 1e-9 * np.sin(1e15 * np.sum(x * np.arange(1, x.size + 1)))


def solved(x: Array) -> Any:
    y = np.ones_like(x)
    for _ in range(100):
        step = (y**3 + x * y - 1) / (3 * y * y + x)
        y = y - step
        if np.max(np.abs(step)) < 1e-4:
            break
    return np.sum(y)


def of_solved(x: Array) -> Array:
    y = np.ones_like(x)
    for _ in range(60):
        y = y - (y**3 + x * y - 1) / (3 * y * y + x)
    return -y / (3 * y * y + x)


def bisected(x: Array) -> Any:
    low, high = np.zeros_like(x), np.full_like(x, 2.0)
    for _ in range(40):
        middle = (low + high) / 2
        below = middle**3 + x * middle < 1
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.sum(low)


def tail(x: Array) -> Any:
    return np.sum(np.log1p(np.exp(-x - 30)))


#: Function, derivative, outcomes for 1, 3 and 20 elements, and the calls of both that are enough.
CASES: dict[str, tuple[Case, tuple[str, str, str], tuple[int, int, int], tuple[int, int, int]]] = {
    "right": ((smooth, of_smooth), ("pass",) * 3, (57, 67, 40), (6, 6, 22)),
    "twice": ((smooth, lambda x: 2 * of_smooth(x)), ("fail",) * 3, (135, 165, 250), (3, 3, 13)),
    "0.1 % off": ((smooth, lambda x: 1.001 * of_smooth(x)), ("fail",) * 3, (135, 165, 250), (3, 3, 13)),
    "a vector, twice": (
        (lambda x: np.sin(x) * x, lambda x: 2 * np.diag(of_smooth(x))),
        ("fail",) * 3,
        (135, 180, 335),
        (3, 3, 16),
    ),
    "between steps": ((quantised, np.zeros_like), ("pass", "pass", "inconclusive"), (415, 1140, 3700), (11, 11, 7)),
    "of what steps follow": ((quantised, np.ones_like), ("inconclusive",) * 3, (380, 1110, 3700), (1, 1, 10)),
    "noise, twice": ((noisy, lambda x: 2 * np.cos(x)), ("inconclusive", "fail", "fail"), (215, 585, 1720), (17, 3, 13)),
    "a solver, twice": ((solved, lambda x: 2 * of_solved(x)), ("fail",) * 3, (175, 555, 250), (3, 3, 13)),
    "a solver, 1e-5 off": ((solved, lambda x: of_solved(x) * (1 + 1e-5)), ("fail",) * 3, (165, 525, 355), (1, 1, 13)),
    "bisection, twice": ((bisected, lambda x: 2 * of_solved(x)), ("fail",) * 3, (250, 545, 1310), (3, 3, 13)),
    "rounding of its own": (
        (tail, lambda x: 1 / (1 + np.exp(-x - 30)) - 1),
        ("inconclusive",) * 3,
        (575, 1700, 2020),
        (14, 27, 42),
    ),
}
SIZES = (1, 3, 20)


def checked(case: Case, n: int) -> tuple[str, int, int]:
    """Return the outcome, and the calls of the function and of its derivative."""
    fn, slope = map(Counted, case)
    x = np.linspace(0.7, 1.9, n) if n > 1 else np.array([1.234567])
    with np.errstate(all="ignore"):
        report = jaccli.gradcheck(fn, x, jacobian=slope)
    return report.outcome, fn.calls, slope.calls


@pytest.mark.parametrize("k", range(len(SIZES)), ids=[f"{n} elements" for n in SIZES])
@pytest.mark.parametrize("name", CASES)
def test_a_check_takes_no_more_calls_than_its_kind_needs(name: str, k: int) -> None:
    case, outcomes, most, derivatives = CASES[name]
    outcome, calls, of_slope = checked(case, SIZES[k])
    assert (outcome, calls <= most[k], of_slope <= derivatives[k]) == (outcomes[k], True, True), (calls, of_slope)


def test_no_point_is_asked_for_again_before_a_failure_is_told() -> None:
    seen: list[bytes] = []

    def fn(x: Array) -> Any:
        seen.append(x.tobytes())
        return smooth(x)

    jaccli.gradcheck(fn, np.linspace(0.7, 1.9, 5), jacobian=lambda x: 2 * of_smooth(x))
    own = np.linspace(0.7, 1.9, 5).tobytes()  # asked for once more whenever something else may have changed it
    again = [point for point in set(seen) if seen.count(point) > 1]
    assert again == [own]
