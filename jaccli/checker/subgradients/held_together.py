"""Derivatives of one output by several inputs at a tie → failures, where together they are not a subgradient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from jaccli.adapters import Leaf, TroubleError
from jaccli.checker.problem import Problem
from jaccli.checker.subgradients.joint import ViolatingDirection, apart_together, with_direction
from jaccli.reference import Reference, side_by_side
from jaccli.results.checks import Check
from jaccli.results.names import entry_names
from jaccli.types import Array

__all__ = ["Tie", "at_tie", "held_together", "of_one"]


@dataclass(frozen=True)
class Tie:
    """What is tested by one input, (m, n), and what judges it."""

    x: Leaf
    tested: Array
    reference: Reference


def at_tie(reference: Reference) -> bool:
    """Return whether the point is itself a kink along one of the elements of an input."""
    return bool(np.any(np.isfinite(reference.low) & ~np.isfinite(reference.error_bar)))


def held_together(problem: Problem, y: Leaf, found: Sequence[tuple[Check, Tie]]) -> list[Check]:
    """Return the passed checks of one output, as failures where together they are not a subgradient, as (1, 1) for maximum(a, b).

    Those of one derivative, a jvp say, are held together, whatever the number of inputs.
    Law: see ``apart_together``; only checks by inputs that move along the direction found change.
    """
    checks: list[Check] = []
    for tested in dict.fromkeys(check.tested for check, _ in found):
        mine = [(check, tie) for check, tie in found if check.tested == tested]
        checks += of_one(problem, y, mine) if len(mine) > 1 else [check for check, _ in mine]
    return checks


def of_one(problem: Problem, y: Leaf, found: Sequence[tuple[Check, Tie]]) -> Iterator[Check]:
    """Yield the checks of one derivative by some inputs, by a single one too: several of its elements may be at kinks."""
    inputs = [tie.x for _, tie in found]
    reference = side_by_side([tie.reference for _, tie in found])
    tested = np.concatenate([tie.tested for _, tie in found], axis=1)
    point = np.concatenate([x.value.reshape(-1) for x in inputs])
    rtol = max(check.rtol for check, _ in found)
    around = problem.around([x.name for x in inputs])
    try:
        apart = apart_together(problem.values_by(y, inputs), point, tested, reference, rtol, around)
    except TroubleError:  # beside the point; the rows of single inputs say so
        apart = None
    names = [name for x in inputs for name in entry_names(x.name, x.value.shape)]
    moved = _moved(inputs, apart) if apart is not None else []
    for check, tie in found:
        if apart is None or tie.x.name not in moved:
            yield check
        else:
            yield replace(
                with_direction(check, apart, names, y.value.shape), rerun=problem.rerun([x.name for x in inputs])
            )


def _moved(inputs: Sequence[Leaf], apart: ViolatingDirection) -> list[str]:
    ends = np.cumsum([x.value.size for x in inputs])
    return [x.name for x, part in zip(inputs, np.split(apart.u, ends[:-1]), strict=True) if np.any(part)]
