"""A time limit is one for the whole call, shared by its parts, and leaves a timer that was running before to ring in time."""

from __future__ import annotations

import signal
import time
from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.checker.effort.budget import Budget, confirmed
from jaccli.deadline import TimedOut, deadline
from jaccli.results.checks import Check, Report


class OuterError(Exception):
    """What an outer timer raises."""


@pytest.fixture
def outer() -> Any:
    """Return what sets an outer timer, as pytest-timeout does; it is switched off afterwards."""

    def ring(number: int, frame: Any) -> None:
        raise OuterError

    before = signal.signal(signal.SIGALRM, ring)
    yield lambda seconds, interval=0.0: signal.setitimer(signal.ITIMER_REAL, seconds, interval)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_deadline_restores_what_remains_of_an_outer_timer(outer: Any) -> None:
    outer(60.0, 7.0)
    with deadline(30.0):
        time.sleep(0.05)
    left, interval = signal.getitimer(signal.ITIMER_REAL)
    assert (50 < left < 59.96, interval) == (True, 7.0)


def test_deadline_restores_an_outer_timer_after_it_has_rung_itself(outer: Any) -> None:
    outer(60.0)
    with pytest.raises(TimedOut), deadline(0.01):
        time.sleep(10)
    assert 50 < signal.getitimer(signal.ITIMER_REAL)[0] < 60


def test_outer_timer_rings_inside_a_longer_deadline_once(outer: Any) -> None:
    outer(0.3)
    with pytest.raises(OuterError), deadline(30.0):
        time.sleep(10)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_deadline_still_ends_after_an_outer_timer_that_raises_nothing(outer: Any) -> None:
    rung = []
    signal.signal(signal.SIGALRM, lambda number, frame: rung.append(number))
    outer(0.02)
    with pytest.raises(TimedOut), deadline(0.1):
        time.sleep(10)
    assert len(rung) == 1


@pytest.mark.parametrize(
    ("inner", "outer_"), [(0.02, 30.0), (30.0, 0.02)], ids=["the inner one ends", "the outer one ends"]
)
def test_deadlines_nest(inner: float, outer_: float) -> None:
    with pytest.raises(TimedOut), deadline(outer_), deadline(inner):
        time.sleep(10)
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_deadline_that_the_code_swallows_ends_it_all_the_same() -> None:
    ended = []
    with pytest.raises(TimedOut), deadline(0.01):  # noqa: PT012
        try:
            time.sleep(10)
        except BaseException:  # as Python does in a destructor
            ended.append(True)
    assert (ended, signal.getitimer(signal.ITIMER_REAL)) == ([True], (0.0, 0.0))


def test_deadline_of_an_outer_block_is_not_lost_in_an_inner_one() -> None:
    found = []
    with pytest.raises(TimedOut), deadline(0.01):
        found.append(Budget(30.0).limited(lambda: time.sleep(10)))  # which takes the interruption for its own
    assert len(found) == 1


def test_budget_gives_every_part_its_share() -> None:
    budget = Budget(100.0, start=time.monotonic() - 40.0)
    shares = [budget.limited(lambda: signal.getitimer(signal.ITIMER_REAL)[0], parts) for parts in (1, 3)]
    assert shares == pytest.approx([60.0, 20.0], abs=5.0)


def test_budget_that_is_over_says_how_long_it_was() -> None:
    trouble = Budget(20.0, start=time.monotonic() - 40.0).limited(lambda: time.sleep(10))
    assert (trouble.code, trouble.message) == ("JAC208", "the 20 s of the time limit were over")


def test_confirmed_keeps_what_passed_where_there_was_no_time() -> None:
    def row(name: str, outcome: Any, code: str | None = None) -> Check:
        return Check(
            target=name, about="", outcome=outcome, of="y", wrt=name, tested="vjp", point={}, file="f.py", code=code
        )

    again = Report(checks=(row("a", "inconclusive", "JAC208"), row("b", "inconclusive", "JAC208"), row("c", "fail")))
    found = confirmed(again, (row("a", "pass"), row("b", "fail"), row("c", "fail")))
    assert [check.outcome for check in found.checks] == ["pass", "inconclusive", "fail"]


X = np.linspace(0.5, 2.0, 6)
SLOW, LIMIT = 0.02, 0.3  # seconds, of a call and for all of them


class Slow:
    """A function that counts its calls, none of which is quick."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, *x: Any) -> Any:
        self.calls += 1
        time.sleep(SLOW)
        return np.sin(x[0]) * sum(part.sum() for part in x)


@pytest.mark.parametrize(("count", "jacobian"), [
    (1, lambda x: np.eye(6)),
    (8, lambda *x: tuple(np.ones((6, 6)) for _ in x)),
], ids=["a wrong derivative, which is looked at again and again", "many inputs"])  # fmt: skip
def test_timeout_is_for_the_call(count: int, jacobian: Any) -> None:
    slow = Slow()
    report = jaccli.gradcheck(slow, (X,) * count, jacobian=jacobian, timeout=LIMIT)
    assert (report.outcome, "JAC208" in {check.code for check in report.checks}) == ("inconclusive", True)
    assert slow.calls <= LIMIT / SLOW + count + 5  # the last call of a part is not over
