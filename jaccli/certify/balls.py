"""Numbers of a graph → balls of python-flint, and balls → doubles with a bound; precision is never left changed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from fractions import Fraction
from typing import Any

import numpy as np

from jaccli.graph.ir import Graph
from jaccli.types import Array

__all__ = [
    "MAX_BITS",
    "ball",
    "each",
    "flint",
    "hull",
    "leaf_balls",
    "precision",
    "sign_of",
    "terms",
    "to_doubles",
]

MAX_BITS = 3_392  # 53 · 2⁶: doubles and their exact sums, from 2^-1074 to 2^1024, fit


def flint() -> Any:
    """Return the module python-flint, imported when the first ball is needed."""
    import flint as module

    return module


def precision(bits: int) -> AbstractContextManager[Any]:
    """Return a context in which balls have ``bits`` bits; the precision before is restored, whatever happens inside."""
    return flint().ctx.workprec(bits)


@contextmanager
def terms(length: int) -> Iterator[None]:
    """Let power series have ``length`` coefficients and more; python-flint cuts them to ten otherwise, without a word."""
    context = flint().ctx
    before = context.cap
    context.cap = max(before, length)
    try:
        yield
    finally:
        context.cap = before


def ball(x: Any) -> Any:
    """Return the smallest ball of the current precision around an exact number: a Fraction, an integer or a double."""
    arb, fmpq = flint().arb, flint().fmpq
    if isinstance(x, Fraction):
        return arb(fmpq(x.numerator, x.denominator))
    if isinstance(x, bool | np.bool_):
        return arb(int(x))
    return arb(int(x)) if isinstance(x, int | np.integer) else arb(float(x)) if isinstance(x, float) else x


def each(function: Callable[..., Any], *arrays: Any) -> Array:
    """Return the object array of a function's values, elements broadcast against each other."""
    found = np.frompyfunc(function, len(arrays), 1)(*arrays)
    if isinstance(found, np.ndarray):
        return found
    out = np.empty((), dtype=object)
    out[()] = found
    return out


def leaf_balls(graph: Graph, values: Mapping[str, Any]) -> dict[str, Array]:
    """Return the leaves' values, exact doubles, as balls; truth values stay what they are."""
    return {n: v if graph.is_boolean(n) else each(ball, np.asarray(v, dtype=object)) for n, v in values.items()}


def sign_of(x: Any) -> int | None:
    """Return 1, −1, 0 for an exact zero, None for a ball that contains zero and more: comparisons would all be False."""
    if x > 0:
        return 1
    if x < 0:
        return -1
    return 0 if ball(x).is_zero() else None


def hull(x: Any, y: Any) -> Any:
    """Return a ball that contains both."""
    return ball(x).union(ball(y))


def to_doubles(balls: Array) -> tuple[Array, Array]:
    """Return (values, bounds): the nearest doubles, and the radius plus the rounding of the conversion, rounded up."""
    pairs = [_double(x) for x in balls.ravel()]
    values = np.array([value for value, _ in pairs], dtype=np.float64).reshape(balls.shape)
    return values, np.array([bound for _, bound in pairs], dtype=np.float64).reshape(balls.shape)


def _double(x: Any) -> tuple[float, float]:
    x = ball(x)
    value = float(x.mid()) if x.is_finite() else math.nan
    if not math.isfinite(value):
        return math.nan, math.inf
    bound = abs(x - ball(value))
    return value, math.nextafter(float(bound.upper()), math.inf) if not bound.is_zero() else 0.0
