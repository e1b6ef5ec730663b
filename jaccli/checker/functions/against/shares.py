"""Residuals at several points → which shares of which patterns are in them, beyond rounding.

A derivative with a wrong term is off by a share of that term, at every point. Rounding is off by nothing on the average.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from jaccli.checker.functions.against.noise import Noise
from jaccli.checker.segments.rounded import student
from jaccli.types import Array

__all__ = ["ALPHA", "Share", "axis_shares", "share", "sure", "threshold"]

ALPHA = 1e-6  # the probability that a right kernel is failed, for all patterns of a check together
LOST = 2.0  # times what the formula loses in a format, as far as a kernel may lose as much in the same way
SHOWN = 3.0  # standard deviations from where on a share is there
SURE = 4.0  # standard deviations beyond the threshold, where a share is seen but once in 30,000 checks


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a pattern is in the residuals.

    share    (draws' mean); the term that is the pattern is 1 + share times what it should be
    error    the standard deviation of that mean: by the scatter over draws, never less than rounding explains
    explains how much of the residuals' weighted square it is
    lost     the share that the formula itself loses in the kernel's format, where it is more than a rounding
    """

    name: str
    share: float
    error: float
    explains: float
    lost: float = 0.0

    @property
    def z(self) -> float:
        """The share in units of its error."""
        return self.share / self.error if self.error else np.copysign(np.inf, self.share) if self.share else 0.0


def share(name: str, residuals: Array, patterns: Array, noise: Noise) -> Share | None:
    """Return the share of a pattern, (draws, n), that fits the residuals best; None where it is zero throughout.

    Law:    what is rounded together counts once, by its sum over each group, so that a function of one input of few digits, which
            rounds alike at all points, shows no share.
    Source: Liang & Zeger, Biometrika 73 (1986), for variances of clusters.
    """
    r, t, w = residuals, patterns, noise.weights
    sizes, along = np.sum(w * t * t, axis=1), np.sum(w * r * t, axis=1)
    usable = sizes > 0
    if np.sum(usable) < 2:
        return None
    shares = along[usable] / sizes[usable]
    rest = w * t * (r - float(np.mean(shares)) * t)
    together = np.bincount(noise.groups.reshape(-1), rest.reshape(-1))
    alike = float(np.sqrt(np.sum(np.square(together)))) / float(np.sum(sizes))
    lost = np.sum(w * noise.lost[0] * t, axis=1)[usable] / sizes[usable]
    return _mean(name, shares, sizes[usable], float(np.hypot(noise.bias, alike)), float(np.mean(lost)), noise.lost[1])


def axis_shares(
    name: str, residuals: Array, patterns: Array, noise: Noise, shape: tuple[int, ...]
) -> Iterator[tuple[int, int, Share]]:
    """Yield axis, index and share for each slice of an array: a row, a column, a head that is off by itself."""
    for axis, size in enumerate(shape):
        if size < 2 or len(shape) < 2:
            continue
        others = tuple(k + 1 for k in range(len(shape)) if k != axis)
        r, t, w, lost = (each.reshape(-1, *shape) for each in (residuals, patterns, noise.weights, noise.lost[0]))
        sizes = np.sum(w * t * t, axis=others)
        along, losses = (np.sum(w * each * t, axis=others) for each in (r, lost))
        for index in range(size):
            if np.all(sizes[:, index] > 0):
                of = sizes[:, index]
                shares, loss = along[:, index] / of, float(np.mean(losses[:, index] / of))
                yield axis, index, _mean(f"{name}[{index}]", shares, of, noise.bias, loss, noise.lost[1])


def threshold(draws: int, tests: int) -> float:
    """Return the z that a right kernel exceeds in none of so many tests, but once in a million checks."""
    return student(draws - 1, ALPHA / max(tests, 1))


def _mean(name: str, shares: Array, sizes: Array, bias: float, lost: float, least: float) -> Share:
    """Return the mean of shares; one that the formula itself loses in that format, as of a saturated tanh, is its own error."""
    variance = max(float(np.var(shares, ddof=1)), float(np.mean(1 / sizes))) / len(shares)
    error, mean = float(np.hypot(np.sqrt(variance), bias)), float(np.mean(shares))
    lost = lost if abs(lost) > least else 0.0
    if lost and 0 < mean / lost < LOST and abs(mean) > SHOWN * error:
        error = float(np.hypot(error, mean))
    return Share(name, mean, error, float(np.sum(shares**2 * sizes)), lost)


def sure(one: Share, limit: float) -> float:
    """Return the smallest share of a pattern that would surely have been seen."""
    return (limit + SURE) * one.error + LOST * abs(one.lost)
