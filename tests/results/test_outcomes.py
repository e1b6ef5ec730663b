"""A report's outcome follows from its checks, and is never a truth value."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jaccli.results.checks import Check, Report
from jaccli.verdict import RULES


def check(outcome: str, tested: str = "claim", **details: Any) -> Check:
    return Check(
        target="i",
        outcome=outcome,
        of="f",
        wrt="x",
        tested=tested,
        point={},
        file="a.yaml",
        **{"decided": 1, **details},
    )


@pytest.mark.parametrize(
    ("checks", "expect", "outcome"),
    [
        pytest.param([check("pass")], "pass", "pass", id="all pass"),
        pytest.param([check("pass"), check("fail")], "pass", "fail", id="one fails"),
        pytest.param([check("inconclusive", open_share=1e-6)], "pass", "pass", id="next to nothing open"),
        pytest.param([check("inconclusive", open_share=1.1e-6)], "pass", "inconclusive", id="something open"),
        pytest.param(
            [check("pass"), check("inconclusive", decided=0)], "pass", "inconclusive", id="nothing decided in one"
        ),
        pytest.param([check("skipped")], "pass", "skipped", id="all skipped"),
        pytest.param([check("pass"), check("fail")], "fail", "pass", id="fails as expected"),
        pytest.param([check("pass")], "fail", "fail", id="passes against expectation"),
        pytest.param([check("fail", "reverse"), check("fail")], "fail", "fail", id="a route is never expected to fail"),
    ],
)
def test_report_outcome_follows_from_its_checks(checks: list[Check], expect: str, outcome: str) -> None:
    assert Report(checks=tuple(checks), expect=expect).outcome == outcome


def test_report_refuses_to_be_a_truth_value() -> None:
    with pytest.raises(TypeError, match=r"use report\.ok or report\.outcome"):
        bool(Report(checks=()))


@pytest.mark.parametrize("code", RULES)
def test_rules_say_what_to_do(code: str) -> None:
    rule = RULES[code]
    assert rule.code == code
    assert rule.meaning.endswith(".")
    assert rule.mend.endswith(".")


def test_check_relative_error_of_equal_zeros_is_zero() -> None:
    assert check("pass", value=0.0, reference=0.0, abs_error=0.0).rel_error == 0.0


@pytest.mark.parametrize(
    ("details", "id_", "name"),
    [
        pytest.param({}, "i::f/x[claim-p0]", "f/x[claim-p0]", id="an output by an input"),
        pytest.param({"point_index": 2}, "i::f/x[claim-p2]", "f/x[claim-p2]", id="another point"),
        pytest.param({"wrt": "x/y", "tested": "hessian"}, "i::f/x/y[hessian-p0]", "f/x/y[hessian-p0]", id="a Hessian"),
        pytest.param({"wrt": ""}, "i::f[claim-p0]", "f[claim-p0]", id="a value"),
        pytest.param({"about": "dense"}, "i::dense[claim-p0]", "dense[claim-p0]", id="a property of several blocks"),
        pytest.param({"about": ""}, "i", "f", id="the target as a whole"),
        pytest.param({"target": "a.py::g"}, "a.py::g::f/x[claim-p0]", "f/x[claim-p0]", id="another target"),
    ],
)
def test_a_check_is_identified_by_its_target_and_what_it_is_about(details: dict[str, Any], id_: str, name: str) -> None:
    found = replace(check("pass"), **details)
    assert (found.id, found.name) == (id_, name)
