"""A derivative that fails → how far its own rounding moves it, and whether that is all that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject, Trouble
from jaccli.difference.noise import FLOOR, noise_level
from jaccli.pipeline.products import jacobian_of
from jaccli.reference import Reference, magnitude
from jaccli.report.numbers import error as short_number
from jaccli.verdict import Check

__all__ = ["own_scatter", "within_scatter"]

Array = np.ndarray[Any, Any]
STEPS = tuple(
    2.0**-k for k in (44, 34, 24, 14, 9, 6)
)  # of the point: what is left of a cancellation moves at large ones only
SPREAD = 8.0  # standard deviations of a derivative's noise
SIZE_ONE = 64.0  # roundings of one, or of the largest entry: no more is rounding, whatever the derivative does beside the point
MOST = 100_000  # entries of a block that is asked for at other points
HELP = "write it without the difference, as -sigmoid(-x) for sigmoid(x) - 1; or say what is enough: rtol=1e-3"


def own_scatter(derivative: Derivative, subject: Subject, y: Leaf, x: Leaf) -> Array | None:
    """Return what rounding does to a derivative, (m, n), from its own values beside the point; None where there is no telling.

    Law:  σ of each entry by its differences of order 4 to 6, as of a function's values: 1/(1 + exp(-x)) - 1 at 25 is a staircase
          with steps of 2^-53, whatever its value.
    Cost: 7 to 50 times the derivative by one input.
    """
    size = x.value.reshape(-1)
    if derivative.at is None or y.value.size * size.size > MOST:
        return None
    at, part = derivative.at, replace(subject, inputs=(x,), outputs=(y,))

    def values(points: Array) -> Array:
        found = [jacobian_of(at({x.name: p.reshape(x.value.shape)}), part)[y.name, x.name] for p in points]
        if trouble := next((one for one in found if isinstance(one, Trouble)), None):
            raise trouble
        return np.stack([np.asarray(one, dtype=np.float64).reshape(-1) for one in found])

    rng = np.random.default_rng(0)
    direction = rng.uniform(0.5, 1.0, size.shape) * magnitude(size)
    try:
        with np.errstate(all="ignore"):
            noise = noise_level(values, size, direction, 2.0**-52, steps=STEPS)
    except Trouble:
        return None
    return SPREAD * noise.reshape(y.value.size, size.size)


def within_scatter(
    verdict: Callable[[Reference], Check], tested: Array, reference: Reference, scatter: Array
) -> Check | None:
    """Return the verdict on a derivative whose error is no more than its own rounding, None where it is more.

    Shapes: tested, scatter (m, n).
    """
    largest = np.max(np.abs(tested), initial=1.0, where=np.isfinite(tested))
    allowed = np.fmin(scatter, SIZE_ONE * 2.0**-52 * largest)
    known = 0.0 if reference.rounding is None else reference.rounding
    check = verdict(replace(reference, rounding=np.fmax(known, allowed)))
    if check.outcome == "fail":
        return None
    with np.errstate(all="ignore"):
        residual = np.abs(tested - reference.value)
        off = (residual > check.rtol * np.abs(reference.value) + reference.error_bar) & (residual <= 2 * allowed)
        share = float(np.max(np.where(off, residual / np.abs(reference.value), 0.0)))
        most = float(np.max(np.where(off, scatter / SPREAD / FLOOR, 0.0)))
    digits = max(0, int(-np.log10(share))) if share > 0 else 0
    right = f"right to {digits} digit{'s' * (digits != 1)}" if digits else "no digit of it can be right"
    message = f"{right}: cancellation in the derivative, whose own values are rounded by {short_number(most)}"
    return replace(check, outcome="inconclusive", code="JAC201", message=message, help=HELP)
