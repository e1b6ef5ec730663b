"""A console for text of the user's: names, source lines and exceptions show their control characters, and do nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.segment import Segment

__all__ = ["Terminal"]

#: A control character → its picture, of the same width as what is shown; line ends stay, and so does a tab.
PICTURES = {
    **{code: 0x2400 + code for code in range(32) if code not in (9, 10, 13)},
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
    **dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F), 0xFFFD),  # which turn text around
}


class Terminal(Console):
    """Rich's console, with pictures for control characters in what is printed; its own colours stay."""

    def render(self, renderable: Any, options: Any = None) -> Iterable[Segment]:
        """Yield the segments of what is printed."""
        for segment in super().render(renderable, options):
            text = segment.text
            if segment.control or (text.isascii() and text.replace("\n", "").isprintable()):
                yield segment
            else:
                yield Segment(text.translate(PICTURES), segment.style)
