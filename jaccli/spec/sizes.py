"""Named sizes: written, computed from others, or taken from the first value whose shape names them."""

from __future__ import annotations

import ast
import graphlib
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from jaccli.errors import Problem, Span, short, suggestion
from jaccli.spec.data import MAX_ELEMENTS
from jaccli.spec.expressions.expression import Expression, number

__all__ = ["Size", "SizeError", "computed_sizes", "names_in"]

LARGEST = 10**15  # of a step on the way to a size; 10**10**10 is a mistake or an attack
_OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """A named size, where it was said, and by what: "" where ``dims`` says it, else "the value of x"."""

    name: str
    value: int
    span: Span
    source: str = ""

    @property
    def origin(self) -> str:
        """Where the size comes from, for messages: ``d (line 4, from the value of x)``."""
        return f"{self.name} ({self.place})"

    @property
    def place(self) -> str:
        """The line, and what said so."""
        return f"line {self.span.line}" + (f", from {self.source}" if self.source else "")


class SizeError(Exception):
    """A size that cannot be computed: the message, the remedy, where (None for the whole expression), and the rule code."""

    def __init__(self, message: str, help: str, node: ast.AST | None = None, code: str = "JAC008") -> None:
        super().__init__(message)
        self.help, self.node, self.code = help, node, code


def names_in(expression: Expression) -> set[str]:
    """Return the names a size is computed from."""
    return {node.id for node in ast.walk(expression.tree) if isinstance(node, ast.Name)}


def computed_sizes(known: dict[str, Size], formulas: dict[str, Expression], broken: set[str]) -> Iterator[Problem]:
    """Enter the sizes that ``formulas`` give into ``known``, in the order they need; yield what is wrong with the others.

    Names that cannot be computed are added to ``broken``; what uses them is not reported again.
    """
    needs = {name: names_in(expression) & set(formulas) for name, expression in formulas.items()}
    try:
        order = list(graphlib.TopologicalSorter(needs).static_order())
    except graphlib.CycleError as error:
        circle = error.args[1]
        broken.update(formulas)
        words = " → ".join(reversed(circle)) if len(circle) < 9 else f"{circle[-1]} → … → {circle[0]}"
        yield Problem(
            "JAC003", f"these sizes depend on each other: {words}", formulas[circle[0]].span(), "give one a number"
        )
        return
    for name in order:
        expression = formulas[name]
        if names_in(expression) & broken:
            broken.add(name)
            continue
        try:
            known[name] = Size(name, _whole(name, expression, known), expression.span())
        except SizeError as error:
            broken.add(name)
            yield Problem(error.code, str(error), expression.span(error.node), error.help)


def _whole(name: str, expression: Expression, known: dict[str, Size]) -> int:
    value = _value(expression, expression.tree, known)
    if value.denominator != 1 or not 0 <= value <= MAX_ELEMENTS:
        raise SizeError(
            f"`{name}` must be a whole number from 0 to {MAX_ELEMENTS:,} (`{expression.text}` is {value})",
            "change the expression, or the sizes in it",
        )
    return int(value)


def _value(expression: Expression, node: ast.AST, known: dict[str, Size]) -> Fraction:
    """Return the exact value of a size; recursion is as deep as the grammar allows, sums run in a loop."""
    spine: list[ast.BinOp] = []
    while isinstance(node, ast.BinOp):
        spine.append(node)
        node = node.left
    value = _operand(expression, node, known)
    for step in reversed(spine):
        right = _value(expression, step.right, known)
        if isinstance(step.op, ast.Pow) and right.denominator == 1 and 0 <= right <= 50 and abs(value) <= 10:
            value = value**right  # type: ignore[assignment]
        elif type(step.op) not in _OPERATORS:
            raise SizeError("this operator cannot make a size", "write +, -, *, / or a small power", step)
        elif isinstance(step.op, ast.Div) and right == 0:
            raise SizeError("division by zero", "change the denominator", step)
        else:
            value = _OPERATORS[type(step.op)](value, right)
        if abs(value) > LARGEST:
            raise SizeError(f"this is more than {LARGEST:,}", "use smaller sizes", step)
    return value


def _operand(expression: Expression, node: ast.AST, known: dict[str, Size]) -> Fraction:
    if isinstance(node, ast.Constant) and (exact := number(expression, node)) is not None:
        return exact
    if isinstance(node, ast.Name) and node.id in known:
        return Fraction(known[node.id].value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _value(expression, node.operand, known)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.Name):
        help_ = suggestion(node.id, known) or "name it under `dims:`, or in the shape of a value"
        raise SizeError(f"unknown size `{short(node.id)}`", help_, node, "JAC003")
    raise SizeError("a size is made of whole numbers and sizes", "write n + 1, 2*n or a number", node)
