"""A vjp or jvp that is off by next to nothing → whether it is uneven in its seed by as much, as one that a solver computes is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from jaccli.adapters import Leaf, TroubleError
from jaccli.checker.references.unevenness import MOST, SPREAD, unevenness
from jaccli.reference import input_scale
from jaccli.results.checks import Check
from jaccli.results.kinds import Outcome
from jaccli.results.numbers import error as short_number
from jaccli.types import Array

__all__ = ["UnevenProduct"]

LOOSEST = 2.0**-7  # of the largest element: a tolerance of 1e-3 leaves 4e-3 of it, and no more is excused
PAIRS = 8  # of seeds that are added, at each of two sizes
OCTAVES = ((-1.0, 2.0), (-7.0, -5.0))  # of the sizes: a power of a cotangent shows in large seeds alone
ROUNDING = 2.0**-40  # of the largest element, below which it is rounding that a sum is not that of its parts by
LEAST = 0.1  # of an element to the largest; all are positive, for a condition on a cotangent to be one thing for all
HELP = "tighten the tolerance of what is solved or iterated inside the derivative, or say what is enough: rtol=1e-4"


@dataclass(frozen=True, slots=True)
class UnevenProduct:
    """A product with some seeds, all numbers as far as they move the function.

    product: seeds by name → products by name
    leaves:  the outputs that the seeds of a vjp belong to, or the inputs of a jvp
    others:  what the product is by, or of
    by_rows: whether it is a vjp
    """

    product: Callable[[Mapping[str, Array]], Mapping[str, Array]]
    leaves: Sequence[Leaf]
    others: Sequence[Leaf]
    by_rows: bool

    def excusing(self, seeds: Mapping[str, Array], excuses: Callable[[float], bool]) -> float:
        """Return by how much the product is uneven if that explains the error (``excuses``), else 0.

        Cost: two products where LOOSEST would not excuse it.
        """
        try:
            size = self._largest(self._flat(self.product(seeds)))
            level = self.level(seeds) if excuses(MOST * size) else 0.0
            if level and excuses(level):
                return level
            ones = self._products(np.ones((1, self._drawn(seeds).size)))
            most = LOOSEST * max(size, self._largest(ones) * self._largest(self._drawn(seeds)))
            level = min(most, self.parted(seeds)) if excuses(most) else 0.0
        except TroubleError:
            return 0.0
        return level if level and excuses(level) else 0.0

    def parted(self, seeds: Mapping[str, Array]) -> float:
        """Return by how much the product of a sum of seeds is not that of its parts, for seeds as large as these.

        A solver of a loose tolerance stops at another step for each of them, and what it has left undone is SPREAD times as
        large at most. A wrong factor or sign is linear and shows nothing; nor does a condition on the sign of a cotangent,
        and a power of it hardly does where it is small.

        Cost:   48 products, four for one that is linear.
        Errors: TroubleError where the product raises.
        Source: SciPy's odeint, solve_ivp, cg, gmres and bicgstab and fixed points, at tolerances of 1e-8 to 1e-3: the error of an
                element was 0.4 to 22 times the mean square of this, 60 times in DOP853's first steps.
        """
        rng, drawn, found = np.random.default_rng(0), self._drawn(seeds), []
        if not self._additive_but_for_a_solver(drawn.size):
            return 0.0
        for octaves in OCTAVES:
            parts = rng.uniform(LEAST, 1.0, (2, PAIRS, drawn.size)) * 2.0 ** rng.uniform(*octaves, (2, PAIRS, 1))
            sums, size = parts.sum(axis=0), parts.sum(axis=0).max(axis=1, keepdims=True)
            with np.errstate(all="ignore"):
                whole = self._products(sums) / size
                left = whole - (self._products(parts[0]) + self._products(parts[1])) / size
                apart = float(np.sqrt(np.mean(left**2)))
            found.append(apart if ROUNDING * self._largest(whole) < apart < np.inf else 0.0)
        return SPREAD * min(found) * self._largest(drawn)

    def _additive_but_for_a_solver(self, size: int) -> bool:
        """Return whether a product of nothing is nothing, as no solver misses, while that of a sum is not that of its parts.

        Cost: four products.
        """
        parts = np.random.default_rng(1).uniform(LEAST, 1.0, (2, size))
        none, first, second, both = self._products(np.stack([np.zeros(size), *parts, parts.sum(axis=0)]))
        with np.errstate(all="ignore"):
            apart = self._largest(both - first - second)
        return not np.any(none) and apart > ROUNDING * self._largest(both)

    def level(self, seeds: Mapping[str, Array]) -> float:
        """Return by how much the product leaves what is linear where all seeds are moved; 0 for what is linear, or smooth.

        A product is linear in its seed, but for rounding: a solver inside takes other steps for another seed.
        A clip or a condition bends it, and a power of the seed curves it; neither is uneven.

        Cost:   103 products.
        Errors: TroubleError where the product raises.
        """
        found = unevenness(self._products, self._drawn(seeds), self._flat(self.product(seeds)))
        return float(np.max(found, initial=0.0))

    def moved(self, other: Leaf) -> Array:
        """Return what the elements of a product are multiplied by to be changes of the function, (elements,)."""
        return input_scale(other.value.reshape(-1)) if self.by_rows else np.ones(other.value.size)

    def undecided(self, check: Check, level: float) -> Check:
        """Return a failure that is within a level as undecided."""
        word = "vjp" if self.by_rows else "jvp"
        seed = "cotangent" if self.by_rows else "tangent"
        uneven_by = f"the {word} is uneven in its {seed} by {short_number(level / SPREAD)}"
        message = f"{uneven_by}, as what a solver finds to a tolerance is: it is off by no more"
        return replace(check, outcome=Outcome.INCONCLUSIVE, code="JAC207", said=message, help=HELP)

    def unit(self, leaf: Leaf, index: tuple[int, ...]) -> dict[str, Array]:
        """Return the seed of one row or column, as large as its element is."""
        seed = np.zeros(leaf.value.size)
        seed[np.ravel_multi_index(index, leaf.value.shape) if index else 0] = 1.0
        return {leaf.name: (seed * self._size(leaf)).reshape(leaf.value.shape)}

    def _drawn(self, seeds: Mapping[str, Array]) -> Array:
        return np.concatenate([seeds[leaf.name].reshape(-1) / self._size(leaf) for leaf in self.leaves])

    @staticmethod
    def _largest(numbers: Array) -> float:
        return float(np.nanmax(np.abs(numbers), initial=0.0))

    def _size(self, leaf: Leaf) -> Array:
        return np.ones(leaf.value.size) if self.by_rows else input_scale(leaf.value.reshape(-1))

    def _products(self, drawn: Array) -> Array:
        """Return the products with many seeds, (seeds, elements)."""
        ends = np.cumsum([leaf.value.size for leaf in self.leaves])[:-1]
        parts = list(zip(self.leaves, np.split(drawn, ends, axis=1), strict=True))
        seeds = (
            {x.name: (part[k] * self._size(x)).reshape(x.value.shape) for x, part in parts} for k in range(len(drawn))
        )
        return np.stack([self._flat(self.product(seed)) for seed in seeds])

    def _flat(self, found: Mapping[str, Array]) -> Array:
        return np.concatenate([np.asarray(found[x.name]).reshape(-1) * self.moved(x) for x in self.others])
