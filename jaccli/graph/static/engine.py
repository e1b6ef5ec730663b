"""A graph's programs, compiled when they are worth it: a drop-in for ``evaluate``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.graph.evaluate import FLOAT64, Numbers, evaluate
from jaccli.graph.ir import Expr, Graph
from jaccli.graph.static.program import Program, compile_program
from jaccli.types import Array

__all__ = ["Engine"]

Key = tuple[tuple[int, ...], frozenset[str]]


class Engine:
    """Values of one graph: define, then run. What runs again with the same outputs and batches is compiled, once.

    after: how many runs are interpreted first; compiling takes as long as about five of them.
    """

    def __init__(self, graph: Graph, after: int = 1) -> None:
        self.graph, self.after = graph, after
        self.programs: dict[Key, Program] = {}
        self.runs: dict[Key, int] = {}

    def __call__(
        self, graph: Graph, outputs: Sequence[Expr], values: Mapping[str, Any], numbers: Numbers = FLOAT64
    ) -> list[Array]:
        """Return the values of ``outputs``; arguments, shapes and errors are those of ``graph.evaluate.evaluate``.

        Law: equal to ``evaluate`` to the last few ulps; other number systems than doubles are interpreted.
        """
        if graph is not self.graph or numbers is not FLOAT64:
            return evaluate(graph, outputs, values, numbers)
        key = tuple(y.index for y in outputs), self._batched(outputs, values)
        program = self.programs.get(key)
        if program is None:
            runs = self.runs[key] = self.runs.get(key, 0) + 1
            if runs <= self.after:
                return evaluate(graph, outputs, values)
            program = self.programs[key] = compile_program(graph, outputs, key[1])
        return program(values)

    def _batched(self, outputs: Sequence[Expr], values: Mapping[str, Any]) -> frozenset[str]:
        leaves = self.graph.inputs()
        return frozenset(n for n, x in leaves.items() if n in values and np.ndim(values[n]) > len(x.shape))
