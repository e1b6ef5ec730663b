"""What takes long says what it is doing: a line on a pipe, nothing that moves where there is no terminal, even in colour."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from jaccli.cli import app
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


def test_a_line_ends_with_what_the_work_says_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bar, "_timer", lambda self, seconds: _Never())
    stream = Piped()
    with working(Console(file=stream, highlight=False, width=80), "training", "xor.yaml") as bar:
        bar.words = ", step 812 of 2,000"
        bar._show()
    assert stream.getvalue() == "training xor.yaml: 0 s so far, step 812 of 2,000\n"


SMALL = ("-e", "y = x**2", "--at", "x=3")
SPEC = "inputs: {t: 1.0}\nparams: {w: 2.0}\noutputs: {loss: (w - t)**2}\ntrain: {steps: 2}\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("explain", *SMALL), "explaining the expression"),
        (("graph", *SMALL), "drawing the expression"),
        (("sparsity", *SMALL), "finding the pattern of the expression"),
        (("compute", *SMALL), "computing the expression"),
        (("train", "a.yaml"), "training a.yaml"),
        (("validate", "a.yaml"), "reading a.yaml"),
        (("gradcheck", "a.yaml"), "checking a.yaml"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_every_command_that_may_take_long_says_so_on_standard_error(
    command: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each bar speaks at once instead of after a silence."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(SPEC)
    quiet = CliRunner().invoke(app, command, catch_exceptions=False)
    start = Bar.__init__

    def speaking(self: Bar, *args: object, **options: object) -> None:
        start(self, *args, **options)
        self._show()

    monkeypatch.setattr(Bar, "_timer", lambda self, seconds: _Never())
    monkeypatch.setattr(Bar, "__init__", speaking)
    found = CliRunner().invoke(app, command, catch_exceptions=False)
    assert found.stderr.splitlines()[0].startswith(f"{said}: 0 s so far")
    assert without_times(found.stdout) == without_times(quiet.stdout)
    assert "so far" not in quiet.output


def without_times(text: str) -> str:
    return re.sub(r"\d+\.\d\d s", "", text)
