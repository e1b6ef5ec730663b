"""The derivative of each elementwise op as a textbook writes it, built from the op's value y and its operands.

The op table has its own derivatives, which this file does not use: a printed formula is compared with them.
Source: Abramowitz & Stegun, Handbook of Mathematical Functions (1964), 3.3.4, 4.2.5, 4.3.105 to 4.3.110, 4.4.52 to 4.4.57,
4.5.71 to 4.5.76, 4.6.37 to 4.6.42, 7.1.19.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from jaccli.graph.ir import Expr

__all__ = ["SLOPES"]

Slope = Callable[..., Any]  # (y, x, …) → a node, a whole number, or None where the derivative is 0
HALF = Fraction(1, 2)
OPPOSITE = {
    "greater": "less_equal", "greater_equal": "less", "less": "greater_equal", "less_equal": "greater", "equal": "not_equal",
    "not_equal": "equal",
}  # fmt: skip


def _is(condition: Any) -> Any:
    """Return 1 where a condition holds, else 0: Iverson's bracket."""
    return condition.apply("cast")


def _otherwise(condition: Any) -> Any:
    node = condition.node
    first, second = (Expr(condition.graph, source) for source in node.inputs)
    return _is(first.apply(OPPOSITE[node.op], second))


def _pi(x: Any) -> Any:
    return x.graph.add("pi", (), {})


def _log_of(x: Any, base: int) -> Any:
    return x.graph.literal(base).apply("log")


def _base(y: Any, x: Any, p: Any) -> Any:
    if p.constant is None:
        return p * x ** (p - 1)
    return p * x ** (p - 1) if p.constant else None


def _gelu(y: Any, x: Any) -> Any:
    root = (2 * _pi(x)).apply("sqrt")
    return ((x / x.graph.literal(2).apply("sqrt")).apply("erf") + 1) / 2 + x * (-(x**2) / 2).apply("exp") / root


def _silu(y: Any, x: Any) -> Any:
    sigmoid = x.apply("sigmoid")
    return sigmoid * (1 + x * (1 - sigmoid))


SLOPES: Mapping[str, tuple[Slope | int | None, ...]] = {
    "neg": (-1,),
    "add": (1, 1),
    "sub": (1, -1),
    "mul": (lambda a, x, y: y, lambda a, x, y: x),
    "div": (lambda a, x, y: 1 / y, lambda a, x, y: -x / y**2),
    "pow": (_base, lambda a, x, p: a * x.apply("log")),
    "sqrt": (lambda y, x: 1 / (2 * y),),
    "cbrt": (lambda y, x: 1 / (3 * y**2),),
    "exp": (lambda y, x: y,),
    "expm1": (lambda y, x: x.apply("exp"),),
    "log": (lambda y, x: 1 / x,),
    "log1p": (lambda y, x: 1 / (1 + x),),
    "log2": (lambda y, x: 1 / (_log_of(x, 2) * x),),
    "log10": (lambda y, x: 1 / (_log_of(x, 10) * x),),
    "sin": (lambda y, x: x.apply("cos"),),
    "cos": (lambda y, x: -x.apply("sin"),),
    "tan": (lambda y, x: 1 + y**2,),
    "arcsin": (lambda y, x: 1 / (1 - x**2).apply("sqrt"),),
    "arccos": (lambda y, x: -1 / (1 - x**2).apply("sqrt"),),
    "arctan": (lambda y, x: 1 / (1 + x**2),),
    "sinh": (lambda y, x: x.apply("cosh"),),
    "cosh": (lambda y, x: x.apply("sinh"),),
    "tanh": (lambda y, x: 1 - y**2,),
    "arcsinh": (lambda y, x: 1 / (1 + x**2).apply("sqrt"),),
    "arccosh": (lambda y, x: 1 / (x**2 - 1).apply("sqrt"),),
    "arctanh": (lambda y, x: 1 / (1 - x**2),),
    "arctan2": (lambda a, y, x: x / (x**2 + y**2), lambda a, y, x: -y / (x**2 + y**2)),
    "hypot": (lambda a, x, y: x / a, lambda a, x, y: y / a),
    "erf": (lambda y, x: 2 * (-(x**2)).apply("exp") / _pi(x).apply("sqrt"),),
    "abs": (lambda y, x: x.apply("sign"),),
    "sign": (None,),
    "cast": (None,),
    "relu": (lambda y, x: _is(x > 0),),
    "maximum": (lambda a, x, y: _is(x > y), lambda a, x, y: _is(y > x)),
    "minimum": (lambda a, x, y: _is(x < y), lambda a, x, y: _is(y < x)),
    "where": (None, lambda a, c, x, y: _is(c), lambda a, c, x, y: _otherwise(c)),
    "sigmoid": (lambda y, x: y * (1 - y),),
    "softplus": (lambda y, x: x.apply("sigmoid"),),
    "gelu": (_gelu,),
    "silu": (_silu,),
    "binary_cross_entropy": (
        lambda a, p, t: (p - t) / (p * (1 - p)),
        lambda a, p, t: (1 - p).apply("log") - p.apply("log"),
    ),
}
