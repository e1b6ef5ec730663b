"""One derivative of a Python function × random directions → its verdict, without the Jacobian where that is too large."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from jaccli.adapters import Derivative, Leaf, Trouble, TroubleError, without_trouble
from jaccli.adapters.subject import Blocks
from jaccli.checker.directions.judge import Directions, Probes, Product, dense
from jaccli.checker.effort.work import MAX_ROWS
from jaccli.checker.unchecked import unchecked
from jaccli.results.checks import Check
from jaccli.types import Array

__all__ = ["Directed"]

WRITTEN_OUT = Trouble(
    "JAC009",
    "no symbolic derivative: the block is too large to be written out",
    "forward and reverse mode do not depend on it",
)
MAX_CALLS = 256  # of a vjp, one for each row


@dataclass(frozen=True)
class Directed:
    """The derivatives of a function by one input."""

    x: Leaf
    filled: dict[str, Blocks] = field(default_factory=dict)  # Jacobians that were given whole, by derivative

    def checked(self, judge: Directions, probes: Probes, derivative: Derivative, y: Leaf, blank: Check) -> Check:
        """Return the verdict on one derivative of one output, by what differences along the directions gave."""
        if derivative.program and derivative.vjp is derivative.jvp is None:
            return unchecked(blank, WRITTEN_OUT)
        try:
            if derivative.vjp is not None and self.too_many_rows(derivative, y):
                return judge.paired(blank, self.transposed_product(derivative, y), probes)
            return judge.judged(blank, self.product(derivative, y), probes)
        except TroubleError as error:
            return unchecked(blank, error.trouble)

    def too_many_rows(self, derivative: Derivative, y: Leaf) -> bool:
        """Return whether a Jacobian takes too many products by rows, or too much memory."""
        by_calls = derivative.blocks is None and y.value.size > MAX_CALLS
        return by_calls or y.value.size * self.x.value.size > MAX_ROWS

    def product(self, derivative: Derivative, y: Leaf) -> Product:
        """Return J dx for many tangents."""
        if derivative.jvp is not None:
            return self.forward_product(derivative, y)
        if derivative.vjp is not None and derivative.blocks is None:
            return dense(self.rows(derivative, y))
        if derivative.tested not in self.filled:
            given = derivative.jacobian
            self.filled[derivative.tested] = derivative.blocks([self.x.name]) if derivative.blocks else given()  # type: ignore[misc]
        block = without_trouble(self.filled[derivative.tested][y.name, self.x.name])
        return dense(block.reshape(y.value.size, -1))

    def forward_product(self, derivative: Derivative, y: Leaf) -> Product:
        """Return J dx, by one call of the jvp for every direction."""
        shape = self.x.value.shape
        assert derivative.jvp is not None
        jvp = derivative.jvp

        def product(tangents: Array) -> Array:
            columns = [jvp({self.x.name: dx.reshape(shape)})[y.name].reshape(-1) for dx in tangents]
            return np.stack(columns, axis=1)

        return product

    def rows(self, derivative: Derivative, y: Leaf) -> Array:
        """Return the Jacobian of one output, by one call of the vjp for every row."""
        pulled = self.transposed_product(derivative, y)
        return np.stack([pulled(-2.0 * row) for row in np.eye(y.value.size)]) / -2.0

    def transposed_product(self, derivative: Derivative, y: Leaf) -> Callable[[Array], Array]:
        """Return Jᵀ v."""
        assert derivative.vjp is not None
        vjp = derivative.vjp
        return lambda y_bar: vjp({y.name: y_bar.reshape(y.value.shape)})[self.x.name].reshape(-1)
