"""Input → groups of elements of like size, so that random directions move each element by steps of its own size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jaccli.reference import input_scale
from jaccli.types import Array

__all__ = ["Strata", "strata"]

WIDTH = 2  # decades of a stratum; its smallest elements are moved by a hundredth of what the largest are
DEEPEST = 12  # the last stratum holds everything below its decades
DENSE, FEW = 4.0, 3  # times the share of elements near zero that normal numbers have, and elements, that make a stratum


@dataclass(frozen=True)
class Strata:
    """Groups of the elements of an input, and by what each is moved.

    Shapes: members[g] (n_g,), indices that make up all n together; scale (n,).
    """

    members: tuple[Array, ...]
    scale: Array

    def __len__(self) -> int:
        return len(self.members)


def strata(x: Array) -> Strata:
    """Return ``x`` in groups of like size: one group with the input's scale, as a rule.

    Law:    of numbers whose density is finite at zero, as normal ones, a share of about t is smaller than t times their RMS; they
            are near zero by accident, and their scale is that of the others. Where DENSE times as many are, in some two decades
            below RMS/100, those are numbers of another size: a stratum of their own, with the few that are still smaller, each
            moved relative to itself. Zeros beside such have no size; they too are looked at apart, at the scale of all.
    """
    whole = input_scale(x)
    depth = _depths(x)
    counts = np.bincount(depth, minlength=DEEPEST + 1)[: DEEPEST + 1]
    near_zero = DENSE * 10.0 ** (-WIDTH * np.arange(DEEPEST + 1)) * x.size + FEW
    apart = [g for g in range(1, DEEPEST + 1) if counts[g] > near_zero[g]]
    if not apart:
        return Strata((np.arange(x.size),), whole)
    zero, stratum = x == 0, np.searchsorted(apart, depth, side="right")
    main = (stratum == 0) & ~zero
    least = input_scale(x[main]).min() / 10**WIDTH
    scale = np.where(zero, whole, np.where(main, np.maximum(np.abs(x), least), np.abs(x)))
    groups = (main, *(stratum == g + 1 for g in range(len(apart))), zero)
    return Strata(tuple(np.flatnonzero(group) for group in groups if np.any(group)), scale)


def _depths(x: Array) -> Array:
    """Return how many times WIDTH decades each element lies below the RMS, 0 for zeros and what is larger."""
    size = np.abs(x)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        decades = np.log10(input_scale(x).min()) - np.log10(size)
    depth = np.floor(np.where(size > 0, decades, 0.0) / WIDTH)
    return np.clip(np.nan_to_num(depth), 0, DEEPEST).astype(int)
