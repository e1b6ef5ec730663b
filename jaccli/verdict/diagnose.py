"""A wrong block → what kind of mistake explains it: a rule code, and the sentence that helps."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaccli.verdict.decide import FAIL, INCONCLUSIVE, Decision

__all__ = ["diagnose", "reason_code"]

Array = np.ndarray[Any, Any]
CLOSE = 1e-3  # a kind of mistake explains a block when what is left of the error is this small beside it

_REASONS = {"kink": "JAC202", "step window": "JAC203", "domain": "JAC205", "noise": "JAC207"}


def reason_code(decision: Decision) -> str | None:
    """Return the code of the worst entry's reason, None where it is decided."""
    return _REASONS.get(str(decision.reason.ravel()[decision.worst]))


def diagnose(tested: Array, value: Array, decision: Decision, out_rank: int) -> tuple[str, str]:
    """Return (rule code, help) for a block with a failure.

    Shapes: tested, value of out.shape + in.shape; out_rank is the length of out.shape.
    Law:    an explanation must fit every decided entry of the block, within CLOSE of the largest one.
    """
    if not np.all(np.isfinite(tested[decision.outcome == FAIL])):
        return "JAC110", "look for 0/0, log(0) or an overflow in the derivative"
    decided = (decision.outcome != INCONCLUSIVE) & np.isfinite(value) & np.isfinite(tested)
    a, d = tested[decided], value[decided]
    size = float(np.max(np.abs(d), initial=0.0))
    if size == 0.0:
        return "JAC100", "the right derivative is zero here"
    if np.all(a == 0):
        return "JAC112", "the derivative is zero everywhere: was the path from this input cut?"
    if np.max(np.abs(a + d)) <= CLOSE * size:
        return "JAC101", "claimed / expected = -1.000; look for a lost minus sign"
    ratio = float(np.dot(a, d) / np.dot(d, d))
    if np.max(np.abs(a - ratio * d)) <= CLOSE * abs(ratio) * size and abs(ratio - 1) > CLOSE:
        return "JAC102", f"claimed / expected = {ratio:.4g}; look for a lost or doubled factor"
    if _is_transpose(tested, value, out_rank, size):
        return "JAC103", "rows belong to outputs, columns to inputs: J[out…, in…]"
    return "JAC100", "compare this entry with its formula"


def _is_transpose(tested: Array, value: Array, out_rank: int, size: float) -> bool:
    order = (*range(out_rank, value.ndim), *range(out_rank))
    swapped = value.transpose(order)
    return value.ndim > 1 and swapped.shape == tested.shape and bool(np.max(np.abs(tested - swapped)) <= CLOSE * size)
