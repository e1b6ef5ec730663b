"""Function → Jacobian with an error bar per entry: Ridders' tableau of central differences, accepted only with guard steps.

For each entry the smallest bound of the tableau is taken, and believed only if the slopes at much finer steps agree with it;
otherwise the ladder starts again from finer steps. A kink at the point itself shows as two one-sided slopes that never meet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from jaccli.difference.noise import noise_level
from jaccli.difference.rungs import GRIDS
from jaccli.reference import Reference, input_scale, magnitude

__all__ = ["differences"]

Array = np.ndarray[Any, Any]
Function = Callable[[Array], Array]

RATIO = 4.0
FACTOR = 0.9137  # steps that are no power of two meet no dyadic feature by accident
SHARP = 1000.0  # eps·|f|/s: a bound that decides any entry, well below the allowance for rounding of a verdict
UNIT = -1  # the key of the values a fixed step away, whatever the scale of x
ULPS = -2  # the key of the values two ulps away
MEMORY_CAP = 128 * 2**20


def differences(
    fn: Function,
    x: Array,
    *,
    rtol: float = 1e-6,
    eps: float | Array = 2.0**-52,
    elements: int = 1,
    grid: np.dtype[Any] = np.dtype(np.float64),  # noqa: B008 - a dtype is a constant
    noise: Array | None = None,
) -> Reference:
    """Return the Jacobian of ``fn`` at ``x`` by differences.

    Shapes: x (n,); fn (points, n) → (points, m), evaluated for many points at once.
    rtol:   relative error that matters; a bound ten times smaller is sharp enough.
    eps:    machine epsilon of what ``fn`` returns, one or (m,).
    grid:   the dtype ``fn`` computes x in; the points are representable there.
    noise:  (m,), by how much ``fn`` is known not to repeat itself.
    elements: numbers alive per point while fn runs, which bounds the size of a batch.
    Cost:   12 evaluations per column, 8 more where noise leaves a wide bound, 18 more where the guards object; 14 for
            the centre and the noise.
    Errors: none; what cannot be decided has an infinite error bar and a reason.
    Source: Ridders, Accurate computation of F'(x) and F'(x)F''(x), Adv. Eng. Software 4 (1982); guards and constants are
            measured in docs/checker.md.
    """
    x = np.asarray(x, dtype=np.float64)
    slopes = _Slopes(fn, x, np.asarray(eps), elements, grid, noise)
    rungs, columns = slopes.rungs, np.arange(x.size)
    slopes.take(columns, (*rungs.first, *rungs.guards))
    value, bar = _tableau(slopes, rungs.first, columns)
    believed = _guarded(slopes, value, bar, rungs.guards, columns)
    _sharpen(slopes, value, bar, believed & slopes.wide(value, bar, rtol))
    believed |= _refine(slopes, value, bar, ~believed, rtol)
    bar += slopes.eps[..., None] * slopes.curvature() * magnitude(slopes.x)  # x itself is rounded inside fn
    believed &= ~_absorbed(slopes, columns)
    return _reference(slopes, value, bar, believed, columns)


def _sharpen(slopes: _Slopes, value: Array, bar: Array, wide: Array) -> None:
    """Put in place, for ``wide`` entries, what a ladder with coarser steps gives, where it is better and the guards agree."""
    columns = np.flatnonzero(np.any(wide, axis=0))
    if columns.size:
        rungs = slopes.rungs
        slopes.take(columns, rungs.coarser)
        better, its_bar = _tableau(slopes, (*rungs.coarser, *rungs.first[:2]), columns)
        accepted = _guarded(slopes, better, its_bar, (rungs.first[2], *rungs.guards), columns)
        accepted &= wide[:, columns] & (its_bar < bar[:, columns])
        _put(value, better, accepted, columns)
        _put(bar, its_bar, accepted, columns)


def _refine(slopes: _Slopes, value: Array, bar: Array, open_: Array, rtol: float) -> Array:
    """Put in place, for ``open_`` entries and wide bounds, the best of the finer ladders that their guards agree with."""
    accepted_all = np.zeros_like(open_)
    unclear = open_ | slopes.wide(value, bar, rtol)
    columns = np.flatnonzero(np.any(unclear, axis=0))
    if columns.size:
        slopes.take(columns, [k for climb in slopes.rungs.finer for k in climb])
    for climb in slopes.rungs.finer if columns.size else ():
        finer, its_bar = _tableau(slopes, climb, columns)
        guards = tuple(k for k in slopes.rungs.guards if k > climb[-1])
        accepted = _guarded(slopes, finer, its_bar, guards, columns) & unclear[:, columns]
        accepted &= (open_ & ~accepted_all)[:, columns] | (its_bar < bar[:, columns])
        _put(value, finer, accepted, columns)
        _put(bar, its_bar, accepted, columns)
        accepted_all[:, columns] |= accepted
        unclear = (open_ & ~accepted_all) | slopes.wide(value, bar, rtol)
    return accepted_all


def _absorbed(slopes: _Slopes, columns: Array) -> Array:
    """Return where the finest steps do not change the function, but coarser ones do, up on one side and down on the other.

    In log(1 + x) at x = 1e-12 the steps vanish in the sum: a slope of zero would be rounding, not truth. Where only one side
    changes, as for a relu below its kink, or both in the same direction, as at a minimum, zero is right.
    """
    flat = np.asarray(np.all([slopes.change(k, side) == 0 for k in slopes.rungs.guards for side in (1, -1)], axis=0))
    suspects = columns[np.any(flat, axis=0)]
    if not suspects.size:
        return flat
    slopes.take(suspects, slopes.rungs.coarser)
    slopes.at({UNIT: np.full_like(slopes.x, 2.0 ** -slopes.rungs.first[0])}, suspects)
    slanted = [
        slopes.change(k, 1) * slopes.change(k, -1) < 0 for k in (*slopes.rungs.first, *slopes.rungs.coarser, UNIT)
    ]
    return np.asarray(flat & np.any(slanted, axis=0))


def _reference(slopes: _Slopes, value: Array, bar: Array, believed: Array, columns: Array) -> Reference:
    low, high, kink, own = _kinks(slopes, columns)
    known = believed & ~kink
    domain = ~np.isfinite(slopes.centre)[:, None] | (~believed & ~slopes.finite())
    own &= ~domain
    return Reference(
        route="difference",
        value=np.where(own, 0.5 * (low + high), value),
        error_bar=np.where(known, bar, np.inf),
        low=np.where(own, low, np.nan),
        high=np.where(own, high, np.nan),
        reason=np.where(known, "", np.where(domain, "domain", np.where(kink, "kink", "step window"))),
        noise=slopes.noise,
        curvature=slopes.curvature(),
        evaluations=slopes.evaluations,
    )


def _put(target: Array, source: Array, mask: Array, columns: Array) -> None:
    part = target[:, columns]
    part[mask] = source[mask]
    target[:, columns] = part


class _Slopes:
    """Values of the function on both sides of x, kept per step so that nothing is evaluated twice."""

    def __init__(
        self, fn: Function, x: Array, eps: Array, elements: int, grid: np.dtype[Any], noise: Array | None
    ) -> None:
        self.fn, self.x, self.elements, self.grid = fn, x, elements, grid
        self.rungs = GRIDS[grid]
        self.scale = input_scale(x)
        self.centre = fn(x[None, :])[0]
        self.eps = np.broadcast_to(eps, self.centre.shape)
        self.noise = noise_level(fn, x, self.scale, self.eps, grid=grid)
        if noise is not None:
            self.noise = np.fmax(self.noise, noise)
        self.right: dict[int, Array] = {}
        self.left: dict[int, Array] = {}
        self.ahead: dict[int, Array] = {}  # the steps as realised in floating point
        self.behind: dict[int, Array] = {}
        self.evaluations = 14  # the centre and the noise

    def take(self, columns: Array, steps: Any) -> None:
        """Evaluate the function at x ± h in each of ``columns``, for each step 2^-k of the scale."""
        size = np.abs(self.x)
        self.at({k: (size + FACTOR * 2.0**-k * self.scale).astype(self.grid) - size for k in steps}, columns)

    def at(self, steps: Mapping[int, Array], columns: Array) -> None:
        """Evaluate the function at x ± h in each of ``columns``, all steps h in one batch, and keep the values under their keys."""
        for key, h in steps.items():  # x + h and x − h are both exact
            for store in (self.right, self.left):
                store.setdefault(key, np.full((len(self.centre), self.x.size), np.nan))
            self.ahead[key], self.behind[key] = (self.x + h) - self.x, self.x - (self.x - h)
        for part in self.chunks(columns, len(steps)):
            points = np.repeat(self.x[None, :], 2 * len(steps) * len(part), axis=0)
            rows = points.reshape(len(steps), 2, len(part), -1)
            for (above, below), h in zip(rows, steps.values(), strict=True):
                above[np.arange(len(part)), part] += h[part]
                below[np.arange(len(part)), part] -= h[part]
            values = self.fn(points).reshape(len(steps), 2, len(part), -1)
            for (above, below), key in zip(values, steps, strict=True):
                self.right[key][:, part], self.left[key][:, part] = above.T, below.T
            self.evaluations += len(points)

    def chunks(self, columns: Array, steps: int) -> list[Array]:
        size = max(1, int(MEMORY_CAP // (16 * steps * (self.x.size + self.elements))))
        return [columns[start : start + size] for start in range(0, len(columns), size)]

    def change(self, k: int, side: int) -> Array:
        """Return the sign of f(x ± h) − f(x), (m, n)."""
        with np.errstate(all="ignore"):
            return np.sign((self.right if side > 0 else self.left)[k] - self.centre[:, None])

    def central(self, k: int) -> Array:
        with np.errstate(all="ignore"):
            return (self.right[k] - self.left[k]) / (self.ahead[k] + self.behind[k])

    def sides(self, k: int) -> tuple[Array, Array]:
        with np.errstate(all="ignore"):
            return (
                (self.right[k] - self.centre[:, None]) / self.ahead[k],
                (self.centre[:, None] - self.left[k]) / self.behind[k],
            )

    def rounding(self, k: int) -> Array:
        """Return the bound on a quotient's error from noise, (m, n)."""
        h = 0.5 * (self.ahead[k] + self.behind[k])
        spread = 8 / np.sqrt(2) * self.noise + 0.5 * self.eps * np.abs(self.centre)
        with np.errstate(all="ignore"):
            return spread[:, None] / h

    def wide(self, value: Array, bar: Array, rtol: float) -> Array:
        """Return where noise leaves a bound that may be too wide for a verdict."""
        with np.errstate(all="ignore"):
            rounding = SHARP * (self.eps * np.abs(self.centre))[:, None] / self.scale
            return bar > np.maximum(0.1 * rtol * np.abs(value), rounding)

    def curvature(self) -> Array:
        """Return a bound on |∂²f/∂x²|, the least that second differences and their noise give at any step, (m, n).

        Steps that are too coarse for the function, as those of a small element beside a large one, see too much of it.
        """
        least = np.full(self.right[self.rungs.first[0]].shape, np.inf)
        for k in (*self.rungs.first, *self.rungs.guards):
            with np.errstate(all="ignore"):
                area = self.ahead[k] * self.behind[k]
                second = np.abs(self.right[k] - 2 * self.centre[:, None] + self.left[k]) / area
                bound = second + 4 * self.noise[:, None] / area
            least = np.fmin(least, bound)
        return np.where(np.isfinite(least), least, 0.0)

    def finite(self) -> Array:
        """Return where the function was finite at every step that was tried."""
        steps = (*self.rungs.first, *self.rungs.guards)
        tried = [values[k] for values in (self.right, self.left) for k in steps]
        return np.asarray(np.all([np.isfinite(values) for values in tried], axis=0))


def _tableau(slopes: _Slopes, steps: tuple[int, ...], columns: Array) -> tuple[Array, Array]:
    """Return the extrapolated derivative with the smallest error bound, and that bound, for some columns."""
    row: list[Array] = []
    errors: list[Array] = []
    best = np.full((len(slopes.centre), len(columns)), np.nan)
    bar = np.full_like(best, np.inf)
    with np.errstate(all="ignore"):
        for k in steps:
            above, wide = row, errors
            row, errors = [slopes.central(k)[:, columns]], [slopes.rounding(k)[:, columns]]
            for j in range(1, len(above) + 1):
                q = RATIO ** (2 * j)
                row.append((q * row[j - 1] - above[j - 1]) / (q - 1))
                errors.append((q * errors[j - 1] + wide[j - 1]) / (q - 1))
                change = np.maximum(np.abs(row[j] - row[j - 1]), np.abs(row[j] - above[j - 1]))
                bound = 4 * change + errors[j]
                better = bound < bar
                best, bar = np.where(better, row[j], best), np.where(better, bound, bar)
    return best, bar


def _guarded(slopes: _Slopes, value: Array, bar: Array, guards: tuple[int, ...], columns: Array) -> Array:
    """Return where every guard slope agrees with the value, within its own noise and its distance to the next finer one."""
    agreed = np.isfinite(value)
    with np.errstate(all="ignore"):
        for position, k in enumerate(guards):
            slope = slopes.central(k)[:, columns]
            finer = slopes.central(guards[position + 1])[:, columns] if position + 1 < len(guards) else slope
            allowed = bar + slopes.rounding(k)[:, columns] + 4 * np.abs(slope - finer)
            agreed &= np.abs(value - slope) <= allowed
    return agreed


def _kinks(slopes: _Slopes, columns: Array) -> tuple[Array, Array, Array, Array]:
    """Return (low, high, kink, own): one-sided slopes, where they never meet, and where x itself is that kink.

    A smooth function's one-sided slopes differ by h·f″, which shrinks 2^18 times from the first step to the guard at 2^-30; at a
    kink the gap stays. The point is the kink itself where the gap is still there two ulps away.
    """
    first, guards = slopes.rungs.first, slopes.rungs.guards
    with np.errstate(all="ignore"):
        ahead, behind = slopes.sides(guards[1])
        gap, coarse = np.abs(ahead - behind), np.abs(np.subtract(*slopes.sides(first[0])))
        doubt = 4 * slopes.rounding(guards[1])
        kink = (gap > doubt) & (gap > 0.25 * coarse)
        own = np.zeros_like(kink)
        suspects = columns[np.any(kink, axis=0)]
        if suspects.size:
            slopes.at({ULPS: 2 * np.spacing(magnitude(slopes.x).astype(slopes.grid)).astype(np.float64)}, suspects)
            near, far = slopes.sides(ULPS)
            own = kink & (np.abs(np.abs(near - far) - gap) <= 0.25 * gap + doubt)
        (ahead, behind), (ahead16, behind16) = slopes.sides(guards[0]), slopes.sides(first[2])
        curved = 4 * np.maximum(np.abs(ahead - ahead16), np.abs(behind - behind16)) + 4 * slopes.rounding(guards[0])
        low, high = np.minimum(ahead, behind) - curved, np.maximum(ahead, behind) + curved
    return low, high, kink, own
