"""Nested lists and raw arrays → arrays of exact numbers, doubles or truth values, within limits."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from jaccli.types import Array

__all__ = [
    "DATA_SUFFIXES",
    "MAX_AXES",
    "MAX_ELEMENTS",
    "DataError",
    "checked",
    "exact_array",
]

MAX_AXES = 16  # NumPy stops at 64, and the graph adds axes of its own
MAX_ELEMENTS = 10_000_000  # 80 MB of doubles
DATA_SUFFIXES = (".csv", ".json", ".npy", ".npz")


class DataError(ValueError):
    """A data file that cannot be used: the message, the remedy, and whether the name inside the file is what is wrong."""

    def __init__(self, message: str, help: str, inside: bool = False) -> None:
        super().__init__(message)
        self.help, self.inside = help, inside


def exact_array(nested: Any, ragged: list[Any], node: Any) -> Any:
    """Return nested lists of Fractions as an object array, of truth values alone as a boolean one.

    Where rows differ in length, the first such row lands in ``ragged``, and None comes back.
    """
    shape = _shape(nested, node, ragged)
    if ragged:
        return None
    flat = nested if isinstance(nested, list) else [nested]
    for _ in shape[1:]:
        flat = [item for row in flat for item in row]
    if flat and all(isinstance(item, bool) for item in flat):
        return np.array(flat).reshape(shape)
    array = np.empty(shape, dtype=object)
    array.reshape(-1)[:] = [Fraction(item) for item in flat]
    return array


def _shape(nested: Any, node: Any, ragged: list[Any]) -> tuple[int, ...]:
    if not isinstance(nested, list):
        return ()
    shapes = [_shape(item, child, ragged) for item, child in zip(nested, node.items, strict=True)]
    for shape, child in zip(shapes, node.items, strict=True):
        if shape != shapes[0] and not ragged:
            ragged.append(child)
    return (len(nested), *(shapes[0] if shapes else ()))


def checked(array: Any, title: str) -> Array:
    """Return ``array`` as doubles, or as truth values where it holds those.

    Errors: DataError where it holds anything but finite real numbers.
    """
    if array.dtype.kind not in "biuf":
        raise DataError(f"{title} holds {array.dtype} values, not real numbers", "store numbers")
    if array.dtype.kind == "b":
        return np.array(array)
    values = np.asarray(array, dtype=np.float64)
    if not np.all(np.isfinite(values)):
        place = tuple(int(k) for k in np.argwhere(~np.isfinite(values))[0])
        value = values[place]
        at = f" at {list(place)}" if place else ""
        raise DataError(f"{title} holds {value}{at}", "give finite numbers; infinities and NaN have no derivative")
    return values
