"""Variables of which only selected elements are used → the sparse Jacobian by way of the selected, where that takes fewer products.

Many observations of one camera select its numbers, each for itself. By the camera's numbers all their residuals share columns, and
products are needed for as many columns as a row has; by what each observation selected no two of them share any, and two products
of rows give all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.derive.colouring import Colouring
from jaccli.derive.compressed import CompressedJacobian
from jaccli.derive.jacobian import Run
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, ancestors
from jaccli.graph.pattern import Pattern
from jaccli.ops import Literal
from jaccli.types import Array

__all__ = ["GatheredJacobian", "sparse_jacobian"]


class GatheredJacobian:
    """The Jacobian of ``of`` by ``wrt``, made of that by the nodes ``cuts``, which select elements of them.

    places: for each element of the cuts in turn the element of the variables that it is.
    Law:    ∂y/∂x = Σ ∂y/∂s over the elements s that are x.
    """

    def __init__(self, by_cuts: CompressedJacobian, places: Array, columns: int) -> None:
        self.by_cuts, self.of, self.places = by_cuts, by_cuts.of, places
        rows, selected = by_cuts.pattern.entries
        met = places[selected]
        self.pattern = Pattern.of_entries(rows, met, (by_cuts.pattern.shape[0], columns))
        own_rows, own = self.pattern.entries
        self._into = np.searchsorted(own_rows * columns + own, rows * columns + met)

    @property
    def colouring(self) -> Colouring:
        """The products that are made; its columns are those of the selected elements."""
        return self.by_cuts.colouring

    def __call__(self, values: Mapping[str, Any]) -> Array:
        """Return the entries in the order of the pattern; cost and errors are those of ``CompressedJacobian``."""
        return np.bincount(self._into, weights=self.by_cuts(values), minlength=self.pattern.count)


def sparse_jacobian(of: Expr, wrt: Sequence[Expr], run: Run = evaluate) -> CompressedJacobian | GatheredJacobian:
    """Return what computes the entries of a Jacobian that can be nonzero, in the way that takes fewer products."""
    cuts, places = _cuts(of, wrt)
    if cuts is None:
        return CompressedJacobian(of, wrt, run)
    found = GatheredJacobian(CompressedJacobian(of, cuts, run), places, sum(x.node.size for x in wrt))
    least = min(
        _fullest(found.pattern), _fullest(found.pattern.transposed)
    )  # the plain way takes as many products, or more
    if min(_fullest(found.by_cuts.pattern), _fullest(found.by_cuts.pattern.transposed)) < least:
        if found.colouring.products < least:
            return found
        plain = CompressedJacobian(of, wrt, run)
        return found if found.colouring.products < plain.colouring.products else plain
    return CompressedJacobian(of, wrt, run)


def _fullest(pattern: Pattern) -> int:
    return int(np.diff(pattern.starts).max(initial=0))


def _cuts(of: Expr, wrt: Sequence[Expr]) -> tuple[list[Expr] | None, Array]:
    """Return the nodes that select elements of the variables, a variable itself where anything else uses it; None where all are."""
    graph = of.graph
    order = ancestors(graph, [of.index])
    users: dict[int, list[int]] = {x.index: [] for x in wrt}
    for index in order:
        for source in graph.nodes[index].inputs:
            if source in users and not graph.nodes[index].boolean:
                users[source].append(index)
    cuts, places, start = [], [], 0
    for x in wrt:
        own = users[x.index]
        selecting = x.index != of.index and all(graph.nodes[k].op == "take" for k in own)
        for cut in [Expr(graph, k) for k in own] if selecting else [x]:
            selection = dict(cut.node.params).get("index")
            chosen = selection.array.ravel() if isinstance(selection, Literal) else np.arange(x.node.size)
            cuts.append(cut)
            places.append(start + chosen)
        start += x.node.size
    if all(cut.index in users for cut in cuts):
        return None, np.zeros(0, dtype=np.int64)
    return cuts, np.concatenate(places)
