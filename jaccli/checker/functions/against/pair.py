"""A kernel and its reference → what both give at a few points, with how far a kernel that rounds well may be off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject, TroubleError
from jaccli.checker.functions.against.formats import largest, realised, spacing
from jaccli.types import Array

__all__ = ["DRAWS", "Looks", "Pair", "Terms"]

DRAWS = 16  # points and cotangents: of so many shares the scatter is known to a fifth
NEAR_MOST = 16.0  # roundings below a format's largest number, from where on a kernel may round to infinity
BESIDE = 0.125  # of each number: the points lie so near the given one, with its signs and zeros
#: Other moves, where the reference is not finite after one.
WAYS: tuple[Callable[[Array], Array], ...] = (
    lambda move: -np.abs(move), np.abs, lambda move: move / 16, lambda move: -np.abs(move) / 16, lambda move: np.abs(move) / 16,
)  # fmt: skip
NOTHING = 2.0**-40  # of the others: an entry that cancels out in float64, and need not where numbers have fewer digits
OF_LARGEST = 4.0  # of the others' conditions, squared, which such an entry may have where sums have no more digits than the answer
SINGLE = 2.0**-23
DOUBLE = 2.0**-52
D = TypeVar("D")
V = TypeVar("V")
REPEATS = 3  # calls with identical inputs, whose spread is that of atomics
MORE = 8  # where those differ
SCALED = 2.0**-29  # what a formula loses in double precision, of what it loses in single

#: For each draw, the terms of a derivative by name, (n,) each.
Terms = Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Looks:
    """What a kernel and its reference give, (draws, n) each, as float64, with zeros in both where there is nothing to compare.

    condition the root mean square by which the reference moves where every number that goes in is off by half a unit in the last
              place of the kernel's format, and by which it is off where it is computed in that format itself, (n,)
    spread    by how much calls with identical inputs may differ, (n,), and by how much they did, in spacings of the format at most
    eps       the machine epsilon of the format in which the kernel answers
    inside    the machine epsilon in which the kernel may compute by the settings that are on, as TF32; else that of its format
    unknown   where the reference is not finite, or beyond what the format holds and the kernel infinite, (draws, n)
    lost      what the reference computed in the kernel's format gives beyond itself, (draws, n); zero where it does not run there
    """

    kernel: Array
    reference: Array
    condition: Array
    spread: Array
    eps: float
    unknown: Array
    lost: Array
    ulps: float = 0.0
    inside: float = 0.0

    @property
    def residual(self) -> Array:
        """What the kernel gives beyond the reference."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.kernel - self.reference)

    @property
    def spacing(self) -> Array:
        """The distance of neighbouring numbers of the kernel's format at each number of the reference."""
        return spacing(self.reference, self.eps)


@dataclass
class Pair:
    """A kernel in its own precision, and its reference in float64, at the same points.

    same: the reference in the kernel's precision, None where it does not run there: what its formula loses is no mistake. In single
          precision, where the kernel's is that of the reference.

    Law: the reference is evaluated at the very numbers that the kernel gets. The first point is the given one; of the others
         each number is within an eighth of the given one, so that what was rounded there is rounded anew.
    """

    kernel: Subject
    reference: Subject
    same: Subject | None
    seed: int

    @property
    def names(self) -> dict[str, str]:
        """What the reference calls the inputs and outputs of the kernel: they are told by their order."""
        both = (self.kernel.inputs, self.reference.inputs), (self.kernel.outputs, self.reference.outputs)
        return {leaf.name: other.name for pair in both for leaf, other in zip(*pair, strict=True)}

    @property
    def scaled(self) -> float:
        """What the formula loses in the kernel's precision, of what it loses where ``same`` computes."""
        return SCALED if all(x.eps <= DOUBLE for x in self.kernel.inputs) else 1.0

    def renamed(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """Return arrays by the reference's names."""
        names = self.names
        return {names[name]: array for name, array in arrays.items()}

    def named(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """Return arrays by the kernel's names."""
        names = {other: leaf for leaf, other in self.names.items()}
        return {names[name]: array for name, array in arrays.items()}

    @cached_property
    def points(self) -> list[dict[str, Array]]:
        """The points, exactly representable in the kernel's formats, and where the reference is finite if it is so at the first.

        Where the reference leaves its domain, as log(1 - x) does near 1, numbers only become smaller, or larger, or move less.
        """
        given = self._beside({x.name: np.zeros(x.value.shape) for x in self.kernel.inputs})
        inside = self._inside(given)
        found, rng = [given], np.random.default_rng([self.seed, 1])
        for draw in range(DRAWS):
            move = {x.name: np.asarray(rng.uniform(-BESIDE, BESIDE, _size(x))) for x in self.kernel.inputs}
            if not draw:
                continue
            point = self._beside(move)
            for way in WAYS if inside and not self._inside(point) else ():
                other = self._beside({name: way(change) for name, change in move.items()})
                if self._inside(other):
                    point = other
                    break
            found.append(point)
        return found

    def _beside(self, move: Mapping[str, Array]) -> dict[str, Array]:
        return {x.name: realised(x.value * (1 + move[x.name]), x.eps) for x in self.kernel.inputs}

    def _inside(self, point: Mapping[str, Array]) -> bool:
        """Return whether all outputs of the reference are finite."""
        with self.reference.context():
            batch = self.reference.values({key: value[None] for key, value in self.renamed(point).items()})
        return batch.trouble is None and bool(np.all(np.isfinite(batch.values)))

    def values(self, y: Leaf) -> Looks:
        """Return what both give for one output.

        Errors: TroubleError where either raises.
        """
        rng = np.random.default_rng([self.seed, 2])
        points = self.points
        kernel = [self._kernel_value(point, y) for point in points]
        reference = [self._reference_value(point, y) for point in points]
        moved = [self._reference_value(self._rounded(point, rng), y) for point in points]
        again = _repeated(lambda: self._kernel_value(points[0], y))
        same = self._same([*points], lambda point, subject: _value(subject, self.renamed(point), self.names[y.name]))
        return _looks(
            kernel, reference, moved, [kernel[0], *again], [self.scaled * one for one in _apart(same, reference)], y.eps
        )

    def products(self, derivative: Derivative, truth: Derivative, y: Leaf) -> dict[str, Looks]:
        """Return, by input, what both give for cotangents of one output.

        Errors: TroubleError where either raises.
        """
        rng = np.random.default_rng([self.seed, 3])
        points = self.points
        kernel, reference, moved, again = ([] for _ in range(4))
        for draw, (point, y_bar) in enumerate(zip(points, self.cotangents(y), strict=True)):
            with self.kernel.context():
                kernel.append(_product(derivative, point, {y.name: y_bar}))
                if not draw:
                    again = _repeated(partial(_product, derivative, point, {y.name: y_bar}))
            nearby = self._rounded(point, rng)
            bar_beside = y_bar * (1 + 0.5 * y.eps * rng.uniform(-1, 1, y_bar.shape))
            with self.reference.context():
                reference.append(self._true_product(truth, point, {y.name: y_bar}))
                moved.append(self._true_product(truth, nearby, {y.name: bar_beside}))

        def of(name: str, many: list[Mapping[str, Array]]) -> list[Array]:
            return [one[name] for one in many]

        same = self._same(
            list(zip(points, self.cotangents(y), strict=True)),
            lambda draw, subject: self._own_product(subject, draw[0], draw[1], y),
        )
        found = {}
        for x in self.kernel.inputs:
            given, true, beside, more, coarse = (of(x.name, each) for each in (kernel, reference, moved, again, same))
            lost = [self.scaled * one for one in _apart(coarse, true)]
            found[x.name] = _looks(given, true, beside, [given[0], *more], lost, x.eps)
        return found

    def _own_product(self, subject: Subject, point: Mapping[str, Array], y_bar: Array, y: Leaf) -> Mapping[str, Array]:
        derivative = next(d for d in subject.derivatives if d.vjp is not None)
        with subject.context():
            return self._true_product(derivative, point, {y.name: y_bar})

    def _same(self, draws: list[D], asked: Callable[[D, Subject], V]) -> list[V]:
        """Return what the reference gives in the kernel's precision; nothing where it does not run there."""
        try:
            return [] if self.same is None else [asked(draw, self.same) for draw in draws]
        except (TroubleError, StopIteration):
            return []

    def terms(self, truth: Derivative, y: Leaf) -> Iterator[Mapping[str, Terms]]:
        """Yield for each draw the terms of the reference's derivative by name, each by input; none where no graph is known."""
        for point, y_bar in zip(self.points, self.cotangents(y), strict=True):
            with self.reference.context():
                found = truth.at(self.renamed(point)).terms if truth.at else None
                terms = found(self.renamed({y.name: y_bar})) if found else {}
            yield {name: self.named(term) for name, term in terms.items()}

    def cotangents(self, y: Leaf) -> list[Array]:
        """Return a cotangent for each draw, of full scale: Gaussian, every other one with a part along the value and a constant.

        Terms that are sums over the output, as a mean's, are small beside the others for a random cotangent, and not for these.
        """
        rng = np.random.default_rng([self.seed, 4])
        found = []
        for draw in range(DRAWS):
            y_bar: Array = np.asarray(rng.standard_normal(y.value.shape))
            if draw % 2:
                size = float(np.sqrt(np.mean(np.square(y.value)))) or 1.0
                y_bar = y_bar + rng.choice([-1, 1]) + rng.choice([-1, 1]) * np.nan_to_num(y.value) / size
            found.append(realised(y_bar, y.eps))
        return found

    def _rounded(self, point: Mapping[str, Array], rng: np.random.Generator) -> dict[str, Array]:
        """Return a point with every number off by up to half a unit in the last place."""
        eps = {x.name: x.eps for x in self.kernel.inputs}
        return {n: value * (1 + 0.5 * eps[n] * rng.uniform(-1, 1, value.shape)) for n, value in point.items()}

    def _true_product(
        self, truth: Derivative, point: Mapping[str, Array], y_bar: Mapping[str, Array]
    ) -> Mapping[str, Array]:
        return self.named(_product(truth, self.renamed(point), self.renamed(y_bar)))

    def _kernel_value(self, point: Mapping[str, Array], y: Leaf) -> Array:
        return _value(self.kernel, point, y.name)

    def _reference_value(self, point: Mapping[str, Array], y: Leaf) -> Array:
        return _value(self.reference, self.renamed(point), self.names[y.name])


def _size(x: Leaf) -> tuple[int, ...]:
    """Return the shape in which the numbers of an input move by themselves: those that are one in memory move as one."""
    return tuple(1 if axis in x.shared else size for axis, size in enumerate(x.value.shape))


def _repeated(call: Callable[[], V]) -> list[V]:
    """Return what a call gives again, some more times where it does not repeat itself."""
    found = [call() for _ in range(REPEATS - 1)]
    if all(_identical(one, found[0]) for one in found):
        return found
    return [*found, *(call() for _ in range(MORE - REPEATS))]


def _identical(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping):
        return all(np.array_equal(one[name], other[name], equal_nan=True) for name in one)
    return np.array_equal(one, other, equal_nan=True)


def _apart(many: list[Array], reference: list[Array]) -> list[Array]:
    with np.errstate(invalid="ignore"):
        return [one - true for one, true in zip(many, reference, strict=False)]


def _value(subject: Subject, point: Mapping[str, Array], name: str) -> Array:
    """Return one output at a point, flat."""
    with subject.context():
        batch = subject.values({key: value[None] for key, value in point.items()})
    if batch.trouble is not None:
        raise TroubleError(batch.trouble)
    before = [leaf.value.size for leaf in subject.outputs[: [leaf.name for leaf in subject.outputs].index(name)]]
    size = next(leaf.value.size for leaf in subject.outputs if leaf.name == name)
    return np.asarray(batch.values[0, sum(before) : sum(before) + size])


def _product(derivative: Derivative, point: Mapping[str, Array], y_bar: Mapping[str, Array]) -> Mapping[str, Array]:
    here = derivative.at(point) if derivative.at else derivative
    assert here.vjp is not None
    found = here.vjp(y_bar)
    return {name: np.asarray(value, dtype=np.float64).reshape(-1) for name, value in found.items()}


def _looks(
    kernel: list[Array], reference: list[Array], moved: list[Array], again: list[Array], losses: list[Array], eps: float
) -> Looks:
    first, truth, beside = (np.stack(each) for each in (kernel, reference, moved))
    with np.errstate(invalid="ignore", over="ignore"):
        unknown = _unknown(first, truth, eps)
        nowhere = unknown | ((first == truth) & np.isinf(truth))
        first, truth = np.where(nowhere, 0.0, first), np.where(nowhere, 0.0, truth)
        lost = np.where(nowhere | ~np.isfinite(losses), 0.0, np.stack(losses)) if losses else np.zeros_like(truth)
        spread = np.nan_to_num(np.max(np.stack(again), axis=0) - np.min(np.stack(again), axis=0), nan=0.0, posinf=0.0)
        spread[nowhere[0]] = 0.0
        off = np.where(nowhere, 0.0, beside - truth)
        known = np.isfinite(off)
        condition = np.sum(np.square(np.where(known, off, 0.0)), axis=0) / np.sum(known, axis=0)
        condition = np.where(np.any(known, axis=0), condition, np.inf) + np.mean(np.square(lost), axis=0)
        nothing = np.max(np.abs(truth), axis=0) <= NOTHING * np.sqrt(np.mean(np.square(truth)))
        known = condition[np.isfinite(condition)]
        most = OF_LARGEST * np.max(known, initial=0.0) if eps <= SINGLE else np.mean(condition)
        condition = np.where(nothing, most, condition)
        condition = np.sqrt(condition)
        unit = np.maximum(condition, spacing(truth[0], eps))
        pooled = float(np.sqrt(np.mean(np.square(spread / unit))))  # few calls say little of one entry
        ulps = float(np.max(spread / spacing(truth[0], eps), initial=0.0))
        return Looks(first, truth, condition, np.maximum(spread, pooled * unit), eps, unknown, lost, ulps)


def _unknown(kernel: Array, reference: Array, eps: float) -> Array:
    """Return where a reference says nothing of a kernel: it is not finite, or the kernel rightly beyond its format's numbers."""
    most = largest(eps)
    beyond = (np.abs(reference) > most * (1 - NEAR_MOST * eps)) & (reference * kernel > 0) & (np.abs(kernel) >= most)
    return np.asarray(np.where(np.isfinite(reference), beyond, kernel != reference))
