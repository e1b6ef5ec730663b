"""Steps below the digits of float32, as round(3e7 x)/8 has: neither the slope between them nor that of what they follow is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.types import Array

#: A function of x and of the number of steps for one, the slope of what it follows, and that between its steps.
STEPS: dict[str, tuple[Callable[[Array, float], Array], Callable[[Array, float], Array], Callable[[Array, float], Array]]] = {
    "round(k x)/8": (lambda x, k: np.round(k * x) / 8, lambda x, k: k / 8 + 0 * x, lambda x, k: 0 * x),
    "floor(k x)/k": (lambda x, k: np.floor(k * x) / k, lambda x, k: 1 + 0 * x, lambda x, k: 0 * x),
    "sin(round(k x)/k)": (lambda x, k: np.sin(np.round(k * x) / k), lambda x, k: np.cos(x), lambda x, k: 0 * x),
    "x² round(k x)/k": (lambda x, k: x * x * np.round(k * x) / k, lambda x, k: 3 * x * x, lambda x, k: 2 * x * np.round(k * x) / k),
}  # fmt: skip


@pytest.mark.parametrize("n", [1, 5, 24])
@pytest.mark.parametrize("k", [9e6, 1.3e7, 3e7, 1e9])
@pytest.mark.parametrize("name", STEPS)
def test_no_slope_between_steps_fails_and_none_of_what_they_follow_passes(name: str, k: float, n: int) -> None:
    fn, trend, tread = STEPS[name]
    x = np.linspace(0.31, 1.7, n)  # on an edge of floor(k x) where k x is whole

    def outcome(slope: Callable[[Array, float], Array], **options: Any) -> str:
        return jaccli.gradcheck(lambda x: fn(x, k), x, jacobian=lambda x: np.diag(slope(x, k)), **options).outcome

    assert outcome(tread) != "fail"
    assert outcome(trend) != "pass"
    assert outcome(trend, full=True) != "pass"
    assert outcome(lambda x, k: 30 * trend(x, k) + 1) != "pass"
    by_products = jaccli.gradcheck(lambda x: fn(x, k), x, vjp=lambda x, v: trend(x, k) * v)
    assert by_products.outcome != "pass"


@pytest.mark.parametrize("x", [0.3, 0.7, 1.1])
def test_the_finest_steps_that_are_looked_for_are_no_digits_of_one(x: float) -> None:
    for slope in (0.0, 3e10 / 8):
        report = jaccli.gradcheck(
            lambda x: np.round(3e10 * x) / 8, np.array([x]), jacobian=lambda _, slope=slope: np.array([[slope]])
        )
        assert report.outcome == "inconclusive"


@pytest.mark.parametrize(
    ("fn", "slope"),
    [
        pytest.param(lambda x: np.log(1 + 3 * x), lambda x: 3 / (1 + 3 * x), id="in a logarithm"),
        pytest.param(lambda x: np.sqrt(1 + 3 * x) - 1, lambda x: 1.5 / np.sqrt(1 + 3 * x), id="in a root"),
    ],
)
@pytest.mark.parametrize("at", [1.1e-3, 1.3e-6, 1.7e-8])
def test_digits_that_one_costs_are_no_steps(at: float, fn: Any, slope: Any) -> None:
    x = np.array([at])
    assert jaccli.gradcheck(fn, x, jacobian=lambda x: np.diag(slope(x))).ok
    assert jaccli.gradcheck(fn, x, jacobian=lambda x: 1.01 * np.diag(slope(x))).outcome == "fail"
    assert jaccli.gradcheck(fn, x, jacobian=lambda x: 0 * np.diag(x)).outcome == "fail"


@pytest.mark.parametrize("n", [1, 5])
def test_a_cast_to_float32_follows_its_function(n: int) -> None:
    x = np.linspace(0.31, 1.7, n)

    def fn(x: Array) -> Array:
        return np.sin((3 * x).astype(np.float32).astype(np.float64))

    assert jaccli.gradcheck(fn, x, jacobian=lambda x: 3 * np.diag(np.cos(3 * x))).outcome != "fail"
    assert jaccli.gradcheck(fn, x, jacobian=lambda x: 0 * np.diag(x)).outcome == "fail"
