"""The sets an input may live in, in words: name → whether a value lies in it, and how points are drawn from it.

Derivatives stay those with respect to all entries as independent variables; a domain says where they are looked at. A range narrows
the draw; for a positive definite matrix it bounds the eigenvalues.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jaccli.types import Array

if TYPE_CHECKING:
    Rng = np.random.Generator

__all__ = ["DOMAINS", "Domain", "drawn", "misfit"]

Shape = tuple[int, ...]
Range = tuple[float, float]
ROUNDING = 1e-9  # how far a given value may be off, in sums and in symmetry: nine digits are what people write
INFINITY = float("inf")


@dataclass(frozen=True, slots=True)
class Domain:
    """A set of arrays: how one is drawn, what is wrong with a value outside, and what a range may be."""

    about: str
    draw: Callable[[Rng, Shape, Range | None], Array]
    misfit: Callable[[Array], str | None]  # "is -1.0 at [0]", or None inside
    bounds: Range | None = (-INFINITY, INFINITY)  # of a range; None: no range is used
    least_axes: int = 0
    square: bool = False


def drawn(rng: Rng, shape: Shape, domain: str | None, range: Range | None) -> Array:
    """Return an array of the domain, uniform in the range where there is one and the domain does not say otherwise."""
    return DOMAINS[domain or "real"].draw(rng, shape, range)


def misfit(domain: str, value: Array) -> str | None:
    """Return how ``value`` lies outside the domain, in words that follow its name, or None where it lies inside."""
    return DOMAINS[domain].misfit(value) if value.size else None


def _real(rng: Rng, shape: Shape, range: Range | None) -> Array:
    return rng.uniform(*range, size=shape) if range else rng.standard_normal(shape)


def _positive(rng: Rng, shape: Shape, range: Range | None) -> Array:
    return rng.uniform(*range, size=shape) if range else np.exp(rng.standard_normal(shape))


def _unit(rng: Rng, shape: Shape, range: Range | None) -> Array:
    return rng.uniform(*(range or (0.0, 1.0)), size=shape)


def _simplex(rng: Rng, shape: Shape, range: Range | None) -> Array:
    """Return rows uniform on the simplex: exponential numbers over their sum (Devroye 1986, chapter V, theorem 4.1)."""
    parts = rng.standard_exponential(shape)
    return np.asarray(parts / parts.sum(axis=-1, keepdims=True))


def _symmetric(rng: Rng, shape: Shape, range: Range | None) -> Array:
    """Return matrices whose upper triangle was drawn, and mirrored."""
    upper = np.triu(_real(rng, shape, range))
    return np.asarray(upper + np.triu(upper, 1).swapaxes(-1, -2))


def _positive_definite(rng: Rng, shape: Shape, range: Range | None) -> Array:
    """Return Q diag(λ) Qᵀ with λ from the range, so that the condition number is bounded; Q is the Q of a normal matrix."""
    q, _ = np.linalg.qr(rng.standard_normal(shape))
    matrix = (q * rng.uniform(*(range or (0.5, 2.0)), size=shape[:-1])[..., None, :]) @ q.swapaxes(-1, -2)
    return np.asarray((matrix + matrix.swapaxes(-1, -2)) / 2)  # symmetric to the last bit


def _entries(inside: Callable[[Array], Any]) -> Callable[[Array], str | None]:
    """Return a misfit that names the first entry that is not ``inside``."""

    def misfit(value: Array) -> str | None:
        outside = np.argwhere(~inside(value))
        if not len(outside):
            return None
        place = tuple(int(k) for k in outside[0])
        return f"is {value[place]:g}" + (f" at {list(place)}" if place else "")

    return misfit


def _no_simplex(value: Array) -> str | None:
    """Return the first entry or row that is wrong; a sum may be off by rounding."""
    if wrong := _entries(lambda x: x > 0)(value):
        return wrong
    sums = np.sum(value, axis=-1)
    off = np.argwhere(np.abs(sums - 1) > ROUNDING)
    if not len(off):
        return None
    row = tuple(int(k) for k in off[0])
    return f"sums to {sums[row]:.10g}" + (f" in row {list(row)}" if row else "")


def _asymmetric(value: Array) -> str | None:
    off = np.abs(value - value.swapaxes(-1, -2)) > ROUNDING * np.max(np.abs(value))
    if not np.any(off):
        return None
    place = tuple(int(k) for k in np.argwhere(off)[0])
    mirrored = (*place[:-2], place[-1], place[-2])
    return f"is {value[place]:g} at {list(place)} and {value[mirrored]:g} at {list(mirrored)}"


def _indefinite(value: Array) -> str | None:
    if wrong := _asymmetric(value):
        return wrong
    least = float(np.min(np.linalg.eigvalsh(value)))
    return None if least > 0 else f"has an eigenvalue of {least:.3g}"


DOMAINS: Mapping[str, Domain] = {
    "real": Domain("any number; drawn from the standard normal distribution", _real, lambda value: None),
    "positive": Domain("above 0; drawn as exp of a normal number", _positive, _entries(lambda x: x > 0), (0, INFINITY)),
    "nonnegative": Domain(
        "0 or above; drawn as exp of a normal number", _positive, _entries(lambda x: x >= 0), (0, INFINITY)
    ),
    "unit": Domain("from 0 to 1; drawn uniformly", _unit, _entries(lambda x: (x >= 0) & (x <= 1)), (0, 1)),
    "simplex": Domain(
        "rows of positive numbers with sum 1; drawn uniformly", _simplex, _no_simplex, None, least_axes=1
    ),
    "symmetric": Domain("matrices equal to their transpose", _symmetric, _asymmetric, least_axes=2, square=True),
    "positive definite": Domain(
        "symmetric matrices with positive eigenvalues; a range bounds the eigenvalues, [0.5, 2] without one",
        _positive_definite,
        _indefinite,
        (0, INFINITY),
        least_axes=2,
        square=True,
    ),
}
