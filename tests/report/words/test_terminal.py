"""What a terminal gets of names and texts that hold control characters."""

from __future__ import annotations

from io import StringIO
from typing import Any

import numpy as np
import pytest
from rich.text import Text

import jaccli
from jaccli.report.words.terminal import Terminal

X = np.array([0.5])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("a\x1b[31mb", "a␛[31mb", id="colour"),
        pytest.param("\x1b]0;t\x9cb", "␛]0;t�b", id="title"),
        pytest.param("a\x00\x7fb", "a␀␡b", id="zero"),
        pytest.param("a\u202eb", "a�b", id="turned"),
        pytest.param("∂f ± é 中", "∂f ± é 中", id="letters"),
    ],
)
def test_terminal_shows_control_characters(text: str, shown: str) -> None:
    stream = StringIO()
    Terminal(file=stream, width=80).print(Text(text))
    assert stream.getvalue() == shown + "\n"


def test_terminal_keeps_its_own_colours() -> None:
    stream = StringIO()
    Terminal(file=stream, force_terminal=True, color_system="standard").print(Text("a\x1bb", style="red"))
    assert stream.getvalue() == "\x1b[31ma␛b\x1b[0m\n"


def _raises(p: Any) -> Any:
    raise ValueError("\x1b[2J gone")


@pytest.mark.parametrize(
    "fn", [pytest.param(lambda p: 2 * p["\x1b[31m"], id="a name"), pytest.param(_raises, id="an exception")]
)
def test_report_text_holds_no_control_characters(fn: Any) -> None:
    report = jaccli.gradcheck(fn, ({"\x1b[31m": X},), vjp=lambda i, g: ({"\x1b[31m": 3 * g},))
    text = jaccli.report_text(report)
    assert (report.ok, text.replace("\n", "").isprintable(), "␛[" in text) == (False, True, True)
