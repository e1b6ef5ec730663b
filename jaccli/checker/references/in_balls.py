"""A derivative that doubles show to be wrong → the same by the same formula in balls: numbers of any size, to as many digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaccli import certify
from jaccli.derive.jacobian import carried_out, plan
from jaccli.graph.build import Built
from jaccli.graph.cost import weighted_operations
from jaccli.graph.ir import Expr
from jaccli.spec.points import Point
from jaccli.types import Array

__all__ = ["claim_in_balls", "route_in_balls"]

MOST = 20_000  # weighted operations, of some microseconds each


def claim_in_balls(built: Built, formula: Expr, point: Point) -> Array | None:
    """Return the value of a claim's formula as doubles; None where it takes too much, or no precision tells it."""
    if certify.unsupported(built.graph, formula) or weighted_operations(built.graph, [formula]) > MOST:
        return None
    return _if_sharp(*certify.enclosed(built.graph, formula, point), formula.shape)


def route_in_balls(built: Built, of: str, name: str, point: Point, mode: str) -> Array | None:
    """Return the Jacobian by "forward" or "reverse" mode in balls, by the rules of that mode.

    Shapes: of.shape + x.shape.
    In 1/(1 + exp(-x)) at -400 the slope of the quotient is 1e-348, and that of the whole 1.9e-174.
    """
    output, x = built.outputs[of], built.variables[name]
    plans = plan(built.graph, output, [x], mode)
    wanted = [result for one in plans for result in one.results if result is not None]
    if sum(one.operations for one in plans) > MOST or any(certify.unsupported(built.graph, one) for one in wanted):
        return None

    def block(leaves: Any, numbers: Any) -> Array:
        (found,) = carried_out(built.graph, plans, output, [x], leaves, numbers)
        return found

    return _if_sharp(*certify.in_balls(built.graph, point, block), output.shape + x.shape)


def _if_sharp(value: Array, bound: Array, shape: tuple[int, ...]) -> Array | None:
    """Return the values if each is known as a double is, None otherwise: at an open choice, or outside a domain."""
    return value.reshape(shape) if np.all(certify.sharp(value, bound)) else None
