"""Boxes of a picture → the stretches in which the same few stand again and again, one feeding the next."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence

from jaccli.graph.ir import Graph

__all__ = ["equal_runs"]

LEAST = 3  # two of the same are as well shown as counted
LONGEST = 8  # boxes that are repeated together

Period = tuple[int, ...]


def equal_runs(graph: Graph, sources: Mapping[int, Sequence[int]], wanted: Sequence[int]) -> Iterator[list[Period]]:
    """Yield each stretch as its periods, which hold the same operations on values of the same shapes.

    sources: box → the boxes it is made of; only boxes that are ``wanted`` are joined.
    """
    for chain in _chains(sources, wanted):
        marks = [_mark(graph, sources, index) for index in chain]
        start = 0
        while start < len(chain):
            size, count = _longest(marks, start)
            if count >= LEAST:
                yield [tuple(chain[start + k * size : start + (k + 1) * size]) for k in range(count)]
            start += size * count


def _chains(sources: Mapping[int, Sequence[int]], wanted: Sequence[int]) -> list[list[int]]:
    """Return the stretches of boxes of which each is the only user of the one before, leaves left out."""
    users = dict[int, int]()
    for made_of in sources.values():
        for source in made_of:
            users[source] = users.get(source, 0) + 1
    chains, ending = list[list[int]](), dict[int, list[int]]()
    for index in wanted:
        before = [source for source in sources[index] if sources[source]]
        if not sources[index]:
            continue
        if len(before) == 1 and users[before[0]] == 1 and before[0] in ending:
            chain = ending.pop(before[0])
        else:
            chains.append(chain := [])
        chain.append(index)
        ending[index] = chain
    return chains


def _mark(graph: Graph, sources: Mapping[int, Sequence[int]], index: int) -> Hashable:
    """Return what two equal boxes have in common: the operations between a box and what it is made of, and the shapes."""
    made = [source for source in sources[index] if sources[source]] or sources[index]
    main = made[0] if len(made) == 1 else None  # what comes from the box before, or enters the first
    outside = {s: ("from", graph.nodes[s].shape if s == main else s) for s in sources[index]}
    place = {index: 0}
    for node in (walk := [index]):
        for source in graph.nodes[node].inputs:
            if source not in place and source not in outside:
                place[source] = len(place)  # as they are met, whatever their indices
                walk.append(source)
    return tuple(_row(graph, node, place, outside) for node in walk)


def _row(graph: Graph, index: int, place: Mapping[int, int], outside: Mapping[int, Hashable]) -> Hashable:
    node = graph.nodes[index]
    if node.op == "leaf":
        return "leaf", node.shape
    return node.op, node.params, node.shape, tuple(place.get(s, outside.get(s)) for s in node.inputs)


def _longest(marks: Sequence[Hashable], start: int) -> tuple[int, int]:
    """Return the period, from ``start`` on, that repeats over the longest stretch, and how often."""
    best = (1, 1)
    for size in range(1, LONGEST + 1):
        count = 1
        while marks[start : start + size] == marks[start + count * size : start + (count + 1) * size]:
            count += 1
        if count >= LEAST and size * count > best[0] * best[1]:
            best = (size, count)
    return best
