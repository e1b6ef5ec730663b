"""Function → Jacobian with an error bar per entry, in stages: easy entries are done after two rungs, the others climb on.

For each entry the smallest bound of Ridders' tableau is taken, and believed only if the slopes at much finer steps agree with it.
Every stage looks at the columns that are still unclear, all their points in one batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jaccli.difference.beside import own_side, two_slopes
from jaccli.difference.columns import of_columns
from jaccli.difference.folded import folded, shapeless
from jaccli.difference.guards import guarded, joint, quick
from jaccli.difference.kinks import classify
from jaccli.difference.masked_zeros import MASKED, below_constant, on_staircase
from jaccli.difference.sawtooth import sawtooth
from jaccli.difference.stencil import LEFT, RIGHT, UNIT, Function, Stencil
from jaccli.difference.tableau import central_tableau
from jaccli.reference import Reference
from jaccli.results.kinds import JudgedBy, Reason
from jaccli.types import Array

__all__ = ["differences"]

ENOUGH = 0.25  # of rtol: a bound that lets a right derivative pass
SHARP = 48.0  # eps·S: a bound that decides any entry, well below the allowance for rounding of a verdict
FEW_DIGITS = 2.0**-14  # of a value that nothing moves: what float32, or rounding to five digits, may lose inside
LAST_DIGITS = 4.0  # roundings of f by which a constant may move
BOTH = (RIGHT, LEFT)


@np.errstate(all="ignore")
def differences(
    fn: Function,
    x: Array,
    *,
    rtol: float = 1e-6,
    eps: float | Array = 2.0**-52,
    elements: int = 1,
    grid: np.dtype[Any] = np.dtype(np.float64),  # noqa: B008 - a dtype is a constant
    noise: Array | None = None,
    far: bool = True,
    alike: bool = False,
) -> Reference:
    """Return the Jacobian of ``fn`` at ``x`` by differences.

    Shapes: x (n,); fn (points, n) → (points, m), evaluated for many points at once.
    rtol:   relative error that matters; a bound a quarter as large is sharp enough.
    eps:    machine epsilon of what ``fn`` returns, one or (m,).
    grid:   the dtype ``fn`` computes x in; the points are representable there.
    noise:  (m,), by how much ``fn`` is known not to repeat itself.
    far:    whether ``fn`` may be evaluated at points thousands of scales away, where a row of zeros hides what it is.
    alike:  whether the columns are random directions of one input: an entry need be known to the size of its row only.
    elements: numbers alive per point while fn runs, which bounds the size of a batch.
    Cost:   5 evaluations per column and 9 for the centre, the noise and a line through all columns; 2 to 4 more per column
            where the bound is wide, 4 where the function does not change, and 7 to 40 where the guards object.
    Errors: none; what cannot be decided has an infinite error bar and a reason.
    Source: Ridders, Accurate computation of F'(x) and F'(x)F''(x), Adv. Eng. Software 4 (1982); guards and constants are
            measured in docs/checker.md.
    """
    x = np.asarray(x, dtype=np.float64)
    stencil = Stencil(fn, x, None, eps, elements, grid)
    if noise is not None:
        stencil.noise = np.fmax(stencil.noise, noise)
    ladder = _Ladder(stencil, rtol, far, alike)
    ladder.climb()
    ladder.shrink(np.flatnonzero(np.any(~ladder.believed & ~ladder.absorbed, axis=0) & (x != 0)), eps)
    return ladder.reference()


class _Ladder:
    """The state of every entry while its columns climb.

    Shapes: value, bar, believed, absorbed (m, n).
    """

    def __init__(self, stencil: Stencil, rtol: float, far: bool, alike: bool = False) -> None:
        self.stencil, self.rtol, self.far, self.alike = stencil, rtol, far, alike
        self.all = np.arange(stencil.x.size)
        value, _ = central_tableau(stencil, stencil.rungs.first[:2], self.all)
        stencil.raise_noise(value)
        if alike:
            stencil.share_noise(value)
        self.look()
        self.absorbed = np.zeros_like(self.believed)
        self.flat = np.zeros_like(self.believed)  # unchanged at every fine step
        self.kind = np.where(self.believed, "", "step window").astype(object)
        self.held = np.zeros(self.value.shape, dtype=int)  # the finest step of a finer ladder that was believed
        self.low, self.high = np.full_like(self.value, np.nan), np.full_like(self.value, np.nan)

    def look(self) -> None:
        """Take the values of the first rungs, with the noise that is known."""
        self.value, self.bar = central_tableau(self.stencil, self.stencil.rungs.first[:2], self.all)
        self.believed = quick(self.stencil, self.value, self.bar, self.all)

    def climb(self) -> None:
        """Go through the stages, each with what is unclear after the one before."""
        agreed = joint(self.stencil, self.value, self.bar)
        if not np.all(agreed) and self.stencil.raise_treads(~agreed):
            self.look()
            agreed = joint(self.stencil, self.value, self.bar)
        self.unchanged()
        self.believed &= agreed[:, None]
        if np.any(self.unclear()):
            self.sharpen()
            self.deepen()
            self.teeth()
            self.classified()
        self.stairs()
        if self.far:
            self.masked_zeros()
        self.bar += self.stencil.eps[:, None] * self.stencil.curvature() * self.stencil.size  # x is rounded too

    def wide(self) -> Array:
        """Return where the bound may be too wide for a verdict."""
        s, size = self.stencil, self.stencil.size
        slopes = np.where(np.isfinite(self.value), np.abs(self.value), 0.0)
        reach = np.abs(s.centre) + slopes @ size + s.curvature() @ size**2
        rounding = SHARP * (s.eps * reach)[:, None] / s.scale
        sizes = np.sqrt(np.mean(slopes**2, axis=1, keepdims=True)) if self.alike else np.abs(self.value)
        return np.asarray(self.bar > np.maximum(ENOUGH * self.rtol * sizes, rounding))

    def unclear(self) -> Array:
        """Return where neither the value nor its absence is settled."""
        return (~self.believed | self.wide()) & ~self.absorbed

    def put(self, value: Array, bar: Array, accepted: Array, columns: Array) -> None:
        """Take over what a stage found, where it is accepted."""
        for target, source in ((self.value, value), (self.bar, bar)):
            part = target[:, columns]
            part[accepted] = source[accepted]
            target[:, columns] = part
        part = self.believed[:, columns]
        self.believed[:, columns] = part | accepted

    # --- stages

    def unchanged(self) -> None:
        """Look at coarse steps where the fine ones do not change the function.

        In log(1 + x) at x = 1e-12 the steps vanish in the sum: a slope of zero would be rounding, not truth. Coarser steps then
        move the function up on one side and down on the other. Where only one side changes, as for a relu below its kink, or
        both in the same direction, as at a minimum, zero is right. Without steps of size one, any slope of 1 + x at 1e-20 passes
        (tests/checker/references/test_vanishing_inputs.py).
        """
        s = self.stencil
        first, guard, coarse = s.rungs.first[:2], s.rungs.quick, s.rungs.coarser[-1][0]
        tried = [s.change(k, side) == 0 for k in first for side in BOTH] + [s.change(guard, RIGHT) == 0]
        flat = np.asarray(np.all(tried, axis=0))
        columns = np.flatnonzero(np.any(flat, axis=0))
        if columns.size:
            s.take((columns, (coarse, UNIT), BOTH))
            slanted = [self.slanted(k) for k in (coarse, UNIT)]
            still = flat & (s.change(coarse, RIGHT) == 0) & (s.change(coarse, LEFT) == 0)
            self.absorbed = flat & np.any(slanted, axis=0)
            self.flat = flat
            self.bar = np.where(still, np.minimum(self.bar, s.rounding(coarse)), self.bar)

    def slanted(self, k: int) -> Array:
        """Return where a step moves f up on one side and down on the other, by more than its last digits."""
        s = self.stencil
        right, left = s.change(k, RIGHT), s.change(k, LEFT)
        least = LAST_DIGITS * (s.eps * np.abs(s.centre))[:, None]
        return np.asarray((right * left < 0) & (np.minimum(np.abs(right), np.abs(left)) > least))

    def sharpen(self) -> None:
        """Give wide bounds a third rung where the steps were too coarse for the function, coarser ones where noise is left."""
        s = self.stencil
        for coarser in (s.rungs.coarser[:1], s.rungs.coarser):
            wide = self.wide() & self.believed & ~self.absorbed
            if not np.any(wide):
                return
            noisy = wide & (4 * s.rounding(s.rungs.first[1]) > self.bar)
            fine = np.flatnonzero(np.any(wide & ~noisy, axis=0))
            coarse = np.flatnonzero(np.any(noisy, axis=0))
            steps = [k for stage in reversed(coarser) for k in stage]
            s.take((fine, s.rungs.first[2:], BOTH), (coarse, steps, BOTH))
            for columns, ladder in ((fine, s.rungs.first), (coarse, (*steps, *s.rungs.first[:2]))):
                if columns.size:
                    self.improve(columns, ladder, wide[:, columns])

    def improve(self, columns: Array, ladder: tuple[int, ...], wide: Array) -> None:
        """Take over a ladder's values where their bound is smaller and the guards that are known agree."""
        s = self.stencil
        value, bar = central_tableau(s, ladder, columns)
        accepted = wide & (bar < self.bar[:, columns]) & quick(s, value, bar, columns)
        accepted &= guarded(s, value, bar, ladder, (ladder[-1],), columns)
        self.put(value, bar, accepted, columns)

    def deepen(self) -> None:
        """Look at every guard of the columns that are unclear, and start again from finer steps where they object."""
        s, rungs = self.stencil, self.stencil.rungs
        unclear = self.unclear()
        columns = np.flatnonzero(np.any(unclear, axis=0))
        if not columns.size:
            return
        coarser = [k for stage in reversed(rungs.coarser) for k in stage]
        self.believed &= ~unclear
        s.take((columns, (*rungs.first, *rungs.guards), BOTH))
        self.try_(columns, rungs.first, rungs.guards)
        columns = np.flatnonzero(np.any(self.unclear() & self.believed, axis=0))
        if columns.size:
            s.take((columns, coarser, BOTH))
            self.try_(columns, (*coarser, *rungs.first[:2]), (rungs.first[2], *rungs.guards))
        for ladder in rungs.finer:
            columns = np.flatnonzero(np.any(self.unclear(), axis=0))
            if columns.size:
                last = ladder is rungs.finer[-1] and len(rungs.finer) > 1
                s.take((columns, (*ladder, rungs.finest) if last else ladder, BOTH))
                guards = (*rungs.guards, rungs.finest) if last else rungs.guards
                self.try_(columns, ladder, [k for k in guards if k > ladder[-1]])

    def try_(self, columns: Array, ladder: Sequence[int], guards: Sequence[int]) -> None:
        """Take over a ladder's values where the guards agree, and nothing better is known."""
        value, bar = central_tableau(self.stencil, ladder, columns)
        accepted = guarded(self.stencil, value, bar, ladder, guards, columns) & self.unclear()[:, columns]
        accepted &= ~self.believed[:, columns] | (bar < self.bar[:, columns])
        self.put(value, bar, accepted, columns)
        held = self.held[:, columns]
        held[accepted] = ladder[-1] if ladder[-1] > self.stencil.rungs.first[-1] else 0
        self.held[:, columns] = held

    def teeth(self) -> None:
        """Leave open the slopes that hold at fine steps only, where these are treads between roundings.

        Without it the functions with roundings inside of benchmarks/differences.py have false failures.
        """
        fine = self.believed & ~self.absorbed & (self.held > 0)
        self.absorbed |= sawtooth(self.stencil, self.value, self.bar, fine, self.held)

    def masked_zeros(self) -> None:
        """Leave open zeros of a row of zeros where much larger steps show what hides."""
        s = self.stencil
        move = np.abs(self.value) * s.scale
        zeros = self.believed & (move <= MASKED * (s.eps * np.abs(s.centre))[:, None])
        still = self.believed & (self.value == 0) & (s.change(s.rungs.quick, RIGHT) == 0)
        self.absorbed |= below_constant(s, zeros) | on_staircase(s, still)

    def stairs(self) -> None:
        """Leave open where the finest steps do not change the function, while coarser ones move it up and down: a staircase.

        A quantiser of one input beside a smooth function of any size needs it (tests/checker/references/test_staircases.py).
        """
        s, first, coarse = self.stencil, self.stencil.rungs.first, self.stencil.rungs.coarser[-1][0]
        flat = self.believed & (self.value == 0) & ((s.change(first[0], RIGHT) != 0) | (s.change(first[0], LEFT) != 0))
        columns = np.flatnonzero(np.any(flat, axis=0))
        if columns.size:
            s.take((columns, (coarse,), BOTH))
            moved = [self.slanted(k) for k in (coarse, *first)]
            self.absorbed |= flat & np.any(moved, axis=0)

    def classified(self) -> None:
        """Say what kind of point the unclear entries are, and find the slope of x's own side beside a kink."""
        columns = np.flatnonzero(np.any(self.unclear(), axis=0))
        if columns.size:
            kinds = classify(self.stencil, columns)
            unclear = self.unclear()[:, columns]
            kinds.kind[(kinds.kind == "smooth") & two_slopes(self.stencil, columns, self.bar)] = "kink"
            for name, found in (("low", kinds.low), ("high", kinds.high)):
                part = getattr(self, name)[:, columns]
                getattr(self, name)[:, columns] = np.where(unclear & kinds.at_kink, found, part)
            broken = unclear & (kinds.kind != "smooth") & ~((kinds.kind == "edge") & self.believed[:, columns])
            self.kind[:, columns] = np.where(broken, kinds.kind, self.kind[:, columns])
            part = self.believed[:, columns]
            self.believed[:, columns] = part & ~broken
            for value, bar, holds in own_side(self.stencil, columns, unclear & ~kinds.at_kink, kinds.kind == "edge"):
                better = ~self.believed[:, columns] | (bar < self.bar[:, columns])
                self.put(value, bar, better & holds, columns)

    def shrink(self, columns: Array, eps: float | Array) -> None:
        """Try again with steps of the size of each element alone, where they are smaller: in a domain narrower than they are."""
        s = self.stencil
        columns = columns[np.abs(s.x[columns]) < 0.25 * s.scale[columns]]
        columns = columns[np.any(~self.believed & ~s.finite(self.all), axis=0)[columns]]
        if not columns.size:
            return
        part = of_columns(s.evaluated, s.x, columns)
        small = Stencil(part, s.x[columns], np.abs(s.x[columns]), eps, s.elements, s.grid)
        again = _Ladder(small, self.rtol, self.far)
        again.climb()
        better = again.believed & ~again.absorbed & ~self.believed[:, columns]
        self.put(again.value, again.bar, better, columns)
        self.kind[:, columns] = np.where(better, "", self.kind[:, columns])

    def unseen(self) -> Array:
        """Return how large a slope may be where nothing moves f, and still be right.

        log(1 + exp(x)) at -40 is zero at every step, for numbers of size one hide it; tanh(9) computed in float32 is one, and its
        right slope would fail (tests/checker/references/test_flat_rows.py).
        """
        s = self.stencil
        rows = np.all(self.flat, axis=1)
        move = np.fmax(MASKED * s.eps, np.where(rows, FEW_DIGITS * np.abs(s.centre), 0.0))
        return np.where(self.flat, move[:, None] / s.scale, 0.0)

    def reference(self) -> Reference:
        """Return what was found."""
        s = self.stencil
        believed = self.believed & ~self.absorbed & ~shapeless(s)[:, None]
        finite = np.isfinite(s.centre)[:, None] & (believed | s.finite(self.all))
        at_kink = np.isfinite(self.low) & finite & ~believed
        reason = np.where(self.kind == "", Reason.STEP_WINDOW, self.kind)
        reason = np.where(finite & (reason != Reason.EDGE), reason, Reason.DOMAIN)
        return Reference(
            route=JudgedBy.DIFFERENCE,
            value=np.where(at_kink, 0.5 * (self.low + self.high), self.value),
            error_bar=np.where(believed, self.bar + folded(s, self.value), np.inf),
            low=np.where(at_kink, self.low, np.nan),
            high=np.where(at_kink, self.high, np.nan),
            reason=np.where(believed, Reason.NONE, reason),
            rounding=self.unseen(),
            noise=s.noise,
            curvature=s.curvature(),
            evaluations=s.evaluations,
        )
