"""A derivative under test, asked along segments around the point → whether it gives the values that the function has at their ends.

For a differentiable f, any segment from a to b and any cotangent v (the gradient theorem),

    ⟨v, f(b) − f(a)⟩ = ∫₀¹ ⟨J(a + t(b−a))ᵀ v, b − a⟩ dt .

The values are far apart, so that rounding hardly counts, and nothing is divided by a small step. A right derivative leaves the
error of the quadrature and of rounding; one that is wrong by a share ε leaves ε times a random number of order one. Agreement of a
few random pairs (segment, cotangent) is therefore a proof, with the residual as its error bar; disagreement is a question, for the
function may have a kink on the segment, and other references answer it.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from jaccli.adapters import Derivative, Leaf, Trouble
from jaccli.checker.problem import Problem
from jaccli.checker.references.function import Differenced
from jaccli.reference import input_scale, magnitude
from jaccli.types import Array

__all__ = ["PAIRS", "Agreement", "Segments"]

NODES = 5  # of Gauss and Legendre, odd: the middle of a symmetric segment is the point itself
SHORT = 0.8  # of the longer part is the shorter one of an unequal segment, which sees what is odd around the point
HALVES = (2.0**-4, 2.0**-8, 2.0**-12)  # half lengths, in units of the inputs' scale: a kink near by needs a short one
PAIRS = 4  # half of them symmetric
ALPHA = 1e-6  # the probability that the bound does not hold
SEED = 30.0  # the size of a cotangent, or a tangent: gradients are clipped at 1 to 10, as a rule
PROBES = 2  # of each size that rows and columns have
RANGE = 2.0**10  # between the columns that move together; smaller ones move by themselves
GROUPS = 3
CHANCE, TINY = 2.0**-6, 2.0**-20  # of the root mean square of all elements
ROUNDING = 64 * 2.0**-52
LASTING = 0.5  # of what a longer segment was off by: it is no kink that a shorter one is still off by


@dataclass(frozen=True, slots=True)
class Agreement:
    """What segments show of one block.

    tested, expected  the integral of the derivative along the worst segment, and what the values give
    bound             on the error of any row or column, in units of its size
    h                 the half length of the segments, in units of the inputs' scale
    reach             how far the input moves each output, (m,)
    """

    tested: float
    expected: float
    bound: float
    h: float
    pairs: int
    evaluations: int
    reach: Array

    @property
    def sentence(self) -> str:
        """The guarantee in words."""
        off = abs(self.tested - self.expected)
        return (
            f"agrees with the values along {self.pairs} segments around the point, {self.h:g} of the input's size long to each "
            f"side, to {off:.1e}; an error of {self.bound:.1e} of any row or column would have been seen (confidence 1 − 1e-6)"
        )


class Segments:
    """The segments of one input.

    pairs:  of segment and cotangent for each group of columns
    nodes:  of the quadrature, odd
    halves: lengths of the longer part of a segment, in units of the scale, tried one after the other
    """

    def __init__(
        self, problem: Problem, differences: Differenced, x: Leaf, pairs: int = PAIRS, nodes: int = NODES,
        halves: tuple[float, ...] = HALVES,
    ) -> None:  # fmt: skip
        self.problem, self.x, self.pairs, self.nodes, self.halves = problem, x, pairs, nodes, halves
        self.fn, self.flat = differences.function(x), x.value.reshape(-1)
        self.scale = _scale(self.flat)
        self.spent = 0
        self.size, self.off = np.zeros(0), math.inf  # of the rows, and what the last segment was off by
        self.known: dict[bytes, Array] = {}  # points → values there
        self.columns: dict[str, Array] = {}  # output → the size of each column in units of the rows, (n,)

    def agreed(self, y: Leaf, derivative: Derivative, rtol: float) -> Agreement | None:
        """Return that a derivative of one output agrees with its values, None where that is not shown.

        rtol:   how much of a row or a column an error may be.
        Errors: Trouble where the user's code raises.
        """
        asked = _Asked(derivative, self.x, y)
        columns = self.sizes(y, asked)
        if columns is None:
            return None
        groups = list(self.groups(columns))
        still = np.flatnonzero(columns == 0)
        if len(groups) > GROUPS or not self.visible(still) or not self.still(y, asked, still):
            return None
        found = [self.of_group(y, asked, members, columns, rtol, len(groups)) for members in groups]
        if not found or any(one is None for one in found):
            return None
        shown = [one for one in found if one is not None]
        worst = max(shown, key=lambda one: one.bound)
        reach = np.sum([one.reach for one in shown], axis=0)
        return Agreement(worst.tested, worst.expected, worst.bound, worst.h, self.pairs, self.spent, reach)

    # --- the sizes of columns, and what moves together

    def sizes(self, y: Leaf, asked: _Asked) -> Array | None:
        """Return the size of each column, of rows that have size one, in the input's units; None where values do not show it."""
        if y.name not in self.columns:
            if asked.derivative.vjp is None and asked.derivative.jacobian is None:
                return None
            weights = self.row_weights(y)
            rng = self.rng(y, "columns")
            seeds = [rng.standard_normal(y.value.size) * weights for _ in range(PROBES)]
            found = np.sqrt(np.mean([asked.pulled(self.flat, v) ** 2 for v in seeds], axis=0)) * self.scale
            if not np.all(np.isfinite(found)):
                return None
            self.columns[y.name] = found
        return self.columns[y.name]

    def row_weights(self, y: Leaf) -> Array:
        """Return the inverse sizes of rows, from values along segments in which all elements move."""
        u = self.rng(y, "rows").standard_normal((PROBES, self.flat.size)) * self.scale
        moved = self.moves(y, u * self.halves[0], u * self.halves[0])
        return _inverse(np.sqrt(np.mean(moved**2, axis=0)))

    def groups(self, columns: Array) -> Iterator[Array]:
        """Yield the columns whose sizes lie within a factor of RANGE, the largest first; those of size zero are in none."""
        left = np.flatnonzero(columns)
        while left.size:
            inside = columns[left] * RANGE >= np.max(columns[left])
            yield left[inside]
            left = left[~inside]

    def visible(self, members: Array) -> bool:
        """Return whether elements are not so small beside others that what moves with them would be lost in rounding."""
        return bool(np.all(self.scale[members] * RANGE >= np.max(self.scale)))

    def still(self, y: Leaf, asked: _Asked, members: Array) -> bool:
        """Return whether the output does not move with some elements, and the derivative says so for every row.

        Sizes of columns tell nothing of rows that do not move, nor of another derivative than the one they were taken of.
        """
        if not members.size:
            return True
        u = np.zeros((PROBES, self.flat.size))
        u[:, members] = self.rng(y, "still").standard_normal((PROBES, members.size)) * self.scale[members]
        if asked.slope(self.flat, u[0], self.apart(y)):
            return False
        moved = self.moves(y, u * self.halves[0], u * self.halves[0])
        with np.errstate(all="ignore"):
            return bool(np.all(np.abs(moved) <= ROUNDING * np.abs(y.value.reshape(-1))))

    def apart(self, y: Leaf) -> Array:
        """Return a cotangent with which the slopes of no two rows cancel, as those of p and 1 − p do with a constant one, (m,)."""
        return SEED * self.rng(y, "apart").standard_normal(y.value.size)

    def rng(self, y: Leaf, purpose: str) -> np.random.Generator:
        """Return random numbers that depend on the seed and the block alone."""
        words = f"segments {purpose}:{y.name}/{self.x.name}"
        return np.random.default_rng([self.problem.seed, zlib.crc32(words.encode())])

    def moves(self, y: Leaf, behind: Array, ahead: Array) -> Array:
        """Return f(x + ahead) − f(x − behind) for each of several segments, (k, m)."""
        points = np.concatenate([self.flat + ahead, self.flat - behind])
        if (key := points.tobytes()) not in self.known:  # those of another derivative, or of another output
            self.known[key] = self.fn(points)
            self.spent += len(points)
        values = self.known[key][:, self.problem.rows[y.name]]
        with np.errstate(all="ignore"):
            return np.asarray(values[: len(ahead)] - values[len(ahead) :])

    # --- segments

    def of_group(
        self, y: Leaf, asked: _Asked, members: Array, columns: Array, rtol: float, groups: int
    ) -> Agreement | None:
        """Return the agreement along segments in which some columns move, by steps that give all of them the same weight."""
        share = np.minimum(1.0, np.quantile(columns[members], 0.1) / columns[members])
        u = np.zeros((self.pairs, self.flat.size))
        drawn = self.rng(y, f"directions {members[0]}").standard_normal((self.pairs, members.size))
        u[:, members] = drawn * self.scale[members] * share
        short = np.where(np.arange(self.pairs) % 2, SHORT, 1.0)[:, None]
        weighed = columns[members] * share
        least = min(1.0, float(np.min(weighed) / np.sqrt(np.mean(weighed**2) * members.size / y.value.size)))
        factor = flat_factor(self.pairs // 2, ALPHA / groups) / least
        before = math.inf
        for h in self.halves:
            self.off = math.inf
            found = self.along(y, asked, h * u, short, rtol / factor)
            if found is not None:
                return Agreement(*found[:2], factor * found[2], h, self.pairs, self.spent, self.size / h)
            if LASTING * before <= self.off < math.inf:
                return None  # a kink or a narrow feature is left behind by a shorter segment, a mistake is not
            before = self.off
        return None

    def along(
        self, y: Leaf, asked: _Asked, steps: Array, short: Array, allowed: float
    ) -> tuple[float, float, float] | None:
        """Return the integral and the value of the worst segment, and their difference; None where one of them does not agree.

        Shapes: steps (k, n), of which a segment reaches one ahead of the point and ``short`` of one, (k, 1), behind it.
        allowed: the difference, for rows of size one.
        """
        moved = self.moves(y, short * steps, steps) / (1 + short)
        if not np.all(np.isfinite(moved)):
            return None
        self.size = np.sqrt(np.mean(moved**2, axis=0))
        weights = _inverse(self.size)
        still = weights == 0
        if np.any(still) and asked.slope(self.flat, steps[0], np.where(still, self.apart(y), 0.0)):
            return None  # a row that does not move, and whose derivative is not zero
        v = self.rng(y, "cotangents").standard_normal(moved.shape) * weights
        large = SEED / np.sqrt(np.mean(v**2, axis=1))
        worst = (0.0, 0.0, -1.0)
        for k, (step, part) in enumerate(zip(steps, short, strict=True)):
            a, b = self.flat - part * step, self.flat + step
            tested = asked.integral(a, b, large[k] * v[k], self.nodes) / float(large[k] * (1 + part[0]))
            expected = float(moved[k] @ v[k])
            off = abs(tested - expected)
            if not off <= allowed:
                self.off = off
                return None
            worst = max(worst, (tested, expected, off), key=lambda one: one[2])
        return worst


@dataclass(frozen=True)
class _Asked:
    """A derivative of one output by one input, asked at other points."""

    derivative: Derivative
    x: Leaf
    y: Leaf

    def at(self, point: Array) -> Derivative:
        assert self.derivative.at is not None
        return self.derivative.at({self.x.name: point.reshape(self.x.value.shape)})

    def pulled(self, point: Array, v: Array) -> Array:
        """Return Jᵀ v at a point, (n,)."""
        derivative = self.at(point)
        if derivative.vjp is not None:
            found = derivative.vjp({self.y.name: v.reshape(self.y.value.shape)})[self.x.name]
            return np.asarray(found, dtype=np.float64).reshape(-1)
        return v @ self.matrix(derivative)

    def matrix(self, derivative: Derivative) -> Array:
        assert derivative.jacobian is not None
        block = derivative.jacobian()[self.y.name, self.x.name]
        if isinstance(block, Trouble):
            raise block
        return np.asarray(block, dtype=np.float64).reshape(self.y.value.size, self.x.value.size)

    def integral(self, a: Array, b: Array, v: Array, nodes: int) -> float:
        """Return ∫ ⟨Jᵀ v, dx⟩ from a to b."""
        total = 0.0
        for t, w in zip(*_rule(nodes), strict=True):
            total += float(w) * self.slope(a + t * (b - a), b - a, v)
        return total

    def slope(self, point: Array, step: Array, v: Array) -> float:
        """Return ⟨v, J step⟩ at a point."""
        if self.derivative.vjp is not None or self.derivative.jvp is None:
            return float(self.pulled(point, v) @ step)
        jvp = self.at(point).jvp
        assert jvp is not None
        large = SEED / float(np.sqrt(np.mean(step**2)) or 1.0)
        found = jvp({self.x.name: (large * step).reshape(self.x.value.shape)})[self.y.name]
        return float(np.asarray(found, dtype=np.float64).reshape(-1) @ v) / large


def _scale(x: Array) -> Array:
    """Return by how much each element moves: its own size, and no less than some of the others' where it is small by chance.

    Among a thousand normal numbers some are a thousandth of the rest; one of 1e-7 beside them has a size of its own.
    """
    own, least = magnitude(x), input_scale(x) * CHANCE
    return np.where(own < TINY * input_scale(x), own, np.fmax(own, least))


def _inverse(size: Array) -> Array:
    """Return 1/size, 0 where it is 0."""
    with np.errstate(divide="ignore"):
        return np.where(size > 0, 1 / np.where(size > 0, size, 1.0), 0.0)


@lru_cache
def _rule(nodes: int) -> tuple[Array, Array]:
    """Return the nodes and weights of Gauss and Legendre on [0, 1]."""
    t, w = np.polynomial.legendre.leggauss(nodes)
    return 0.5 * (t + 1), 0.5 * w


@lru_cache
def flat_factor(pairs: int, alpha: float) -> float:
    """Return c so that, with probability 1 − alpha, ‖E‖ does not exceed c times the largest |vᵀ E u| of so many Gaussian pairs.

    Law: as ``verdict.guarantee.pair_factor``, for small t: a product of two standard normals is below t with probability
         (2/π) t (1 − γ + ln(2/t)).
    """
    wanted, low, high = alpha ** (1 / pairs), 0.0, 1.0
    for _ in range(200):
        t = 0.5 * (low + high)
        inside = 2 / math.pi * t * (1 - np.euler_gamma + math.log(2 / t))
        low, high = (t, high) if inside < wanted else (low, t)
    return 1 / low
