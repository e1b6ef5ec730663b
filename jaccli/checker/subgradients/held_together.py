"""Derivatives of one output by several inputs at a tie → failures, where together they are not a subgradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np

from jaccli.adapters import Leaf, Trouble, TroubleError
from jaccli.checker.effort.budget import Budget
from jaccli.checker.problem import Problem
from jaccli.checker.subgradients.hidden import MOST, part_of_hidden_kinks, with_equals
from jaccli.checker.subgradients.joint import ViolatingDirection, apart_together, with_direction
from jaccli.reference import Reference, side_by_side
from jaccli.results.checks import Check
from jaccli.results.kinds import Outcome
from jaccli.results.names import entry_names
from jaccli.types import Array

__all__ = ["Tie", "at_tie", "held_together", "no_derivative", "of_one"]

EPS = 2.0**-52  # of doubles: coarser values do not tell such a kink from their rounding
NO_DERIVATIVE = (
    "the partial derivatives are right, but there is no derivative: where several inputs move, they do not add up"
)


@dataclass(frozen=True)
class Tie:
    """What is tested by one input, (m, n), and what judges it."""

    x: Leaf
    tested: Array
    reference: Reference


class Judged(Protocol):
    """What judges all outputs by one input."""

    @property
    def reference(self) -> Reference: ...


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


def no_derivative(
    problem: Problem, y: Leaf, chosen: Mapping[str, Judged | Trouble], budget: Budget
) -> Callable[[Check], Check]:
    """Return what leaves a passed check of one output open where it has partial derivatives, and no derivative.

    So has the median of three equal numbers, whose partial derivatives are zero, and which moves when all three do.

    Only a point at which elements are equal, up to their signs, is looked at: elsewhere such a kink is met by accident alone.
    Cost: nine evaluations; where they show a kink, 36 more for each of up to MOST elements.
    """
    if not problem.black_box or y.eps > EPS or problem.subject.may_not_terminate:
        return _as_it_is
    rows = problem.rows[y.name]
    known = {name: one.reference.rows(rows) for name, one in chosen.items() if not isinstance(one, Trouble)}
    inputs = [x for x in problem.inputs if x.name in known and x.eps <= EPS]
    point = np.concatenate([np.empty(0), *(x.value.reshape(-1) for x in inputs)])
    if not np.any(tied := with_equals(point)):
        return _as_it_is
    reference = side_by_side([known[x.name] for x in inputs])
    columns = np.flatnonzero(tied)[:MOST]
    try:
        found = budget.limited(
            partial(part_of_hidden_kinks, problem.values_by(y, inputs), point, reference, columns), 8
        )
    except TroubleError:  # beside the point; the rows of single inputs say so
        return _as_it_is
    owners = np.repeat([x.name for x in inputs], [x.value.size for x in inputs])
    names = frozenset() if isinstance(found, Trouble) else frozenset(owners[found].tolist())
    return lambda check: _opened(check) if check.wrt in names and check.outcome == Outcome.PASS else check


def _as_it_is(check: Check) -> Check:
    return check


def _opened(check: Check) -> Check:
    return replace(check, outcome=Outcome.INCONCLUSIVE, code="JAC202", said=NO_DERIVATIVE, decided=0, open_share=1.0)


def _moved(inputs: Sequence[Leaf], apart: ViolatingDirection) -> list[str]:
    ends = np.cumsum([x.value.size for x in inputs])
    return [x.name for x, part in zip(inputs, np.split(apart.u, ends[:-1]), strict=True) if np.any(part)]
