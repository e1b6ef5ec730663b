"""Lines of a terminal, in pieces that have a colour each; without it they are the same text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from jaccli.report.words.cells import columns
from jaccli.report.words.plain import printable

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["FAINT", "GRADIENT", "HEADING", "PLAIN", "Line", "plain", "rich_text", "widest"]

PLAIN, HEADING, FAINT, GRADIENT = "", "bold", "dim", "bright_blue"
Line = tuple[tuple[str, str], ...]  # pieces: a text and its style


def plain(lines: Iterable[Line]) -> str:
    """Return the text, ending with a newline; no line ends with spaces."""
    return printable("\n".join("".join(text for text, _ in line).rstrip() for line in lines)) + "\n"


def rich_text(lines: Iterable[Line]) -> Text:
    """Return the text in its colours, without the last newline."""
    from rich.text import Text

    page = Text()
    for k, line in enumerate(lines):
        row = Text.assemble(*((printable(text), style) for text, style in line))
        row.rstrip()
        page.append("\n" if k else "").append_text(row)
    return page


def widest(lines: Sequence[Line]) -> int:
    """Return the columns that the longest line takes."""
    return max((columns(line) for line in plain(lines).splitlines()), default=0)
