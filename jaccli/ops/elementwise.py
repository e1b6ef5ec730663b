"""Elementwise ops, one row each: value, domain, kink, and the definition where the name says too little.

At a kink the row names the subgradient taken. Weights: 1 for + − × ÷, comparisons and selections, 4 for roots and
elementary transcendental functions, 8 for powers (an exponential of a logarithm).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from jaccli.ops.registry import elementwise


def _sigmoid(x: Any) -> Any:
    right = np.real(x) >= 0
    e = np.exp(np.where(right, -x, x))  # never overflows
    return np.where(right, 1, e) / (1 + e)


def _softplus(x: Any) -> Any:
    right = np.real(x) > 0
    return np.log1p(np.exp(np.where(right, -x, x))) + np.where(right, x, 0 * x)


def _logit(x: Any) -> Any:
    from scipy import special

    return special.logit(x) if not np.iscomplexobj(x) else np.log(x) - np.log1p(-x)


def _gelu(x: Any) -> Any:
    from scipy import special

    return x * special.ndtr(x)


CLAMP = -100.0  # the least logarithm in PyTorch's binary_cross_entropy


def _cross_entropy(p: Any, t: Any) -> Any:
    return -(t * np.maximum(np.log(p), CLAMP) + (1 - t) * np.maximum(np.log1p(-p), CLAMP))


# --- arithmetic
elementwise("neg", np.negative, definition=lambda m, x: -x)
elementwise("add", np.add, arity=2, definition=lambda m, x, y: x + y)
elementwise("sub", np.subtract, arity=2, definition=lambda m, x, y: x - y)
elementwise("mul", np.multiply, arity=2, definition=lambda m, x, y: x * y)
elementwise("div", np.divide, domain=("real", "nonzero"), definition=lambda m, x, y: x / y)
elementwise("pow", np.power, domain=("positive", "real"), definition=lambda m, x, p: x**p, weight=8)

# --- powers, exponentials, logarithms
elementwise("sqrt", np.sqrt, domain="not negative", weight=4)
elementwise("cbrt", np.cbrt, domain="steep at 0", analytic=False, weight=4)
elementwise("exp", np.exp, weight=4)
elementwise("expm1", np.expm1, definition=lambda m, x: m.exp(x) - 1, weight=4)
elementwise("log", np.log, domain="positive", weight=4)
elementwise("log1p", np.log1p, domain="above -1", definition=lambda m, x: m.log(1 + x), weight=4)
elementwise("log2", np.log2, domain="positive", definition=lambda m, x: m.log(x) / m.log(2), weight=4)
elementwise("log10", np.log10, domain="positive", definition=lambda m, x: m.log(x) / m.log(10), weight=4)

# --- trigonometric and hyperbolic
elementwise("sin", np.sin, weight=4)
elementwise("cos", np.cos, weight=4)
elementwise("tan", np.tan, domain="off the poles", weight=4)
elementwise("arcsin", np.arcsin, domain="inside [-1, 1]", weight=4)
elementwise("arccos", np.arccos, domain="inside [-1, 1]", weight=4)
elementwise("arctan", np.arctan, weight=4)
elementwise("sinh", np.sinh, weight=4)
elementwise("cosh", np.cosh, weight=4)
elementwise("tanh", np.tanh, weight=4)
elementwise("arcsinh", np.arcsinh, weight=4)
elementwise("arccosh", np.arccosh, domain="from 1", weight=4)
elementwise("arctanh", np.arctanh, domain="inside (-1, 1)", weight=4)
elementwise("arctan2", np.arctan2, domain=("real", "off the origin"), analytic=False, weight=4)
elementwise("hypot", np.hypot, domain=("real", "steep at 0"), definition=lambda m, x, y: m.sqrt(x * x + y * y), analytic=False,
            weight=4, kink=lambda x, y: x * x + y * y, subgradient="0 where both are 0")  # fmt: skip

# --- with a kink or a jump
elementwise("abs", np.abs, kink=lambda x: x, subgradient="0 at 0", analytic=False)
elementwise("sign", np.sign, flat=(0,), kink=lambda x: x, subgradient="0 everywhere, also at the jump", analytic=False)
elementwise("relu", lambda x: np.maximum(x, 0), kink=lambda x: x, subgradient="0 at 0",
            analytic=False, definition=lambda m, x: m.where(m.greater(x, 0), x, 0))  # fmt: skip
elementwise(
    "maximum", np.maximum, arity=2, kink=lambda x, y: x - y, subgradient="one half each at a tie", analytic=False
)
elementwise(
    "minimum", np.minimum, arity=2, kink=lambda x, y: x - y, subgradient="one half each at a tie", analytic=False
)
elementwise("where", np.where, flat=(0,), domain=("boolean", "real", "real"), definition=lambda m, c, x, y: m.where(c, x, y),
            analytic=False)  # fmt: skip

# --- activations
elementwise("sigmoid", _sigmoid, definition=lambda m, x: 1 / (1 + m.exp(-x)), weight=4)
elementwise("softplus", _softplus, definition=lambda m, x: m.log(1 + m.exp(x)), weight=8)
elementwise("gelu", _gelu, definition=lambda m, x: x * (1 + m.erf(x / m.sqrt(2))) / 2, weight=8)
elementwise("silu", lambda x: x * _sigmoid(x), definition=lambda m, x: x / (1 + m.exp(-x)), weight=5)
elementwise(
    "mish", lambda x: x * np.tanh(_softplus(x)), definition=lambda m, x: x * m.tanh(m.log(1 + m.exp(x))), weight=13
)
elementwise(
    "binary_cross_entropy", _cross_entropy, domain=("inside [0, 1]", "real"),
    definition=lambda m, p, t: -(t * m.log(p) + (1 - t) * m.log(1 - p)), analytic=False, weight=14,
)  # fmt: skip
elementwise(
    "softsign", lambda x: x / (1 + np.abs(x)), definition=lambda m, x: x / (1 + m.abs(x)), analytic=False, weight=3
)
elementwise("logit", _logit, domain="inside (0, 1)", definition=lambda m, x: m.log(x) - m.log(1 - x), weight=8)

# --- comparisons, and the step from truth values to numbers
for _name in ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal"):
    elementwise(_name, getattr(np, _name), arity=2, flat=(0, 1), boolean=True, analytic=False,
                kink=lambda x, y: x - y, subgradient="0 everywhere, also at the jump")  # fmt: skip
elementwise("cast", lambda x: np.multiply(x, 1.0), flat=(0,), domain="boolean", definition=lambda m, c: m.where(c, 1, 0),
            weight=0, analytic=False)  # fmt: skip
