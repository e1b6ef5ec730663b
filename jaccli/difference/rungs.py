"""The steps a ladder may use, as powers of two below the scale of an input, by the precision of that input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["GRIDS", "Rungs"]


@dataclass(frozen=True, slots=True)
class Rungs:
    """Steps are 2^-k of the scale.

    first    where every ladder starts, two rungs and a third; coarser steps jump over features such as sin(64πx)
    quick    a guard to one side, which every column has
    guards   whose slopes must agree with what a ladder says; the middle one is also taken along a line that moves every column
    finer    ladders tried in turn where the guards object
    coarser  added where the guards agree but noise leaves the bound too wide, in two stages
    finest   a guard of the last of the finer ladders
    """

    first: tuple[int, int, int]
    quick: int
    guards: tuple[int, int, int]
    finer: tuple[tuple[int, int, int], ...]
    coarser: tuple[tuple[int, ...], ...]
    finest: int


#: An input's steps must be multiples of its own ulp: float32 has 29 bits less for them.
GRIDS: dict[np.dtype[Any], Rungs] = {
    np.dtype(np.float64): Rungs(
        first=(12, 14, 16),
        quick=20,
        guards=(17, 30, 42),
        finer=((18, 20, 22), (24, 26, 28), (32, 34, 36), (40, 42, 44)),
        coarser=((8, 10), (4, 6)),
        finest=48,
    ),
    np.dtype(np.float32): Rungs(
        first=(5, 7, 9), quick=11, guards=(10, 14, 18), finer=((11, 13, 15),), coarser=((3,), (1,)), finest=20
    ),
}
