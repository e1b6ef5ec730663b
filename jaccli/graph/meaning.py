"""A checked expression, and what its names mean → the nodes that compute it."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from jaccli.graph.calling import check_arguments
from jaccli.graph.functions import (
    CONSTANTS,
    FUNCTIONS,
    BuildError,
    LocatedError,
    align,
    attribute,
    constant_power,
    index,
    matmul,
    static_indices,
    static_int,
    tensor,
)
from jaccli.graph.ir import MAX_EXPONENT, Expr, Graph
from jaccli.graph.names import infinite
from jaccli.ops import ShapeError
from jaccli.spec.expressions.expression import Expression, number, out_of_range

__all__ = ["meaning"]

Scope = Mapping[str, Expr | None]

_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: operator.pow,
}  # fmt: skip
_COMPARISONS = {
    ast.Gt: "greater", ast.GtE: "greater_equal", ast.Lt: "less", ast.LtE: "less_equal", ast.Eq: "equal", ast.NotEq: "not_equal",
}  # fmt: skip
_LOGICAL: dict[type[ast.operator], str] = {ast.BitAnd: "logical_and", ast.BitOr: "logical_or"}


def meaning(expression: Expression, graph: Graph, scope: Scope) -> Expr:
    """Append what ``expression`` computes to ``graph`` and return it; every name in it is known.

    Errors: LocatedError for shapes or arguments that do not fit.
    """
    return _Walk(expression, graph, scope).operand(expression.tree)


class _Walk:
    """Gives meaning to one expression; recursion is as deep as its brackets, which the grammar limits."""

    def __init__(self, expression: Expression, graph: Graph, scope: Scope) -> None:
        self.expression, self.graph, self.scope = expression, graph, scope

    def value(self, node: ast.AST) -> Any:
        before = self.graph.extent
        try:
            value = self.visit(node)
        except BuildError as error:
            raise self.located(error, node) from None
        except ShapeError as error:
            raise self.located(BuildError(str(error)), node) from None
        self.place(node, before)
        return value

    def located(self, error: BuildError, node: ast.AST) -> LocatedError:
        return LocatedError(error, self.expression.span(node))

    def place(self, node: ast.AST, before: tuple[int, int]) -> None:
        """Note where the nodes come from that were added since the graph's extent was ``before``."""
        if self.graph.extent > before:
            self.graph.place(before, self.expression.span(node))

    def operand(self, node: ast.AST) -> Expr:
        """Return the numeric node that an operand means."""
        value = self.value(node)
        try:
            return tensor(value)
        except BuildError as error:
            raise self.located(error, node) from None

    def visit(self, node: ast.AST) -> Any:
        match node:
            case ast.Constant():
                return self.constant(node)
            case ast.Name():
                return self.name(node)
            case ast.BinOp():
                return self.chain(node)
            case ast.UnaryOp():
                if isinstance(node.op, ast.Invert):
                    return FUNCTIONS["logical_not"](self.value(node.operand))
                operand = self.operand(node.operand)
                return -operand if isinstance(node.op, ast.USub) else operand
            case ast.Compare():
                return self.compare(node)
            case ast.Call():
                return self.call(node)
            case ast.Subscript():
                return self.subscript(node)
            case ast.Attribute():
                return attribute(self.operand(node.value), node.attr)
            case ast.List() | ast.Tuple():
                return [self.value(item) for item in node.elts]
        raise BuildError("this is not part of the language", None, "JAC001")

    def constant(self, node: ast.Constant) -> Any:
        exact = number(self.expression, node)  # None for text, None, an ellipsis and truth values
        return self.graph.literal(exact) if exact is not None else node.value

    def name(self, node: ast.Name) -> Any:
        found = self.scope.get(node.id)
        if found is not None:
            return found
        return self.graph.add("pi" if node.id == "pi" else "euler", (), {})

    def chain(self, node: ast.BinOp) -> Any:
        """Evaluate a + b + c … in a loop: a sum of a thousand terms is a thousand levels deep on its left side."""
        spine: list[ast.BinOp] = []
        left: ast.AST = node
        while isinstance(left, ast.BinOp):
            spine.append(left)
            left = left.left
        value = self.value(left) if type(spine[-1].op) in _LOGICAL else self.operand(left)
        for step in reversed(spine):
            right = self.value(step.right) if type(step.op) in _LOGICAL else self.operand(step.right)
            before = self.graph.extent
            try:
                value = self.binary(step, value, right)
            except BuildError as error:
                raise self.located(error, step) from None
            self.place(step, before)
        return value

    def binary(self, node: ast.BinOp, left: Any, right: Any) -> Expr:
        if isinstance(node.op, ast.MatMult):
            return matmul(left, right)
        if type(node.op) in _LOGICAL:
            return FUNCTIONS[_LOGICAL[type(node.op)]](left, right)
        x, y = align(left, right)
        if isinstance(node.op, ast.Pow) and y.constant is not None:
            if abs(y.constant) > MAX_EXPONENT:
                raise BuildError(f"the exponent is larger than {MAX_EXPONENT:,}", "use a smaller power", "JAC009")
            if x.constant is not None:
                constant_power(x.constant, y.constant)
        if isinstance(node.op, ast.Div) and y.constant == 0:
            raise BuildError("division by zero", "change the denominator")
        value: Expr = _ARITHMETIC[type(node.op)](x, y)
        if value.constant is not None and (size := out_of_range(value.constant)):
            raise BuildError(f"this number is {size} for a double", "doubles reach from 5e-324 to 1.8e308", "JAC009")
        return value

    def subscript(self, node: ast.Subscript) -> Any:
        """Return an element; of a list, as x.shape is one, the item itself, so that it stays a number known in advance."""
        owner = self.value(node.value)
        key = self.key(node.slice)
        if isinstance(owner, list) and len(key) == 1 and isinstance(key[0], int) and -len(owner) <= key[0] < len(owner):
            return owner[key[0]]
        return index(tensor(owner), key)

    def compare(self, node: ast.Compare) -> Expr:
        if len(node.ops) > 1:
            raise BuildError("comparisons cannot be chained on arrays", "multiply them: (a < b) * (b < c)", "JAC001")
        x, y = align(self.operand(node.left), self.operand(node.comparators[0]))
        return x.apply(_COMPARISONS[type(node.ops[0])], y)

    def call(self, node: ast.Call) -> Expr:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        args = [self.argument(name, item) for item in node.args]
        options = {item.arg: self.argument(name, item.value) for item in node.keywords if item.arg}
        if name in CONSTANTS:
            args = [self.graph.literal(0), *args]
        macro = CONSTANTS.get(name) or FUNCTIONS[name]
        check_arguments(name, macro, args, options)
        return macro(*args, **options)

    def argument(self, name: str, node: ast.AST) -> Any:
        """Return what an argument means; infinity is a number only as the order of a norm."""
        if name == "norm" and (place := infinite(node)) is not None and place.id not in self.scope:
            return -math.inf if isinstance(node, ast.UnaryOp) else math.inf
        return self.value(node)

    def key(self, node: ast.AST) -> tuple[Any, ...]:
        items = node.elts if isinstance(node, ast.Tuple) else [node]
        return tuple(self.key_item(item) for item in items)

    def key_item(self, node: ast.AST) -> Any:
        if isinstance(node, ast.Slice):
            bounds = (node.lower, node.upper, node.step)
            parts = [
                static_int(self.value(bound), "a bound of a slice") if bound is not None else None for bound in bounds
            ]
            if parts[2] == 0:
                raise BuildError("the step of a slice cannot be 0", "leave it out")
            return slice(*parts)
        if isinstance(node, ast.Constant) and (node.value is None or node.value is Ellipsis):
            return node.value
        if isinstance(node, ast.List):
            if (mask := truths(node)) is not None:
                return mask
            items = [self.key_item(item) for item in node.elts]
            if any(isinstance(item, slice) or item is None or item is Ellipsis for item in items):
                raise BuildError("a list of indices holds something else", "write whole numbers: x[[0, 2]]")
            return items
        title = f"`{node.id}`" if isinstance(node, ast.Name) else "an index"
        return static_indices(self.value(node), title)


def truths(node: ast.List) -> Any:
    """Return a list of True and False, nested or not, as a mask; None for any other list, or a ragged one."""
    try:
        written = ast.literal_eval(node)
        mask = np.array(written)
    except (ValueError, TypeError):
        return None
    return mask if mask.dtype == bool else None
