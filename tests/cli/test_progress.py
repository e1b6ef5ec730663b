"""What takes long says what it is doing: a line on a pipe, nothing that moves where there is no terminal, even in colour."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from jaccli.cli.runs.progress import Bar, draws, working


class Piped(io.StringIO):
    def isatty(self) -> bool:
        return False


class Typed(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "forced", "expected"),
    [(Piped(), True, False), (Piped(), False, False), (Typed(), True, True)],
    ids=["colour on a pipe", "a pipe", "a terminal"],
)
def test_only_a_terminal_is_drawn_on(
    stream: io.StringIO, forced: bool, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert draws(Console(file=stream, force_terminal=forced)) is expected


def test_a_pipe_is_told_what_goes_on_after_a_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without waiting: the timer's function is called as it would be."""
    monkeypatch.setattr(Bar, "_timer", lambda self, seconds: _Never())
    stream = Piped()
    bar = Bar(Console(file=stream, highlight=False, width=80), ["a.yaml", "b.yaml"])
    bar._show()
    bar.file()
    bar._show()
    bar.close()
    bar._show()
    lines = stream.getvalue().splitlines()
    assert [line.split(":")[0] for line in lines] == ["checking a.yaml", "checking b.yaml"]
    assert [line.partition("so far")[2] for line in lines] == [", 0 of 2 done", ", 1 of 2 done"]
    assert "\x1b" not in stream.getvalue()


class _Never:
    def cancel(self) -> None:
        pass


def test_work_that_is_quick_says_nothing() -> None:
    stream = Piped()
    with working(Console(file=stream), "computing", "a.yaml"):
        pass
    assert stream.getvalue() == ""
