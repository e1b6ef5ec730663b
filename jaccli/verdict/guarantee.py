"""Residuals along random directions → a verdict on whole rows of a Jacobian, and the bound on their error that it proves."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from jaccli.reference import KAPPA_DIFFERENCES, Reference
from jaccli.verdict.decide import FAIL, INCONCLUSIVE, PASS

__all__ = ["Rows", "bound_factor", "judge_rows", "pair_factor", "sentence"]

Array = np.ndarray[Any, Any]
ALPHA = 1e-6  # the probability that the bound does not hold


@dataclass(frozen=True)
class Rows:
    """What k directions say about m rows.

    Shapes: outcome, bound, size (m,); residual, allowed (m, k), allowed being error bars and rounding together.
    bound   on the error of a row, the root of the sum of squares of its entries in units of the inputs' scale; infinite where open
    size    of the row itself, likewise, estimated from the directions
    """

    outcome: Array
    residual: Array
    allowed: Array
    bound: Array
    size: Array

    @property
    def worst(self) -> tuple[int, int]:
        """The row and direction to show: a failure first, then the largest residual in units of what is allowed."""
        with np.errstate(all="ignore"):
            share = np.nan_to_num(self.residual / np.where(self.allowed > 0, self.allowed, 1), nan=0.0, posinf=1e300)
        rank = np.where(self.outcome == FAIL, 2, np.where(self.outcome == INCONCLUSIVE, 1, 0))
        row = int(np.lexsort((share.max(axis=1), rank))[-1])
        return row, int(np.argmax(share[row]))


def bound_factor(rows: int, directions: int, alpha: float = ALPHA) -> float:
    """Return c so that, with probability 1 − alpha, no row's error exceeds c times its largest residual.

    Law:     an error row e gives Gaussian residuals e·u of size ‖e‖; all k are below δ with probability (2Φ(δ/‖e‖) − 1)^k, which is
             alpha/rows at ‖e‖ = δ / Φ⁻¹(½ + ½ (alpha/rows)^(1/k)).
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
    tested: Array, reference: Reference, values: Array, *, rtol: float, factor: float, eps: float = 2.0**-52
) -> Rows:
    """Return the verdicts on A u against D u.

    Shapes: tested and reference (m, k); values (m,); eps is that of the function's output.
    Law:    a residual above e + κ·eps·S and above rtol of the row's size is a FAIL. A row passes when its bound is below rtol of
            its size, or below what rounding can disturb. A residual in between is for ``locate`` to explain: it stays open here.
    """
    known = np.isfinite(reference.value) & np.isfinite(reference.error_bar) & (reference.reason == "")
    with np.errstate(all="ignore"):
        squares = np.sum(np.where(known, reference.value, 0.0) ** 2, axis=1)
        size = np.sqrt(squares / np.maximum(np.sum(known, axis=1), 1))
        floor = KAPPA_DIFFERENCES * eps * (np.abs(values) + 4 * size + reference.curvature.max(axis=1))
        residual = np.abs(tested - reference.value)
        allowed = np.where(known, reference.error_bar + floor[:, None], np.inf)
        off = known & ~(residual <= allowed)
        grave = off & ~(residual <= allowed + rtol * size[:, None])
        bound = factor * np.max(np.where(known, residual + reference.error_bar, np.inf), axis=1)
        right = ~np.any(off, axis=1) & (bound <= np.maximum(rtol * size, factor * 2 * floor))
    outcome = np.where(np.any(grave, axis=1), FAIL, np.where(right, PASS, INCONCLUSIVE))
    return Rows(outcome, np.where(known, residual, 0.0), allowed, bound, size)


def sentence(rows: Rows, directions: int, seed: int, evaluations: int, pairs: bool = False) -> str:
    """Return what was shown, in words, with its numbers."""
    with np.errstate(all="ignore"):
        share = np.where(rows.bound > 0, rows.bound / np.where(rows.size > 0, rows.size, 1.0), 0.0)
    what = "the block is not" if pairs else f"no row of {len(rows.bound):,} is" if len(rows.bound) > 1 else "it is not"
    worst = f"{float(np.max(share, initial=0.0)):.0e}"
    return (
        f"with confidence 1 - {ALPHA:.0e} {what} off by more than {worst} of its size, inputs in units of their "
        f"scale ({directions} random {'pairs' if pairs else 'directions'}, seed {seed}, {evaluations} evaluations)"
    )
