"""A framework's products at many points in one call, each with a seed of its own, used where they equal those taken one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from jaccli.adapters.framework import Arrays, Together, Unsupported
from jaccli.adapters.leaves import guarded, leaves_of_products
from jaccli.adapters.parts import Part
from jaccli.adapters.program import Program
from jaccli.adapters.subject import TroubleError
from jaccli.types import Array

__all__ = ["Batches", "batches_of"]

MOST = 2**22  # numbers of inputs and outputs in one batch, 32 MiB of them
SAME = (
    1e-7  # of the largest element: by how much a product may differ in a batch, where a sum is taken in another order
)
Leaves = Mapping[str, Array]
Case = tuple[tuple[str, ...], tuple[str, ...]]  # the names of what moves, and of what has seeds


@dataclass(slots=True)
class Batches:
    """One mode of one program at many points, which a framework traces or compiles once for all of them.

    ask    inputs, points of some of them, seeds → the products
    alone  the product at the point of the check, asked for by itself
    Law:   every batch is filled up with that point; what it gives there is what the point alone gives.
    """

    program: Program
    mode: str
    ask: Together
    alone: Callable[[Leaves], dict[str, Array]]
    known: dict[Case, tuple[dict[str, Array], dict[str, Array]]] = field(
        default_factory=dict
    )  # seeds, and their products

    def products(self, points: Leaves, seeds: Leaves, stacked: Callable[[Leaves], Arrays]) -> dict[str, Array] | None:
        """Return the products (k, *shape) at points (k, *shape); None where they cannot be had so.

        stacked: seeds (k, *shape) → the framework's, of the dtypes of what they belong to.
        """
        count = len(next(iter(points.values())))
        size = sum(part.value.size for part in (*self.program.inputs, *self.program.outputs))
        most = max(1, MOST // max(size, 1))
        found: list[dict[str, Array]] = []
        for k in range(0, count, most):
            part = slice(k, k + most)
            one = self._batch(_cut(points, part), _cut(seeds, part), stacked)
            if one is None:
                return None
            found.append(one)
        return {name: np.concatenate([one[name] for one in found]) for name in found[0]}

    def _batch(self, points: Leaves, seeds: Leaves, stacked: Callable[[Leaves], Arrays]) -> dict[str, Array] | None:
        """Return the products of one batch; None where it cannot be had, or differs at the point of the check."""
        program, framework, count = self.program, self.program.framework, len(next(iter(points.values())))
        fill = framework.padded(count + 1) - count
        moved = tuple(part for part in program.inputs if any(name in points for name in part.names))
        centre = {name: value for part in moved for name, value in part.split(part.value).items()}
        at = {name: _filled(value, centre[name], fill) for name, value in points.items()}
        try:
            seed, alone = self._alone((tuple(points), tuple(seeds)), _first(seeds))
            filled = stacked({name: _filled(value, seed[name], fill) for name, value in seeds.items()})
            given = guarded(
                framework, self.mode, lambda: self.ask(program.held(moved), self._arrays(moved, at), filled)
            )
            asked_of = moved if self.mode == "reverse" else program.outputs
            found = leaves_of_products(framework, asked_of, given, self.mode, count + fill)
        except (TroubleError, Unsupported):
            return None
        if any(_differ(value[-1], alone[name]) for name, value in found.items()):
            return None
        return {name: value[:count] for name, value in found.items()}

    def _alone(self, case: Case, seed: dict[str, Array]) -> tuple[dict[str, Array], dict[str, Array]]:
        """Return a seed, and what the point of the check gives for it."""
        if case not in self.known:
            self.known[case] = seed, self.alone(seed)
        return self.known[case]

    def _arrays(self, moved: tuple[Part, ...], at: Leaves) -> Arrays:
        """Return many values of what moves, of its own dtype."""
        framework, arrays = self.program.framework, self.program.arrays
        values = ((part.name, part.joined(at, part.value)) for part in moved)
        return {name: framework.batched(arrays[name], value, False) for name, value in values if value is not None}


def batches_of(program: Program, mode: str, alone: Callable[[Leaves], dict[str, Array]]) -> Batches | None:
    """Return the products of one mode, ``reverse`` or ``forward``, at many points; None where a framework has none at once."""
    ask = program.framework.together(program.run, mode)
    return None if ask is None else Batches(program, mode, ask, alone)


def _cut(arrays: Leaves, part: slice) -> dict[str, Array]:
    return {name: value[part] for name, value in arrays.items()}


def _first(arrays: Leaves) -> dict[str, Array]:
    return {name: value[0] for name, value in arrays.items()}


def _filled(many: Array, one: Array, times: int) -> Array:
    """Return an array with so many copies of another at its end."""
    return np.concatenate([many, np.broadcast_to(one, (times, *one.shape))])


def _differ(found: Array, alone: Array) -> bool:
    """Return whether two products differ by more than another order of additions may do."""
    with np.errstate(all="ignore"):
        apart = np.abs(found - alone) > SAME * np.max(np.abs(alone), initial=0.0)
    return bool(np.any(apart | (np.isfinite(found) != np.isfinite(alone))))
