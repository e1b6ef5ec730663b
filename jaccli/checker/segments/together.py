"""Several inputs of a black box → the blocks by them that agree along segments in which all of these inputs move at once.

One segment for all inputs takes the values and products that one for a single input does. It shows a bound on the error of all
blocks side by side; how far each input alone moves every row tells what that is of the rows of its own block.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from jaccli.adapters import Derivative, Leaf
from jaccli.adapters.subject import Blocks
from jaccli.checker.joined_inputs import all_outputs
from jaccli.checker.problem import Problem
from jaccli.checker.segments.agreement import ALPHA, PAIRS, PROBES, Segments
from jaccli.checker.segments.asked import SEED, Asked
from jaccli.checker.segments.bounds import Agreement, alike, inverse, rms, scale_of
from jaccli.types import Array

__all__ = ["Together"]

SMALL = 10  # one column of so many moves by its whole size, the others by less


class Together:
    """The segments of several inputs, side by side as one."""

    def __init__(self, problem: Problem, inputs: Sequence[Leaf]) -> None:
        self.problem, self.inputs = problem, tuple(inputs)
        whole = np.concatenate([x.value.reshape(-1) for x in inputs])
        self.leaf = Leaf(" and ".join(x.name for x in inputs), whole, np.dtype(np.float64))
        self.ends = np.cumsum([x.value.size for x in inputs])
        scale = np.concatenate([scale_of(x.value.reshape(-1)) for x in inputs])
        self.segments = Segments(problem, all_outputs(problem.subject, inputs), self.leaf, PAIRS, scale=scale)
        self.alone: dict[bytes, Array] = {}  # steps → the values after each input alone has made its own

    def agreed(self, y: Leaf, derivative: Derivative, rtol: Mapping[str, float]) -> dict[str, Agreement]:
        """Return the agreement of each block of one output that is shown, by input; none where that of one is not.

        rtol:   how much of a row or a column an error may be, by input.
        Law:    all blocks side by side are off by no more than the bound, in units of the rows that all inputs move; what one
                input moves of a row is the size of its own. A row that an input does not move shows nothing of its derivative.
        Errors: TroubleError where the user's code raises.
        """
        asked, segments = Asked(self.joined(derivative, y), self.leaf, y), self.segments
        columns = self.columns(y, asked)
        if columns is None or not alike(columns):
            return {}
        tenth = np.partition(columns, k := columns.size // SMALL)[k]
        weight = np.minimum(1.0, tenth / columns)  # so that no column outweighs the others
        steps = segments.steps(y) * weight
        alone = self.moves_alone(y, steps[:PROBES])
        wanted = min(rtol.values()) * shares(alone, np.sqrt(np.sum(alone**2, axis=0)))
        if wanted == 0:
            return {}
        found = segments.shown(y, asked, steps, segments.halves[0], wanted, ALPHA, columns * weight)
        if found is None:
            return {}
        blocks: dict[str, Agreement] = {}
        for x, moved in zip(self.inputs, alone, strict=True):
            share = shares(moved[None], found.reach)
            bound = found.bound / share if share > 0 else np.inf
            if not bound <= rtol[x.name]:
                return {}
            blocks[x.name] = replace(found, bound=bound, reach=moved, inputs=len(self.inputs))
        return blocks

    def columns(self, y: Leaf, asked: Asked) -> Array | None:
        """Return the size of each column, of rows that have size one, in the input's units, (n,); None where no vjp shows it."""
        segments = self.segments
        if y.name not in segments.columns:
            if not asked.by_rows:
                return None
            rows = np.sqrt(np.sum(self.moves_alone(y, segments.steps(y)[:1]) ** 2, axis=0))
            seeds = segments.rng(y, "columns").standard_normal((PROBES, y.value.size)) * SEED * inverse(rows)
            segments.columns[y.name] = rms([asked.here(v) for v in seeds]) / SEED * segments.scale
        return segments.columns[y.name]

    def moves_alone(self, y: Leaf, steps: Array) -> Array:
        """Return how far the inputs move the outputs, one at a time, where each element goes by its part of steps, (inputs, m).

        Shapes: steps (k, n), of which the root mean square is taken: one alone may move a row by nearly nothing.
        """
        segments, h, count = self.segments, self.segments.halves[0], len(steps)
        if (key := steps.tobytes()) not in self.alone:
            points = np.tile(segments.flat, (len(self.inputs), count, 1))
            for point, part in zip(points, np.split(np.arange(segments.flat.size), self.ends[:-1]), strict=True):
                point[:, part] += h * steps[:, part]
            self.alone[key] = segments.fn(points.reshape(len(self.inputs) * count, -1))
            segments.spent += len(self.inputs) * count
        rows = self.problem.rows[y.name]
        with np.errstate(all="ignore"):
            moved = (self.alone[key][:, rows] - self.problem.values[rows]) / h
        return np.asarray(
            np.nan_to_num(np.sqrt(np.mean(moved.reshape(len(self.inputs), count, -1) ** 2, axis=1)), nan=0.0)
        )

    # --- several inputs as one

    def joined(self, derivative: Derivative, y: Leaf) -> Derivative:
        """Return a derivative of one output by all of the inputs side by side."""
        name, split, at = self.leaf.name, self.split, derivative.at
        jvp, jvps_at = derivative.jvp, derivative.jvps_at

        def by_blocks() -> Blocks:
            names = [x.name for x in self.inputs]
            blocks = derivative.blocks(names) if derivative.blocks is not None else (derivative.jacobian or dict)()
            parts = [Asked(derivative, x, y).block_of(blocks) for x in self.inputs]
            return {(y.name, name): np.concatenate(parts, axis=1)}

        whole = derivative.vjp is jvp is None
        return Derivative(
            derivative.tested,
            jacobian=by_blocks if whole else None,
            vjp=self.side_by_side(derivative.vjp),
            jvp=None if jvp is None else lambda dx: jvp(split(dx[name])),
            vjps_at=self.pulled_at(derivative),
            jvps_at=None if jvps_at is None else lambda points, dx: jvps_at(split(points[name]), split(dx[name])),
            at=None if at is None else lambda point: self.joined(at(split(point[name])), y),
        )

    def split(self, flat: Array) -> dict[str, Array]:
        """Return the inputs, each in its own shape, of arrays (…, n)."""
        parts = np.split(flat, self.ends[:-1], axis=-1)
        return {
            x.name: part.reshape(*flat.shape[:-1], *x.value.shape) for x, part in zip(self.inputs, parts, strict=True)
        }

    def together(self, found: Mapping[str, Array], lead: tuple[int, ...]) -> dict[str, Array]:
        """Return the parts of a product side by side, with so many axes in front."""
        return {
            self.leaf.name: np.concatenate([np.asarray(found[x.name]).reshape(*lead, -1) for x in self.inputs], axis=-1)
        }

    def side_by_side(
        self, vjp: Callable[[Mapping[str, Array]], Mapping[str, Array]] | None
    ) -> Callable[[Mapping[str, Array]], Mapping[str, Array]] | None:
        """Return a vjp whose parts stand side by side."""
        return None if vjp is None else lambda y_bar: self.together(vjp(y_bar), ())

    def pulled_at(
        self, derivative: Derivative
    ) -> Callable[[Mapping[str, Array], Mapping[str, Array]], Mapping[str, Array]] | None:
        """Return the products at many points, their parts side by side."""
        vjps_at, name = derivative.vjps_at, self.leaf.name
        if vjps_at is None:
            return None
        return lambda points, y_bars: self.together(vjps_at(self.split(points[name]), y_bars), (len(points[name]),))


def shares(moved: Array, whole: Array) -> float:
    """Return the least share that any input has in how far a row moves, (inputs, m) of (m,), of an output of several rows."""
    rows = whole > 0
    return min(1.0, float(np.min(moved[:, rows] / whole[rows], initial=1.0))) if whole.size > 1 else 1.0
