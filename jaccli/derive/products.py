"""Vectors → their products with a graph's Jacobian or Hessian, which is never built."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.derive.forward import jvp
from jaccli.derive.jacobian import Plan, Run, in_batches, run_seeded
from jaccli.derive.reverse import vjp
from jaccli.graph.evaluate import FLOAT64, evaluate
from jaccli.graph.ir import Expr, Graph
from jaccli.types import Array

__all__ = ["Products", "hvp_at", "jvp_at", "vjp_at"]

Results = Sequence[Expr | None]


class Products:
    """J dx, Jᵀ ȳ and H dx of one graph: each is derived once for the same names, and run at any point.

    run: what runs the derived graphs; an Engine compiles those that run again.
    """

    def __init__(self, graph: Graph, run: Run = evaluate) -> None:
        self.graph, self.run = graph, run
        self._derived: dict[Hashable, Results] = {}

    def jvp(self, of: Sequence[Expr], tangents: Mapping[str, Array], values: Mapping[str, Any]) -> list[Array]:
        """Return J @ dx for each output, dx given by variable name; shapes: those of the outputs."""
        seeds, supplied = _tangent_seeds(self.graph, tangents)
        results = self._once(("jvp", _indices(of), tuple(seeds)), lambda: jvp(self.graph, of, seeds))
        return self._dense(results, of, {**values, **supplied}, tuple(seeds.values()))

    def vjp(self, cotangents: Mapping[int, Array], wrt: Sequence[Expr], values: Mapping[str, Any]) -> list[Array]:
        """Return Jᵀ @ y_bar for each variable, y_bar given by the output's node index; shapes: those of the variables."""
        seeds = {index: self.graph.leaf(f"{index}_bar", self.graph.nodes[index].shape) for index in cotangents}
        supplied = {f"{index}_bar": y_bar for index, y_bar in cotangents.items()}
        results = self._once(("vjp", tuple(seeds), _indices(wrt)), lambda: vjp(self.graph, seeds, wrt))
        return self._dense(results, wrt, {**values, **supplied}, tuple(seeds.values()))

    def hvp(
        self, of: Expr, wrt: Sequence[Expr], tangents: Mapping[str, Array], values: Mapping[str, Any]
    ) -> list[Array]:
        """Return the derivative of the Jacobian of ``of`` along dx, for each variable: the Hessian times dx.

        Shapes: of.shape + x.shape each.
        Cost:   one forward-over-reverse pass per output element, all in one batch.
        """
        y_bar = self.graph.leaf(f"{of.index}_bar", of.shape)
        seeds, supplied = _tangent_seeds(self.graph, tangents)
        key = ("hvp", of.index, _indices(wrt), tuple(seeds))
        results = self._once(key, lambda: self._along(vjp(self.graph, {of.index: y_bar}, wrt), seeds))
        plan = Plan("reverse", y_bar, tuple(results), of.node.size)
        found = in_batches(self.graph, plan, results, of.shape, {**values, **supplied}, FLOAT64, self.run)
        shapes = [of.shape + x.shape for x in wrt]
        return [row.reshape(s) if row is not None else np.zeros(s) for row, s in zip(found, shapes, strict=True)]

    def _once(self, key: Hashable, derive: Callable[[], Results]) -> Results:
        if key not in self._derived:
            self._derived[key] = derive()
        return self._derived[key]

    def _along(self, bars: Results, seeds: dict[int, Expr]) -> Results:
        pushed = iter(jvp(self.graph, [bar for bar in bars if bar is not None], seeds))
        return [next(pushed) if bar is not None else None for bar in bars]

    def _dense(
        self, results: Results, like: Sequence[Expr], values: Mapping[str, Any], seeds: Sequence[Expr]
    ) -> list[Array]:
        computed = iter(run_seeded(self.run, self.graph, [r for r in results if r is not None], values, seeds))
        return [
            np.array(np.broadcast_to(next(computed), x.shape)) if r is not None else np.zeros(x.shape)
            for r, x in zip(results, like, strict=True)
        ]


def _indices(nodes: Sequence[Expr]) -> tuple[int, ...]:
    return tuple(x.index for x in nodes)


def _tangent_seeds(graph: Graph, tangents: Mapping[str, Array]) -> tuple[dict[int, Expr], dict[str, Array]]:
    """Return a leaf for the tangent of each variable, by the variable's index, and the tangents by the names of these leaves."""
    indices = {name: graph.leaves[name] for name in tangents}
    seeds = {k: graph.leaf(f"{k}_dot", graph.nodes[k].shape) for k in indices.values()}
    return seeds, {f"{indices[name]}_dot": dx for name, dx in tangents.items()}


def jvp_at(graph: Graph, of: Sequence[Expr], tangents: Mapping[str, Array], values: Mapping[str, Any]) -> list[Array]:
    """Return J @ dx for each output, once; as ``Products.jvp``."""
    return Products(graph).jvp(of, tangents, values)


def vjp_at(
    graph: Graph, cotangents: Mapping[int, Array], wrt: Sequence[Expr], values: Mapping[str, Any]
) -> list[Array]:
    """Return Jᵀ @ y_bar for each variable, once; as ``Products.vjp``."""
    return Products(graph).vjp(cotangents, wrt, values)


def hvp_at(
    graph: Graph, of: Expr, wrt: Sequence[Expr], tangents: Mapping[str, Array], values: Mapping[str, Any]
) -> list[Array]:
    """Return the Hessian of ``of`` times dx for each variable, once; as ``Products.hvp``."""
    return Products(graph).hvp(of, wrt, tangents, values)
