"""Differences that run out of time keep the columns that are done."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.checker import judge as judging
from jaccli.checker.references import function as differenced
from jaccli.checker.references.time_limited import by_parts
from jaccli.deadline import TimedOut
from jaccli.difference import differences

X = np.linspace(0.1, 1.0, 40)


def sines(points: Any) -> Any:
    return np.sin(points).sum(axis=1, keepdims=True)


def stopped_after(parts: int) -> Any:
    left = [parts]

    def taken(fn: Any, x: Any, **options: Any) -> Any:
        if not left[0]:
            raise TimedOut
        left[0] -= 1
        return differences(fn, x, **options)

    return taken


def test_by_parts_gives_all_columns_where_there_is_time() -> None:
    np.testing.assert_allclose(by_parts(stopped_after(99), sines, X).value, np.cos(X)[None], rtol=1e-8)


def test_by_parts_keeps_the_columns_that_are_done() -> None:
    found = by_parts(stopped_after(2), sines, X)
    assert np.isfinite(found.error_bar).sum() == (found.reason[0] != "time").sum() == 16


def test_by_parts_has_nothing_where_no_part_was_done() -> None:
    with pytest.raises(TimedOut, match=r"^$"):
        by_parts(stopped_after(0), sines, X)


@pytest.mark.parametrize(
    ("factor", "outcome"),
    [pytest.param(1.0, "inconclusive", id="right"), pytest.param(1.0005, "fail", id="0.05 % off")],
)
def test_timed_out_function_is_judged_by_the_columns_that_are_done(
    factor: float, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(differenced, "differences", stopped_after(2))
    monkeypatch.setattr(differenced, "_seconds_of", lambda subject: 1.0)
    monkeypatch.setattr(judging.AlongSegments, "ask", lambda self, inputs: None)
    report = jaccli.gradcheck(lambda x: np.sin(x).sum(), X, jacobian=lambda x: factor * np.cos(x), timeout=60.0)
    assert (report.checks[0].outcome, report.checks[0].decided) == (outcome, 16)


def test_by_parts_keeps_what_nothing_that_moves_can_hide() -> None:
    def flat(points: Any) -> Any:
        return np.log(1 + np.exp(points))

    x = np.full(20, -40.0)
    found = by_parts(differences, flat, x)
    assert found.rounding is not None
    np.testing.assert_array_equal(found.rounding, differences(flat, x).rounding)
