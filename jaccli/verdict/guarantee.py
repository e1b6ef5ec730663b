"""Residuals along random directions → a verdict on whole rows of a Jacobian, and the bound on their error that it proves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from jaccli.reference import KAPPA_DIFFERENCES, Reference
from jaccli.types import Array
from jaccli.verdict.decide import FAIL, INCONCLUSIVE, PASS, ZERO

__all__ = ["Rows", "bound_factor", "judge_rows", "pair_factor", "sentence"]

ALPHA = 1e-6  # the probability that the bound does not hold
#: A bound above this share of a row's size does not pass it, however little of it is residual: half of the entries could be
#: missing, or all of them be off by 1 %, unseen (tests/verdict/test_guarantee.py plants both).
WORTHLESS = 1e-2


@dataclass(frozen=True)
class Rows:
    """What k directions in each of g groups of inputs (strata) say about m rows.

    Shapes: outcome, bound, size, zero (m, g); residual, allowed (m, g, k), allowed being error bars and rounding together.
    bound   on the error of a row's part, the root of the sum of squares of its entries in units of the inputs' scale; infinite
            where open
    size    of that part itself, estimated from the directions as well
    zero    whether it moves the function by no more than rounding does
    """

    outcome: Array
    residual: Array
    allowed: Array
    bound: Array
    size: Array
    zero: Array

    @property
    def excess(self) -> Array:
        """The largest residual of each part, in units of what is allowed, (m, g)."""
        with np.errstate(all="ignore"):
            share = np.nan_to_num(self.residual / np.where(self.allowed > 0, self.allowed, 1), nan=0.0, posinf=1e300)
        return np.asarray(share.max(axis=2))

    @property
    def worst(self) -> tuple[int, int, int]:
        """The row, stratum and direction to show: a failure first, then the largest residual in units of what is allowed."""
        rank = np.where(self.outcome == FAIL, 2, np.where(self.outcome == INCONCLUSIVE, 1, 0))
        place = int(np.lexsort((self.excess.ravel(), rank.ravel()))[-1])
        row, stratum = divmod(place, self.outcome.shape[1])
        with np.errstate(all="ignore"):
            share = self.residual[row, stratum] / self.allowed[row, stratum]
        return row, stratum, int(np.argmax(np.nan_to_num(share, nan=0.0, posinf=1e300)))

    @property
    def detectable(self) -> float:
        """The largest bound in units of the row's size, where that is not zero."""
        share = self.bound / np.where(self.size > 0, self.size, 1.0)
        return float(np.max(share, where=~self.zero, initial=0.0))


def bound_factor(rows: int, directions: int, alpha: float = ALPHA) -> float:
    """Return c so that, with probability 1 − alpha, no row's error exceeds c times its largest residual.

    Law:     an error row e gives Gaussian residuals e·u of size ‖e‖; all k are below δ with probability (2Φ(δ/‖e‖) − 1)^k, which is
             alpha/rows at ‖e‖ = δ / Φ⁻¹(½ + ½ (alpha/rows)^(1/k)). A row whose inputs are in g strata counts as g rows.
    Example: ``bound_factor(1, 8)  # 4.45``
    """
    return 1 / NormalDist().inv_cdf(0.5 + 0.5 * (alpha / rows) ** (1 / directions))


def pair_factor(directions: int, alpha: float = ALPHA) -> float:
    """Return c so that, with probability 1 − alpha, ‖E‖ does not exceed c times the largest |vᵀ E u| of k Gaussian pairs.

    Law: for E of rank one, the flattest case, vᵀEu is ‖E‖ times a product of two standard normals, whose distribution near zero is
         integrated here. It is steeper at zero than a normal's, so that c is larger than ``bound_factor(1, k)``.
    """
    wanted, grid = alpha ** (1 / directions), np.linspace(-8, 8, 4001)
    density = np.exp(-grid * grid / 2)
    density /= density.sum()
    low, high = 0.0, 10.0
    normal = NormalDist()
    for _ in range(50):
        middle = 0.5 * (low + high)
        inside = sum(
            d * (2 * normal.cdf(middle / abs(g)) - 1 if g else 1.0) for g, d in zip(grid, density, strict=True)
        )
        low, high = (middle, high) if inside < wanted else (low, middle)
    return 1 / low


def judge_rows(
    tested: Array,
    reference: Reference,
    values: Array,
    *,
    rtol: float,
    factor: float,
    eps: float = 2.0**-52,
    own_steps: Sequence[bool] = (True,),
) -> Rows:
    """Return the verdicts on A u against D u.

    Shapes: tested and reference (m, g·k), the directions of a stratum side by side; values (m,); own_steps (g,).
    eps:    that of the output
    own_steps: which strata were moved by steps of their own size
    Law:    a residual above e + κ·eps·S and above rtol of the row's size is a FAIL. A row passes when its bound is below rtol of
            its size, or below what rounding can disturb and below WORTHLESS of its size; and when it is zero to rounding (among
            several strata exactly zero: inputs that are small beside others are not passed over). A residual in between is for
            ``locate`` to explain: it stays open here. S knows of the slopes of all strata, whose sum may be rounded.
    """
    strata = len(own_steps)

    def folded(part: Array) -> Array:
        return np.asarray(part.reshape(len(values), strata, -1))

    value, error_bar, tested = folded(reference.value), folded(reference.error_bar), folded(tested)
    known = np.isfinite(value) & np.isfinite(error_bar) & (folded(reference.reason) == "")
    with np.errstate(all="ignore"):
        squares = np.sum(np.where(known, value, 0.0) ** 2, axis=2)
        size = np.sqrt(squares / np.maximum(np.sum(known, axis=2), 1))
        whole = np.sqrt(np.sum(size**2 * own_steps, axis=1, keepdims=True) + size**2 * ~np.asarray(own_steps))
        bent = folded(reference.curvature).max(axis=2)
        moved = 4 * whole + bent
        rounding = eps * (np.abs(values)[:, None] + moved)
        least = eps * (
            np.fmin(np.abs(values), 1.0)[:, None] + moved
        )  # a large constant hides slopes, and makes no zeros
        floor = KAPPA_DIFFERENCES * rounding
        residual = np.abs(tested - value)
        allowed = np.where(known, error_bar + floor[:, :, None], np.inf)
        off = known & ~(residual <= allowed)
        grave = off & ~(residual <= allowed + rtol * size[:, :, None])
        bound = factor * np.max(np.where(known, residual + error_bar, np.inf), axis=2)
        zero = np.all(np.abs(tested) <= (ZERO * least[:, :, None] if strata == 1 else 0.0), axis=2)
        small = (bound <= factor * 2 * floor) & (zero | (bound <= WORTHLESS * size))
        right = ~np.any(off, axis=2) & ((bound <= rtol * size) | small)
    outcome = np.where(np.any(grave, axis=2), FAIL, np.where(right, PASS, INCONCLUSIVE))
    return Rows(outcome, np.where(known, residual, 0.0), allowed, bound, size, zero)


def sentence(rows: Rows, directions: int, seed: int, evaluations: int, pairs: bool = False) -> str:
    """Return the sentence that states the guarantee, with its numbers."""
    count, strata = rows.bound.shape
    what = "the block is not" if pairs else f"no row of {count:,} is" if count > 1 else "it is not"
    where = f" in any of {strata} groups of inputs of like size, each" if strata > 1 else ", inputs"
    each = " each" if strata > 1 else ""
    zero = ", or moves it by no more than its rounding" if np.any(rows.zero) else ""
    return (
        f"with confidence 1 - {ALPHA:.0e} {what} off by more than {rows.detectable:.0e} of its size{zero}{where} in units of "
        f"{'its' if strata > 1 else 'their'} scale "
        f"({directions} random {'pairs' if pairs else 'directions'}{each}, seed {seed}, {evaluations} evaluations)"
    )
