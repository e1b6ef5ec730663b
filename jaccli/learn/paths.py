"""One entry of a Jacobian → the paths of the chain rule that lead to it: all of them, or the strongest of very many."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaccli.derive.reverse import pull_back
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.learn.naming import element, node_names
from jaccli.learn.passes import active_nodes
from jaccli.results.explained import Path, Paths
from jaccli.types import Array

__all__ = ["MAX_PATHS", "TooManyEntriesError", "paths"]

MAX_PATHS = 1_000  # that are followed; their number can double at every node
MAX_ENTRIES = 50_000_000  # of all local Jacobians together: some seconds
BATCH = 4_000_000  # of them at once: 32 MB
Place = tuple[int, int]  # node, flat index of the element


class TooManyEntriesError(Exception):
    """Local Jacobians so large that the paths through them are not looked for."""


def paths(
    graph: Graph, of: Expr, of_flat: int, wrt: Expr, wrt_flat: int, point: Mapping[str, Any], most: int = MAX_PATHS
) -> Paths:
    """Return the paths from an element of ``of`` to one of ``wrt``, at most ``most``; the sum of all products is the entry.

    Cost:   local Jacobians of all nodes between, by one vjp rule per operand with unit seeds; then each path's own length: what
            can still be gained from each element is known, so that the search for the strongest goes nowhere else.
    Errors: TooManyEntriesError.
    """
    order = ancestors(graph, [of.index])
    edges = _edges(graph, active_nodes(graph, order, [wrt]), point)
    start, target = (of.index, of_flat), (wrt.index, wrt_flat)
    count, size, best = (_ahead(graph, edges, target, fold, weigh) for fold, weigh in _SUMS)
    number = float(count[of.index][of_flat]) if of.index in count else 0.0
    found = _all(edges, count, start, target) if number <= most else _strongest(edges, best, start, target)
    names = node_names(graph, order)
    listed = [
        Path(tuple(element(names[i], graph.nodes[i].shape, k) for i, k in stops), factors)
        for stops, factors in itertools.islice(found, most if number else 0)
    ]
    return Paths(tuple(listed), number, float(size[of.index][of_flat]) if number else 0.0)


@dataclass(frozen=True)
class _Local:
    """The derivative of a node by one operand: the elements that are not 0, row by row."""

    source: int
    rows: Array
    columns: Array
    values: Array

    def row(self, i: int) -> Iterator[tuple[int, float]]:
        """Yield the column and the value of each element in a row."""
        low, high = np.searchsorted(self.rows, (i, i + 1))
        yield from zip(self.columns[low:high].tolist(), self.values[low:high].tolist(), strict=True)


Edges = Mapping[int, Sequence[_Local]]


def _edges(graph: Graph, active: Sequence[int], point: Mapping[str, Any]) -> dict[int, list[_Local]]:
    known = set(active)
    size = sum(graph.nodes[i].size * graph.nodes[s].size for i in active for s in graph.nodes[i].inputs if s in known)
    if size > MAX_ENTRIES:
        raise TooManyEntriesError(
            f"the local Jacobians on the way have {size:,} entries, more than {MAX_ENTRIES:,}; "
            "choose an entry nearer to the output, or fewer rows of the data"
        )
    found: dict[int, list[_Local]] = {}
    for index in active:
        node = graph.nodes[index]
        seed = graph.leaf(f"{index}_path", node.shape)
        for position, source in enumerate(node.inputs):
            x_bar = pull_back(graph, index, position, seed) if source in known else None
            if x_bar is not None:
                found.setdefault(index, []).append(_local(graph, seed, x_bar, source, point))
    return found


def _local(graph: Graph, seed: Expr, x_bar: Expr, source: int, point: Mapping[str, Any]) -> _Local:
    n, name = seed.node.size, str(dict(seed.node.params)["name"])
    step, parts = max(1, BATCH // max(x_bar.node.size, n, 1)), []
    for first in range(0, n, step):
        units = np.eye(min(step, n - first), n, first).reshape(-1, *seed.shape)
        (rows,) = evaluate(graph, [x_bar], {**point, name: units})
        matrix = np.broadcast_to(rows, (len(units), *x_bar.shape)).reshape(len(units), -1)
        i, k = np.nonzero(matrix)
        parts.append((i + first, k, matrix[i, k]))
    rows, columns, values = (np.concatenate(part) for part in zip(*parts, strict=True))
    return _Local(source, rows, columns, values)


#: What lies ahead of an element on its ways to the input: how they are added up, and what an edge multiplies them by.
_SUMS = ((np.add, np.ones_like), (np.add, np.abs), (np.maximum, np.abs))


def _ahead(graph: Graph, edges: Edges, target: Place, fold: Any, weigh: Any) -> dict[int, Array]:
    """Return for each node that leads to ``target`` what lies ahead of each of its elements, 0 where nothing does."""
    found = {target[0]: np.zeros(graph.nodes[target[0]].size)}
    found[target[0]][target[1]] = 1.0
    for index in sorted(edges):  # inputs come before what is made of them
        ahead = np.zeros(graph.nodes[index].size)
        for local in edges[index]:
            if local.source in found:
                with np.errstate(over="ignore", invalid="ignore"):
                    fold.at(ahead, local.rows, weigh(local.values) * found[local.source][local.columns])
        if np.any(ahead):
            found[index] = ahead
    return found


Trace = tuple[tuple[Place, ...], tuple[float, ...]]


def _all(edges: Edges, count: Mapping[int, Array], start: Place, target: Place) -> Iterator[Trace]:
    """Yield all paths in the order of the operands."""
    open_: list[Trace] = [((start,), ())]
    while open_:
        stops, factors = open_.pop()
        if stops[-1] == target:
            yield stops, factors
        else:
            open_ += [((*stops, place), (*factors, d)) for place, d in _next(edges, count, stops[-1])][::-1]


def _strongest(edges: Edges, best: Mapping[int, Array], start: Place, target: Place) -> Iterator[Trace]:
    """Yield the paths with the largest |product| first: best-first search with the exact gain ahead (Hart et al. 1968)."""
    tie = itertools.count()
    open_: list[tuple[float, int, float, Trace]] = [(0.0, next(tie), 1.0, ((start,), ()))]
    while open_:
        _, _, product, (stops, factors) = heapq.heappop(open_)
        if stops[-1] == target:
            yield stops, factors
            continue
        for place, d in _next(edges, best, stops[-1]):
            gained = product * abs(d)
            trace = ((*stops, place), (*factors, d))
            heapq.heappush(open_, (-gained * float(best[place[0]][place[1]]), next(tie), gained, trace))


def _next(edges: Edges, ahead: Mapping[int, Array], place: Place) -> Iterator[tuple[Place, float]]:
    """Yield the elements that an element is made of and that lead on, with its derivative by each."""
    for local in edges.get(place[0], ()):
        if local.source in ahead:
            for k, d in local.row(place[1]):
                if ahead[local.source][k]:
                    yield (local.source, k), d
