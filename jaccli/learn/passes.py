"""A built spec and one entry of an output → its forward and backward pass as data, from the same nodes that are evaluated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaccli.derive.reverse import pull_back, vjp
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.learn.naming import node_names, operation
from jaccli.ops.notation import broadcast
from jaccli.results.explained import Contribution, Passes, Value
from jaccli.types import Array

__all__ = ["Nodes", "active_nodes", "passes"]


@dataclass(frozen=True)
class Nodes:
    """Which nodes are shown, and of which every use; ``made`` says how those are made that stand for more than one."""

    shown: Sequence[int]
    detailed: AbstractSet[int]
    made: Mapping[int, str]
    whole: bool


def passes(
    graph: Graph,
    of: Expr,
    title: str,
    seed: Array,
    wrt: Sequence[Expr],
    point: Mapping[str, Any],
    view: Nodes,
    lines: Mapping[int, int],
) -> Passes:
    """Return the forward and backward pass for the output ``of`` weighted by ``seed``.

    Shapes: seed that of ``of``; 1 for a number, 1 at one place for an entry.
    lines:  where the leaves are declared; the other nodes know it themselves.
    """
    order = ancestors(graph, [of.index, *view.shown])  # of other outputs as well, where their nodes are shown
    names = node_names(graph, order)
    active = active_nodes(graph, order, wrt)
    start = graph.literal(seed) if seed.shape else graph.literal(1)
    bars = dict(zip(active, vjp(graph, {of.index: start}, _exprs(graph, active)), strict=True))
    uses = _uses(graph, order, active, bars, view.detailed)
    wanted = {i: x for i in (*view.shown, *(x.index for x in wrt)) if (x := bars.get(i)) is not None}
    run = _Run(graph, point)
    run.want([*_exprs(graph, view.shown), *wanted.values(), *(x for use in uses for x in use[2:] if x is not None)])
    values = [
        Value(
            i, names[i], view.made.get(i) or _made(graph, i, names), run(Expr(graph, i)), lines.get(i, _line(graph, i))
        )
        for i in view.shown
    ]
    found = {i: run(x) for i, x in wanted.items()}
    gradients = {graph.names[x.index]: found.get(x.index, np.zeros(x.shape)) for x in wrt}
    rows = [*_rows(graph, names, uses, bars, run), *_folded_rows(graph, names, view, found)]
    rows.sort(key=lambda row: row[0], reverse=True)
    return Passes(
        title, tuple(values), tuple(row for _, row in rows), {of.index: seed, **found}, gradients, not view.whole
    )


def _made(graph: Graph, index: int, names: Mapping[int, str]) -> str:
    node = graph.nodes[index]
    return "given" if not node.inputs else operation(node.op, [names[s] for s in node.inputs], 60)


def active_nodes(graph: Graph, order: Sequence[int], wrt: Sequence[Expr]) -> list[int]:
    """Return the nodes of ``order`` that carry a derivative by ``wrt``."""
    found = {x.index for x in wrt}
    for index in order:
        if not graph.nodes[index].boolean and any(source in found for source in graph.nodes[index].inputs):
            found.add(index)
    return [index for index in order if index in found]


Use = tuple[int, int, Expr | None, Expr, Expr]  # node, its user, local, upstream, product


def _uses(
    graph: Graph,
    order: Sequence[int],
    active: Sequence[int],
    bars: Mapping[int, Expr | None],
    detailed: AbstractSet[int],
) -> list[Use]:
    uses, known = list[Use](), detailed & set(active)
    for index in reversed(order):
        y_bar = bars.get(index)
        if y_bar is None:
            continue
        for position, source in enumerate(graph.nodes[index].inputs):
            product = pull_back(graph, index, position, y_bar) if source in known else None
            if product is not None:
                uses.append((source, index, _local(graph, index, position), y_bar, product))
    return uses


def _local(graph: Graph, index: int, position: int) -> Expr | None:
    """Return ∂y/∂x of one operand where it has the operand's shape: elementwise, and from or to a number."""
    node = graph.nodes[index]
    x = graph.nodes[node.inputs[position]]
    if (node.row.kind == "elementwise" and x.shape == node.shape) or not node.shape:
        return pull_back(graph, index, position, broadcast(graph.literal(1), node.shape))
    return None


Row = tuple[float, Contribution]  # when its gradient is known, counted downwards in nodes


def _rows(
    graph: Graph, names: Mapping[int, str], uses: Sequence[Use], bars: Mapping[int, Expr | None], run: _Run
) -> Iterator[Row]:
    last = {source: k for k, (source, *_) in enumerate(uses)}
    for k, (source, user, local, y_bar, product) in enumerate(uses):
        yield user, Contribution(
            source, names[source], names[user], run(local) if local is not None else None, run(y_bar), run(product),
            run(bars[source]) if last[source] == k else None, _line(graph, user),
        )  # fmt: skip


def _folded_rows(graph: Graph, names: Mapping[int, str], view: Nodes, bars: Mapping[int, Array]) -> Iterator[Row]:
    for index in view.shown:
        if index not in view.detailed and index in bars:
            bar = bars[index]
            yield index + 0.5, Contribution(index, names[index], "", None, bar, bar, bar, _line(graph, index))


def _line(graph: Graph, index: int) -> int | None:
    span = graph.spans.get(index)
    return span.line if span else None


def _exprs(graph: Graph, indices: Sequence[int]) -> list[Expr]:
    return [Expr(graph, index) for index in indices]


class _Run:
    """Evaluates all wanted nodes in one pass, and hands them out in their own shapes."""

    def __init__(self, graph: Graph, point: Mapping[str, Any]) -> None:
        self.graph, self.point = graph, point
        self.found: dict[int, Array] = {}

    def want(self, nodes: Sequence[Expr]) -> None:
        for x, value in zip(nodes, evaluate(self.graph, nodes, self.point), strict=True):
            self.found[x.index] = np.broadcast_to(value, x.shape)

    def __call__(self, x: Expr | None) -> Array:
        assert x is not None
        return self.found[x.index]
