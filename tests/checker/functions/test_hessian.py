"""Second derivatives of Python functions: right ones pass, planted mistakes fail, an asymmetric product is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli

A = np.array([[2.0, 1.0, 0.5], [1.0, 3.0, -1.0], [0.5, -1.0, 1.0]])
X = np.array([0.3, -0.7, 1.1])


def f(x: Any) -> Any:
    return np.exp(0.5 * x @ A @ x)


def gradient(x: Any) -> Any:
    return f(x) * (A @ x)


def hessian(x: Any) -> Any:
    return f(x) * (A + np.outer(A @ x, A @ x))


def hvp(x: Any, dx: Any) -> Any:
    return hessian(x) @ dx


def outcomes(**second: Any) -> dict[str, str]:
    return {check.tested: check.outcome for check in jaccli.gradcheck(f, X, jacobian=gradient, **second).checks}


def test_second_derivatives_that_are_right_pass() -> None:
    found = outcomes(hessian=hessian, hvp=hvp)
    assert found == dict.fromkeys(("jacobian", "hessian", "hvp", "vjp", "symmetry"), "pass")


@pytest.mark.parametrize("factor", [1.0005, -1.0, 2.0])
@pytest.mark.parametrize("form", ["hessian", "hvp"])
def test_second_derivatives_that_are_wrong_fail(form: str, factor: float) -> None:
    wrong = {"hessian": lambda x: factor * hessian(x), "hvp": lambda x, dx: factor * hvp(x, dx)}[form]
    assert outcomes(**{form: wrong})[form] == "fail"


def test_second_derivatives_that_are_not_symmetric_are_told() -> None:
    skew = np.array([[0.0, 1e-3, 0.0], [-1e-3, 0.0, 0.0], [0.0, 0.0, 0.0]])
    (found,) = [
        check for check in jaccli.gradcheck(f, X, jacobian=gradient, hvp=lambda x, dx: (hessian(x) + skew) @ dx).checks
        if check.tested == "symmetry"
    ]  # fmt: skip
    assert (found.outcome, found.code, "not symmetric" in found.help) == ("fail", "JAC108", True)


def test_second_derivatives_take_the_gradient_from_a_vjp() -> None:
    report = jaccli.gradcheck(f, X, vjp=lambda x, v: v * gradient(x), hessian=hessian)
    assert {check.tested: check.outcome for check in report.checks} == {"vjp": "pass", "hessian": "pass"}


def test_second_derivatives_of_two_inputs_are_rows_of_blocks() -> None:
    report = jaccli.gradcheck(
        lambda a, b: a**2 * b,
        (1.5, 0.7),
        jacobian=lambda a, b: (2 * a * b, a**2),
        hessian=lambda a, b: ((2 * b, 2 * a), (2 * a, 0.0)),
    )
    assert [check.outcome for check in report.checks if check.tested == "hessian"] == ["pass"] * 4


def test_second_derivatives_need_first_ones() -> None:
    with pytest.raises(jaccli.UsageError, match="give 'jacobian' or 'vjp' as well"):
        jaccli.gradcheck(f, X, jvp=lambda x, dx: gradient(x) @ dx, hessian=hessian)
