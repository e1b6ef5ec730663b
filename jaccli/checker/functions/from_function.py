"""A function of any framework, with its derivatives → the problem to be judged, and its report."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject, Trouble
from jaccli.adapters.subject import Note
from jaccli.checker.effort.budget import Budget, confirmed
from jaccli.checker.effort.costs import large_inputs, too_many
from jaccli.checker.judge import Judge
from jaccli.checker.mistakes.another_point import others_of_function
from jaccli.checker.options import CheckOptions
from jaccli.checker.problem import Problem
from jaccli.checker.references.function import tolerance
from jaccli.errors import Span
from jaccli.results.checks import Check, Report
from jaccli.results.kinds import Label, Outcome
from jaccli.results.numbers import error as short_number
from jaccli.types import Array
from jaccli.verdict import Evidence

__all__ = ["FunctionProblem", "check_function", "trouble_report"]

BY_VALUES = ("difference", "segments")  # the references that a function has by name
REPEATABLE = "fix the seed inside the function, or switch dropout off, as module.eval() does"


class FunctionProblem(Problem):
    """A function that is known by its values alone."""

    compares_products = True

    def __init__(
        self, subject: Subject, rtol: float | None, seed: int, directions: int | None, atol: float = 0.0,
        reference: str = "auto",
    ) -> None:  # fmt: skip
        super().__init__(subject, subject.inputs, rtol, seed)
        self.reference = reference
        self.point = {x.name: x.value if x.given is None else x.given for x in subject.inputs}
        self.origin = {x.name: x.value for x in subject.inputs}
        self.directions, self.atol = directions, atol
        self.known: dict[tuple[str, str, str], Evidence] = {}  # about each block, asked for once
        self.named: dict[tuple[str, str, str, Span | None], Check] = {}  # the checks before anything is known, likewise

    def beside(self, x: Leaf, point: Array, derivative: Derivative) -> FunctionProblem | None:
        """Return the function with one input at another point, one derivative of it being tested."""
        if derivative.at is None:
            return None
        moved = point.reshape(x.value.shape)
        values = self.subject.values({x.name: moved[None]}).values[0]
        if not np.all(np.isfinite(values)):
            return None
        outputs = tuple(
            replace(y, value=values[self.rows[y.name]].reshape(y.value.shape)) for y in self.subject.outputs
        )
        given = None if x.given is None else x.given + (moved - x.value)
        subject = replace(
            self.subject, inputs=(replace(x, value=moved, given=given),), outputs=outputs, values_one_by_one=None,
            derivatives=(derivative.at({x.name: moved}),),
        )  # fmt: skip
        there = FunctionProblem(subject, self.rtol, self.seed, self.directions, self.atol)
        there.point = {**self.point, **there.point}
        there.origin = {**self.origin, x.name: self.given(x)}
        return there

    def given(self, x: Leaf) -> Array:
        """Return the value of an input that the user gave."""
        return self.origin[x.name]

    def blank(self, y: Leaf, x: Leaf, tested: Label, derivative: Derivative | None = None) -> Check:
        """Return the check of one output by one input before anything is known of its outcome."""
        span = derivative.span if derivative is not None else None
        key = y.name, x.name, tested, span
        if key not in self.named:
            self.named[key] = Check(
                target=f"{self.subject.file}::{self.subject.title}",
                outcome=Outcome.SKIPPED, of=y.name, wrt=x.name, tested=tested, point=self.point, file=self.subject.file,
                rtol=tolerance(self.rtol, y, x), span=span or self.subject.span, rerun=self.rerun(),
                entries=y.value.size * x.value.size,
            )  # fmt: skip
        return self.named[key]

    def rerun(self, names: Any = ()) -> str:
        """Return the call that shows the checks again."""
        more = f", rtol={self.rtol:g}" if self.rtol else ""
        more += f", atol={self.atol:g}" if self.atol else ""
        more += f", reference={self.reference!r}" if self.reference != "auto" else ""
        return f"jaccli.gradcheck({self.subject.call}{more}, seed={self.seed})"

    def noted(self) -> Iterator[Check]:
        """Yield a row for everything that was noticed about the function itself."""
        notes = list(self.subject.notes)
        for y in self.subject.outputs:
            noise, size = self.subject.noise[self.rows[y.name]], np.abs(y.value.reshape(-1))
            if np.any(noise > (2.0**-52 if self.subject.in_float64 else y.eps) * size):
                most = short_number(float(np.nanmax(noise)))
                message = f"two calls at the same point give `{y.name}` differently, by up to {most}"
                notes.append(Note("JAC204", message, REPEATABLE, name=y.name, blocks=True))
        yield from map(self.note_check, notes)

    def note_check(self, note: Note) -> Check:
        """Return the row of a note."""
        file, title = self.subject.file, self.subject.title
        call = f"jaccli.gradcheck({self.subject.call}, seed={self.seed})"
        return Check(
            target=f"{file}::{title}", outcome=note.outcome, of=note.name, wrt="", tested=Label.FUNCTION,
            point=self.point, file=file, span=self.subject.span, code=note.code, said=note.message, help=note.help,
            entries=1, decided=0 if note.blocks else 1, open_share=1.0 if note.blocks else 0.0, rerun=call,
        )  # fmt: skip

    def linearity(self, derivative: Derivative) -> Check:
        """Return the blank row about the linearity of a vjp or jvp."""
        subject = self.subject
        rtol = max(tolerance(self.rtol, y, x) for y in subject.outputs for x in subject.inputs)
        return replace(
            self.blank(subject.outputs[0], subject.inputs[0], derivative.tested, derivative), about="dense", rtol=rtol
        )

    def evidence(self, derivative: Derivative, y: Leaf, x: Leaf) -> Callable[[], Evidence]:
        """Return what gives the same block at other points, where a kind of mistake must show as well."""
        key = derivative.tested, y.name, x.name
        if key not in self.known:
            self.known[key] = Evidence(others=cache(partial(others_of_function, derivative, self.subject, y, x)))
        return lambda: self.known[key]

    def costly(self, full: bool) -> Collection[str]:
        """Return the inputs by which differences in every column take too much."""
        return large_inputs(self.subject, self.directions, full)


def check_function(subject: Subject, options: CheckOptions | None = None, budget: Budget | None = None) -> Report:
    """Return the verdicts on every derivative of every output with respect to every input.

    options: rtol is 1e-6 by default, and larger where input or output is of lower precision (``RTOL``).
    budget:  the time limit, where it has begun; what is not reached is open, and so is a failure there was no time to confirm.
    Law:     a failure is confirmed with differences of one call at a time, where they were taken in a batch.
    Errors:  none; what goes wrong in the user's code becomes a row.
    """
    options = options or CheckOptions()
    start, budget, seed = time.perf_counter(), budget or Budget(options.timeout), options.seed or 0
    if trouble := too_many(subject):
        return trouble_report(trouble, subject.title, subject.file, subject.span, seed)
    found: list[Check] = []
    values = options.reference if options.reference in BY_VALUES else "auto"
    whole = replace(options, wanted=None, reference=values)  # checks have other names outside, and values alone judge
    Judge(FunctionProblem(subject, options.rtol, seed, options.directions, options.atol, values), whole, budget).fill(
        found
    )
    outcomes = {check.outcome for check in found}
    if outcomes & {Outcome.FAIL, Outcome.INCONCLUSIVE} and (coarser := subject.at_native_precision()):
        return check_function(_enough(coarser) if options.rtol else coarser, options, budget)
    if subject.values_one_by_one is not None and subject.took_shortcut() and Outcome.FAIL in outcomes:
        plain = replace(subject, values=subject.values_one_by_one, values_one_by_one=None)
        return confirmed(check_function(plain, options, budget), found)
    name = f"{subject.file}::{subject.title}"
    return Report(checks=tuple(found), seed=seed, duration=time.perf_counter() - start, files=(name,))


def _enough(subject: Subject) -> Subject:
    """Return a subject that is checked in its low precision, since the user has said what error matters."""
    notes = (replace(n, outcome=Outcome.SKIPPED, blocks=False) if n.code == "JAC201" else n for n in subject.notes)
    return replace(subject, notes=tuple(notes))


def trouble_report(trouble: Trouble, title: str, file: str, span: Span | None, seed: int) -> Report:
    """Return the report on a function that cannot be checked at all."""
    check = Check(
        target=f"{file}::{title}", about="", outcome=trouble.outcome,
        of=title, wrt="", tested=Label.FUNCTION, point={}, file=file,
        code=trouble.code or None, span=span, said=trouble.message, help=trouble.help,
    )  # fmt: skip
    return Report(checks=(check,), seed=seed, files=(f"{file}::{title}",))
