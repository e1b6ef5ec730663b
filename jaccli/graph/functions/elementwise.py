"""Functions of each element."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from jaccli.graph.functions.arguments import FUNCTIONS, BuildError, align, function, tensor
from jaccli.graph.ir import Expr

_UNARY = {
    "abs": "absolute", "sign": "", "sqrt": "", "cbrt": "", "exp": "", "expm1": "", "log": "ln", "log1p": "", "log2": "",
    "log10": "", "sin": "", "cos": "", "tan": "", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "sinh": "", "cosh": "",
    "tanh": "", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "erf": "", "erfc": "", "relu": "", "sigmoid": "expit",
    "softplus": "", "silu": "swish", "mish": "", "softsign": "", "logit": "", "neg": "negative",
}  # fmt: skip
_BINARY = {"maximum": "", "minimum": "", "arctan2": "atan2", "hypot": "", "pow": "power"}


FLAT = 100  # beyond it tanh is 1 in gelu's approximation, and would be of a cube that overflows


def _unary(op: str) -> Callable[[Any], Expr]:
    return lambda x: tensor(x).apply(op)


def _binary(op: str) -> Callable[[Any, Any], Expr]:
    def macro(x: Any, y: Any) -> Expr:
        left, right = align(tensor(x), tensor(y))
        return left.apply(op, right)

    return macro


for _table, _make in ((_UNARY, _unary), (_BINARY, _binary)):
    for _op, _alias in _table.items():
        function(*filter(None, (_op, _alias)))(_make(_op))


@function("square")
def square(x: Any) -> Expr:
    """x squared."""
    return tensor(x) ** 2


@function("exp2")
def exp2(x: Any) -> Expr:
    """2 to the power x."""
    x = tensor(x)
    return FUNCTIONS["pow"](x.graph.literal(2), x)


@function("gelu")
def gelu(x: Any, approximate: Any = "none") -> Expr:
    """x times the normal distribution function, or its approximation by tanh (Hendrycks and Gimpel 2016, section 2)."""
    x = tensor(x)
    if approximate not in ("none", "tanh"):
        raise BuildError("gelu: `approximate` is 'none' or 'tanh'", "write gelu(x, approximate='tanh')")
    if approximate == "none":
        return x.apply("gelu")
    scale = (2 / x.graph.add("pi", (), {})).apply("sqrt")
    half, cubic = x.graph.literal(Fraction(1, 2)), x.graph.literal(Fraction("0.044715"))
    z = FUNCTIONS["clip"](x, x.graph.literal(-FLAT), x.graph.literal(FLAT))
    return half * x * (1 + FUNCTIONS["tanh"](_times(scale, z + cubic * z**3)))


def _times(left: Expr, right: Expr) -> Expr:
    left, right = align(left, right)
    return left * right


@function("where")
def where(condition: Any, x: Any, y: Any) -> Expr:
    """x where the condition holds, y elsewhere."""
    c = condition if isinstance(condition, Expr) and condition.node.boolean else tensor(condition).apply("not_equal", 0)
    c, left, right = align(c, tensor(x), tensor(y))
    return c.apply("where", left, right)


@function("clip")
def clip(x: Any, min: Any = None, max: Any = None, *, a_min: Any = None, a_max: Any = None) -> Expr:
    """x held between min and max, one of which may be None; a_min and a_max are other names of the two."""
    min, max = (a_min if min is None else min), (a_max if max is None else max)
    if min is None and max is None:
        raise BuildError("clip lacks both its bounds", "write clip(x, min, max)")
    y = FUNCTIONS["maximum"](x, min) if min is not None else tensor(x)
    return FUNCTIONS["minimum"](y, max) if max is not None else y


@function("leaky_relu")
def leaky_relu(x: Any, negative_slope: Any = None) -> Expr:
    """x above 0, negative_slope * x below, 0.01 * x where no slope is given."""
    x, slope = align(
        tensor(x), tensor(negative_slope) if negative_slope is not None else tensor(x).graph.literal(Fraction(1, 100))
    )
    return where(x > 0, x, slope * x)


@function("elu")
def elu(x: Any, alpha: Any = None) -> Expr:
    """x above 0, alpha * (exp(x) - 1) below, with alpha = 1 where none is given."""
    x, scale = align(tensor(x), tensor(alpha) if alpha is not None else tensor(x).graph.literal(1))
    return where(x > 0, x, scale * where(x > 0, x.graph.literal(0), x).apply("expm1"))


@function("selu")
def selu(x: Any) -> Expr:
    """The self-normalising elu; constants of Klambauer et al. (2017), eq. 2, to double precision."""
    alpha, scale = Fraction("1.6732632423543772848170429916717"), Fraction("1.0507009873554804934193349852946")
    graph = tensor(x).graph
    return graph.literal(scale) * elu(x, graph.literal(alpha))


@function("hardtanh")
def hardtanh(x: Any, min_val: Any = None, max_val: Any = None) -> Expr:
    """x held between min_val and max_val, -1 and 1 where none is given."""
    graph = tensor(x).graph
    low = graph.literal(-1) if min_val is None else min_val
    return clip(x, low, graph.literal(1) if max_val is None else max_val)
