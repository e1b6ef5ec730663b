"""Several inputs of a Python function → the function of all their elements side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from jaccli.adapters import Leaf, Subject
from jaccli.types import Array

__all__ = ["all_outputs"]


def all_outputs(subject: Subject, inputs: Sequence[Leaf]) -> Callable[[Array], Array]:
    """Return all outputs, flat, as a function of the elements of some inputs, the others held at the point.

    Shapes: result (points, n) → (points, m), with n the number of elements of ``inputs`` together, in their order.
    Errors: those of ``subject.values``.
    """
    ends = np.cumsum([x.value.size for x in inputs])

    def fn(points: Array) -> Array:
        parts = np.split(points, ends[:-1], axis=1)
        by_name = {x.name: part.reshape(-1, *x.value.shape) for x, part in zip(inputs, parts, strict=True)}
        return subject.values(by_name).values

    return fn
