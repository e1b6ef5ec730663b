"""A framework's products with the Jacobian of one function, at one point or at many, of named float64 arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from jaccli.adapters.batches import Batches, batches_of
from jaccli.adapters.drawn import cotangent, tangent
from jaccli.adapters.framework import Arrays, Pullback, Unsupported
from jaccli.adapters.leaves import guarded, leaves_of_products
from jaccli.adapters.parts import Part
from jaccli.adapters.program import Program
from jaccli.adapters.subject import TroubleError
from jaccli.types import Array

__all__ = ["Products"]

Asked = tuple[str, str, bytes]  # a mode, what its seed belongs to, and the seed
DOUBLE = 2.0**-52
REPEATS = 1e-3  # of a value: by how much it may differ when it is asked for again


@dataclass(slots=True)
class Products:
    """Products of cotangents and tangents with the Jacobian of one program, in the user's own dtype.

    Law: all products with unit seeds are taken in one pass where the framework can; the caller holds them to products that are
         asked for one by one. The first of them is asked for twice, to see whether the derivative repeats itself.
    """

    program: Program
    taken: tuple[Arrays, Pullback] | None = None  # outputs and reverse mode, once it was taken
    known: dict[Asked, dict[str, Array]] = field(default_factory=dict)
    batches: dict[str, Batches | None] = field(default_factory=dict)  # by mode, once one was asked for

    def probe(self, mode: str) -> None:
        """Take one product, to see whether there is such a mode.

        Errors: Unsupported where there is none; TroubleError where it raises.
        """
        reverse = mode == "reverse"
        leaf = (self.program.outputs if reverse else self.program.inputs)[0].leaves[0]
        seed = cotangent(leaf, 0) if reverse else tangent(leaf, 0)
        self.known[mode, leaf.name, seed.tobytes()] = (self.vjp if reverse else self.jvp)({leaf.name: seed})

    def _remembered(self, mode: str, seeds: Mapping[str, Array]) -> dict[str, Array] | None:
        """Return a product that was taken to see whether there is such a mode; it is handed out once."""
        (name, seed), *others = seeds.items()
        return None if others else self.known.pop((mode, name, seed.tobytes()), None)

    def pullback(self) -> Pullback:
        """Return reverse mode at the point; the function is called once."""
        if self.taken is None:
            self.taken = self._guarded(
                "reverse", lambda: self.program.framework.vjp(self.program.run, self.program.leaves())
            )
        return self.taken[1]

    def vjp(self, y_bar: Mapping[str, Array]) -> dict[str, Array]:
        """Return one cotangent per leaf."""
        if (found := self._remembered("reverse", y_bar)) is not None:
            return found
        again = self.taken is not None
        try:
            found = self._cotangents(y_bar)
        except TroubleError:
            if not again:
                raise
            self.taken = None  # a backward may work once: it frees its graph, or what forward has left for it
            found = self._cotangents(y_bar)
        return self._read(self.program.inputs, found, "reverse")

    def _cotangents(self, y_bar: Mapping[str, Array]) -> Any:
        pullback = self.pullback()
        return self._guarded("reverse", lambda: pullback(self._seeds(self.program.outputs, y_bar)))

    def terms(self, y_bar: Mapping[str, Array]) -> dict[str, dict[str, Array]]:
        """Return the terms of one cotangent per leaf, by the operation that each comes through."""
        program = self.program
        self.pullback()  # by which the cotangents get their dtypes
        seeds = self._seeds(program.outputs, y_bar)
        found = self._guarded("reverse", lambda: program.framework.terms(program.run, program.leaves(), seeds))
        return {name: self._read(self.program.inputs, term, "reverse") for name, term in found.items()}

    def vjps(self, y_bars: Mapping[str, Array]) -> dict[str, Array]:
        """Return the cotangents (k, *shape) of many cotangents.

        Errors: TroubleError where the first of them gives something else when it is asked for again.
        """
        framework, pullback = self.program.framework, self.pullback()
        twice = {name: np.concatenate([seed, seed[:1]]) for name, seed in y_bars.items()}
        seeds = self._stacked(self.program.outputs, twice)
        many = self._attempt("reverse", lambda: framework.rows(pullback, seeds))
        count = len(next(iter(twice.values())))
        rows = (
            _stack([self.vjp(alone) for alone in _one_by_one(twice, count)])
            if many is None
            else self._read(self.program.inputs, many, "reverse", count)
        )
        for name, row in rows.items():
            _repeats(name, row[0], row[-1])
        return {name: row[:-1] for name, row in rows.items()}

    def jvps(self, dxs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the tangents (k, *shape) of many tangents."""
        program, count = self.program, len(next(iter(dxs.values())))
        seeds = self._stacked(program.inputs, dxs)
        many = self._attempt("forward", lambda: program.framework.columns(program.run, program.differentiated(), seeds))
        if many is not None:
            return self._read(program.outputs, many, "forward", count)
        return _stack([self.jvp(alone) for alone in _one_by_one(dxs, count)])

    def vjps_at(self, points: Mapping[str, Array], y_bars: Mapping[str, Array]) -> dict[str, Array]:
        """Return the cotangents (k, *shape) of the leaves that ``points`` (k, *shape) name, each at its own point."""
        program, count = self.program, len(next(iter(points.values())))
        self.pullback()  # by which the cotangents get their dtypes
        if (many := self._batched("reverse", points, y_bars)) is not None:
            return many
        seeds = self._stacked(program.outputs, y_bars)
        at = program.at_each(points, program.framework.leaf)
        found = self._guarded("reverse", lambda: program.framework.pulled_at(program.run, at, seeds))
        return self._together(self._moved(points), found, "reverse", count)

    def jvps_at(self, points: Mapping[str, Array], dxs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the tangents (k, *shape) of the outputs, each at its own of the points (k, *shape)."""
        program, framework, count = self.program, self.program.framework, len(next(iter(points.values())))
        if dxs.keys() <= points.keys() and (many := self._batched("forward", points, dxs)) is not None:
            return many
        seeds, at = self._stacked(program.inputs, dxs), program.at_each(points, framework.copied)
        found = self._guarded(
            "forward",
            lambda: [
                framework.jvp(program.run, inputs, {name: seed[k] for name, seed in seeds.items()})
                for k, inputs in enumerate(at)
            ],
        )
        return self._together(program.outputs, found, "forward", count)

    def _moved(self, points: Mapping[str, Array]) -> tuple[Part, ...]:
        """Return the inputs that points are named of."""
        return tuple(part for part in self.program.inputs if any(name in points for name in part.names))

    def _batched(self, mode: str, points: Mapping[str, Array], seeds: Mapping[str, Array]) -> dict[str, Array] | None:
        """Return the products in few calls of the framework; None where it cannot, or gives others there than one by one."""
        if mode not in self.batches:
            self.batches[mode] = batches_of(self.program, mode, self.vjp if mode == "reverse" else self.jvp)
        batches = self.batches[mode]
        if batches is None or self.program.precision > DOUBLE:  # a batch of floats may be rounded differently
            return None
        parts = self.program.outputs if mode == "reverse" else self.program.inputs
        found = batches.products(points, seeds, partial(self._stacked, parts))
        if found is None:
            self.batches[mode] = None
        return found

    def _together(
        self, parts: tuple[Part, ...], found: Sequence[Mapping[str, Any]], mode: str, count: int
    ) -> dict[str, Array]:
        """Return products that were taken one by one as arrays with a leading axis."""
        many = self.program.framework.stacked(found)
        if many is None:
            return _stack([self._read(parts, one, mode) for one in found])
        return self._read(parts, many, mode, count)

    def _stacked(self, parts: tuple[Part, ...], seeds: Mapping[str, Array]) -> Arrays:
        """Return many tangents or cotangents, stacked, of the dtypes of what they belong to."""
        framework, arrays = self.program.framework, self._like(parts)
        flip = framework.conjugate and parts is self.program.outputs
        given = {part.name: part.joined(seeds) for part in parts}
        return {
            name: framework.batched(arrays[name], np.conj(value) if flip else value, False)
            for name, value in given.items()
            if value is not None
        }

    def _attempt(self, mode: str, call: Callable[[], Any]) -> Any:
        """Return many products at once, or None where that cannot be done: then they are made one by one."""
        try:
            return self._guarded(mode, call)
        except (TroubleError, Unsupported):
            return None

    def jvp(self, dx: Mapping[str, Array]) -> dict[str, Array]:
        """Return one tangent per leaf of the outputs."""
        if (known := self._remembered("forward", dx)) is not None:
            return known
        program = self.program
        seeds = self._seeds(program.inputs, dx)
        found = self._guarded("forward", lambda: program.framework.jvp(program.run, program.differentiated(), seeds))
        return self._read(program.outputs, found, "forward")

    def _seeds(self, parts: tuple[Part, ...], leaves: Mapping[str, Array]) -> Arrays:
        """Return tangents or cotangents of the dtypes of what they belong to; what is not named is left out."""
        framework, arrays = self.program.framework, self._like(parts)
        given = {part.name: (part, part.joined(leaves)) for part in parts}
        flip = framework.conjugate and parts is self.program.outputs
        return {
            name: framework.seed(arrays[name], np.conj(value) if flip else value)
            for name, (_, value) in given.items()
            if value is not None
        }

    def _like(self, parts: tuple[Part, ...]) -> Mapping[str, Any]:
        """Return the arrays that seeds of these parts are shaped like."""
        return self.taken[0] if parts is self.program.outputs and self.taken else self.program.arrays

    def _read(
        self, parts: tuple[Part, ...], found: Mapping[str, Any], mode: str, count: int | None = None
    ) -> dict[str, Array]:
        return leaves_of_products(self.program.framework, parts, found, mode, count)

    def _guarded(self, mode: str, call: Callable[[], Any]) -> Any:
        return guarded(self.program.framework, mode, call)


def _one_by_one(seeds: Mapping[str, Array], count: int) -> list[dict[str, Array]]:
    """Return the seeds one by one, without those that are zero."""
    return [{name: seed[k] for name, seed in seeds.items() if np.any(seed[k])} for k in range(count)]


def _stack(rows: list[dict[str, Array]]) -> dict[str, Array]:
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def _repeats(name: str, first: Array, second: Array) -> None:
    with np.errstate(all="ignore"):
        apart = np.abs(first - second) > REPEATS * np.maximum(np.abs(first), np.abs(second))
    if np.any(apart & np.isfinite(first)):
        message = f"reverse mode gives `{name}` differently when asked twice with the same cotangent"
        raise TroubleError.of("JAC204", message, "backward must not modify or redraw anything that it uses later")
