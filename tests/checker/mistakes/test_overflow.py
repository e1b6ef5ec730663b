"""Derivatives that are not finite where their functions are: how far they are finite; and functions of too many outputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.types import Array


def by_exp(x: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(np.exp(x) / (1 + np.exp(x)))


def by_cosh(x: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(np.cosh(x) ** 2 / np.cosh(x) ** 4 * np.cosh(3 * x) / np.cosh(3 * x))


@pytest.mark.parametrize(("fn", "slope", "point", "last"), [
    pytest.param(lambda x: np.logaddexp(0, x), by_exp, 800.0, "709.783", id="exp by exp"),
    pytest.param(np.tanh, by_cosh, -300.0, "-236.825", id="cosh of a multiple"),
    pytest.param(lambda x: np.tanh(10 * x), lambda x: 40 * by_exp(20 * x) ** 2 * np.exp(-20 * x), 50.0, "35.4891", id="a factor inside"),
])  # fmt: skip
def test_overflow_is_named_with_the_last_argument_that_has_a_derivative(
    fn: Any, slope: Any, point: float, last: str
) -> None:
    report = jaccli.gradcheck(fn, np.array([1.0, point]), jacobian=lambda x: np.diag(slope(x)))
    (check,) = report.checks
    assert (check.outcome, check.code) == ("fail", "JAC110")
    assert f"the derivative by x[1] is finite up to {last}" in check.message


def test_nan_at_the_edge_of_a_branch_is_no_overflow() -> None:
    slope = lambda x: np.diag(np.where(x > 0, 2 * x, np.nan))  # noqa: E731
    report = jaccli.gradcheck(lambda x: np.where(x > 0, x**2, 0.0), np.array([1.0, -1.0]), jacobian=slope)
    assert "overflow" not in report.checks[0].message


def unknown(x: Array) -> Array:
    return np.full((x.size, x.size), np.nan)


def said_of_value(fn: Any, x: Any, **claims: Any) -> str:
    report = jaccli.gradcheck(fn, x, **claims)
    assert report.outcome == "inconclusive"
    return next(check.message for check in report.checks if "not finite at the point" in check.message)


OVERFLOWS = {
    "exp by exp": (lambda x: np.exp(x) / (1 + np.exp(x)), [0.3, 800.0]),
    "softmax": (lambda x: np.exp(x) / np.exp(x).sum(), [1000.0, 3.0]),
    "a difference of squares": (lambda x: x * x - x * x, [1e200, 3.0]),
    "a norm by squares": (lambda x: x / np.sqrt(np.sum(x * x)) * np.sum(x * x) / np.sum(x * x), [1e160, 1e3]),
}  # fmt: skip


@pytest.mark.parametrize("name", OVERFLOWS)
def test_value_that_overflows_is_named_with_its_line(name: str) -> None:
    fn, x = OVERFLOWS[name]
    assert f"something overflows in line {fn.__code__.co_firstlineno} of test_overflow.py" in said_of_value(
        fn, np.array(x), jacobian=unknown
    )


NO_OVERFLOWS = {
    "a logarithm": (lambda x: np.log(1000 - x), [0.3, 2000.0]),
    "a pole": (lambda x: 1 / x, [0.3, 0.0]),
    "an overflow that does no harm": (lambda x: np.where(x > 0, np.log(1000 - x), 1 / (1 + np.exp(-x))), [2000.0, -800.0]),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_OVERFLOWS)
def test_value_that_is_not_finite_for_other_reasons_is_not_said_to_overflow(name: str) -> None:
    fn, x = NO_OVERFLOWS[name]
    assert said_of_value(fn, np.array(x), jacobian=unknown) == "`y` is not finite at the point"


def test_operation_of_torch_that_overflows_is_named() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
    x = torch.tensor([0.3, 800.0], dtype=torch.float64)
    assert said_of_value(lambda x: torch.exp(x) / (1 + torch.exp(x)), x).endswith("something overflows in exp")
    assert said_of_value(lambda x: 1 / (x - 800), x) == "`y` is not finite at the point"


@pytest.mark.parametrize(
    ("fn", "point", "words"),
    [
        pytest.param(by_exp, np.array(800.0), "finite up to x = 709.783 and no farther", id="a number"),
        pytest.param(
            lambda x: np.sum(by_exp(x)), np.array([800.0, 3.0]), "finite up to 0.887228 times `x`", id="a vector"
        ),
    ],
)
def test_a_value_that_overflows_says_how_far_it_is_finite(fn: Any, point: Array, words: str) -> None:
    (check,) = jaccli.gradcheck(fn, point, jacobian=np.ones_like).checks
    assert (check.outcome, check.code) == ("inconclusive", "JAC205")
    assert words in check.help
    assert "sigmoid(x)" in check.help


def test_a_value_outside_of_its_domain_all_the_way_is_no_overflow() -> None:
    with np.errstate(all="ignore"):
        (check,) = jaccli.gradcheck(np.log, np.array(-3.0), jacobian=np.ones_like).checks
    assert (check.code, check.help) == ("JAC205", "choose a point where it is")


@pytest.mark.parametrize(
    ("size", "outcome"), [pytest.param(6, "pass", id="at"), pytest.param(7, "inconclusive", id="above")]
)
def test_outputs_are_counted_before_they_are_differenced(
    monkeypatch: pytest.MonkeyPatch, size: int, outcome: str
) -> None:
    monkeypatch.setattr("jaccli.checker.effort.costs.MAX_OUTPUTS", 6)
    weights = np.linspace(1.0, 2.0, size)
    report = jaccli.gradcheck(lambda a: weights * a, np.array(2.0), jacobian=lambda a: weights)
    assert (report.outcome, report.ok) == (outcome, outcome == "pass")


def test_too_many_outputs_are_said_in_numbers() -> None:
    report = jaccli.gradcheck(lambda a: np.full((1001, 1000), a), np.array(2.0), vjp=lambda a, y_bar: np.sum(y_bar))
    (check,) = report.checks
    assert (check.code, check.message) == ("JAC208", "`y` has 1,001,000 elements, more than 1,000,000")


def test_vjp_of_very_many_outputs_by_few_inputs_is_judged_by_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jaccli.checker.segments.stage.AlongSegments.ask", lambda self, inputs: None)
    weights = np.linspace(1.0, 2.0, 30_000)
    right, wrong = (
        jaccli.gradcheck(lambda a: weights * a, np.array(2.0), vjp=lambda a, y_bar, f=f: np.sum(f * weights * y_bar))
        for f in (1.0, 1.0005)
    )
    assert [right.outcome, wrong.outcome] == ["pass", "fail"]
    assert right.checks[0].reference_route == "directions"
