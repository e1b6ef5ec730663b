"""Nodes of the graph → products over indices, and what a node is called in a formula.

A node without a name is read through to the named values it is made of; sums and functions stay one factor each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from jaccli.derive.formula.terms import Factor, Labels, NoFormulaError, Term, normalised
from jaccli.graph.ir import Expr, Graph, Node

__all__ = ["Reader", "axes_of", "is_diagonal", "kept_axes", "spec_of"]

MAX_READ = 60  # nodes that one product is read through
ONE = Fraction(1)


@dataclass
class Reader:
    """Reads nodes of one graph; ``hidden`` are nodes whose names are not used (the output that is being differentiated)."""

    graph: Graph
    labels: Labels = field(default_factory=Labels)
    hidden: frozenset[int] = frozenset()

    def name(self, index: int) -> str | None:
        """Return what the user calls a node."""
        return None if index in self.hidden else self.graph.names.get(index)

    def read(self, index: int, labels: Sequence[int], power: Fraction = ONE) -> Term:
        """Return the element of a node at ``labels``, to a power, as one product."""
        coef, factors, deltas, bound = ONE, list[Factor](), list[tuple[int, int]](), set[int]()
        open_ = [(index, tuple(labels), power)]
        for _ in range(MAX_READ):
            if not open_:
                return normalised(Term(coef, tuple(factors), tuple(deltas), frozenset(bound)), self.labels.sizes)
            index, at, power = open_.pop()
            node = self.graph.nodes[index]
            rule = _THROUGH.get(node.op) if self.name(index) is None else None
            piece = rule(self, node, at, power) if rule else None
            if piece is None:
                factors.append(Factor(index, at, power))
                continue
            coef *= piece.coef
            open_ += reversed(piece.nodes)
            deltas += piece.deltas
            bound |= set(piece.bound)
        raise NoFormulaError

    def summands(self, index: int, labels: Sequence[int]) -> list[Term]:
        """Return a node at ``labels`` as a sum of products."""
        terms, open_ = list[Term](), [(index, 1)]
        top = index
        while open_:
            index, sign = open_.pop()
            node = self.graph.nodes[index]
            known = index != top and self.name(index) is not None
            if node.op in ("add", "sub") and not known:
                second = -sign if node.op == "sub" else sign
                open_ += [(node.inputs[1], second), (node.inputs[0], sign)]
            elif node.op == "neg" and not known:
                open_.append((node.inputs[0], -sign))
            else:
                at = labels if node.shape or not labels else ()  # a literal number stands for every element
                found = self.read(index, at)
                terms.append(Term(sign * found.coef, found.factors, found.deltas, found.bound))
            if len(terms) + len(open_) > MAX_READ:
                raise NoFormulaError
        return terms


@dataclass(frozen=True)
class _Piece:
    nodes: tuple[tuple[int, tuple[int, ...], Fraction], ...] = ()
    coef: Fraction = ONE
    deltas: tuple[tuple[int, int], ...] = ()
    bound: tuple[int, ...] = ()


def _at(node: Node, reader: Reader, source: int, at: tuple[int, ...]) -> tuple[int, ...]:
    """Return the labels of an elementwise operand: none for a literal number."""
    return at if reader.graph.nodes[source].shape == node.shape else ()


def _mul(reader: Reader, node: Node, at: tuple[int, ...], power: Fraction) -> _Piece | None:
    if power.denominator != 1:
        return None
    return _Piece(tuple((source, _at(node, reader, source, at), power) for source in node.inputs))


def _div(reader: Reader, node: Node, at: tuple[int, ...], power: Fraction) -> _Piece | None:
    if power.denominator != 1:
        return None
    above, below = node.inputs
    return _Piece(
        ((above, _at(node, reader, above, at), power), (below, _at(node, reader, below, at), -power)),
    )


def _neg(reader: Reader, node: Node, at: tuple[int, ...], power: Fraction) -> _Piece | None:
    if power.denominator != 1:
        return None
    return _Piece(((node.inputs[0], at, power),), Fraction(-1) ** int(power))


def _pow(reader: Reader, node: Node, at: tuple[int, ...], power: Fraction) -> _Piece | None:
    base, exponent = node.inputs
    number = Expr(reader.graph, exponent).constant
    if number is None or power.denominator != 1 or abs(number) > 100:
        return None
    return _Piece(((base, _at(node, reader, base, at), power * number),))


def _literal(reader: Reader, node: Node, at: tuple[int, ...], power: Fraction) -> _Piece | None:
    literal: Any = dict(node.params)["value"]
    if literal.scalar is not None:
        if power.denominator != 1 or (not literal.scalar and power < 0):
            return None
        return _Piece((), literal.scalar ** int(power))
    if literal.array.ndim == 2 and power == 1 and np.array_equal(literal.array, np.eye(*literal.array.shape)):
        return _Piece((), ONE, ((at[0], at[1]),))
    return None


def _contract(reader: Reader, node: Node, at: tuple[int, ...], power: Fraction) -> _Piece | None:
    if power != 1:
        return None
    left, right, out = spec_of(node)
    names = dict(zip(out, at, strict=True))
    bound = []
    for letter, size in zip(left + right, operand_sizes(reader.graph, node), strict=True):
        if letter not in names:
            (names[letter],) = reader.labels.new([size])
            bound.append(names[letter])
    pairs = zip(node.inputs, (left, right), strict=True)
    return _Piece(tuple((s, tuple(names[c] for c in side), ONE) for s, side in pairs), bound=tuple(bound))


def spec_of(node: Node) -> tuple[str, str, str]:
    """Return the letters of a contract node: left operand, right operand, result."""
    operands, out = str(dict(node.params)["spec"]).split("->")
    left, right = operands.split(",")
    return left, right, out


def operand_sizes(graph: Graph, node: Node) -> tuple[int, ...]:
    """Return the sizes of the operands' axes, one operand after the other."""
    return tuple(size for source in node.inputs for size in graph.nodes[source].shape)


def _transpose(reader: Reader, node: Node, at: tuple[int, ...], power: Fraction) -> _Piece:
    order: Any = dict(node.params)["order"]
    return _Piece(((node.inputs[0], tuple(at[order.index(k)] for k in range(len(order))), power),))


def _broadcast(reader: Reader, node: Node, at: tuple[int, ...], power: Fraction) -> _Piece:
    source = node.inputs[0]
    shape = reader.graph.nodes[source].shape
    lead = len(node.shape) - len(shape)
    spread = [
        reader.labels.new([1])[0] if n == 1 != node.shape[lead + k] else at[lead + k] for k, n in enumerate(shape)
    ]
    return _Piece(((source, tuple(spread), power),), bound=tuple(set(spread) - set(at)))


def _reshape(reader: Reader, node: Node, at: tuple[int, ...], power: Fraction) -> _Piece | None:
    source = node.inputs[0]
    shape = reader.graph.nodes[source].shape
    kept = kept_axes(shape, node.shape)
    if kept is None:
        return None
    spread = [at[kept[k]] if k in kept else reader.labels.new([1])[0] for k in range(len(shape))]
    return _Piece(((source, tuple(spread), power),), bound=tuple(set(spread) - set(at)))


def kept_axes(before: Sequence[int], after: Sequence[int]) -> dict[int, int] | None:
    """Return where each axis longer than 1 goes in a reshape, or None if axes are joined or split."""
    first = [k for k, n in enumerate(before) if n != 1]
    second = [k for k, n in enumerate(after) if n != 1]
    same = [before[k] for k in first] == [after[k] for k in second]
    return dict(zip(first, second, strict=True)) if same else None


def _sum(reader: Reader, node: Node, at: tuple[int, ...], power: Fraction) -> _Piece | None:
    if power != 1:
        return None
    source = node.inputs[0]
    shape, axes = reader.graph.nodes[source].shape, axes_of(node, reader.graph)
    rest, spread = iter(at), []
    for k, size in enumerate(shape):
        spread.append(reader.labels.new([size])[0] if k in axes else next(rest))
    return _Piece(((source, tuple(spread), ONE),), bound=tuple(spread[k] for k in axes))


def axes_of(node: Node, graph: Graph) -> list[int]:
    """Return the axes a node runs over, counted from the left."""
    rank = len(graph.nodes[node.inputs[0]].shape)
    given: Any = dict(node.params)["axes"]
    return sorted(axis + rank for axis in given)


def _take(reader: Reader, node: Node, at: tuple[int, ...], power: Fraction) -> _Piece | None:
    """Read the diagonal of a matrix."""
    shape = reader.graph.nodes[node.inputs[0]].shape
    index: Any = dict(node.params)["index"]
    if not is_diagonal(index.array, shape):
        return None
    return _Piece(((node.inputs[0], (at[0], at[0]), power),))


def _scatter(reader: Reader, node: Node, at: tuple[int, ...], power: Fraction) -> _Piece | None:
    """Read a matrix that is zero off its diagonal."""
    index: Any = dict(node.params)["index"]
    if power != 1 or not is_diagonal(index.array, node.shape):
        return None
    return _Piece(((node.inputs[0], (at[0],), ONE),), deltas=((at[0], at[1]),))


def is_diagonal(index: Any, shape: Sequence[int]) -> bool:
    """Return whether flat indices are those of a square matrix's diagonal."""
    return len(shape) == 2 and shape[0] == shape[1] and np.array_equal(index, np.arange(shape[0]) * (shape[0] + 1))


def _solve(reader: Reader, node: Node, at: tuple[int, ...], power: Fraction) -> _Piece | None:
    if power != 1:
        return None
    matrix, right = node.inputs
    inverse = Expr(reader.graph, matrix).apply("inv").index
    (k,) = reader.labels.new([node.shape[0]])
    return _Piece(((inverse, (at[0], k), ONE), (right, (k, *at[1:]), ONE)), bound=(k,))


_THROUGH = {
    "mul": _mul, "div": _div, "neg": _neg, "pow": _pow, "literal": _literal, "contract": _contract, "transpose": _transpose,
    "broadcast": _broadcast, "reshape": _reshape, "sum": _sum, "take": _take, "scatter": _scatter, "solve": _solve,
}  # fmt: skip
