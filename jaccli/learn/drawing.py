"""A built graph and its passes → a drawing as data: boxes on layers, and arrows between them with the shapes that flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.learn.naming import node_names
from jaccli.learn.passes import Passes

__all__ = ["Arrow", "Box", "Drawing", "draw"]

Array = np.ndarray[Any, Any]
SWEEPS = 8  # of the barycentre ordering; more changed nothing on the shipped specs


@dataclass(frozen=True, eq=False)
class Box:
    """A node: what it is called and does, its value and gradient, and its place, counted in layers and rows."""

    index: int
    name: str
    op: str
    value: Array | None
    gradient: Array | None
    layer: int
    row: int


@dataclass(frozen=True)
class Arrow:
    """Where a value flows, by node index, and its shape."""

    source: int
    target: int
    shape: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Drawing:
    """A title, the entry whose gradients are shown, boxes and arrows."""

    title: str
    of: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    folded: bool


def draw(graph: Graph, of: Expr, title: str, found: Passes, fold: bool) -> Drawing:
    """Return the drawing of what ``of`` depends on; folded, only named nodes, joined where one reaches the other.

    Source: layers by the longest path, rows by the barycentre method of Sugiyama, Tagawa & Toda, Methods for visual
            understanding of hierarchical system structures, IEEE Trans. SMC 11 (1981).
    """
    order = ancestors(graph, [of.index])
    names = node_names(graph, order)
    shown = [i for i in order if graph.nodes[i].op != "literal" and (not fold or i in graph.names)]
    sources = _sources(graph, order, set(shown))
    layers = _layers(shown, sources)
    rows = _rows(shown, sources, layers)
    values = {row.index: row.value for row in found.values}
    gradients = {row.index: row.total for row in found.contributions if row.total is not None}
    gradients.setdefault(of.index, np.asarray(found.seed))
    boxes = [
        Box(i, names[i], "" if fold else graph.nodes[i].op, values.get(i), gradients.get(i), layers[i], rows[i])
        for i in shown
    ]
    arrows = [Arrow(s, i, graph.nodes[s].shape) for i in shown for s in sources[i]]
    return Drawing(title, found.of, tuple(boxes), tuple(arrows), fold)


def _sources(graph: Graph, order: Sequence[int], shown: set[int]) -> dict[int, list[int]]:
    """Return for each node the shown nodes that reach it directly or through nodes that are not shown."""
    reach = dict[int, list[int]]()
    for index in order:
        found = [s for x in graph.nodes[index].inputs for s in ([x] if x in shown else reach[x])]
        reach[index] = list(dict.fromkeys(found))
    return reach


def _layers(shown: Sequence[int], sources: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """Return each node's layer: one more than its highest source, and sources as near to their first use as can be."""
    layers = dict[int, int]()
    for index in shown:
        layers[index] = max((layers[s] + 1 for s in sources[index]), default=0)
    for index in shown:
        if not sources[index]:
            users = [layers[i] for i in shown if index in sources[i]]
            layers[index] = min(users) - 1 if users else 0
    return layers


def _rows(shown: Sequence[int], sources: Mapping[int, Sequence[int]], layers: Mapping[int, int]) -> dict[int, int]:
    """Return each node's place in its layer, ordered by the mean place of its neighbours, sweeping down and up."""
    by_layer = dict[int, list[int]]()
    near = {i: list(sources[i]) for i in shown}
    for i in shown:
        by_layer.setdefault(layers[i], []).append(i)
        for s in sources[i]:
            near[s].append(i)
    place = {i: float(k) for nodes in by_layer.values() for k, i in enumerate(nodes)}
    for sweep in range(SWEEPS):
        for layer in sorted(by_layer, reverse=bool(sweep % 2)):
            mean = {i: sum(place[n] for n in near[i]) / len(near[i]) if near[i] else place[i] for i in by_layer[layer]}
            by_layer[layer].sort(key=lambda i: mean[i])
            place.update({i: float(k) for k, i in enumerate(by_layer[layer])})
    return {i: int(k) for i, k in place.items()}
