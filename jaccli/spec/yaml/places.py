"""A YAML scalar and the text it was written as → the offset that each of its characters came from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jaccli.spec.source import Snippet, Source

__all__ = ["joined_pairs", "snippet_of"]

_PROPERTIES = re.compile(r"([&!]\S*\s+)*")  # an anchor or a tag in front of the value
_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b", "N": "\x85",
    "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_ESCAPED_DIGITS = {"x": 2, "u": 4, "U": 8}
#: A character beyond U+FFFF as JSON writes it: two escapes, of a high and a low surrogate, of which YAML takes neither.
_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_UNESCAPED = re.compile(r"(?<!\\)(?:\\\\)*" + _PAIR.pattern)


def joined_pairs(text: str) -> tuple[str, list[int]]:
    """Return ``text`` with each pair of escaped surrogates as one escape, two characters shorter; and where those begin in it."""
    parts, cuts, last, length = [], list[int](), 0, 0
    for match in _UNESCAPED.finditer(text):
        start = match.start(1) - 2
        length += start - last
        cuts.append(length)
        parts += [text[last:start], f"\\U{_joined(match[1], match[2]):08x}"]
        length, last = length + 10, match.end()
    return "".join([*parts, text[last:]]), cuts


def _joined(high: str, low: str) -> int:
    return 0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00)


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
    if pair := _PAIR.match(text, position):
        return chr(_joined(pair[1], pair[2])), 12
    if kind in _ESCAPED_DIGITS:
        digits = _ESCAPED_DIGITS[kind]
        return chr(int(text[position + 2 : position + 2 + digits], 16)), 2 + digits
    return _ESCAPES.get(kind, kind), 2
