"""Elementwise ops, one row each: value, partials (answer first, then the operands), domain, kink.

At a kink the row names the subgradient taken. Weights: 1 for + − × ÷, comparisons and selections, 4 for roots and
elementary transcendental functions, 8 for powers (an exponential of a logarithm).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jaccli.ops.notation import cos, cosh, exp, log, relu_step, sigmoid, sin, sinh, tanh, where
from jaccli.ops.registry import elementwise

_LOG2, _LOG10 = math.log(2), math.log(10)


def _sigmoid(x: Any) -> Any:
    right = np.real(x) >= 0
    e = np.exp(np.where(right, -x, x))  # never overflows
    return np.where(right, 1, e) / (1 + e)


def _softplus(x: Any) -> Any:
    right = np.real(x) > 0
    return np.log1p(np.exp(np.where(right, -x, x))) + np.where(right, x, 0 * x)


def _nonzero(a: Any) -> Any:
    return where(a.apply("equal", 0), 1, a)


def _turned(z: Any, y: Any, x: Any) -> Any:
    """Return z / (x² + y²) without the squares, which overflow at half the exponents."""
    r = x.apply("hypot", y)
    return (z / r) / r


def _logit(x: Any) -> Any:
    from scipy import special

    return special.logit(x) if not np.iscomplexobj(x) else np.log(x) - np.log1p(-x)


def _gelu(x: Any) -> Any:
    from scipy import special

    return x * special.ndtr(x)


CLAMP = -100.0  # the least logarithm in PyTorch's binary_cross_entropy
LEAST = float(np.float32(1e-12))  # of p (1 - p) in its slope; single precision in PyTorch 2.13, for doubles as well


def _cross_entropy(p: Any, t: Any) -> Any:
    return -(t * np.maximum(np.log(p), CLAMP) + (1 - t) * np.maximum(np.log1p(-p), CLAMP))


def _clamped_log(x: Any) -> Any:
    return log(x).apply("maximum", CLAMP)


def _cross_entropy_slope(a: Any, p: Any, t: Any) -> Any:
    return (p - t) / (p * (1 - p)).apply("maximum", LEAST)


def _pow_base(a: Any, x: Any, p: Any) -> Any:
    """Return p x^(p − 1), which is 0 for p = 0 even where x = 0."""
    if p.constant is not None:
        return p * x ** (p - 1) if p.constant else p
    base = where(p.apply("equal", 0), where(x.apply("equal", 0), 1, x), x)
    return p * base ** (p - 1)


def _pow_exponent(a: Any, x: Any, p: Any) -> Any:
    """Return x^p log(x), and 0 at x = 0, its limit for p > 0."""
    return a * log(where(x.apply("equal", 0), 1, x))


# --- arithmetic
elementwise("neg", np.negative, -1, definition=lambda m, x: -x)
elementwise("add", np.add, 1, 1, definition=lambda m, x, y: x + y)
elementwise("sub", np.subtract, 1, -1, definition=lambda m, x, y: x - y)
elementwise("mul", np.multiply, lambda a, x, y: y, lambda a, x, y: x, definition=lambda m, x, y: x * y)
elementwise(
    "div", np.divide, lambda a, x, y: 1 / y, lambda a, x, y: -(a / y),
    domain=("real", "nonzero"), definition=lambda m, x, y: x / y,
)  # fmt: skip
elementwise(
    "pow", np.power, _pow_base, _pow_exponent, domain=("positive", "real"), definition=lambda m, x, p: x**p, weight=8,
)  # fmt: skip

# --- powers, exponentials, logarithms
elementwise("sqrt", np.sqrt, lambda y, x: 0.5 / y, domain="not negative", weight=4)
elementwise("cbrt", np.cbrt, lambda y, x: 1 / (3 * (y * y)), domain="steep at 0", analytic=False, weight=4)
elementwise("exp", np.exp, lambda y, x: y, weight=4)
elementwise("expm1", np.expm1, lambda y, x: exp(x), definition=lambda m, x: m.exp(x) - 1, weight=4)
elementwise("log", np.log, lambda y, x: 1 / x, domain="positive", weight=4)
elementwise("log1p", np.log1p, lambda y, x: 1 / (1 + x), domain="above -1",
            definition=lambda m, x: m.log(1 + x), weight=4)  # fmt: skip
elementwise("log2", np.log2, lambda y, x: 1 / (_LOG2 * x), domain="positive",
            definition=lambda m, x: m.log(x) / m.log(2), weight=4)  # fmt: skip
elementwise("log10", np.log10, lambda y, x: 1 / (_LOG10 * x), domain="positive",
            definition=lambda m, x: m.log(x) / m.log(10), weight=4)  # fmt: skip

# --- trigonometric and hyperbolic
elementwise("sin", np.sin, lambda y, x: cos(x), weight=4)
elementwise("cos", np.cos, lambda y, x: -sin(x), weight=4)
elementwise("tan", np.tan, lambda y, x: 1 + y * y, domain="off the poles", weight=4)
elementwise("arcsin", np.arcsin, lambda y, x: 1 / cos(y), domain="inside [-1, 1]", weight=4)
elementwise("arccos", np.arccos, lambda y, x: -1 / sin(y), domain="inside [-1, 1]", weight=4)
elementwise("arctan", np.arctan, lambda y, x: 1 / (1 + x * x), weight=4)
elementwise("sinh", np.sinh, lambda y, x: cosh(x), weight=4)
elementwise("cosh", np.cosh, lambda y, x: sinh(x), weight=4)
elementwise("tanh", np.tanh, lambda y, x: 1 - y * y, weight=4)
elementwise("arcsinh", np.arcsinh, lambda y, x: 1 / cosh(y), weight=4)
elementwise("arccosh", np.arccosh, lambda y, x: 1 / sinh(y), domain="from 1", weight=4)
elementwise("arctanh", np.arctanh, lambda y, x: 1 / ((1 - x) * (1 + x)), domain="inside (-1, 1)", weight=4)
elementwise(
    "arctan2", np.arctan2, lambda a, y, x: _turned(x, y, x), lambda a, y, x: -_turned(y, y, x),
    domain=("real", "off the origin"), analytic=False, weight=4,
)  # fmt: skip
elementwise(
    "hypot", np.hypot, lambda a, x, y: x / _nonzero(a), lambda a, x, y: y / _nonzero(a),
    domain=("real", "steep at 0"), definition=lambda m, x, y: m.sqrt(x * x + y * y), analytic=False, weight=4,
    kink=lambda x, y: x * x + y * y, subgradient="0 where both are 0",
)  # fmt: skip

# --- with a kink or a jump
elementwise("abs", np.abs, lambda y, x: x.apply("sign"), kink=lambda x: x, subgradient="0 at 0", analytic=False)
elementwise("sign", np.sign, None, kink=lambda x: x, subgradient="0 everywhere, also at the jump", analytic=False)
elementwise("relu", lambda x: np.maximum(x, 0), lambda y, x: relu_step(x), kink=lambda x: x, subgradient="0 at 0",
            analytic=False, definition=lambda m, x: m.where(m.greater(x, 0), x, 0))  # fmt: skip
elementwise("maximum", np.maximum,
            lambda a, x, y: 0.5 * (1 + (x - y).apply("sign")), lambda a, x, y: 0.5 * (1 - (x - y).apply("sign")),
            kink=lambda x, y: x - y, subgradient="one half each at a tie", analytic=False)  # fmt: skip
elementwise("minimum", np.minimum,
            lambda a, x, y: 0.5 * (1 - (x - y).apply("sign")), lambda a, x, y: 0.5 * (1 + (x - y).apply("sign")),
            kink=lambda x, y: x - y, subgradient="one half each at a tie", analytic=False)  # fmt: skip
elementwise("where", np.where, None, lambda a, c, x, y: where(c, 1, 0), lambda a, c, x, y: where(c, 0, 1),
            domain=("boolean", "real", "real"), definition=lambda m, c, x, y: m.where(c, x, y), analytic=False)  # fmt: skip

# --- activations
elementwise("sigmoid", _sigmoid, lambda y, x: y * sigmoid(-x), definition=lambda m, x: 1 / (1 + m.exp(-x)), weight=4)
elementwise("softplus", _softplus, lambda y, x: sigmoid(x), definition=lambda m, x: m.log(1 + m.exp(x)), weight=8)
elementwise(
    "gelu", _gelu,
    lambda y, x: 0.5 * (x * -math.sqrt(0.5)).apply("erfc") + x * exp(-0.5 * (x * x)) * (1 / math.sqrt(2 * math.pi)),
    definition=lambda m, x: x * (1 + m.erf(x / m.sqrt(2))) / 2, weight=8,
)  # fmt: skip
elementwise("silu", lambda x: x * _sigmoid(x), lambda y, x: sigmoid(x) * (1 + x * sigmoid(-x)),
            definition=lambda m, x: x / (1 + m.exp(-x)), weight=5)  # fmt: skip
elementwise(
    "mish", lambda x: x * np.tanh(_softplus(x)),
    lambda y, x: tanh(x.apply("softplus")) + x * sigmoid(x) * (1 - tanh(x.apply("softplus")) ** 2),
    definition=lambda m, x: x * m.tanh(m.log(1 + m.exp(x))), weight=13,
)  # fmt: skip
elementwise(
    "binary_cross_entropy", _cross_entropy, _cross_entropy_slope, lambda a, p, t: _clamped_log(1 - p) - _clamped_log(p),
    domain=("inside [0, 1]", "real"), definition=lambda m, p, t: -(t * m.log(p) + (1 - t) * m.log(1 - p)), analytic=False,
    weight=14,
)  # fmt: skip

elementwise("softsign", lambda x: x / (1 + np.abs(x)), lambda y, x: (1 + x.apply("abs")) ** -2,
            definition=lambda m, x: x / (1 + m.abs(x)), analytic=False, weight=3)  # fmt: skip
elementwise("logit", _logit, lambda y, x: 1 / (x * (1 - x)), domain="inside (0, 1)",
            definition=lambda m, x: m.log(x) - m.log(1 - x), weight=8)  # fmt: skip

# --- comparisons, and the step from truth values to numbers
for _name in ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal"):
    elementwise(_name, getattr(np, _name), None, None, boolean=True, analytic=False,
                kink=lambda x, y: x - y, subgradient="0 everywhere, also at the jump")  # fmt: skip
elementwise("cast", lambda x: np.multiply(x, 1.0), None, domain="boolean", definition=lambda m, c: m.where(c, 1, 0),
            weight=0, analytic=False)  # fmt: skip
