"""Inputs that must stay in a set → the same function with steps that never leave it.

A linear set (symmetric, triangular) has a projection P that is its own transpose: the function checked is f ∘ P, whose derivative
is J P. Of an interval only the inside is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from jaccli.adapters.subject import Batch, Derivative, Leaf, Subject, TroubleError, Values
from jaccli.errors import UsageError, suggestion
from jaccli.types import Array

__all__ = ["INTERVALS", "LINEAR", "restricted", "symmetric"]

Projection = Callable[[Array], Array]


def symmetric(a: Array) -> Array:
    """Return the symmetric part of matrices."""
    return 0.5 * (a + np.swapaxes(a, -1, -2))


#: name → projection on the set, for arrays with square matrices on their last two axes.
LINEAR: dict[str, Projection] = {
    "symmetric": symmetric,
    "positive definite": symmetric,
    "lower": np.tril,
    "upper": np.triu,
}
#: name → where an array lies in the interval that every element stays in.
INTERVALS: dict[str, Callable[[Array], Array]] = {
    "positive": lambda a: a > 0,
    "nonnegative": lambda a: a >= 0,
    "negative": lambda a: a < 0,
    "unit": lambda a: (a >= 0) & (a <= 1),
}


def restricted(subject: Subject, domain: Mapping[str, str]) -> Subject:
    """Return the subject with differences and derivatives along each input's domain only.

    Errors: UsageError for names that are not known; TroubleError for a value outside its domain.
    """
    names = [leaf.name for leaf in subject.inputs]
    for name, word in domain.items():
        if name not in names:
            raise UsageError(f"'domain' names `{name}`; {suggestion(name, names) or 'inputs: ' + ', '.join(names)}")
        if word not in LINEAR and word not in INTERVALS:
            known = [*LINEAR, *INTERVALS]
            raise UsageError(
                f"'domain' {word!r} is not known; {suggestion(word, known) or 'known: ' + ', '.join(known)}"
            )
    for leaf in subject.inputs:
        if leaf.name in domain:
            _inside(leaf, domain[leaf.name])
    projections = {name: LINEAR[word] for name, word in domain.items() if word in LINEAR}
    intervals = {name: INTERVALS[word] for name, word in domain.items() if word in INTERVALS}
    return replace(
        subject,
        values=_within(subject.values, projections, intervals),
        values_one_by_one=_within(subject.values_one_by_one, projections, intervals)
        if subject.values_one_by_one
        else None,
        derivatives=tuple(_projected(derivative, projections) for derivative in subject.derivatives),
        call=f"{subject.call}, domain={dict(domain)!r}",
    )


def _inside(leaf: Leaf, word: str) -> None:
    if word in LINEAR:
        square = leaf.value.ndim >= 2 and leaf.value.shape[-1] == leaf.value.shape[-2]
        fits = square and np.allclose(LINEAR[word](leaf.value), leaf.value, rtol=16 * leaf.eps, atol=0.0)
    else:
        fits = bool(np.all(INTERVALS[word](leaf.value)))
    if not fits:
        raise TroubleError.of(
            "JAC304", f"input `{leaf.name}` is not {word}, as 'domain' says", "give a point of the domain"
        )


def _within(
    values: Values, projections: Mapping[str, Projection], intervals: Mapping[str, Callable[[Array], Array]]
) -> Values:
    def looked_at(points: Mapping[str, Array]) -> Batch:
        points = {name: projections[name](part) if name in projections else part for name, part in points.items()}
        inside = np.all(
            [np.all(intervals[n](p), axis=tuple(range(1, p.ndim))) for n, p in points.items() if n in intervals]
            or [np.ones(len(next(iter(points.values()))), dtype=bool)],
            axis=0,
        )
        if np.all(inside):
            return values(points)
        found = values({name: part[inside] for name, part in points.items()})
        rows = np.full((len(inside), found.values.shape[1]), np.nan)
        rows[inside] = found.values
        return Batch(rows, found.trouble)

    return looked_at


def _projected(derivative: Derivative, projections: Mapping[str, Projection]) -> Derivative:
    """Return the derivative of f ∘ P."""

    def projected(found: Mapping[str, Array]) -> dict[str, Array]:
        return {name: projections[name](part) if name in projections else part for name, part in found.items()}

    def jacobian() -> Any:
        assert derivative.jacobian is not None
        return {
            (of, wrt): projections[wrt](part) if wrt in projections and isinstance(part, np.ndarray) else part
            for (of, wrt), part in derivative.jacobian().items()
        }

    def at(point: Mapping[str, Array]) -> Derivative:
        assert derivative.at is not None
        return _projected(derivative.at(projected(point)), projections)

    vjp, vjps, jvp, jvps = derivative.vjp, derivative.vjps, derivative.jvp, derivative.jvps
    vjps_at, jvps_at = derivative.vjps_at, derivative.jvps_at
    return replace(
        derivative,
        at=at if derivative.at else None,
        jacobian=jacobian if derivative.jacobian else None,
        vjp=(lambda y_bar: projected(vjp(y_bar))) if vjp else None,
        vjps=(lambda y_bars: projected(vjps(y_bars))) if vjps else None,
        vjps_at=(lambda points, y_bars: projected(vjps_at(projected(points), y_bars))) if vjps_at else None,
        jvp=(lambda dx: jvp(projected(dx))) if jvp else None,
        jvps=(lambda dxs: jvps(projected(dxs))) if jvps else None,
        jvps_at=(lambda points, dxs: jvps_at(projected(points), projected(dxs))) if jvps_at else None,
    )
