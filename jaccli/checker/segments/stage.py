"""A black box → those of its checks that pass along segments, before any difference is taken."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from jaccli.adapters import Derivative, Leaf, Trouble, TroubleError
from jaccli.checker.block import DOUBLE
from jaccli.checker.effort.budget import Budget
from jaccli.checker.options import CheckOptions
from jaccli.checker.problem import Problem
from jaccli.checker.references.function import Differenced
from jaccli.checker.segments.agreement import Missed, Segments
from jaccli.checker.segments.bounds import Agreement
from jaccli.checker.segments.together import Together
from jaccli.results.checks import Check
from jaccli.results.kinds import JudgedBy, Outcome
from jaccli.types import Array

__all__ = ["AlongSegments", "agreed_check", "open_check"]

OTHERS = "reference auto asks differences as well, which name a mistake and its place"
LEAST = 12  # elements of an input, from which on segments take less than differences, where products are asked for one by one


class AlongSegments:
    """What segments settle of one problem.

    agreed  the checks that pass, by id
    known   the segments along which derivatives did not agree, by the ids of their checks
    done    the inputs whose checks all do: they need no other reference
    """

    def __init__(
        self, problem: Problem, options: CheckOptions, differences: Differenced, costly: Collection[str], budget: Budget
    ) -> None:
        self.problem, self.options, self.differences, self.budget = problem, options, differences, budget
        self.costly, self.agreed, self.done = costly, dict[str, Check](), set[str]()
        self.known: dict[str, list[Missed]] = {}
        self.joined: dict[tuple[str, ...], Together] = {}  # by the names of the inputs
        self.moved: dict[str, Array] = {}  # how far an input moves all outputs, by its name

    def ask(self, inputs: Iterable[Leaf]) -> None:
        """Look at every derivative by the inputs that are large enough for it to pay, by all where nothing else is to judge.

        Of a spec they are asked by those that neither balls nor differences can afford.
        """
        subject, options = self.problem.subject, self.options
        if (
            options.reference not in ("auto", "segments")
            or subject.may_not_terminate
            or options.directions
            or options.full
        ):
            return
        at_once = any(one.vjps_at is not None for one in subject.derivatives)
        least = np.inf if not self.problem.black_box else 1 if at_once else LEAST
        mine = [x for x in inputs if options.reference == "segments" or x.value.size >= least or x.name in self.costly]
        for derivative in reverse_first(subject.derivatives) if self.problem.black_box else ():
            self.ask_together([x for x in mine if x.name not in self.costly], derivative)
        for x in mine:
            self.ask_by(x)

    def ask_together(self, inputs: Sequence[Leaf], derivative: Derivative) -> None:
        """Look at one derivative by several inputs that move at once; what that does not settle is asked by each input."""
        by = [x for x in inputs if (derivative.inputs is None or x.name in derivative.inputs) and x.eps <= DOUBLE]
        if len(by) < 2 or derivative.at is None:
            return
        if (names := tuple(x.name for x in by)) not in self.joined:
            self.joined[names] = Together(self.problem, by)
        along = self.joined[names]
        for y in self.problem.subject.outputs:
            if y.eps > DOUBLE or not y.value.size:
                continue
            rtol = {x.name: self.differences.tolerance(y, x) for x in by}
            try:
                found = self.budget.limited(partial(along.agreed, y, derivative, rtol), self.parts)
            except TroubleError:  # it will be met again, and reported in its row
                continue
            shown = {} if isinstance(found, Trouble) else found
            for x in by if shown else ():
                self.keep(y, x, derivative, shown[x.name])

    def keep(self, y: Leaf, x: Leaf, derivative: Derivative, found: Agreement) -> None:
        """Keep the check that passes, and how far the input moves the output."""
        moved, rows = self.moved.setdefault(x.name, np.zeros(self.problem.values.size)), self.problem.rows[y.name]
        moved[rows] = np.fmax(moved[rows], found.reach)
        blank = self.problem.blank(y, x, derivative.tested, derivative)
        self.agreed[blank.id] = agreed_check(blank, found)
        self.known.setdefault(blank.id, [])

    @property
    def reach(self) -> Array:
        """How far the inputs whose checks pass move each output together, (m,)."""
        return np.asarray(sum(self.moved.values(), np.zeros(self.problem.values.size)))

    @property
    def parts(self) -> int:
        """How many parts of the work are to come, at most: differences may follow."""
        return 2 + len(self.problem.subject.derivatives) * len(self.problem.subject.inputs)

    def ask_by(self, x: Leaf) -> None:
        """Look at every derivative by one input."""
        segments, all_agree = Segments(self.problem, self.differences.function(x), x), True
        for y in self.problem.subject.outputs:
            for derivative in reverse_first(self.problem.derivatives(y, x)):
                if self.problem.blank(y, x, derivative.tested, derivative).id in self.agreed:
                    continue
                found = self.agreement(segments, y, x, derivative)
                all_agree &= found is not None
                blank = self.problem.blank(y, x, derivative.tested, derivative)
                if found is not None or segments.missed:
                    self.known[blank.id] = segments.missed
                if found is not None:
                    self.keep(y, x, derivative, found)
        self.done |= {x.name} if all_agree else set()

    def agreement(self, segments: Segments, y: Leaf, x: Leaf, derivative: Derivative) -> Agreement | None:
        """Return what segments show of one derivative, None where they do not settle it."""
        segments.missed = []
        if x.name in self.costly and derivative.blocks is not None and derivative.vjp is derivative.jvp is None:
            return None  # it would have to be written out at every node
        if derivative.at is None or max(x.eps, y.eps) > DOUBLE or not y.value.size:
            return None
        rtol = self.differences.tolerance(y, x)
        try:
            found = self.budget.limited(partial(segments.agreed, y, derivative, rtol), self.parts)
        except TroubleError:  # it will be met again, and reported in its row
            return None
        return None if isinstance(found, Trouble) else found

    def alone(self, inputs: Iterable[Leaf]) -> Iterator[Check]:
        """Yield the checks of every derivative where nothing else is to judge: what segments do not settle is open."""
        for y in self.problem.subject.outputs:
            for x in inputs:
                for derivative in self.problem.derivatives(y, x):
                    blank = self.problem.blank(y, x, derivative.tested, derivative)
                    yield self.agreed.get(blank.id) or open_check(
                        blank, self.known.get(blank.id), derivative.at is None
                    )

    def checks_of(self, y: Leaf, x: Leaf) -> Iterator[Check]:
        """Yield the checks of one output by one input, all of which pass; none where one of that input's does not."""
        for derivative in self.problem.derivatives(y, x) if x.name in self.done else ():
            yield self.agreed[self.problem.blank(y, x, derivative.tested, derivative).id]


def reverse_first(derivatives: Iterable[Derivative]) -> list[Derivative]:
    """Return derivatives in the order they are asked in: the sizes of columns are those that a vjp shows."""
    return sorted(derivatives, key=lambda one: one.vjp is None)


def open_check(blank: Check, missed: Sequence[Missed] | None, fixed: bool) -> Check:
    """Return the check that segments leave open.

    fixed: whether the derivative cannot be asked beside the point.
    """
    message = (
        "the derivative is one for the point alone, and cannot be asked along segments"
        if fixed
        else "segments do not settle it"
    )
    numbers: dict[str, Any] = {}
    if missed:
        one = missed[-1]
        message = "the derivative does not add up to the values along a segment: it is wrong, or not smooth there"
        numbers = {"value": one.moved - one.off, "reference": one.moved, "abs_error": one.off, "tolerance": 0.0}
    return replace(
        blank, outcome=Outcome.INCONCLUSIVE, code="JAC203", said=message, help=OTHERS, decided=0,
        reference_route=JudgedBy.SEGMENTS, **numbers,
    )  # fmt: skip


def agreed_check(blank: Check, found: Agreement) -> Check:
    """Return the check that passes by what segments show."""
    return replace(
        blank, outcome=Outcome.PASS, value=found.tested, reference=found.expected, error_bar=found.bound,
        abs_error=abs(found.tested - found.expected), tolerance=blank.rtol, detectable=found.bound, decided=blank.entries,
        reference_route=JudgedBy.SEGMENTS, evaluations=found.evaluations, guarantee=found.sentence, open_share=0.0,
    )  # fmt: skip
