"""Scales that the user gives → the same function of inputs of that size, so that all steps are relative to it.

Steps are relative to the size of an input. One of 1e-6 that stands beside constants of 1 must be moved by more than that to move
the function at all: with x = x₀ + (u − s), differences by u at s are those by x at x₀, with steps relative to s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from jaccli.adapters.subject import Derivative, Leaf, Subject, Values
from jaccli.errors import UsageError, suggestion
from jaccli.types import Array

__all__ = ["scaled"]

DOUBLE = 2.0**-52


def scaled(subject: Subject, scale: Any) -> Subject:
    """Return the subject with inputs of a given scale: a number or an array for each, or these by input.

    Errors: UsageError for an input that is not known, a scale that does not fit or is not positive, or a function that is only
            evaluated in float32, whose steps are multiples of an ulp.
    """
    names = [leaf.name for leaf in subject.inputs]
    by_name = scale if isinstance(scale, Mapping) else dict.fromkeys(names, scale)
    for name in by_name:
        if name not in names:
            raise UsageError(f"'scale' names `{name}`; {suggestion(name, names) or 'inputs: ' + ', '.join(names)}")
    leaves = {leaf.name: _of_size(leaf, by_name[leaf.name], subject) for leaf in subject.inputs if leaf.name in by_name}
    known = {leaf.name: leaf for leaf in subject.inputs}
    moved = {name: (leaf.value, known[name].value) for name, leaf in leaves.items()}
    return replace(
        subject,
        inputs=tuple(leaves.get(leaf.name, leaf) for leaf in subject.inputs),
        values=_beside(subject.values, moved),
        values_one_by_one=_beside(subject.values_one_by_one, moved) if subject.values_one_by_one else None,
        derivatives=tuple(_derivative(one, moved) for one in subject.derivatives),
        call=f"{subject.call}, scale={_text(scale)}",
    )


def _of_size(leaf: Leaf, scale: Any, subject: Subject) -> Leaf:
    try:
        size = np.broadcast_to(np.asarray(scale, dtype=np.float64), leaf.value.shape)
    except (TypeError, ValueError):
        shape = np.shape(scale)
        raise UsageError(
            f"'scale' of `{leaf.name}` has shape {shape}, expected a number or {leaf.value.shape}"
        ) from None
    if not np.all((size > 0) & np.isfinite(size)):
        raise UsageError(f"'scale' of `{leaf.name}` must be positive (got {_text(scale)})")
    if leaf.eps > DOUBLE and not subject.in_float64:
        raise UsageError(f"'scale' is for functions that run in float64, and `{leaf.name}` has fewer digits")
    return replace(leaf, value=size.copy(), given=leaf.value)


def _own(points: Mapping[str, Array], moved: Mapping[str, tuple[Array, Array]]) -> dict[str, Array]:
    """Return points of the function as it was given."""
    return {n: (p - moved[n][0]) + moved[n][1] if n in moved else p for n, p in points.items()}


def _derivative(derivative: Derivative, moved: Mapping[str, tuple[Array, Array]]) -> Derivative:
    """Return the derivative, which is asked at points of the function as it is checked."""
    at = derivative.at
    if at is None:
        return derivative
    pulled, pushed = derivative.vjps_at, derivative.jvps_at
    return replace(
        derivative,
        at=lambda point: _derivative(at(_own(point, moved)), moved),
        vjps_at=(lambda points, y_bars: pulled(_own(points, moved), y_bars)) if pulled else None,
        jvps_at=(lambda points, dxs: pushed(_own(points, moved), dxs)) if pushed else None,
    )


def _beside(values: Values, moved: Mapping[str, tuple[Array, Array]]) -> Values:
    def looked_at(points: Mapping[str, Array]) -> Any:
        return values(_own(points, moved))

    return looked_at


def _text(scale: Any) -> str:
    if isinstance(scale, Mapping):
        return "{" + ", ".join(f"{name!r}: {_text(value)}" for name, value in scale.items()) + "}"
    return f"{float(scale):g}" if np.ndim(scale) == 0 else "…"
