"""Graph → the entries of its Jacobian or Hessian that can be different from zero, by as few products as their pattern allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from jaccli.derive.colouring import Colouring, coloured
from jaccli.derive.forward import jvp
from jaccli.derive.jacobian import MEMORY_CAP, Run, run_seeded
from jaccli.derive.reverse import vjp
from jaccli.derive.star_colouring import star_coloured, where_read
from jaccli.graph.evaluate import evaluate, live_elements
from jaccli.graph.ir import Expr
from jaccli.graph.pattern import Pattern
from jaccli.graph.sparsity import pattern
from jaccli.types import Array

__all__ = ["CompressedHessian", "CompressedJacobian"]


@dataclass(frozen=True, eq=False)
class _Side:
    """Forward or reverse products: the leaves that take the seeds, the nodes that come out, and what these are shaped like."""

    seeds: Sequence[Expr]
    results: Sequence[Expr | None]
    like: Sequence[Expr]

    def together(self, computed: Sequence[Array], count: int) -> Array:
        """Return the results of ``count`` products as rows."""
        values = iter(computed)
        parts = [
            np.broadcast_to(next(values), (count, *x.shape)).reshape(count, x.node.size)
            if result is not None
            else np.zeros((count, x.node.size))
            for result, x in zip(self.results, self.like, strict=True)
        ]
        return np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]


class CompressedJacobian:
    """The Jacobian of ``of`` by the elements of ``wrt`` in turn; pattern, colours and derived graphs are made once.

    run: what runs the derived graphs; an Engine compiles those that run again.
    """

    def __init__(self, of: Expr, wrt: Sequence[Expr], run: Run = evaluate) -> None:
        self.of, self.wrt, self.run = of, tuple(wrt), run
        self.pattern: Pattern = pattern(of, wrt)

    @cached_property
    def colouring(self) -> Colouring:
        """The products that are made."""
        return coloured(self.pattern)

    def __call__(self, values: Mapping[str, Any]) -> Array:
        """Return the entries in the order of the pattern.

        Cost:   one product for each colour, in batches under the memory cap.
        Errors: KeyError naming a leaf without a value, ShapeError for a value of another shape.
        """
        colours = self.colouring
        rows, columns = self.pattern.entries
        data = np.full(self.pattern.count, np.nan)
        self._read(data, values, self._forward, colours.columns, colours.forward, ~colours.by_rows, columns, rows)
        self._read(data, values, self._reverse, colours.rows, colours.reverse, colours.by_rows, rows, columns)
        return data

    def _read(
        self,
        data: Array,
        values: Mapping[str, Any],
        side: _Side,
        colours: Array,
        count: int,
        wanted: Array,
        seeded: Array,
        met: Array,
    ) -> None:
        """Fill the wanted entries from products with the sums of unit vectors of each colour.

        seeded, met: for each entry its place among the elements that are seeded, and among those of the results.
        """
        seeds, there = side.seeds, [result for result in side.results if result is not None]
        if not count or not there:
            data[wanted] = 0.0
            return
        sizes = [seed.node.size for seed in seeds]
        step = max(1, MEMORY_CAP // (8 * (live_elements(self.of.graph, there) + sum(sizes))))
        places = np.flatnonzero(wanted)
        of_entry = colours[seeded[places]]
        for start in range(0, count, step):
            stop = min(start + step, count)
            whole = np.zeros((stop - start, len(colours)))
            chosen = np.flatnonzero((colours >= start) & (colours < stop))
            whole[colours[chosen] - start, chosen] = 1.0
            given = dict(values)
            for seed, part in zip(seeds, np.split(whole, np.cumsum(sizes)[:-1], axis=1), strict=True):
                given[str(dict(seed.node.params)["name"])] = part.reshape(stop - start, *seed.shape)
            computed = run_seeded(self.run, self.of.graph, there, given, seeds)
            found = side.together(computed, stop - start)
            now = (of_entry >= start) & (of_entry < stop)
            data[places[now]] = found[of_entry[now] - start, met[places[now]]]

    def sums(self, values: Mapping[str, Any], colours: Array) -> Array:
        """Return J · v for the sum v of the unit vectors of each colour, a row for each."""
        count = int(colours.max(initial=-1)) + 1
        rows, every = self.of.node.size, np.ones(count * self.of.node.size, dtype=bool)
        data = np.zeros(count * rows)
        first = np.array([int(np.flatnonzero(colours == colour)[0]) for colour in range(count)], dtype=np.int64)
        seeded, met = np.repeat(first, rows), np.tile(np.arange(rows), count)
        self._read(data, values, self._forward, colours, count, every, seeded, met)
        return data.reshape(count, rows)

    @cached_property
    def _forward(self) -> _Side:
        seeds = [self.of.graph.leaf(f"{x.index}_dot", x.shape) for x in self.wrt]
        results = jvp(self.of.graph, [self.of], {x.index: seed for x, seed in zip(self.wrt, seeds, strict=True)})
        return _Side(seeds, results, [self.of])

    @cached_property
    def _reverse(self) -> _Side:
        seed = self.of.graph.leaf(f"{self.of.index}_bar", self.of.shape)
        return _Side([seed], vjp(self.of.graph, {self.of.index: seed}, self.wrt), self.wrt)


class CompressedHessian:
    """The second derivatives of the number ``of`` by ``x``: the Jacobian of its gradient, which is symmetric.

    The pattern is that of the gradient's graph, joined with its mirror image.
    """

    def __init__(self, of: Expr, x: Expr, run: Run = evaluate) -> None:
        (self.gradient,) = vjp(of.graph, {of.index: of.graph.literal(1)}, [x])
        self.x, self.run = x, run
        own = pattern(self.gradient, [x]) if self.gradient is not None else Pattern.empty(x.node.size, x.node.size)
        self.pattern = Pattern.union([own, own.transposed])

    @cached_property
    def colours(self) -> Array:
        """The colour of each column."""
        return star_coloured(self.pattern)

    def __call__(self, values: Mapping[str, Any]) -> Array:
        """Return the entries in the order of the pattern; cost: one product of the Hessian with a vector for each colour."""
        if self.gradient is None or not self.pattern.count:
            return np.zeros(self.pattern.count)
        products = CompressedJacobian(self.gradient, [self.x], self.run)
        rows, colours = where_read(self.pattern, self.colours)
        return products.sums(values, self.colours)[colours, rows]
