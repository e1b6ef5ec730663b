"""Partials of the elementwise ops, a row each: of the answer first, then of the operands.

At a kink a partial is the subgradient that the op's row names.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jaccli.ops.elementwise import CLAMP
from jaccli.ops.notation import cos, cosh, exp, log, relu_step, sigmoid, sin, sinh, tanh, where
from jaccli.ops.rules.table import partials

LEAST = float(np.float32(1e-12))  # of p (1 - p) in its slope; single precision in PyTorch 2.13, for doubles as well
_LOG2, _LOG10 = math.log(2), math.log(10)
_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)


def _nonzero(a: Any) -> Any:
    return where(a.apply("equal", 0), 1, a)


def _turned(z: Any, y: Any, x: Any) -> Any:
    """Return z / (x² + y²) without the squares, which overflow at half the exponents; 0 at the origin, where arctan2 leaps."""
    r = _nonzero(x.apply("hypot", y))
    return (z / r) / r


def _clamped_log(x: Any) -> Any:
    return log(x).apply("maximum", CLAMP)


def _pow_base(a: Any, x: Any, p: Any) -> Any:
    """Return p x^(p − 1), which is 0 for p = 0 even where x = 0."""
    if p.constant is not None:
        return p * x ** (p - 1) if p.constant else p
    base = where(p.apply("equal", 0), where(x.apply("equal", 0), 1, x), x)
    return p * base ** (p - 1)


def _pow_exponent(a: Any, x: Any, p: Any) -> Any:
    """Return x^p log(x), and 0 at x = 0, its limit for p > 0."""
    return a * log(where(x.apply("equal", 0), 1, x))


def _ahead(x: Any, y: Any) -> Any:
    """Return 1 where x > y, 1/2 at a tie, else 0."""
    return 0.5 * (1 + (x - y).apply("sign"))


def _behind(x: Any, y: Any) -> Any:
    """Return 0 where x > y, 1/2 at a tie, else 1."""
    return 0.5 * (1 - (x - y).apply("sign"))


def _digamma(x: Any) -> Any:
    """Return digamma of x: its order is a literal operand, which is never differentiated."""
    return x.graph.literal(0).apply("polygamma", x)


# --- arithmetic
partials("neg", -1)
partials("add", 1, 1)
partials("sub", 1, -1)
partials("mul", lambda a, x, y: y, lambda a, x, y: x)
partials("div", lambda a, x, y: 1 / y, lambda a, x, y: -(a / y))
partials("pow", _pow_base, _pow_exponent)

# --- powers, exponentials, logarithms
partials("sqrt", lambda y, x: 0.5 / y)
partials("cbrt", lambda y, x: 1 / (3 * (y * y)))
partials("exp", lambda y, x: y)
partials("expm1", lambda y, x: exp(x))
partials("log", lambda y, x: 1 / x)
partials("log1p", lambda y, x: 1 / (1 + x))
partials("log2", lambda y, x: 1 / (_LOG2 * x))
partials("log10", lambda y, x: 1 / (_LOG10 * x))

# --- trigonometric and hyperbolic
partials("sin", lambda y, x: cos(x))
partials("cos", lambda y, x: -sin(x))
partials("tan", lambda y, x: 1 + y * y)
partials("arcsin", lambda y, x: 1 / cos(y))
partials("arccos", lambda y, x: -1 / sin(y))
partials("arctan", lambda y, x: 1 / (1 + x * x))
partials("sinh", lambda y, x: cosh(x))
partials("cosh", lambda y, x: sinh(x))
partials("tanh", lambda y, x: 1 - y * y)
partials("arcsinh", lambda y, x: 1 / cosh(y))
partials("arccosh", lambda y, x: 1 / sinh(y))
partials("arctanh", lambda y, x: 1 / ((1 - x) * (1 + x)))
partials("arctan2", lambda a, y, x: _turned(x, y, x), lambda a, y, x: -_turned(y, y, x))
partials("hypot", lambda a, x, y: x / _nonzero(a), lambda a, x, y: y / _nonzero(a))

# --- with a kink or a jump
partials("abs", lambda y, x: x.apply("sign"))
partials("sign", None)
partials("relu", lambda y, x: relu_step(x))
partials("maximum", lambda a, x, y: _ahead(x, y), lambda a, x, y: _behind(x, y))
partials("minimum", lambda a, x, y: _behind(x, y), lambda a, x, y: _ahead(x, y))
partials("where", None, lambda a, c, x, y: where(c, 1, 0), lambda a, c, x, y: where(c, 0, 1))
for _name in ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal"):
    partials(_name, None, None)
partials("cast", None)

# --- activations
partials("sigmoid", lambda y, x: y * sigmoid(-x))
partials("softplus", lambda y, x: sigmoid(x))
partials(
    "gelu",
    lambda y, x: 0.5 * (x * -math.sqrt(0.5)).apply("erfc") + x * exp(-0.5 * (x * x)) * (1 / math.sqrt(2 * math.pi)),
)
partials("silu", lambda y, x: sigmoid(x) * (1 + x * sigmoid(-x)))
partials("mish", lambda y, x: tanh(x.apply("softplus")) + x * sigmoid(x) * (1 - tanh(x.apply("softplus")) ** 2))
partials(
    "binary_cross_entropy",
    lambda a, p, t: (p - t) / (p * (1 - p)).apply("maximum", LEAST),
    lambda a, p, t: _clamped_log(1 - p) - _clamped_log(p),
)
partials("softsign", lambda y, x: (1 + x.apply("abs")) ** -2)
partials("logit", lambda y, x: 1 / (x * (1 - x)))

# --- the error function, the gamma function and their relatives
partials("erf", lambda y, x: _TWO_OVER_ROOT_PI * exp(-(x * x)))
partials("erfc", lambda y, x: -_TWO_OVER_ROOT_PI * exp(-(x * x)))
partials("gamma", lambda y, x: y * _digamma(x))
partials("lgamma", lambda y, x: _digamma(x))
partials("polygamma", None, lambda y, n, x: (n + 1).apply("polygamma", x))
partials("exprel", None, lambda y, n, x: (n + 1).apply("exprel", x))
partials("sinc", None, lambda y, n, x: (n + 1).apply("sinc", x))
partials(
    "beta", lambda b, x, y: b * (_digamma(x) - _digamma(x + y)), lambda b, x, y: b * (_digamma(y) - _digamma(x + y))
)
