"""One block judged by a reference: which entry is shown, what is counted, and when a reference by values alone is held to more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from jaccli.reference import Reference
from jaccli.verdict import Check, judge

RTOL, EPS = 1e-6, 2.0**-52
BLANK = Check(id="i", outcome="skipped", of="f", wrt="x", tested="claim", point={}, file="a.yaml", rtol=RTOL)


def reference(value: Any, bar: Any, route: str = "difference") -> Reference:
    value = np.atleast_2d(np.array(value, dtype=float))
    bar = np.broadcast_to(np.array(bar, dtype=float), value.shape)
    nowhere, reason = np.full(value.shape, np.nan), np.full(value.shape, "", dtype=object)
    return Reference(route, value, bar, nowhere, nowhere, reason, np.zeros(len(value)), 0 * value, evaluations=7)


def verdict(tested: Any, known: Reference, scale: float = 1.0, **options: Any) -> Check:
    tested = np.atleast_2d(np.array(tested, dtype=float))
    return judge(BLANK, tested, known, np.full(tested.shape, scale), 1, **options)


@pytest.mark.parametrize(
    ("route", "eps", "own", "outcome"),
    [
        pytest.param("difference", EPS, False, "inconclusive", id="values of doubles alone"),
        pytest.param("certified", EPS, False, "pass", id="certified"),
        pytest.param("difference", EPS, True, "pass", id="beside the program's own derivatives"),
        pytest.param("difference", 2.0**-51, False, "pass", id="of lower precision"),
    ],
)
def test_by_values_of_doubles_alone_a_wide_bar_passes_nothing(route: str, eps: float, own: bool, outcome: str) -> None:
    """κ·eps·S is 1e-3 here: what rounding excuses is wider than the bar, which is a hundred times rtol."""
    scale = 1e-3 / (4096 * eps)
    options: dict[str, Any] = {"own": np.full((1, 1), 1e-4)} if own else {}
    assert verdict(1.0, reference(1.0, 1e-4, route), scale, eps=eps, **options).outcome == outcome


@pytest.mark.parametrize(
    ("bar", "outcome"),
    [pytest.param(3.9e-5, "pass", id="a quarter below 10 rtol"), pytest.param(4.1e-5, "inconclusive", id="above")],
)
def test_by_values_alone_a_quarter_of_the_bar_stays_below_ten_rtol(bar: float, outcome: str) -> None:
    assert verdict(1.0, reference(1.0, bar), 1e-3 / (4096 * EPS)).outcome == outcome


@pytest.mark.parametrize(
    ("residual", "atol", "outcome"),
    [
        pytest.param(0.01, 0.0, "fail", id="no atol"),
        pytest.param(0.01, 0.02, "pass", id="within"),
        pytest.param(0.01, 0.009, "fail", id="beyond"),
        pytest.param(0.0095, 0.01, "fail", id="the bar is part of it"),
    ],
)
def test_atol_passes_what_is_surely_within_it(residual: float, atol: float, outcome: str) -> None:
    assert verdict(1.0 + residual, reference(1.0, 0.001), atol=atol).outcome == outcome


def test_the_entry_that_is_shown_is_a_failure_before_an_open_one_before_the_largest_residual() -> None:
    known = reference([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[0.0, np.inf, 0.0], [0.0, 0.0, 0.0]])
    tested = known.value.copy()
    tested[0, 2] *= 1 + 3e-7
    shown = verdict(tested, known)
    tested[1, 1] = 5.5
    failed = verdict(tested, known)
    assert (shown.of_index, shown.wrt_index, shown.outcome) == ((0,), (1,), "inconclusive")
    assert (failed.of_index, failed.wrt_index, failed.value, failed.reference) == ((1,), (1,), 5.5, 5.0)
    assert (failed.failed, failed.decided, failed.entries, failed.evaluations) == (1, 5, 6, 7)
    assert failed.abs_error == 0.5
    assert failed.ulps == 0.5 / np.spacing(5.0)


def test_a_pass_tells_the_largest_error_that_could_have_been_missed() -> None:
    known = reference([1.0, 4.0, 0.0], [1e-8, 4e-7, 0.0])
    assert verdict([1.0, 4.0, 0.0], known).detectable == pytest.approx(1.1e-6, rel=1e-6)


@pytest.mark.parametrize(("route", "allowed"), [("difference", 10 * RTOL), ("certified", RTOL)])
def test_what_may_stay_open_is_ten_times_rtol_by_values_alone(route: str, allowed: float) -> None:
    assert verdict(1.0, reference(1.0, 0.0, route)).open_allowed == allowed


def test_what_is_open_may_be_off_by_its_residual_and_a_quarter_of_its_bar() -> None:
    found = verdict([1.0, 1.0], reference([1.0, 1.0], [0.0, 1e-3]))
    assert (found.outcome, found.open_share) == ("inconclusive", pytest.approx(0.25e-3 / 2, rel=1e-4))


def test_only_wrong_entries_at_kinks_are_no_subgradients() -> None:
    known = reference([1.0, 1.0], [0.0, np.inf])
    kink = replace(known, low=np.array([[np.nan, 0.0]]), high=np.array([[np.nan, 2.0]]))
    at_kink, elsewhere = verdict([1.0, 3.0], kink), verdict([1.5, 3.0], kink)
    assert (at_kink.code, at_kink.help.partition(":")[0]) == ("JAC100", "no subgradient")
    assert "slopes of the two sides are 0 and 2" in at_kink.help
    assert "no subgradient" not in elsewhere.help
