"""A derivative of one output by one input, asked at points along a segment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from jaccli.adapters import Derivative, Leaf, without_trouble
from jaccli.types import Array

__all__ = ["Asked", "rule"]

SEED = 30.0  # the size of a cotangent, or a tangent: gradients are clipped at 1 to 10, as a rule


@dataclass(frozen=True)
class Asked:
    """A derivative of one output by one input, asked at other points."""

    derivative: Derivative
    x: Leaf
    y: Leaf

    def at(self, point: Array) -> Derivative:
        """Return the derivative at a point, (n,)."""
        assert self.derivative.at is not None
        return self.derivative.at({self.x.name: point.reshape(self.x.value.shape)})

    def vjp_at(self, point: Array, v: Array) -> Array:
        """Return Jᵀ v at a point, (n,)."""
        derivative = self.at(point)
        if derivative.vjp is not None:
            found = derivative.vjp({self.y.name: v.reshape(self.y.value.shape)})[self.x.name]
            return np.asarray(found, dtype=np.float64).reshape(-1)
        return v @ self.matrix(derivative)

    def matrix(self, derivative: Derivative) -> Array:
        """Return the block of a derivative that is not asked by products, (m, n).

        Errors: TroubleError where the user's code raises.
        """
        if derivative.blocks is not None:
            block = derivative.blocks([self.x.name])[self.y.name, self.x.name]
        else:
            assert derivative.jacobian is not None
            block = derivative.jacobian()[self.y.name, self.x.name]
        return np.asarray(without_trouble(block), dtype=np.float64).reshape(self.y.value.size, self.x.value.size)

    def integral(self, a: Array, b: Array, v: Array, nodes: int) -> float:
        """Return ∫ ⟨Jᵀ v, dx⟩ from a to b."""
        total = 0.0
        for t, w in zip(*rule(nodes), strict=True):
            total += float(w) * self.slope(a + t * (b - a), b - a, v)
        return total

    def slope(self, point: Array, step: Array, v: Array) -> float:
        """Return ⟨v, J step⟩ at a point."""
        return float(self.product(point, step, v) @ (step if self.by_rows else v))

    @property
    def by_rows(self) -> bool:
        """Whether the derivative is asked for Jᵀ v, and not for J u."""
        return self.derivative.vjp is not None or self.derivative.jvp is None

    def product(self, point: Array, step: Array, v: Array) -> Array:
        """Return Jᵀ v at a point, (n,), of a jvp J step, (m,)."""
        if self.by_rows:
            return self.vjp_at(point, v)
        jvp = self.at(point).jvp
        assert jvp is not None
        large = SEED / float(np.sqrt(np.mean(step**2)) or 1.0)
        found = jvp({self.x.name: (large * step).reshape(self.x.value.shape)})[self.y.name]
        return np.asarray(found, dtype=np.float64).reshape(-1) / large


@lru_cache
def rule(nodes: int, panels: int = 1) -> tuple[Array, Array]:
    """Return the nodes and weights of Gauss and Legendre on each of so many equal parts of [0, 1]."""
    t, w = np.polynomial.legendre.leggauss(nodes)
    starts = np.arange(panels)[:, None]
    return ((0.5 * (t + 1) + starts) / panels).reshape(-1), np.tile(0.5 * w / panels, panels)
