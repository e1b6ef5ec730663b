"""One entry of a Jacobian → the paths of the chain rule that lead to it, with the factors of each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaccli.derive.reverse import pull_back
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.learn.naming import element, node_names
from jaccli.learn.passes import active_nodes

__all__ = ["MAX_PATHS", "Path", "TooManyPathsError", "paths"]

MAX_PATHS = 1_000  # they can double at every node
MAX_ENTRIES = 1_000_000  # of all local Jacobians together
Place = tuple[int, int]  # node, flat index of the element


class TooManyPathsError(Exception):
    """An entry with more paths than anybody reads; the message says how many there may be."""


@dataclass(frozen=True)
class Path:
    """The elements from the output to the input, and the derivative of each by the next."""

    stops: tuple[str, ...]
    factors: tuple[float, ...]

    @property
    def product(self) -> float:
        """What the path gives to the entry."""
        return math.prod(self.factors)


def paths(graph: Graph, of: Expr, of_flat: int, wrt: Expr, wrt_flat: int, point: Mapping[str, Any]) -> list[Path]:
    """Return every path with factors that are not 0; the sum of their products is the Jacobian's entry.

    Cost:   local Jacobians of all nodes between, one vjp rule per operand with unit seeds.
    Errors: TooManyPathsError.
    """
    order = ancestors(graph, [of.index])
    names = node_names(graph, order)
    edges = _edges(graph, active_nodes(graph, order, [wrt]), point)
    useful = _leading_to(graph, edges, (wrt.index, wrt_flat))
    found: list[Path] = []
    open_: list[tuple[tuple[Place, ...], tuple[float, ...]]] = [(((of.index, of_flat),), ())]
    while open_:
        stops, factors = open_.pop()
        if stops[-1] == (wrt.index, wrt_flat):
            found.append(Path(tuple(element(names[i], graph.nodes[i].shape, k) for i, k in stops), factors))
        else:
            open_ += [
                ((*stops, place), (*factors, d)) for place, d in reversed(edges.get(stops[-1], [])) if place in useful
            ]
        if len(found) + len(open_) > MAX_PATHS:
            raise TooManyPathsError(f"more than {MAX_PATHS:,} paths lead there")
    return found


def _edges(graph: Graph, active: Sequence[int], point: Mapping[str, Any]) -> dict[Place, list[tuple[Place, float]]]:
    """Return for each element the elements it is made of, with its derivative by each."""
    known, edges = set(active), dict[Place, list[tuple[Place, float]]]()
    size = sum(graph.nodes[i].size * graph.nodes[s].size for i in active for s in graph.nodes[i].inputs if s in known)
    if size > MAX_ENTRIES:
        raise TooManyPathsError(f"the local Jacobians on the way have {size:,} entries")
    for index in active:
        node = graph.nodes[index]
        seed = graph.leaf(f"{index}_path", node.shape)
        units = np.eye(node.size).reshape(node.size, *node.shape)
        for position, source in enumerate(node.inputs):
            x_bar = pull_back(graph, index, position, seed) if source in known else None
            if x_bar is None:
                continue
            (rows,) = evaluate(graph, [x_bar], {**point, f"{index}_path": units})
            matrix = np.broadcast_to(rows, (node.size, *x_bar.shape)).reshape(node.size, -1)
            for i, k in np.argwhere(matrix != 0):
                edges.setdefault((index, int(i)), []).append(((source, int(k)), float(matrix[i, k])))
    return edges


def _leading_to(graph: Graph, edges: Mapping[Place, list[tuple[Place, float]]], target: Place) -> set[Place]:
    useful = {target}
    for place in sorted(edges):  # inputs come before what is made of them
        if any(source in useful for source, _ in edges[place]):
            useful.add(place)
    return useful
