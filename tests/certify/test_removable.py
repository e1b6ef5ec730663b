"""Verdicts where a quotient is 0/0 or a choice is exactly open: right claims pass, wrong ones never do, and nothing crashes."""

from __future__ import annotations

from typing import Any

import pytest

import jaccli


def claim_on(expression: str, x: Any, claim: Any) -> Any:
    """Return the check of a claim."""
    spec = {"inputs": {"x": x}, "outputs": {"y": expression}, "jacobian": {"y": {"x": claim}}}
    (found,) = [check for check in jaccli.parse(spec).gradcheck().checks if check.tested == "claim"]
    return found


#: expression, point, right derivative there, a wrong one
SMOOTH: list[tuple[str, float, float, float]] = [
    ("where(x > 0, sin(x)/x, 1)*x", 0, 1, 0.3),
    ("where(abs(x) > 1e-12, sin(x)/x, 1)*x", 0, 1, 0.3),
    ("where(x > 1, (x**2 - 1)/(x - 1), x + 1)", 1, 1, 0.3),
    ("where(x != 1, (x**3 - 1)/(x - 1), 3)", 1, 3, 0.3),
    ("where(x == 0, 0, (1 - cos(x))/x)", 0, 0.5, 0),
    ("where(x == 0, 0.5, (1 - cos(x))/x**2)", 0, 0, 0.3),
    ("where(x == 0, 1, (exp(x) - 1)/x)", 0, 0.5, 0),
    ("where(x == 0, 0, expm1(x)**2/x)", 0, 1, 0),
    ("where(x == 0, 1/6, (x - sin(x))/x**3)*x", 0, 1 / 6, 0),
    ("where(x > 0, (x/x)*2*x, 2*x)", 0, 2, 1),
    ("where(norm([x, 2*x]) > 0, sin(norm([x, 2*x]))/norm([x, 2*x]), 1)*x", 0, 1, 0),
    ("norm([x, x**2])*x", 0, 0, 0.3),
    ("where(x != 0, x**3/norm([x, 0])**2, 0)", 0, 1, 0),
    ("maximum(x, where(x == 0, 0, x*sin(x)/x))", 0, 1, 0),
    ("where(x**2 > 0, 5*x, x)", 0, 5, 1),
    ("where(x**3 > 0, 5*x, 5*sin(x))", 0, 5, 1),
]


@pytest.mark.parametrize(("expression", "x", "right", "wrong"), [pytest.param(*row, id=row[0]) for row in SMOOTH])
def test_claims_where_both_sides_have_one_slope(expression: str, x: float, right: float, wrong: float) -> None:
    assert [claim_on(expression, x, claim).outcome for claim in (right, wrong)] == ["pass", "fail"]


#: expression, point, the slopes of both sides
KINKED: list[tuple[str, float, float, float]] = [
    ("where(x > 0, (cosh(x) - 1)/x, -x/2)", 0, -0.5, 0.5),
    ("where(x > 0, sin(x)/x, 1 + x)", 0, 0, 1),
    ("where(x == 0, 0, sin(x)*abs(x)/x)", 0, -1, 1),
    ("where(x == 0, 0, norm([x, x**2])**2/x)*sign(x)", 0, -1, 1),
]


@pytest.mark.parametrize(("expression", "x", "low", "high"), [pytest.param(*row, id=row[0]) for row in KINKED])
def test_claims_at_kinks_of_removable_singularities(expression: str, x: float, low: float, high: float) -> None:
    inside = {claim_on(expression, x, low + part * (high - low)).outcome for part in (0, 0.25, 1)}
    outside = {claim_on(expression, x, claim).outcome for claim in (low - 0.2, high + 0.2)}
    assert (inside, "pass" in outside) == ({"pass"}, False)


UNDECIDED = [
    pytest.param("sin(x)/x", 0, 0.0, id="0/0 is no number"),
    pytest.param("x**2/x", 0, 1.0, id="0/0 of a line"),
    pytest.param("where(x >= 0, (exp(x) - 1)/x, 1 + x/2)", 0, 0.5, id="0/0 in the branch of the point"),
    pytest.param("maximum(x, sin(x)*x/x)", 0, 1.0, id="0/0 in a maximum"),
    pytest.param("where(x == 0, 0, 1/x + x)", 0, 1.0, id="a pole beside the point"),
    pytest.param("where(x == 0, 0, 1/x)", 0, 0.0, id="a pole"),
    pytest.param("sign(x**2)", 0, 0.0, id="a jump at the point alone"),
    pytest.param("where(x == 0, 2, sin(x)/x)", 0, 0.0, id="another value at the point"),
    pytest.param("where(x > 0, x*log(x), 0)", 0, -5.0, id="steep"),
]


@pytest.mark.parametrize(("expression", "x", "claim"), UNDECIDED)
def test_what_has_no_derivative_passes_nothing(expression: str, x: float, claim: float) -> None:
    found = claim_on(expression, x, claim)
    assert (found.outcome, found.code in ("JAC202", "JAC205")) == ("inconclusive", True)


# --- other inputs that were not thought of

#: an output that a constant or a huge argument is part of, and its input
ALIVE: list[tuple[str, Any]] = [
    ("x*norm([3, 4])", 2.0),
    ("x*hypot(3, 4)", 2.0),
    ("x**norm([3, 4])", 2.0),
    ("x*norm([0, 0])", 2.0),
    ("norm([x, 3, 4])", 2.0),
    ("norm(maximum(x, 2))", [1.0, 3.0]),
    ("where(x > 0, norm([3, 4]), 2)*x", 2.0),
    ("x*cholesky([[2, 1], [1, 4]])", 2.0),
    ("x*polygamma(9, 3)", 2.0),
    ("polygamma(8, x)", 2.0),
    ("polygamma(60, x)", 2.5),
    ("logsumexp(x*1e18)", [1.0, 2.0]),
    ("cross_entropy(x, [1])", [[1e18, -1e18]]),
    ("softmax(x*1e18)", [3.0, 3.0]),
    ("sum(softmax(x*1e300) * [1, 2])", [2.0, 2.0]),
    ("tanh(x)", 1e18),
    ("softplus(x)", 1e300),
    ("lgamma(x)", 1e300),
]


@pytest.mark.parametrize(("expression", "x"), [pytest.param(*row, id=row[0]) for row in ALIVE])
def test_constants_and_huge_arguments_are_certified(expression: str, x: Any) -> None:
    report = jaccli.parse({"inputs": {"x": x}, "outputs": {"y": expression}}).gradcheck()
    assert {(check.outcome, check.reference_route) for check in report.checks} == {("pass", "certified")}


@pytest.mark.parametrize("scale", ["1e18", "1e300"])
def test_softmax_of_huge_differences_is_no_crash_and_no_failure(scale: str) -> None:
    spec = {"inputs": {"x": [[1.0, 2.0], [3.0, 3.0]]}, "outputs": {"y": f"softmax(x*{scale}, axis=1)"}}
    assert {check.outcome for check in jaccli.parse(spec).gradcheck().checks} <= {"pass", "inconclusive"}


def test_wrong_claim_on_polygamma_of_high_order_fails() -> None:
    assert [claim_on("polygamma(8, x)", 2.0, claim).outcome for claim in (0, "polygamma(9, x)")] == ["fail", "pass"]


# --- the program's own routes

ALONE = ["where(x == 0, 0, (1 - cos(x))/x)", "where(x != 0, x, 0)", "where(x**2 > 0, 5*x, x)"]


@pytest.mark.parametrize("expression", ALONE)
def test_routes_that_differentiate_the_branch_of_one_point_are_open_and_no_failure(expression: str) -> None:
    report = jaccli.parse({"inputs": {"x": 0.0}, "outputs": {"y": expression}}).gradcheck()
    assert {(check.outcome, check.code) for check in report.checks} == {("inconclusive", "JAC202")}
    assert (report.outcome, "tips exactly here" in report.checks[0].kink) == ("inconclusive", True)


def test_claim_of_the_branch_of_one_point_fails() -> None:
    assert claim_on("where(x == 0, 0, (1 - cos(x))/x)", 0.0, 0.0).outcome == "fail"
