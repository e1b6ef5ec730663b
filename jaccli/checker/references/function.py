"""A Python function → its differences, in the precision that it has, with a second look where a first one may mislead."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Any

import numpy as np

from jaccli.adapters import Leaf, Subject, Trouble, TroubleError
from jaccli.checker.effort.budget import Budget
from jaccli.checker.references.float32_inside import perhaps_single
from jaccli.checker.references.remembered import remembered
from jaccli.checker.references.rounding_scale import treads
from jaccli.checker.references.time_limited import by_parts
from jaccli.checker.subgradients.joint import without_nested
from jaccli.difference import differences, leaves_suddenly, on_stairs, perhaps_broken, reject_roundoff_sawtooth
from jaccli.reference import Reference
from jaccli.results.kinds import Reason
from jaccli.types import Array

__all__ = ["SINGLE", "Differenced", "no_room", "references_of", "tolerance"]

SINGLE, HALF = 2.0**-23, 2.0**-10
#: (machine epsilon, relative error that matters by default): what a few dozen operations keep in that precision.
RTOL = ((2.0**-7, 0.1), (HALF, 2e-2), (SINGLE, 1e-3), (0.0, 1e-6))
PER_COLUMN = 6  # evaluations, of easy differences
SMALL = 64  # elements of an input whose points are remembered: beyond, few are asked for twice
LOOKED = 4  # looks at the staircases of one block that are kept
CLOSER = 1e-3  # of the relative error that matters: what tells the digits of float32 from those of doubles


def references_of(
    subject: Subject, rtol: float | None = None, timeout: float | Budget | None = None
) -> Mapping[str, Reference | Trouble]:
    """Return the differences of all outputs in each input, or why there are none."""
    found, budget = Differenced(subject, rtol, timeout), Budget.of(timeout)
    inputs = subject.inputs
    with subject.context():
        return {x.name: budget.limited(partial(found.reference, x), len(inputs) - k) for k, x in enumerate(inputs)}


class Differenced:
    """The differences of one function.

    rtol:    the relative error that matters; by default that of the precision of an input and an output.
    timeout: seconds for all differences.
    """

    def __init__(self, subject: Subject, rtol: float | None, timeout: float | Budget | None) -> None:
        self.subject, self.rtol, self.budget = subject, rtol, Budget.of(timeout)
        self.values = np.concatenate([y.value.reshape(-1) for y in subject.outputs])
        self.eps = np.concatenate([np.full(y.value.size, y.eps) for y in subject.outputs])
        self.functions: dict[str, Callable[[Array], Array]] = {}  # of one input, by its name
        self.troubles: dict[str, Trouble] = {}  # what was raised beside the point, by input
        self.looked: dict[
            tuple[str, int | None, int | None], list[tuple[Reference, Array, Array, Reference]]
        ] = {}  # at staircases
        self.sharper: dict[str, Reference | Trouble] = {}  # differences that tell float32 from doubles, by input

    @cached_property
    def noise(self) -> Array:
        """What is known of the outputs' noise before any difference is taken, (m,)."""
        parts = [self.subject.noise, self.subject.rounding, self.subject.spread() if self.subject.spread else None]
        return np.fmax.reduce([part for part in parts if part is not None])

    def function(self, x: Leaf) -> Callable[[Array], Array]:
        """Return all outputs as a function of one input, flat, for many points, each of which is evaluated once if x is small."""
        if x.name not in self.functions:
            whole = partial(self._values, x)
            small = x.value.size <= SMALL and not np.any(self.subject.noise)
            self.functions[x.name] = remembered(whole) if small else whole
        return self.functions[x.name]

    def _values(self, x: Leaf, points: Array) -> Array:
        batch = self.subject.values({x.name: points.reshape(len(points), *x.value.shape)})
        if batch.trouble:
            self.troubles.setdefault(x.name, batch.trouble)
        return batch.values

    def reference(self, x: Leaf, share: float = 1.0) -> Reference | Trouble:
        """Return the differences of all outputs in one input, or why there are none."""
        wide = self.subject.in_float64
        if not wide and max(leaf.eps for leaf in (x, *self.subject.outputs)) > SINGLE:
            return no_room(x)
        size = x.value.reshape(-1)
        strictest = min(self.tolerance(y, x) for y in self.subject.outputs)
        try:
            eps = 2.0**-52 if wide else self.eps
            near = self.subject.may_not_terminate  # far from the point, a loop may not end
            taken = partial(
                differences,
                rtol=share * strictest,
                eps=eps,
                grid=self.grid(x),
                noise=self.noise,
                far=not near,
                elements=self.subject.elements,
            )
            if self.budget.left and _seconds_of(self.subject) * PER_COLUMN * size.size > self.budget.left / 2:
                return by_parts(taken, self.function(x), size)
            return taken(self.function(x), size)
        except TroubleError as error:
            return error.trouble

    def closer(self, x: Leaf, part: Reference, found: Array, rows: slice, eps: float) -> Reference:
        """Return sharper differences where a derivative of doubles may have float32's digits only, and these cannot tell."""
        if not perhaps_single(found, part, eps):
            return part
        if x.name not in self.sharper:
            self.sharper[x.name] = self.reference(x, CLOSER)
        sharper = self.sharper[x.name]
        return sharper.rows(rows) if isinstance(sharper, Reference) else part

    def grid(self, x: Leaf) -> np.dtype[Any]:
        """Return the precision in which the function takes an input."""
        return np.dtype(np.float32 if x.eps > 2.0**-52 and not self.subject.in_float64 else np.float64)

    def tolerance(self, y: Leaf, x: Leaf) -> float:
        """Return the relative error that matters in one block."""
        return tolerance(self.rtol, y, x)

    def sudden(self, x: Leaf, rows: slice, part: Reference) -> Array:
        """Return which of some outputs leave their slope all at once, of doubles only, (m,)."""
        if self.grid(x) != np.float64 or self.subject.may_not_terminate:
            return np.zeros(len(part.value), dtype=bool)
        fn = self.function(x)
        try:
            return leaves_suddenly(lambda p: fn(p)[:, rows], x.value.reshape(-1), part)
        except TroubleError:  # the edge of a domain
            return np.zeros(len(part.value), dtype=bool)

    def second_look(self, x: Leaf, rows: slice, tested: Array, part: Reference, sudden: Array) -> Reference:
        """Return the reference of some outputs after a look at staircases, wide teeth and nested kinks where ``tested`` differs.

        sudden: (m,), the outputs that leave their slope all at once.
        """
        with np.errstate(all="ignore"):
            apart = ~(np.abs(tested - part.value) <= part.error_bar) & (part.reason != Reason.DOMAIN)
        whole, grid, flat = self.function(x), self.grid(x), x.value.reshape(-1)

        def fn(points: Array) -> Array:
            return whole(points)[:, rows]

        try:
            eps = 2.0**-52 if self.subject.in_float64 else self.eps[rows]
            if grid == np.float64:
                far = not self.subject.may_not_terminate
                entries = treads(part, tested, flat, self.values[rows], sudden)
                entries, part = self.staircases(x, rows, fn, part, entries, far)
                apart &= entries if part.leap is None else entries & (part.leap == 0)
            part = reject_roundoff_sawtooth(fn, flat, part, apart, eps, grid)
            return without_nested(fn, flat, tested, part)
        except TroubleError:
            return part

    def staircases(
        self, x: Leaf, rows: slice, fn: Callable[[Array], Array], part: Reference, entries: Array, far: bool
    ) -> tuple[Array, Reference]:
        """Return which of the entries steps may spoil, and the reference after a look at these; looked at once for all derivatives.

        Law: another derivative with the same doubtful entries has the same staircases, as the program's own three have.
        """
        kept = self.looked.setdefault((x.name, rows.start, rows.stop), [])
        for before, asked, broken, after in kept:
            if np.array_equal(asked, entries) and before.same(part):
                return broken.copy(), after
        broken = entries & perhaps_broken(fn, x.value.reshape(-1), entries, far)
        after = on_stairs(fn, x.value.reshape(-1), part, broken, 2.0**-52, far)
        if not np.any(self.subject.noise) and len(kept) < LOOKED:
            kept.append((part, entries, broken, after))
        return broken.copy(), after


def no_room(x: Leaf) -> Trouble:
    """Return why there are no differences in half precision."""
    message = f"there is no room for steps by `{x.name}` in the precision that the function has"
    return Trouble("JAC203", message, "where it can, let the function run in float32 or float64")


def tolerance(rtol: float | None, y: Leaf, x: Leaf) -> float:
    """Return the relative error that matters in one block: what was asked for, else what its precision keeps."""
    eps = max(y.eps, x.eps)
    return rtol or next(rtol for least, rtol in RTOL if eps >= least)


def _seconds_of(subject: Subject) -> float:
    """Return how long one evaluation takes, the shorter of two; asked only where the user has set a limit in seconds."""
    x = subject.inputs[0]
    times = []
    for _ in range(2):
        start = time.perf_counter()
        subject.values({x.name: x.value[None]})
        times.append(time.perf_counter() - start)
    return min(times)
