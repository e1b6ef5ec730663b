"""Functions that a solver computes to a tolerance: what their answers do not depend on, and mistakes that must still be found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.integrate import odeint

import jaccli
from jaccli.types import Array

A, START = np.array([0.7, 0.9]), np.array([1.4, 2.0])
Y, T, K = np.array([1.0, 2.0]), np.array([0.1, 0.9, 2.2]), np.array([0.6])


def fixed_point(a: Array, start: Array) -> Array:
    y = start
    for _ in range(1000):
        y, before = np.cos(a * y), y
        if np.max(np.abs(y - before)) < 1e-8:
            break
    return y


def newton(a: Array, start: Array) -> Array:
    y = start
    for _ in range(100):
        step = (y**3 + a * y - 1) / (3 * y * y + a)
        y = y - step
        if np.max(np.abs(step)) < 1e-4:
            break
    return y


def exact(solver: Any, a: Array, factor: float = 1.0, by_start: float = 0.0) -> Any:
    """Return a Jacobian function by the implicit function theorem, times a factor, with a number in place of zero."""
    y = solver(a, np.full(2, 0.7))
    for _ in range(500):
        y = np.cos(a * y) if solver is fixed_point else y - (y**3 + a * y - 1) / (3 * y * y + a)
    slope = -np.sin(a * y) * y / (1 + a * np.sin(a * y)) if solver is fixed_point else -y / (3 * y * y + a)
    return lambda a, start: (factor * np.diag(slope), np.full((2, 2), by_start))


def decay(y0: Array, t: Array, k: Array) -> Any:
    return odeint(lambda y, t: -k[0] * y, y0, t)


def of_decay(factor: float = 1.0) -> Any:
    e = np.exp(-K[0] * (T - T[0]))
    by_y, by_t = np.einsum("t,ij->tij", e, np.eye(2)), np.zeros((3, 2, 3))
    for k in (1, 2):
        by_t[k, :, k], by_t[k, :, 0] = -K[0] * e[k] * Y, K[0] * e[k] * Y
    by_k = -((T - T[0]) * e)[:, None, None] * Y[:, None]
    return lambda y0, t, k: (factor * by_y, factor * by_t, factor * by_k)


@pytest.mark.parametrize(("fn", "inputs", "jacobian"), [
    pytest.param(fixed_point, (A, START), exact(fixed_point, A), id="fixed point and its start"),
    pytest.param(newton, (A, START), exact(newton, A), id="Newton and its start"),
    pytest.param(decay, (Y, T, K), of_decay(), id="differential equation and the times of its answers"),
])  # fmt: skip
def test_right_derivatives_of_a_solver_do_not_fail(fn: Any, inputs: Any, jacobian: Any) -> None:
    assert "fail" not in {check.outcome for check in jaccli.gradcheck(fn, inputs, jacobian=jacobian).checks}


@pytest.mark.parametrize(("fn", "inputs", "jacobian", "wrong"), [
    pytest.param(fixed_point, (A, START), exact(fixed_point, A, 1.0005), {"a"}, id="fixed point"),
    pytest.param(newton, (A, START), exact(newton, A, by_start=1e-4), {"start"}, id="Newton's start"),
    pytest.param(lambda k: decay(Y, T, k), K, lambda k: of_decay(1.0005)(Y, T, k)[2], {"k"}, id="differential equation"),
    pytest.param(lambda x, y: x + 1e-9 * y, (A, START), lambda x, y: (np.eye(2), np.zeros((2, 2))), {"y"}, id="a small term of a smooth function"),
    pytest.param(lambda x, y: np.maximum(x - 0.701, 0) + 1e-9 * y, (A, START),
                 lambda x, y: (np.diag([0.0, 1.0]), np.zeros((2, 2))), {"y"}, id="a small term beside a kink"),
])  # fmt: skip
def test_wrong_derivatives_of_a_solver_fail(fn: Any, inputs: Any, jacobian: Any, wrong: set[str]) -> None:
    report = jaccli.gradcheck(fn, inputs, jacobian=jacobian)
    assert wrong == {check.wrt for check in report.checks if check.outcome == "fail"}


def test_uneven_function_is_named() -> None:
    report = jaccli.gradcheck(newton, (A, START), jacobian=exact(newton, A))
    (check,) = (check for check in report.checks if check.wrt == "start")
    assert check.code == "JAC207"
    assert "uneven by 2e-9 here, as what a solver finds to a tolerance" in check.message
