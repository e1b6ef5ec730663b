"""A YAML scalar and the text it was written as → the offset that each of its characters came from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jaccli.spec.source import Snippet, Source

__all__ = ["snippet_of"]

_PROPERTIES = re.compile(r"([&!]\S*\s+)*")  # an anchor or a tag in front of the value
_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b", "N": "\x85",
    "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_ESCAPED_DIGITS = {"x": 2, "u": 4, "U": 8}


def snippet_of(source: Source, text: str, style: str, start: int, end: int) -> Snippet:
    """Return ``text``, which a scalar between two offsets means, with the offset of each character.

    style: "" for a plain scalar, else its indicator. YAML folds lines and strips indents, but keeps every character that is no
    white space, in order; so these are paired, and white space lies wherever the character before it ends.
    """
    if not style and end - start == len(text) and source.text.startswith(text, start):
        return Snippet(text, source, range(start, end + 1))  # as it stands, as nearly always
    written = _written(source.text, style, start, end)
    offsets: list[int] = []
    last = start - 1
    for character in text:
        if character.isspace():
            last = min(last + 1, end - 1) if offsets else start
        else:
            pair = next((pair for pair in written if not pair[1].isspace()), None)
            if pair is None or pair[1] != character:  # not understood: the place of the whole scalar must do
                return Snippet(text, source, [start] * len(text) + [end])
            last = pair[0]
        offsets.append(last)
    return Snippet(text, source, [*offsets, end])


def _written(text: str, style: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield the characters of a scalar as they stand in the text, with escapes resolved, each with its offset."""
    match = _PROPERTIES.match(text, start, end)
    position = match.end() if match else start
    if style in ("|", ">"):
        position = text.find("\n", position, end) + 1 or end  # the header may hold a comment
    elif style:
        position, end = position + 1, end - 1
    while position < end:
        character, length = text[position], 1
        if style == "'" and character == "'":
            length = 2
        elif style == '"' and character == "\\":
            character, length = _escape(text, position)
        yield position, character
        position += length


def _escape(text: str, position: int) -> tuple[str, int]:
    kind = text[position + 1 : position + 2]
    if kind in _ESCAPED_DIGITS:
        digits = _ESCAPED_DIGITS[kind]
        return chr(int(text[position + 2 : position + 2 + digits], 16)), 2 + digits
    return _ESCAPES.get(kind, kind), 2
