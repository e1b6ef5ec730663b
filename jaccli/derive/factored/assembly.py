"""The arrays of a Jacobian's terms → the source that makes it: products as they are, diagonals written into zeros."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from jaccli.derive.factored.terms import Axis, Term

__all__ = ["Assembly", "assembly"]

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Assembly:
    """The shape of one Jacobian and its terms, in the order in which they come into it."""

    shape: Shape
    terms: tuple[Term, ...]

    @property
    def written(self) -> int:
        """The elements that are copied once more: those of terms that are not yet in the form of the Jacobian."""
        return sum(term.array.node.size for term in self.terms[_is_whole(self.terms) :])

    def lines(self, name: str, arrays: Sequence[str], owned: bool, bind: Callable[[object], str]) -> list[str]:
        """Return the lines that make the Jacobian as ``name``, an array that nobody else holds, of the terms' arrays.

        owned: whether nobody else holds the first array.
        """
        whole = _is_whole(self.terms)
        if whole:
            first = arrays[0] if self.terms[0].array.shape == self.shape else f"{arrays[0]}.reshape({self.shape})"
            if not owned:
                first = f"{bind(np.array)}({first}, order='C')"
            elif len(arrays) > 1 or not self.shape:
                first = f"{bind(np.asarray)}({first}, order='C')"
            lines = [f"{name} = {first}"]
        else:
            lines = [f"{name} = {bind(np.zeros)}({self.shape})"]
        for term, array in zip(self.terms[whole:], arrays[whole:], strict=True):
            frame, thin, strides = _placed(term)
            value = array if _fits(term.array.shape, thin) else f"{array}.reshape({thin})"
            lines.append(f"v = {bind(np.ndarray)}({frame}, {bind(np.dtype(np.float64))}, {name}, 0, {strides})")
            lines.append(f"v[...] = {value}" if len(lines) == 2 and not whole else f"v += {value}")
        return lines


def assembly(terms: Sequence[Term], shape: Shape) -> Assembly:
    """Return how the terms of one Jacobian of ``shape`` come together."""
    return Assembly(shape, tuple(sorted(terms, key=lambda term: term.axes != (*term.rows, *term.inner))))


def _is_whole(terms: Sequence[Term]) -> int:
    """Return 1 where the first array is all of the Jacobian but for the other terms, else 0."""
    return int(bool(terms) and terms[0].axes == (*terms[0].rows, *terms[0].inner))


def _placed(term: Term) -> tuple[Shape, Shape, Shape]:
    """Return the sizes of the term's frame, of its array there (1 where it is constant), and the steps in bytes along it."""
    strides: dict[Axis, int] = {}
    unit = np.dtype(np.float64).itemsize
    for axis in reversed((*term.rows, *term.inner)):
        strides[axis] = strides.get(axis, 0) + unit
        unit *= axis.size
    frame = term.frame
    return (
        tuple(axis.size for axis in frame),
        tuple(axis.size if axis in term.axes else 1 for axis in frame),
        tuple(strides[axis] for axis in frame),
    )


def _fits(own: Shape, thin: Shape) -> bool:
    return own == thin[len(thin) - len(own) :] and set(thin[: len(thin) - len(own)]) <= {1}
