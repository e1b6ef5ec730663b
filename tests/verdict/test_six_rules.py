"""The six rules of a verdict, a table for each: what it decides, and which rule comes before it."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jaccli.results.kinds import Reason
from jaccli.verdict.decide import FAIL, INCONCLUSIVE, PASS, RULES, Exceptions, decide

PAGE = Path(__file__).parents[2] / "docs" / "checker.md"
KINK = {"low": 0.0, "high": 2.0}
STAIRS = {"low": 0.0, "high": 1.1, "leap": 0.1}
NAN, INF = math.nan, math.inf


def verdict(tested: float, value: float, bar: float = 0.0, scale: float = 1.0, **known: Any) -> tuple[int, str]:
    """Return the outcome and the reason of one entry at rtol 1e-6."""
    arrays = [np.array([number]) for number in (tested, value, bar, scale)]
    facts = {name: fact if fact is True else np.array([fact]) for name, fact in known.items()}
    found = decide(*arrays, rtol=1e-6, known=Exceptions(**facts))
    return int(found.outcome[0]), str(found.reason[0])


@pytest.mark.parametrize(
    ("tested", "known", "expected"),
    [
        pytest.param(0.0, KINK, (PASS, "subgradient"), id="the left slope"),
        pytest.param(1.5, KINK, (PASS, "subgradient"), id="between the two"),
        pytest.param(2.0, KINK, (PASS, "subgradient"), id="the right slope"),
        pytest.param(2.001, KINK, (FAIL, ""), id="0.05 % beyond the right slope"),
        pytest.param(-1e-9, KINK, (FAIL, ""), id="below the left slope"),
        pytest.param(1.5, {**KINK, "reason": "kink"}, (PASS, "subgradient"), id="before rule 4"),
        pytest.param(2.001, {**KINK, "rounding": 1.0}, (FAIL, ""), id="no rounding excuses it"),
        pytest.param(1.5, {**KINK, "high": NAN}, (INCONCLUSIVE, "noise"), id="one slope alone is no kink"),
    ],
)
def test_rule_1_passes_a_value_between_the_slopes_of_a_kink(
    tested: float, known: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert verdict(tested, 1.0, INF, **known) == expected


@pytest.mark.parametrize(
    ("tested", "value", "bar", "known", "expected"),
    [
        pytest.param(NAN, 1.0, 0.0, {}, (FAIL, "non-finite"), id="nan against a number"),
        pytest.param(-INF, 1.0, 0.0, {}, (FAIL, "non-finite"), id="infinity against a number"),
        pytest.param(1.0, NAN, 0.0, {}, (INCONCLUSIVE, "domain"), id="a number against nan"),
        pytest.param(INF, INF, 0.0, {}, (INCONCLUSIVE, "domain"), id="infinity is not infinity"),
        pytest.param(NAN, 1.0, 1.0, {}, (INCONCLUSIVE, "domain"), id="a number that could not have decided"),
        pytest.param(NAN, 1.0, 0.0, {"reason": "jump"}, (INCONCLUSIVE, "jump"), id="a number that is not believed"),
        pytest.param(NAN, 1.0, INF, KINK, (INCONCLUSIVE, "domain"), id="nan is no subgradient"),
        pytest.param(NAN, 0.0, 0.0, STAIRS, (FAIL, "non-finite"), id="before rule 3"),
    ],
)
def test_rule_2_fails_what_is_not_finite_against_a_number(
    tested: float, value: float, bar: float, known: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert verdict(tested, value, bar, **known) == expected


@pytest.mark.parametrize(
    ("tested", "value", "known", "expected"),
    [
        pytest.param(0.0, 0.0, KINK, (PASS, ""), id="the slope of its own side"),
        pytest.param(2.0, 0.0, KINK, (INCONCLUSIVE, "kink"), id="the slope of the other side"),
        pytest.param(1.0, 0.0, KINK, (INCONCLUSIVE, "kink"), id="between the two"),
        pytest.param(2.001, 0.0, KINK, (FAIL, ""), id="beyond both"),
        pytest.param(0.0, 0.0, STAIRS, (PASS, ""), id="the slope of a tread"),
        pytest.param(1.0, 0.0, STAIRS, (INCONCLUSIVE, "staircase"), id="what the steps follow"),
        pytest.param(1.2, 0.0, STAIRS, (FAIL, ""), id="neither"),
        pytest.param(1.0, 0.0, {**KINK, "reason": "step window"}, (INCONCLUSIVE, "kink"), id="before rule 4"),
    ],
)
def test_rule_3_leaves_the_other_slope_beside_a_kink_open(
    tested: float, value: float, known: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert verdict(tested, value, **known) == expected


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason])
@pytest.mark.parametrize("tested", [pytest.param(1.0, id="right"), pytest.param(5.0, id="before rule 5")])
def test_rule_4_says_why_a_reference_is_not_believed(tested: float, reason: Reason) -> None:
    assert verdict(tested, 1.0, reason=reason) == (INCONCLUSIVE, reason)


@pytest.mark.parametrize(
    ("tested", "value", "bar", "known", "expected"),
    [
        pytest.param(1.0005, 1.0, 1e-9, {}, FAIL, id="0.05 % off"),
        pytest.param(-1.0, 1.0, 1e-9, {}, FAIL, id="the wrong sign"),
        pytest.param(0.0, 1.0, 1e-9, {}, FAIL, id="missing"),
        pytest.param(1.0005, 1.0, 1e-3, {}, INCONCLUSIVE, id="less than the error bar"),
        pytest.param(1.0005, 1.0, 1e-9, {"rounding": 1e-3}, INCONCLUSIVE, id="less than rounding may do"),
        pytest.param(1.0005, 1.0, 1e-9, {"rounding": 1e-3, "measured": 1e-5}, FAIL, id="more than rounding has done"),
        pytest.param(5.0, 1.0, 3.0, {}, FAIL, id="a wide bar may still show it"),
    ],
)
def test_rule_5_fails_what_no_error_of_the_reference_explains(
    tested: float, value: float, bar: float, known: dict[str, Any], expected: int
) -> None:
    assert verdict(tested, value, bar, **known)[0] == expected


@pytest.mark.parametrize(
    ("tested", "value", "bar", "scale", "known", "expected"),
    [
        pytest.param(1.0, 1.0, 1e-9, 1.0, {}, PASS, id="right"),
        pytest.param(0.0, 0.0, 0.0, 1.0, {}, PASS, id="a right zero"),
        pytest.param(1.0, 1.0, 1e-4, 1.0, {}, INCONCLUSIVE, id="nothing would have been seen"),
        pytest.param(5000.0, 73.0, 0.0, 1e16, {}, INCONCLUSIVE, id="nor an error of the whole size"),
        pytest.param(1e-3, 0.0, 0.0, 1e12, {}, PASS, id="a zero to rounding"),
        pytest.param(1.0001, 1.0, 0.0, 1e9, {}, PASS, id="rounding of f explains it"),
        pytest.param(1.0001, 1.0, 0.0, 1e9, {"routes_off": 0.0}, INCONCLUSIVE, id="but not where the routes are right"),
        pytest.param(1.0001, 1.0, 0.0, 1e9, {"by_values": True}, INCONCLUSIVE, id="nor where values alone judge"),
    ],
)
def test_rule_6_passes_what_is_right_where_a_mistake_would_have_been_seen(
    tested: float, value: float, bar: float, scale: float, known: dict[str, Any], expected: int
) -> None:
    assert verdict(tested, value, bar, scale, **known) == (expected, "" if expected == PASS else "noise")


def test_the_rules_are_the_same_in_code_and_on_the_page() -> None:
    section = PAGE.read_text(encoding="utf-8").split("## Verdict")[1].split("\n## ")[0]
    page, code = (re.findall(r"^ *(\d\. .*)$", text, re.MULTILINE) for text in (section, decide.__doc__ or ""))
    assert page == code
    assert len(code) == len(RULES)


def test_a_claim_within_the_relative_error_passes_however_well_its_rounding_is_measured() -> None:
    assert verdict(1 + 5e-7, 1.0, 0.0, measured=0.0) == (PASS, "")


def test_a_right_value_on_a_staircase_that_is_not_believed_is_one_of_the_staircase() -> None:
    assert verdict(1.0, 1.0, 0.0, reason="step window", **STAIRS) == (INCONCLUSIVE, "staircase")
