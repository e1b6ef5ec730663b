"""Function and point → its values at steps to both sides of it, each evaluated once, all points of a stage in one batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jaccli.difference.noise import FLOOR, NEAR, noise_level, noise_step, noise_steps
from jaccli.difference.rungs import GRIDS
from jaccli.reference import input_scale, magnitude
from jaccli.types import Array

__all__ = ["LEFT", "RIGHT", "ULPS", "UNIT", "Function", "Request", "Stencil"]

Function = Callable[[Array], Array]
#: Columns, steps and sides to be evaluated.
Request = tuple[Array, Sequence[int], Sequence[int]]

RIGHT, LEFT = 1, -1
FACTOR = 0.9137  # steps that are no power of two meet no dyadic feature by accident
UNIT = -1  # the key of a fixed step, whatever the scale of x
ULPS = -2  # the key of a step of two ulps of the element itself
AMPLIFIED = 16.0
BETWEEN = 0.381966  # of a step: where a value lies that is on no multiple of a tread
EVEN, LEAST_OFF = 8.0, 2.0**-5  # roundings, and share of a tread, by which values on a line may miss it
MEMORY_CAP = 128 * 2**20  # bytes that fn may hold for one batch
POINTS_CAP = 4 * 2**20  # bytes of the points themselves: what a cache holds is several times faster
MANY_ROWS = 64  # of which some have a noise that is underestimated by far
SPREAD = 8 / np.sqrt(2)  # eight standard deviations of a central quotient's noise, in ε/h


class Stencil:
    """Values of the function on both sides of x, (m, n) per step and side, NaN where not evaluated or not finite."""

    def __init__(
        self, fn: Function, x: Array, scale: Array | None, eps: float | Array, elements: int, grid: np.dtype[Any]
    ) -> None:
        self.fn, self.x, self.elements, self.grid = fn, x, elements, grid
        self.rungs = GRIDS[grid]
        self.scale = input_scale(x) if scale is None else scale
        self.size = magnitude(x)
        self.evaluations = 0
        self.values: dict[tuple[int, int], Array] = {}
        self.seen: dict[tuple[int, int], Array] = {}
        self.lengths: dict[int, Array] = {}
        rng = np.random.default_rng(0)
        direction = rng.uniform(0.5, 1.0, x.shape) * rng.choice([-1.0, 1.0], x.shape)
        self.direction = direction * np.minimum(
            self.size, self.scale
        )  # noise is that of the point, not of its surroundings
        self.near = noise_step(x, self.direction, noise_steps(grid)[0], grid)
        self.joint = noise_step(x, direction * self.scale, 2.0 ** -self.rungs.guards[1], grid)
        self.start(eps)

    def start(self, eps: float | Array) -> None:
        """Evaluate what every function needs: values for the noise, two on a line through x, and the first rungs."""
        line = self.x + np.concatenate([NEAR[:, None] * self.near, [self.joint, -self.joint]])
        columns = np.arange(self.x.size)
        both: Request = (columns, self.rungs.first[:2], (RIGHT, LEFT))
        values = self.take(both, (columns, (self.rungs.quick,), (RIGHT,)), line=line)
        self.centre = values[len(NEAR) // 2]
        self.eps = np.broadcast_to(np.asarray(eps, dtype=np.float64), self.centre.shape)
        self.noise = noise_level(self.evaluated, self.x, self.direction, self.eps, self.grid, values[: len(NEAR)])
        self.near_values = values[: len(NEAR)]
        self.near_change = 0.5 * (values[len(NEAR) - 1] - values[0])
        self.joint_change = 0.5 * (values[-2] - values[-1])

    def raise_noise(self, jacobian: Array) -> None:
        """Raise the noise to what rounding x inside the function makes, which seven values on a line may miss by luck.

        That is eps·|D x|, up to AMPLIFIED times the rounding of f itself: beyond it, as for arcsin near 1, x may be exact inside.
        Without it three smooth functions of benchmarks/differences.py are left open.
        """
        moved = np.where(np.isfinite(jacobian), jacobian, 0.0) * self.x
        size = np.abs(self.centre)
        reach = np.minimum(np.hypot(size, np.sqrt(np.sum(moved**2, axis=1))), AMPLIFIED * size)
        self.noise = np.fmax(self.noise, FLOOR * self.eps * reach)

    def share_noise(self, jacobian: Array) -> None:
        """Raise the noise of rows to what rounding the points makes, and to half of what most have, in units of their size.

        Every x + t·u is rounded in all its elements, which a row moves by where its value is far smaller than what cancels in it.
        Of thousands of rows some seven values are close to a parabola by luck; what such a row is moved by would then be called
        a kink (tests/difference/test_alike.py).

        Shapes: jacobian (m, k), along random directions, in whose units a row's size is that of its terms.
        """
        slopes = np.where(np.isfinite(jacobian), jacobian, 0.0)
        moved = np.sqrt(np.mean(slopes**2, axis=1))
        self.noise = np.fmax(self.noise, FLOOR * self.eps * moved)
        if len(jacobian) < MANY_ROWS:
            return
        size = np.abs(self.centre) + moved
        share = float(np.median(self.noise / size))
        if np.isfinite(share):
            self.noise = np.fmax(self.noise, np.where(np.isfinite(size), 0.5 * share * size, 0.0))

    def raise_treads(self, rows: Array) -> bool:
        """Raise the noise of those rows whose values near the point are a tread apart each, by luck; return whether there are some.

        Seven values of log(1 + 3 x) lie on a line where their step is the distance of two sums 1 + 3 x. A value between two of them
        does not then lie on it (tests/difference/test_grain.py). Shapes: rows (m,). Cost: an evaluation where such values are even.
        """
        near, ulps, h = self.near_values, self.eps * np.abs(self.centre), len(NEAR) // 2 + 1
        aside = np.diff(near, axis=0)[np.abs(NEAR[:-1] + 0.5) > 1]  # those at x may be a kink's, or a tread's edge
        tread = np.max(np.abs(aside), axis=0)
        even = rows & (np.ptp(aside, axis=0) <= EVEN * ulps) & (tread > AMPLIFIED * ulps)
        if not np.any(even):
            return False
        value = self.evaluated(self.x[None] + (1 + BETWEEN) * self.near)[0]
        off = np.abs(value - near[h] - BETWEEN * (near[h + 1] - near[h]))
        leaps = even & (off > np.fmax(EVEN * ulps, LEAST_OFF * tread))
        self.noise = np.fmax(self.noise, np.where(leaps, FLOOR * tread, 0.0))
        return bool(np.any(leaps))

    def evaluated(self, points: Array) -> Array:
        """Return the function's values, and count them."""
        self.evaluations += len(points)
        return self.fn(points)

    def step(self, k: int) -> Array:
        """Return the step of each column, so that x + h and x − h are both exact, (n,)."""
        if k not in self.lengths:
            size = np.abs(self.x)
            length = np.spacing(self.size.astype(self.grid)).astype(np.float64) * 2
            if k != ULPS:
                wanted = 2.0 ** -self.rungs.first[0] if k == UNIT else FACTOR * 2.0**-k * self.scale
                length = (size + wanted).astype(self.grid).astype(np.float64) - size
            self.lengths[k] = length
        return self.lengths[k]

    def take(self, *requests: Request, line: Array | None = None) -> Array:
        """Evaluate what is not known yet of the requests, in one batch that begins with ``line``; return the line's values."""
        todo = [item for columns, steps, sides in requests for item in self._unknown(columns, steps, sides)]
        columns = np.concatenate([part for _, part, _ in todo]) if todo else np.zeros(0, dtype=int)
        moves = np.concatenate([move for _, _, move in todo]) if todo else np.zeros(0)
        ends = np.cumsum([len(part) for _, part, _ in todo])
        size = self.batch()
        kept = self.evaluated(line) if line is not None and not len(columns) else None
        first = np.zeros((0, self.x.size)) if line is None else line
        buffer = np.repeat(self.x[None, :], len(first) + min(size, len(columns)), axis=0)
        buffer[: len(first)] = first
        for start in range(0, len(columns), size):
            part, move = columns[start : start + size], moves[start : start + size]
            points = buffer[: len(first) + len(part)]
            rows = len(first) + np.arange(len(part))
            points[rows, part] += move
            values = self.evaluated(points)
            kept = values[: len(first)].copy() if kept is None else kept
            self._store(todo, ends, start, values[len(first) :])
            points[rows, part] = self.x[part]
            buffer, first = buffer[len(first) :], first[:0]
        return np.zeros((0, 0)) if kept is None else kept

    def batch(self) -> int:
        """Return how many points may be evaluated at once."""
        return max(1, min(MEMORY_CAP // (16 * (self.x.size + self.elements)), POINTS_CAP // (8 * self.x.size)))

    def _unknown(
        self, columns: Array, steps: Sequence[int], sides: Sequence[int]
    ) -> list[tuple[tuple[int, int], Array, Array]]:
        found = []
        for k in steps:
            for side in sides:
                seen = self.seen.setdefault((k, side), np.zeros(self.x.size, dtype=bool))
                part = columns[~seen[columns]]
                seen[part] = True
                found.append(((k, side), part, side * self.step(k)[part]))
        return found

    def _store(self, todo: list[tuple[tuple[int, int], Array, Array]], ends: Array, start: int, values: Array) -> None:
        for (key, part, _), end in zip(todo, ends, strict=True):
            low, high = max(end - len(part), start), min(end, start + len(values))
            if low < high:
                store = self.values.setdefault(key, np.full((values.shape[1], self.x.size), np.nan))
                offset = end - len(part)
                store[:, part[low - offset : high - offset]] = values[low - start : high - start].T

    def known(self, k: int, side: int) -> Array:
        """Return the values at one side, (m, n)."""
        found = self.values.get((k, side))
        return found if found is not None else np.full((len(self.centre), self.x.size), np.nan)

    def ahead(self, k: int) -> Array:
        """Return the step to the right as realised in floating point."""
        return (self.x + self.step(k)) - self.x

    def behind(self, k: int) -> Array:
        """Return the step to the left as realised in floating point."""
        return self.x - (self.x - self.step(k))

    def change(self, k: int, side: int) -> Array:
        """Return f(x ± h) − f(x), (m, n)."""
        return self.known(k, side) - self.centre[:, None]

    def central(self, k: int) -> Array:
        """Return the central quotients, (m, n)."""
        return (self.known(k, RIGHT) - self.known(k, LEFT)) / (self.ahead(k) + self.behind(k))

    def one_sided(self, k: int, side: int) -> Array:
        """Return the quotients of one side, (m, n)."""
        return self.change(k, side) / (self.ahead(k) if side == RIGHT else -self.behind(k))

    def gap(self, k: int) -> Array:
        """Return by how much the slopes of the two sides differ, with its sign: h·f″ where the function is smooth, (m, n)."""
        return self.one_sided(k, RIGHT) - self.one_sided(k, LEFT)

    def rounding(self, k: int) -> Array:
        """Return the bound on a central quotient's error from noise, (m, n); those of one side have twice as much."""
        size = np.fmax(np.abs(self.centre)[:, None], np.fmax(np.abs(self.known(k, RIGHT)), np.abs(self.known(k, LEFT))))
        rounding = self.eps[:, None] * size  # beside the point values may be far larger, as those of x² beside 0
        return (SPREAD * np.fmax(self.noise[:, None], FLOOR * rounding) + 0.5 * rounding) / self.step(k)

    def curvature(self) -> Array:
        """Return a bound on |∂²f/∂x²|, the least that second differences and their noise give at any step, (m, n).

        Steps that are too coarse for the function, as those of a small element beside a large one, see too much of it.
        """
        least = np.full((len(self.centre), self.x.size), np.inf)
        for k in (
            *self.rungs.first,
            self.rungs.guards[0],
        ):  # at finer ones a minimum may not change the function at all
            if (k, LEFT) in self.values:
                area = self.ahead(k) * self.behind(k)
                second = np.abs(self.known(k, RIGHT) - 2 * self.centre[:, None] + self.known(k, LEFT)) / area
                least = np.fmin(least, second + 4 * self.noise[:, None] / area)
        return np.where(np.isfinite(least), least, 0.0)

    def finite(self, columns: Array) -> Array:
        """Return where the function was finite at every step that was tried, (m, columns)."""
        good = np.ones((len(self.centre), len(columns)), dtype=bool)
        for key, values in self.values.items():
            good &= np.isfinite(values[:, columns]) | ~self.seen[key][columns]
        return good
