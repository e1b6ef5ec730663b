"""A derivative that fails by next to nothing → whether its function is uneven by as much, as one that a solver computes is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from jaccli.difference.noise import FLOOR
from jaccli.reference import Reference, input_scale
from jaccli.results.checks import Check
from jaccli.results.kinds import Outcome
from jaccli.results.numbers import error as short_number
from jaccli.types import Array

__all__ = ["perhaps_uneven", "unevenness", "within_unevenness"]

STEPS = 2.0 ** -np.array([13, 10, 8, 6, 4, 3])  # of the scale of all inputs, which move together
POINTS = np.arange(-8, 9)  # of a line, in units of a step
EARLY, LATE = 8, 12  # orders of differences: a function that is smooth loses most between them, leaps lose nothing
LASTING = 0.5  # of the early ones that the late ones of leaps show at least
LOUD = 64.0  # roundings of the output, below which its last digits are all that is uneven
SPREAD = 32.0  # standard deviations: a solver has a smooth error too, ten times its leaps in adjoint equations
MOST = 2.0**-20  # of the largest output: nobody solves to a tolerance much above it, and no more is excused
HELP = "tighten the tolerance of what is solved or iterated inside the function; then the derivative can be decided"


def perhaps_uneven(verdict: Callable[[Reference], Check], reference: Reference, x: Array, values: Array) -> bool:
    """Return whether an uneven function can be all that is wrong with a derivative, before the function is asked.

    Shapes: x (n,); values, of all outputs, of which ``unevenness`` excuses a part at most.
    """
    known = 0.0 if reference.rounding is None else reference.rounding
    most = MOST * float(np.nanmax(np.abs(values), initial=0.0)) / input_scale(x)
    return verdict(replace(reference, rounding=np.fmax(known, most))).outcome != Outcome.FAIL


def unevenness(fn: Callable[[Array], Array], x: Array, values: Array) -> Array:
    """Return by how much a function leaves what is smooth, in each output, (m,); no more than MOST of the largest, 0 for none.

    A solver of a tolerance takes other steps at other points, and an iteration more or fewer: values leap by some of the tolerance,
    and between two leaps they move with inputs that they should not depend on.

    Shapes: x (n,), all inputs side by side; fn (points, n) → (points, m); values (m,).
    Law:    σ by differences of order 12, where those of order 8 were hardly larger, at steps of 2^-13 … 2^-3; beyond rounding only.
    Cost:   102 evaluations.
    Source: Moré & Wild, as in ``noise_level``.
    """
    direction = np.random.default_rng(0).uniform(0.5, 1.0, x.shape) * input_scale(x)
    with np.errstate(all="ignore"):
        size = float(np.nanmax(np.abs(values), initial=0.0))
        found = np.zeros(len(values))
        for step in STEPS:
            line = fn(x + step * POINTS[:, None] * direction)
            early, late = (
                np.sqrt(np.mean(np.diff(line, k, axis=0) ** 2, axis=0) / math.comb(2 * k, k)) for k in (EARLY, LATE)
            )
            lasting = (late >= LASTING * early) & (late > LOUD * FLOOR * 2.0**-52 * size) & (late <= MOST * size)
            found = np.where(lasting, np.fmax(found, late), found)
        return np.fmin(SPREAD * found, MOST * size)


def within_unevenness(
    verdict: Callable[[Reference], Check], tested: Array, reference: Reference, x: Array, uneven: Array
) -> Check | None:
    """Return the verdict on a derivative that is off by no more than its function is uneven, None where it is off by more.

    Shapes: tested (m, n); x (n,); uneven (m,).
    Law:    the elements of one array come from one solver: what is seen in one of them may be in all.
    """
    if not np.any(uneven):
        return None
    known = 0.0 if reference.rounding is None else reference.rounding
    most = float(np.max(uneven))
    check = verdict(replace(reference, rounding=np.fmax(known, most / input_scale(x))))
    if check.outcome == Outcome.FAIL:
        return None
    uneven_by = f"`{check.of}` is uneven by {short_number(most / SPREAD)} here"
    message = f"{uneven_by}, as what a solver finds to a tolerance is: this moves the function by no more"
    return replace(check, outcome=Outcome.INCONCLUSIVE, code="JAC207", said=message, help=HELP)
