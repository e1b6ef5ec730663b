"""A function of low precision → whether it can be evaluated in float64, with nearly the same values."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaccli.adapters.framework import Framework
from jaccli.adapters.parts import Part
from jaccli.adapters.program import Program

__all__ = ["runs_in_doubles"]

DOUBLE = 2.0**-52
NEARLY = 64.0  # machine epsilons of its own precision, times the largest value


def runs_in_doubles(program: Program) -> bool:
    """Return whether a function of low precision can be evaluated in float64, with nearly the same values."""
    coarsest = program.precision
    if coarsest <= DOUBLE:
        return False
    try:
        with program.framework.running(wide=True):
            found = program.evaluated(program.differentiated(wide=True), wide=True)
            return all(_same(program.framework, found[part.name], part, coarsest) for part in program.outputs)
    except Exception:
        return False


def _same(framework: Framework, array: Any, part: Part, eps: float) -> bool:
    """Return whether an output came in double precision, with the values it has in its own, which ends at ``eps``."""
    wide, value = framework.numpy(array), part.value
    if framework.precision(array) > DOUBLE or wide.shape != value.shape:
        return False
    with np.errstate(all="ignore"):
        size = float(np.max(np.abs(np.nan_to_num(value)))) + 1.0
        return bool(np.all((np.abs(wide - value) <= NEARLY * eps * size) | ~np.isfinite(value)))
