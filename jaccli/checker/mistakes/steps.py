"""A check that a staircase leaves open → the same, saying how high its steps are and what the tested slope may be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from jaccli.reference import Reference
from jaccli.results import numbers
from jaccli.results.checks import Check

__all__ = ["with_steps"]

MEANT = (
    "the slope between two steps is right almost everywhere; another one is a straight-through estimator: "
    "check it against the function without its steps"
)
ROUNDING = (
    "if the steps are rounding, the derivative may be right to the digits that the values have: compute them without the "
    "cancellation to see more"
)


def with_steps(check: Check, reference: Reference) -> Check:
    """Return an undecided check on a staircase (JAC206) with its steps in words, any other as it is.

    Law: a reference that is the slope between two steps is right almost everywhere; another one is that of what the steps follow.
    """
    if check.code != "JAC206" or reference.leap is None or reference.tread is None:
        return check
    here = reference.leap > 0
    k = int(np.flatnonzero(here & (reference.value == check.reference))[0])
    leap, tread = float(reference.leap.flat[k]), float(reference.tread.flat[k])
    steps = f"`{check.of}` moves in steps of {numbers.value(leap)} here"
    between = f"{steps}, between which its slope is {numbers.value(tread)}"
    if not np.isfinite(check.error_bar):
        return replace(check, said=f"{between}; the slope over many of them is not known", help=ROUNDING)
    if check.reference == tread:
        return replace(check, said=f"{between}: what is tested may be that of what they follow", help=MEANT)
    many = f"{numbers.value(check.reference)} ± {numbers.error(check.error_bar)}"
    message = f"{steps}: over many of them its slope is {many}, between two of them {numbers.value(tread)}"
    return replace(check, said=message, help=ROUNDING)
