"""A function that is another at the end of its check than at the start → its checks, all but the passed ones open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from jaccli.checker.problem import Problem
from jaccli.checker.references.function import Differenced
from jaccli.results.checks import Check
from jaccli.results.kinds import Outcome
from jaccli.results.numbers import error as short_number

__all__ = ["unsettled_by_drift"]

UNSETTLED = (Outcome.FAIL, Outcome.INCONCLUSIVE)
DRIFT = 1e3  # times its rounding, by which a value must have moved before a function is said to have changed


def unsettled_by_drift(problem: Problem, differences: Differenced, checks: Sequence[Check]) -> list[Check]:
    """Return the checks, all but the passed ones open where the function no longer gives at the point what it gave at first.

    Cost: one evaluation, where anything is not passed.
    """
    subject, values = problem.subject, problem.values
    rounding = 0.0 if subject.rounding is None else subject.rounding * 2.0**52
    sizes = np.fmax(np.abs(values), rounding)
    random = np.any(subject.noise > differences.eps * sizes)
    if random or not problem.black_box or not any(check.outcome in UNSETTLED for check in checks):
        return list(checks)
    x = subject.inputs[0]
    with np.errstate(all="ignore"):
        apart = np.abs(subject.values({x.name: x.value[None]}).values[0] - values)
        drifts = apart > DRIFT * (differences.noise + differences.eps * np.maximum(sizes, np.max(sizes)))
    if not np.any(drifts):
        return list(checks)
    most = short_number(float(np.nanmax(apart)))
    message = f"the function has changed while it was checked: its value at the point is now off by {most}"
    help_ = "let it depend on its inputs alone: no counters, caches or random numbers"
    return [
        replace(check, outcome=Outcome.INCONCLUSIVE, code="JAC204", said=message, help=help_, decided=0, open_share=1.0)
        if check.outcome in UNSETTLED
        else check
        for check in checks
    ]
