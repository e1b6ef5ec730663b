"""A JAX function → its values or products at many points at once, each at its own, compiled where that pays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from jaccli.adapters.framework import Arrays, Run

__all__ = ["at_once", "pulled", "pushed", "valued"]

OFTEN = 2  # times that a batch of one size is evaluated before it is compiled


def valued(jax: Any, run: Run) -> Callable[[Arrays, Arrays], Arrays]:
    """Return (inputs, points of some of them) → the outputs at all points."""
    return lambda inputs, points: dict(jax.vmap(lambda moved: run({**inputs, **moved}))(points))


def pulled(jax: Any, run: Run) -> Callable[[Arrays, Arrays, Arrays], Arrays]:
    """Return (inputs, points of some of them, a cotangent for each point) → the cotangents by those inputs at all points."""

    def at_all(inputs: Arrays, points: Arrays, seeds: Arrays) -> Arrays:
        def one(moved: Arrays, y_bar: Arrays) -> Arrays:
            outputs, pull = jax.vjp(lambda there: run({**inputs, **there}), moved)
            zeros = {name: jax.numpy.zeros_like(output) for name, output in outputs.items()}
            return dict(pull({**zeros, **y_bar})[0])

        return dict(jax.vmap(one)(points, seeds))

    return at_all


def pushed(jax: Any, run: Run) -> Callable[[Arrays, Arrays, Arrays], Arrays]:
    """Return (inputs, points of some of them, a tangent for each point) → the tangents of the outputs at all points."""

    def at_all(inputs: Arrays, points: Arrays, seeds: Arrays) -> Arrays:
        def one(moved: Arrays, dx: Arrays) -> Arrays:
            tangents = {name: dx.get(name, jax.numpy.zeros_like(array)) for name, array in moved.items()}
            return dict(jax.jvp(lambda there: run({**inputs, **there}), (moved,), (tangents,))[1])

        return dict(jax.vmap(one)(points, seeds))

    return at_all


def at_once(jax: Any, at_all: Callable[..., Arrays]) -> Callable[..., Arrays]:
    """Return a batched function, compiled for a size that it is asked for a third time; its first argument has no batch.

    A compilation takes as long as dozens of batches do operation by operation; but a bare loop is compiled at every call.
    """
    compiled, met = jax.jit(at_all), Counter[tuple[tuple[str, int], ...]]()

    def called(inputs: Arrays, *batches: Arrays) -> Arrays:
        nonlocal compiled
        size = tuple((name, len(part)) for batch in batches for name, part in batch.items())
        try:
            found = (compiled if met[size] >= OFTEN else at_all)(inputs, *batches)
        except jax.errors.JAXTypeError:  # it looks at inputs that are held
            found, compiled = at_all(inputs, *batches), at_all
        met[size] += 1
        return {key: np.asarray(value) for key, value in found.items()}

    return called
