"""Two number systems side by side: op name → SymPy function, and SymPy function → function of doubles or of long floats."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import mpmath
import numpy as np
import sympy

from jaccli.derive.symbolic.limits import TooLarge
from jaccli.derive.symbolic.removable import exprel, exprel_long, sinc, sinc_long
from jaccli.ops import removable
from jaccli.ops.gamma import polygamma
from jaccli.ops.huge import bounded

__all__ = ["EXPR_NAMESPACE", "doubles", "high_precision"]


def _where(condition: Any, x: Any, y: Any) -> Any:
    return sympy.Piecewise((x, condition), (y, True))


def _arctan2(y: Any, x: Any) -> Any:
    return sympy.S.Zero if y == x == 0 else sympy.atan2(y, x)  # as NumPy's; SymPy has no value there


def _unreal(x: Any) -> bool:
    """Return whether a constant is no real number, which is NaN in doubles: the logarithm or the root of -1."""
    return bool(sympy.sympify(x).has(sympy.nan, sympy.I))


def _compared(relation: Any) -> Callable[[Any, Any], Any]:
    """Return a comparison that no NaN fulfils, as in IEEE 754; SymPy raises where it meets one.

    Errors: TooLarge for 1/0, which has a sign in doubles alone.
    """

    def compare(x: Any, y: Any) -> Any:
        if any(sympy.sympify(part).has(sympy.zoo) for part in (x, y)):
            raise TooLarge("a number without bounds is compared")
        return sympy.false if _unreal(x) or _unreal(y) else relation(x, y)

    return compare


def _extreme(choice: Any) -> Callable[..., Any]:
    return lambda *xs: sympy.nan if any(map(_unreal, xs)) else choice(*xs)


#: The functions that definitions of the op table may use, on SymPy expressions.
EXPR_NAMESPACE: Any = SimpleNamespace(
    exp=sympy.exp, log=sympy.log, sqrt=sympy.sqrt, cbrt=lambda x: sympy.sign(x) * sympy.Abs(x) ** sympy.Rational(1, 3),
    sin=sympy.sin, cos=sympy.cos, tan=sympy.tan, arcsin=sympy.asin, arccos=sympy.acos, arctan=sympy.atan, arctan2=_arctan2,
    sinh=sympy.sinh, cosh=sympy.cosh, tanh=sympy.tanh, arcsinh=sympy.asinh, arccosh=sympy.acosh, arctanh=sympy.atanh,
    erf=sympy.erf, erfc=sympy.erfc, gamma=sympy.gamma, lgamma=sympy.loggamma,
    polygamma=sympy.polygamma, exprel=exprel, sinc=sinc,
    abs=sympy.Abs, sign=sympy.sign, maximum=_extreme(sympy.Max), minimum=_extreme(sympy.Min), where=_where,
    greater=_compared(sympy.Gt), greater_equal=_compared(sympy.Ge), less=_compared(sympy.Lt), less_equal=_compared(sympy.Le),
    equal=_compared(sympy.Eq), not_equal=lambda x, y: sympy.Not(_compared(sympy.Eq)(x, y)),
)  # fmt: skip

_NAMES = {
    sympy.exp: "exp", sympy.log: "log", sympy.sin: "sin", sympy.cos: "cos", sympy.tan: "tan",
    sympy.asin: "asin", sympy.acos: "acos", sympy.atan: "atan", sympy.sinh: "sinh", sympy.cosh: "cosh", sympy.tanh: "tanh",
    sympy.asinh: "asinh", sympy.acosh: "acosh", sympy.atanh: "atanh",
}  # fmt: skip
#: SymPy class → names of SciPy's and of mpmath's function.
_SPECIAL = {
    sympy.erf: ("erf", "erf"), sympy.erfc: ("erfc", "erfc"), sympy.gamma: ("gamma", "gamma"),
    sympy.loggamma: ("gammaln", "loggamma"), sympy.polygamma: ("polygamma", "psi"),
}  # fmt: skip


def _arithmetic(
    make: Callable[[Any], Any], functions: Mapping[Any, Callable[..., Any]], power: Callable[[Any, Any], Any]
) -> dict[Any, Any]:
    """Return SymPy class → callable on numbers made by ``make``."""
    return {
        sympy.Add: lambda *xs: sum(xs, make(0)),
        sympy.Mul: lambda *xs: math.prod(xs, start=make(1)),
        sympy.Pow: power,
        sympy.Abs: abs,
        sympy.sign: lambda x: make(int(x > 0) - int(x < 0)) if x == x else x,
        sympy.Heaviside: lambda x, half: half if x == 0 else make(int(x > 0)) if x == x else x,
        sympy.Max: lambda *xs: max(xs) if all(x == x for x in xs) else make("nan"),
        sympy.Min: lambda *xs: min(xs) if all(x == x for x in xs) else make("nan"),
        sympy.Gt: lambda x, y: x > y,
        sympy.Ge: lambda x, y: x >= y,
        sympy.Lt: lambda x, y: x < y,
        sympy.Le: lambda x, y: x <= y,
        sympy.Eq: lambda x, y: x == y,
        sympy.Ne: lambda x, y: x != y,
        sympy.And: lambda *xs: all(xs),
        sympy.Or: lambda *xs: any(xs),
        sympy.Not: lambda x: not x,
        sympy.atan2: functions["atan2"],
        **{cls: functions[name] for cls, name in _NAMES.items()},
    }


def _scipy(name: str) -> Callable[..., Any]:
    def number(*xs: Any) -> Any:
        from scipy import special  # slow to import, so only where it is used

        return getattr(special, name)(*xs)

    return number


@lru_cache(maxsize=1)
def doubles() -> Mapping[Any, Any]:
    """Return SymPy function → function of doubles."""
    numpy_names = {
        "asin": "arcsin",
        "acos": "arccos",
        "atan": "arctan",
        "asinh": "arcsinh",
        "acosh": "arccosh",
        "atanh": "arctanh",
    }
    functions = {name: getattr(np, numpy_names.get(name, name)) for name in _NAMES.values()}
    special = {cls: _scipy(name) for cls, (name, _) in _SPECIAL.items()} | {sympy.polygamma: polygamma}
    special |= {exprel: removable.exprel, sinc: removable.sinc}
    return _arithmetic(float, {**functions, "atan2": np.arctan2}, np.power) | special


@lru_cache(maxsize=1)
def high_precision() -> Mapping[Any, Any]:
    """Return SymPy function → function of mpmath's numbers, at whatever precision is in force."""
    functions = {name: bounded(name, getattr(mpmath, name)) for name in (*_NAMES.values(), "atan2")}
    special = {cls: bounded(name, getattr(mpmath, name)) for cls, (_, name) in _SPECIAL.items()}
    gamma = special[sympy.gamma]
    special |= {exprel: exprel_long, sinc: sinc_long}
    special[sympy.loggamma] = lambda x: mpmath.log(abs(gamma(x)))  # as SciPy's: its own is complex below 0
    return _arithmetic(mpmath.mpf, functions, bounded("power", mpmath.power)) | special
