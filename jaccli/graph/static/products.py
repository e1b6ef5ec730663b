"""A two-operand einsum and its shapes → the source of one matmul, with no reshape or transpose that changes nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["product"]

Shape = tuple[int, ...]


def product(spec: str, xs: Sequence[str], shapes: Sequence[Shape]) -> str:
    """Return the expression for ``spec`` on operands of these names and shapes.

    Law: labels of both operands and the result count a stack, those summed the inner axis, the rest rows and columns.
    """
    sides, out = spec.split("->")
    left, right = sides.split(",")
    sizes = dict(zip(left + right, (*shapes[0], *shapes[1]), strict=True))
    both = [c for c in left if c in right and c in out]
    summed = [c for c in left if c in right and c not in out]
    rows, columns = [c for c in left if c not in right], [c for c in right if c not in left]
    if not summed:
        return _elementwise(xs, (left, right), out, sizes)
    x = _grouped(xs[0], left, sizes, (both, rows, summed))
    y = _grouped(xs[1], right, sizes, (both, summed, columns))
    groups = (both, rows, columns)
    found = [c for group in groups for c in group]
    flat = len(rows) <= 1 and len(columns) <= 1 and bool(rows or not both) and bool(columns or not both)
    text = f"({x} @ {y})"
    return text if flat and found == list(out) else _ordered(text, found, out, sizes)


def _grouped(x: str, labels: str, sizes: dict[str, int], groups: tuple[list[str], list[str], list[str]]) -> str:
    """Return x as a stack of matrices; one group alone stays a vector where there is no stack."""
    order = [c for group in groups for c in group]
    if order != list(labels):
        x = f"{x}.transpose({tuple(labels.index(c) for c in order)})"
    stack, *pair = groups
    if not stack:
        pair = [group for group in pair if group] or [[]]
    shape = (*(sizes[c] for c in stack), *(math.prod(sizes[c] for c in group) for group in pair))
    return x if shape == tuple(sizes[c] for c in order) else f"{x}.reshape({shape})"


def _ordered(text: str, found: list[str], out: str, sizes: dict[str, int]) -> str:
    text = f"{text}.reshape({tuple(sizes[c] for c in found)})"
    return text if found == list(out) else f"{text}.transpose({tuple(found.index(c) for c in out)})"


def _elementwise(xs: Sequence[str], labels: tuple[str, str], out: str, sizes: dict[str, int]) -> str:
    """Return a product without a sum: both operands spread over the labels of the result."""
    spread: list[str] = []
    for x, have in zip(xs, labels, strict=True):
        order = [c for c in out if c in have]
        if order != list(have):
            x = f"{x}.transpose({tuple(have.index(c) for c in order)})"
        shape = tuple(sizes[c] if c in have else 1 for c in out)
        arranged = tuple(sizes[c] for c in order)
        fits = (
            _aligned(arranged, shape) if spread else arranged == shape
        )  # the first operand gives the product its rank
        spread.append(x if fits else f"{x}.reshape({shape})")
    return f"({spread[0]} * {spread[1]})"


def _aligned(arranged: Shape, shape: Shape) -> bool:
    """Return whether NumPy's broadcasting alone spreads ``own`` to ``shape``."""
    return arranged == shape[len(shape) - len(arranged) :] and set(shape[: len(shape) - len(arranged)]) <= {1}
