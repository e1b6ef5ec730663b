"""What a kernel gives beyond its reference → how large its own rounding is, in the units that its format and its inputs set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jaccli.checker.functions.against.pair import Looks
from jaccli.types import Array

__all__ = ["Noise", "noise_of"]

SINGLE = 2.0**-23  # what sums are added up in, where a kernel is written with care
LARGEST = (
    16.0  # conditions: how much of its format's rounding a kernel may lose on the way, where it adds up few numbers
)
MEDIAN = 1.0  # standard deviations: half of what a rounding leaves is below 0.87 of them, of a normal one below 0.67
BIAS = 1 / 20  # of the rounding on the way: in right RMS norms of bfloat16 throughout, shares of 1/30 of it were seen
RUINED = (
    1 / 4
)  # of a number: where the formula itself loses as much in the kernel's format, its sum says nothing of a factor
DOUBLE = 2.0**-52
EQUAL = (
    4.0  # conditions: what a reference that has no more digits than the kernel, and the kernel, may lose by themselves
)
BOUND = 5.0  # standard deviations beyond which an entry is off, if it is so at most of the points


@dataclass(frozen=True, slots=True)
class Noise:
    """The rounding of a kernel.

    deviation its standard deviation at each draw and entry, (draws, n); infinite where the format leaves next to nothing of it
    limit     what it never exceeds at most of the points, (draws, n)
    level     how many conditions it loses on the way: 2^-16 where bfloat16 is added up in float32, 1 where it is in bfloat16
    groups    which numbers are alike, (draws, n): inputs of few digits take few values, which are rounded together
    bias      the share by which roundings of one number that many others are made of may move them together
    lost      what the formula itself loses in the kernel's format, (draws, n), and of what share on that counts
    """

    deviation: Array
    limit: Array
    level: float
    bias: float
    groups: Array
    lost: tuple[Array, float]

    @property
    def weights(self) -> Array:
        """One over its variance."""
        return np.asarray(1 / np.square(self.deviation))


def noise_of(looks: Looks) -> Noise:
    """Return the rounding of a kernel: that of its answer, of its sums, and of what atomics add in another order.

    Law: an answer that is rounded once is off by a uniform share of half a spacing, of standard deviation 1/sqrt(12). What is lost
         before that is some number of conditions, the same one for all entries: the smallest by which half of the residuals are
         within a standard deviation. Where a wrong derivative makes it large, its share is seen all the better.
    """
    lowest = max(min(SINGLE / looks.eps, 1.0), 1e-6)
    inside = max(looks.inside / looks.eps, 1.0)
    highest = max(LARGEST, float(np.sqrt(looks.residual.shape[1]))) * inside
    level = lowest
    while level < highest and np.median(np.abs(looks.residual) / _deviation(looks, level)) > MEDIAN:
        level *= np.sqrt(2.0)
    ruined = np.abs(looks.lost) > RUINED * np.abs(looks.reference)
    deviation = np.where(ruined, np.inf, _deviation(looks, level))
    least = inside if looks.eps > DOUBLE else EQUAL
    widest = _deviation(looks, max(level, least))  # some entries may be rounded on the way where most are not
    if looks.eps <= DOUBLE:  # what a reference of as many digits loses where it cancels, as 1 - tanh², is no mistake
        widest = np.hypot(widest, EQUAL * looks.eps * np.sqrt(np.mean(np.square(looks.reference))))
    limit = BOUND * np.sqrt(np.square(widest) + np.square(looks.spacing) * (1 / 4 - 1 / 12))
    return Noise(deviation, limit, level, BIAS * level * looks.eps, _groups(looks.reference), (looks.lost, looks.eps))


def _deviation(looks: Looks, level: float) -> Array:
    rounded = np.square(looks.spacing) / 12
    return np.asarray(np.sqrt(rounded + np.square(level * looks.condition) + np.square(looks.spread)))


def _groups(values: Array) -> Array:
    """Return a group for each value: those of the same sign within an eighth of an octave share one."""
    with np.errstate(divide="ignore"):
        octave = np.nan_to_num(np.log2(np.abs(values)), neginf=-2000.0, posinf=2000.0)
    _, found = np.unique(np.floor(8 * octave) * 2 + (values < 0), return_inverse=True)
    return np.asarray(found).reshape(values.shape)
