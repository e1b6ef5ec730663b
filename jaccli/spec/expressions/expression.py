"""An expression: a checked syntax tree, the text it was read from, and the exact numbers in it."""

from __future__ import annotations

import ast
import keyword
import re
import sys
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from jaccli.errors import Span
from jaccli.spec.source import Snippet

__all__ = ["Expression", "extent", "number", "one_line", "out_of_range", "safe_name"]

_LARGEST, _SMALLEST = Fraction(sys.float_info.max), Fraction(5e-324)


@dataclass(frozen=True, eq=False)
class Expression:
    """A checked syntax tree and the snippet it was read from."""

    snippet: Snippet
    tree: ast.expr

    @property
    def text(self) -> str:
        """The expression as it was written."""
        return self.snippet.text

    def span(self, node: ast.AST | None = None) -> Span:
        """Return where ``node``, or the whole expression, stands."""
        if node is None:
            return self.snippet.whole()
        start, end = extent(self._line, node)
        return self.snippet.span(start, end)

    def segment(self, node: ast.AST) -> str:
        """Return the text of ``node`` as it was written."""
        start, end = extent(self._line, node)
        return self.snippet.text[start:end]

    @cached_property
    def _line(self) -> str:
        return one_line(self.snippet.text)


def number(expression: Expression, node: ast.Constant) -> Fraction | None:
    """Return the exact number a constant was written as (0.1 is 1/10), or None where it is not a number."""
    if isinstance(node.value, bool | str | bytes | complex) or node.value is None or node.value is Ellipsis:
        return None
    text = expression.segment(node).replace("_", "")
    return Fraction(int(text, 0)) if isinstance(node.value, int) else Fraction(text)


def out_of_range(number: Fraction) -> str | None:
    """Return how ``number`` lies outside what a double can hold, "too large" or "too small", or None where it fits."""
    if abs(number) > _LARGEST:
        return "too large"
    return "too small" if number and abs(number) < _SMALLEST else None


def safe_name(name: str) -> str | None:
    """Return ``name`` as Python's parser would read it (NFKC), or None where it is no identifier."""
    normal = unicodedata.normalize("NFKC", name)
    return normal if normal.isidentifier() and not keyword.iskeyword(normal) and len(normal) <= 100 else None


def one_line(text: str) -> str:
    """Return ``text`` with blanks for line breaks, as it is parsed."""
    return re.sub(r"\s", " ", text)


def extent(line: str, node: ast.AST) -> tuple[int, int]:
    """Return where ``node`` begins and ends in ``line``, in characters."""
    shift = len(line) - len(line.lstrip())
    start, end = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", None)
    if line.isascii():
        return start + shift, end + shift if end is not None else len(line)
    data = line.encode()  # ast counts UTF-8 bytes
    end = len(data) if end is None else end
    return len(data[: start + shift].decode()), len(data[: end + shift].decode())
