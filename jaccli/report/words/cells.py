"""The value of a node → a few characters: the number, a short vector, or the shape and norm of an array."""

from __future__ import annotations

import math
import re
import textwrap
import unicodedata

import numpy as np

from jaccli.graph.functions.layers.attention import MASKED as MASKED_EXACTLY
from jaccli.results import numbers
from jaccli.types import Array

__all__ = ["MAX_FULL", "MAX_LISTED", "cell", "columns", "hidden", "listed", "norm", "padded", "shape_text", "wrapped"]

MASKED = float(MASKED_EXACTLY)
MAX_LISTED = 3  # elements of a vector that are written out
MAX_FULL = 1_000  # elements of an array that are written out where all are wanted; more nobody reads


def cell(value: Array, most: int = MAX_LISTED, digits: int = 6) -> str:
    """Return a value in short; vectors of up to ``most`` elements are written out."""
    array = np.asarray(value)
    array = array.astype(float) if array.dtype == bool else array
    if not array.shape:
        return number(float(array), digits)
    if array.ndim == 1 and array.size <= most:
        return listed(array)
    array = np.where(array == MASKED, 0.0, array) if hidden(array) else array
    return f"{shape_text(array.shape)} ‖{number(norm(array), digits if digits >= 6 else 2).removesuffix('.0')}‖"


def hidden(value: Array) -> bool:
    """Return whether an array holds what attention puts in the place of scores that its mask hides."""
    array = np.asarray(value)
    return array.ndim > 1 and bool(np.any(array == MASKED))


def number(x: float, digits: int = 6) -> str:
    """Return a number with six digits, as everywhere, or with fewer."""
    return numbers.value(x) if digits >= 6 or not math.isfinite(x) else f"{x + 0.0:.{digits}g}"


def listed(array: Array) -> str:
    """Return all elements in brackets."""
    return f"[{', '.join(listed(row) if row.shape else numbers.value(float(row)) for row in array)}]"


def norm(array: Array) -> float:
    """Return the Euclidean norm of all elements, without overflow."""
    largest = float(np.max(np.abs(array), initial=0.0))
    if largest == 0 or not math.isfinite(largest):
        return largest
    return largest * float(np.linalg.norm((array / largest).ravel()))


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape as it stands on arrows; example: ``shape_text((2, 3))  # "2×3"``."""
    return "×".join(map(str, shape))


def columns(words: str) -> int:
    """Return how many columns of a terminal a text takes: two for a Chinese letter, none for a combining one."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in words)


def padded(words: str, width: int, right: bool = False) -> str:
    """Return a text with blanks after it, or before it, up to ``width`` columns."""
    blanks = " " * (width - columns(words))
    return blanks + words if right else words + blanks


def wrapped(words: str, width: int) -> list[str]:
    """Return a sentence in lines of at most ``width`` columns; between Chinese letters it may be broken anywhere."""
    if columns(words) == len(words):
        return textwrap.wrap(words, width, subsequent_indent="  ", break_on_hyphens=False)
    lines, line = [], ""
    for piece in re.findall(r"[\u2e80-\uffef][，。；：、）]*|[^\s\u2e80-\uffef]+[，。；：、）]*|\s+", words):
        if columns(line + piece.rstrip()) > width and line.strip():
            lines.append(line.rstrip())
            line = "  " + piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()]
