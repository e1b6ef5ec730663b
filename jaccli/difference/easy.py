"""Function → Jacobian where every entry is easy, from one batch of points; what is not easy is left to the ladder of steps.

The batch is the first stage of the ladder, and the conditions are those on which the ladder stops there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jaccli.difference.guards import CURVED
from jaccli.difference.ladder import ENOUGH, SHARP
from jaccli.difference.noise import FLOOR, NEAR, STEPS
from jaccli.difference.rungs import GRIDS
from jaccli.difference.stencil import AMPLIFIED, FACTOR, SPREAD, Function
from jaccli.difference.tableau import GAP_NOISE, SAFETY
from jaccli.reference import Reference, input_scale, magnitude
from jaccli.results.kinds import Reason
from jaccli.types import Array

__all__ = ["easy"]

GRID = np.dtype(np.float64)
RUNGS = GRIDS[GRID]
COARSE, FINE, QUICK = RUNGS.first[0], RUNGS.first[1], RUNGS.quick
#: Steps, in units of the scale, at which an entry that no small step changes must not change either. None goes farther: a loop
#: that ends at the point need not end far from it.
FAR = (2.0**-4, -(2.0**-4))
UNIT = 2.0**-12  # likewise, whatever the scale
LINE = len(NEAR) + 2
LOUD = 16.0  # roundings of the largest output: more noise than that is looked at by the ladder
#: (order k, γ_k = (k!)²/(2k)!) of Moré & Wild, see ``noise``.
ORDERS = ((4, 1 / 70), (5, 1 / 252), (6, 1 / 924))
RATIO = 4.0 ** (FINE - COARSE)  # of the parts that h² has in two central quotients


def easy(
    fn: Function,
    parts: Sequence[Array],
    centre: Array,
    *,
    rtol: float,
    eps: Array,
    floor: Array,
    cheap_batches: bool = True,
) -> list[Reference] | None:
    """Return the Jacobian of ``fn`` by each part of its input, None where an entry is not easy.

    Shapes: parts (n_k,), side by side x (n,); fn (points, n) → (points, m); centre = f(x), eps, floor (m,).
    floor:  what is known to be lost in each output, whatever its size.
    cheap_batches: whether a batch costs hardly more than a point, so that far steps are taken before anyone knows they are needed.
    Law:    an entry is easy where the values are as calm as rounding, the bound from two rungs decides a verdict, the slope at a
            much finer step agrees, and so does a line through x along which everything moves; or where the output does not
            change at all, while it changes with other columns.
    Cost:   5 evaluations per column and 9 more, 4 more per column where an output does not change or ``cheap_batches``.
    """
    points = _Points(np.concatenate(parts), np.concatenate([input_scale(part) for part in parts]))
    with np.errstate(all="ignore"):
        found = _Easy(fn, points, centre, rtol, eps, floor, cheap_batches)
        if not found.all_easy():
            return None
        ends = np.cumsum([part.size for part in parts])
        return [found.reference(slice(end - part.size, end)) for end, part in zip(ends, parts, strict=True)]


class _Points:
    """The points of the batch: a line along which everything moves, then steps in each column."""

    def __init__(self, x: Array, scale: Array) -> None:
        self.x, self.scale, self.size = x, scale, np.abs(x)
        rng = np.random.default_rng(0)
        direction = rng.uniform(0.5, 1.0, x.shape) * rng.choice([-1.0, 1.0], x.shape)
        self.near = STEPS[GRID][0] * direction * np.minimum(magnitude(x), scale)
        self.joint = 2.0 ** -RUNGS.guards[1] * direction * scale
        self.h = {k: (self.size + FACTOR * 2.0**-k * scale) - self.size for k in (COARSE, FINE, QUICK)}

    def first(self) -> Array:
        """Return the line, and five steps per column, (9 + 5n, n)."""
        h = self.h
        steps = [h[COARSE], -h[COARSE], h[FINE], -h[FINE], h[QUICK]]
        line = self.x + np.concatenate([NEAR[:, None] * self.near, [self.joint, -self.joint]])
        return np.concatenate([line, self._moved(steps, np.arange(self.x.size))])

    def far(self, columns: Array) -> Array:
        """Return the steps beyond, (4 columns, n)."""
        unit = np.full(self.x.shape, UNIT)
        return self._moved([*(factor * FACTOR * self.scale for factor in FAR), unit, -unit], columns)

    def _moved(self, steps: Sequence[Array], columns: Array) -> Array:
        moved = np.broadcast_to(self.x, (len(steps), len(columns), self.x.size)).copy()
        for step, points in zip(steps, moved, strict=True):
            points[np.arange(len(columns)), columns] += step[columns]
        return moved.reshape(-1, self.x.size)


class _Easy:
    """What one batch says of every entry.

    Shapes: value, bar, curvature (m, n); noise (m,).
    """

    def __init__(
        self, fn: Function, points: _Points, centre: Array, rtol: float, eps: Array, floor: Array, cheap_batches: bool
    ) -> None:
        self.fn, self.points, self.centre, self.rtol, self.eps, self.floor = fn, points, centre, rtol, eps, floor
        self.n, self.cheap_batches = points.x.size, cheap_batches
        asked = points.first()
        self.asked = len(asked)
        if cheap_batches:
            asked = np.concatenate([asked, points.far(np.arange(self.n))])
        values = fn(asked)
        self.evaluations = len(values)
        self.line = values[:LINE]
        moved = values[LINE : self.asked].reshape(5, self.n, -1).transpose(0, 2, 1)
        self.finite = bool(np.isfinite(values[: self.asked]).all() and np.isfinite(centre).all())
        self.beyond = values[self.asked :]
        self.changes = moved - centre[:, None]
        self.size = np.abs(centre)

    def all_easy(self) -> bool:
        """Return whether every entry is easy; ``value``, ``bar``, ``noise`` and ``curvature`` are then known."""
        if not (self.finite and self.calm()):
            return False
        self.slopes()
        return bool(self.sharp().all()) and self.agree() and self.unmoved()

    def calm(self) -> bool:
        """Take the noise, and return whether it is that of rounding, and shows."""
        near = self.line[: len(NEAR)]
        rounding = FLOOR * self.eps * np.abs(near).max(axis=0)
        jumps = np.diff(near, axis=0)
        square, order = np.zeros_like(self.centre), 1
        for k, gamma in ORDERS:
            jumps, order = np.diff(jumps, n=k - order, axis=0), k
            square = np.maximum(square, gamma * np.square(jumps).mean(axis=0))
        still = (np.diff(near, axis=0) == 0).sum(axis=0) >= len(NEAR) // 2
        apart = np.abs(near[len(NEAR) // 2] - self.centre)
        self.noise = np.maximum(np.maximum(np.sqrt(square), rounding), np.maximum(self.floor, apart))
        # outputs may be computed from each other, as in a norm
        shared = np.maximum(self.floor, FLOOR * self.eps * self.size.max())
        return bool(not still.any() and (square <= np.square(LOUD * shared)).all())

    def slopes(self) -> None:
        """Take the derivative from two rungs, with its bound, as the tableau of the ladder does."""
        h, x, changes = self.points.h, self.points.x, self.changes
        ahead = {k: (x + h[k]) - x for k in h}
        behind = {k: x - (x - h[k]) for k in (COARSE, FINE)}
        central, gap, area = {}, {}, {}
        for k, right, left in ((COARSE, changes[0], changes[1]), (FINE, changes[2], changes[3])):
            central[k] = (right - left) / (ahead[k] + behind[k])
            gap[k] = right / ahead[k] + left / behind[k]
            area[k] = ahead[k] * behind[k]
        self.value = (RATIO * central[FINE] - central[COARSE]) / (RATIO - 1)
        moved = np.sqrt(np.square(self.value * x).sum(axis=1))
        reach = np.minimum(np.hypot(self.size, moved), AMPLIFIED * self.size)
        self.noise = np.maximum(self.noise, FLOOR * self.eps * reach)
        self.spread = SPREAD * self.noise + 0.5 * self.eps * self.size
        change = np.maximum(SAFETY * np.abs(self.value - central[FINE]), np.abs(self.value - central[COARSE]))
        rounding = (RATIO / h[FINE] + 1 / h[COARSE]) / (RATIO - 1)
        two = 2.0 ** (FINE - COARSE)
        lasting = np.abs(two * gap[FINE] - gap[COARSE]) / (two - 1)
        doubt = GAP_NOISE * (two / h[FINE] + 1 / h[COARSE]) / (two - 1)
        self.bar = change + self.spread[:, None] * rounding + 0.5 * (lasting + self.noise[:, None] * doubt)
        self.flat = (changes == 0).all(axis=0)
        still = (SPREAD * FLOOR + 0.5) * self.eps * self.size  # not one of many steps has moved it by a rounding
        self.bar = np.where(self.flat, still[:, None] / (FAR[0] * FACTOR * self.points.scale), self.bar)
        bent = [np.abs(gap[k]) / h[k] + 4 * self.noise[:, None] / area[k] for k in (COARSE, FINE)]
        self.curvature = np.minimum(*bent)
        curved = 0.5 * gap[FINE] * 2.0 ** (FINE - QUICK)
        allowed = self.bar + 2 * self.spread[:, None] / h[QUICK] + CURVED * np.abs(curved)
        self.quick = np.abs(self.value + curved - changes[4] / ahead[QUICK]) <= allowed

    def sharp(self) -> Array:
        """Return where the bound is small enough for a verdict, and the slope at a fine step agrees."""
        reach = self.size + np.abs(self.value) @ magnitude(self.points.x)
        rounding = SHARP * (self.eps * reach)[:, None] / self.points.scale
        return np.asarray(self.quick & (self.bar <= np.maximum(ENOUGH * self.rtol * np.abs(self.value), rounding)))

    def agree(self) -> bool:
        """Return whether every output moves as its slopes say along a line that moves every column."""
        near, joint = 3 * self.points.near, self.points.joint
        for h, change in ((near, self.line[6] - self.line[0]), (joint, self.line[7] - self.line[8])):
            off = np.abs(self.value @ h - 0.5 * change)
            if (off > self.bar @ np.abs(h) + self.spread).any():
                return False
        return True

    def unmoved(self) -> bool:
        """Return whether what small steps do not change stays the same far off as well, and no slope is zero by symmetry."""
        flat = self.flat
        if (~flat & (self.value == 0)).any() or flat.all(axis=1).any():
            return False
        columns = np.flatnonzero(flat.any(axis=0))
        if not columns.size:
            return True
        if self.cheap_batches:
            beyond = self.beyond.reshape(-1, self.n, len(self.centre))[:, columns]
        else:
            beyond = self.fn(self.points.far(columns)).reshape(-1, len(columns), len(self.centre))
            self.evaluations += beyond.shape[0] * beyond.shape[1]
        same = (beyond == self.centre) | ~flat.T[columns]
        return bool(same.all())

    def reference(self, part: slice) -> Reference:
        """Return what was found for one part of the input."""
        bar = self.bar + self.eps[:, None] * self.curvature * magnitude(self.points.x)  # x is rounded too
        nowhere = np.full(bar[:, part].shape, np.nan)
        return Reference(
            route="difference", value=self.value[:, part], error_bar=bar[:, part], low=nowhere, high=nowhere,
            reason=np.full(nowhere.shape, Reason.NONE, dtype=object), noise=self.noise, curvature=self.curvature[:, part],
            evaluations=self.evaluations,
        )  # fmt: skip
