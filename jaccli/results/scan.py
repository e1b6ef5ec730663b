"""How a derivative fits its function along one line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jaccli.results.kinds import Label
from jaccli.types import Array

__all__ = ["CONSTANT", "Scan"]

CONSTANT = 0.35  # by how much a slope may differ from 1 or 2


@dataclass(frozen=True)
class Scan:
    """How a derivative fits a function along one line.

    Shapes: steps, first and second those of STEPS; at and values those of PROFILE.
    entry    the derivative in the user's words
    first    |f(x + h) − f(x)|, which shrinks with h
    second   |f(x + h) − f(x) − h·a|, which shrinks with h² where the derivative a is right, and with h where it is wrong
    slope    of log second against log h, where it is above rounding; NaN where that is nowhere
    excess   the part of second that is proportional to h, its coefficient and standard error: a's own error
    noise    what rounding alone may move a value by
    """

    entry: str
    tested: Label
    derivative: float
    scale: float
    steps: Array
    first: Array
    second: Array
    slope: float
    excess: tuple[float, float]
    at: Array
    values: Array
    noise: float = 0.0

    @property
    def words(self) -> str:
        """What the slope says."""
        c1, error = self.excess
        finite = np.isfinite(self.second)
        if not np.any(finite):
            return "no remainder is finite: the function is no number here, or the derivative is none"
        moved = np.fmax(self.first, self.steps * abs(self.derivative))[finite]
        if not np.isfinite(self.slope) and np.any(self.second[finite]) and np.max(moved) <= self.noise:
            return "rounding of the values hides everything at every step: neither a right nor a wrong derivative could be seen"
        if not np.isfinite(self.slope):
            return "the remainder is rounding at every step: the function is a straight line here, and the derivative its slope"
        kind = "a right derivative has slope 2"
        if abs(self.slope - 1) <= CONSTANT:
            kind = "a wrong derivative has slope 1 (or the point is on a kink)"
        elif self.slope > 2 + CONSTANT:
            kind = "a right derivative has slope 2, or more where the curvature vanishes"
        elif self.slope < 2 - CONSTANT:
            kind = "a right derivative has slope 2, a wrong one 1: steps in between show both"
        return f"slope {self.slope:.2f}: {kind}; part proportional to h: {c1:.3g} ± {error:.1g}"
