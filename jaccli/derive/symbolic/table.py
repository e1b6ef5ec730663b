"""Two number systems side by side: op name → SymPy function, and SymPy function → number, by double or at any precision."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import mpmath
import numpy as np
import sympy

__all__ = ["EXPR_NAMESPACE", "evaluate_bindings"]


def _where(condition: Any, x: Any, y: Any) -> Any:
    return sympy.Piecewise((x, condition), (y, True))


#: The functions that definitions of the op table may use, on SymPy expressions.
EXPR_NAMESPACE: Any = SimpleNamespace(
    exp=sympy.exp, log=sympy.log, sqrt=sympy.sqrt, cbrt=lambda x: sympy.sign(x) * sympy.Abs(x) ** sympy.Rational(1, 3),
    sin=sympy.sin, cos=sympy.cos, tan=sympy.tan, arcsin=sympy.asin, arccos=sympy.acos, arctan=sympy.atan, arctan2=sympy.atan2,
    sinh=sympy.sinh, cosh=sympy.cosh, tanh=sympy.tanh, arcsinh=sympy.asinh, arccosh=sympy.acosh, arctanh=sympy.atanh,
    erf=sympy.erf, erfc=sympy.erfc, gamma=sympy.gamma, lgamma=sympy.loggamma,
    polygamma=sympy.polygamma, abs=sympy.Abs, sign=sympy.sign, maximum=sympy.Max, minimum=sympy.Min, where=_where,
    greater=sympy.Gt, greater_equal=sympy.Ge, less=sympy.Lt, less_equal=sympy.Le, equal=sympy.Eq, not_equal=sympy.Ne,
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


def _doubles() -> dict[Any, Any]:
    numpy_names = {
        "asin": "arcsin",
        "acos": "arccos",
        "atan": "arctan",
        "asinh": "arcsinh",
        "acosh": "arccosh",
        "atanh": "arctanh",
    }
    functions = {name: getattr(np, numpy_names.get(name, name)) for name in _NAMES.values()}
    special = {cls: _scipy(name) for cls, (name, _) in _SPECIAL.items()}
    return _arithmetic(np.float64, {**functions, "atan2": np.arctan2}, np.power) | special


def _high_precision() -> dict[Any, Any]:
    functions = {name: getattr(mpmath, name) for name in (*_NAMES.values(), "atan2")}
    special = {cls: getattr(mpmath, name) for cls, (_, name) in _SPECIAL.items()}
    special[sympy.loggamma] = lambda x: mpmath.log(abs(mpmath.gamma(x)))  # as SciPy's: its own is complex below 0
    return _arithmetic(mpmath.mpf, functions, mpmath.power) | special


def evaluate_bindings(
    bindings: Sequence[tuple[Any, Any]], entries: Sequence[Any], values: Mapping[Any, float], digits: int | None = None
) -> list[float]:
    """Return the entries as doubles, given numbers for the inputs' symbols; computed with so many digits, if given.

    Otherwise doubles come first; where they give something not finite (exp(800) / exp(801)), the same walk is done with 30
    digits and no bound on the exponent. An infinity stays where that walk has no number either: 1 / sqrt(x) at 0.
    """
    if digits is not None:
        return _precise_walk(bindings, entries, values, digits)
    with np.errstate(all="ignore"):
        found = _walk(bindings, entries, {s: np.float64(v) for s, v in values.items()}, _doubles(), np.float64)
    if all(map(math.isfinite, found)):
        return found
    precise = _precise_walk(bindings, entries, values, 30)
    return [
        a if math.isfinite(a) or (math.isinf(a) and math.isnan(b)) else b for a, b in zip(found, precise, strict=True)
    ]


def _precise_walk(
    bindings: Sequence[tuple[Any, Any]], entries: Sequence[Any], values: Mapping[Any, float], digits: int
) -> list[float]:
    with mpmath.workdps(digits):
        return _walk(bindings, entries, {s: mpmath.mpf(v) for s, v in values.items()}, _high_precision(), mpmath.mpf)


def _walk(
    bindings: Sequence[tuple[Any, Any]],
    entries: Sequence[Any],
    known: dict[Any, Any],
    table: Mapping[Any, Any],
    make: Callable[[Any], Any],
) -> list[float]:
    memo: dict[Any, Any] = dict(known)
    for symbol, expression in bindings:
        memo[symbol] = _number(expression, memo, table, make)
    return [_double(_number(entry, memo, table, make)) for entry in entries]


def _double(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _number(expression: Any, memo: dict[Any, Any], table: Mapping[Any, Any], make: Callable[[Any], Any]) -> Any:
    """Return the value of one expression; post-order, with every subexpression computed once."""
    stack = [expression]
    while stack:
        node = stack[-1]
        if node in memo:
            stack.pop()
            continue
        if node.is_Rational:
            exact = Fraction(int(node.p), int(node.q))
            memo[node] = mpmath.mpf(exact.numerator) / exact.denominator if make is mpmath.mpf else make(_double(exact))
        elif node.is_NumberSymbol:
            memo[node] = make(node.evalf(40)) if make is mpmath.mpf else make(float(node))
        elif not node.args and node not in (sympy.true, sympy.false):  # SymPy's nan, oo, zoo and I: no real numbers
            memo[node] = make("nan")
        elif node in (sympy.true, sympy.false):
            memo[node] = node == sympy.true
        elif isinstance(node, sympy.Piecewise):
            missing = [part for pair in node.args for part in pair.args if part not in memo]
            if missing:
                stack.extend(missing)
                continue
            memo[node] = next((memo[value] for value, condition in node.args if memo[condition]), make(0))
        else:
            missing = [part for part in node.args if part not in memo]
            if missing:
                stack.extend(missing)
                continue
            memo[node] = _applied(node, [memo[part] for part in node.args], table, make)
        stack.pop()
    return memo[expression]


def _applied(node: Any, args: list[Any], table: Mapping[Any, Any], make: Callable[[Any], Any]) -> Any:
    try:
        value = table[node.func](*args)
        return value if not isinstance(value, mpmath.mpc) else make("nan")  # complex: outside the real domain
    except (ZeroDivisionError, ValueError, OverflowError, TypeError):
        return make("nan")
