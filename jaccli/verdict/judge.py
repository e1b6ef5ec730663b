"""Derivative under test × reference → the finished check of one block, described by its worst entry."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from jaccli.reference import Reference
from jaccli.results.checks import Check
from jaccli.results.grid import MOST, Grid
from jaccli.results.kinds import JudgedBy, Outcome, Reason
from jaccli.types import Array
from jaccli.verdict.decide import FAIL, INCONCLUSIVE, PASS, POWER, WITHIN, Decision, Exceptions, decide
from jaccli.verdict.diagnose import diagnose, reason_code
from jaccli.verdict.evidence import Evidence
from jaccli.verdict.unverified import open_share

__all__ = ["judge"]

TINY = 1e-9  # of the steeper slope of a kink: the error of the other one, which is zero


def judge(
    blank: Check,
    tested: Array,
    reference: Reference,
    scale: Array,
    out_rank: int,
    eps: float = 2.0**-52,
    evidence: Callable[[], Evidence] = Evidence,
    routes_off: Array | None = None,
    rows_scale: Array | None = None,
    zero: Array | None = None,
    atol: float = 0.0,
    measured: Array | None = None,
) -> Check:
    """Return ``blank`` with its outcome, its code, and the numbers of its worst entry.

    Shapes: tested of out.shape + in.shape, with out_rank the length of out.shape; reference and scale (out.size, in.size).
    eps:    machine epsilon of the function's output.
    rows_scale: the part of scale that each output has by itself, without what it shares with others.
    zero:   the part of scale below whose rounding a derivative is a zero, where that is not all of it.
    routes_off: what the program's own derivatives miss the truth by, (out.size, in.size), for a claim beside them.
    measured: the rounding of what is tested itself, (out.size, in.size), where it is known: that of f excuses no more.
    evidence: asked only where an entry fails.
    atol:   an absolute error that does not matter: an entry passes if its residual and error bar together are within it.
    """
    shape = tested.shape
    matrix = np.asarray(tested, dtype=np.float64).reshape(reference.value.shape)
    by_values = reference.route == JudgedBy.DIFFERENCE and eps <= 2.0**-52 and routes_off is None
    least = scale if zero is None else zero
    decision = decide(
        matrix,
        reference.value,
        reference.error_bar,
        scale,
        rtol=blank.rtol,
        eps=eps,
        kappa=reference.kappa,
        known=Exceptions(
            low=reference.low,
            high=reference.high,
            leap=reference.leap,
            reason=reference.reason,
            rounding=reference.rounding,
            measured=measured,
            routes_off=routes_off,
            by_values=by_values,
            zero=zero,
            zero_scale=np.broadcast_to(np.fmin.reduce(least, axis=1, keepdims=True, initial=np.inf), scale.shape),
            zero_bar=None if rows_scale is None else reference.kappa * eps * rows_scale,
        ),
    )
    if atol:
        decision = _within(decision, reference.error_bar, atol)
    at_kinks = _only_at_kinks(decision, reference)
    outcome, code, help_ = at_kinks or _kind(matrix, reference.value, decision, scale, shape, out_rank, evidence)
    return replace(
        blank,
        **_worst(matrix, reference, decision, shape, out_rank),
        outcome=outcome,
        code=code,
        help=help_,
        entries=tested.size,
        decided=decision.decided,
        open_share=open_share(
            matrix,
            reference.value,
            _possible(decision, reference, eps * scale, by_values),
            decision.outcome == INCONCLUSIVE,
        ),
        open_allowed=POWER * blank.rtol if by_values else blank.rtol,
        failed=int(np.sum(decision.outcome == FAIL)),
        reference_route=reference.route,
        digits=reference.digits,
        evaluations=reference.evaluations,
        grid=_grid(matrix, reference, decision, shape, out_rank) if outcome != Outcome.PASS else None,
    )


def _grid(
    tested: Array, reference: Reference, decision: Decision, shape: tuple[int, ...], out_rank: int
) -> Grid | None:
    """Return the entries for a picture of them; None where there is one, or too many."""
    if not 1 < tested.size <= MOST:
        return None
    outcome = decision.outcome.reshape(tested.shape)
    return Grid(tested, reference.value, reference.error_bar, outcome, shape[:out_rank], shape[out_rank:])


def _possible(decision: Decision, reference: Reference, rounding: Array, by_values: bool) -> Array:
    """Return a bound on the error of each entry: its residual plus the error bar or the rounding; infinite at kinks.

    by_values: a difference of doubles is held to 10 rtol by a quarter of its bar here too, as where it passes an entry.
    """
    with np.errstate(all="ignore"):
        bar = np.fmax((WITHIN if by_values else 1.0) * reference.error_bar, reference.kappa * rounding)
        known = (decision.reason == Reason.NOISE) & np.isfinite(reference.error_bar)
        return np.where(known, decision.residual + bar, np.inf)


def _within(decision: Decision, error_bar: Array, atol: float) -> Decision:
    """Return the decision in which every entry passes that is certainly off by no more than ``atol``."""
    near = decision.residual + error_bar <= atol
    reason = np.where(near, Reason.NONE, decision.reason.astype(object))
    return replace(decision, outcome=np.where(near, PASS, decision.outcome), reason=reason)


def _only_at_kinks(decision: Decision, reference: Reference) -> tuple[Outcome, str, str] | None:
    """Return the finding where all wrong entries lie on kinks: no single right value exists to compare theirs with."""
    failed = (decision.outcome == FAIL).reshape(reference.value.shape)
    if not failed.any():
        return None
    low, high = reference.low[failed], reference.high[failed]
    if not len(low) or np.any(np.isfinite(reference.error_bar[failed])) or not np.all(np.isfinite(low + high)):
        return None
    k = int(np.argmax(np.flatnonzero(failed) == decision.worst))
    most = max(abs(low[k]), abs(high[k]))
    sides = " and ".join(f"{side if abs(side) > TINY * most else 0:.6g}" for side in (low[k], high[k]))
    return (
        Outcome.FAIL,
        "JAC100",
        f"no subgradient: the slopes of the two sides are {sides}, and any value between them is right",
    )


def _kind(
    tested: Array,
    value: Array,
    decision: Decision,
    scale: Array,
    shape: tuple[int, ...],
    out_rank: int,
    evidence: Callable[[], Evidence],
) -> tuple[Outcome, str | None, str]:
    if np.any(decision.outcome == FAIL):
        shaped = replace(decision, outcome=decision.outcome.reshape(shape))
        tested, value, scale = (part.reshape(shape) for part in (tested, value, scale))
        return Outcome.FAIL, *diagnose(tested, value, shaped, out_rank, evidence(), scale)
    if np.any(decision.outcome == INCONCLUSIVE):
        return Outcome.INCONCLUSIVE, reason_code(decision), ""
    return Outcome.PASS, None, ""


def _detectable(decision: Decision, value: Array) -> float:
    """Return the smallest relative error that would have been seen in every decided entry that is not zero, NaN without one."""
    seen = (decision.outcome != INCONCLUSIVE) & (value != 0) & np.isfinite(decision.detectable)
    return float(np.max(decision.detectable[seen])) if np.any(seen) else math.nan


def _worst(
    tested: Array, reference: Reference, decision: Decision, shape: tuple[int, ...], out_rank: int
) -> dict[str, Any]:
    """Return the numbers of the worst entry, by the names of a check's fields."""
    k = decision.worst
    place = tuple(int(i) for i in np.unravel_index(k, shape)) if shape else ()
    truth, residual = float(reference.value.flat[k]), float(decision.residual.flat[k])
    slopes = (float(reference.low.flat[k]), float(reference.high.flat[k]))
    return {
        "of_index": place[:out_rank],
        "wrt_index": place[out_rank:],
        "value": float(tested.flat[k]),
        "reference": truth,
        "error_bar": float(reference.error_bar.flat[k]),
        "abs_error": residual,
        "ulps": residual / float(np.spacing(abs(truth))) if math.isfinite(truth) else math.nan,
        "tolerance": float(decision.tolerance.flat[k]),
        "detectable": _detectable(decision, reference.value),
        "slopes": slopes if math.isfinite(slopes[0]) and not math.isfinite(reference.error_bar.flat[k]) else None,
        "reason": Reason(decision.reason.flat[k]),
    }
