"""A graph and entries of its outputs → what is to be seen of both passes: built once, evaluated at any point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jaccli.derive.reverse import pull_back, vjp
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.learn.passes import active_nodes
from jaccli.ops.notation import broadcast
from jaccli.results.watched import Flow, Moment, Use
from jaccli.types import Array

__all__ = ["Entry", "Watch"]

MATRIX = 48  # entries of a local Jacobian that is written out


@dataclass(frozen=True, eq=False)
class Entry:
    """One entry of an output, and what it is called."""

    title: str
    output: Expr
    flat: int

    @property
    def seed(self) -> Array:
        """The gradient that the backward pass begins with."""
        seed = np.zeros(self.output.shape)
        seed[np.unravel_index(self.flat, self.output.shape)] = 1.0
        return seed


class Watch:
    """Both passes as graphs; ``at`` gives their numbers."""

    def __init__(
        self,
        graph: Graph,
        shown: Sequence[int],
        found: Sequence[tuple[Use, int | None]],
        entries: Sequence[Entry],
        wrt: Sequence[Expr],
    ) -> None:
        self.graph, self.shown, self.entries = graph, shown, entries
        self.active = active_nodes(graph, ancestors(graph, shown), wrt)
        active = set(self.active)
        both = [(use, position, use.source in active and use.target in active) for use, position in found]
        known = [
            self._local(use, position) if moving and position is not None else (None, False)
            for use, position, moving in both
        ]
        self.locals = [local for local, _ in known]
        self.uses = tuple(replace(use, matrix=matrix) for (use, _), (_, matrix) in zip(found, known, strict=True))
        self.flows = [self._flow(entry, both) for entry in entries]

    def _local(self, use: Use, position: int) -> tuple[list[Expr | None] | Expr | None, bool]:
        """Return the derivative of a node by an operand: of the operand's shape, or its rows where all of it is small."""
        y, x = self.graph.nodes[use.target], self.graph.nodes[use.source]
        if (y.row.kind == "elementwise" and x.shape == y.shape) or not y.shape:
            ones = broadcast(self.graph.literal(1), y.shape)
            return pull_back(self.graph, use.target, position, ones), False
        if not 0 < x.size * y.size <= MATRIX or y.row.kind == "elementwise":
            return None, False
        units = (self.graph.literal(unit.reshape(y.shape)) for unit in np.eye(y.size))
        return [pull_back(self.graph, use.target, position, unit) for unit in units], True

    def _flow(
        self, entry: Entry, both: Sequence[tuple[Use, int | None, bool]]
    ) -> tuple[dict[int, Expr], list[Expr | None]]:
        graph, seed = self.graph, entry.seed
        start = graph.literal(seed) if seed.shape else graph.literal(1)
        bars = vjp(graph, {entry.output.index: start}, [Expr(graph, index) for index in self.active])
        seen = set(self.shown)
        known = {i: bar for i, bar in zip(self.active, bars, strict=True) if bar is not None and i in seen}
        products = [
            pull_back(graph, use.target, position, known[use.target])
            if moving and position is not None and use.target in known
            else None
            for use, position, moving in both
        ]
        return known, products

    def at(self, point: Mapping[str, Any], step: int | None = None) -> Moment:
        """Return the numbers at a point, all from one evaluation."""
        wanted = {index: Expr(self.graph, index) for index in self.shown}
        for local in self.locals:
            wanted |= {x.index: x for x in (local if isinstance(local, list) else [local]) if x is not None}
        for bars, products in self.flows:
            wanted |= {x.index: x for x in (*bars.values(), *products) if x is not None}
        values = evaluate(self.graph, list(wanted.values()), point)
        run = {x.index: np.broadcast_to(v, x.shape) for x, v in zip(wanted.values(), values, strict=True)}
        flows = [
            Flow(
                entry.title,
                {index: run[bar.index] for index, bar in bars.items()} | {entry.output.index: entry.seed},
                tuple(None if p is None else run[p.index] for p in products),
            )
            for entry, (bars, products) in zip(self.entries, self.flows, strict=True)
        ]
        found = tuple(self._of(local, use, run) for local, use in zip(self.locals, self.uses, strict=True))
        return Moment({index: run[index] for index in self.shown}, found, tuple(flows), step)

    def _of(self, local: list[Expr | None] | Expr | None, use: Use, run: Mapping[int, Array]) -> Array | None:
        if isinstance(local, list):
            size = self.graph.nodes[use.source].size
            return np.array([np.zeros(size) if row is None else run[row.index].reshape(-1) for row in local])
        return None if local is None else run[local.index]
