"""A claim that is wrong at a point → the claim and the truth at other points, where the same kind of mistake must show."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np

from jaccli.checker.mistakes.evidence import evidence
from jaccli.derive.jacobian import jacobian
from jaccli.errors import SourceError
from jaccli.graph.build import Built
from jaccli.graph.demands import hold
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, ancestors
from jaccli.spec.domains import drawn, misfit
from jaccli.spec.points import Point
from jaccli.spec.schema import Variable
from jaccli.types import Array
from jaccli.verdict import Other

__all__ = ["others"]

POINTS = 2
MOVED = (
    0.4  # of a value, at most: far enough to part one formula from another, near enough to stay where both are defined
)


def others(built: Built, of: str, wrt: str, point: Point, claim: Expr) -> tuple[Other, ...]:
    """Return a claim, and reverse mode's derivative, at two points near ``point``, where both are finite.

    Law: the points depend on the names and shapes of the variables alone.
    """
    output, x = built.outputs[of], built.variables[wrt]
    if not any(built.graph.nodes[index].op == "leaf" for index in ancestors(built.graph, [claim.index])):
        return ()  # numbers for this point alone
    found = []
    for at in _points(built, point):
        with np.errstate(all="ignore"):
            (tested,) = evaluate(built.graph, [claim], at)
            (value,) = jacobian(built.graph, output, [x], at, "reverse")
        tested, value = (np.array(np.broadcast_to(part, claim.shape), dtype=np.float64) for part in (tested, value))
        if np.all(np.isfinite(tested)) and np.all(np.isfinite(value)):
            found.append(Other(tested, value, evidence(built, of, wrt, at, claim)))
    return tuple(found)


def _points(built: Built, point: Point) -> Iterator[Point]:
    for index in range(1, POINTS + 1):
        at = dict(point)
        for variable in built.spec.variables:
            if variable.role != "constant" and variable.name in at:
                at[variable.name] = _moved(variable, at[variable.name], index)
        try:
            hold(built.graph, at)
        except SourceError:  # as of labels, which are whole numbers
            continue
        yield at


def _moved(variable: Variable, value: Array, index: int) -> Array:
    """Return another value of a variable: from its range or domain, else near the given one."""
    rng = np.random.default_rng([index, zlib.crc32(variable.name.encode())])
    if variable.drawable:
        return drawn(rng, value.shape, variable.domain, variable.range)
    by = rng.uniform(MOVED / 4, MOVED, value.shape) * rng.choice([-1.0, 1.0], value.shape)
    moved = _kept(value, np.where(value == 0, by, value * (1 + by)))
    return value if variable.domain is not None and misfit(variable.domain, moved) else moved


def _kept(value: Array, moved: Array) -> Array:
    """Return the moved point with what formulas may rely on restored: symmetry, sums of 1, norms of 1."""
    if value.ndim > 1 and value.shape[-1] == value.shape[-2] and np.allclose(value, value.swapaxes(-1, -2)):
        return (moved + moved.swapaxes(-1, -2)) / 2
    if value.ndim and value.shape[-1] > 1 and np.all(value >= 0) and np.allclose(np.sum(value, axis=-1), 1):
        return (
            value
            if np.all((value == 0) | (value == 1))
            else np.abs(moved) / np.sum(np.abs(moved), axis=-1, keepdims=True)
        )
    if value.ndim and value.shape[-1] > 1 and np.allclose(np.linalg.norm(value, axis=-1), 1):
        return moved / np.linalg.norm(moved, axis=-1, keepdims=True)
    return moved
