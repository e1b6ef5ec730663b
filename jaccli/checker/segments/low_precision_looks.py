"""A derivative in low precision → what it misses the values by along segments of numbers of that precision."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from jaccli.adapters import Derivative, Leaf
from jaccli.checker.problem import Problem
from jaccli.checker.references.function import Differenced
from jaccli.checker.segments.asked import Asked, rule
from jaccli.checker.segments.rounded import realised, spacing
from jaccli.reference import input_scale
from jaccli.types import Array

__all__ = ["LowPrecisionLooks", "Sides"]

NODES = 7
BESIDE = 0.1  # of the input's size
RARE = 0.25  # of the average size: a unit that hardly ever moves would drown the others beside it


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of the gradient theorem along some segments, (k,) each.

    moved     ⟨v, f(b) − f(a)⟩
    given     the integral of the derivative
    rounding  the standard deviation of moved − given where each value and each product is rounded once
    """

    moved: Array
    given: Array
    rounding: Array

    @property
    def off(self) -> Array:
        """What is left of the difference of both sides, (k,)."""
        return self.moved - self.given


@dataclass(frozen=True, slots=True)
class Move:
    """A segment from a to b, what moves along it, and the squares of both values' spacings, (m,)."""

    a: Array
    b: Array
    change: Array
    squares: Array


class LowPrecisionLooks:
    """The segments of one block: symmetric around the point, all elements of the input moving.

    nodes, panels  of the quadrature
    evaluations    calls of the function and of its derivative so far
    """

    def __init__(self, problem: Problem, differences: Differenced, y: Leaf, x: Leaf, derivative: Derivative) -> None:
        self.nodes, self.panels = NODES, 1
        self.y, self.x, self.asked, self.seed = y, x, Asked(derivative, x, y), problem.seed
        self.fn, self.rows, self.flat = differences.function(x), problem.rows[y.name], x.value.reshape(-1)
        self.scale, self.evaluations = input_scale(self.flat), 0

    def is_constant(self) -> bool:
        """Return whether the derivative is given as a matrix that does not depend on the point."""
        if not self.by_matrix:
            return False
        (there,) = self.tangents(self.rng("another point"), 1)
        here, beside = self.asked.derivative, self.asked.at(realised(self.x, self.flat + BESIDE * there))
        return np.array_equal(self.asked.matrix(here), self.asked.matrix(beside), equal_nan=True)

    @property
    def by_matrix(self) -> bool:
        """Whether the derivative is given whole, and not by its products."""
        return self.asked.derivative.vjp is self.asked.derivative.jvp is None

    def coherent(self, draw: int, half: float, count: int) -> tuple[Sides, Array]:
        """Return what segments show with cotangents along f(b) − f(a), and the size of what moves in each row, (m,)."""
        moves = [self.move(half * u) for u in self.tangents(self.rng(f"coherent {draw}"), count)]
        size = np.sqrt(np.mean([one.change**2 for one in moves], axis=0))
        return self.sides((one, one.change) for one in moves), size

    def of_signs(self, draw: int, half: float, size: Array, members: Iterable[Array]) -> Sides:
        """Return what segments show with random signs of some rows, in units of a row that moves by ``size``.

        members: the rows of each segment. The same draw has the same tangents and cotangents at every length.
        """
        rng = self.rng(f"signs {draw}")
        weights = 1 / np.fmax(size, RARE * np.sqrt(np.mean(size**2)))

        def pairs() -> Iterator[tuple[Move, Array]]:
            for mine in members:
                v, (u,) = np.zeros(size.size), self.tangents(rng, 1)
                v[mine] = rng.choice([-1.0, 1.0], mine.size) * weights[mine]
                yield self.move(half * u), v

        return self.sides(pairs(), in_units=True)

    def rng(self, words: str) -> np.random.Generator:
        """Return random numbers that depend on the seed and the block alone."""
        return np.random.default_rng(
            [self.seed, zlib.crc32(f"low precision {words}:{self.y.name}/{self.x.name}".encode())]
        )

    def tangents(self, rng: np.random.Generator, count: int) -> Array:
        """Return tangents of the size of the input, (count, n)."""
        return rng.standard_normal((count, self.flat.size)) * self.scale

    def move(self, step: Array) -> Move:
        """Return a segment from one end to the other."""
        a, b = (realised(self.x, self.flat + side * step) for side in (-1, 1))
        below, above = self.fn(np.stack([a, b]))[:, self.rows]
        self.evaluations += 2
        return Move(a, b, above - below, spacing(self.y, above) ** 2 + spacing(self.y, below) ** 2)

    def sides(self, pairs: Iterable[tuple[Move, Array]], in_units: bool = False) -> Sides:
        """Return both sides for some segments and cotangents.

        in_units: whether they are told in units of the cotangents as they came.
        """
        found = []
        for one, v in pairs:
            a, d = one.a, one.b - one.a
            size = float(np.sqrt(np.mean(v**2))) or 1.0
            seed = realised(self.y, v / size)
            t, w = rule(self.nodes, self.panels)
            slopes, squares = self.slopes(realised(self.x, a + t[:, None] * d), d, seed)
            total = float(w @ slopes)
            variance = (float(np.sum(seed**2 * one.squares)) + float(w**2 @ squares)) / 12
            by = size if in_units else 1.0
            found.append((by * float(seed @ one.change), by * total, by * float(np.sqrt(variance))))
        return Sides(*np.array(found).T)

    def slopes(self, points: Array, d: Array, v: Array) -> tuple[Array, Array]:
        """Return ⟨v, J d⟩ at many points, (k,), and the sum of the squares of the spacings in it, (k,).

        Law: a tangent is d times a power of two, of size one; it is rounded like the ends of the segment, at another place on each.
        """
        self.evaluations += len(points)
        if self.asked.by_rows:
            pulled = self.asked.products(points, np.zeros_like(points), np.tile(v, (len(points), 1)))
            return pulled @ d, np.sum((spacing(self.x, pulled) * d) ** 2, axis=1)
        size = 2.0 ** np.round(np.log2(np.sqrt(np.mean(d**2)) or 1.0))
        pushed = self.asked.pushed(points, np.tile(realised(self.x, d / size), (len(points), 1)))
        return size * (pushed @ v), size**2 * np.sum((spacing(self.y, pushed) * v) ** 2, axis=1)
