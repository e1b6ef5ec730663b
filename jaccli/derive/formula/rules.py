"""The derivative of each op as products over indices, and the reverse sweep that multiplies them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from jaccli.derive.formula.reading import Reader, axes_of, is_diagonal, kept_axes, spec_of
from jaccli.derive.formula.slopes import SLOPES
from jaccli.derive.formula.terms import Factor, NoFormulaError, Term, collected, normalised, times
from jaccli.graph.ir import Expr, Node, ancestors

__all__ = ["derivatives"]

Labels = tuple[int, ...]
Rule = Callable[[Reader, int, Node, int, Labels, Labels], list[Term]]
MAX_TERMS = 8


def derivatives(reader: Reader, of: Expr, wrt: Sequence[Expr]) -> tuple[Labels, list[tuple[Labels, list[Term]] | None]]:
    """Return the labels of ``of``, and for each variable its labels and the terms of ∂of/∂x, None where they are too many.

    Cost: one rule per operand between the variables and the output, each for at most MAX_TERMS terms.
    """
    graph, sizes = reader.graph, reader.labels.sizes
    order = ancestors(graph, [of.index])
    active = {x.index for x in wrt}
    for index in order:
        if not graph.nodes[index].boolean and any(source in active for source in graph.nodes[index].inputs):
            active.add(index)
    out, at = reader.labels.new(of.shape), reader.labels.new(of.shape)
    places: dict[int, Labels] = {of.index: at}
    bars: dict[int, list[Term] | None] = {of.index: [Term(deltas=tuple(zip(out, at, strict=True)))]}
    for index in reversed(order):
        if index not in active or index not in bars:
            continue
        node, found = graph.nodes[index], bars[index]
        bar = bars[index] = collected(found) if found is not None else None
        if bar is not None and len(bar) > MAX_TERMS:
            bar = bars[index] = None
        for position, source in enumerate(node.inputs):
            if source not in active:
                continue
            if source not in places:
                places[source] = reader.labels.new(graph.nodes[source].shape)
            x = places[source]
            try:
                local = [] if bar is None else local_derivative(reader, index, position, places[index], x)
                pulled = (
                    None if bar is None else [normalised(times(a, b), sizes, places[index]) for a in bar for b in local]
                )
            except NoFormulaError:
                pulled = None
            before = bars.get(source, [])
            bars[source] = None if pulled is None or before is None else before + pulled
    return out, [_result(places, bars, x) for x in wrt]


def _result(places: dict[int, Labels], bars: dict[int, list[Term] | None], x: Expr) -> tuple[Labels, list[Term]] | None:
    terms = bars.get(x.index)
    return (places[x.index], collected(terms)) if terms else None


def local_derivative(reader: Reader, index: int, position: int, y: Labels, x: Labels) -> list[Term]:
    """Return ∂y/∂x of one op as terms over the labels of its value and of one operand."""
    node = reader.graph.nodes[index]
    if node.op in _RULES:
        return _RULES[node.op](reader, index, node, position, y, x)
    if node.op not in SLOPES:
        raise NoFormulaError
    slope = SLOPES[node.op][position]
    if slope is None:
        return []
    same = Term(deltas=tuple(zip(y, x, strict=True)))
    if isinstance(slope, int):
        return [replace(same, coef=Fraction(slope))]
    found = slope(Expr(reader.graph, index), *(Expr(reader.graph, source) for source in node.inputs))
    if found is None:
        return []
    return [times(same, reader.read(found.index, y if found.shape else ()))]


def _contract(reader: Reader, index: int, node: Node, position: int, y: Labels, x: Labels) -> list[Term]:
    left, right, out = spec_of(node)
    mine, other = (left, right) if position == 0 else (right, left)
    names = {**dict(zip(out, y, strict=True)), **dict(zip(mine, x, strict=True))}
    deltas = tuple((a, names[c]) for c, a in zip(out, y, strict=True) if names[c] != a)
    factor = reader.read(node.inputs[1 - position], tuple(names[c] for c in other))
    return [times(Term(deltas=deltas), factor)]


def _sum(reader: Reader, index: int, node: Node, position: int, y: Labels, x: Labels) -> list[Term]:
    axes = axes_of(node, reader.graph)
    kept = [label for k, label in enumerate(x) if k not in axes]
    return [Term(deltas=tuple(zip(y, kept, strict=True)))]


def _broadcast(reader: Reader, index: int, node: Node, position: int, y: Labels, x: Labels) -> list[Term]:
    lead = len(y) - len(x)
    sizes = reader.labels.sizes
    return [Term(deltas=tuple((y[lead + k], a) for k, a in enumerate(x) if sizes[a] == sizes[y[lead + k]]))]


def _transpose(reader: Reader, index: int, node: Node, position: int, y: Labels, x: Labels) -> list[Term]:
    order: Any = dict(node.params)["order"]
    return [Term(deltas=tuple((y[k], x[axis]) for k, axis in enumerate(order)))]


def _reshape(reader: Reader, index: int, node: Node, position: int, y: Labels, x: Labels) -> list[Term]:
    kept = kept_axes(reader.graph.nodes[node.inputs[0]].shape, node.shape)
    if kept is None:
        raise NoFormulaError
    return [Term(deltas=tuple((y[b], x[a]) for a, b in kept.items()))]


def _take(reader: Reader, index: int, node: Node, position: int, y: Labels, x: Labels) -> list[Term]:
    positions: Any = dict(node.params)["index"]
    if not is_diagonal(positions.array, reader.graph.nodes[node.inputs[0]].shape):
        raise NoFormulaError
    return [Term(deltas=((y[0], x[0]), (y[0], x[1])))]


def _scatter(reader: Reader, index: int, node: Node, position: int, y: Labels, x: Labels) -> list[Term]:
    positions: Any = dict(node.params)["index"]
    if not is_diagonal(positions.array, node.shape):
        raise NoFormulaError
    return [Term(deltas=((y[0], x[0]), (y[1], x[0])))]


def _inv(reader: Reader, index: int, node: Node, position: int, y: Labels, x: Labels) -> list[Term]:
    return [times(Term(Fraction(-1)), reader.read(index, (y[0], x[0])), reader.read(index, (x[1], y[1])))]


def _det(reader: Reader, index: int, node: Node, position: int, y: Labels, x: Labels) -> list[Term]:
    inverse = Expr(reader.graph, node.inputs[0]).apply("inv").index
    scale = reader.read(index, ()) if node.op == "det" else Term()
    return [times(scale, reader.read(inverse, (x[1], x[0])))]


def _solve(reader: Reader, index: int, node: Node, position: int, y: Labels, x: Labels) -> list[Term]:
    inverse = Expr(reader.graph, node.inputs[0]).apply("inv").index
    if position == 1:
        columns = Term(deltas=tuple(zip(y[1:], x[1:], strict=True)))
        return [times(reader.read(inverse, (y[0], x[0])), columns)]
    return [times(Term(Fraction(-1)), reader.read(inverse, (y[0], x[0])), reader.read(index, (x[1], *y[1:])))]


def _over_axes(reader: Reader, node: Node, y: Labels, x: Labels) -> tuple[Term, list[int]]:
    axes = axes_of(node, reader.graph)
    kept = [label for k, label in enumerate(x) if k not in axes]
    return Term(deltas=tuple(zip(y, kept, strict=True))), axes


def _norm(reader: Reader, index: int, node: Node, position: int, y: Labels, x: Labels) -> list[Term]:
    same, _ = _over_axes(reader, node, y, x)
    return [times(same, reader.read(node.inputs[0], x), reader.read(index, y, Fraction(-1)))]


def _logsumexp(reader: Reader, index: int, node: Node, position: int, y: Labels, x: Labels) -> list[Term]:
    same, _ = _over_axes(reader, node, y, x)
    weights = Expr(reader.graph, node.inputs[0]).apply("softmax", axes=dict(node.params)["axes"]).index
    return [times(same, reader.read(weights, x))]


def _softmax(reader: Reader, index: int, node: Node, position: int, y: Labels, x: Labels) -> list[Term]:
    if len(y) == 1:
        return [Term(factors=(Factor(index, (y[0], x[0]), slope=True),))]
    return softmax_slope(reader, index, node, y, x)


def softmax_slope(reader: Reader, index: int, node: Node, y: Labels, x: Labels) -> list[Term]:
    """Return p_i δ_ij − p_i p_j, along the axes of a softmax."""
    axes = axes_of(node, reader.graph)
    rest = Term(deltas=tuple((a, b) for k, (a, b) in enumerate(zip(y, x, strict=True)) if k not in axes))
    here = times(Term(deltas=tuple(zip(y, x, strict=True))), reader.read(index, x))
    return [here, times(Term(Fraction(-1)), rest, reader.read(index, y), reader.read(index, x))]


_RULES: dict[str, Rule] = {
    "contract": _contract, "sum": _sum, "broadcast": _broadcast, "transpose": _transpose, "reshape": _reshape, "take": _take,
    "scatter": _scatter, "inv": _inv, "det": _det, "logdet": _det, "solve": _solve, "norm": _norm, "logsumexp": _logsumexp,
    "softmax": _softmax,
}  # fmt: skip
