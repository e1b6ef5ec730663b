"""A check that a staircase leaves open → the same, saying how high its steps are and what the tested slope may be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from jaccli.reference import Reference
from jaccli.report import numbers
from jaccli.verdict import Check

__all__ = ["told_of_steps"]

MEANT = (
    "the slope between two steps is right almost everywhere; another one is a straight-through estimator: "
    "check it against the function without its steps"
)
ROUNDING = (
    "if the steps are rounding, the derivative may be right to the digits that the values have: compute them without the "
    "cancellation to see more"
)


def told_of_steps(check: Check, reference: Reference) -> Check:
    """Return an undecided check on a staircase (JAC206) with its steps in words, any other as it is.

    Law: a reference whose error bar is small beside what the two slopes span is the slope of a tread, else that of the trend.
    """
    if check.code != "JAC206" or reference.leap is None:
        return check
    here = reference.leap > 0
    k = int(np.flatnonzero(here & (reference.value == check.reference))[0])
    leap, span = float(reference.leap.flat[k]), float(reference.high.flat[k] - reference.low.flat[k])
    steps = f"`{check.of}` moves in steps of {numbers.value(leap)} here"
    if check.error_bar <= 0.01 * span:
        tread = f"between which its slope is {numbers.value(check.reference)}"
        message = f"{steps}, {tread}: what is tested may be that of what they follow"
        return replace(check, message=message, help=MEANT)
    trend = f"{numbers.value(check.reference)} ± {numbers.error(check.error_bar)}"
    return replace(
        check, message=f"{steps}: over many of them its slope is {trend}, between two another", help=ROUNDING
    )
