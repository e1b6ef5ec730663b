"""A derivative that is not finite although its function is → up to where it is finite, where something overflows on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject, Trouble
from jaccli.checker.products import jacobian_of
from jaccli.report import numbers
from jaccli.report.computed import entry_names
from jaccli.verdict import Check

__all__ = ["told_of_overflow", "told_where_finite"]

Array = np.ndarray[Any, Any]
PARTS = (0.5, 0.1, 0.01)  # of an element, at which its derivative may be finite
HALVINGS = 24  # of what lies between: seven digits
MOST = 10_000  # entries of a block that is asked for at other points
HELP = (
    "write it so that nothing overflows, as with exp(-abs(x)); in where(…) the branch that is not taken is differentiated as "
    "well, so clip its argument there"
)

HELP_VALUE = (
    "if something overflows on the way, as exp(710) does, write it so that nothing does, as sigmoid(x), logaddexp(a, b) or "
    "softmax(x); else choose a point where it is finite"
)


def told_of_overflow(check: Check, tested: Array, derivative: Derivative, subject: Subject, y: Leaf, x: Leaf) -> Check:
    """Return a check that failed for want of finite numbers, saying where they begin if that is at large arguments.

    Shapes: tested (m, n).
    Law:    the worst entry's element of the input is moved towards zero; where the derivative is finite there, and not far off, the
            place between is found by halving.
    Cost:   27 times the derivative by one input.
    """
    wrong = np.flatnonzero(~np.all(np.isfinite(tested), axis=0))
    if check.code != "JAC110" or derivative.at is None or tested.size > MOST or not wrong.size:
        return check
    flat = x.value.reshape(-1)
    j = int(wrong[np.argmax(np.abs(flat[wrong]))])
    part = replace(subject, inputs=(x,), outputs=(y,))

    def finite(share: float) -> bool:
        point = flat.copy()
        point[j] *= share
        assert derivative.at is not None
        found = jacobian_of(derivative.at({x.name: point.reshape(x.value.shape)}), part)[y.name, x.name]
        return not isinstance(found, Trouble) and bool(np.all(np.isfinite(found.reshape(tested.shape)[:, j])))

    low = _last(finite) if flat[j] else None
    if low is None:
        return check
    name = f"{x.name}{entry_names('', x.value.shape)[j]}" if x.value.shape else x.name
    most = numbers.value(float(low * flat[j]))
    message = f"the derivative by {name} is finite up to {most} and no farther: something overflows on the way, as exp(710) does"
    return replace(check, message=message, help=HELP)


def told_where_finite(check: Check, fn: Callable[[Array], Array], x: Leaf, y: Leaf) -> Check:
    """Return a check of an output that is not finite at the point, saying how far towards it all its numbers are finite.

    Shapes: fn (points, n) → (points, m), m the elements of ``y``.
    Law:    the input is moved towards zero, all elements by one factor.
    Cost:   27 evaluations.
    """
    flat = x.value.reshape(-1)
    with np.errstate(all="ignore"):
        low = _last(lambda share: bool(np.all(np.isfinite(fn(share * flat[None])))))
    where = "" if low is None else f": it is finite up to {numbers.value(low)} times `{x.name}`"
    if low is not None and flat.size == 1:
        where = f": it is finite up to {x.name} = {numbers.value(float(low * flat[0]))} and no farther"
    help_ = "choose a point where it is" if low is None else HELP_VALUE
    return replace(check, message=f"`{y.name}` is not finite at the point{where}", help=help_)


def _last(finite: Callable[[float], bool]) -> float | None:
    """Return the last part of the way to the point at which something is finite, None where it is at none that is tried."""
    low = next((share for share in PARTS if finite(share)), None)
    if low is None:
        return None
    high = 1.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if finite(middle) else (low, middle)
    return low
