"""A few wrong entries found among many → what kind of mistake they show together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from jaccli.verdict.factors import cause

__all__ = ["Wrong", "kind_of"]

CLOSE = 1e-3  # relative, as in verdict/block.py


@dataclass(frozen=True, slots=True)
class Wrong:
    """An entry that was found wrong: its column, the derivative under test, the right one and its error bar."""

    column: int
    tested: float
    value: float
    error_bar: float
    residual: float
    tolerance: float

    @property
    def ratio(self) -> float:
        """The claimed value in units of the right one."""
        return self.tested / self.value if self.value else math.nan


def kind_of(wrong: Sequence[Wrong], names: Sequence[str], more: bool) -> tuple[str, str]:
    """Return (rule code, help) for the entries of one row that were found wrong; ``more`` where others may be.

    Law: one right value in the place of another and the other way round is an exchange; zeros are a cut; equal ratios a factor.
    """
    listed = f"wrong at {', '.join(names)}{' and perhaps elsewhere' if more else ''}, found by groups of columns and confirmed"
    code, words = next(filter(None, (_exchanged(wrong, names), _zero(wrong), _multiple(wrong))), ("JAC100", ""))
    if not words:
        ratio = wrong[0].ratio
        words = f"claimed / expected = {ratio:.6g}" if math.isfinite(ratio) else "the right derivative is zero here"
    return code, f"{words}; {listed}"


def _exchanged(wrong: Sequence[Wrong], names: Sequence[str]) -> tuple[str, str] | None:
    if len(wrong) != 2:
        return None
    first, second = wrong
    near = max(first.residual, second.residual) * CLOSE
    if abs(first.tested - second.value) <= near and abs(second.tested - first.value) <= near:
        return "JAC111", f"{names[0]} and {names[1]} are exchanged"
    return None


def _zero(wrong: Sequence[Wrong]) -> tuple[str, str] | None:
    if any(one.tested != 0 for one in wrong):
        return None
    return "JAC112", "the derivative is zero here, and should not be: was that path cut?"


def _multiple(wrong: Sequence[Wrong]) -> tuple[str, str] | None:
    ratio = wrong[0].ratio
    if not math.isfinite(ratio) or any(not math.isclose(one.ratio, ratio, rel_tol=CLOSE) for one in wrong):
        return None
    if math.isclose(ratio, -1, rel_tol=CLOSE):
        return "JAC101", "claimed / expected = -1.000; look for a lost minus sign"
    known = cause(ratio, {})
    return ("JAC102", f"claimed / expected = {ratio:.6g}; {known}") if known else None
