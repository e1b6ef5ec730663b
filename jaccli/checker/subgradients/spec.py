"""One output of a spec at a point with kinks → whether the derivatives by its variables go together there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jaccli import certify
from jaccli.checker.subgradients.joint import Apart, Around, apart_together
from jaccli.graph.build import Built
from jaccli.graph.cost import weighted_operations
from jaccli.graph.evaluate import evaluate
from jaccli.reference import Reference, side_by_side
from jaccli.results.names import entry_names
from jaccli.spec.points import Point
from jaccli.types import Array

__all__ = ["Ties"]

WORK = 3e5  # weighted ball operations of one look along all directions


@dataclass(frozen=True)
class Ties:
    """One output at one point."""

    built: Built
    of: str
    point: Point

    def apart(self, tested: Mapping[str, Array], references: Mapping[str, Reference], rtol: float) -> Apart | None:
        """Return a direction along which derivatives by some variables are no subgradient together; see ``apart_together``."""
        names = list(tested)
        reference = side_by_side([references[name] for name in names])
        matrix = np.concatenate([tested[name].reshape(len(reference.value), -1) for name in names], axis=1)
        x = np.concatenate([self.point[name].reshape(-1) for name in names])
        return apart_together(lambda points: self.values(names, points), x, matrix, reference, rtol, self.around(names))

    def names(self, names: Sequence[str]) -> list[str]:
        """Return what messages call the elements of some variables, side by side."""
        return [entry for name in names for entry in entry_names(name, self.point[name].shape)]

    def parts(self, names: Sequence[str], rows: Array) -> dict[str, Array]:
        """Return rows of all variables side by side as one array for each, (k, *shape)."""
        ends = np.cumsum([self.point[name].size for name in names])[:-1]
        split = np.split(rows, ends, axis=1)
        return {name: part.reshape(-1, *self.point[name].shape) for name, part in zip(names, split, strict=True)}

    def values(self, names: Sequence[str], points: Array) -> Array:
        """Return the output at many points of some variables, (points, m)."""
        output = self.built.outputs[self.of]
        (found,) = evaluate(self.built.graph, [output], {**self.point, **self.parts(names, points)})
        return np.broadcast_to(found, (len(points), *output.shape)).reshape(len(points), -1)

    def around(self, names: Sequence[str]) -> Around | None:
        """Return the slopes that any choices at the point's ties give, None where they cannot be had, or not in time."""
        graph, output = self.built.graph, self.built.outputs[self.of]
        if certify.unsupported(graph, output) or weighted_operations(graph, [output]) > WORK:
            return None

        def slopes(u: Array) -> tuple[Array, Array]:
            return certify.slopes_around(graph, output, self.point, self.parts(names, u))

        return slopes
