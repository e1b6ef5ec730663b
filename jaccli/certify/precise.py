"""Without python-flint: a graph in mpmath's long floating point → its Jacobian by differences at hundreds of bits.

A central difference with a step of 2^-64 of the scale and less has more correct digits than a double can hold, and needs no
derivative rule at all. The error bar is what changes when the precision is doubled, times a safety factor: not a proof.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np

from jaccli.certify.balls import MAX_BITS, each
from jaccli.certify.kernels import number_system
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, Graph
from jaccli.ops.huge import bounded
from jaccli.reference import Reference, input_scale

__all__ = ["high_precision", "in_long_floats", "long_floats", "long_value"]

Array = np.ndarray[Any, Any]
FIRST_BITS = 212
AGREE = 2.0**-60  # of the larger of |D| and S
SAFETY = 8.0  # times the change at the last doubling
GAP = 2.0**-30  # of S, and of itself while the step shrinks 2^-70 times: one-sided slopes so far apart never meet
NEAR = 2.0**-50  # of the scale: a kink this near is one that doubles cannot tell the point from


def high_precision(graph: Graph, of: Expr, wrt: Sequence[Expr], values: Mapping[str, Array]) -> list[Reference]:
    """Return the Jacobian of ``of`` by each variable.

    Shapes: values by leaf name; each reference (of.size, x.size).
    Cost:   two evaluations in mpmath per column for each of two precisions, two more beside each column for kinks.
    """
    return [_reference(graph, of, x, values) for x in wrt]


def long_value(graph: Graph, of: Expr, values: Mapping[str, Array], bits: int) -> Array:
    """Return the value of ``of`` computed with ``bits`` bits and rounded to doubles, (of.size,)."""

    def value(leaves: Mapping[str, Any], numbers: Any) -> Array:
        (found,) = evaluate(graph, [of], leaves, numbers)
        return np.broadcast_to(found, of.shape)

    return in_long_floats(graph, values, bits, value)


def in_long_floats(
    graph: Graph, values: Mapping[str, Array], bits: int, compute: Callable[[Mapping[str, Any], Any], Any]
) -> Array:
    """Return what ``compute(leaves, numbers)`` gives in numbers of ``bits`` bits and of any size, rounded to doubles, flat."""
    import mpmath

    booleans = {name for name, leaf in graph.inputs().items() if leaf.node.boolean}
    with mpmath.workprec(bits):
        leaves = {
            name: value if name in booleans else each(_long, np.asarray(value, dtype=object))
            for name, value in values.items()
        }
        return _doubles(np.asarray(compute(leaves, long_floats()), dtype=object).reshape(-1))


def _reference(graph: Graph, of: Expr, x: Expr, values: Mapping[str, Array]) -> Reference:
    sample = _Sampled(graph, of, x, values)
    bits, last = FIRST_BITS, sample.sides(FIRST_BITS, 2.0 ** -(FIRST_BITS // 3))
    near = sample.sides(FIRST_BITS, NEAR)
    while True:
        bits *= 2
        found = sample.sides(bits, Fraction(1, 2 ** (bits // 3)))
        size = _rounding_scale(found, sample)
        change = np.abs(found.central - last.central)
        beside = near.steepness  # where the slope is zero, those a few ulps away say how small is small
        settled = (change <= AGREE * np.fmax(np.abs(found.central), size + beside)) | ~np.isfinite(found.central)
        jump = found.steepness > 2.0**30 * last.steepness
        if np.all(settled | jump) or bits >= MAX_BITS:
            return _judged(found, last, near, change, settled, jump, size, bits, sample.evaluations)
        last = found


def _judged(
    found: _Sides,
    last: _Sides,
    near: _Sides,
    change: Array,
    settled: Array,
    jump: Array,
    size: Array,
    bits: int,
    evaluations: int,
) -> Reference:
    bar = SAFETY * change + np.spacing(np.abs(found.central))
    with np.errstate(all="ignore"):
        kink = (found.gap > GAP * size) & (found.gap > GAP * last.gap)
        beside = ~kink & (near.gap > 2.0**-20 * size)
    finite = np.isfinite(found.central)
    known = settled & finite & ~kink & ~jump
    slopes = kink & finite & ~jump
    low, high = np.fmin(found.ahead, found.behind), np.fmax(found.ahead, found.behind)
    near_low, near_high = np.fmin(near.ahead, near.behind), np.fmax(near.ahead, near.behind)
    return Reference(
        route="high precision",
        value=np.where(slopes, 0.5 * (low + high), found.central),
        error_bar=np.where(known, bar, np.inf),
        low=np.where(slopes, low - AGREE * size, np.where(beside & known, np.fmin(near_low, found.central), np.nan)),
        high=np.where(slopes, high + AGREE * size, np.where(beside & known, np.fmax(near_high, found.central), np.nan)),
        reason=np.where(known, "", np.where(kink | jump, "kink", "domain")),
        noise=np.zeros(len(found.value)),
        curvature=np.zeros(found.central.shape),
        evaluations=evaluations,
        rounding=np.where(beside, 0.0, 4 * np.nan_to_num(near.gap)),  # by as much the slope changes within 4 ulps of x
        digits=int(bits * 0.30103),
    )


class _Sides:
    """Slopes on both sides of a point, as doubles, (m, n), and the value, (m,)."""

    def __init__(self, right: Array, left: Array, centre: Array, h: Array) -> None:
        ahead, behind = (right - centre[:, None]) / h, (centre[:, None] - left) / h
        self.value = _doubles(centre)
        self.ahead, self.behind, self.central = _doubles(ahead), _doubles(behind), _doubles((ahead + behind) / 2)
        self.gap = np.abs(_doubles(ahead - behind))
        self.steepness = np.abs(self.ahead) + np.abs(self.behind)  # grows without bound at a jump


class _Sampled:
    """The values of one output beside a point, by one variable."""

    def __init__(self, graph: Graph, of: Expr, x: Expr, values: Mapping[str, Array]) -> None:
        self.graph, self.of, self.x, self.values = graph, of, x, values
        self.name = str(dict(x.node.params)["name"])
        self.scale = input_scale(np.asarray(values[self.name], dtype=np.float64).reshape(-1))
        self.evaluations = 0

    def sides(self, bits: int, step: Any) -> _Sides:
        """Return the slopes for a step of that share of the scale."""
        import mpmath

        with mpmath.workprec(bits):
            x = each(_long, np.asarray(self.values[self.name], dtype=object)).reshape(-1)
            h = each(lambda s: _long(float(s)) * _long(step), self.scale)
            centre = self._values(x[None, :])[:, 0]
            moved = np.repeat(x[None, :], 2 * len(x), axis=0)
            rows = np.arange(len(x))
            moved[rows, rows] += h
            moved[len(x) + rows, rows] -= h
            found = self._values(moved)
            return _Sides(found[:, : len(x)], found[:, len(x) :], centre, h)

    def _values(self, points: Array) -> Array:
        self.evaluations += len(points)
        leaves = {
            name: value if self.graph.is_boolean(name) else each(_long, np.asarray(value, dtype=object))
            for name, value in self.values.items()
        }
        leaves[self.name] = points.reshape(len(points), *self.x.shape)
        (found,) = evaluate(self.graph, [self.of], leaves, long_floats())
        return np.broadcast_to(found, (len(points), *self.of.shape)).reshape(len(points), -1).T


def _rounding_scale(found: _Sides, sample: _Sampled) -> Array:
    slopes = np.where(np.isfinite(found.central), np.abs(found.central), 0.0)
    return (np.abs(np.nan_to_num(found.value)) + slopes @ sample.scale)[:, None] / sample.scale


def _doubles(numbers: Array) -> Array:
    def double(x: Any) -> float:
        try:
            return float(x)
        except (OverflowError, TypeError):
            return math.nan

    with np.errstate(all="ignore"):
        return each(double, numbers).astype(np.float64)


def _long(x: Any) -> Any:
    """Return an exact number at the current precision."""
    import mpmath

    if isinstance(x, Fraction):
        return mpmath.mpf(x.numerator) / x.denominator
    if isinstance(x, float | np.floating):
        return mpmath.mpf(float(x))
    return mpmath.mpf(int(x)) if isinstance(x, int | np.integer) else x


# --- the number system

#: op → function of mpmath
_NAMES = {
    "exp": "exp", "log": "log", "sqrt": "sqrt", "sin": "sin", "cos": "cos", "tan": "tan",
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh", "erf": "erf", "erfc": "erfc", "gamma": "gamma", "digamma": "digamma",
    "floor": "floor", "ceil": "ceil", "arctan2": "atan2", "hypot": "hypot", "pow": "power", "polygamma": "polygamma",
}  # fmt: skip


def long_floats() -> Any:
    """Return the number system of mpmath's floats for the kernels of the op table."""
    import mpmath

    def real(function: Callable[..., Any]) -> Callable[..., Any]:
        def value(*xs: Any) -> Any:
            try:
                found = function(*map(_long, xs))
            except (ValueError, ZeroDivisionError, OverflowError):
                return mpmath.nan
            return mpmath.nan if isinstance(found, mpmath.mpc) else found

        return value

    m = SimpleNamespace(
        **{name: real(bounded(function, getattr(mpmath, function))) for name, function in _NAMES.items()},
        abs=abs, sign=real(mpmath.sign), maximum=lambda x, y: x if x >= y else y, minimum=lambda x, y: x if x <= y else y,
        where=lambda condition, x, y: x if condition else y, greater=lambda x, y: x > y, greater_equal=lambda x, y: x >= y,
        less=lambda x, y: x < y, less_equal=lambda x, y: x <= y, equal=lambda x, y: x == y, not_equal=lambda x, y: x != y,
        cbrt=real(lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x))), divide=real(lambda x, y: x / y),
        lgamma=real(lambda x: mpmath.log(abs(bounded("gamma", mpmath.gamma)(x)))), nowhere=lambda: mpmath.nan,
        pi=lambda: +mpmath.pi,
        norm=lambda xs: mpmath.sqrt(sum(x * x for x in xs)), size=lambda x: abs(float(_long(x))),
        middle=_long,
    )  # fmt: skip
    return number_system(m, _long)
