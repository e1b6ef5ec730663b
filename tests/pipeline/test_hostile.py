"""Cases made to get a wrong derivative passed, or a right one failed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.pipeline import Options, check

CLAIMS = [
    # (output, x, claim, outcome of the claim)
    pytest.param("max(x)", [1.0, 1.0], "[0.3, 0.7]", "pass", id="a subgradient at a tie"),
    pytest.param("max(x)", [1.0, 1.0], "[1., 1.]", "inconclusive", id="both winners of a tie count wholly"),
    pytest.param("max(x)", [1.0, 1.0], "[0., 0.]", "inconclusive", id="no winner of a tie counts"),
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
    checks = {one.tested: one.outcome for one in check(jaccli.parse(spec).built, Options()).checks}
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
    ("slopes", "outcome"), [([0.5, 0.5], "pass"), ([1.0, 1.0], "inconclusive"), ([1.5, 0.0], "fail")]
)
def test_hostile_tie_of_a_function_has_the_right_verdict(slopes: list[float], outcome: str) -> None:
    report = jaccli.gradcheck(np.max, np.array([1.0, 1.0]), jacobian=lambda x: np.array(slopes))
    assert report.checks[0].outcome == outcome


def test_hostile_function_that_changes_while_it_is_checked_is_no_failure() -> None:
    calls = [0]

    def changes(x: Any) -> Any:
        calls[0] += 1
        return x**2 if calls[0] < 4 else x**3

    report = jaccli.gradcheck(changes, np.array([1.5, 2.0]), jacobian=lambda x: np.diag(2 * x))
    assert (report.outcome, report.checks[0].code) == ("inconclusive", "JAC204")
