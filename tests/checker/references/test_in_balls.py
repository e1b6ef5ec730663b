"""Formulas and rules in balls: right where doubles overflow or cancel on the way, and silent where no precision tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import jaccli
from jaccli.checker.references.in_balls import claim_in_balls, route_in_balls
from jaccli.ops.rules import RULES, Rules


def slopes(expression: str, x: float) -> list[Any]:
    built = jaccli.function(f"y = {expression}", at={"x": x}).built
    return [route_in_balls(built, "y", "x", {"x": np.array(x)}, mode) for mode in ("forward", "reverse")]


@pytest.mark.parametrize(
    ("expression", "x", "truth"),
    [
        pytest.param("1/(1 + exp(-x))", -400.0, lambda x: mpmath.exp(x), id="a quotient beyond the doubles"),
        pytest.param("tanh(x)", 30.0, lambda x: mpmath.sech(x) ** 2, id="a saturated tanh"),
        pytest.param("log(1 + exp(x))", 800.0, lambda x: 1, id="an exponential that overflows"),
        pytest.param("exp(x)/exp(x)", 1e5, lambda x: 0, id="a quotient that is constant"),
        pytest.param("norm([x, 3*x])", 1e200, lambda x: mpmath.sqrt(10), id="squares that overflow"),
        pytest.param("relu(x)*x", 0.0, lambda x: 0, id="on a kink, where the rule's own subgradient is taken"),
        pytest.param("max([x, 2*x])", 0.0, lambda x: 1.5, id="at a tie, likewise"),
        pytest.param("where(x > 0, log(x), 0)", -1.0, lambda x: 0, id="beside a branch that is undefined"),
    ],
)  # fmt: skip
def test_rules_in_balls_hold_the_derivative(expression: str, x: float, truth: Callable[[Any], Any]) -> None:
    with mpmath.workdps(60):
        expected = float(truth(mpmath.mpf(x)))
    np.testing.assert_allclose(np.ravel(slopes(expression, x)), [expected] * 2, rtol=1e-15, atol=1e-320)


@pytest.mark.parametrize(
    ("expression", "x"),
    [
        pytest.param("log(x)", 0.0, id="at a pole"),
        pytest.param("x*where(x/3*3 > x, 5, 3)", 1.0, id="a choice that no precision decides"),
        pytest.param("norm(x*arange(40_000))", 1.0, id="too much work"),
    ],
)
def test_rules_in_balls_are_silent(expression: str, x: float) -> None:
    assert slopes(expression, x) == [None, None]


def test_wrong_rule_is_wrong_in_balls(monkeypatch: pytest.MonkeyPatch) -> None:
    (right,) = RULES["tanh"].partials
    assert callable(right)
    monkeypatch.setitem(RULES, "tanh", Rules(row=RULES["tanh"].row, partials=(lambda y, x: 1.0005 * right(y, x),)))
    np.testing.assert_allclose(np.ravel(slopes("tanh(x)", 0.5)), 1.0005 / np.cosh(0.5) ** 2, rtol=1e-14)


@pytest.mark.parametrize("expression", ["outer(x, x)", "sum(x**3)", "exp(x)"])
def test_rules_in_balls_have_the_shape_of_the_jacobian(expression: str) -> None:
    point = {"x": np.array([0.5, -1.0, 2.0])}
    model = jaccli.function(f"y = {expression}", at=point)
    expected = model.jacobian("y", "x", at=point)
    for mode in ("forward", "reverse"):
        found = route_in_balls(model.built, "y", "x", point, mode)
        assert found is not None
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_claim_in_balls_is_the_value_of_its_formula() -> None:
    spec = {"inputs": {"x": 700.0}, "outputs": {"y": "x"}, "jacobian": {"y": {"x": "exp(x) - exp(x) + 1"}}}
    built = jaccli.parse(spec).built
    ((_, formula),) = built.claims
    assert claim_in_balls(built, formula, {"x": np.array(700.0)}) == 1.0
