"""The elementwise functions on plain balls: names of the op table → callables; choices between balls are three-valued.

A condition that a ball leaves open is None, and a choice by it is the hull of both sides: rigorous, and wide enough to ask for
more bits.
"""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

from jaccli.certify.balls import ball, flint, hull, sign_of, terms

__all__ = ["choices", "divide", "log_gamma_coefficients", "plain", "power"]

#: op → method of arb
NATIVE = {
    "exp": "exp", "log": "log", "sqrt": "sqrt", "sin": "sin", "cos": "cos", "tan": "tan",
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh", "erf": "erf", "erfc": "erfc", "gamma": "gamma", "digamma": "digamma",
    "floor": "floor", "ceil": "ceil",
}  # fmt: skip


def choices(sign: Any, join: Any) -> dict[str, Any]:
    """Return the functions that choose, for numbers with a three-valued ``sign`` and a ``join`` of two open sides."""

    def select(condition: bool | None, x: Any, y: Any) -> Any:
        if condition is None:
            return x if x is y else join(x, y)
        return x if condition else y

    def compared(test: Any) -> Any:
        def compare(x: Any, y: Any) -> bool | None:
            found = sign(x - y)
            return None if found is None else bool(test(found))

        return compare

    def abs_(x: Any) -> Any:
        found = sign(x)
        return join(x, -x) if found is None else x if found > 0 else -x

    def sign_function(x: Any) -> Any:
        found = sign(x)
        return join(ball(-1), ball(1)) if found is None else ball(found)

    def maximum(x: Any, y: Any) -> Any:
        found = 1 if x is y else sign(x - y)
        return select(None if found is None else found >= 0, x, y)

    return {
        "where": select, "abs": abs_, "sign": sign_function, "maximum": maximum,
        "minimum": lambda x, y: -maximum(-x, -y) if x is not y else x,
        "greater": compared(lambda s: s > 0), "greater_equal": compared(lambda s: s >= 0),
        "less": compared(lambda s: s < 0), "less_equal": compared(lambda s: s <= 0),
        "equal": compared(lambda s: s == 0), "not_equal": compared(lambda s: s != 0),
    }  # fmt: skip


def power(x: Any, p: Any, *, fallback: Any) -> Any:
    """Return x ** p: by products for a whole constant p, so that x may be negative; else by ``fallback``."""
    whole = isinstance(p, flint().arb) and p.is_integer() and abs(p) <= 2**20
    if not whole:
        return fallback(x, p)
    n = int(p.mid().man_exp()[0]) << int(p.mid().man_exp()[1]) if not p.is_zero() else 0
    result: Any = ball(1)
    base, rest = x, abs(n)
    while rest:
        result = result * base if rest & 1 else result
        base, rest = base * base if rest > 1 else base, rest >> 1
    return result if n >= 0 else divide(ball(1), result)


def divide(x: Any, y: Any) -> Any:
    """Return x / y, not a number where y can be zero."""
    try:
        return x / y
    except (ValueError, ZeroDivisionError):
        return ball(math.nan)


def _cbrt(x: Any) -> Any:
    sign = sign_of(x)
    if sign is None:
        return ball(math.nan)
    return x if sign == 0 else sign * (abs(x).log() / 3).exp()


def _lgamma(x: Any) -> Any:
    return x.lgamma() if x > 0 else -abs(x.rgamma()).log()


def log_gamma_coefficients(x: Any, length: int) -> list[Any]:
    """Return the Taylor coefficients of log |Γ| at a plain ball, by FLINT's series of 1/Γ, which is entire."""
    with terms(length):
        reciprocal = flint().arb_series([x, ball(1)], length).rgamma()
        sign = sign_of(reciprocal[0])
        if sign not in (1, -1):
            return [ball(math.nan)] * length
        found = (reciprocal * sign).log()
    return [-found[k] for k in range(length)]


def _polygamma(n: Any, x: Any) -> Any:
    order = int(ball(n).unique_fmpz())
    return log_gamma_coefficients(x, order + 2)[order + 1] * math.factorial(order + 1)


def _exprel(n: Any, x: Any) -> Any:
    order = int(ball(n).unique_fmpz())
    return x.hypgeom_1f1(order + 1, order + 2) / (order + 1)  # the integral of tⁿ exp(xt) from 0 to 1, DLMF 13.4.1


def _sinc(n: Any, x: Any) -> Any:
    """Return the n-th derivative of sin(πx)/(πx): by Leibniz' rule, near 0 by a real series (DLMF 16.5.2)."""
    order, u = int(ball(n).unique_fmpz()), flint().arb.pi() * x
    if order and not abs(u) > order + 1:
        odd, half = order % 2, ball(1) / 2
        series = (-u * u / 4).hypgeom([(order + 1 + odd) * half], [half + odd, (order + 3 + odd) * half])
        sign = -1 if (order + 1) // 2 % 2 else 1
        return sign * flint().arb.pi() ** order * (u if odd else 1) * series / (order + 1 + odd)
    sine, cosine, found = x.sin_pi(), x.cos_pi(), x.sinc_pi()
    for m in range(1, order + 1):
        found = ((sine, cosine, -sine, -cosine)[m % 4] - m * found) / u
    return flint().arb.pi() ** order * found


def _norm(xs: Any) -> Any:
    return sum((x * x for x in map(ball, xs)), ball(0)).sqrt()


def _size(x: Any) -> float:
    value = abs(float(ball(x).mid()))
    return value if math.isfinite(value) else -1.0


def plain() -> SimpleNamespace:
    """Return the functions on plain balls."""
    arb = flint().arb

    def native(method: str) -> Any:
        return lambda x: getattr(ball(x), method)()

    def general_power(x: Any, p: Any) -> Any:
        return x**p if x > 0 else ball(0) if x.is_zero() and p > 0 else ball(math.nan)

    def lifted(function: Any) -> Any:
        return lambda *xs: function(*map(ball, xs))

    return SimpleNamespace(
        **{name: native(method) for name, method in NATIVE.items()},
        **{name: f if name == "where" else lifted(f) for name, f in choices(sign_of, hull).items()},
        arctan2=lifted(lambda y, x: arb.atan2(y, x)),
        hypot=lambda x, y: _norm([x, y]),
        cbrt=lifted(_cbrt),
        lgamma=lifted(_lgamma),
        polygamma=lifted(_polygamma),
        exprel=lifted(_exprel),
        sinc=lifted(_sinc),
        pow=lifted(lambda x, p: power(x, p, fallback=general_power)),
        divide=lifted(divide),
        pi=arb.pi,
        nowhere=arb.nan,
        norm=_norm,
        size=_size,
        middle=lambda x: ball(x).mid(),
    )
