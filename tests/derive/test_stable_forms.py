"""What overflows on the way is named with the function of the language that does not, and that function has the same value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.derive.stable_forms import stable_form

#: expression, a point where it overflows, one where it does not, and what to write
OVERFLOWS: list[tuple[str, Any, Any, str]] = [
    ("exp(x)/(1 + exp(x))", 800.0, 0.7, "sigmoid(x)"),
    ("x*exp(x)/(1 + exp(x))", 800.0, 0.7, "x*sigmoid(x)"),
    ("1/(1 + exp(-x))", -800.0, 0.7, "sigmoid(x)"),
    ("1/(exp(2*x) + 1)", 800.0, 0.7, "sigmoid(-(2*x))"),
    ("exp(-x)/(1 + exp(-x))**2", -800.0, 0.7, "sigmoid(-x)*sigmoid(x)"),
    ("log(1 + exp(x))", 800.0, 0.7, "softplus(x)"),
    ("log(exp(x) + exp(2*x))", 800.0, 0.7, "logaddexp(x, 2*x)"),
    ("log(cosh(x))", 800.0, 0.7, "logaddexp(x, -x) - log(2)"),
    ("log(sum(exp(x)))", [800.0, 1.0], [0.7, 0.2], "logsumexp(x)"),
    ("exp(x)/sum(exp(x))", [800.0, 1.0], [0.7, 0.2], "softmax(x)"),
    ("(exp(x) - exp(-x))/(exp(x) + exp(-x))", 800.0, 0.7, "tanh(x)"),
    ("sinh(x)/cosh(x)", 800.0, 0.7, "tanh(x)"),
    ("sqrt(x**2 + 1)", 1e200, 0.7, "hypot(x, 1)"),
    ("sqrt(x[0]**2 + x[1]**2)", [1e200, 2e200], [0.7, 0.2], "hypot(x[0], x[1])"),
]


def form(expression: str, x: Any) -> str:
    model = jaccli.parse({"inputs": {"x": x}, "outputs": {"y": expression}})
    with np.errstate(all="ignore"):
        return stable_form(model.built.graph, [model.built.outputs["y"]], model.point())


@pytest.mark.parametrize(("expression", "large", "x", "stable"), OVERFLOWS, ids=[row[0] for row in OVERFLOWS])
def test_stable_form_is_the_same_function_where_nothing_overflows(
    expression: str, large: Any, x: Any, stable: str
) -> None:
    both = {"y": expression, "z": stable}
    at = jaccli.parse({"inputs": {"x": x}, "outputs": both}).evaluate()
    far = jaccli.parse({"inputs": {"x": large}, "outputs": both}).evaluate()
    assert form(expression, large) == stable
    np.testing.assert_allclose(at["z"], at["y"], rtol=1e-14)
    assert np.all(np.isfinite(far["z"]))


@pytest.mark.parametrize(
    ("expression", "x"),
    [
        pytest.param("exp(x)/(1 + exp(x))", 3.0, id="nothing overflows"),
        pytest.param("exp(x)/(2 + exp(x))", 800.0, id="no logistic function"),
        pytest.param("log(x - 1000)", 800.0, id="outside a domain"),
        pytest.param("exp(x)", 800.0, id="the value itself is too large"),
        pytest.param("log(2 + exp(x))", 800.0, id="no softplus"),
        pytest.param("(exp(x) - exp(-2*x))/(exp(x) + exp(-2*x))", 800.0, id="no tanh"),
    ],
)
def test_stable_form_is_none_where_none_is_known(expression: str, x: float) -> None:
    assert form(expression, x) == ""


def test_a_value_that_overflows_on_the_way_is_told_what_to_write() -> None:
    report = jaccli.function("y = exp(x)/(1 + exp(x))").gradcheck(at={"x": 800.0})
    (check,) = (check for check in report.checks if check.tested == "forward")
    assert (check.outcome, check.code) == ("inconclusive", "JAC205")
    assert check.help.endswith("this overflows: write `sigmoid(x)`")


def test_a_claim_that_overflows_on_the_way_is_told_what_to_write() -> None:
    claim = {"y": {"x": "exp(x)/(1 + exp(x))**2"}}
    report = jaccli.parse({"inputs": {"x": 800.0}, "outputs": {"y": "sigmoid(x)"}, "jacobian": claim}).gradcheck()
    (check,) = (check for check in report.checks if check.tested == "claim")
    assert (check.outcome, check.code) == ("fail", "JAC110")
    assert check.help.endswith("this overflows: write `sigmoid(x)*sigmoid(-x)`")
