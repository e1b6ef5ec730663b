"""A derivative that fails → how far its own rounding moves it, and whether that is all that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject, TroubleError, without_trouble
from jaccli.checker.products import jacobian_of
from jaccli.difference.noise import FLOOR
from jaccli.reference import Reference, magnitude
from jaccli.results.checks import Check
from jaccli.results.kinds import Outcome
from jaccli.results.numbers import error as short_number
from jaccli.types import Array

__all__ = ["HELP", "own_scatter", "perhaps_scatter", "right_to", "within_scatter"]

#: Of the point, those first that tell most: what is left of a cancellation moves at large ones only, fine ones see rounding alone.
STEPS = 2.0 ** -np.array([10, 7, 14, 24, 34, 44])
FIRST = 2  # of them, after which zeros are looked at farther away
POINTS = np.arange(-6, 7)  # of a line, in units of a step
LASTING = 0.25  # of its fourth differences that sixth ones of noise show at least; those of anything smooth show less
FARTHER = np.arange(-16, 17)[np.arange(-16, 17) != 0] / 16  # for entries that are zero: 1 - tanh(x) at 20
SPREAD = 8.0  # standard deviations of a derivative's noise
SIZE_ONE = 64.0  # roundings of one, of the point or of the largest entry: no more is rounding
MOST = 100_000  # entries of a block that is asked for at other points
HELP = "write it without the difference, as -sigmoid(-x) for sigmoid(x) - 1; or say what is enough: rtol=1e-3"


def perhaps_scatter(verdict: Callable[[Reference], Check], tested: Array, reference: Reference, x: Array) -> bool:
    """Return whether rounding of a derivative can be all that is wrong with it, before it is asked for at other points.

    Shapes: tested (m, n); x (n,).
    Law:    ``own_scatter`` excuses SIZE_ONE roundings of one, of the point or of the largest entry at most, whatever it sees; twice
            that is allowed for, since the entry is that of a point nearby.
    """
    known = 0.0 if reference.rounding is None else reference.rounding
    most = np.full(reference.value.shape, 2 * _most(x, tested))
    return verdict(replace(reference, rounding=np.fmax(known, most))).outcome != Outcome.FAIL


def _most(x: Array, entries: Array, size: float = 1.0) -> float:
    largest = float(np.nanmax(np.abs(entries), initial=0.0))
    return SIZE_ONE * 2.0**-52 * max(size, float(np.max(np.abs(x), initial=0.0)), largest)


def own_scatter(
    derivative: Derivative, subject: Subject, y: Leaf, x: Leaf, enough: Callable[[Array], bool] | None = None,
    size: float = 1.0,
) -> Array | None:  # fmt: skip
    """Return what rounding does to a derivative, (m, n), from its own values beside the point; None where they do not show it.

    Law:  σ of each entry by its differences of order 4 to 6, as of a function's values: 1/(1 + exp(-x)) - 1 at 25 is a staircase
          with steps of 2^-53, whatever its value.
    enough: whether so much of it settles what is asked, after which no other line is taken.
    size:   of the terms that may cancel in it; no more than SIZE_ONE roundings of that are noise.
    Cost: 13 times the derivative by one input for each of at most six lines, 32 more where an entry is zero.
    """
    flat = x.value.reshape(-1)
    if derivative.at is None or y.value.size * flat.size > MOST:
        return None
    at, part = derivative.at, replace(subject, inputs=(x,), outputs=(y,))

    def values(points: Array) -> Array:
        found = [jacobian_of(at({x.name: p.reshape(x.value.shape)}), part)[y.name, x.name] for p in points]
        return np.stack([np.asarray(without_trouble(one), dtype=np.float64).reshape(-1) for one in found])

    direction = np.random.default_rng(0).uniform(0.5, 1.0, flat.shape) * magnitude(flat)
    noise, most = np.zeros(y.value.size * flat.size), 0.0
    zeros = np.zeros_like(noise)
    try:
        for k, step in enumerate(STEPS):
            line = values(flat + step * POINTS[:, None] * direction)
            noise, most = np.fmax(noise, _noise(line)), max(most, _most(flat, line[len(POINTS) // 2], size))
            if k + 1 == FIRST and not np.all(noise):
                zeros = _saturated(np.concatenate([values(flat + FARTHER[:, None] * direction), line]))
            seen = np.where(noise == 0, zeros, noise)
            scatter = np.fmin(SPREAD * np.where(seen <= most, seen, 0.0), most).reshape(y.value.size, flat.size)
            if enough is not None and enough(scatter):
                break
    except TroubleError:
        return None
    return scatter


def _noise(line: Array) -> Array:
    """Return the standard deviation of the noise in each entry: what differences show that do not get smaller with their order.

    Shapes: line (points, entries); result (entries,).
    Source: Moré & Wild, as in ``noise_level``; there the finest step that shows noise decides, which is none on a tread.
    """
    with np.errstate(all="ignore"):
        fourth, sixth = (
            np.sqrt(gamma * np.mean(np.diff(line, order, axis=0) ** 2, axis=0))
            for order, gamma in ((4, 1 / 70), (6, 1 / 924))
        )
        return np.where(sixth >= LASTING * fourth, sixth, 0.0)


def _saturated(line: Array) -> Array:
    """Return what rounding loses in entries that do not change: the smallest size that they have elsewhere.

    Shapes: line (points, entries); result (entries,).
    Law:    an entry that moves and is nowhere zero has lost nothing, however small it is: 1/x at 1e13.
    """
    least = np.min(np.where(line != 0, np.abs(line), np.inf), axis=0)
    still = np.any(line == 0, axis=0) | ((np.ptp(line, axis=0) == 0) & (least <= SIZE_ONE * 2.0**-52))
    return np.where(np.isfinite(least) & still, FLOOR * least, 0.0)


def right_to(digits: int) -> str:
    """Return how many digits are right, in words."""
    return f"right to {digits} digit{'s' * (digits != 1)}" if digits else "no digit of it can be right"


def within_scatter(
    verdict: Callable[[Reference], Check], tested: Array, reference: Reference, scatter: Array
) -> Check | None:
    """Return the verdict on a derivative whose error is no more than its own rounding, None where it is more.

    Shapes: tested, scatter (m, n).
    """
    known = 0.0 if reference.rounding is None else reference.rounding
    check = verdict(replace(reference, rounding=np.fmax(known, scatter)))
    if check.outcome == Outcome.FAIL:
        return None
    with np.errstate(all="ignore"):
        residual = np.abs(tested - reference.value)
        off = (residual > check.rtol * np.abs(reference.value) + reference.error_bar) & (residual <= 2 * scatter)
        share = float(np.max(np.where(off, residual / np.abs(reference.value), 0.0)))
        most = float(np.max(np.where(off, scatter / SPREAD / FLOOR, 0.0)))
    digits = max(0, int(-np.log10(share))) if 0 < share < 1 else 0  # of zero none is right
    message = (
        f"{right_to(digits)}: cancellation in the derivative, whose own values are rounded by {short_number(most)}"
    )
    return replace(check, outcome=Outcome.INCONCLUSIVE, code="JAC201", said=message, help=HELP)
