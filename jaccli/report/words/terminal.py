"""A console for text of the user's: names, source lines and exceptions show their control characters, and do nothing else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from typing import Any, TextIO, cast

from rich.console import Console
from rich.segment import Segment

from jaccli.report.words.plain import calm, pictured, shown

__all__ = ["Calm", "Terminal"]

NARROW = 20  # columns: in fewer no table can be read


class Calm:
    """A stream that shows what is written to it, by whomever, and lets it do nothing; ``beneath`` is the stream itself."""

    def __init__(self, beneath: Any, written: Any = shown) -> None:
        self.beneath, self.written = beneath, written

    def write(self, text: str) -> int:
        """Write a text, harmless; return how long it was."""
        self.beneath.write(self.written(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write texts, harmless."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.beneath, name)


class Terminal(Console):
    """Rich's console, with pictures for control characters in what is printed; its own colours stay.

    COLUMNS below NARROW counts as NARROW, and 0, which terminals without a size set, as if nobody had set it.
    """

    def __init__(self, **options: Any) -> None:
        columns = os.environ.get("COLUMNS", "")
        if columns.isdecimal() and int(columns) < NARROW:
            options.setdefault("width", NARROW if int(columns) else shutil.get_terminal_size().columns)
        super().__init__(**options)

    @property
    def file(self) -> Any:
        """The stream that is written to, in which no line is a command for the log of a CI service."""
        file: Any = super().file
        return cast(TextIO, Calm(file.beneath if isinstance(file, Calm) else file, calm))

    @file.setter
    def file(self, new: Any) -> None:
        self._file = new

    def render(self, renderable: Any, options: Any = None) -> Iterable[Segment]:
        """Yield the segments of what is printed."""
        for segment in super().render(renderable, options):
            text = segment.text
            if segment.control or (text.isascii() and text.replace("\n", "").isprintable()):
                yield segment
            else:
                yield Segment(pictured(text), segment.style)
