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
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from jaccli.adapters import Derivative, Leaf
from jaccli.checker.problem import Problem
from jaccli.checker.segments.asked import SEED, Asked
from jaccli.checker.segments.bounds import (
    NEAR,
    RANGE,
    Agreement,
    alike,
    flat_factor,
    inverse,
    least_column,
    rms,
    scale_of,
)  # fmt: skip
from jaccli.types import Array

__all__ = ["ALPHA", "HALVES", "NODES", "PAIRS", "PROBES", "SHORT", "Missed", "Segments"]

NODES = 5  # of Gauss and Legendre, odd: the middle of a symmetric segment is the point itself
SHORT = 0.8  # of the longer part is the shorter one of an unequal segment, which sees what is odd around the point
HALVES = (2.0**-4, 2.0**-8, 2.0**-12)  # half lengths, in units of the inputs' scale: a kink near by needs a short one
PAIRS = 8  # half of them symmetric
STAGES = (2, 4, 8)  # pairs that are asked before the others: of a smooth function the first show enough
AT_ONCE = 4  # those that come first where a batch of them takes hardly longer than one
ALPHA = 1e-6  # the probability that the bound does not hold
PROBES = 2  # of each size that rows and columns have
GROUPS = 3
ROUNDING = 64 * 2.0**-52
LASTING = 0.5  # of what a longer segment was off by: it is no kink that a shorter one is still off by


@dataclass(frozen=True, slots=True)
class Missed:
    """A segment from a to b along which a derivative does not add up to the values: ``v``, a cotangent, shows it.

    moved  ⟨v, f(b) − f(a)⟩
    off    by how much the integral of the derivative misses it
    """

    a: Array
    b: Array
    v: Array
    moved: float
    off: float


class Segments:
    """The segments of one input.

    fn:     all outputs as a function of its elements at many points, (points, n) → (points, m)
    pairs:  of segment and cotangent for each group of columns
    nodes:  of the quadrature, odd
    halves: lengths of the longer part of a segment, in units of the scale, tried one after the other
    scale:  by how much each element moves, (n,); by default as its size says
    """

    def __init__(
        self, problem: Problem, fn: Callable[[Array], Array], x: Leaf, pairs: int = PAIRS, nodes: int = NODES,
        halves: tuple[float, ...] = HALVES, scale: Array | None = None,
    ) -> None:  # fmt: skip
        self.problem, self.x, self.pairs, self.nodes, self.halves = problem, x, pairs, nodes, halves
        self.fn, self.flat = fn, x.value.reshape(-1)
        self.scale = scale_of(self.flat) if scale is None else scale
        self.least = AT_ONCE if problem.subject.products_at_once else 0  # pairs that are asked before anything is said
        self.spent = 0
        self.size, self.off = np.zeros(0), math.inf  # of the rows, and what the last segment was off by
        self.moved = np.zeros(0)  # how far the segments of one length have moved each row, (k, m)
        self.pulled = np.zeros(self.flat.size)  # the size of the derivative's columns along the last one
        self.known: dict[bytes, Array] = {}  # points → values there
        self.missed: list[Missed] = []  # the first segment of each length along which the last derivative did not agree
        self.columns: dict[str, Array] = {}  # output → the size of each column in units of the rows, (n,)

    def agreed(self, y: Leaf, derivative: Derivative, rtol: float) -> Agreement | None:
        """Return that a derivative of one output agrees with its values, None where that is not shown.

        rtol:   how much of a row or a column an error may be.
        Errors: TroubleError where the user's code raises.
        """
        asked, self.missed = Asked(derivative, self.x, y), []
        if (found := self.of_all(y, asked, rtol)) is not None:
            return found
        longest = 1 if self.missed else 0  # what differs along segments of the first length is asked along shorter ones
        columns = self.sizes(y, asked)
        if columns is None:
            return None
        groups = list(self.groups(columns))
        still = np.flatnonzero(columns == 0)
        if len(groups) > GROUPS or not self.visible(still) or not self.still(y, asked, still):
            return None
        of_each = [self.of_group(y, asked, members, columns, rtol, len(groups), longest) for members in groups]
        shown = [one for one in of_each if one is not None]
        if not shown or len(shown) < len(groups):
            return None
        worst = max(shown, key=lambda one: one.bound)
        reach = np.sum([one.reach for one in shown], axis=0)
        return Agreement(worst.tested, worst.expected, worst.bound, worst.h, self.pairs, self.spent, reach)

    # --- the sizes of columns, and what moves together

    def sizes(self, y: Leaf, asked: Asked) -> Array | None:
        """Return the size of each column, of rows that have size one, in the input's units; None where values do not show it."""
        if y.name not in self.columns:
            if not asked.by_rows:
                return None
            weights = self.row_weights(y)
            rng = self.rng(y, "columns")
            seeds = rng.standard_normal((PROBES, y.value.size)) * weights
            found = rms([asked.here(v) for v in seeds]) * self.scale
            if not np.all(np.isfinite(found)):
                return None
            self.columns[y.name] = found
        return self.columns[y.name]

    def row_weights(self, y: Leaf) -> Array:
        """Return the inverse sizes of rows, from values along segments in which all elements move."""
        u = self.rng(y, "rows").standard_normal((PROBES, self.flat.size)) * self.scale
        moved = self.moves(y, u * self.halves[0], u * self.halves[0])
        return inverse(rms(moved))

    def groups(self, columns: Array) -> Iterator[Array]:
        """Yield the columns whose sizes lie within a factor of RANGE, the largest first; those of size zero are in none."""
        left = np.flatnonzero(columns)
        while left.size:
            inside = columns[left] * RANGE >= np.max(columns[left])
            yield left[inside]
            left = left[~inside]

    def visible(self, members: Array) -> bool:
        """Return whether elements are not so small beside others that what moves with them would be lost in rounding."""
        return bool(np.all(self.scale[members] >= np.max(self.scale) / RANGE))

    def still(self, y: Leaf, asked: Asked, members: Array) -> bool:
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

    def of_all(self, y: Leaf, asked: Asked, rtol: float) -> Agreement | None:
        """Return the agreement along segments in which each element moves by its own size, None where that does not show enough.

        It does where columns turn out to be of like size, which is seen at the nodes.
        """
        known = self.columns.get(y.name)
        if not asked.by_rows if known is None else not alike(known):
            return None
        return self.shown(y, asked, self.steps(y), self.halves[0], rtol, ALPHA, known)

    def steps(self, y: Leaf) -> Array:
        """Return the steps in which each element moves by its own size, (pairs, n)."""
        return self.normal(self.rng(y, "all"), self.flat.size) * self.scale

    def of_group(
        self, y: Leaf, asked: Asked, members: Array, columns: Array, rtol: float, groups: int, longest: int
    ) -> Agreement | None:
        """Return the agreement along segments in which some columns move, by steps that give all of them the same weight."""
        mine = columns[members]
        share = np.minimum(1.0, np.partition(mine, k := mine.size // 10)[k] / mine)
        u = np.zeros((self.pairs, self.flat.size))
        u[:, members] = self.normal(self.rng(y, f"directions {members[0]}"), members.size) * self.scale[members] * share
        before = self.off if longest else math.inf
        for h in self.halves[longest:]:
            self.off = math.inf
            if found := self.shown(y, asked, u, h, rtol, ALPHA / groups, mine * share):
                return found
            if LASTING * before <= self.off < math.inf:
                return None  # a kink or a narrow feature is left behind by a shorter segment, a mistake is not
            before = self.off
        return None

    def normal(self, rng: np.random.Generator, n: int) -> Array:
        """Return random steps for each pair, (pairs, n); those of a single number, which are all in one direction, are long."""
        shape = (self.pairs, n)
        return rng.standard_normal(shape) if n > 1 else rng.uniform(NEAR, 1.0, shape)

    def shown(
        self, y: Leaf, asked: Asked, u: Array, h: float, rtol: float, alpha: float, weighed: Array | None
    ) -> Agreement | None:
        """Return what segments of one length show, of as few pairs as are enough; None where not all of them agree.

        Shapes:  u (pairs, n), in the inputs' units.
        weighed: the sizes of the columns that move, where they are known; all move where they are not.
        """
        n = self.flat.size if weighed is None else weighed.size
        short = np.where(np.arange(self.pairs) % 2, SHORT, 1.0)[:, None]
        normals = (n > 1) + (y.value.size > 1)
        factor = flat_factor(self.pairs // 2, alpha, normals)
        least = 1.0 if weighed is None else least_column(weighed, y.value.size)
        self.pulled[:], self.moved = np.nan, np.zeros(0)
        worst, asked_for = (0.0, 0.0, -1.0), 0
        for count in self.stages:
            part = slice(asked_for, count)
            found = self.along(y, asked, h * u[part], short[part], rtol * least / factor)
            if weighed is None and np.all(np.isfinite(self.pulled)):
                weighed = self.columns[y.name] = self.pulled * self.scale
                least = least_column(weighed, y.value.size) if alike(weighed) else 0.0
            if found is None or least == 0:
                return None
            worst, asked_for = max(worst, found, key=lambda one: one[2]), count
            bound = (
                flat_factor(count // 2, alpha, normals) / least * worst[2]
            )  # each kind alone has the pairs it is for
            if bound <= rtol:
                return Agreement(*worst[:2], bound, h, count, self.spent, self.size / h)
        return None

    @property
    def stages(self) -> list[int]:
        """The numbers of pairs after which it is looked whether they show enough, all of them at the end."""
        return [*(k for k in STAGES if self.least <= k < self.pairs), self.pairs]

    def look_once(self, y: Leaf, derivative: Derivative, allowed: float) -> None:
        """Look along one segment, in which all elements move, whether a derivative adds up to the values.

        allowed: the difference that is none, for rows of size one; one above it is in ``missed``.
        """
        asked, self.missed = Asked(derivative, self.x, y), []
        step = self.halves[0] * self.rng(y, "beside").standard_normal((1, self.flat.size)) * self.scale
        self.along(y, asked, step, np.full((1, 1), SHORT), allowed)

    def along(
        self, y: Leaf, asked: Asked, steps: Array, short: Array, allowed: float
    ) -> tuple[float, float, float] | None:
        """Return the integral and the value of the worst segment, and their difference; None where one of them does not agree.

        Shapes: steps (k, n), of which a segment reaches one ahead of the point and ``short`` of one, (k, 1), behind it.
        allowed: the difference, for rows of size one.
        """
        moved = self.moves(y, short * steps, steps) / (1 + short)
        if not np.all(np.isfinite(moved)):
            return None
        self.moved = np.concatenate([self.moved, moved]) if self.moved.size else moved
        self.size = rms(self.moved)
        if not np.all(np.isfinite(self.size)):
            return None
        weights = inverse(self.size)
        still = weights == 0
        if np.any(still) and asked.slope(self.flat, steps[0], np.where(still, self.apart(y), 0.0)):
            return None  # a row that does not move, and whose derivative is not zero
        rng = self.rng(y, f"cotangents {zlib.crc32(steps.tobytes())}")
        v = (rng.standard_normal(moved.shape) if y.value.size > 1 else rng.choice([-1.0, 1.0], moved.shape)) * weights
        large = SEED * inverse(np.sqrt(np.mean(v**2, axis=1)))
        if not np.all(large):  # nothing moves
            return None
        a, b = self.flat - short * steps, self.flat + steps
        worst = (0.0, 0.0, -1.0)
        every = slice(len(steps))
        for part in [every] if asked.together else [slice(k, k + 1) for k in range(len(steps))]:
            weight = large[part, None]
            given, pulled = asked.integrals(a[part], b[part], weight * v[part], self.nodes)
            given /= large[part] * (1 + short[part, 0])
            self.pulled = pulled / float(large[part.start or 0])
            for k, tested in enumerate(given.tolist(), part.start or 0):
                expected = float(moved[k] @ v[k])
                off = abs(tested - expected)
                if not off <= allowed:
                    self.off = off
                    whole = 1 + float(short[k, 0])
                    self.missed.append(Missed(a[k], b[k], v[k], whole * expected, whole * off))
                    return None
                worst = max(worst, (tested, expected, off), key=lambda one: one[2])
        return worst
