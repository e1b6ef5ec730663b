"""Way (a): a graph on truncated power series value + ε · tangent → its tangents, enclosed; no derivative rule of an op is used.

Functions that FLINT knows on series are taken from it; the others are composed of those. On a kink the sign of the tangent says
which side the direction leads to, so the tangent is the one-sided derivative along the direction.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from jaccli.certify.balls import ball, each, flint, hull, leaf_balls, sign_of
from jaccli.certify.functions import choices, divide, plain, power
from jaccli.certify.kernels import number_system
from jaccli.graph.evaluate import Numbers, evaluate
from jaccli.graph.ir import Expr, Graph

__all__ = ["directional", "log_gamma_coefficients", "series_numbers", "unit_directions"]

Array = np.ndarray[Any, Any]
MAX_ELEMENTS = 400_000  # series alive at once in one batch of directions


def directional(
    graph: Graph,
    of: Expr,
    values: Mapping[str, Array],
    tangents: Mapping[str, Array],
    count: int,
    all_sides: bool = False,
) -> tuple[Array, Array]:
    """Return (values, tangents) of ``of`` along ``count`` directions.

    Shapes: tangents (count, *leaf shape) by leaf name; results (count, of.size) of balls.
    all_sides: whether a choice that is open is one between all sides, not that of the side which the direction leads to.
    """
    seeded = {name: _seeded(values[name], dx) for name, dx in tangents.items()}
    (found,) = evaluate(graph, [of], {**leaf_balls(graph, values), **seeded}, _numbers(all_sides))
    found = np.broadcast_to(found, (count, *of.shape)).reshape(count, -1)
    return each(_value, found), each(_tangent, found)


def unit_directions(shape: tuple[int, ...], columns: Sequence[int], side: int = 1) -> Array:
    """Return ± the unit vectors of some columns, (len(columns), *shape)."""
    rows = np.zeros((len(columns), math.prod(shape)))
    rows[np.arange(len(columns)), columns] = side
    return rows.reshape(len(columns), *shape)


def _seeded(x: Array, dx: Array) -> Array:
    """Return x + ε dx; where dx is zero, a plain ball, which costs less and keeps exact zeros."""
    arb_series = flint().arb_series

    def seed(value: float, tangent: float) -> Any:
        return arb_series([ball(value), ball(float(tangent))], 2) if tangent else ball(value)

    return each(seed, x if x.dtype == object else np.asarray(x, dtype=np.float64), dx)


def _value(x: Any) -> Any:
    return x[0] if _is_series(x) else ball(x)


def _tangent(x: Any) -> Any:
    if _is_series(x):
        return x[1]
    return ball(0) if ball(x).is_finite() else flint().arb.nan()  # of what is no number nothing is known


def _is_series(x: Any) -> bool:
    return isinstance(x, flint().arb_series)


# --- the number system


def series_numbers() -> Numbers:
    """Return the number system of series for the kernels of the op table."""
    return _numbers(False)


@lru_cache(maxsize=2)
def _numbers(all_sides: bool) -> Numbers:
    sign = (lambda x: sign_of(_value(x))) if all_sides else _sign
    return number_system(SimpleNamespace(**{**series_functions(), **choices(sign, _join)}), ball)


def series_functions() -> dict[str, Any]:
    """Return op name → function of balls and series."""
    m = plain()
    functions = {**_NATIVE, **_COMPOSED}
    return {
        **{name: _dispatched(functions[name], getattr(m, name)) for name in functions},
        **choices(_sign, _join),
        "pow": lambda x, p: power(_lifted(x), _lifted(p), fallback=_general_power),
        "floor": lambda x: _step(_lifted(x), m.floor),
        "ceil": lambda x: _step(_lifted(x), m.ceil),
        "norm": _norm,
        "hypot": lambda x, y: _norm([x, y]),
        "pi": m.pi,
        "nowhere": _nowhere,
        "divide": divide,
        "size": lambda x: m.size(_value(x)),
    }


def _dispatched(on_series: Any, on_balls: Any) -> Any:
    def function(*xs: Any) -> Any:
        return on_series(*xs) if any(map(_is_series, xs)) else on_balls(*xs)

    return function


def _lifted(x: Any) -> Any:
    return x if _is_series(x) else ball(x)


def _nowhere() -> Any:
    return flint().arb_series([ball(math.nan), ball(math.nan)], 2)


def _sign(x: Any) -> int | None:
    """Return the sign of x beside the point, in the direction of its tangent; None where the balls leave it open."""
    own = sign_of(_value(x))
    if own in (1, -1) or not _is_series(x):
        return own
    ahead = sign_of(_tangent(x))
    return ahead if ahead in (1, -1) else 0 if own == ahead == 0 else None


def _join(x: Any, y: Any) -> Any:
    joined = [hull(_value(x), _value(y)), hull(_tangent(x), _tangent(y))]
    return flint().arb_series(joined, 2)


# --- functions FLINT knows on series

_NATIVE: dict[str, Any] = {
    "exp": lambda x: x.exp(), "log": lambda x: x.log(), "sin": lambda x: x.sin(), "cos": lambda x: x.cos(),
    "tan": lambda x: x.tan(), "arcsin": lambda x: x.asin(), "arccos": lambda x: x.acos(), "arctan": lambda x: x.atan(),
    "sqrt": lambda x: x.sqrt(), "erf": lambda x: x.erf(), "erfc": lambda x: x.erfc(), "gamma": lambda x: x.gamma(),
}  # fmt: skip


# --- functions composed of those


def _sinh(x: Any) -> Any:
    e = x.exp()
    return (e - 1 / e) / 2


def _cosh(x: Any) -> Any:
    e = x.exp()
    return (e + 1 / e) / 2


def _tanh(x: Any) -> Any:
    return 1 - 2 / (1 + (2 * x).exp())


def _arcsinh(x: Any) -> Any:
    if x[0] < 0:
        return -_arcsinh(-x)
    return (x + (x * x + 1).sqrt()).log()


def _arccosh(x: Any) -> Any:
    return (x + (x - 1).sqrt() * (x + 1).sqrt()).log()


def _arctanh(x: Any) -> Any:
    return ((1 + x).log() - (1 - x).log()) / 2


def _cbrt(x: Any) -> Any:
    sign = sign_of(x[0])
    return sign * ((sign * x).log() / 3).exp() if sign else _nowhere()


def _arctan2(y: Any, x: Any) -> Any:
    y, x = _lifted(y), _lifted(x)
    side, height, half = sign_of(_value(x)), sign_of(_value(y)), flint().arb.pi() / 2
    if side == 1:
        return (y / x).atan()
    if height:
        return height * half - (x / y).atan()
    return _nowhere()


def _general_power(x: Any, p: Any) -> Any:
    """Return exp(p log x); at x = 0 the power is flat where p > 1."""
    if not _is_series(x) and not _is_series(p):
        return plain().pow(x, p)
    if _value(x).is_zero() and not _is_series(p):
        return ball(0) if p > 1 else _nowhere()
    return (p * x.log()).exp()


def _step(x: Any, on_balls: Any) -> Any:
    """Return a step function's value: its derivative is zero between the steps, and nowhere at one."""
    value = on_balls(_value(x))
    return value if value.is_exact() and not (_value(x) - value).contains(0) else _nowhere() if _is_series(x) else value


def _norm(xs: Any) -> Any:
    """Return √Σ x²; where all are zero, the norm of the tangents, which is the derivative along the direction."""
    xs = [_lifted(x) for x in xs]
    total = sum((x * x for x in xs), ball(0))
    if not _is_series(total):
        return total.sqrt()
    if all(_value(x).is_zero() for x in xs):
        return flint().arb_series([ball(0), sum((_tangent(x) ** 2 for x in xs), ball(0)).sqrt()], 2)
    return total.sqrt()


def log_gamma_coefficients(x: Any, length: int) -> list[Any]:
    """Return the Taylor coefficients of log |Γ| at a plain ball, by FLINT's series of 1/Γ, which is entire."""
    reciprocal = flint().arb_series([x, ball(1)], length).rgamma()
    if sign_of(reciprocal[0]) not in (1, -1):
        return [ball(math.nan)] * length
    found = (reciprocal * (1 if reciprocal[0] > 0 else -1)).log()
    return [-found[k] for k in range(length)]


def _polygamma_of(order: int, x: Any) -> Any:
    """Return ψ⁽ⁿ⁾(x): (n + 1)! times a coefficient of log Γ."""
    found = log_gamma_coefficients(x[0], order + 3)
    factor = math.factorial(order + 1)
    value, slope = factor * found[order + 1], factor * (order + 2) * found[order + 2]
    return flint().arb_series([value, slope * x[1]], 2)


def _lgamma(x: Any) -> Any:
    found = log_gamma_coefficients(x[0], 2)
    return flint().arb_series([found[0], found[1] * x[1]], 2)


_COMPOSED: dict[str, Any] = {
    "sinh": _sinh, "cosh": _cosh, "tanh": _tanh, "arcsinh": _arcsinh, "arccosh": _arccosh,
    "arctanh": _arctanh, "cbrt": _cbrt, "arctan2": _arctan2, "lgamma": _lgamma,
    "digamma": lambda x: _polygamma_of(0, x), "polygamma": lambda n, x: _polygamma_of(int(ball(n).unique_fmpz()), x),
}  # fmt: skip
