"""Spec → the points it is looked at: the given values, and others drawn from the ranges and domains."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from jaccli.errors import UsageError, suggestion
from jaccli.spec.domains import drawn, misfit
from jaccli.spec.initial import filled
from jaccli.spec.schema import Spec, Variable
from jaccli.types import Array

__all__ = ["Point", "drawn_point", "given_point", "initial_value", "labelled"]

Point = dict[str, Array]


def given_point(spec: Spec, at: Mapping[str, Any] | None = None) -> Point:
    """Return the spec's own values with those of ``at`` put over them; names without a value are left out.

    Errors: UsageError for an unknown name, a constant, a wrong shape or a value that is not finite.
    """
    if not isinstance(at, Mapping | None):
        raise UsageError(f"'at' must be values by name, such as {{'x': 1.5}} (got {at!r})")
    at = dict(at or {})
    point = {}
    for variable in spec.variables:
        if variable.name in at:
            point[variable.name] = _checked(variable, at.pop(variable.name))
        elif (value := initial_value(variable)) is not None:
            point[variable.name] = value
    if at:
        name, known = next(iter(at)), [variable.name for variable in spec.variables if variable.role != "constant"]
        near = labelled(spec, name) or suggestion(name, known)
        raise UsageError(
            f"`{name}` is not an input or param of {spec.name}{f'; {near}' if near else ''} (known: {', '.join(known) or 'none'})"
        )
    return point


def labelled(spec: Spec, name: str) -> str | None:
    """Return what has ``name`` for its label, in a sentence with its name; None where nothing has."""
    labels = [(found.name, found.label) for found in spec.variables]
    labels += [(found.name, found.label) for found in spec.outputs]
    spelled = next((known for known, label in labels if label is not None and label.lower() == name.lower()), None)
    return f"that is the label of `{spelled}`: write {spelled}" if spelled else None


def drawn_point(spec: Spec, given: Point, index: int, rng_seed: int) -> Point:
    """Return point ``index``, each variable with a range or a domain drawn from it, the others as given.

    The draw depends only on ``rng_seed``, the index and the name, not on what else the spec holds.
    """
    point = dict(given)
    for variable in spec.variables:
        if variable.drawable:
            rng = np.random.default_rng([rng_seed, index, zlib.crc32(variable.name.encode())])
            point[variable.name] = drawn(rng, variable.shape or (), variable.domain, variable.range)
    return point


def initial_value(variable: Variable) -> Array | None:
    """Return the value the spec gives a variable, by ``value`` or ``init``; None where it gives none.

    Without a seed, an initialiser's is made from the name.
    """
    if variable.value is not None:
        return np.asarray(variable.value, dtype=np.float64)
    if variable.init is None:
        return None
    seed = variable.seed if variable.seed is not None else zlib.crc32(variable.name.encode())
    return filled(variable.init, variable.shape or (), seed, variable.init_options)


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
    if variable.domain is not None and (wrong := misfit(variable.domain, array)):
        raise UsageError(f"the value of `{variable.name}` is not {variable.domain}: it {wrong}")
    return array
