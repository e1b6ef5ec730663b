"""Conditions joined: `&`, `|`, `~` and their NumPy names. Computed with, one is 1 where it holds and 0 elsewhere."""

from __future__ import annotations

from typing import Any

from jaccli.graph.functions.arguments import FUNCTIONS, BuildError, align, function, tensor
from jaccli.graph.ir import Expr
from jaccli.graph.origins import describe


def condition(value: Any) -> Expr:
    """Return a node of truth values: a comparison, or a constant of them."""
    if isinstance(value, Expr):
        if value.node.boolean:
            return value
        mask = value.graph.fixed.get(value.index)
        if mask is not None and mask.dtype == bool:
            return value.apply("not_equal", 0)
    what = describe(value) if isinstance(value, Expr) else "this"
    raise BuildError(f"{what} is not a condition", "compare it: (x > 0) & (x < 1), each in brackets", "JAC007")


@function("logical_and")
def logical_and(x: Any, y: Any) -> Expr:
    """Where both conditions hold; `x & y`."""
    left, right = align(tensor(condition(x)), tensor(condition(y)))
    return (left * right).apply("not_equal", 0)


@function("logical_or")
def logical_or(x: Any, y: Any) -> Expr:
    """Where one of the conditions holds, or both; `x | y`."""
    left, right = align(tensor(condition(x)), tensor(condition(y)))
    return (left + right).apply("not_equal", 0)


@function("logical_xor")
def logical_xor(x: Any, y: Any) -> Expr:
    """Where one of the conditions holds, but not both."""
    left, right = align(tensor(condition(x)), tensor(condition(y)))
    return left.apply("not_equal", right)


@function("logical_not")
def logical_not(x: Any) -> Expr:
    """Where the condition does not hold; `~x`."""
    return tensor(condition(x)).apply("equal", 0)


@function("any")
def any_(x: Any, axis: Any = None, *, keepdims: Any = False) -> Expr:
    """Whether the condition holds somewhere along the axes."""
    return FUNCTIONS["sum"](condition(x), axis, keepdims=keepdims).apply("not_equal", 0)


@function("all")
def all_(x: Any, axis: Any = None, *, keepdims: Any = False) -> Expr:
    """Whether the condition holds everywhere along the axes."""
    return FUNCTIONS["sum"](logical_not(x), axis, keepdims=keepdims).apply("equal", 0)


@function("count_nonzero")
def count_nonzero(x: Any, axis: Any = None, *, keepdims: Any = False) -> Expr:
    """How many elements along the axes are not 0."""
    return FUNCTIONS["sum"](tensor(x).apply("not_equal", 0), axis, keepdims=keepdims)
