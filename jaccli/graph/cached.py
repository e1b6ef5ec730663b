"""Values of a graph kept from run to run: only what depends on a changed leaf is computed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.graph.evaluate import apply_kernel
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.types import Array

__all__ = ["Cache"]


class Cache:
    """The values of one graph at one point, forward and backward nodes alike.

    computed, reused  how many nodes the last run computed, and how many it found unchanged; leaves are not counted
    again             the indices of those that it computed
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.values: dict[int, Array] = {}
        self.computed = self.reused = 0
        self.again: frozenset[int] = frozenset()

    def evaluate(self, outputs: Sequence[Expr], leaves: Mapping[str, Any]) -> list[Array]:
        """Return the values of ``outputs`` at one point, given the leaves' values by name.

        Cost: one kernel per node that is new, or depends on a leaf whose value differs from the last run's.
        """
        order = ancestors(self.graph, [output.index for output in outputs])
        self._drop_dependents({index for index in order if self._changed(index, leaves)})
        missing = [index for index in order if index not in self.values]
        with np.errstate(all="ignore"):
            for index in missing:
                node = self.graph.nodes[index]
                self.values[index] = apply_kernel(node, [self.values[source] for source in node.inputs])
        self.computed, self.again = len(missing), frozenset(missing)
        self.reused = sum(self.graph.nodes[index].op != "leaf" for index in order) - len(missing)
        return [self.values[output.index] for output in outputs]

    def _changed(self, index: int, leaves: Mapping[str, Any]) -> bool:
        """Take over the value of a leaf, and return whether it is another one."""
        node = self.graph.nodes[index]
        if node.op != "leaf":
            return False
        given = np.asarray(leaves[str(dict(node.params)["name"])])
        new = np.array(given, dtype=bool if node.boolean else np.float64)
        old = self.values.get(index)
        if old is not None and np.array_equal(old, new, equal_nan=not node.boolean):
            return False
        self.values[index] = new
        return True

    def _drop_dependents(self, changed: set[int]) -> None:
        for index in sorted(self.values) if changed else ():
            if any(source in changed for source in self.graph.nodes[index].inputs):
                del self.values[index]
                changed.add(index)
