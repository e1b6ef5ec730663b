"""Inputs that must stay in a set → the same function with steps that never leave it.

A linear set (symmetric, triangular) has a projection P that is its own transpose: the function checked is f ∘ P, whose derivative
is J P. Of an interval only the inside is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from jaccli.adapters.subject import Batch, Derivative, Leaf, Subject, Trouble
from jaccli.errors import UsageError, suggestion

__all__ = ["INTERVALS", "LINEAR", "restricted"]

Array = np.ndarray[Any, Any]
Projection = Callable[[Array], Array]


def _symmetric(a: Array) -> Array:
    return 0.5 * (a + np.swapaxes(a, -1, -2))


#: name → projection on the set, for arrays with square matrices on their last two axes.
LINEAR: dict[str, Projection] = {
    "symmetric": _symmetric,
    "positive definite": _symmetric,
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

    Errors: UsageError for names that are not known; Trouble for a value outside its domain.
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
        plain=_within(subject.plain, projections, intervals) if subject.plain else None,
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
        raise Trouble("JAC304", f"input `{leaf.name}` is not {word}, as 'domain' says", "give a point of the domain")


def _within(
    values: Callable[[str, Array], Batch],
    projections: Mapping[str, Projection],
    intervals: Mapping[str, Callable[[Array], Array]],
) -> Callable[[str, Array], Batch]:
    def looked_at(name: str, points: Array) -> Batch:
        if name in projections:
            return values(name, projections[name](points))
        if name not in intervals:
            return values(name, points)
        inside = np.all(intervals[name](points), axis=tuple(range(1, points.ndim)))
        if np.all(inside):
            return values(name, points)
        found = values(name, points[inside])
        rows = np.full((len(points), found.values.shape[1]), np.nan)
        rows[inside] = found.values
        return Batch(rows, found.trouble)

    return looked_at


def _projected(derivative: Derivative, projections: Mapping[str, Projection]) -> Derivative:
    """Return the derivative of f ∘ P."""

    def after(found: Mapping[str, Array]) -> dict[str, Array]:
        return {name: projections[name](part) if name in projections else part for name, part in found.items()}

    def before(name: str, seed: Array) -> Array:
        return projections[name](seed) if name in projections else seed

    def jacobian() -> Any:
        assert derivative.jacobian is not None
        return {
            (of, wrt): projections[wrt](part) if wrt in projections and isinstance(part, np.ndarray) else part
            for (of, wrt), part in derivative.jacobian().items()
        }

    vjp, vjps, jvp, jvps = derivative.vjp, derivative.vjps, derivative.jvp, derivative.jvps
    return replace(
        derivative,
        jacobian=jacobian if derivative.jacobian else None,
        vjp=(lambda y_bar: after(vjp(y_bar))) if vjp else None,
        vjps=(lambda name, y_bars: after(vjps(name, y_bars))) if vjps else None,
        jvp=(lambda dx: jvp({name: before(name, seed) for name, seed in dx.items()})) if jvp else None,
        jvps=(lambda name, seeds: jvps(name, before(name, seeds))) if jvps else None,
    )
