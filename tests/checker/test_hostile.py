"""Cases made to get a wrong derivative passed, or a right one failed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check

CLAIMS = [
    # (output, x, claim, outcome of the claim)
    pytest.param("max(x)", [1.0, 1.0], "[0.3, 0.7]", "pass", id="a subgradient at a tie"),
    pytest.param("max(x)", [1.0, 1.0], "[1., 1.]", "fail", id="both winners of a tie count wholly"),
    pytest.param("max(x)", [1.0, 1.0], "[0.5, 0.5005]", "fail", id="0.05 % more than a tie has to share out"),
    pytest.param("max(x)", [1.0, 1.0], "[0., 0.]", "fail", id="no winner of a tie counts"),
    pytest.param("max(x)", [1.0, 1.0, 0.0], "[1., 1., 0.]", "fail", id="two of three tied, both count wholly"),
    pytest.param("max(x)", [1.0, 1.0, 0.0], "[0.5, 0.5, 0.001]", "fail", id="a third that is not tied"),
    pytest.param("max(x)", [1.0, 1.0, 1.0, 1.0], "[0.1, 0.2, 0.3, 0.4]", "pass", id="four share a tie out"),
    pytest.param("max(x[:2]) + max(x[2:])", [1.0] * 4, "[1., 1., 0., 0.]", "fail", id="two ties, the sum is right"),
    pytest.param("max(x)", [3.0, 1.0, 2.0], "[1., 0.1, 0.]", "fail", id="one that does not win counts a little"),
    pytest.param("relu(x[0]) - relu(x[1])", [0.0, 0.0], "[1., -1.]", "pass", id="the same convention twice"),
    pytest.param("relu(x[0]) - relu(x[1])", [0.0, 0.0], "[0.5, -0.2]", "pass", id="neither convex nor concave"),
    pytest.param("relu(x)", 0.0, "1.7", "fail", id="steeper than either side of relu"),
    pytest.param("abs(x)", 0.0, "-3", "fail", id="steeper than either side of abs"),
    pytest.param("clip(x, 0, 1)", 0.0, "1.0005", "fail", id="0.05 % steeper than clip"),
    pytest.param("x * abs(x)", 0.0, "0", "pass", id="a kink that a factor takes away"),
    pytest.param("x * abs(x)", 0.0, "0.001", "fail", id="a kink that a factor takes away, wrong"),
    pytest.param("max(x)", [1.0, 1.0], "[2., 0.]", "fail", id="more than a slope"),
    pytest.param("norm(x)", [0.0, 0.0], "[0.6, 0.8]", "pass", id="a subgradient of the norm at 0"),
    pytest.param("norm(x)", [0.0, 0.0], "[1., 1.]", "inconclusive", id="too long a subgradient"),
    pytest.param("sum(abs(x))", [0.0, 0.0], "[1., -1.]", "pass", id="subgradients that do go together"),
    pytest.param("exp(x)/exp(x - 1)", 800.0, "0", "inconclusive", id="the function overflows in doubles"),
    pytest.param("1e300 * x**2", 2.0, "2e300 * x", "pass", id="huge"),
    pytest.param("1e300 * x**2", 2.0, "2.001e300 * x", "fail", id="huge and wrong"),
    pytest.param("1e-300 * x**2", 2.0, "0", "fail", id="tiny, and zero is wrong"),
    pytest.param("(x + 1e16) - 1e16", 1.0, "1", "pass", id="cancellation"),
    pytest.param("x * [1, 1e-12]", [1.0, 2.0], "diag([1., 2e-12])", "fail", id="a small entry beside a large one"),
    pytest.param("where(x > 0, sqrt(x), x**2)", -1.0, "2 * x", "pass", id="the other branch is not finite"),
    pytest.param("where(x > 0, x + 1, x)", 0.0, "2", "inconclusive", id="on a jump"),
    pytest.param("relu(x)", 1e-300, "0", "fail", id="a kink that is 1e-300 away"),
]


@pytest.mark.parametrize(("output", "x", "claim", "outcome"), CLAIMS)
def test_hostile_claim_has_the_right_verdict(output: str, x: Any, claim: str, outcome: str) -> None:
    spec = {"inputs": {"x": x}, "outputs": {"y": output}, "jacobian": {"y": {"x": claim}}}
    checks = {one.tested: one.outcome for one in check(jaccli.parse(spec).built, CheckOptions()).checks}
    assert (checks["claim"], "fail" in (checks["forward"], checks["reverse"])) == (outcome, False)


@pytest.mark.parametrize(
    ("x", "slopes", "outcome"),
    [
        pytest.param([1e-300], [0.0], "fail", id="wrong beside the kink"),
        pytest.param([1e-300], [1.0], "pass", id="right beside the kink"),
        pytest.param([1e200], [1.0], "pass", id="huge"),
        pytest.param([1e200], [0.0], "fail", id="huge and wrong"),
    ],
)
def test_hostile_input_of_a_function_has_the_right_verdict(x: list[float], slopes: list[float], outcome: str) -> None:
    report = jaccli.gradcheck(lambda x: np.maximum(x, 0), np.array(x), jacobian=lambda x: np.diag(slopes))
    assert report.checks[0].outcome == outcome


@pytest.mark.parametrize(
    ("slopes", "outcome"), [([0.5, 0.5], "pass"), ([1.0, 1.0], "fail"), ([0.5, 0.5005], "fail"), ([1.5, 0.0], "fail")]
)
def test_hostile_tie_of_a_function_has_the_right_verdict(slopes: list[float], outcome: str) -> None:
    report = jaccli.gradcheck(np.max, np.array([1.0, 1.0]), jacobian=lambda x: np.array(slopes))
    assert report.checks[0].outcome == outcome


@pytest.mark.parametrize(
    ("slopes", "outcome"), [([0.0, 0.0], "pass"), ([1.0, -1.0], "pass"), ([0.5, -0.2], "pass"), ([1.2, -1.0], "fail")]
)
def test_hostile_function_with_two_kinks_at_once_has_its_subgradients(slopes: list[float], outcome: str) -> None:
    def fn(x: Any) -> Any:
        return np.maximum(x[0], 0) - np.maximum(x[1], 0)  # neither convex nor concave

    report = jaccli.gradcheck(fn, np.zeros(2), jacobian=lambda x: np.array(slopes))
    assert report.checks[0].outcome == outcome


@pytest.mark.parametrize(("x", "y", "outcome"), [("1", "1", "fail"), ("0.3", "0.7", "pass"), ("0", "0", "fail")])
def test_hostile_tie_of_two_inputs_is_shared_out_among_both(x: str, y: str, outcome: str) -> None:
    spec = {"inputs": {"x": 1.0, "y": 1.0}, "outputs": {"f": "maximum(x, y)"}, "jacobian": {"f": {"x": x, "y": y}}}
    checks = [one.outcome for one in jaccli.parse(spec).gradcheck().checks if one.tested == "claim"]
    assert checks == [outcome, outcome]


def test_hostile_tie_says_along_what_the_entries_do_not_go_together() -> None:
    report = jaccli.gradcheck(np.max, np.array([1.0, 1.0, 0.0]), jacobian=lambda x: np.array([1.0, 1.0, 0.0]))
    words = "along a[0] + a[1] they give 2.0, and the function has slope 1.0"
    assert (report.checks[0].code, words in report.checks[0].help) == ("JAC114", True)


@pytest.mark.parametrize(("output", "sides"), [("abs(x)", "-1 and 1"), ("relu(x)", "0 and 1")])
def test_hostile_slope_at_a_kink_is_compared_with_both_sides(output: str, sides: str) -> None:
    spec = {"inputs": {"x": 0.0}, "outputs": {"y": output}, "jacobian": {"y": {"x": "-3"}}}
    (found,) = [one for one in jaccli.parse(spec).gradcheck().checks if one.tested == "claim"]
    assert found.help == f"no subgradient: the slopes of the two sides are {sides}, and any value between them is right"


def test_hostile_function_that_changes_while_it_is_checked_is_no_failure() -> None:
    calls = [0]

    def changes(x: Any) -> Any:
        calls[0] += 1
        return x**2 if calls[0] < 4 else x**3

    report = jaccli.gradcheck(changes, np.array([1.5, 2.0]), jacobian=lambda x: np.diag(2 * x))
    assert (report.outcome, report.checks[0].code) == ("inconclusive", "JAC204")
