"""A built spec and one entry of an output → its forward and backward pass as data, from the same nodes that are evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaccli.derive.reverse import pull_back, vjp
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.learn.naming import node_names
from jaccli.ops.notation import broadcast

__all__ = ["Contribution", "Passes", "Value", "active_nodes", "passes"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Value:
    """A row of the forward pass: a node, how it is made, its value, and the line of the spec it stands in."""

    index: int
    name: str
    op: str
    operands: tuple[str, ...]
    value: Array
    line: int | None


@dataclass(frozen=True, eq=False)
class Contribution:
    """A row of the backward pass: what one use of a node gives to the node's gradient.

    local     the derivative of the user ``via`` by the node, None where it is no number or array of the node's shape
    upstream  the gradient of ``via``
    product   what comes back through this use
    total     the node's gradient, on the row of its last use, else None
    """

    index: int
    name: str
    via: str
    local: Array | None
    upstream: Array
    product: Array
    total: Array | None
    line: int | None


@dataclass(frozen=True, eq=False)
class Passes:
    """Both passes for one entry of an output; ``folded``: only the named steps, without the uses between them."""

    of: str
    values: tuple[Value, ...]
    contributions: tuple[Contribution, ...]
    gradients: Mapping[str, Array]  # of every input and param
    seed: Array  # of the output itself: 1 at the entry
    folded: bool


def passes(
    graph: Graph,
    of: Expr,
    title: str,
    seed: Array,
    wrt: Sequence[Expr],
    point: Mapping[str, Any],
    fold: bool,
    lines: Mapping[int, int],
) -> Passes:
    """Return the forward and backward pass for the output ``of`` weighted by ``seed``.

    Shapes: seed that of ``of``; 1 for a number, 1 at one place for an entry.
    lines:  where the leaves are declared; the other nodes know it themselves.
    """
    order = ancestors(graph, [of.index])
    names = node_names(graph, order)
    active = active_nodes(graph, order, wrt)
    bars = dict(
        zip(
            active,
            vjp(graph, {of.index: graph.literal(seed) if seed.shape else graph.literal(1)}, _exprs(graph, active)),
            strict=True,
        )
    )
    shown = [i for i in order if graph.nodes[i].op != "literal" and (not fold or i in graph.names)]
    uses = [] if fold else _uses(graph, order, active, bars)
    run = _Run(graph, point)
    run.want(
        [
            *_exprs(graph, shown),
            *(x for x in bars.values() if x is not None),
            *(x for use in uses for x in use[2:] if x is not None),
        ]
    )
    values = tuple(
        Value(
            i,
            names[i],
            graph.nodes[i].op,
            tuple(names[s] for s in graph.nodes[i].inputs),
            run(Expr(graph, i)),
            lines.get(i, _line(graph, i)),
        )
        for i in shown
    )
    rows = _folded_rows(graph, names, active, bars, run) if fold else _rows(graph, names, uses, bars, run)
    gradients = {
        graph.names[x.index]: run(bars[x.index]) if bars.get(x.index) is not None else np.zeros(x.shape) for x in wrt
    }
    return Passes(title, values, tuple(rows), gradients, seed, fold)


def active_nodes(graph: Graph, order: Sequence[int], wrt: Sequence[Expr]) -> list[int]:
    """Return the nodes of ``order`` that carry a derivative by ``wrt``."""
    found = {x.index for x in wrt}
    for index in order:
        if not graph.nodes[index].boolean and any(source in found for source in graph.nodes[index].inputs):
            found.add(index)
    return [index for index in order if index in found]


Use = tuple[int, int, Expr | None, Expr, Expr]  # node, its user, local, upstream, product


def _uses(graph: Graph, order: Sequence[int], active: Sequence[int], bars: Mapping[int, Expr | None]) -> list[Use]:
    uses, known = list[Use](), set(active)
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


def _rows(
    graph: Graph, names: Mapping[int, str], uses: Sequence[Use], bars: Mapping[int, Expr | None], run: _Run
) -> list[Contribution]:
    last = {source: k for k, (source, *_) in enumerate(uses)}
    return [
        Contribution(
            source, names[source], names[user], run(local) if local is not None else None, run(y_bar), run(product),
            run(bars[source]) if last[source] == k else None, _line(graph, user),
        )
        for k, (source, user, local, y_bar, product) in enumerate(uses)
    ]  # fmt: skip


def _folded_rows(
    graph: Graph, names: Mapping[int, str], active: Sequence[int], bars: Mapping[int, Expr | None], run: _Run
) -> list[Contribution]:
    rows = []
    for index in reversed(active):
        bar = bars[index]
        if index in graph.names and bar is not None:
            total = run(bar)
            rows.append(Contribution(index, names[index], "", None, total, total, total, _line(graph, index)))
    return rows


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
