"""A graph → the boxes of its picture: one for each layer or named step, equal ones in a row shown once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from jaccli.errors import UsageError, suggestion
from jaccli.graph.ir import Block, Graph
from jaccli.learn.naming import operation, whole_texts
from jaccli.learn.repeats import equal_runs

__all__ = ["MANY", "Folded", "Group", "View", "fold", "written"]

MANY = 40  # boxes; where there are more, leaves join the only box that uses them


@dataclass(frozen=True)
class View:
    """How much is shown: layers down to ``depth``, every operation where it is None, and of which names the inside.

    join  whether equal boxes in a row are one
    """

    depth: int | None = 1
    unfold: AbstractSet[str] = frozenset()
    join: bool = True


@dataclass(frozen=True)
class Group:
    """A box: the node whose value it shows, what it is called and does, and the leaves that are folded into it.

    text   the expression that the node is, where it is all of one
    times  how many equal ones stand for in a row, of which ``index`` is the last
    """

    index: int
    name: str
    kind: str
    text: str | None = None
    leaves: tuple[int, ...] = ()
    times: int = 1


Folded = tuple[list[Group], dict[int, list[int]]]


def written(graph: Graph, group: Group, sources: Sequence[int], names: Mapping[int, str]) -> str:
    """Return what a box does: in the user's words where it is one expression, else its operation or kind of layer."""
    node = graph.nodes[group.index]
    if not node.inputs:
        return "given"
    operands = node.inputs if group.kind == node.op else sources
    return group.text or operation(group.kind, [names[source] for source in operands], 60)


def fold(graph: Graph, order: Sequence[int], names: Mapping[int, str], view: View) -> Folded:
    """Return the boxes in the order of their nodes, and for each the boxes it is made of.

    A box is made of another where it uses its node, directly or through nodes that are not shown.
    Errors: UsageError for a name in ``view.unfold`` that is no layer or step.
    """
    _known(graph, order, view.unfold)
    blocks = _blocks(graph, order, view)
    groups = _groups(graph, order, names, view, blocks)
    sources = _sources(graph, order, groups.keys(), _homes(graph, blocks))
    if view.depth is None or not view.join:
        return list(groups.values()), sources
    if len(groups) > MANY:
        _absorb_leaves(graph, groups, sources)
    _join_equal(graph, groups, sources, lambda index: len(groups) > MANY or index in graph.blocks)
    return list(groups.values()), sources


def _known(graph: Graph, order: Sequence[int], unfold: AbstractSet[str]) -> None:
    layers = {block.name for index in order if index in graph.blocks for block in graph.blocks[index].line}
    known = layers | {graph.names[index] for index in order if index in graph.names and graph.nodes[index].inputs}
    for name in unfold - known:
        help_ = suggestion(name, known) or f"known: {', '.join(sorted(known)[:12])}"
        raise UsageError(f"there is no layer or step `{name}` to unfold; {help_}")


def _blocks(graph: Graph, order: Sequence[int], view: View) -> dict[int, Block]:
    """Return for each node that is folded into a layer that layer."""
    inside = {index: graph.blocks[index].line for index in order if index in graph.blocks}
    opened = {
        outer.name
        for line in inside.values()
        for k, block in enumerate(line, 1)
        if block.name in view.unfold
        for outer in line[:k]
    }
    found = dict[int, Block]()
    for index, line in inside.items() if view.depth is not None else ():
        closed = [b for k, b in enumerate(line, 1) if b.name not in opened and k >= (view.depth or 1)]
        if closed or line[-1].name not in view.unfold:
            found[index] = closed[0] if closed else line[-1]
    return found


def _groups(
    graph: Graph, order: Sequence[int], names: Mapping[int, str], view: View, blocks: Mapping[int, Block]
) -> dict[int, Group]:
    last = {block.name: index for index, block in blocks.items() if graph.nodes[index].inputs}
    leaves = dict[str, list[int]]()
    for index, block in blocks.items():
        if graph.nodes[index].op == "leaf":
            leaves.setdefault(block.name, []).append(index)
    texts = whole_texts(graph, order)
    opened = _inside_steps(graph, order, view.unfold)
    groups = dict[int, Group]()
    for index in order:
        node, folded = graph.nodes[index], blocks.get(index)
        if folded is not None:
            if last.get(folded.name) == index:
                groups[index] = Group(index, folded.name, folded.kind, None, tuple(leaves.get(folded.name, ())))
        elif (node.op != "literal" or index == order[-1]) and (
            view.depth is None or index in graph.names or index in opened or index in graph.blocks
        ):
            groups[index] = Group(index, names[index], node.op, texts.get(index))
    return groups


def _inside_steps(graph: Graph, order: Sequence[int], unfold: AbstractSet[str]) -> set[int]:
    """Return the nodes without a name that lie between the steps to unfold and what those are made of."""
    open_ = [index for index in order if graph.names.get(index) in unfold]
    found = set[int]()
    while open_:
        for source in graph.nodes[open_.pop()].inputs:
            if source not in graph.names and source not in found and source not in graph.blocks:
                found.add(source)
                open_.append(source)
    return found


def _homes(graph: Graph, blocks: Mapping[int, Block]) -> dict[int, int]:
    """Return for each node folded into a layer the node that the layer's box shows; leaves are shown by whoever uses them."""
    last = {block.name: index for index, block in blocks.items() if graph.nodes[index].inputs}
    return {index: last[block.name] for index, block in blocks.items() if graph.nodes[index].inputs}


def _sources(
    graph: Graph, order: Sequence[int], shown: AbstractSet[int], homes: Mapping[int, int]
) -> dict[int, list[int]]:
    """Return for each node the shown nodes that reach it directly or through nodes that are not shown.

    What is used of the inside of another layer, as the state of a time step is by the next one, comes from that layer's box.
    """
    reach = dict[int, list[int]]()
    for index in order:
        found = list[int]()
        for x in graph.nodes[index].inputs:
            home = homes.get(x)
            if x in shown:
                found.append(x)
            elif home in shown and home is not None and home < index and home != homes.get(index):
                found.append(home)
            else:
                found += reach[x]
        reach[index] = list(dict.fromkeys(found))
    return {index: reach[index] for index in order if index in shown}


def _absorb_leaves(graph: Graph, groups: dict[int, Group], sources: dict[int, list[int]]) -> None:
    users = dict[int, list[int]]()
    for index, made_of in sources.items():
        for source in made_of:
            users.setdefault(source, []).append(index)
    for leaf, (user, *more) in users.items():
        if graph.nodes[leaf].op == "leaf" and not more and len(sources[user]) > 1:
            groups[user] = replace(groups[user], leaves=(*groups[user].leaves, leaf))
            sources[user] = [s for s in sources[user] if s != leaf]
            del groups[leaf], sources[leaf]


def _join_equal(
    graph: Graph, groups: dict[int, Group], sources: dict[int, list[int]], wanted: Callable[[int], bool]
) -> None:
    """Leave of equal boxes in a row the last ones, with their number."""
    for run in equal_runs(graph, sources, [index for index in groups if wanted(index)]):
        first, last = run[0], run[-1]
        for one, other in zip(first, last, strict=True):
            name = f"{groups[one].name} … {groups[other].name}"
            text = f"{groups[one].text} … {groups[other].text}" if groups[one].text else None
            groups[other] = replace(groups[other], name=name, text=text, times=len(run))
        sources[last[0]] = sources[first[0]]
        for period in run[:-1]:
            for index in period:
                del groups[index], sources[index]
