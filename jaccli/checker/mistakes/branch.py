"""A check that a leap leaves open → the same, with the values and slopes to both sides where the leap is exactly at the point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from jaccli.adapters import Leaf
from jaccli.reference import input_scale
from jaccli.results import numbers
from jaccli.results.checks import Check
from jaccli.results.kinds import Reason
from jaccli.results.names import entry_names
from jaccli.types import Array

__all__ = ["with_branch"]

STEPS = np.array([-2.0, -1.0, 1.0, 2.0]) * 2.0**-16  # of the scale: two to each side give its slope
NEAREST = 4.0  # ulps of the element, within which a leap is at the point itself
SAME = 2.0**-20  # of a leap: by so much the values of one side differ from what its slope leads to
HELP = (
    "a comparison is a tie here, and the slope of either side may be meant: check a point beside it, or draw random ones "
    "(--at 'x=normal(3)', rng.standard_normal)"
)
#: What to do about an input by which the output has a value of its own at the point.
LABEL = (
    "`{0}` may be a label, by which nothing is differentiated: hold it fixed, in a function of the others alone or as whole "
    "numbers"
)


def with_branch(check: Check, fn: Callable[[Array], Array], x: Leaf, y: Leaf) -> Check:
    """Return an undecided check at a jump (JAC202), saying what the function and its slopes are to both sides of the point.

    Shapes: fn (points, n) → (points, m), m the elements of ``y``.
    Law:    the leap is at the point where the values a few ulps away are those that the slope of that side leads to, and differ.
            Where they do not, but the value at the point does, an equality holds there, as for labels of -1 and 1.
    Cost:   seven evaluations.
    """
    if check.code != "JAC202" or check.reason != Reason.JUMP or check.said:
        return check
    flat = x.value.reshape(-1)
    row, column = _place(check.of_index, y.value.shape), _place(check.wrt_index, x.value.shape)
    scale = float(input_scale(flat)[column])
    ulps = NEAREST * float(np.spacing(max(abs(flat[column]), scale)))
    moves = np.array([*(STEPS * scale), -ulps, ulps, 0.0])
    points = np.repeat(flat[None], len(moves), axis=0)
    points[:, column] += moves
    with np.errstate(all="ignore"):
        far_left, left, right, far_right, below, above, here = (float(v) for v in fn(points)[:, row])
        h = float(STEPS[2]) * scale
        slopes = (left - far_left) / h, (far_right - right) / h
        ends = left + slopes[0] * h, right - slopes[1] * h
        alone = here - sum(ends) / 2
        leap = abs(ends[1] - ends[0])
        isolated = leap <= SAME * abs(alone)  # the point is of no side
        leap = abs(alone) if isolated else leap
        at_point = max(abs(below - ends[0]), abs(above - ends[1])) <= SAME * leap + 4 * ulps * max(map(abs, slopes))
    if not (np.all(np.isfinite([*slopes, *ends])) and leap > 0 and at_point):
        return check
    what, of = (entry_names(leaf.name, leaf.value.shape)[k] for leaf, k in ((x, column), (y, row)))
    if isolated:
        at, beside = (numbers.value(round(v, 9)) for v in (here, sum(ends) / 2))
        message = f"an equality holds exactly at this point: {of} is {at} here, and {beside} for any {what} beside it"
        return replace(check, said=message, help=LABEL.format(x.name))
    low, high, before, after = (numbers.value(round(v, 9)) for v in (*ends, *slopes))
    message = f"a branch exactly at this point: {of} leaps from {low} to {high} as {what} grows, its slope from {before} to {after}"
    return replace(check, said=message, help=HELP)


def _place(index: tuple[int, ...], shape: tuple[int, ...]) -> int:
    return int(np.ravel_multi_index(index, shape)) if shape else 0
