"""A function with derivatives, whoever wrote it → its report: every derivative judged against differences."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject, Trouble
from jaccli.adapters.subject import Blocks, Note
from jaccli.checker.budget import Budget, confirmed
from jaccli.checker.directions.function import Sampled, large_inputs, too_many
from jaccli.checker.joined_inputs import all_outputs
from jaccli.checker.linearity import nonlinear, not_additive
from jaccli.checker.mistakes.branch import told_of_branch
from jaccli.checker.mistakes.conjugates import conjugates
from jaccli.checker.mistakes.overflow import told_of_overflow, told_where_finite
from jaccli.checker.mistakes.seedless import seedless
from jaccli.checker.mistakes.steps import told_of_steps
from jaccli.checker.mistakes.symmetric import for_symmetric
from jaccli.checker.products import consistency, jacobian_of, probes_of
from jaccli.checker.references.domain import outside_the_domain
from jaccli.checker.references.float32_inside import noise_of_single, single_inside
from jaccli.checker.references.function import Differenced
from jaccli.checker.references.rounding_scale import block_scales, on_a_tread
from jaccli.checker.references.scatter import own_scatter, perhaps_scatter, within_scatter
from jaccli.checker.references.unevenness import perhaps_uneven, unevenness, within_unevenness
from jaccli.checker.subgradients.function import Tie, at_tie, held_together
from jaccli.checker.subgradients.joint import apart_together, told
from jaccli.checker.unchecked import unchecked
from jaccli.deadline import TimedOut, deadline
from jaccli.errors import Span
from jaccli.reference import Reference
from jaccli.report.computed import entry_names
from jaccli.report.numbers import error as short_number
from jaccli.verdict import Check, Report, judge

__all__ = ["check_function", "trouble_report"]

Array = np.ndarray[Any, Any]
SINGLE = 2.0**-23
#: The allowance for rounding against differences in float64: nothing but the rounding of the derivative itself is left.
KAPPA_SINGLE, KAPPA_HALF = 64.0, 8.0
UNSETTLED = ("fail", "inconclusive")
REPEATABLE = "fix the seed inside the function, or switch dropout off, as module.eval() does"
DRIFT = 1e3  # times its rounding, by which a value must have moved before a function is said to have changed


def check_function(
    subject: Subject,
    *,
    rtol: float | None = None,
    seed: int = 0,
    directions: int | None = None,
    full: bool = False,
    timeout: float | Budget | None = None,
    atol: float = 0.0,
) -> Report:
    """Return the verdicts on every derivative of every output with respect to every input.

    rtol: the relative error that matters; by default 1e-6, and larger where input or output is of lower precision (``RTOL``).
    Law:  a failure is confirmed with differences of one call at a time, where they were taken in a batch.
    directions, full: so many random directions instead of every column, or every column whatever it costs; chosen by cost.
    timeout: seconds for all of it; what is not reached is open, and so is a failure that there was no time to confirm.
    atol: an absolute error that is as good as none, in entries that are judged one by one.
    Errors: none; what goes wrong in the user's code becomes a row.
    """
    start, budget = time.perf_counter(), Budget.of(timeout)
    if trouble := too_many(subject):
        return trouble_report(trouble, subject.title, subject.file, subject.span, seed)
    judge_ = _FunctionJudge(subject, rtol, seed, directions, full, budget, atol)
    with subject.hold():
        checks = (*judge_.noted(), *conjugates(judge_.verdicts()))
    options: dict[str, Any] = {
        "rtol": rtol,
        "seed": seed,
        "directions": directions,
        "full": full,
        "timeout": budget,
        "atol": atol,
    }
    outcomes = {check.outcome for check in checks}
    if outcomes & {"fail", "inconclusive"} and (coarser := subject.coarser()):
        return check_function(_enough(coarser) if rtol else coarser, **options)
    if subject.plain is not None and "fail" in outcomes:
        plain = replace(subject, values=subject.plain, plain=None)
        return confirmed(check_function(plain, **options), checks)
    name = f"{subject.file}::{subject.title}"
    return Report(checks=checks, seed=seed, duration=time.perf_counter() - start, files=(name,))


def _enough(subject: Subject) -> Subject:
    """Return a subject whose low precision is no objection, since the user has said what error matters."""
    notes = (replace(n, outcome="skipped", blocks=False) if n.code == "JAC201" else n for n in subject.notes)
    return replace(subject, notes=tuple(notes))


def trouble_report(trouble: Trouble, title: str, file: str, span: Span | None, seed: int) -> Report:
    """Return the report on a function that cannot be checked at all."""
    check = Check(
        id=f"{file}::{title}", outcome=trouble.outcome,
        of=title, wrt="", tested="function", point={}, file=file,
        code=trouble.code or None, span=span, message=trouble.message, help=trouble.help,
    )  # fmt: skip
    return Report(checks=(check,), seed=seed, files=(f"{file}::{title}",))


class _FunctionJudge:
    """The references of one function, its tested derivatives, and their verdicts."""

    def __init__(
        self, subject: Subject, rtol: float | None, seed: int, directions: int | None = None, full: bool = False,
        budget: Budget | None = None, atol: float = 0.0,
    ) -> None:  # fmt: skip
        self.subject, self.rtol, self.seed, self.atol, self.budget = subject, rtol, seed, atol, budget or Budget()
        self.differenced = Differenced(subject, rtol, self.budget)
        self.directions, self.large = directions, large_inputs(subject, directions, full)
        small = tuple(x for x in subject.inputs if x.name not in self.large)
        self.part = replace(subject, inputs=small)  # by the inputs that are judged entry by entry
        self.values = np.concatenate([y.value.reshape(-1) for y in subject.outputs])
        ends = np.cumsum([y.value.size for y in subject.outputs])
        self.rows = {y.name: slice(end - y.value.size, end) for y, end in zip(subject.outputs, ends, strict=True)}
        self.point = {x.name: x.value if x.given is None else x.given for x in subject.inputs}
        rounding = 0.0 if subject.rounding is None else subject.rounding * 2.0**52
        self.sizes = np.fmax(np.abs(self.values), rounding)  # the half of a complex number is rounded like the whole
        self.reach = self.sizes  # how far the outputs move with all inputs: what rounding is relative to
        self.ties: dict[tuple[str, str], Tie] = {}  # what passes at a kink, of one output, by derivative and input
        self.remedies: dict[tuple[str, str], str] = {}  # of failures that are none for symmetric matrices
        self.not_linear: set[str] = set()  # derivatives that do not scale with their seeds
        self.taken: dict[str, Blocks] = {}  # what each derivative gave
        self.probes = {d.tested: probes for d in subject.derivatives if (probes := probes_of(d, subject, seed))}

    def verdicts(self) -> tuple[Check, ...]:
        """Return all checks; those that were not reached in time are open."""
        found: list[Check] = []
        try:
            with deadline(self.budget.left):
                found += self.quickly()
                found += () if found else self.checks()
                found += self.linear()
                return self.settled(tuple(found))
        except TimedOut:
            return (*found, *self.missed({check.id for check in found}))

    def missed(self, known: Collection[str]) -> Iterator[Check]:
        """Yield an open row for every derivative of every output by every input that is not among the ``known`` ones."""
        for y in self.subject.outputs:
            for x in self.subject.inputs:
                for derivative in self.subject.derivatives:
                    blank = self.blank(y, x, derivative.tested, derivative.span)
                    if blank.id not in known:
                        yield unchecked(blank, self.budget.trouble)

    def noted(self) -> Iterator[Check]:
        """Yield a row for everything that was noticed about the function itself."""
        notes = list(self.subject.notes)
        for y in self.subject.outputs:
            noise = self.subject.noise[self.rows[y.name]]
            size = np.abs(y.value.reshape(-1))
            if np.any(noise > (2.0**-52 if self.subject.wide else y.eps) * size):
                most = short_number(float(np.nanmax(noise)))
                message = f"two calls at the same point give `{y.name}` differently, by up to {most}"
                notes.append(Note("JAC204", message, REPEATABLE, name=y.name, blocks=True))
        for note in notes:
            yield self.note_check(note)

    def settled(self, checks: tuple[Check, ...]) -> tuple[Check, ...]:
        """Return the checks, all but the passed ones open where the function no longer gives at the point what it gave at first."""
        random = np.any(self.subject.noise > self.differenced.eps * self.sizes)
        if random or not any(check.outcome in UNSETTLED for check in checks):
            return checks
        x = self.subject.inputs[0]
        with np.errstate(all="ignore"):
            apart = np.abs(self.subject.values({x.name: x.value[None]}).values[0] - self.values)
            drifts = apart > DRIFT * (
                self.differenced.noise + self.differenced.eps * np.maximum(self.sizes, np.max(self.sizes))
            )
        if not np.any(drifts):
            return checks
        most = short_number(float(np.nanmax(apart)))
        message = f"the function has changed while it was checked: its value at the point is now off by {most}"
        help_ = "let it depend on its inputs alone: no counters, caches or random numbers"
        unsettled = [check.outcome in UNSETTLED for check in checks]
        opened = [
            replace(
                check, outcome="inconclusive", code="JAC204", message=message, help=help_, decided=0, open_share=1.0
            )
            for check in checks
        ]
        return tuple(new if wrong else old for new, old, wrong in zip(opened, checks, unsettled, strict=True))

    def note_check(self, note: Note) -> Check:
        file, title = self.subject.file, self.subject.title
        return Check(
            id=f"{file}::{title}::{note.name}[function-p0]", outcome=note.outcome, of=note.name, wrt="", tested="function",
            point=self.point, file=file, span=self.subject.span, code=note.code, message=note.message, help=note.help,
            entries=1, decided=0 if note.blocks else 1, open_share=1.0 if note.blocks else 0.0, rerun=self.rerun(None),
        )  # fmt: skip

    def quickly(self) -> tuple[Check, ...]:
        """Return the checks of a function whose derivatives all pass by one batch of points; nothing where one does not."""
        found = None if self.large or not self.subject.derivatives else self.differenced.easy()
        checks = tuple(self.checks(found)) if found else ()
        return checks if all(check.outcome == "pass" for check in checks) else ()

    def checks(self, known: Mapping[str, Reference] | None = None) -> Iterator[Check]:
        """Yield one check per output, input and derivative, and one more where jvp and vjp can be compared.

        known: differences that were taken before.
        """
        small = self.part.inputs
        parts = len(small) + len(self.subject.derivatives) * (1 + len(self.large))
        references: Mapping[str, Reference | Trouble] = known or {
            x.name: self.budget.limited(partial(self.differenced.reference, x), parts - k) for k, x in enumerate(small)
        }
        reach = np.zeros(self.values.size)
        for x in small:
            reference = references[x.name]
            if isinstance(reference, Reference):
                reach = reach + reference.reach(x.value.reshape(-1))
        self.reach = reach + self.sizes
        blocks = [(derivative, self.blocks(derivative)) for derivative in self.subject.derivatives if small]
        for y in self.subject.outputs:
            self.ties.clear()
            checks = [
                self.judged(y, x, derivative, found[y.name, x.name], references[x.name], reach, known is not None)
                for x in small
                for derivative, found in blocks
            ]
            yield from self.joined(y, checks)
        for x in self.subject.inputs:
            yield from self.sampled(x) if x.name in self.large else ()
        yield from self.compared()

    def joined(self, y: Leaf, checks: list[Check]) -> list[Check]:
        """Return the checks of one output, those of inputs at a tie held together."""
        for tested in dict.fromkeys(tested for tested, _ in self.ties):
            found = {name: tie for (one, name), tie in self.ties.items() if one == tested}
            mine = [check for check in checks if check.tested == tested and check.wrt in found]
            rtol = max(check.rtol for check in mine)
            try:
                held = held_together(mine, self.subject, y, self.rows[y.name], found, rtol)
            except Trouble:  # beside the point; the rows of single inputs say so
                continue
            changed = dict(zip(map(id, mine), held, strict=True))
            checks = [changed.get(id(check), check) for check in checks]
        return checks

    def linear(self) -> Iterator[Check]:
        """Yield a failure where a vjp or jvp is not linear in its seeds."""
        outputs, inputs = self.subject.outputs, self.subject.inputs
        if not outputs or np.any(self.subject.noise > self.differenced.eps * np.abs(self.values)):
            return  # of a function that does not repeat itself, no two products are of one Jacobian
        rtol = max(self.differenced.tolerance(y, x) for y in outputs for x in inputs)
        for derivative in self.subject.derivatives:
            if derivative.tested in self.not_linear:  # and has been told so
                continue
            id_ = f"{self.subject.file}::{self.subject.title}::dense[{derivative.tested}-p0]"
            blank = replace(self.blank(outputs[0], inputs[0], derivative.tested, derivative.span), id=id_, rtol=rtol)
            tests = []
            if self.part.inputs:
                tests.append(partial(nonlinear, derivative, self.part, self.blocks(derivative)))
            if self.large:
                tests.append(partial(not_additive, derivative, self.subject))
            for test in tests:
                found = self.budget.limited(partial(test, rtol, self.seed, blank))
                if isinstance(found, Check):
                    yield found

    def sampled(self, x: Leaf) -> Iterator[Check]:
        """Yield the verdicts on every derivative by one input, along random directions."""
        make = partial(
            Sampled,
            self.subject,
            x,
            self.differenced.function(x),
            self.differenced.tolerance,
            self.differenced.noise,
            self.seed,
            self.directions,
        )
        count = len(self.subject.outputs) * len(self.subject.derivatives)
        along = self.budget.limited(make, 1 + count)
        for y in self.subject.outputs:
            for derivative in self.subject.derivatives:
                blank = self.blank(y, x, derivative.tested, derivative.span)
                if isinstance(along, Trouble):
                    yield unchecked(blank, along)
                    continue
                found = self.budget.limited(partial(along.checked, y, self.rows[y.name], derivative, blank), count)
                count -= 1
                yield unchecked(blank, found) if isinstance(found, Trouble) else self.explained_by_trouble(found, x)

    def blocks(self, derivative: Derivative) -> Blocks:
        """Return the blocks of one derivative, or what went wrong instead; it is asked for them once."""
        name, part = derivative.tested, self.part
        if name not in self.taken:
            left = len(self.subject.derivatives) - len(self.taken) + len(self.large)
            found = self.budget.limited(partial(jacobian_of, derivative, part, self.probes.get(name)), left)
            pairs = [(y.name, x.name) for y in part.outputs for x in part.inputs]
            self.taken[name] = dict.fromkeys(pairs, found) if isinstance(found, Trouble) else found
        return self.taken[name]

    @cached_property
    def uneven(self) -> Array:
        """By how much the function is uneven in each output, (m,); 0 where that cannot be told."""
        nothing = np.zeros(self.values.size)
        if self.subject.endless:
            return nothing
        inputs = self.subject.inputs
        point = np.concatenate([x.value.reshape(-1) for x in inputs])
        try:
            found = self.budget.limited(partial(unevenness, all_outputs(self.subject, inputs), point, self.values))
        except Trouble:
            return nothing
        return nothing if isinstance(found, Trouble) else found

    def explained_by_trouble(self, check: Check, x: Leaf) -> Check:
        """Return a check left open by what the function raised, saying so."""
        trouble = self.differenced.troubles.get(x.name)
        if check.outcome != "inconclusive" or check.code != "JAC205" or trouble is None:
            return check
        return replace(check, message=trouble.message, help="the point lies at the edge of the function's domain")

    def judged(
        self, y: Leaf, x: Leaf, derivative: Derivative, found: Array | Trouble, reference: Reference | Trouble, reach: Array,
        quick: bool = False,
    ) -> Check:  # fmt: skip
        blank = self.blank(y, x, derivative.tested, derivative.span)
        for trouble in (found, reference):
            if isinstance(trouble, Trouble):
                return unchecked(blank, trouble)
        assert isinstance(reference, Reference)
        part, rows = reference.rows(self.rows[y.name]), self.rows[y.name]
        eps, flat = max(x.eps, y.eps), x.value.reshape(-1)
        if self.subject.wide and eps > 2.0**-52:
            part = replace(part, kappa=KAPPA_SINGLE if eps <= SINGLE else KAPPA_HALF)
        own, scale = block_scales(part, flat, self.sizes[rows], reach[rows], eps)
        assert not isinstance(found, Trouble)
        verdict = partial(
            judge, blank, found, scale=scale, rows_scale=own, out_rank=y.value.ndim, eps=eps, atol=self.atol
        )
        matrix, fn = np.asarray(found, dtype=np.float64).reshape(part.value.shape), self.differenced.function(x)
        part = outside_the_domain(part, matrix, self.values[rows])
        check = verdict(part)
        if quick and check.outcome != "pass":
            return check  # the ladder is asked before anyone looks closer
        sudden = np.zeros(len(matrix), dtype=bool)
        if check.outcome == "pass" and eps <= 2.0**-52:
            sudden = self.differenced.sudden(x, rows, part)
        if np.any(sudden) or on_a_tread(check, part, flat, self.values[rows]):
            part = self.differenced.second_look(x, rows, matrix, part, sudden)
            check = verdict(part)
        exact = check.outcome == "fail" and eps <= 2.0**-52
        if exact and perhaps_scatter(verdict, matrix, part, flat):
            again = partial(within_scatter, verdict, matrix, part)
            enough = lambda found: again(found) is not None  # noqa: E731
            scatter = self.budget.limited(partial(own_scatter, derivative, self.subject, y, x, enough))
            check = (isinstance(scatter, np.ndarray) and within_scatter(verdict, matrix, part, scatter)) or check
        exact = check.outcome == "fail" and eps <= 2.0**-52
        if exact and perhaps_uneven(verdict, part, flat, self.values):
            check = within_unevenness(verdict, matrix, part, flat, self.uneven[rows]) or check
        if check.outcome == "fail":
            named = self.budget.limited(partial(seedless, check, derivative, y, x))
            check = named if isinstance(named, Check) else check
            self.not_linear |= {derivative.tested} if check.code == "JAC115" else set()
        if check.code == "JAC110":
            named = self.budget.limited(partial(told_of_overflow, check, matrix, derivative, self.subject, y, x))
            check = named if isinstance(named, Check) else check
        if check.outcome == "pass" and derivative.tested in ("reverse", "forward") and self.rtol is None:
            check = single_inside(check, matrix, self.differenced.closer(x, part, matrix, rows, eps), scale, eps)
        together = check.outcome == "pass" and found.size > 1 and not self.atol
        if together and (apart := apart_together(lambda p: fn(p)[:, rows], flat, matrix, part, check.rtol)):
            return told(check, apart, entry_names(x.name, x.value.shape), y.value.shape)
        if check.outcome == "pass" and at_tie(part):
            self.ties[derivative.tested, x.name] = matrix, part
        if remedy := for_symmetric(check, matrix, part, x):
            self.remedies[y.name, x.name] = remedy
            return replace(check, help=f"{remedy}\n{check.help}".rstrip("\n"))
        return self.explained(check, part, y, x)

    def explained(self, check: Check, part: Reference, y: Leaf, x: Leaf) -> Check:
        """Return an undecided check with what is known of the cause beyond the differences."""
        if check.outcome != "inconclusive":
            return check
        if check.code == "JAC206":
            return told_of_steps(check, part)
        if check.code == "JAC202" and self.differenced.grid(x) == np.float64:
            fn, rows = self.differenced.function(x), self.rows[y.name]
            named = self.budget.limited(partial(told_of_branch, check, lambda p: fn(p)[:, rows], x, y))
            return named if isinstance(named, Check) else check
        if check.code == "JAC208":
            decided = f"{check.decided:,} of {check.entries:,} entries were decided"
            message = f"the {self.budget.seconds:g} s of the time limit were over when {decided}"
            return replace(check, message=message, help="raise it, or check a smaller size")
        trouble = self.differenced.troubles.get(x.name)
        if check.code == "JAC205" and trouble:
            return replace(check, message=trouble.message, help="the point lies at the edge of the function's domain")
        if check.code == "JAC205" and not np.all(np.isfinite(y.value)):
            fn, rows = self.differenced.function(x), self.rows[y.name]
            named = self.budget.limited(partial(told_where_finite, check, lambda p: fn(p)[:, rows], x, y))
            return named if isinstance(named, Check) else check
        leaves = (*self.subject.inputs, *self.subject.outputs)
        largest = max(float(np.nanmax(np.abs(leaf.value), initial=0.0)) for leaf in leaves)
        return noise_of_single(check, part, y.value.reshape(-1), y.eps, largest)

    def compared(self) -> Iterator[Check]:
        """Yield ⟨v, J u⟩ against ⟨Jᵀ v, u⟩ for every output and input, where both products were given."""
        forms: Mapping[str, Derivative] = {
            form: d for d in self.subject.derivatives for form in ("vjp", "jvp") if getattr(d, form) is not None
        }
        if len(forms) < 2 or np.any(self.subject.noise > self.differenced.eps * np.abs(self.values)):
            return  # a function that does not repeat itself is two functions here
        make = partial(consistency, self.probes[forms["jvp"].tested], self.probes[forms["vjp"].tested])
        for y in self.subject.outputs:
            for x in self.subject.inputs:
                blank = self.blank(y, x, "jvp·vjp", forms["jvp"].span)
                check = make(replace(blank, entries=1), y, x, self.reach[self.rows[y.name]])
                remedy = self.remedies.get((y.name, x.name), "") if check.outcome == "fail" else ""
                yield replace(check, help=remedy or check.help)

    def blank(self, y: Leaf, x: Leaf, tested: str, span: Span | None) -> Check:
        return Check(
            id=f"{self.subject.file}::{self.subject.title}::{y.name}/{x.name}[{tested}-p0]",
            outcome="skipped", of=y.name, wrt=x.name, tested=tested, point=self.point, file=self.subject.file,
            rtol=self.differenced.tolerance(y, x), span=span or self.subject.span, rerun=self.rerun(self.rtol),
            entries=y.value.size * x.value.size,
        )  # fmt: skip

    def rerun(self, rtol: float | None) -> str:
        more = f", rtol={rtol:g}" if rtol else ""
        return f"jaccli.gradcheck({self.subject.call}{more}, seed={self.seed})"
