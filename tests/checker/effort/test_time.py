"""Time limits stop what never returns, and an interrupted check keeps what it has finished."""

from __future__ import annotations

import signal
import time
from io import StringIO
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

import jaccli
from jaccli.checker import judge as judging
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import Interrupted, check
from jaccli.cli import app
from jaccli.cli.runs import progress
from jaccli.deadline import TimedOut, deadline

SPEC = {"inputs": {"x": 2.0}, "outputs": {"y": "x**2", "z": "x**3"}, "jacobian": {"z": {"x": "3*x**2"}}}
X = np.array([1.0, 2.0])


def square(x: Any) -> Any:
    return x**2


def slope(x: Any) -> Any:
    return np.diag(2 * x)


def loops(x: Any) -> Any:
    while True:
        pass


def loops_beside_the_point(x: Any) -> Any:
    while x[0] != X[0]:
        pass
    return x**2


def swallows(x: Any) -> Any:
    while True:
        try:
            time.sleep(60)
        except Exception:
            continue


@pytest.mark.parametrize("fn", [loops, loops_beside_the_point, swallows])
def test_timeout_stops_a_function_that_never_returns(fn: Any) -> None:
    report = jaccli.gradcheck(fn, X, jacobian=slope, timeout=0.2)
    assert (report.outcome, {check.code for check in report.checks}) == ("inconclusive", {"JAC208"})


def test_timeout_of_one_derivative_leaves_the_others() -> None:
    report = jaccli.gradcheck(square, X, jacobian=loops, vjp=lambda x, v: 2 * x * v, timeout=3.0)
    assert {check.tested: check.outcome for check in report.checks} == {"jacobian": "inconclusive", "vjp": "pass"}


def test_timeout_leaves_no_timer_behind() -> None:
    for seconds in (0.05, 1e-6):
        with pytest.raises(TimedOut), deadline(seconds):
            time.sleep(10)
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.parametrize("seconds", [0, -1.0, float("nan")])
def test_timeout_must_be_positive(seconds: float) -> None:
    with pytest.raises(jaccli.UsageError, match=r"'timeout' must be a positive number of seconds \(got "):
        jaccli.gradcheck(square, X, jacobian=slope, timeout=seconds)


def interrupted_at(monkeypatch: pytest.MonkeyPatch, output: str, error: type[BaseException]) -> None:
    right = judging.Judge.derivative_checks

    def derivative_checks(self: Any) -> Any:
        if self.problem.of == output:
            raise error
        return right(self)

    monkeypatch.setattr(judging.Judge, "derivative_checks", derivative_checks)


def test_timed_out_output_has_a_row_for_every_check_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted_at(monkeypatch, "z", TimedOut)
    report = check(jaccli.parse(SPEC).built, CheckOptions(timeout=5.0))
    found = [(one.of, one.tested, one.outcome) for one in report.checks]
    routes = ("forward", "reverse", "symbolic")
    assert found == [("y", r, "pass") for r in routes] + [("z", r, "inconclusive") for r in (*routes, "claim")]


def test_interrupted_check_keeps_what_it_has_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted_at(monkeypatch, "z", KeyboardInterrupt)
    with pytest.raises(Interrupted) as stop:
        check(jaccli.parse(SPEC).built)
    assert [one.of for one in stop.value.report.checks] == ["y"] * 3


def test_interrupted_run_shows_what_it_has_finished_and_is_130(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted_at(monkeypatch, "z", KeyboardInterrupt)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("inputs: {x: 2}\noutputs:\n  y: x**2\n  z: x**3\njacobian:\n  y:\n    x: x\n")
    done = CliRunner().invoke(app, ["gradcheck", "a.yaml"])
    assert (done.exit_code, "1 failed, 3 passed in 1 file" in done.output) == (130, True)
    assert (tmp_path / ".jaccli_cache" / "failures.json").exists()


def test_progress_is_told_for_every_output_and_point() -> None:
    told: list[tuple[int, int]] = []
    check(jaccli.parse(SPEC).built, CheckOptions(progress=lambda done, parts: told.append((done, parts))))
    assert told == [(0, 2), (1, 2)]


def test_bar_shows_on_a_terminal_after_a_while_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(progress, "PATIENCE", 0.01)
    stream = Terminal()
    console = Console(file=stream, force_terminal=True, width=80, legacy_windows=False, _environ={})
    bar = progress.Bar(console, ["a.yaml"])
    bar.timer.join()  # it has shown the bar then
    bar.part(1, 2)
    bar.close()
    assert "checking a.yaml" in stream.getvalue()


def test_no_bar_is_drawn_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.01)
    stream = StringIO()
    bar = progress.Bar(Console(file=stream), ["a.yaml"])
    bar.part(1, 2)
    bar.close()
    assert stream.getvalue() == ""
