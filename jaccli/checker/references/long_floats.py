"""A derivative that doubles show to be wrong → the same by the same formula in long floats, which hold numbers of any size."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaccli import certify
from jaccli.derive.jacobian import carried_out, plan
from jaccli.graph.build import Built
from jaccli.graph.cost import weighted_operations
from jaccli.graph.ir import Expr
from jaccli.spec.points import Point

__all__ = ["claim_in_long_floats", "route_in_long_floats"]

Array = np.ndarray[Any, Any]
BITS = 1_400  # exp(700) - exp(700) takes 1,010
MOST = 20_000  # weighted operations, of some microseconds each


def claim_in_long_floats(built: Built, formula: Expr, point: Point) -> Array | None:
    """Return the value of a claim's formula, rounded to doubles, flat; None where it takes too much or has no such kernels."""
    if certify.unsupported(built.graph, formula) or weighted_operations(built.graph, [formula]) > MOST:
        return None
    return certify.long_value(built.graph, formula, point, BITS)


def route_in_long_floats(built: Built, of: str, name: str, point: Point, mode: str) -> Array | None:
    """Return the Jacobian by "forward" or "reverse" mode, likewise: its rules, without what doubles cannot hold on the way.

    In 1/(1 + exp(-x)) at -400 the slope of the quotient is 1e-348, and that of the whole 1.9e-174.
    """
    output, x = built.outputs[of], built.variables[name]
    plans = plan(built.graph, output, [x], mode)
    wanted = [result for one in plans for result in one.results if result is not None]
    if sum(one.operations for one in plans) > MOST or any(certify.unsupported(built.graph, one) for one in wanted):
        return None

    def blocks(leaves: Any, numbers: Any) -> Array:
        (block,) = carried_out(built.graph, plans, output, [x], leaves, numbers)
        return block

    return certify.in_long_floats(built.graph, point, BITS, blocks)
