"""The verdict on a kernel → what is wrong with it, or what would have been seen, in sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from jaccli.checker.functions.against.formats import format_name
from jaccli.checker.functions.against.pair import DRAWS, Looks
from jaccli.checker.functions.against.shares import Share
from jaccli.checker.functions.against.verdict import ALONE, MOST, Verdict
from jaccli.results.numbers import error as short_number

__all__ = ["found_wrong", "seen", "too_coarse"]

SINGLE = 2.0**-23
ALIKE = 0.05  # of the larger of two numbers, which one digit does not tell apart
TENSOR_FLOAT = 2.0**-11  # half a unit in the last place of TF32, as of float16
NEAR = 4.0  # a residual is near it within such a factor


def found_wrong(
    verdict: Verdict, name: str, size: int, looks: Looks, settings: Sequence[str] = ()
) -> tuple[str, str, str]:
    """Return code, message and help of a failure."""
    code, message = "JAC100", f"{verdict.off} of {size} entries are off by more than rounding"
    wrong = verdict.wrong
    if not np.any(looks.kernel):
        code, message = "JAC112", f"`{name}` is zero throughout"
    elif wrong is not None:
        code, message = _named(wrong, name)
    elif verdict.where is not None:
        axis, index, one = verdict.where
        message = f"`{name}` is off by {_part(one)} where axis {axis} is {index}"
    elif not np.all(np.isfinite(looks.kernel)):
        code, message = "JAC110", f"`{name}` is not finite where the reference is"
    help_ = f"{message}; rounding explains {short_number(verdict.limit)} at the entry shown"
    if (single := _tensor_float(looks, verdict.wrong)) is not None:
        help_ = f"{message}; the residuals are near {single}: TF32, or a reduction in lower precision{_on(settings)}"
    return code, message, help_ + _spread(looks)


def _on(settings: Sequence[str]) -> str:
    """Return the settings by which a framework may compute with fewer digits; "" where there are none."""
    return f" ({', '.join(settings)})" if settings else ""


def _named(wrong: Share, name: str) -> tuple[str, str]:
    z = f"z = {abs(wrong.z):.0f}"
    if wrong.name:
        factor = 1 + wrong.share
        what = "is missing" if abs(factor) < 0.02 else f"is {short_factor(factor)} times what it should be"
        return "JAC100", f"the term of `{name}` that comes through {wrong.name} {what} ({z})"
    factor = 1 + wrong.share
    if abs(factor) < 0.02:
        return "JAC112", f"next to nothing of `{name}` is there ({z})"
    if abs(factor + 1) < 0.02:
        return "JAC101", f"`{name}` has the wrong sign ({z})"
    return "JAC102", f"`{name}` is {short_factor(factor)} times what it should be ({z})"


def short_factor(factor: float) -> str:
    """Return a factor with two digits of what tells it from 1."""
    return f"{1 + float(f'{factor - 1:.1e}'):.12g}"


def _part(one: Share) -> str:
    return f"{abs(one.share) * 100:.2g} %"


def _tensor_float(looks: Looks, wrong: Share | None) -> str | None:
    """Return 2^-11 where a kernel of single precision is off by about that, and by no factor, None otherwise."""
    if looks.eps != SINGLE or (wrong is not None and not wrong.name and _left(looks, wrong) < 0.5):
        return None
    size = float(np.sqrt(np.mean(np.square(looks.reference)))) or 1.0
    off = float(np.sqrt(np.mean(np.square(looks.residual)))) / size
    return "2^-11 of the values" if TENSOR_FLOAT / (4 * NEAR) < off < TENSOR_FLOAT * NEAR else None


def _left(looks: Looks, wrong: Share) -> float:
    """Return what is left of the residuals without a share of the whole, as a share of them."""
    left = looks.residual - wrong.share * looks.reference
    return float(np.linalg.norm(left)) / float(np.linalg.norm(looks.residual))


def too_coarse(verdict: Verdict, name: str, rtol: float, looks: Looks, settings: Sequence[str] = ()) -> tuple[str, str]:
    """Return message and help where rounding hides what matters."""
    if np.any(looks.unknown) or not np.all(np.isfinite(looks.residual)):
        return "not finite at some points", "give numbers at which both the function and the reference are finite"
    if verdict.elsewhere >= MOST:
        message = f"entries of `{name}` are off by more than rounding at {verdict.elsewhere} of {DRAWS} points, others at each"
        return (
            message,
            "a choice that tips by rounding, or a mistake at the largest number, say: compare the entries at one point",
        )
    least = max(verdict.visible)
    if verdict.zero:
        message = f"`{name}` is zero throughout, as its formula gives in {format_name(looks.eps)}; in float64 it is not"
        return message, "give a point at which the format does not lose all of it, as one that is not saturated"
    if not math.isfinite(least):
        message = f"rounding in {format_name(looks.eps)} hides all of `{name}`: no error in it would be seen"
        return message, "give a point at which more of it is left than rounding, or more numbers"
    if least <= rtol:
        message = (
            f"an error of {short_number(least)} that was planted in `{name}` was not seen, so nothing is said of it"
        )
        return message, "give more numbers, or another point"
    hidden, matters = _told_apart(least, rtol)
    message = f"rounding hides errors of `{name}` below {hidden} of it, and {matters} matters"
    if looks.inside > looks.eps:
        within = f"what `{name}` is off by is within TF32{_on(settings)}"
        message = f"{within}, which hides errors below {hidden} of it, and {matters} matters"
        return message, "switch that off to have it judged in float32, or give a larger rtol if it is meant"
    return (
        message,
        f"the function rounds {_level(verdict)}; add up in higher precision, or give a larger rtol if that is meant",
    )


def _told_apart(one: float, other: float) -> tuple[str, str]:
    """Return two numbers with one digit each, with three where one says too little."""
    if abs(one - other) > ALIKE * max(one, other) and short_number(one) != short_number(other):
        return short_number(one), short_number(other)
    return f"{one:.3g}", f"{other:.3g}"


def _level(verdict: Verdict) -> str:
    level = verdict.noise.level
    if level < ALONE:
        return "its answer alone"
    return f"what it computes on the way as well, {level:.1f} times as much as rounding its inputs would"


def seen(verdict: Verdict, looks: Looks, format_: str, seed: int, settings: Sequence[str] = ()) -> str:
    """Return the sentence that says what was compared and what would have been seen."""
    if verdict.zero:
        return f"zero, as the reference is, at {DRAWS} points"
    whole, entries = verdict.visible
    z, size = verdict.control
    spread = _spread(looks) + _unseen(looks, verdict)
    if looks.inside > looks.eps:
        format_ = f"TF32{_on(settings)}"
    return (
        f"within the rounding of {format_} at {DRAWS} points; a factor of 1 ± {short_number(whole)} would have been seen, and "
        f"{short_number(entries)} of single entries; it rounds {_level(verdict)}{spread}; "
        f"control: {short_number(size)} planted was seen at z = {z:.0f} (seed {seed})"
    )


def _spread(looks: Looks) -> str:
    """Return how far calls with identical inputs are apart, in units in the last place; "" where they are not."""
    if not looks.ulps:
        return ""
    return f"; calls with identical inputs differ by up to {max(looks.ulps, 1):.0f} ulp of {format_name(looks.eps)}, as by atomics"


def _unseen(looks: Looks, verdict: Verdict) -> str:
    """Say how many entries are too small to be seen, since rounding may change them by more than their size; "" for none."""
    with np.errstate(invalid="ignore"):
        small = np.abs(looks.reference) < verdict.noise.limit
    count = int(np.sum((np.sum(small, axis=0) > MOST) & np.any(looks.reference, axis=0)))
    what = "1 entry is smaller than its rounding, and unseen by itself"
    many = f"{count} entries are smaller than their rounding, and unseen one by one"
    return f"; {what if count == 1 else many}" if count else ""
