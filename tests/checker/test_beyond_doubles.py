"""Formulas that under- or overflow on the way, or cancel: right ones never fail by it, wrong ones never pass by it."""

from __future__ import annotations

import pytest

import jaccli

pytest.importorskip("flint")
SIGMOID, RATIO = "1/(1 + exp(-x))", "tanh(cos(3*x))/(exp(2*x**2) + 1)"


def outcomes(x: float, y: str, claim: str) -> dict[str, str]:
    spec = {"inputs": {"x": x}, "outputs": {"y": y}, "jacobian": {"y": {"x": claim}}}
    return {check.tested: check.outcome for check in jaccli.parse(spec).gradcheck().checks}


@pytest.mark.parametrize(
    ("x", "y", "claim", "expected"),
    [
        pytest.param(-400.0, SIGMOID, "exp(-x)/(1 + exp(-x))**2", "inconclusive", id="a square overflows"),
        pytest.param(-400.0, SIGMOID, "exp(x)", "pass", id="nothing overflows"),
        pytest.param(-400.0, SIGMOID, "0", "fail", id="a zero"),
        pytest.param(-400.0, SIGMOID, "2*exp(-x)/(1 + exp(-x))**2", "fail", id="a factor, and a square overflows"),
        pytest.param(-740.0, SIGMOID, "exp(x)", "pass", id="below the normal doubles"),
        pytest.param(-18.0, RATIO, f"-4*x*exp(2*x**2)*{RATIO}/(exp(2*x**2) + 1) - 3*(1 - tanh(cos(3*x))**2)*sin(3*x)"
                     "/(exp(2*x**2) + 1)", "pass", id="one of two terms"),
        pytest.param(-40.0, "exp(-x**2)", "-2*x*exp(-x**2)", "pass", id="zero in doubles"),
        pytest.param(-7.5, "exp(-13*x**2)", "-26*x*exp(-13*x**2)", "pass", id="few digits in doubles"),
        pytest.param(18.0, "tanh(x)", "1 - tanh(x)**2", "pass", id="a cancellation"),
        pytest.param(18.0, "tanh(x)", "1 - tanh(x)", "fail", id="a cancellation, wrong"),
        pytest.param(1e4, "x**4/(1 + x**4)", "-4*x**3/(1 + x**4)**2", "fail", id="a sign, below the rounding of f"),
        pytest.param(1e4, "x**4/(1 + x**4)", "4*x**3/(1 + x**4)**2", "pass", id="right, below the rounding of f"),
    ],
)  # fmt: skip
def test_a_claim_is_judged_by_its_formula(x: float, y: str, claim: str, expected: str) -> None:
    found = outcomes(x, y, claim)
    assert (found.pop("claim"), {"fail", "error"} & set(found.values())) == (expected, set())


def test_a_rule_that_doubles_cannot_hold_is_left_out_and_not_blamed() -> None:
    spec = {"inputs": {"x": -400.0}, "outputs": {"y": SIGMOID}}
    reverse = next(check for check in jaccli.parse(spec).gradcheck().checks if check.tested == "reverse")
    assert (reverse.outcome, reverse.message.partition(",")[0]) == ("skipped", "0.0 in doubles")
