"""Graph → the factors of its Jacobian, by one backward pass over terms instead of one over dense rows."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from jaccli.derive.factored.operands import Plain, Rows
from jaccli.derive.factored.terms import Term, axes_of
from jaccli.derive.reverse import partial, pull_back, reached_from
from jaccli.derive.sums import total
from jaccli.graph.ir import Expr, ancestors

__all__ = ["factored_jacobian"]


def factored_jacobian(of: Expr, wrt: Sequence[Expr]) -> list[tuple[Term, ...]]:
    """Return the terms of each Jacobian of ``of``; none where it is zero everywhere.

    Law:    the chain rule is that of reverse mode, and so are its rules; a seed is the identity, of which only the axes are kept.
    Cost:   an elementwise op scales what is there; the weights of a dense layer take one outer product, where unit seeds take
            a product for each row.
    Errors: NotFactoredError where an op's rule does more to a cotangent than the linear ops that terms know.
    """
    graph = of.graph
    order = ancestors(graph, [of.index])
    active = reached_from(graph, order, {x.index for x in wrt})
    columns = axes_of(of.shape)
    rows = tuple(axis for group in columns for axis in group)
    bars: dict[int, list[Rows]] = {of.index: [Rows(graph, of.shape, (Term(rows, columns, graph.literal(1), ()),))]}
    found: dict[int, Rows] = {}
    for index in reversed(order):
        if index not in active or index not in bars:
            continue
        bar = found[index] = _joined(bars.pop(index))
        for position, source in enumerate(graph.nodes[index].inputs):
            if source in active and (back := _pulled(bar, index, position)) is not None:
                bars.setdefault(source, []).append(back)
    return [found[x.index].terms if x.index in found else () for x in wrt]


def _pulled(bar: Rows, index: int, position: int) -> Rows | None:
    graph = bar.whole
    if graph.nodes[index].row.kind == "elementwise":
        factor = partial(graph, index, position)
        return None if factor is None else bar.times(factor)
    return pull_back(graph, index, position, bar, Plain)


def _joined(bars: Sequence[Rows]) -> Rows:
    """Return the sum of cotangents, terms of one form added as arrays."""
    groups: dict[Hashable, list[Term]] = {}
    for term in (term for bar in bars for term in bar.terms):
        groups.setdefault(_form(term), []).append(term)
    sums = [(same[0], total([term.array for term in same])) for same in groups.values()]
    return replace(bars[0], terms=tuple(replace(term, array=array) for term, array in sums if array is not None))


def _form(term: Term) -> Hashable:
    """Return what terms share whose arrays can be added: sizes, diagonals, and which axes the array has."""
    numbers = {axis: k for k, axis in enumerate(term.frame)}
    return (
        tuple(axis.size for axis in term.frame),
        len(term.rows),
        tuple(tuple(numbers[axis] for axis in group) for group in term.columns),
        tuple(numbers[axis] for axis in term.axes),
    )
