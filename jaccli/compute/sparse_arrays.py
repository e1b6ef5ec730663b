"""Sparse Jacobians and Hessians of a spec → arrays of scipy.sparse, by one product for each colour of the pattern."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jaccli.derive.compressed import CompressedHessian
from jaccli.derive.gathered import sparse_jacobian
from jaccli.errors import UsageError
from jaccli.graph.build import Built
from jaccli.graph.pattern import Pattern
from jaccli.graph.static import Engine
from jaccli.spec.points import Point
from jaccli.types import Array

__all__ = ["SparseJacobian", "sparse_hessian"]


class SparseJacobian:
    """The Jacobian of an output by some variables side by side, at one point after another."""

    def __init__(self, built: Built, of: str, wrt: Sequence[str], engine: Engine) -> None:
        self.output, self.engine = built.outputs[of], engine
        self.compressed = sparse_jacobian(self.output, [built.variables[name] for name in wrt], engine)

    def __call__(self, point: Point) -> Any:
        """Return it as a csr_array; NaN at the entries of a row whose value is NaN."""
        found = self.compressed
        data = found(point)
        (value,) = self.engine(self.output.graph, [self.output], point)
        lost = np.isnan(np.broadcast_to(value, self.output.shape)).ravel()
        data[lost[found.pattern.entries[0]]] = np.nan
        return _sparse(found.pattern, data)


def sparse_hessian(built: Built, of: str, wrt: str, point: Point, engine: Engine) -> Any:
    """Return the Hessian of the number ``of`` by one variable as a csr_array.

    Errors: UsageError where the output is not a number.
    """
    output = built.outputs[of]
    if output.shape:
        raise UsageError(f"`{of}` has shape {output.shape}; sparse_hessian() takes a number")
    found = CompressedHessian(output, built.variables[wrt], engine)
    return _sparse(found.pattern, found(point))


def _sparse(pattern: Pattern, data: Array) -> Any:
    from scipy.sparse import csr_array

    return csr_array((data, pattern.columns, pattern.starts), shape=pattern.shape)
