"""A kernel and its reference → what both give at a few points, with how far a kernel that rounds well may be off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject, Trouble
from jaccli.checker.against.formats import realised, spacing
from jaccli.types import Array

__all__ = ["DRAWS", "Looks", "Pair", "Terms"]

DRAWS = 16  # points and cotangents: of so many shares the scatter is known to a fifth
BESIDE = 0.125  # of each number: the points lie so near the given one, with its signs and zeros
REPEATS = 3  # calls with identical inputs, whose spread is that of atomics

#: For each draw, the terms of a derivative by name, (n,) each.
Terms = Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Looks:
    """What a kernel and its reference give, (draws, n) each, as float64.

    condition the root mean square by which the reference moves where every number that goes in is off by half a unit in the last
              place of the kernel's format, (n,): what no kernel that rounds what it reads could do better
    spread    by how much calls with identical inputs differ, (n,)
    eps       the machine epsilon of the format in which the kernel answers
    """

    kernel: Array
    reference: Array
    condition: Array
    spread: Array
    eps: float

    @property
    def residual(self) -> Array:
        """What the kernel gives beyond the reference."""
        return self.kernel - self.reference

    @property
    def spacing(self) -> Array:
        """The distance of neighbouring numbers of the kernel's format at each number of the reference."""
        return spacing(self.reference, self.eps)


@dataclass(slots=True)
class Pair:
    """A kernel in its own precision, and its reference in float64, at the same points.

    Law: the reference is evaluated at the very numbers that the kernel gets. The first point is the given one; of the others
         each number is within an eighth of the given one, so that what was rounded there is rounded anew.
    """

    kernel: Subject
    reference: Subject
    seed: int

    def points(self) -> list[dict[str, Array]]:
        """Return the points, exactly representable in the kernel's formats."""
        rng = np.random.default_rng([self.seed, 1])
        found = []
        for draw in range(DRAWS):
            move = {x.name: rng.uniform(-BESIDE, BESIDE, x.value.shape) for x in self.kernel.inputs}
            found.append(
                {x.name: realised(x.value * (1 + move[x.name]) if draw else x.value, x.eps) for x in self.kernel.inputs}
            )
        return found

    def values(self, y: Leaf) -> Looks:
        """Return what both give for one output.

        Errors: Trouble where either raises.
        """
        rng = np.random.default_rng([self.seed, 2])
        points = self.points()
        kernel = [self._value(self.kernel, point, y) for point in points]
        reference = [self._value(self.reference, point, y) for point in points]
        moved = [self._value(self.reference, self._rounded(point, rng), y) for point in points]
        again = [self._value(self.kernel, points[0], y) for _ in range(REPEATS - 1)]
        return _looks(kernel, reference, moved, again, y.eps)

    def products(self, derivative: Derivative, truth: Derivative, y: Leaf) -> dict[str, Looks]:
        """Return, by input, what both give for cotangents of one output.

        Errors: Trouble where either raises.
        """
        rng = np.random.default_rng([self.seed, 3])
        points, kernel, reference, moved, again = self.points(), [], [], [], []
        for draw, (point, y_bar) in enumerate(zip(points, self.cotangents(y), strict=True)):
            with self.kernel.context():
                kernel.append(_product(derivative, point, y, y_bar))
                if not draw:
                    again = [_product(derivative, point, y, y_bar) for _ in range(REPEATS - 1)]
            with self.reference.context():
                reference.append(_product(truth, point, y, y_bar))
                beside = self._rounded({**point, "": y_bar}, rng, y.eps)
                moved.append(_product(truth, beside, y, beside.pop("")))
        return {
            x.name: _looks(*([one[x.name] for one in each] for each in (kernel, reference, moved, again)), x.eps)
            for x in self.kernel.inputs
        }

    def terms(self, truth: Derivative, y: Leaf) -> Iterator[Mapping[str, Terms]]:
        """Yield for each draw the terms of the reference's derivative by name, each by input; none where no graph is known."""
        for point, y_bar in zip(self.points(), self.cotangents(y), strict=True):
            with self.reference.context():
                found = truth.at(point).terms if truth.at else None
                yield {} if found is None else found({y.name: y_bar.reshape(y.value.shape)})

    def cotangents(self, y: Leaf) -> list[Array]:
        """Return a cotangent for each draw, of full scale: Gaussian, every other one with a part along the value and a constant.

        Terms that are sums over the output, as a mean's, are small beside the others for a random cotangent, and not for these.
        """
        rng = np.random.default_rng([self.seed, 4])
        found = []
        for draw in range(DRAWS):
            y_bar = rng.standard_normal(y.value.size)
            if draw % 2:
                size = float(np.sqrt(np.mean(np.square(y.value)))) or 1.0
                y_bar += rng.choice([-1, 1]) + rng.choice([-1, 1]) * np.nan_to_num(y.value.reshape(-1)) / size
            found.append(realised(y_bar, y.eps))
        return found

    def _rounded(self, point: Mapping[str, Array], rng: np.random.Generator, seed_eps: float = 0.0) -> dict[str, Array]:
        """Return a point with every number off by up to half a unit in the last place."""
        eps = {x.name: x.eps for x in self.kernel.inputs}
        return {
            name: value * (1 + 0.5 * eps.get(name, seed_eps) * rng.uniform(-1, 1, value.shape))
            for name, value in point.items()
        }

    def _value(self, subject: Subject, point: Mapping[str, Array], y: Leaf) -> Array:
        with subject.context():
            batch = subject.values({name: value[None] for name, value in point.items()})
        if batch.trouble is not None:
            raise batch.trouble
        start = 0
        for leaf in subject.outputs:
            if leaf.name == y.name:
                return np.asarray(batch.values[0, start : start + leaf.value.size])
            start += leaf.value.size
        raise Trouble("JAC303", f"the reference has no output `{y.name}`", "return the same arrays from both functions")


def _product(derivative: Derivative, point: Mapping[str, Array], y: Leaf, y_bar: Array) -> Mapping[str, Array]:
    here = derivative.at({name: value for name, value in point.items() if name}) if derivative.at else derivative
    assert here.vjp is not None
    found = here.vjp({y.name: y_bar.reshape(y.value.shape)})
    return {name: np.asarray(value, dtype=np.float64).reshape(-1) for name, value in found.items()}


def _looks(kernel: list[Array], reference: list[Array], moved: list[Array], again: list[Array], eps: float) -> Looks:
    first, truth, beside = (np.stack(each) for each in (kernel, reference, moved))
    with np.errstate(invalid="ignore", over="ignore"):
        spread = np.max(np.abs(np.stack([first[0], *again]) - first[0]), axis=0)
        condition = np.sqrt(np.mean(np.square(beside - truth), axis=0))
    return Looks(first, truth, condition, spread, eps)
