"""The tree of a YAML text: nodes that know where they stand, with YAML 1.2 scalars and exact numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from jaccli.spec.source import Snippet, Source
from jaccli.spec.yaml.places import snippet_of

__all__ = ["Mapping", "Node", "Scalar", "Sequence", "keys_in", "snippet"]

MAX_EXPONENT = 400  # decimal; doubles end at 1e308


@dataclass(frozen=True, slots=True)
class Scalar:
    """A YAML scalar: its text, how it was written ("" plain, else the quote or | or >), and where."""

    text: str
    style: str
    start: int
    end: int
    tagged: bool = False  # a tag stood in front of it, which has been reported

    @property
    def plain(self) -> bool:
        """Whether it stood without quotes."""
        return not self.style

    @property
    def value(self) -> bool | int | Fraction | float | str | None:
        """What the scalar means in YAML 1.2's core schema; decimals are exact, only infinities and NaN are floats."""
        return _resolve(self.text) if self.plain else self.text


@dataclass(frozen=True, slots=True)
class Sequence:
    """A YAML list."""

    items: tuple[Node, ...]
    start: int
    end: int
    tagged: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """A YAML mapping; of equal keys, which have been reported, only the first is kept; the others' values are ``dropped``."""

    pairs: tuple[tuple[Scalar, Node], ...]
    start: int
    end: int
    tagged: bool = False
    dropped: tuple[Node, ...] = ()

    def get(self, key: str) -> Node | None:
        """Return the value under ``key``, or None."""
        return next((value for name, value in self.pairs if name.text == key), None)


Node = Scalar | Sequence | Mapping

_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_SPECIAL = re.compile(r"([-+]?)\.(inf|Inf|INF|nan|NaN|NAN)\Z")
_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}


def _resolve(text: str) -> bool | int | Fraction | float | str | None:
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= 4000:
        if _INTEGER.match(text):
            return int(text)
        if _BASED.match(text):
            return int(text, 0)
        if match := _DECIMAL.match(text):
            exponent = int(match[3][1:]) if match[3] and len(match[3]) < 9 else 10**9 * bool(match[3])
            return Fraction(text) if abs(exponent) <= MAX_EXPONENT else text
        if _SPECIAL.match(text):
            return float(text.replace(".", ""))
    return text


def snippet(source: Source, node: Scalar) -> Snippet:
    """Return the text of ``node`` with the place of each character, for expressions written in YAML."""
    return snippet_of(source, node.text, node.style, node.start, node.end)


def keys_in(node: Node) -> Iterator[str]:
    """Yield the texts in ``node`` that may be names somebody meant to declare."""
    if isinstance(node, Scalar):
        yield node.text
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from keys_in(item)
    else:
        for key, value in node.pairs:
            yield key.text
            if not isinstance(value, Scalar):
                yield from keys_in(value)
