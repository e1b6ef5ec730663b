"""Residuals of random segments → the bound on an error that they show, in units of the rows and the columns of a derivative."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from jaccli.reference import input_scale, magnitude
from jaccli.types import Array

__all__ = ["NEAR", "RANGE", "Agreement", "alike", "flat_factor", "inverse", "least_column", "rms", "scale_of"]

NEAR = 0.75  # of the length, at least, of the segments of a single number, which are all in one direction
RANGE = 2.0**10  # between the columns that move together; smaller ones move by themselves
CHANCE, TINY = 2.0**-6, 2.0**-20  # of the root mean square of all elements


@dataclass(frozen=True, slots=True)
class Agreement:
    """What segments show of one block.

    tested, expected  the integral of the derivative along the worst segment, and what the values give
    bound             on the error of any row or column, in units of its size
    h                 the half length of the segments, in units of the inputs' scale
    reach             how far the input moves each output, (m,)
    inputs            how many of them move along the segments
    """

    tested: float
    expected: float
    bound: float
    h: float
    pairs: int
    evaluations: int
    reach: Array
    inputs: int = 1

    @property
    def sentence(self) -> str:
        """The guarantee in words."""
        off, moving = abs(self.tested - self.expected), " in all inputs" if self.inputs > 1 else ""
        return (
            f"agrees with the values along {self.pairs} segments around the point{moving}, {self.h:g} of the input's size long "
            f"to each side, to {off:.1e}; an error of {self.bound:.1e} of any row or column would have been seen "
            f"(confidence 1 − 1e-6)"
        )


def scale_of(x: Array) -> Array:
    """Return by how much each element moves: its own size, and no less than some of the others' where it is small by chance.

    Among a thousand normal numbers some are a thousandth of the rest; one of 1e-7 beside them has a size of its own.
    """
    own, whole = magnitude(x), input_scale(x)
    return np.where(own < TINY * whole, own, np.fmax(own, whole * CHANCE))


def rms(rows: Sequence[Array] | Array) -> Array:
    """Return the root mean square of some rows, element by element."""
    with np.errstate(over="ignore"):
        return np.asarray(np.sqrt(sum(row * row for row in rows) / len(rows)))


def inverse(size: Array) -> Array:
    """Return 1/size, 0 where it is 0."""
    moves = size > 0
    return np.divide(1.0, size, out=np.zeros_like(size), where=moves)


def alike(columns: Array) -> bool:
    """Return whether columns are of like size, so that they may move together."""
    return bool(np.min(columns) * RANGE >= np.max(columns) > 0)


def least_column(columns: Array, rows: int) -> float:
    """Return the size of the smallest column, relative to what one row of size one leaves for each; 1 at most."""
    return min(1.0, float(np.min(columns)) / (math.sqrt(float(columns @ columns) / rows) or math.inf))


@lru_cache
def flat_factor(pairs: int, alpha: float, normals: int = 2) -> float:
    """Return c such that, with probability 1 − alpha, ‖E‖ is at most c times the largest |vᵀ E u| of this many pairs.

    normals: how many of v and u are Gaussian; the others are of one number, and have its size.
    Law:     as ``verdict.guarantee.pair_factor``, for small t: a product of two standard normals is below t with probability
             (2/π) t (1 − γ + ln(2/t)), one of them with at most √(2/π) t. An error of one number by another is itself what is
             left, but for the length and for noise, which has the other sign and half of its size in all pairs by chance only.
    """
    if normals == 0:
        return 2.0 / NEAR
    if normals == 1:
        return 1 / (math.sqrt(math.pi / 2) * alpha ** (1 / pairs))
    wanted, low, high = alpha ** (1 / pairs), 0.0, 1.0
    for _ in range(200):
        t = 0.5 * (low + high)
        inside = 2 / math.pi * t * (1 - np.euler_gamma + math.log(2 / t))
        low, high = (t, high) if inside < wanted else (low, t)
    return 1 / low
