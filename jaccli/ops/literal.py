"""A constant as a hashable value: exact numbers, doubles or indices."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np

from jaccli.types import Array

__all__ = ["Literal", "Steps", "places", "selected"]

KEPT = 2**20  # elements of an array whose slices are kept as literals: 8 MiB each


@lru_cache(maxsize=2)
def places(shape: tuple[int, ...]) -> Array:
    """Return the flat place of each element of an array of this shape; read-only, kept for the slices that follow."""
    whole = np.arange(math.prod(shape)).reshape(shape)
    whole.setflags(write=False)
    return whole


class Steps(NamedTuple):
    """Indices that count evenly along each axis: start + Σ k · stride; ``repeated`` are axes along which they meet others again."""

    start: int
    strides: tuple[int, ...]
    repeated: tuple[int, ...]


class Literal:
    """A read-only array that can be a parameter of a node; equal arrays of equal dtype are equal literals.

    Shapes: any. Exact numbers are kept as an object array of Fractions, data as doubles, indices as integers.
    """

    def __init__(self, value: Any) -> None:
        array = np.array(value, dtype=object if isinstance(value, Fraction) else None)
        array.setflags(write=False)
        self.array: Array = array
        content = tuple(array.ravel()) if array.dtype == object else array.tobytes()
        self._key = (array.shape, array.dtype.str, content)

    @property
    def scalar(self) -> Fraction | None:
        """The exact number of a literal of shape (), else None."""
        value = self.array[()] if self.array.ndim == 0 else None
        return value if isinstance(value, Fraction) else None

    @cached_property
    def ends(self) -> tuple[int, int] | None:
        """The smallest and the largest index, None where there is none."""
        return (int(self.array.min()), int(self.array.max())) if self.array.size else None

    @cached_property
    def steps(self) -> Steps | None:
        """How indices count, None where they do so unevenly; what even ones select is a view, without a copy."""
        return _steps(self.array)

    @cached_property
    def runs(self) -> tuple[Array, Array, Array]:
        """The order that sorts indices, where the runs of equal ones start in it, and the index of each run."""
        order = np.argsort(self.array, axis=None, kind="stable")
        places, starts = np.unique(self.array.ravel()[order], return_index=True)
        return order, starts, places

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Literal) and self._key == other._key)

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return f"Literal({self.array.tolist()!r})" if self.array.size < 20 else f"Literal(shape={self.array.shape})"


def _steps(index: Array) -> Steps | None:
    if index.size == 0:
        return None
    start = int(index.flat[0])
    seconds = [tuple(int(k == axis) for k in range(index.ndim)) for axis in range(index.ndim)]
    strides = tuple(int(index[at]) - start if n > 1 else 0 for at, n in zip(seconds, index.shape, strict=True))
    counted = np.full((1,) * index.ndim, start)
    for axis, (n, stride) in enumerate(zip(index.shape, strides, strict=True)):
        counted = counted + (np.arange(n) * stride).reshape([n if k == axis else 1 for k in range(index.ndim)])
    return Steps(start, strides, _repeated(index.shape, strides)) if np.array_equal(counted, index) else None


def _repeated(shape: tuple[int, ...], strides: tuple[int, ...]) -> tuple[int, ...]:
    """Return axes without which no index stands twice: those whose steps are not longer than all shorter ones together."""
    kept: list[int] = []
    for axis in sorted(range(len(shape)), key=lambda k: -shape[k]):
        reach = 0
        for other in sorted([*kept, axis], key=lambda k: abs(strides[k])):
            if shape[other] > 1 and abs(strides[other]) <= reach:
                break
            reach += (shape[other] - 1) * abs(strides[other])
        else:
            kept.append(axis)
    return tuple(axis for axis in range(len(shape)) if axis not in kept)


def selected(shape: tuple[int, ...], key: tuple[Any, ...]) -> Literal:
    """Return the flat places that basic or advanced indexing selects from an array of this shape.

    Cost:   none where the same slices of the same shape were asked for just before, as in the steps of a recurrence.
    Errors: those of NumPy's indexing.
    """
    if math.prod(shape) > KEPT or not all(isinstance(item, slice) or type(item) is int for item in key):
        return Literal(np.asarray(places(shape)[key]))
    return _sliced(shape, tuple((k.start, k.stop, k.step) if isinstance(k, slice) else k for k in key))


@lru_cache(maxsize=8)
def _sliced(shape: tuple[int, ...], key: tuple[Any, ...]) -> Literal:
    return Literal(np.asarray(places(shape)[tuple(slice(*k) if isinstance(k, tuple) else k for k in key)]))
