"""A graph, its passes and a view → a drawing as data: boxes with values and gradients, arrows, and where all stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jaccli.graph.ir import Graph, ancestors
from jaccli.learn.folding import Folded, Group, written
from jaccli.learn.layout import Layout, arrange
from jaccli.learn.naming import node_names
from jaccli.results.explained import Passes
from jaccli.types import Array

__all__ = ["Arrow", "Box", "Drawing", "draw"]


@dataclass(frozen=True, eq=False)
class Box:
    """A node, or the layer that ends in it: what it is called and does, its value and gradient.

    holds  what is folded into it
    role   input, param, constant, step or output
    times  how many equal ones stand for in a row; the value and the gradient are those of the last
    """

    index: int
    name: str
    does: str
    holds: str
    role: str
    value: Array | None
    gradient: Array | None
    times: int


@dataclass(frozen=True)
class Arrow:
    """Where a value flows, by node index, its shape, and the derivative of the target by it where that is one number."""

    source: int
    target: int
    shape: tuple[int, ...]
    local: float | None = None


@dataclass(frozen=True, eq=False)
class Drawing:
    """A title, the entry whose gradients are shown, boxes, arrows, and their places."""

    title: str
    of: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    layout: Layout


def draw(
    graph: Graph, of: Sequence[int], title: str, found: Passes, folded: Folded, roles: Mapping[str, str]
) -> Drawing:
    """Return the drawing of what the nodes ``of`` depend on.

    found: passes with the values and gradients of all nodes that are shown.
    roles: leaf → input, param or constant.
    """
    groups, sources = folded
    names = node_names(graph, ancestors(graph, of)) | {group.index: group.name for group in groups}
    values = {row.index: row.value for row in found.values}
    boxes = []
    for group in groups:
        index = group.index
        does, holds = _does(graph, group, sources[index], names), _holds(graph, group, names)
        role = _role(graph, group, of, roles)
        boxes.append(Box(index, group.name, does, holds, role, values.get(index), found.bars.get(index), group.times))
    slopes = _slopes(found, {name: index for index, name in names.items()})
    arrows = [
        Arrow(s, index, graph.nodes[s].shape, slopes.get((s, index)))
        for index, made_of in sources.items()
        for s in made_of
    ]
    return Drawing(title, found.of, tuple(boxes), tuple(arrows), arrange(sources))


def _slopes(found: Passes, named: Mapping[str, int]) -> dict[tuple[int, int], float]:
    """Return the local derivatives that are numbers, by node and user; two uses by one user add up."""
    slopes = dict[tuple[int, int], float]()
    for row in found.contributions:
        if row.local is not None and row.local.ndim == 0 and row.via in named:
            key = row.index, named[row.via]
            slopes[key] = slopes.get(key, 0.0) + float(row.local)
    return slopes


def _role(graph: Graph, group: Group, of: Sequence[int], roles: Mapping[str, str]) -> str:
    if group.index in of:
        return "output"
    node = graph.nodes[group.index]
    return roles.get(str(dict(node.params).get("name")), "constant") if not node.inputs else "step"


def _does(graph: Graph, group: Group, sources: Sequence[int], names: Mapping[int, str]) -> str:
    node = graph.nodes[group.index]
    if not node.inputs:
        return ""
    text = written(graph, group, sources, names) if group.kind == node.op else group.kind
    return "" if text == group.name else text


def _holds(graph: Graph, group: Group, names: Mapping[int, str]) -> str:
    if not group.leaves:
        return ""
    if len(group.leaves) <= 2 and group.index not in graph.blocks:
        return f"with {', '.join(names[leaf] for leaf in group.leaves)}"
    numbers = sum(graph.nodes[leaf].size for leaf in group.leaves)
    return f"{numbers:,} parameter{'s' * (numbers != 1)}"
