"""A function with derivatives, whoever wrote it → its report: every derivative judged against differences."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject, Trouble
from jaccli.adapters.subject import Blocks, Note
from jaccli.deadline import TimedOut, deadline
from jaccli.difference import differences, without_teeth
from jaccli.difference.noise import FLOOR
from jaccli.errors import Span
from jaccli.pipeline.joined import Tie, at_tie, joined_apart, joined_names
from jaccli.pipeline.linear import nonlinear, not_additive
from jaccli.pipeline.parts import by_parts
from jaccli.pipeline.products import consistency, jacobian_of, probes_of
from jaccli.pipeline.quick import quick_references
from jaccli.pipeline.sampled import Sampled, large_inputs, seconds_of
from jaccli.pipeline.together import apart_together, told, without_nested
from jaccli.reference import Reference, input_scale, magnitude
from jaccli.report.computed import entry_names
from jaccli.report.numbers import error as short_number
from jaccli.verdict import Check, Report, judge
from jaccli.verdict.decide import rounding_scale

__all__ = ["check_function", "limited", "references_of", "trouble_report"]

Array = np.ndarray[Any, Any]
T = TypeVar("T")
SINGLE, HALF = 2.0**-23, 2.0**-10
#: (machine epsilon, relative error that matters by default): what a few dozen operations keep in that precision.
RTOL = ((2.0**-7, 0.1), (HALF, 2e-2), (SINGLE, 1e-3), (0.0, 1e-6))
#: The allowance for rounding against differences in float64: nothing but the rounding of the derivative itself is left.
KAPPA_SINGLE, KAPPA_HALF = 64.0, 8.0
SHARED = 2.0**-6
PER_COLUMN = 6  # evaluations, of easy differences
CANCELLED = (
    2.0**10
)  # times its own rounding, up to which the noise of a value is that of larger terms which cancel in it
FLOAT32_OFF = (2.0**-29, 2.0**-20)  # likewise, of a derivative
QUICK = 3.0  # seconds for what is meant to take milliseconds: more, and the ladder does it, which stays near the point
CLOSER = 1e-3  # of the relative error that matters: what tells the digits of float32 from those of doubles
UNSETTLED = ("fail", "inconclusive")
DRIFT = 1e3  # times its rounding, by which a value must have moved before a function is said to have changed
FLOAT32_NOISE = (2.0**-29, 2.0**-19)  # relative to the value: what float32 inside a float64 function looks like


def check_function(
    subject: Subject,
    *,
    rtol: float | None = None,
    seed: int = 0,
    directions: int | None = None,
    full: bool = False,
    timeout: float | None = None,
) -> Report:
    """Return the verdicts on every derivative of every output with respect to every input.

    rtol: the relative error that matters; by default 1e-6, and larger where input or output is of lower precision (``RTOL``).
    Law:  a failure is confirmed with differences of one call at a time, where they were taken in a batch.
    directions, full: so many random directions instead of every column, or every column whatever it costs; chosen by cost.
    timeout: seconds for the differences of one input, and for all calls of one derivative.
    Errors: none; what goes wrong in the user's code becomes a row.
    """
    start = time.perf_counter()
    judge_ = _FunctionJudge(subject, rtol, seed, directions, full, timeout)
    with subject.hold():
        noted = tuple(judge_.noted())
        checks = judge_.quickly() or judge_.settled(tuple(judge_.checks()))
    checks = (*noted, *checks)
    if subject.plain is not None and any(check.outcome == "fail" for check in checks):
        plain = replace(subject, values=subject.plain, plain=None)
        return check_function(plain, rtol=rtol, seed=seed, directions=directions, full=full, timeout=timeout)
    name = f"{subject.file}::{subject.title}"
    return Report(checks=checks, seed=seed, duration=time.perf_counter() - start, files=(name,))


def references_of(
    subject: Subject, rtol: float | None = None, timeout: float | None = None
) -> Mapping[str, Reference | Trouble]:
    """Return the differences of all outputs in each input, or why there are none."""
    judge_ = _FunctionJudge(subject, rtol, 0, full=True, timeout=timeout)
    with subject.hold():
        return judge_.easy() or {x.name: limited(timeout, partial(judge_.reference, x)) for x in subject.inputs}


def trouble_report(trouble: Trouble, title: str, file: str, span: Span | None, seed: int) -> Report:
    """Return the report on a function that cannot be checked at all."""
    check = Check(
        id=f"{file}::{title}", outcome=trouble.outcome,
        of=title, wrt="", tested="function", point={}, file=file,
        code=trouble.code, span=span, message=trouble.message, help=trouble.help,
    )  # fmt: skip
    return Report(checks=(check,), seed=seed, files=(f"{file}::{title}",))


def _single_inside(check: Check, found: Array, reference: Reference, scale: Array, eps: float) -> Check:
    """Return a passed check of doubles as undecided where half of the entries are off by what float32 rounds, but no more."""
    with np.errstate(all="ignore"):
        residual, size = np.abs(found - reference.value), np.abs(reference.value)
        known = np.isfinite(reference.error_bar) & (
            size * 2.0**-22 > reference.error_bar + reference.kappa * eps * scale
        )
        off = known & (residual > 4 * reference.error_bar) & (residual > FLOAT32_OFF[0] * size)
    if (
        eps > 2.0**-52
        or not np.any(known)
        or 2 * np.sum(off) < np.sum(known)
        or np.any(residual[known] > FLOAT32_OFF[1] * size[known])
    ):
        return check
    share = short_number(float(np.median(residual[off] / size[off])))
    message = f"a derivative of doubles that is right to float32's digits only: off by {share} of its value"
    help_ = "something in the derivative casts to float32; rtol=1e-6 says that this is enough"
    return replace(check, outcome="inconclusive", code="JAC201", message=message, help=help_, decided=0)


def _shared_rounding(reference: Reference, x: Array) -> Array:
    """Return the least S of the entries of one array, which are computed together: a zero has the rounding of its neighbours.

    Law: SHARED of the block's largest entry, in units of the inputs' scale; with κ that is 64 eps, below anything that is checked.
    """
    with np.errstate(all="ignore"):
        largest = np.nanmax(np.abs(reference.value) * magnitude(x), initial=0.0)
    return np.asarray(SHARED * largest / input_scale(x))


def limited(timeout: float | None, work: Callable[[], T]) -> T | Trouble:
    """Return what ``work`` gives, or that there was no time for it."""
    try:
        with deadline(timeout):
            return work()
    except TimedOut:
        return Trouble("JAC208", f"the {timeout:g} s of the time limit were over", "raise it, or check a smaller size")


def _open(blank: Check, trouble: Trouble) -> Check:
    return replace(blank, outcome="inconclusive", code=trouble.code, message=trouble.message, help=trouble.help)


class _FunctionJudge:
    """The references of one function, its tested derivatives, and their verdicts."""

    def __init__(
        self, subject: Subject, rtol: float | None, seed: int, directions: int | None = None, full: bool = False,
        timeout: float | None = None,
    ) -> None:  # fmt: skip
        self.subject, self.rtol, self.seed, self.timeout = subject, rtol, seed, timeout
        self.directions, self.large = directions, large_inputs(subject, directions, full)
        self.values = np.concatenate([y.value.reshape(-1) for y in subject.outputs])
        self.eps = np.concatenate([np.full(y.value.size, y.eps) for y in subject.outputs])
        ends = np.cumsum([y.value.size for y in subject.outputs])
        self.rows = {y.name: slice(end - y.value.size, end) for y, end in zip(subject.outputs, ends, strict=True)}
        self.point = {x.name: x.value for x in subject.inputs}
        rounding = 0.0 if subject.rounding is None else subject.rounding * 2.0**52
        self.sizes = np.fmax(np.abs(self.values), rounding)  # the half of a complex number is rounded like the whole
        self.reach = self.sizes  # how far the outputs move with all inputs: what rounding is relative to
        self.ties: dict[tuple[str, str], Tie] = {}  # what passes at a kink, of one output, by derivative and input
        self.troubles: dict[str, Trouble] = {}  # what was raised beside the point, by input
        self.sharper: dict[str, Reference | Trouble] = {}  # differences that tell float32 from doubles, by input
        self.taken: dict[str, Blocks] = {}  # what each derivative gave
        self.probes = {d.tested: probes for d in subject.derivatives if (probes := probes_of(d, subject, seed))}

    @cached_property
    def noise(self) -> Array:
        """What is known of the outputs' noise before any difference is taken, (m,)."""
        parts = [self.subject.noise, self.subject.rounding, self.subject.spread() if self.subject.spread else None]
        return np.fmax.reduce([part for part in parts if part is not None])

    def noted(self) -> Iterator[Check]:
        """Yield a row for everything that was noticed about the function itself."""
        notes = list(self.subject.notes)
        for y in self.subject.outputs:
            noise = self.subject.noise[self.rows[y.name]]
            size = np.abs(y.value.reshape(-1))
            if np.any(noise > (2.0**-52 if self.subject.wide else y.eps) * size):
                most = short_number(float(np.nanmax(noise)))
                message = f"two calls at the same point give `{y.name}` differently, by up to {most}"
                notes.append(Note("JAC204", message, "fix the seed inside the function", name=y.name, blocks=True))
        for note in notes:
            yield self.note_check(note)

    def settled(self, checks: tuple[Check, ...]) -> tuple[Check, ...]:
        """Return the checks, all but the passed ones open where the function no longer gives at the point what it gave at first."""
        random = np.any(self.subject.noise > self.eps * self.sizes)
        if random or not any(check.outcome in UNSETTLED for check in checks):
            return checks
        x = self.subject.inputs[0]
        with np.errstate(all="ignore"):
            apart = np.abs(self.subject.values({x.name: x.value[None]}).values[0] - self.values)
            drifts = apart > DRIFT * (self.noise + self.eps * np.maximum(self.sizes, np.max(self.sizes)))
        if not np.any(drifts):
            return checks
        most = short_number(float(np.nanmax(apart)))
        message = f"the function has changed while it was checked: its value at the point is now off by {most}"
        help_ = "let it depend on its inputs alone: no counters, caches or random numbers"
        unsettled = [check.outcome in UNSETTLED for check in checks]
        opened = [
            replace(check, outcome="inconclusive", code="JAC204", message=message, help=help_, decided=0)
            for check in checks
        ]
        return tuple(new if wrong else old for new, old, wrong in zip(opened, checks, unsettled, strict=True))

    def note_check(self, note: Note) -> Check:
        file, title = self.subject.file, self.subject.title
        return Check(
            id=f"{file}::{title}::{note.name}[function-p0]", outcome=note.outcome, of=note.name, wrt="", tested="function",
            point=self.point, file=file, span=self.subject.span, code=note.code, message=note.message, help=note.help,
            entries=1, decided=0 if note.blocks else 1, rerun=self.rerun(None),
        )  # fmt: skip

    def quickly(self) -> tuple[Check, ...]:
        """Return the checks of a function whose derivatives all pass by one batch of points; nothing where one does not."""
        found = None if self.large or not self.subject.derivatives or self.subject.endless() else self.easy()
        checks = tuple(self.checks(found)) if found else ()
        return checks if all(check.outcome == "pass" for check in checks) else ()

    def easy(self) -> Mapping[str, Reference] | None:
        """Return the differences in each input by one batch of points, None where that does not give them all."""
        rtol = min(self.tolerance(y, x) for y in self.subject.outputs for x in self.subject.inputs)
        try:
            seconds = min(self.timeout or QUICK, QUICK)  # far from the point, a loop may not end
            found = limited(seconds, partial(quick_references, self.subject, rtol))
        except Trouble:  # it will be met again, and reported in its rows
            return None
        return None if isinstance(found, Trouble) else found

    def checks(self, known: Mapping[str, Reference] | None = None) -> Iterator[Check]:
        """Yield one check per output, input and derivative, and one more where jvp and vjp can be compared.

        known: differences that were taken before.
        """
        small = [x for x in self.subject.inputs if x.name not in self.large]
        references: Mapping[str, Reference | Trouble] = known or {
            x.name: limited(self.timeout, partial(self.reference, x)) for x in small
        }
        reach = np.zeros(self.values.size)
        for x in small:
            reference = references[x.name]
            if isinstance(reference, Reference):
                reach = reach + reference.reach(x.value.reshape(-1))
        self.reach = reach + self.sizes
        part = replace(self.subject, inputs=tuple(small))
        blocks = [(derivative, self.blocks(derivative, part)) for derivative in self.subject.derivatives if small]
        for y in self.subject.outputs:
            self.ties.clear()
            checks = [
                self.judged(y, x, derivative, found[y.name, x.name], references[x.name], reach)
                for x in small
                for derivative, found in blocks
            ]
            yield from self.joined(y, checks)
        for derivative, found in blocks:
            yield from self.linear(derivative, partial(nonlinear, derivative, part, found))
        for derivative in self.subject.derivatives if self.large else ():
            yield from self.linear(derivative, partial(not_additive, derivative, self.subject))
        for x in self.subject.inputs:
            yield from self.sampled(x) if x.name in self.large else ()
        yield from self.compared()

    def joined(self, y: Leaf, checks: list[Check]) -> list[Check]:
        """Return the checks of one output, without those at ties that are no subgradient together, as (1, 1) for maximum(a, b)."""
        for tested in dict.fromkeys(tested for tested, _ in self.ties):
            found = {x.name: self.ties[tested, x.name] for x in self.subject.inputs if (tested, x.name) in self.ties}
            inputs = [x for x in self.subject.inputs if x.name in found]
            if len(inputs) < 2:
                continue
            rtol = max(self.tolerance(y, x) for x in inputs)
            try:
                apart = joined_apart(self.subject, inputs, found, self.rows[y.name], rtol)
            except Trouble:  # beside the point; the rows of single inputs say so
                continue
            if apart is not None:
                names = joined_names(inputs)
                checks = [
                    told(one, apart, names, y.value.shape)
                    if one.tested == tested and one.wrt in found and one.outcome == "pass"
                    else one
                    for one in checks
                ]
        return checks

    def linear(self, derivative: Derivative, test: Callable[[float, int, Check], Check | None]) -> Iterator[Check]:
        """Yield a failure where a vjp or jvp is not linear in its seeds."""
        if not self.subject.outputs or np.any(self.subject.noise > self.eps * np.abs(self.values)):
            return  # of a function that does not repeat itself, no two products are of one Jacobian
        y, x = self.subject.outputs[0], self.subject.inputs[0]
        rtol = max(self.tolerance(y, x) for y in self.subject.outputs for x in self.subject.inputs)
        blank = replace(self.blank(y, x, derivative.tested, derivative.span), id=self.dense_id(derivative), rtol=rtol)
        found = limited(self.timeout, partial(test, rtol, self.seed, blank))
        if isinstance(found, Check):
            yield found

    def dense_id(self, derivative: Derivative) -> str:
        return f"{self.subject.file}::{self.subject.title}::dense[{derivative.tested}-p0]"

    def sampled(self, x: Leaf) -> Iterator[Check]:
        """Yield the verdicts on every derivative by one input, along random directions."""
        make = partial(
            Sampled, self.subject, x, self.function(x), self.tolerance, self.noise, self.seed, self.directions
        )
        along = limited(self.timeout, make)
        for y in self.subject.outputs:
            for derivative in self.subject.derivatives:
                blank = self.blank(y, x, derivative.tested, derivative.span)
                if isinstance(along, Trouble):
                    yield _open(blank, along)
                    continue
                found = limited(self.timeout, partial(along.checked, y, self.rows[y.name], derivative, blank))
                yield _open(blank, found) if isinstance(found, Trouble) else self.explained_by_trouble(found, x)

    def blocks(self, derivative: Derivative, part: Subject) -> Blocks:
        """Return the blocks of one derivative, or what went wrong instead; it is asked for them once."""
        if derivative.tested not in self.taken:
            self.taken[derivative.tested] = self.taken_now(derivative, part)
        return self.taken[derivative.tested]

    def taken_now(self, derivative: Derivative, part: Subject) -> Blocks:
        found = limited(self.timeout, partial(jacobian_of, derivative, part, self.probes.get(derivative.tested)))
        if isinstance(found, Trouble):
            return {(y.name, x.name): found for y in part.outputs for x in part.inputs}
        return found

    def explained_by_trouble(self, check: Check, x: Leaf) -> Check:
        """Return a check left open by what the function raised, saying so."""
        trouble = self.troubles.get(x.name)
        if check.outcome != "inconclusive" or check.code != "JAC205" or trouble is None:
            return check
        return replace(check, message=trouble.message, help="the point lies at the edge of the function's domain")

    def function(self, x: Leaf) -> Callable[[Array], Array]:
        """Return all outputs as a function of one input, flat, for many points."""

        def fn(points: Array) -> Array:
            batch = self.subject.values({x.name: points.reshape(len(points), *x.value.shape)})
            if batch.trouble:
                self.troubles.setdefault(x.name, batch.trouble)
            return batch.values

        return fn

    def reference(self, x: Leaf, share: float = 1.0) -> Reference | Trouble:
        """Return the differences of all outputs in one input, or why there are none."""
        wide = self.subject.wide
        if not wide and x.eps > SINGLE:
            return Trouble(
                "JAC203", f"`{x.name}` has no room for steps in its own precision", "let the function run in float64"
            )
        size = x.value.reshape(-1)
        strictest = min(self.tolerance(y, x) for y in self.subject.outputs)
        try:
            eps = 2.0**-52 if wide else self.eps
            taken = partial(differences, rtol=share * strictest, eps=eps, grid=self.grid(x), noise=self.noise)
            if self.timeout and seconds_of(self.subject) * PER_COLUMN * size.size > self.timeout / 2:
                return by_parts(taken, self.function(x), size)
            return taken(self.function(x), size)
        except Trouble as trouble:
            return trouble

    def closer(self, x: Leaf, part: Reference, found: Array, rows: slice, eps: float) -> Reference:
        """Return sharper differences where a derivative of doubles may have float32's digits only, and these cannot tell."""
        with np.errstate(all="ignore"):
            residual, size = np.abs(found - part.value), np.abs(part.value)
            off = (residual > FLOAT32_OFF[0] * size) & (size > 0)
        if eps > 2.0**-52 or 2 * np.sum(off) < np.sum(size > 0) or np.all(4 * part.error_bar[off] < residual[off]):
            return part
        if x.name not in self.sharper:
            self.sharper[x.name] = self.reference(x, CLOSER)
        sharper = self.sharper[x.name]
        return sharper.rows(rows) if isinstance(sharper, Reference) else part

    def grid(self, x: Leaf) -> np.dtype[Any]:
        """Return the precision in which the function takes an input."""
        return np.dtype(np.float32 if x.eps > 2.0**-52 and not self.subject.wide else np.float64)

    def tolerance(self, y: Leaf, x: Leaf) -> float:
        eps = max(y.eps, x.eps)
        return self.rtol or next(rtol for least, rtol in RTOL if eps >= least)

    def judged(
        self, y: Leaf, x: Leaf, derivative: Derivative, found: Array | Trouble, reference: Reference | Trouble, reach: Array
    ) -> Check:  # fmt: skip
        blank = self.blank(y, x, derivative.tested, derivative.span)
        for trouble in (found, reference):
            if isinstance(trouble, Trouble):
                return replace(
                    blank, outcome=trouble.outcome, code=trouble.code, message=trouble.message, help=trouble.help
                )
        assert isinstance(reference, Reference)
        part, rows = reference.rows(self.rows[y.name]), self.rows[y.name]
        if self.subject.wide and max(x.eps, y.eps) > 2.0**-52:
            part = replace(part, kappa=KAPPA_SINGLE if max(x.eps, y.eps) <= SINGLE else KAPPA_HALF)
        x_scale = input_scale(x.value.reshape(-1))
        inside = np.minimum(part.noise / (FLOOR * max(x.eps, y.eps)), CANCELLED * self.sizes[rows])  # what cancels in f
        scale = rounding_scale(np.fmax(self.sizes[rows], inside), part.value, x_scale, reach[rows])
        by_rows, scale = scale, np.maximum(scale, _shared_rounding(part, x.value.reshape(-1)))
        assert not isinstance(found, Trouble)
        verdict = partial(
            judge, blank, found, scale=scale, rows_scale=by_rows, out_rank=y.value.ndim, eps=max(x.eps, y.eps)
        )
        matrix, fn = np.asarray(found, dtype=np.float64).reshape(part.value.shape), self.function(x)
        check = verdict(part)
        if check.outcome == "fail":
            part = self.second_look(x, rows, matrix, part)
            check = verdict(part)
        if check.outcome == "pass" and derivative.tested in ("reverse", "forward") and self.rtol is None:
            closer = self.closer(x, part, matrix, rows, max(x.eps, y.eps))
            check = _single_inside(check, matrix, closer, scale, max(x.eps, y.eps))
        if check.outcome == "pass" and found.size > 1:
            flat = x.value.reshape(-1)
            if apart := apart_together(lambda p: fn(p)[:, rows], flat, matrix, part, check.rtol):
                return told(check, apart, entry_names(x.name, x.value.shape), y.value.shape)
        if check.outcome == "pass" and at_tie(part):
            self.ties[derivative.tested, x.name] = matrix, part
        return self.explained(check, part, y, x)

    def second_look(self, x: Leaf, rows: slice, tested: Array, part: Reference) -> Reference:
        """Return the reference of some outputs without wide teeth and nested kinks, looked for where ``tested`` differs."""
        with np.errstate(all="ignore"):
            apart = ~(np.abs(tested - part.value) <= part.error_bar)
        fn, grid = self.function(x), self.grid(x)
        try:
            eps = 2.0**-52 if self.subject.wide else self.eps[rows]
            part = without_teeth(lambda p: fn(p)[:, rows], x.value.reshape(-1), part, apart, eps, grid)
            return without_nested(lambda p: fn(p)[:, rows], x.value.reshape(-1), tested, part)
        except Trouble:
            return part

    def explained(self, check: Check, part: Reference, y: Leaf, x: Leaf) -> Check:
        """Return an undecided check with what is known of the cause beyond the differences."""
        if check.outcome != "inconclusive":
            return check
        if check.code == "JAC208":
            decided = f"{check.decided:,} of {check.entries:,} entries were decided"
            message = f"the {self.timeout:g} s of the time limit were over when {decided}"
            return replace(check, message=message, help="raise it, or check a smaller size")
        trouble = self.troubles.get(x.name)
        if check.code == "JAC205" and trouble:
            return replace(check, message=trouble.message, help="the point lies at the edge of the function's domain")
        if check.code == "JAC205" and not np.all(np.isfinite(y.value)):
            return replace(check, message=f"`{y.name}` is not finite at the point", help="choose a point where it is")
        share = float(np.nanmax(part.noise / np.maximum(np.abs(y.value.reshape(-1)), np.finfo(float).tiny)))
        if check.code in ("JAC207", "JAC203") and y.eps < SINGLE and FLOAT32_NOISE[0] < share < FLOAT32_NOISE[1]:
            message = f"`{y.name}` is float64 with the noise of float32: {short_number(share)} of its value"
            return replace(
                check, code="JAC201", message=message, help="something inside casts to float32; or use rtol=1e-3"
            )
        return check

    def compared(self) -> Iterator[Check]:
        """Yield ⟨v, J u⟩ against ⟨Jᵀ v, u⟩ for every output and input, where both products were given."""
        forms: Mapping[str, Derivative] = {
            form: d for d in self.subject.derivatives for form in ("vjp", "jvp") if getattr(d, form) is not None
        }
        if len(forms) < 2 or np.any(self.subject.noise > self.eps * np.abs(self.values)):
            return  # a function that does not repeat itself is two functions here
        make = partial(consistency, self.probes[forms["jvp"].tested], self.probes[forms["vjp"].tested])
        for y in self.subject.outputs:
            for x in self.subject.inputs:
                blank = self.blank(y, x, "jvp·vjp", forms["jvp"].span)
                yield make(replace(blank, entries=1), y, x, self.reach[self.rows[y.name]])

    def blank(self, y: Leaf, x: Leaf, tested: str, span: Span | None) -> Check:
        return Check(
            id=f"{self.subject.file}::{self.subject.title}::{y.name}/{x.name}[{tested}-p0]",
            outcome="skipped", of=y.name, wrt=x.name, tested=tested, point=self.point, file=self.subject.file,
            rtol=self.tolerance(y, x), span=span or self.subject.span, rerun=self.rerun(self.rtol),
            entries=y.value.size * x.value.size,
        )  # fmt: skip

    def rerun(self, rtol: float | None) -> str:
        more = f", rtol={rtol:g}" if rtol else ""
        return f"jaccli.gradcheck({self.subject.call}{more}, seed={self.seed})"
