"""Graph and point → the value of an output, or what is computed with it, enclosed in balls: doubles with a bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from jaccli.certify.balls import MAX_BITS, leaf_balls, precision, to_doubles
from jaccli.certify.kinks import plain_numbers
from jaccli.graph.evaluate import Numbers, evaluate
from jaccli.graph.ir import Expr, Graph
from jaccli.types import Array

__all__ = ["enclosed", "in_balls", "sharp"]

FIRST_BITS = 106  # twice a double's


def enclosed(graph: Graph, of: Expr, values: Mapping[str, Array]) -> tuple[Array, Array]:
    """Return (value, bound): the nearest doubles to ``of`` at exact doubles, and by how much they can miss the truth.

    Shapes: both (of.size,).
    Law:    |value − truth| ≤ bound is proved by ball arithmetic; NaN and ∞ outside the domain.
    """

    def value(leaves: Mapping[str, Any], numbers: Numbers) -> Array:
        (found,) = evaluate(graph, [of], leaves, numbers)
        return np.broadcast_to(found, of.shape)

    return in_balls(graph, values, value)


def in_balls(
    graph: Graph, values: Mapping[str, Array], compute: Callable[[Mapping[str, Any], Numbers], Array]
) -> tuple[Array, Array]:
    """Return (value, bound) of what ``compute(leaves, numbers)`` gives at exact doubles, both flat.

    Cost: one computation in balls, one more for each doubling of the precision until all of it is ``sharp``.
    """
    bits = FIRST_BITS
    while True:
        with precision(bits):
            found = compute(leaf_balls(graph, values), plain_numbers())
            value, bound = to_doubles(np.asarray(found, dtype=object).reshape(-1))
        if bits >= MAX_BITS or np.all(sharp(value, bound)):
            return value, bound
        bits *= 2


def sharp(value: Array, bound: Array) -> Array:
    """Return where a value is known as well as a double can tell it."""
    return np.asarray(bound <= np.fmax(2.0**-52 * np.abs(value), 2.0**-1073))
