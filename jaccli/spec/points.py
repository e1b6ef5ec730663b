"""Spec → the points it is looked at: the given values, and others drawn from the ranges."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from jaccli.errors import UsageError
from jaccli.spec.schema import Spec, Variable

__all__ = ["Point", "drawn_point", "given_point", "initial_value"]

Array = np.ndarray[Any, np.dtype[np.float64]]
Point = dict[str, Array]


def given_point(spec: Spec, at: Mapping[str, Any] | None = None) -> Point:
    """Return the spec's own values with those of ``at`` put over them; names without a value are left out.

    Errors: UsageError for an unknown name, a constant, a wrong shape or a value that is not finite.
    """
    at = dict(at or {})
    point = {}
    for variable in spec.variables:
        if variable.name in at:
            point[variable.name] = _checked(variable, at.pop(variable.name))
        elif (value := initial_value(variable)) is not None:
            point[variable.name] = value
    if at:
        names = ", ".join(variable.name for variable in spec.variables if variable.role != "constant")
        raise UsageError(f"`{next(iter(at))}` is no input or param of {spec.name} (known: {names or 'none'})")
    return point


def drawn_point(spec: Spec, given: Point, index: int, rng_seed: int) -> Point:
    """Return point ``index``, each variable with a range drawn uniformly from it, the others as given.

    The draw depends only on ``rng_seed``, the index and the name, not on what else the spec holds.
    """
    point = dict(given)
    for variable in spec.variables:
        if variable.range is not None:
            rng = np.random.default_rng([rng_seed, index, zlib.crc32(variable.name.encode())])
            point[variable.name] = rng.uniform(*variable.range, size=variable.shape)
    return point


def initial_value(variable: Variable) -> Array | None:
    """Return the value the spec gives a variable, by ``value`` or ``init``; None where it gives none.

    Source: glorot is the uniform distribution of Glorot & Bengio (2010), eq. 16, for a weight of shape (out, in).
    """
    if variable.value is not None:
        return np.asarray(variable.value, dtype=np.float64)
    shape = variable.shape or ()
    seed = variable.seed if variable.seed is not None else zlib.crc32(variable.name.encode())
    match variable.init:
        case "zeros":
            return np.zeros(shape)
        case "ones":
            return np.ones(shape)
        case "normal":
            return np.random.default_rng(seed).standard_normal(shape)
        case "glorot":
            fans = (*shape[:2], 1, 1)[:2] if shape else (1, 1)
            bound = np.sqrt(6.0 / (fans[0] + fans[1]))
            return np.random.default_rng(seed).uniform(-bound, bound, shape)
    return None


def _checked(variable: Variable, value: Any) -> Array:
    if variable.role == "constant":
        raise UsageError(f"`{variable.name}` is a constant; only inputs and params can be set")
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise UsageError(f"the value of `{variable.name}` must be numbers (got {type(value).__name__})") from None
    if array.shape != variable.shape:
        raise UsageError(f"`{variable.name}` has shape {variable.shape}, but the given value has shape {array.shape}")
    if not np.all(np.isfinite(array)):
        raise UsageError(f"the value of `{variable.name}` must be finite")
    return array
