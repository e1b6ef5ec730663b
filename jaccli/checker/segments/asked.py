"""A derivative of one output by one input, asked at points along a segment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from jaccli.adapters import Derivative, Leaf, without_trouble
from jaccli.adapters.subject import Blocks
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

    def here(self, v: Array) -> Array:
        """Return Jᵀ v at the point itself, (n,)."""
        if self.derivative.vjp is None:
            return v @ self.matrix(self.derivative)
        found = self.derivative.vjp({self.y.name: v.reshape(self.y.value.shape)})[self.x.name]
        return np.asarray(found, dtype=np.float64).reshape(-1)

    def matrix(self, derivative: Derivative) -> Array:
        """Return the block of a derivative that is not asked by products, (m, n).

        Errors: TroubleError where the user's code raises.
        """
        if derivative.blocks is not None:
            return self.block_of(derivative.blocks([self.x.name]))
        assert derivative.jacobian is not None
        return self.block_of(derivative.jacobian())

    def block_of(self, blocks: Blocks) -> Array:
        """Return the block of this output and input among others, (m, n).

        Errors: TroubleError where the user's code raises.
        """
        block = without_trouble(blocks[self.y.name, self.x.name])
        return np.asarray(block, dtype=np.float64).reshape(self.y.value.size, self.x.value.size)

    def integrals(self, a: Array, b: Array, v: Array, nodes: int) -> tuple[Array, Array]:
        """Return ∫ ⟨Jᵀ v, dx⟩ along segments from a to b, (k, n) each, with cotangents (k, m); and the size of columns there.

        Shapes: (k,) and (n,), the root mean square of Jᵀ v over all nodes; zeros of a derivative that gives J u.
        """
        t, w = rule(nodes)
        points = (a[:, None] + t[:, None] * (b - a)[:, None]).reshape(-1, a.shape[1])
        steps, seeds = np.repeat(b - a, nodes, axis=0), np.repeat(v, nodes, axis=0)
        found = self.products(points, steps, seeds)
        with np.errstate(all="ignore"):
            slopes = np.einsum("kn,kn->k", found, steps if self.by_rows else seeds)
            columns = (
                np.sqrt(np.einsum("kn,kn->n", found, found) / len(found)) if self.by_rows else np.zeros(a.shape[1])
            )
        return np.asarray(slopes.reshape(-1, nodes) @ w), columns

    @property
    def together(self) -> bool:
        """Whether products at many points are asked for at once."""
        return (self.derivative.vjps_at if self.by_rows else self.derivative.jvps_at) is not None

    def products(self, points: Array, steps: Array, v: Array) -> Array:
        """Return Jᵀ v at many points, (k, n), of a jvp J step, (k, m), with a step and a cotangent of its own at each."""
        x, y, count = self.x, self.y, len(points)
        if not self.by_rows:
            size = np.sqrt(np.mean(steps**2, axis=1))
            large = SEED / np.where(size > 0, size, 1.0)[:, None]
            return np.asarray(self.pushed(points, large * steps) / large)
        if self.derivative.vjps_at is None:
            return np.array([self.vjp_at(*one) for one in zip(points, v, strict=True)])
        at = {x.name: points.reshape(count, *x.value.shape)}
        pulled = self.derivative.vjps_at(at, {y.name: v.reshape(count, *y.value.shape)})[x.name]
        return np.asarray(pulled, dtype=np.float64).reshape(points.shape)

    def pushed(self, points: Array, tangents: Array) -> Array:
        """Return J dx at many points, (k, m), with a tangent of its own at each."""
        x, y, count = self.x, self.y, len(points)
        shape = (count, *x.value.shape)
        if self.derivative.jvps_at is not None:
            found = self.derivative.jvps_at({x.name: points.reshape(shape)}, {x.name: tangents.reshape(shape)})[y.name]
            return np.asarray(found, dtype=np.float64).reshape(count, -1)
        return np.array([self.jvp_at(*one) for one in zip(points, tangents, strict=True)])

    def jvp_at(self, point: Array, dx: Array) -> Array:
        """Return J dx at a point, (m,)."""
        jvp = self.at(point).jvp
        assert jvp is not None
        found = jvp({self.x.name: dx.reshape(self.x.value.shape)})[self.y.name]
        return np.asarray(found, dtype=np.float64).reshape(-1)

    def slopes(self, points: Array, steps: Array, v: Array) -> Array:
        """Return ⟨v, J step⟩ at many points, (k,), with a step and a cotangent of its own at each."""
        found = self.products(points, steps, v)
        with np.errstate(all="ignore"):
            return np.asarray(np.einsum("kn,kn->k", found, steps if self.by_rows else v))

    def slope(self, point: Array, step: Array, v: Array) -> float:
        """Return ⟨v, J step⟩ at a point."""
        with np.errstate(all="ignore"):  # a product that overflows is judged as one that is not finite
            return float(self.product(point, step, v) @ (step if self.by_rows else v))

    @property
    def by_rows(self) -> bool:
        """Whether the derivative is asked for Jᵀ v, and not for J u."""
        return self.derivative.vjp is not None or self.derivative.jvp is None

    def product(self, point: Array, step: Array, v: Array) -> Array:
        """Return Jᵀ v at a point, (n,), of a jvp J step, (m,)."""
        if self.by_rows:
            return self.vjp_at(point, v)
        large = SEED / float(np.sqrt(np.mean(step**2)) or 1.0)
        return self.jvp_at(point, large * step) / large


@lru_cache
def rule(nodes: int, panels: int = 1) -> tuple[Array, Array]:
    """Return the nodes and weights of Gauss and Legendre on each of so many equal parts of [0, 1]."""
    t, w = np.polynomial.legendre.leggauss(nodes)
    starts = np.arange(panels)[:, None]
    return ((0.5 * (t + 1) + starts) / panels).reshape(-1), np.tile(0.5 * w / panels, panels)
