"""The steps a ladder may use, as powers of two below the scale of an input, by the precision of that input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["GRIDS", "Rungs"]


@dataclass(frozen=True, slots=True)
class Rungs:
    """Steps are 2^-k of the scale.

    first    where every ladder starts; coarser steps jump over features such as sin(64πx)
    guards   whose slopes must agree with what a ladder says
    finer    ladders tried in turn where the guards object
    coarser  added where the guards agree but noise leaves the bound too wide
    """

    first: tuple[int, int, int]
    guards: tuple[int, int, int]
    finer: tuple[tuple[int, int, int], ...]
    coarser: tuple[int, ...]


#: An input's steps must be multiples of its own ulp: float32 has 29 bits less for them.
GRIDS: dict[np.dtype[Any], Rungs] = {
    np.dtype(np.float64): Rungs((12, 14, 16), (17, 30, 42), ((18, 20, 22), (24, 26, 28), (32, 34, 36)), (4, 6, 8, 10)),
    np.dtype(np.float32): Rungs((5, 7, 9), (10, 14, 18), ((11, 13, 15),), (1, 3)),
}
