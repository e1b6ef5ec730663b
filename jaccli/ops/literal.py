"""A constant as a hashable value: exact numbers, doubles or indices."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

__all__ = ["Literal"]


class Literal:
    """A read-only array that can be a parameter of a node; equal arrays of equal dtype are equal literals.

    Shapes: any. Exact numbers are kept as an object array of Fractions, data as doubles, indices as integers.
    """

    __slots__ = ("_key", "array")

    def __init__(self, value: Any) -> None:
        array = np.array(value, dtype=object if isinstance(value, Fraction) else None)
        array.setflags(write=False)
        self.array: np.ndarray[Any, Any] = array
        content = tuple(array.ravel()) if array.dtype == object else array.tobytes()
        self._key = (array.shape, array.dtype.str, content)

    @property
    def scalar(self) -> Fraction | None:
        """The exact number of a literal of shape (), else None."""
        value = self.array[()] if self.array.ndim == 0 else None
        return value if isinstance(value, Fraction) else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return f"Literal({self.array.tolist()!r})" if self.array.size < 20 else f"Literal(shape={self.array.shape})"
