"""Right derivatives of functions that cancel never fail, wrong ones never pass, by differences of their values alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import jaccli

Formula = Callable[..., Any]
CASES: dict[str, tuple[Formula, list[float]]] = {
    "(1 - cos x)/x²": (lambda m, x: (1 - m.cos(x)) / x**2, [1e-2, 1e-4, 1e-5, 3e-6, 1e-7]),
    "(x - sin x)/x³": (lambda m, x: (x - m.sin(x)) / x**3, [1e-1, 1e-3, 1e-4, 1e-5]),
    "(exp x - 1)/x": (lambda m, x: (m.exp(x) - 1) / x, [1e-2, 1e-6, 1e-10]),
    "log(1 + exp x)": (lambda m, x: m.log(1 + m.exp(x)), [-5.0, -30.0, -36.0, -40.0, 40.0]),
    "1 - sigmoid": (lambda m, x: 1 - 1 / (1 + m.exp(-x)), [5.0, 34.0, 38.0, 40.0]),
    "log cosh": (lambda m, x: m.log(m.cosh(x)), [1e-1, 1e-5, 1e-9]),
    "sqrt(1 + x²) - 1": (lambda m, x: m.sqrt(1 + x * x) - 1, [1e-1, 1e-5, 1e-9]),
    "1e10 + sin": (lambda m, x: 1e10 + m.sin(x), [1.0, 1e-3, 1e3]),
    "1e16 + x": (lambda m, x: 1e16 + x, [1.0, 100.0]),
    "1 + 1e-10 sin": (lambda m, x: 1 + 1e-10 * m.sin(x), [1.0, 0.3]),
}


def check(formula: Formula, x: float, claim: float) -> str:
    report = jaccli.gradcheck(lambda v: formula(np, v), np.float64(x), jacobian=lambda v: np.float64(claim))
    return report.checks[-1].outcome


def slope(formula: Formula, x: float) -> float:
    with mpmath.workdps(60):
        return float(mpmath.diff(lambda t: formula(mpmath, t), mpmath.mpf(x)))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("formula", "x"),
    [pytest.param(formula, x, id=f"{name} at {x:g}") for name, (formula, at) in CASES.items() for x in at],
)
def test_gradcheck_is_not_misled_by_cancellation(formula: Formula, x: float) -> None:
    truth = slope(formula, x)
    assert check(formula, x, truth) != "fail"
    for factor in (-1.0, 1.5, 1.01, 1.0001):
        assert check(formula, x, factor * truth) != "pass"


@pytest.mark.parametrize("x", [[1e-9, 1.0, 1e8], [1e-6, 1.0, 1e6], [1e-3, 1.0, 1e3]])
@pytest.mark.parametrize("factor", [-1.0, 0.0, 1.001])
@pytest.mark.parametrize("wrong", [0, 1, 2])
def test_gradcheck_passes_no_wrong_element_beside_larger_ones(x: list[float], factor: float, wrong: int) -> None:
    def gradient(v: Any) -> Any:
        found = 2 * v
        found[wrong] *= factor
        return found

    report = jaccli.gradcheck(lambda v: np.sum(v**2), np.array(x), jacobian=gradient)
    negligible = 2 * x[wrong] * max(x) < 64 * 2.0**-52 * sum(a * a for a in x)
    assert negligible or report.checks[-1].outcome != "pass"


@pytest.mark.parametrize("x", [[1e-9, 1.0, 1e8], [1e-6, 1.0, 1e6]])
def test_gradcheck_passes_right_zeros_beside_larger_ones(x: list[float]) -> None:
    assert jaccli.gradcheck(lambda v: v**2, np.array(x), jacobian=lambda v: np.diag(2 * v)).ok
