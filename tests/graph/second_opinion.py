"""A random spec → which of its Jacobians, forward, reverse and symbolic, another library contradicts.

Law: two Jacobians agree where they differ by no more than RTOL of their largest entry, or of 1 where that is smaller. What differs by more
     is judged by the symbolic Jacobian with 60 digits: a route is wrong where it is further from that than the other library is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from other_libraries import Library
from random_specs import Random

import jaccli
from jaccli.derive.jacobian import jacobian
from jaccli.derive.symbolic import TooLarge, symbolic
from jaccli.types import Array

RTOL = 1e-9
DIGITS = 60


@dataclass(frozen=True)
class Outcome:
    """What was found: the routes that are wrong, with their largest error, and whether there is a symbolic Jacobian."""

    wrong: dict[str, float]
    symbolic: bool


def compared(spec: Random, other: Library) -> Outcome:
    """Return which routes differ from the other library's by more than rounding."""
    built = jaccli.parse(spec.document()).built
    y, wrt = built.outputs["y"], [built.variables[name] for name in spec.inputs]
    routes = {route: jacobian(built.graph, y, wrt, spec.inputs, route) for route in ("forward", "reverse")}
    try:
        formulas = symbolic(built.graph, y, wrt)
        routes["symbolic"] = [block.evaluate(spec.inputs) for block in formulas]
    except TooLarge:
        formulas = []
    references = other.jacobians(spec.function(other.names), [other.array(x) for x in spec.inputs.values()])
    wrong: dict[str, float] = {}
    for route, blocks in routes.items():
        error = min(distance(blocks, reference) for reference in references)
        if error > RTOL and formulas:  # who is it?
            exact = [block.evaluate(spec.inputs, DIGITS) for block in formulas]
            error = 0.0 if distance(blocks, exact) <= RTOL + min(distance(r, exact) for r in references) else error
        if error > RTOL:
            wrong[route] = error
    return Outcome(wrong, bool(formulas))


def distance(blocks: Sequence[Array], others: Sequence[Array]) -> float:
    """Return the largest difference, in units of the largest entry of all blocks, or 1 where that is smaller; infinite where one is NaN."""
    if any(a.shape != b.shape for a, b in zip(blocks, others, strict=True)):
        return np.inf
    size = max(1.0, *(float(np.max(np.abs(b), initial=0.0)) for b in others))
    worst = max(float(np.max(np.abs(a - b), initial=0.0)) for a, b in zip(blocks, others, strict=True)) / size
    return worst if np.isfinite(worst) else np.inf
