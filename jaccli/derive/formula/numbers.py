"""Formulas → numbers: every kind of tree has its own rule here, which no derivative uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from jaccli.derive.formula.terms import NoFormulaError
from jaccli.derive.formula.tree import (
    Call,
    Diagonal,
    DiagonalOf,
    Eye,
    Hadamard,
    Inner,
    Inverse,
    Name,
    Number,
    Ones,
    Power,
    Product,
    Sum,
    Transposed,
    Tree,
)
from jaccli.types import Array

__all__ = ["number", "times"]

Values = Mapping[int, Array]


def _erf(x: Array) -> Array:
    from scipy import special

    return special.erf(x)


def _softmax(x: Array) -> Array:
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "π": lambda: np.pi, "e": lambda: np.e,
    **{name: getattr(np, name) for name in (
        "sqrt", "cbrt", "exp", "expm1", "log", "log1p", "log2", "log10", "sin", "cos", "tan", "arcsin", "arccos", "arctan",
        "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "arctan2", "hypot", "abs", "sign", "maximum", "minimum", "sum",
        "max", "min",
    )},
    "pow": np.power, "erf": _erf, "softmax": _softmax,
    "relu": lambda x: (abs(x) + x) / 2,
    "sigmoid": lambda x: (1 + np.tanh(x / 2)) / 2,
    "softplus": lambda x: np.logaddexp(0, x),
    "silu": lambda x: x * (1 + np.tanh(x / 2)) / 2,
    "logsumexp": np.logaddexp.reduce,
    "det": np.linalg.det, "logdet": lambda x: np.linalg.slogdet(x)[1], "tr": np.trace, "norm": np.linalg.norm,
    "where": np.where,
    ">": np.greater, "≥": np.greater_equal, "<": np.less, "≤": np.less_equal, "=": np.equal, "≠": np.not_equal,
}  # fmt: skip


def number(tree: Tree, values: Values) -> Any:
    """Return the value of a formula; columns have shape (n, 1), numbers ().

    values: name's key → its value, in the shape of the name.
    """
    match tree:
        case Name():
            return values[tree.key]
        case Number():
            return float(tree.value)
        case Ones():
            return np.ones(tree.size)
        case Eye():
            return np.eye(tree.n)
        case Transposed():
            return np.transpose(number(tree.x, values))
        case Inverse():
            return np.linalg.inv(number(tree.x, values))
        case Diagonal():
            return np.diag(number(tree.x, values)[:, 0])
        case DiagonalOf():
            return np.diag(number(tree.x, values))[:, None]
        case Power():
            return number(tree.x, values) ** float(tree.exponent)
        case Hadamard():
            return _multiplied(tree.above, values) / _multiplied(tree.below, values)
        case Sum():
            return sum(number(part, values) for part in tree.parts)
        case Inner():
            return _chain(tree.factors, values)[0, 0]
        case Product():
            scale = float(tree.coef) * _multiplied(tree.above, values) / _multiplied(tree.below, values)
            return scale * _chain(tree.factors, values) if tree.factors else scale
        case Call() if tree.name in FUNCTIONS:
            found = FUNCTIONS[tree.name](*(number(x, values) for x in tree.args))
            return np.reshape(found, tree.size) if np.size(found) == 1 else found * 1.0
    raise NoFormulaError


def _multiplied(parts: tuple[Tree, ...], values: Values) -> Any:
    found: Any = 1.0
    for part in parts:
        found = found * number(part, values)
    return found


def _chain(factors: tuple[Tree, ...], values: Values) -> Any:
    """Return a product, from the end that is a vector if one is: n² operations instead of n³."""
    if factors[-1].shape[1] <= factors[0].shape[0]:
        found = number(factors[-1], values)
        for factor in reversed(factors[:-1]):
            found = times(factor, found, values)
        return found
    found = number(factors[0], values)
    for factor in factors[1:]:
        wide = isinstance(factor, Diagonal)
        found = found * number(factor.x, values).T if wide else found @ number(factor, values)  # type: ignore[attr-defined]
    return found


def times(tree: Tree, right: Any, values: Values) -> Any:
    """Return the product of a formula and an array, without making the matrices of diag and of products."""
    match tree:
        case Eye():
            return right
        case Diagonal():
            return number(tree.x, values) * right
        case Sum():
            return sum(times(part, right, values) for part in tree.parts)
        case Product() if tree.factors:
            for factor in reversed(tree.factors):
                right = times(factor, right, values)
            scale = float(tree.coef) * _multiplied(tree.above, values) / _multiplied(tree.below, values)
            return scale * right
    return number(tree, values) @ right
