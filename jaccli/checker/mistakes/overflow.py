"""A derivative or a value that is not finite → what overflows on the way to it, and up to where it is finite."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject, Trouble, TroubleError, overflows
from jaccli.checker.products import jacobian_of
from jaccli.results import numbers
from jaccli.results.checks import Check
from jaccli.results.names import entry_names
from jaccli.types import Array

__all__ = ["with_overflow", "with_value_trouble"]

PARTS = (0.5, 0.1, 0.01)  # of an element, at which its derivative may be finite
SHARES = (0.5, 1e-2, 1e-10, 1e-160)  # of an input, at which its function may be: a square overflows from 1e154 on
ALONE = 1 - 1e-4  # of an input, beyond which the point alone, or what lies near it, is not finite: a pole
HALVINGS = 24  # of what lies between: seven digits
MOST = 10_000  # entries of a block that is asked for at other points
HELP = (
    "write it so that nothing overflows, as with exp(-abs(x)); in where(…) the branch that is not taken is differentiated as "
    "well, so clip its argument there"
)
HELP_VALUE = (
    "write it so that nothing does, as sigmoid(x), logaddexp(a, b) or softmax(x), or choose a point where it is finite"
)


def with_overflow(check: Check, tested: Array, derivative: Derivative, subject: Subject, y: Leaf, x: Leaf) -> Check:
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
    return replace(check, said=message, help=HELP)


def with_value_trouble(check: Check, subject: Subject, y: Leaf, x: Leaf) -> Check:
    """Return the check with the output that is not finite, and the operation that overflows, as the reason why it is open."""
    at_point = replace(check, said=f"`{y.name}` is not finite at the point", help="choose a point where it is")
    try:
        share, where = _end(subject, y, x)
    except TroubleError:
        return at_point
    if share is None or share > ALONE:
        return at_point
    most = f"{share:.6g} times `{x.name}`"
    if x.value.size == 1:
        most = f"{x.name} = {numbers.value(float(share * x.value.reshape(-1)[0]))}"
    message = f"{at_point.message}: something overflows {where}" if where else at_point.message
    remedy = HELP_VALUE if where else f"if something overflows there, {HELP_VALUE}"
    return replace(at_point, said=message, help=f"it is finite up to {most} and no farther; {remedy}")


def _end(subject: Subject, y: Leaf, x: Leaf) -> tuple[float | None, str]:
    """Return up to which part of the input an output is finite, and where something is seen to overflow there, "" if nowhere.

    Law: the input is shrunk towards zero until the output is finite; at the last point where it is not something overflows, and at
         the first where it is nothing does, near by. A logarithm of -1, or 1/0, is not called so, nor is what
         happens where the function itself has switched NumPy's warnings off.
    Cost: 29 evaluations at most, each looked at operation by operation.
    """
    names = [leaf.name for leaf in subject.outputs]
    ends = np.cumsum([leaf.value.size for leaf in subject.outputs])
    k = int(ends[names.index(y.name)]) - y.value.size + int(np.argmax(~np.isfinite(y.value.reshape(-1))))
    one_by_one = subject.values_one_by_one or subject.values

    def looked_at(share: float) -> tuple[bool, list[str]]:
        with overflows() as seen:
            value = one_by_one({x.name: share * x.value[None]}).values[0, k]
        return bool(np.isfinite(value)), seen

    low = next((share for share in SHARES if looked_at(share)[0]), 0.0)
    if not low:
        return None, ""
    high = 1.0
    for _ in range(HALVINGS):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if looked_at(middle)[0] else (low, middle)
    seen = looked_at(high)[1]
    return low, seen[0] if seen and not looked_at(low)[1] else ""
