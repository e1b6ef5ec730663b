"""Where a number on the way is too small for a double, the references do not exclude each other, and nothing right fails."""

from __future__ import annotations

import pytest

import jaccli
from jaccli.results.kinds import Outcome

FORMULAS = {
    "exponential": ("exp(x)*y", {"x": -746.0, "y": 1e300}),
    "far below": ("exp(x)*exp(y)", {"x": -800.0, "y": 700.0}),
    "subnormal": ("sigmoid(x)*exp(y)", {"x": -745.0, "y": 700.0}),
    "square": ("exp(-x**2)*y", {"x": 27.3, "y": 1e308}),
    "tail": ("erfc(x)*y", {"x": 27.3, "y": 1e300}),
}


@pytest.mark.parametrize("case", FORMULAS)
def test_no_own_derivative_fails_below_the_smallest_double(case: str) -> None:
    formula, inputs = FORMULAS[case]
    checks = jaccli.parse({"inputs": inputs, "outputs": {"f": formula}}).gradcheck().checks
    assert {check.outcome for check in checks} <= {Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.SKIPPED}
    assert "JAC202" not in {check.code for check in checks}  # what doubles lose is no kink


def outcome_of(claim: str, x: float) -> str:
    spec = {"inputs": {"x": x, "y": 1e300}, "outputs": {"f": "exp(x)*y"}, "jacobian": {"f": {"x": claim}}}
    checks = jaccli.parse(spec).gradcheck().checks
    return next(check.outcome for check in checks if check.tested == "claim")


@pytest.mark.parametrize("x", [-720.0, -746.0, -800.0])
def test_a_claim_without_underflow_passes(x: float) -> None:
    assert outcome_of("exp(x + log(y))", x) == Outcome.PASS


@pytest.mark.parametrize("factor", ["1.001*", "-", "0*"])
@pytest.mark.parametrize("x", [-720.0, -746.0, -800.0])
def test_a_wrong_claim_beside_an_underflow_does_not_pass(x: float, factor: str) -> None:
    assert outcome_of(f"{factor}exp(x + log(y))", x) != Outcome.PASS
