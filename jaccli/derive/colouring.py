"""The pattern of a matrix → groups of columns, or rows, that one product gives together.

Two columns may share a product where no row has both: the sum then still tells them apart.
Source: A. Gebremedhin, F. Manne, A. Pothen, What color is your Jacobian? SIAM Review 47 (2005), sections 3 to 5;
        A. Curtis, M. Powell, J. Reid, On the estimation of sparse Jacobian matrices (1974).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jaccli.graph.pattern import Pattern
from jaccli.types import Array

__all__ = ["Colouring", "coloured", "columns_coloured", "largest_first", "smallest_last"]

MOST_PAIRS = 2_000_000  # pairs of columns that meet, up to which the order that needs them is tried
BORDERS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)  # dense rows, or columns, that are tried apart from the rest


@dataclass(frozen=True, eq=False)
class Colouring:
    """How the entries of a matrix are found by few products with vectors.

    columns   the colour of each column in the products J · v, -1 for one that has none
    rows      the colour of each row in the products Jᵀ · u
    by_rows   for each entry of the pattern, in its order, whether it is read from a product of the second kind
    """

    columns: Array
    rows: Array
    by_rows: Array

    @property
    def forward(self) -> int:
        """The number of products J · v."""
        return int(self.columns.max(initial=-1)) + 1

    @property
    def reverse(self) -> int:
        """The number of products Jᵀ · u."""
        return int(self.rows.max(initial=-1)) + 1

    @property
    def products(self) -> int:
        """The number of products of both kinds."""
        return self.forward + self.reverse


def coloured(pattern: Pattern) -> Colouring:
    """Return the colouring with the fewest products: of columns, of rows, or of both with a few dense rows or columns apart.

    Law:  an arrow (a diagonal, a dense row, a dense column) takes 3 products, whatever its size.
    Cost: some passes over the entries for each split that is tried; a split is tried where what it sets apart is at least twice as
          dense as what it leaves.
    """
    best = _by_columns(pattern)
    if np.diff(pattern.transposed.starts).max(initial=0) < best.products:
        best = min(best, _by_rows(pattern), key=lambda one: one.products)
    for split, side in ((_dense_rows, pattern), (_dense_columns, pattern.transposed)):
        density = np.diff(side.starts)
        order = np.argsort(-density, kind="stable")
        for count in BORDERS:
            if count >= min(len(order), best.products):
                break
            if density[order[count - 1]] >= 2 * density[order[count]]:
                best = min(best, split(pattern, order[:count]), key=lambda one: one.products)
    return best


def _by_columns(pattern: Pattern) -> Colouring:
    return Colouring(columns_coloured(pattern), np.full(pattern.shape[0], -1), np.zeros(pattern.count, dtype=bool))


def _by_rows(pattern: Pattern) -> Colouring:
    return Colouring(
        np.full(pattern.shape[1], -1), columns_coloured(pattern.transposed), np.ones(pattern.count, dtype=bool)
    )


def _dense_rows(pattern: Pattern, dense: Array) -> Colouring:
    """Return a colouring whose reverse products give the dense rows, and the forward ones all others."""
    apart, rows = _split(pattern, dense)
    return Colouring(columns_coloured(pattern.without(apart)), rows, apart[pattern.entries[0]])


def _dense_columns(pattern: Pattern, dense: Array) -> Colouring:
    """Return a colouring whose forward products give the dense columns, and the reverse ones all others."""
    apart, columns = _split(pattern.transposed, dense)
    return Colouring(columns, columns_coloured(pattern.transposed.without(apart)), ~apart[pattern.entries[1]])


def _split(pattern: Pattern, dense: Array) -> tuple[Array, Array]:
    apart = np.zeros(pattern.shape[0], dtype=bool)
    apart[dense] = True
    rows = np.full(pattern.shape[0], -1)
    rows[dense] = columns_coloured(pattern.taken(dense).transposed)
    return apart, rows


def columns_coloured(pattern: Pattern) -> Array:
    """Return a colour for each column, -1 for one without entries, such that no row has two columns of one colour.

    Law:  never fewer than the entries of the fullest row; the fewest of the orders that are tried.
    Cost: two looks at each entry for each order: a row keeps the colours it has as the bits of one number.
    """
    fullest = int(np.diff(pattern.starts).max(initial=0))
    if (ranked := _by_rank(pattern)) is not None:
        return ranked
    rows_of = pattern.transposed.lists()
    best: Array | None = None
    for order in (_natural, largest_first, smallest_last):
        sequence = order(pattern)
        if sequence is None:
            continue
        found = _greedy(rows_of, sequence, pattern.shape[0])
        if best is None or found.max(initial=-1) < best.max(initial=-1):
            best = found
        if best.max(initial=-1) + 1 <= fullest:
            break
    assert best is not None
    return best


def _by_rank(pattern: Pattern) -> Array | None:
    """Return as the colour of each column its largest rank among those of a row, None where a row has two of one colour then.

    Law: there are as many as the fullest row has entries, which cannot be fewer; blocks side by side are coloured so.
    """
    rows, columns = pattern.entries
    ranks = np.arange(pattern.count) - pattern.starts[rows]
    colours = np.full(pattern.shape[1], -1)
    np.maximum.at(colours, columns, ranks)
    seen = np.zeros(pattern.shape[0] * (int(colours.max(initial=-1)) + 1), dtype=bool)
    seen[rows * (int(colours.max(initial=-1)) + 1) + colours[columns]] = True
    return colours if np.count_nonzero(seen) == pattern.count else None


def _greedy(rows_of: Sequence[Sequence[int]], order: Sequence[int], rows: int) -> Array:
    """Return for each column the first colour that no row of it has yet."""
    taken = [0] * rows
    colours = [-1] * len(rows_of)
    for column in order:
        mask = 0
        for row in rows_of[column]:
            mask |= taken[row]
        if not rows_of[column]:
            continue
        free = ~mask & (mask + 1)
        for row in rows_of[column]:
            taken[row] |= free
        colours[column] = free.bit_length() - 1
    return np.array(colours, dtype=np.int64)


def _natural(pattern: Pattern) -> list[int]:
    return list(range(pattern.shape[1]))


def largest_first(pattern: Pattern) -> list[int]:
    """Return the columns by how many others their rows have, most first."""
    rows, columns = pattern.entries
    met = np.bincount(columns, weights=(np.diff(pattern.starts) - 1)[rows], minlength=pattern.shape[1])
    return np.argsort(-met, kind="stable").tolist()


def smallest_last(pattern: Pattern) -> list[int] | None:
    """Return the columns such that each meets as few as possible of those before it; None where too many pairs meet.

    Source: D. Matula, L. Beck, Smallest-last ordering and clustering and graph coloring algorithms (1983).
    """
    lengths = np.diff(pattern.starts)
    if int((lengths * lengths).sum()) > MOST_PAIRS:
        return None
    rows, columns = pattern.entries
    near = pattern.taken(rows).added(columns, pattern.shape[1]).lists()
    return _peeled([[k for k in group if k != own] for own, group in enumerate(near)])


def _peeled(near: Sequence[Sequence[int]]) -> list[int]:
    """Return the vertices of a graph, the last being one with the fewest neighbours, and so on without it."""
    degrees = [len(group) for group in near]
    buckets: list[list[int]] = [[] for _ in range(max(degrees, default=0) + 1)]
    for vertex, degree in enumerate(degrees):
        buckets[degree].append(vertex)
    gone = [False] * len(near)
    order: list[int] = []
    lowest = 0
    while len(order) < len(near):
        while not buckets[lowest]:
            lowest += 1
        vertex = buckets[lowest].pop()
        if gone[vertex] or degrees[vertex] != lowest:
            continue
        gone[vertex] = True
        order.append(vertex)
        for other in near[vertex]:
            if not gone[other]:
                degrees[other] -= 1
                buckets[degrees[other]].append(other)
        lowest = max(lowest - 1, 0)
    return order[::-1]
