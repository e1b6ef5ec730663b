"""Way (a): a graph on truncated power series value + ε · tangent + … → its tangents, enclosed; no derivative rule of an op is used.

Functions that FLINT knows on series are taken from it; the others are composed of those. On a kink the sign of the tangent says
which side the direction leads to, so the tangent is the one-sided derivative along the direction.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from jaccli.certify.balls import ball, each, flint, hull, leaf_balls, sign_of, terms
from jaccli.certify.composed import (
    COMPOSED,
    NATIVE,
    coefficient,
    divide,
    general_power,
    is_series,
    lifted,
    norm,
    nowhere,
    step,
)
from jaccli.certify.functions import choices, plain, power
from jaccli.certify.kernels import number_system
from jaccli.graph.evaluate import Numbers, evaluate
from jaccli.graph.ir import Expr, Graph
from jaccli.types import Array

__all__ = ["directional", "series_numbers"]

MAX_ELEMENTS = 400_000  # series alive at once in one batch of directions


def directional(
    graph: Graph,
    of: Expr,
    values: Mapping[str, Array],
    tangents: Mapping[str, Array],
    count: int,
    all_sides: bool = False,
    length: int = 2,
) -> tuple[Array, Array]:
    """Return (values, tangents) of ``of`` along ``count`` directions; not a number where the series do not tell them.

    Shapes: tangents (count, *leaf shape) by leaf name; results (count, of.size) of balls.
    all_sides: whether a choice that is open is one between all sides, not that of the side which the direction leads to.
    length: of the series; quotients of what is zero together, and choices between what agrees to first order, need more than 2.
    """
    with terms(length):
        seeded = {name: _seeded(values[name], dx, length) for name, dx in tangents.items()}
        (found,) = evaluate(graph, [of], {**leaf_balls(graph, values), **seeded}, _numbers(all_sides))
        found = np.broadcast_to(found, (count, *of.shape)).reshape(count, -1)
        return each(_value, found), each(_tangent, found)


def _seeded(x: Array, dx: Array, length: int) -> Array:
    """Return x + ε dx; where dx is zero, a plain ball, which costs less and keeps exact zeros."""
    arb_series = flint().arb_series

    def seed(value: float, tangent: float) -> Any:
        return arb_series([ball(value), ball(float(tangent))], length) if tangent else ball(value)

    return each(seed, x if x.dtype == object else np.asarray(x, dtype=np.float64), dx)


def _value(x: Any) -> Any:
    return coefficient(x, 0)


def _tangent(x: Any) -> Any:
    return coefficient(x, 1) if _value(x).is_finite() else flint().arb.nan()  # the slope of NaN is not known


# --- the number system


def series_numbers() -> Numbers:
    """Return the number system of series for the kernels of the op table."""
    return _numbers(False)


@lru_cache(maxsize=2)
def _numbers(all_sides: bool) -> Numbers:
    sign = (lambda x: sign_of(_value(x))) if all_sides else _sign
    join = _hull if all_sides else _join
    return number_system(SimpleNamespace(**{**series_functions(), **choices(sign, join)}), ball)


def series_functions() -> dict[str, Any]:
    """Return op name → function of balls and series."""
    m = plain()
    functions = {**NATIVE, **COMPOSED}
    return {
        **{name: _dispatched(functions[name], getattr(m, name)) for name in functions},
        **choices(_sign, _join),
        "pow": lambda x, p: power(lifted(x), lifted(p), fallback=general_power),
        "floor": lambda x: step(lifted(x), m.floor),
        "ceil": lambda x: step(lifted(x), m.ceil),
        "norm": norm,
        "hypot": lambda x, y: norm([x, y]),
        "pi": m.pi,
        "nowhere": nowhere,
        "divide": divide,
        "size": lambda x: m.size(_value(x)),
        "middle": lambda x: m.middle(_value(x)),
    }


def _dispatched(on_series: Any, on_balls: Any) -> Any:
    def function(*xs: Any) -> Any:
        return on_series(*xs) if any(map(is_series, xs)) else on_balls(*xs)

    return function


def _sign(x: Any) -> int | None:
    """Return the sign of x beside the point, in the direction of its tangent; None where the balls leave it open.

    It is that of the first coefficient that is not zero. If all known ones are zero, as of x² at 0, the sign is not known.
    """
    sign_at_point = sign_of(_value(x))
    if sign_at_point in (1, -1) or not is_series(x):
        return sign_at_point
    for k in range(1, x.prec):
        ahead = sign_of(x[k])
        if ahead != 0:
            return ahead
        if sign_at_point is None:
            return None
    return None


def _hull(x: Any, y: Any) -> Any:
    known = min(z.prec if is_series(z) else flint().ctx.cap for z in (x, y))
    return flint().arb_series([hull(coefficient(x, k), coefficient(y, k)) for k in range(known)], known)


def _join(x: Any, y: Any) -> Any:
    """Return the hull of two sides, of whose slopes nothing is known where the values part: it may be a jump."""
    joined = _hull(x, y)
    apart = not _value(x).overlaps(_value(y))
    return flint().arb_series([joined[0], flint().arb.nan()], joined.prec) if apart else joined
