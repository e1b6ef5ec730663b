"""Random points inside the domain of an output, and what every node and derivative is worth there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.derive.reverse import vjp
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.types import Array

__all__ = ["Sample", "samples"]

TRIES = 12


class Sample:
    """One point: the values of nodes there, and the cotangents of the variables for a random cotangent of the output."""

    def __init__(self, graph: Graph, values: Mapping[str, Array], y_bar: Array, bars: Sequence[Array | None]) -> None:
        self.graph, self.values, self.y_bar, self.bars = graph, values, y_bar, bars
        self.known: dict[int, Array] = {}

    def value(self, index: int) -> Array:
        """Return the value of a node, a vector as a column."""
        if index not in self.known:
            expr = Expr(self.graph, index)
            found = np.broadcast_to(evaluate(self.graph, [expr], self.values)[0], expr.shape)
            self.known[index] = found[:, None] if found.ndim == 1 else found
        return self.known[index]


def _drawn(rng: Any, shape: tuple[int, ...], kind: str) -> Array:
    """Return a value: matrices are scaled so that what they map stays of order one."""
    scale = 1 / np.sqrt(shape[-1]) if len(shape) > 1 else 1.0
    if kind == "normal":
        return rng.standard_normal(shape) * scale
    found = rng.uniform(0.1, 0.9, shape) * (scale if kind == "unit" else 1.0) + (0.5 if kind == "positive" else 0.0)
    square = len(shape) == 2 and shape[0] == shape[1]
    return found + shape[0] * np.eye(shape[0]) if square and kind == "positive" else found


def samples(graph: Graph, of: Expr, wrt: Sequence[Expr], fixed: Mapping[str, Array], count: int) -> list[Sample]:
    """Return ``count`` points at which the output and all its derivatives are finite, or fewer if none can be found.

    fixed: values of leaves that are not drawn: the spec's constants.
    """
    rng = np.random.default_rng(0)
    leaves = {
        str(dict(graph.nodes[k].params)["name"]): graph.nodes[k].shape
        for k in ancestors(graph, [of.index]) if graph.nodes[k].op == "leaf"
    }  # fmt: skip
    seed = graph.leaf(f"{of.index}_bar", of.shape)
    bars = vjp(graph, {of.index: seed}, wrt)
    wanted = [of, *(bar for bar in bars if bar is not None)]
    found: list[Sample] = []
    for trial in range(TRIES):
        if len(found) == count:
            break
        kind = "normal" if trial < TRIES // 2 else ("positive", "unit")[trial % 2]
        values = {name: fixed[name] if name in fixed else _drawn(rng, shape, kind) for name, shape in leaves.items()}
        y_bar = rng.standard_normal(of.shape) if of.shape else np.ones(())
        numbers = evaluate(graph, wanted, {**values, f"{of.index}_bar": y_bar})
        if all(np.all(np.isfinite(value)) for value in numbers):
            rest = iter(numbers[1:])
            held = [
                np.broadcast_to(next(rest), x.shape) if bar is not None else None
                for bar, x in zip(bars, wrt, strict=True)
            ]
            found.append(Sample(graph, values, y_bar, held))
    return found
