"""The pattern of a symmetric matrix → groups of columns from which each entry, or the one across the diagonal, can be read.

No path of four vertices has two colours, so each pair of colours is a set of stars, and the spoke of a star is alone in its sum.
Source: A. Gebremedhin, F. Manne, A. Pothen, What color is your Jacobian? SIAM Review 47 (2005), section 4; T. Coleman, J. Moré,
        Estimation of sparse Hessian matrices and graph coloring problems (1984).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jaccli.derive.colouring import columns_coloured, largest_first
from jaccli.graph.pattern import Pattern
from jaccli.types import Array

__all__ = ["star_coloured", "where_read"]

MOST_STEPS = (
    10_000_000  # looks at neighbours of neighbours' neighbours, beyond which columns are coloured as in any matrix
)


def star_coloured(pattern: Pattern) -> Array:
    """Return a colour for each column of a symmetric pattern, -1 for one without entries.

    Law:  no more colours than ``columns_coloured`` gives.
    Cost: a look at the third neighbours of each vertex, for each order that is tried.
    """
    best = columns_coloured(pattern)
    near = [[k for k in group if k != own] for own, group in enumerate(pattern.lists())]
    degrees = np.array([len(group) for group in near], dtype=np.int64)
    rows, columns = pattern.entries
    if int((degrees[rows] * degrees[columns]).sum()) > MOST_STEPS:
        return best
    empty = np.diff(pattern.starts) == 0
    for order in (range(len(near)), largest_first(pattern)):
        found = np.where(empty, -1, _greedy(near, order))
        if found.max(initial=-1) < best.max(initial=-1):
            best = found
    return best


def _greedy(near: Sequence[Sequence[int]], order: Sequence[int]) -> Array:
    colours = [-1] * len(near)
    for vertex in order:
        barred = _barred(vertex, near, colours)
        colour = 0
        while colour in barred:
            colour += 1
        colours[vertex] = colour
    return np.array(colours, dtype=np.int64)


def _barred(vertex: int, near: Sequence[Sequence[int]], colours: Sequence[int]) -> set[int]:
    """Return the colours with which a vertex would equal a neighbour, or complete a path of four in two colours."""
    around = [colours[w] for w in near[vertex]]
    barred = {colour for colour in around if colour >= 0}
    twice = {colour for colour in barred if around.count(colour) > 1}
    for w in near[vertex]:
        own = colours[w]
        for x in near[w]:
            colour = colours[x]
            if x == vertex or colour < 0 or colour in barred:
                continue
            if own < 0 or own in twice or any(y != w and colours[y] == own for y in near[x]):
                barred.add(colour)
    return barred


def where_read(pattern: Pattern, colours: Array) -> tuple[Array, Array]:
    """Return for each entry the row and the colour of the sum in which it, or the entry across the diagonal, stands alone.

    Errors: ValueError where an entry stands alone in neither, so that the colours are no star colouring.
    """
    rows, columns = pattern.entries
    width = int(colours.max(initial=-1)) + 1
    keys = rows * width + colours[columns]
    counts = np.bincount(keys, minlength=pattern.shape[0] * width)
    alone = counts[keys] == 1
    across = counts[columns * width + colours[rows]] == 1
    if not np.all(alone | across):
        raise ValueError("an entry shares both its sums with others: the colours are no star colouring")
    return np.where(alone, rows, columns), np.where(alone, colours[columns], colours[rows])
