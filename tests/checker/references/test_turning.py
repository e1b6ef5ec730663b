"""Points so large that a function turns between two doubles, or is real at whole numbers only: no alarm, no false verdict."""

from __future__ import annotations

import numpy as np
import pytest

import jaccli
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check
from jaccli.results.checks import Check

TURNING = [
    "sin(x)", "tan(x)", "sin(x)**2", "exp(sin(x))", "sqrt(2 + cos(x))", "x*sin(x)", "arctan(tan(x))", "sin(x)/x", "cos(1e6*x)",
    "x + sin(x)", "1e7 + sin(x)", "2*x + 1e3*cos(3*x)",
]  # fmt: skip
#: Where coarse steps give the slope of the rest, and what turns is no more than its last digits, differences cannot know better.
HIDDEN = ("x + sin(x)", "2*x + 1e3*cos(3*x)")


def checks(expression: str, x: float, reference: str, claim: str = "") -> list[Check]:
    spec = {"inputs": {"x": x}, "outputs": {"y": expression}, "jacobian": {"y": {"x": claim}} if claim else {}}
    return list(check(jaccli.parse(spec).built, CheckOptions(reference=reference)).checks)


def points() -> list[float]:
    rng = np.random.default_rng(3)
    sizes = 10 ** rng.uniform(12, 18, 2) * rng.choice([-1, 1], 2)
    return [float(x) for x in (1e13, *sizes)]


@pytest.mark.parametrize("expression", TURNING)
def test_two_references_raise_no_alarm_where_a_function_turns_between_doubles(expression: str) -> None:
    outcomes = {one.outcome for x in points() for one in checks(expression, x, "auto")}
    assert "pass" in outcomes
    assert outcomes <= {"pass", "inconclusive"}  # of 3*x in doubles the cosine may be another one


@pytest.mark.parametrize("expression", [one for one in TURNING if one not in HIDDEN])
def test_differences_give_no_verdict_where_a_function_turns_between_doubles(expression: str) -> None:
    outcomes = {one.outcome for x in points() for one in checks(expression, x, "difference")}
    assert outcomes == {"inconclusive"}


def test_what_turns_visibly_within_the_finest_steps_widens_the_error_bar() -> None:
    found = checks("1e7 + sin(x)", 3e15, "difference", "300 + x/x")
    assert [one.outcome for one in found] == ["inconclusive", "inconclusive", "inconclusive", "fail"]
    assert 1 < found[0].error_bar < 300


@pytest.mark.parametrize("expression", ["3*x + 2", "x**2", "log(x)", "1/x"])
def test_a_smooth_function_of_large_numbers_is_judged_by_differences(expression: str) -> None:
    slope = {"3*x + 2": "3", "x**2": "2*x", "log(x)": "1/x", "1/x": "-1/x**2"}[expression]
    for claim, outcome in ((slope, "pass"), (f"1.001*({slope})", "fail")):
        assert checks(expression, 1e13, "difference", claim)[-1].outcome == outcome


@pytest.mark.parametrize("reference", ["auto", "difference"])
@pytest.mark.parametrize("x", [-1e300, -1e20, -1e16, -3.0])
def test_a_power_that_is_real_at_whole_numbers_only_has_no_derivative(x: float, reference: str) -> None:
    found = checks("x**x", x, reference)
    assert {one.outcome for one in found} <= {"inconclusive", "skipped"}
    assert "JAC205" in {one.code for one in found}


@pytest.mark.parametrize("reference", ["auto", "difference"])
@pytest.mark.parametrize("x", [1e160, 1e200, 1e300, 3e307])
def test_a_formula_that_is_right_but_for_what_overflows_does_not_fail(x: float, reference: str) -> None:
    claims = ("-1/(x - 1)", "-1/x**2/(1/x*(1 - 1/x))")
    for claim in claims:
        assert "fail" not in {one.outcome for one in checks("logit(1/x)", x, reference, claim)}


@pytest.mark.parametrize("reference", ["auto", "difference"])
@pytest.mark.parametrize("claim", ["1/(x - 1)", "-2/(x - 1)", "-1/x**2/(1/x*(1 - 2/x))*1.001"])
def test_a_formula_that_is_wrong_fails_whatever_overflows(claim: str, reference: str) -> None:
    assert checks("logit(1/x)", 1e300, reference, claim)[-1].outcome == "fail"


@pytest.mark.parametrize("x", [1e10, 1e16, 1e50, -1e200])
def test_a_constant_claim_at_a_large_point_fails_if_it_is_wrong(x: float) -> None:
    for claim, outcome in (("1", "pass"), ("2", "fail"), ("-1", "fail")):
        assert checks("logsumexp([x, x])", x, "auto", claim)[-1].outcome == outcome
