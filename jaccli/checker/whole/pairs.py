"""A module as a whole, and a set of its numbers → how far its gradient is from adding up to its values when these move.

Pairs of a random direction u and a random cotangent v, as in ``checker.segments``: ⟨v, f(b) − f(a)⟩, and ∫ ⟨Jᵀ v, b − a⟩.
All parameters move at once, so that the number of calls does not depend on how many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jaccli.adapters.whole import Whole
from jaccli.checker.segments.agreement import NODES, SHORT
from jaccli.checker.segments.asked import rule
from jaccli.types import Array

__all__ = ["CALLS", "HALVES", "NODES", "PAIRS", "Missed", "Pairs", "Part", "everything", "length_of"]

PAIRS = 8
CALLS = NODES + 2  # of a pair
HALVES = (2.0**-4, 2.0**-7, 2.0**-11)  # half lengths, in units of each parameter's size
NOISE = 8.0  # times what is measured of it: three second differences, of which the largest may be small by chance
NEAR = 2.0**-34  # of a direction: so near the point nothing but rounding leaves the straight line
EPS = 2.0**-52
SAMPLE = 4096  # elements of each leaf by which the typical slope is found

Part = tuple[int, slice]  # a leaf, and which of its elements


@dataclass(frozen=True, slots=True)
class Missed:
    """One pair: the integral of the derivative, the change of the values, their difference, and the rounding that it may have.

    size  the root mean square of what such pairs give
    """

    tested: float
    expected: float
    allowed: float
    size: float

    @property
    def off(self) -> float:
        """The difference, signed."""
        return self.tested - self.expected

    @property
    def agrees(self) -> bool:
        """Whether it is no more than rounding."""
        return bool(abs(self.off) <= self.allowed)


def everything(whole: Whole) -> list[Part]:
    """Return all leaves, whole."""
    return [(k, slice(0, part.size)) for k, part in enumerate(whole.base)]


def length_of(number: int) -> float:
    """Return the length of the segment of a pair, in half lengths: every other one is shorter to one side."""
    return 1 + (SHORT if number % 2 else 1.0)


class Pairs:
    """Directions and cotangents of a module.

    scale   of each leaf: the root mean square of its numbers, that of all where it is zero
    middle  the size of a typical partial derivative, per scale: what is larger moves less, so that none drowns the others
    slopes  Jᵀ v at the point for one cotangent, per scale and in absolute value
    """

    def __init__(self, whole: Whole, seed: int) -> None:
        self.whole, self.seed = whole, seed
        self.centre = whole.values()
        rms = [float(np.sqrt(np.mean(np.square(part, dtype=np.float64)))) for part in whole.base]
        known = [one for one in rms if one > 0] or [1.0]
        self.scale = [one if one > 0 else float(np.median(known)) for one in rms]
        weights = self.rng("rows", 0).standard_normal(self.centre.size)
        found = whole.pulled(weights)
        self.slopes = [np.abs(one * size).astype(np.float32) for one, size in zip(found, self.scale, strict=True)]
        some = [one[:: max(1, one.size // SAMPLE)] for one in self.slopes]
        nonzero = np.concatenate([one[one > 0] for one in some])
        self.middle = float(np.median(nonzero)) if nonzero.size else 1.0
        self.weights = np.ones_like(self.centre)
        if self.centre.size > 1:  # rows that move alike have like weight
            self.direct(0, everything(whole))
            moved = self._at(HALVES[0]) - self.centre
            size = np.abs(moved) + 1e-3 * np.sqrt(np.mean(moved**2)) + 1e-300
            self.weights = 1 / size / np.sqrt(np.mean(1 / size**2))
        self.rounded = self._rounded()

    def rng(self, what: str, number: int) -> np.random.Generator:
        """Return random numbers that depend on the seed and a pair alone."""
        return np.random.default_rng([self.seed, number, len(what)])

    # --- one direction at a time

    def direct(self, number: int, parts: Sequence[Part]) -> None:
        """Move these parts from now on, and nothing else, along the direction of a pair."""
        rng = self.rng("direction", number)
        if getattr(self, "number", None) != number:
            self.steps = getattr(self, "steps", None) or [np.empty(part.size) for part in self.whole.base]
            for step, slope, scale in zip(self.steps, self.slopes, self.scale, strict=True):
                rng.standard_normal(out=step)
                step *= scale
                with np.errstate(divide="ignore"):
                    step *= np.minimum(1.0, self.middle / slope)
            self.number = number
        self.parts = list(parts)
        for k, part in everything(self.whole):
            self.whole.moved(k, part, None)

    def _move(self, t: float) -> None:
        for k, part in self.parts:
            self.whole.moved(k, part, self.steps[k][part], t)

    def _at(self, t: float) -> Array:
        self._move(t)
        return self.whole.values()

    def _slope(self, t: float, v: Array) -> tuple[float, float]:
        """Return ⟨Jᵀ v, u⟩ at a point of the segment, and the root of the sum of squares of its terms."""
        self._move(t)
        found = self.whole.pulled(v)
        total = squares = 0.0
        for k, part in self.parts:
            slope, step = found[k][part], self.steps[k][part]
            total += float(slope @ step)
            squares += float(np.einsum("i,i,i,i->", slope, slope, step, step, optimize=False))
        return total, float(np.sqrt(squares))

    def asked(self, number: int, parts: Sequence[Part], h: float) -> Missed:
        """Return what one pair shows of some parts along a segment of half length ``h``.

        Cost: two values, five gradients.
        """
        self.direct(number, parts)
        rng = self.rng("cotangent of", number)
        m = self.centre.size
        v = (rng.standard_normal(m) if m > 1 else np.ones(1)) * self.weights
        long = length_of(number)
        short = long - 1
        moved = self._at(h) - self._at(-short * h)
        tested, size = 0.0, 0.0
        for t, w in zip(*rule(NODES), strict=True):
            slope, squares = self._slope(h * (long * t - short), v)
            tested += w * slope * h * long
            size = max(size, squares * h * long)
        return Missed(tested, float(v @ moved), self._allowed(v, size, tested), size)

    def _allowed(self, v: Array, size: float, tested: float) -> float:
        """Return what rounding may do to one pair: measured beside the point, and never less than that of the sums."""
        least = EPS * float(np.sqrt(np.sum((v * self.centre) ** 2)))
        return NOISE * (float(np.max(np.abs(self.rounded @ v))) + least) + 64 * EPS * (size + abs(tested))

    def _rounded(self) -> Array:
        """Return second differences of the values so near the point that nothing but rounding is in them, (3, m)."""
        self.direct(0, everything(self.whole))
        values = [self._at(k * NEAR) for k in (-2, -1, 0, 1, 2)]
        return np.stack([values[k - 1] + values[k + 1] - 2 * values[k] for k in (1, 2, 3)])
