"""Entries of a Jacobian as balls → doubles with bounds, and one-sided slopes where a choice is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from jaccli.certify.balls import ball, each, to_doubles
from jaccli.reference import Reference, input_scale
from jaccli.results.kinds import JudgedBy, Reason
from jaccli.types import Array

__all__ = ["Entries", "Pair", "meet", "one_sided"]

SHARP = 2.0**-60  # of the larger of |middle| and S: far below what a verdict in doubles can see


@dataclass
class Pair:
    """The Jacobian by one variable, (m, n) balls: along +x, and along −x where a choice is open (else the same)."""

    ahead: Array
    behind: Array
    jump: Array  # (m, n): the value along a direction is not that at the point


KAPPA = 64.0  # rounding of the derivative under test alone, in units of eps·S: nothing else is between it and the truth


class Entries:
    """The entries of one block as doubles with bounds, while they become sharp."""

    def __init__(self, rows: int, x: Array) -> None:
        shape = (rows, x.size)
        self.scale = input_scale(np.asarray(x, dtype=np.float64).reshape(-1))
        self.ahead, self.behind = np.full(shape, np.nan), np.full(shape, np.nan)
        self.bar, self.open, self.apart = (
            np.full(shape, np.inf),
            np.ones(shape, dtype=bool),
            np.zeros(shape, dtype=bool),
        )

    def take(self, pair: Pair, value: Array) -> None:
        """Put what a pass found in the place of open entries."""
        ahead, its_bar = to_doubles(pair.ahead)
        behind, other_bar = (ahead, its_bar) if pair.behind is pair.ahead else to_doubles(pair.behind)
        radius = (
            np.fmax(_radii(pair.ahead), _radii(pair.behind)) if pair.behind is not pair.ahead else _radii(pair.ahead)
        )
        defined = np.array([bool(ball(v).is_finite()) for v in value], dtype=bool)[:, None]
        new = self.open & defined & np.isfinite(ahead) & np.isfinite(behind)
        self.apart[new] = (~each(meet, pair.ahead, pair.behind).astype(bool) | pair.jump)[new]
        self.apart[self.open & pair.jump] = True
        for target, source in ((self.ahead, ahead), (self.behind, behind), (self.bar, np.fmax(its_bar, other_bar))):
            target[new] = source[new]
        self.ahead[self.open & pair.jump] = np.nan
        size = np.fmax(np.fmax(np.abs(self.ahead), np.abs(self.behind)), self._rounding_scale(value))
        self.open &= ~(new & (radius <= SHARP * size)) & ~pair.jump

    def _rounding_scale(self, value: Array) -> Array:
        f = np.array([float(ball(v).abs_lower()) for v in value])  # of a cancelled sum the middle is noise
        slopes = np.where(np.isfinite(self.ahead), np.abs(self.ahead), 0.0)
        with np.errstate(all="ignore"):
            return np.nan_to_num((f + slopes @ self.scale)[:, None] / self.scale, nan=0.0, posinf=0.0)

    def reference(self, coarse: tuple[Array, Array, Array], bits: int, evaluations: int) -> Reference:
        """Return the finished block; ``coarse`` are the slopes and the radius in balls of 53 bits."""
        low53, high53, rounding = coarse
        known = ~self.open & ~self.apart
        kink = self.apart | (self.open & np.isfinite(self.ahead))
        low, high = np.minimum(self.ahead, self.behind), np.maximum(self.ahead, self.behind)
        slopes = self.apart & ~self.open & np.isfinite(low)
        beside = known & (low53 < high53)
        bar = self.bar
        return Reference(
            route=JudgedBy.CERTIFIED,
            value=np.where(slopes, 0.5 * (low + high), self.ahead),
            error_bar=np.where(known, bar, np.inf),
            low=np.where(slopes, low - bar, np.where(beside, np.fmin(low53, self.ahead), np.nan)),
            high=np.where(slopes, high + bar, np.where(beside, np.fmax(high53, self.ahead), np.nan)),
            reason=np.where(known, Reason.NONE, np.where(kink, Reason.KINK, Reason.DOMAIN)),
            noise=np.zeros(self.ahead.shape[0]),
            curvature=np.zeros(self.ahead.shape),
            evaluations=evaluations,
            kappa=KAPPA,
            rounding=rounding,
            digits=int(bits * 0.30103),
        )


def one_sided(pair: Pair) -> tuple[Array, Array, Array]:
    """Return (low, high, radius) of balls of 53 bits; slopes only where the two sides exclude each other."""
    ahead, _ = to_doubles(pair.ahead)
    radius = _radii(pair.ahead)
    if pair.behind is pair.ahead:
        return np.full(ahead.shape, np.nan), np.full(ahead.shape, np.nan), radius
    behind, _ = to_doubles(pair.behind)
    apart = ~each(meet, pair.ahead, pair.behind).astype(bool)
    radius = np.fmax(radius, _radii(pair.behind))
    return (
        np.where(apart, np.fmin(ahead, behind) - radius, np.nan),
        np.where(apart, np.fmax(ahead, behind) + radius, np.nan),
        radius,
    )


def _radii(balls: Array) -> Array:
    def radius(x: Any) -> float:
        x = ball(x)
        return float(x.rad()) if x.is_finite() else np.inf

    return each(radius, balls).astype(np.float64)


def meet(a: Any, b: Any) -> bool:
    """Return whether two balls have a point in common; one that is not finite excludes nothing."""
    a, b = ball(a), ball(b)
    return not (a.is_finite() and b.is_finite()) or bool(a.overlaps(b))
