"""A framework's function → its values at points near the given one, at once where the framework can and where that is the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from jaccli.adapters.framework import Arrays, Mapped, Run
from jaccli.adapters.parts import Part
from jaccli.adapters.program import Program
from jaccli.adapters.subject import Batch, TroubleError
from jaccli.types import Array

__all__ = ["Nearby"]

BATCH = 13  # points, as many as the first batch of differences has
SAME = 2.0**-40  # of a value: by how much it may differ in a batch
DOUBLE = 2.0**-52
WORTH = 8  # points one by one, from which a compiled function saves more than compiling it takes


@dataclass(slots=True)
class Nearby:
    """Runs the function at points near the given one, in its own precision, or in float64 where it is ``wide``."""

    program: Program
    wide: bool
    batched: bool = field(init=False)  # until the framework's shortcut has failed once
    took_batches: bool = field(init=False, default=False)  # whether it has given any values
    may_not_terminate: bool = field(init=False)  # whether it may run for ever, at other points or at several at once
    vmap: Mapped | None = field(init=False)  # the function at many points at once
    swift: Run | None = field(init=False, default=None)  # the function compiled, for points one by one
    tried: bool = field(init=False, default=False)  # whether compiling it was
    centre: Array = field(init=False)  # all outputs at the point, (m,)
    noise: Array = field(init=False)  # by how much a second call at the point differs

    def __post_init__(self) -> None:
        self.vmap = self.program.framework.vmap(self._run)
        with self.program.framework.running(self.wide):
            self.may_not_terminate = self.program.framework.has_data_dependent_loop(
                self._run, self.program.differentiated(self.wide)
            )
            self.centre, again = (self._at_the_point() for _ in range(2))
        with np.errstate(invalid="ignore"):
            self.noise = np.abs(again - self.centre)
        # a batch of floats may be rounded differently
        self.batched = (self.wide or self.program.precision <= DOUBLE) and not self.may_not_terminate
        if self.may_not_terminate:
            self._compile(self.program.differentiated)

    def spread(self) -> Array:
        """Return by how much values in a batch differ from those of one call: kernels add in another order there."""
        if not self.batched:
            return np.zeros(self.centre.size)
        leaf = self.program.inputs[0].leaves[0]
        found = self.values({leaf.name: np.repeat(leaf.value[None], BATCH, axis=0)}).values
        with np.errstate(invalid="ignore"):
            return np.nan_to_num(np.max(np.abs(found - self.centre), axis=0), nan=0.0)

    def _run(self, arrays: Arrays) -> Arrays:
        return self.program.run(arrays, self.wide)

    def _compile(self, *points: Callable[[bool], Arrays]) -> None:
        """Compile the function once for all points, unless it cannot be or has other values than the function at some points.

        A loop that is not compiled as a whole is compiled anew at every call.
        """
        framework, self.tried = self.program.framework, True
        run = framework.compiled(self._run)
        if run is None:
            return
        try:
            with framework.running(self.wide):
                for point in points:
                    alone = self.flat(self.program.evaluated(point(self.wide), self.wide))
                    if self._apart(self.flat(run(point(self.wide))), alone):
                        return
            self.swift = run
        except Exception:  # it looks at values
            return

    def _apart(self, values: Array, alone: Array) -> bool:
        """Return whether other code has given other values than the function itself, at the same point."""
        with np.errstate(all="ignore"):
            size = np.abs(alone)
            return bool(np.any(np.abs(values - alone) > SAME * (size + 1e-3 * np.max(size))))

    def _at_the_point(self) -> Array:
        return self.flat(self.program.evaluated(self.program.differentiated(self.wide), self.wide))

    def flat(self, outputs: Arrays, batch: int | None = None) -> Array:
        """Return all outputs side by side, (m,), or (batch, m).

        Errors: TroubleError where they are not those of the first call.
        """
        rows = 1 if batch is None else batch
        leaves: list[Array] = []
        for part in self.program.outputs:
            value = self.program.framework.numpy(outputs[part.name])
            expected = part.value.shape if batch is None else (batch, *part.value.shape)
            if value.shape != expected:
                message = f"output `{part.name}` changes its shape between calls: {expected}, then {value.shape}"
                raise TroubleError.of("JAC303", message, "return the same shape at every point")
            leaves += [leaf.reshape(rows, -1) for leaf in part.split(value).values()]
        side_by_side = leaves[0] if len(leaves) == 1 else np.concatenate(leaves, axis=1)
        return side_by_side[0] if batch is None else side_by_side

    def values(self, points: Mapping[str, Array]) -> Batch:
        """Return all outputs, (points, m), with some leaves running through ``points``; at once where the framework can."""
        if self.batched and len(next(iter(points.values()))) > self.program.framework.singly:
            with self.program.framework.running(self.wide):
                found = self._batched(points)
            if found is not None:
                self.took_batches = True
                return Batch(found)
            self.batched = False
        return self.one_by_one(points)

    def _batched(self, points: Mapping[str, Array]) -> Array | None:
        framework, program = self.program.framework, self.program
        count = len(next(iter(points.values())))
        fill = framework.padded(count + 1) - count  # the point itself comes last, once or more
        parts = self._parts(points)
        centre = {name: value for part in parts for name, value in part.split(part.value).items()}
        moved = {
            n: np.concatenate([p, np.broadcast_to(centre[n], (fill, *centre[n].shape))]) for n, p in points.items()
        }
        inputs = program.held(parts, self.wide)
        try:
            batches = {
                part.name: framework.batched(program.arrays[part.name], _joined(part, moved), self.wide)
                for part in parts
            }
            if self.vmap is None:
                return None
            outputs = self.vmap(inputs, batches)
            rows = self.flat(outputs, count + fill)
        except Exception:
            return None
        return None if self._apart(rows[-1], self.centre) else rows[:count]

    def one_by_one(self, points: Mapping[str, Array]) -> Batch:
        """Return all outputs, (points, m), one call of the function a point."""
        with self.program.framework.running(self.wide):
            return self._one_by_one(points)

    def _one_by_one(self, points: Mapping[str, Array]) -> Batch:
        program, framework = self.program, self.program.framework
        rows = np.full((len(next(iter(points.values()))), self.centre.size), np.nan)
        trouble = None
        if len(rows) >= WORTH and not self.tried:
            self._compile(program.differentiated, lambda wide: self._moved(points, 0))
        for k, row in enumerate(rows):
            inputs = self._moved(points, k)
            try:
                outputs = self.swift(inputs) if self.swift else program.evaluated(inputs, self.wide)
            except TroubleError:
                raise
            except (Exception, SystemExit) as error:
                trouble = trouble or framework.trouble("beside the point, the function", error)
                continue
            row[:] = self.flat(outputs)
        return Batch(rows, trouble)

    def _moved(self, points: Mapping[str, Array], k: int) -> Arrays:
        """Return fresh inputs at one of the points."""
        program, parts = self.program, self._parts(points)
        moved = {name: part[k] for name, part in points.items()}
        own = {
            part.name: program.framework.array_like(program.arrays[part.name], _joined(part, moved), self.wide)
            for part in parts
        }
        still = program.held(parts, self.wide)
        return {part.name: own[part.name] if part.name in own else still[part.name] for part in program.inputs}

    def _parts(self, points: Mapping[str, Array]) -> list[Part]:
        return [part for part in self.program.inputs if any(name in points for name in part.names)]


def _joined(part: Part, leaves: Mapping[str, Array]) -> Array:
    value = part.joined(leaves, part.value)
    assert value is not None
    return value
