"""Text → places: turns offsets of a file, and of an expression inside it, into spans."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from jaccli.errors import Span

__all__ = ["Snippet", "Source"]


@dataclass(frozen=True)
class Source:
    """A named text; offsets count its characters from 0."""

    name: str
    text: str
    starts: list[int] = field(init=False, repr=False, compare=False)
    _lines: dict[int, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        starts = [0]
        for offset, character in enumerate(self.text):
            if character == "\n":
                starts.append(offset + 1)
        object.__setattr__(self, "starts", starts)

    def span(self, start: int, end: int) -> Span:
        """Return the span from offset ``start`` up to, not including, ``end``."""
        end = max(end, start)
        line = bisect_right(self.starts, start) - 1
        end_line = max(bisect_right(self.starts, max(end - 1, start)) - 1, line)
        return Span(
            file=self.name,
            line=line + 1,
            column=start - self.starts[line] + 1,
            end_line=end_line + 1,
            end_column=end - self.starts[end_line] + 1,
            text=self.line(line),
        )

    def line(self, index: int) -> str:
        """Return line ``index``, counted from 0, without its line break."""
        if index not in self._lines:  # kept, since thousands of spans may share one long line
            end = self.starts[index + 1] - 1 if index + 1 < len(self.starts) else len(self.text)
            self._lines[index] = self.text[self.starts[index] : end].rstrip("\r")
        return self._lines[index]


@dataclass(frozen=True)
class Snippet:
    """A text taken out of a source, an expression say, with the offset each of its characters came from."""

    text: str
    source: Source
    offsets: Sequence[int]  # one per character, and one for the end

    def span(self, start: int, end: int) -> Span:
        """Return where characters ``start`` up to ``end`` of the snippet stand in the source."""
        if not self.text:
            return self.source.span(self.offsets[0], self.offsets[0])
        end = min(max(end, start + 1), len(self.text))
        start = min(start, max(end - 1, 0))
        return self.source.span(self.offsets[start], max(self.offsets[end - 1] + 1, self.offsets[start]))

    def whole(self) -> Span:
        """Return where the whole snippet stands."""
        return self.span(0, len(self.text))

    @staticmethod
    def of(text: str, name: str) -> Snippet:
        """Return ``text`` as a source of its own, as for an expression from the command line."""
        return Snippet(text, Source(name, text), range(len(text) + 1))
