"""A derivative that is not finite although its function is → up to where it is finite, where something overflows on the way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject, Trouble
from jaccli.checker.products import jacobian_of
from jaccli.results import numbers
from jaccli.results.checks import Check
from jaccli.results.names import entry_names
from jaccli.types import Array

__all__ = ["told_of_overflow"]

PARTS = (0.5, 0.1, 0.01)  # of an element, at which its derivative may be finite
HALVINGS = 24  # of what lies between: seven digits
MOST = 10_000  # entries of a block that is asked for at other points
HELP = (
    "write it so that nothing overflows, as with exp(-abs(x)); in where(…) the branch that is not taken is differentiated as "
    "well, so clip its argument there"
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

    low = next((share for share in PARTS if flat[j] and finite(share)), None)
    if low is None:
        return check
    high = 1.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if finite(middle) else (low, middle)
    name = f"{x.name}{entry_names('', x.value.shape)[j]}" if x.value.shape else x.name
    most = numbers.value(float(low * flat[j]))
    message = f"the derivative by {name} is finite up to {most} and no farther: something overflows on the way, as exp(710) does"
    return replace(check, message=message, help=HELP)
