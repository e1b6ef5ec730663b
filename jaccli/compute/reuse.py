"""A built spec at one point → its values and derivatives, kept from change to change: only what depends on it is computed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.derive.reverse import vjp
from jaccli.errors import UsageError
from jaccli.graph.build import Built
from jaccli.graph.cached import Cache
from jaccli.graph.ir import Expr, ancestors
from jaccli.learn.naming import node_names
from jaccli.results.reuse import Change, Counts, Reuse
from jaccli.types import Array

__all__ = ["Kept", "changed"]

SMALL = 12  # nodes of a graph whose formulas are names enough
MAX_KEPT = 50_000_000  # elements of all values together: 400 MB of doubles


class Kept:
    """The values of a spec and the Jacobians of its outputs, forward and backward nodes alike kept in memory.

    point      the values of inputs, params and constants now
    values     output → value
    jacobians  output → variable → Jacobian; shapes of.shape + wrt.shape
    """

    def __init__(
        self,
        built: Built,
        at: Mapping[str, Any] | None = None,
        of: Sequence[str] | None = None,
        wrt: Sequence[str] | None = None,
    ) -> None:
        self.built, self.point = built, built.point(at)
        if missing := [v.name for v in built.spec.variables if v.name not in self.point]:
            raise UsageError(f"`{missing[0]}` has no value; give --at {missing[0]}=…")
        self.outputs = {name: built.outputs[name] for name in of or built.outputs}
        self.wrt = {name: built.variables[name] for name in wrt or built.differentiable}
        self._bars = {name: self._pulled_back(y) for name, y in self.outputs.items()}
        self._forward = set(ancestors(built.graph, [y.index for y in self.outputs.values()]))
        self._cache = Cache(built.graph)
        self.values: dict[str, Array] = {}
        self.jacobians: dict[str, dict[str, Array]] = {}
        self.reuse = self._run(())

    def change(self, values: Mapping[str, Any]) -> Reuse:
        """Give inputs or params other values; return what was computed again, and what was reused.

        Errors: UsageError for an unknown name, another shape, or a number that is not finite; nothing is changed then.
        """
        inputs = {name: self.point[name] for name in self.built.differentiable}
        self.point = self.built.point({**inputs, **values})
        return self._run(tuple(values))

    def _pulled_back(self, y: Expr) -> list[Expr | None]:
        seed = self.built.graph.literal(1) if not y.shape else self.built.graph.leaf(f"{y.index}_bar", y.shape)
        elements = sum(self.built.graph.nodes[k].size for k in ancestors(self.built.graph, [y.index]))
        if elements * y.node.size > MAX_KEPT:
            raise UsageError(
                f"the values to keep are more than {MAX_KEPT:,} numbers; choose fewer outputs, or a smaller one"
            )
        return vjp(self.built.graph, {y.index: seed}, list(self.wrt.values()))

    def _run(self, changed: tuple[str, ...]) -> Reuse:
        graph = self.built.graph
        seeds = {f"{y.index}_bar": np.eye(y.node.size).reshape(-1, *y.shape) for y in self.outputs.values() if y.shape}
        wanted = [*self.outputs.values(), *(bar for bars in self._bars.values() for bar in bars if bar is not None)]
        found = iter(self._cache.evaluate(wanted, {**self.point, **seeds}))
        self.values = {name: np.array(np.broadcast_to(next(found), y.shape)) for name, y in self.outputs.items()}
        self.jacobians = {
            of: {name: self._block(of, name, bar, found) for name, bar in zip(self.wrt, bars, strict=True)}
            for of, bars in self._bars.items()
        }
        made = [k for k in ancestors(graph, [x.index for x in wanted]) if graph.nodes[k].row.kind != "nullary"]
        return Reuse(
            changed, *(self._counts([k for k in made if (k in self._forward) == ahead]) for ahead in (True, False))
        )

    def _block(self, of: str, name: str, bar: Expr | None, found: Any) -> Array:
        y, x = self.outputs[of], self.wrt[name]
        if bar is None:
            return np.zeros(y.shape + x.shape)
        value = next(found)
        return np.array(np.broadcast_to(value, (y.node.size, *x.shape) if y.shape else x.shape)).reshape(
            y.shape + x.shape
        )

    def _counts(self, nodes: Sequence[int]) -> Counts:
        again = [k for k in nodes if k in self._cache.again]
        kept = [k for k in nodes if k not in self._cache.again]
        return Counts(len(again), len(kept), self._names(again), self._names(kept))

    def _names(self, nodes: Sequence[int]) -> tuple[str, ...]:
        """Return what a reader knows nodes of the forward pass by: their names, and in a small graph their formulas."""
        graph = self.built.graph
        names = node_names(graph, sorted(self._forward)) if len(self._forward) <= SMALL else graph.names
        return tuple(names[k] for k in nodes if k in names and k in self._forward)


def changed(kept: Kept, changes: Sequence[Mapping[str, Any]]) -> tuple[Change, ...]:
    """Return what each of ``changes``, made one after the other, takes and does to the outputs."""
    found = []
    for values in changes:
        before = kept.values
        found.append(Change(kept.change(values), before, kept.values))
    return tuple(found)
