"""What derivative rules compute with when cotangents are factored: nodes as they are, and sums of terms under the linear ops.

A rule asks a cotangent for nothing but linear ops, so each has one method here, and the rules of ``ops.rules`` serve as they stand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from jaccli.derive.factored.selection import scattered, taken
from jaccli.derive.factored.terms import (
    Axis,
    Group,
    NotFactoredError,
    Term,
    axes_of,
    multiplied,
    regrouped,
    with_solid_axis,
)
from jaccli.graph.ir import Expr, Graph
from jaccli.ops import Literal
from jaccli.ops.notation import reshape

__all__ = ["Plain", "Rows"]


class _Operand:
    """Arithmetic as rules write it, by ``apply``."""

    def apply(self, op: str, *others: Any, **params: Any) -> Any:
        """Return ``op`` of this operand and the others."""
        raise NotImplementedError

    def __add__(self, other: Any) -> Any:
        return self.apply("add", other)

    def __radd__(self, other: Any) -> Any:
        return self.apply("add", other)

    def __sub__(self, other: Any) -> Any:
        return self.apply("sub", other)

    def __rsub__(self, other: Any) -> Any:
        return (-self).apply("add", other)

    def __mul__(self, other: Any) -> Any:
        return self.apply("mul", other)

    def __rmul__(self, other: Any) -> Any:
        return self.apply("mul", other)

    def __truediv__(self, other: Any) -> Any:
        return self.apply("div", other)

    def __neg__(self) -> Any:
        return self.apply("neg")


@dataclass(frozen=True)
class _Graph:
    """A graph whose literals can be combined with cotangents."""

    graph: Graph

    def literal(self, value: Any) -> Plain:
        """Return a constant."""
        return Plain(self.graph.literal(value))


@dataclass(frozen=True)
class Plain(_Operand):
    """A node that carries no rows: its value, or something computed from values."""

    value: Expr

    @property
    def graph(self) -> Any:
        """The graph that literals are added to."""
        return _Graph(self.value.graph)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the node."""
        return self.value.shape

    @property
    def constant(self) -> Fraction | None:
        """The exact number of a scalar literal, else None."""
        return self.value.constant

    def apply(self, op: str, *others: Any, **params: Any) -> Any:
        """Return ``op`` of this node and the others; rows where one of them is."""
        if any(isinstance(other, Rows) for other in others):
            return _linear(op, [self, *(_lifted(self.value.graph, other) for other in others)], params)
        return Plain(_of_nodes(op, [self.value, *(_lifted(self.value.graph, other).value for other in others)], params))

    def __rtruediv__(self, other: Any) -> Any:
        return Plain(other / self.value)

    def __rsub__(self, other: Any) -> Any:
        return _lifted(self.value.graph, other).apply("sub", self)

    def __pow__(self, other: Any) -> Any:
        return Plain(self.value**other)

    def __gt__(self, other: Any) -> Any:
        return self.apply("greater", other)

    def __ge__(self, other: Any) -> Any:
        return self.apply("greater_equal", other)

    def __lt__(self, other: Any) -> Any:
        return self.apply("less", other)

    def __le__(self, other: Any) -> Any:
        return self.apply("less_equal", other)


@dataclass(frozen=True)
class Rows(_Operand):
    """A cotangent for every element of the output: a sum of terms, which are zero together where there is none."""

    whole: Graph
    shape: tuple[int, ...]
    terms: tuple[Term, ...]

    @property
    def graph(self) -> Any:
        """The graph that literals are added to."""
        return _Graph(self.whole)

    @property
    def constant(self) -> Fraction | None:
        """Zero where there is no term, else None."""
        return Fraction(0) if not self.terms else None

    def apply(self, op: str, *others: Any, **params: Any) -> Rows:
        """Return a linear op of these rows and other operands.

        Errors: NotFactoredError for an op, or a use of one, that is not linear in the rows.
        """
        return _linear(op, [self, *(_lifted(self.whole, other) for other in others)], params)

    def each(self, shape: tuple[int, ...], change: Callable[[Term], Term]) -> Rows:
        """Return the rows of a node of ``shape`` with every term changed."""
        return Rows(self.whole, shape, tuple(map(change, self.terms)))

    def times(self, factor: Expr | int) -> Rows:
        """Return the rows times a factor for each column, an elementwise partial."""
        if isinstance(factor, int):
            factor = self.whole.literal(factor)
        if factor.constant == 1:
            return self

        def change(term: Term) -> Term:
            if not factor.shape:
                return multiplied(term, term.columns, factor, ())
            inner = term.inner
            return multiplied(term, term.columns, reshape(factor, tuple(axis.size for axis in inner)), inner)

        return self.each(self.shape, change)


def _lifted(graph: Graph, x: Any) -> Any:
    return x if isinstance(x, _Operand) else Plain(x if isinstance(x, Expr) else graph.literal(x))


_ARITHMETIC = {"add": "__add__", "sub": "__sub__", "mul": "__mul__", "div": "__truediv__"}


def _of_nodes(op: str, nodes: Sequence[Expr], params: dict[str, Any]) -> Expr:
    """Return ``op`` of nodes; arithmetic as their own operators have it, which fold what is exact."""
    if op in _ARITHMETIC:
        return getattr(nodes[0], _ARITHMETIC[op])(nodes[1])
    return -nodes[0] if op == "neg" else nodes[0].apply(op, *nodes[1:], **params)


def _linear(op: str, operands: list[Any], params: dict[str, Any]) -> Rows:
    if op not in _LINEAR:
        raise NotFactoredError(f"'{op}' of rows")
    return _LINEAR[op](*operands, **params)


def _add(x: Any, y: Any) -> Rows:
    for one, other in ((x, y), (y, x)):
        if isinstance(one, Plain):
            if one.constant != 0:
                raise NotFactoredError("rows plus a value")
            return other
    return Rows(x.whole, x.shape or y.shape, x.terms + y.terms)


def _mul(x: Any, y: Any) -> Rows:
    if isinstance(x, Plain):
        x, y = y, x
    if not isinstance(y, Plain):
        raise NotFactoredError("rows times rows")
    if y.shape and not x.shape:
        raise NotFactoredError("rows of a number times an array")
    return x.times(y.value)


def _div(x: Any, y: Any) -> Rows:
    if not isinstance(y, Plain):
        raise NotFactoredError("a division by rows")
    return x.times(1 / y.value)


def _where(condition: Any, x: Any, y: Any) -> Rows:
    if not isinstance(condition, Plain):
        raise NotFactoredError("a condition on rows")
    chosen = condition.value.apply("cast")
    parts = [
        part.times(factor) for part, factor in ((x, chosen), (y, 1 - chosen)) if isinstance(part, Rows) and part.terms
    ]
    if any(isinstance(part, Plain) and part.constant != 0 for part in (x, y)) or not parts:
        raise NotFactoredError("a choice between rows and a value")
    return parts[0] if len(parts) == 1 else _add(*parts)


def _sum(x: Rows, axes: tuple[int, ...]) -> Rows:
    rank = len(x.shape)
    gone = {k for k in range(rank) if k - rank in axes}
    shape = tuple(n for k, n in enumerate(x.shape) if k not in gone)

    def change(term: Term) -> Term:
        summed = {axis for k in gone for axis in term.columns[k]}
        alone = math.prod(axis.size for axis in summed if axis not in term.axes and axis not in term.rows)
        columns = tuple(group for k, group in enumerate(term.columns) if k not in gone)
        return multiplied(term, columns, term.array.graph.literal(alone), (), summed)

    return x.each(shape, change)


def _broadcast(x: Rows, shape: tuple[int, ...], rank: int) -> Rows:
    before = (1,) * (len(shape) - rank) + x.shape

    def change(term: Term) -> Term:
        groups: tuple[Group, ...] = ((),) * (len(shape) - rank) + term.columns
        fresh = axes_of(shape)
        return replace(
            term, columns=tuple(g if old == n else f for g, f, old, n in zip(groups, fresh, before, shape, strict=True))
        )

    return x.each(shape, change)


def _transpose(x: Rows, order: tuple[int, ...]) -> Rows:
    def change(term: Term) -> Term:
        columns = tuple(term.columns[k] for k in order)
        # the array's axes follow the frame again
        return multiplied(term, columns, term.array.graph.literal(1), ())

    return x.each(tuple(x.shape[k] for k in order), change)


def _contract(x: Any, y: Any, spec: str) -> Rows:
    sides, out = spec.split("->")
    left, right = sides.split(",")
    if isinstance(x, Plain):
        x, y, left, right = y, x, right, left
    if not isinstance(y, Plain):
        raise NotFactoredError("a product of rows")
    sizes = dict(zip(left + right, (*x.shape, *y.shape), strict=True))

    def change(term: Term) -> Term:
        groups = dict(zip(left, term.columns, strict=True))
        for letter in right:
            groups.setdefault(letter, (Axis(sizes[letter]),) if sizes[letter] > 1 else ())
        axes = tuple(axis for letter in right for axis in groups[letter])
        summed = {axis for letter in left if letter not in out for axis in groups[letter]}
        factor = reshape(y.value, tuple(axis.size for axis in axes))
        return multiplied(term, tuple(groups[letter] for letter in out), factor, axes, summed)

    if 0 in sizes.values():
        raise NotFactoredError("an axis without elements")
    return x.each(tuple(sizes[letter] for letter in out), change)


def _take(x: Rows, index: Literal, rank: int) -> Rows:
    return x.each(index.array.shape, lambda term: taken(term, x.shape, index))


def _scatter(x: Rows, index: Literal, shape: tuple[int, ...]) -> Rows:
    return x.each(shape, lambda term: scattered(term, index, shape))


def _solve(a: Any, b: Any, rank: int) -> Rows:
    if not isinstance(a, Plain):
        raise NotFactoredError("a system of rows")

    def change(term: Term) -> Term:
        if not term.columns[0]:  # one equation
            one = a.value.apply("solve", reshape(term.array, (1, term.array.node.size)), rank=2)
            return replace(term, array=reshape(one, term.array.shape))
        solid = with_solid_axis(term, 0)
        (axis,) = solid.columns[0]
        first = (axis, *(other for other in solid.axes if other is not axis))
        rest = tuple(other.size for other in first[1:])
        turned = solid.array.apply("transpose", order=tuple(solid.axes.index(k) for k in first))
        flat = reshape(turned, (axis.size, math.prod(rest)))
        found = reshape(a.value.apply("solve", flat, rank=2), (axis.size, *rest))
        back = found.apply("transpose", order=tuple(first.index(k) for k in solid.axes))
        return replace(solid, array=back)

    return b.each(b.shape, change)


_LINEAR: dict[str, Callable[..., Rows]] = {
    "add": _add, "sub": lambda x, y: _add(x, -y if isinstance(y, Rows) else y), "neg": lambda x: x.times(-1),
    "mul": _mul, "div": _div, "where": _where, "cast": lambda x: x,
    "sum": _sum, "broadcast": _broadcast, "transpose": _transpose, "contract": _contract, "solve": _solve,
    "reshape": lambda x, shape, rank: x.each(shape, lambda term: regrouped(term, shape)),
    "take": _take, "scatter": _scatter,
}  # fmt: skip
