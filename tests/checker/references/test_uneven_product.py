"""Derivatives that a solver computes to a tolerance: they do not fail by that, and mistakes in them still do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.integrate import odeint
from scipy.linalg import expm

import jaccli
from jaccli.types import Array


def case(n: int, speed: float, rng_seed: int, wrong: Callable[[Array], Any] = lambda y_bar: 0.0) -> Any:
    """Check the flow y' = K y for a time of one with its adjoint by a solver of the default tolerance, 1.5e-8."""
    rng = np.random.default_rng(rng_seed)
    matrix = speed * (rng.standard_normal((n, n)) / np.sqrt(n) - np.eye(n))
    flow, x = expm(matrix), rng.standard_normal(n)

    def vjp(x: Array, y_bar: Array) -> Array:
        solved: Array = odeint(lambda x_bar, t: matrix.T @ x_bar, y_bar, [0.0, 1.0])[-1]
        return solved + wrong(y_bar)

    return jaccli.gradcheck(lambda x: flow @ x, x, vjp=vjp)


@pytest.mark.parametrize(("n", "speed", "rng_seed"), [(12, 1, 0), (12, 2, 0), (12, 2, 1), (12, 4, 1), (16, 2, 1)])
def test_right_vjp_of_a_solver_does_not_fail(n: int, speed: float, rng_seed: int) -> None:
    assert "fail" not in {check.outcome for check in case(n, speed, rng_seed).checks}


@pytest.mark.parametrize("wrong", [
    pytest.param(lambda y_bar: 5e-4 * y_bar, id="0.05 % off"),
    pytest.param(lambda y_bar: 1e-5 * y_bar, id="little off"),
    pytest.param(lambda y_bar: 1e-4 * np.maximum(y_bar, 0.0), id="right rows, and a condition on the cotangent"),
    pytest.param(lambda y_bar: np.where(np.abs(y_bar) > 10, 0.01, 0.0), id="right rows, and another branch for large ones"),
])  # fmt: skip
def test_wrong_vjp_of_a_solver_fails(wrong: Callable[[Array], Any]) -> None:
    assert case(12, 1, 0, wrong).outcome == "fail"


def test_small_mistake_of_a_smooth_vjp_fails() -> None:
    slopes = np.array([1.0, 1e-3])
    report = jaccli.gradcheck(
        lambda x: slopes * x, np.array([0.4, 0.9]), vjp=lambda x, y_bar: y_bar * slopes * [1.0, 1.0001]
    )
    assert report.outcome == "fail"


def test_uneven_vjp_is_named() -> None:
    (check,) = (check for check in case(12, 1, 0).checks if check.code == "JAC207")
    assert check.message is not None
    assert "the vjp is uneven in its cotangent by 2e-9, as what a solver finds to a tolerance" in check.message
