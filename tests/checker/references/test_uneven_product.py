"""Derivatives that a solver computes to a tolerance: they do not fail by that, and mistakes in them still do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.integrate import odeint
from scipy.linalg import expm
from scipy.sparse.linalg import cg

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
    (check,) = (check for check in case(16, 2, 1).checks if check.code == "JAC207")
    assert check.message is not None
    assert "the vjp is uneven in its cotangent by 9e-10, as what a solver finds to a tolerance" in check.message


Solve = Callable[[Array, Array], Array]
SOLVERS: dict[str, Callable[[float], Solve]] = {
    "an ODE": lambda tol: lambda matrix, b: odeint(lambda y, t: -matrix.T @ y, b, [0.0, 1.0], rtol=tol, atol=tol)[-1],
    "conjugate gradients": lambda tol: lambda matrix, b: cg(matrix, b, rtol=tol)[0],
    "a fixed point": lambda tol: lambda matrix, b: fixed_point(np.eye(len(b)) - 0.3 * matrix, 0.3 * b, tol),
}
EXACT: dict[str, Callable[[Array], Array]] = {
    "an ODE": lambda matrix: expm(-matrix),
    "conjugate gradients": np.linalg.inv,
    "a fixed point": np.linalg.inv,
}


def fixed_point(matrix: Array, b: Array, tol: float) -> Array:
    found = b
    while np.linalg.norm(change := b + matrix @ found - found) > tol:
        found = found + change
    return found


def loose(solver: str, tol: float, factor: float) -> Any:
    rng = np.random.default_rng(1)
    root = rng.standard_normal((20, 20))
    matrix = root @ root.T / 20 + 0.5 * np.eye(20)
    exact, solve = EXACT[solver](matrix), SOLVERS[solver](tol)
    return jaccli.gradcheck(
        lambda x: exact @ x, rng.standard_normal(20), vjp=lambda x, y_bar: factor * solve(matrix, y_bar)
    )


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("tol", [1e-3, 1e-4, 1e-5])
def test_vjp_of_a_loose_tolerance_is_inconclusive(solver: str, tol: float) -> None:
    report = loose(solver, tol, 1.0)
    assert report.outcome == "inconclusive"
    assert {check.code for check in report.checks if check.outcome == "inconclusive"} == {"JAC207"}
    message, help_ = next((check.message, check.help) for check in report.checks if check.code == "JAC207")
    assert "as what a solver finds to a tolerance" in str(message)
    assert "tighten the tolerance" in str(help_)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("tol", [1e-3, 1e-5])
@pytest.mark.parametrize("factor", [1.1, 1.02, -1.0, 0.0])
def test_wrong_vjp_of_a_loose_tolerance_fails(solver: str, tol: float, factor: float) -> None:
    assert loose(solver, tol, factor).outcome == "fail"


@pytest.mark.parametrize("factor", [1.0001, 0.995])
def test_small_factor_of_a_vjp_without_a_solver_fails(factor: float) -> None:
    matrix = np.random.default_rng(2).standard_normal((6, 6))
    assert (
        jaccli.gradcheck(
            lambda x: matrix @ x, np.linspace(-1, 1, 6), vjp=lambda x, y_bar: factor * matrix.T @ y_bar
        ).outcome
        == "fail"
    )


@pytest.mark.parametrize("wrong", [
    pytest.param(lambda y_bar: 1e-3 * y_bar**2, id="a square"),
    pytest.param(lambda y_bar: 1e-3 * y_bar[::-1] * y_bar, id="a product of cotangents"),
    pytest.param(lambda y_bar: 1e-3 * np.abs(y_bar), id="an absolute value"),
])  # fmt: skip
def test_smooth_or_conditional_mistake_of_a_vjp_without_a_solver_fails(wrong: Callable[[Array], Any]) -> None:
    matrix = np.random.default_rng(2).standard_normal((6, 6))
    report = jaccli.gradcheck(
        lambda x: matrix @ x, np.linspace(-1, 1, 6), vjp=lambda x, y_bar: matrix.T @ y_bar + wrong(y_bar)
    )
    assert report.outcome == "fail"
