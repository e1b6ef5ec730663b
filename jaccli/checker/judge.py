"""A problem → its checks: every derivative of every output by every input, judged block by block or along random directions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from jaccli.adapters import Derivative, Leaf, Trouble, TroubleError
from jaccli.adapters.subject import Blocks
from jaccli.checker.block import Block
from jaccli.checker.directions.problem import Sampled
from jaccli.checker.effort.budget import Budget
from jaccli.checker.explained import Explained, with_witness
from jaccli.checker.linearity import nonlinear, not_additive
from jaccli.checker.looks import Looks, missed_by_routes
from jaccli.checker.mistakes.conjugates import conjugates
from jaccli.checker.mistakes.ties import with_ties
from jaccli.checker.options import CheckOptions
from jaccli.checker.problem import Problem, named
from jaccli.checker.products import consistency, jacobian_of, probes_of
from jaccli.checker.references.choose import Chosen, References
from jaccli.checker.references.drift import unsettled_by_drift
from jaccli.checker.references.function import SINGLE, Differenced, no_room
from jaccli.checker.segments import low_precision
from jaccli.checker.segments.beside import Beside
from jaccli.checker.segments.stage import AlongSegments
from jaccli.checker.subgradients.held_together import Tie, at_tie, held_together, no_derivative, of_one
from jaccli.checker.unchecked import unchecked
from jaccli.deadline import TimedOut, deadline
from jaccli.results.checks import Check
from jaccli.results.kinds import Label, Outcome
from jaccli.types import Array

__all__ = ["Judge"]


class Judge:
    """The references of one problem, its tested derivatives, and their verdicts."""

    def __init__(self, problem: Problem, options: CheckOptions, budget: Budget) -> None:
        self.problem, self.options, self.budget = problem, options, budget
        self.subject, self.seed = problem.subject, problem.seed
        self.differences = Differenced(self.subject, problem.rtol, budget)
        self.looks = Looks(problem, self.differences, budget, along=options.reference == "auto")
        self.explained = Explained(problem, self.differences, budget)
        self.wanted = options.wanted or (lambda id_: True)
        self.references = References(problem, self.differences, budget, options.reference, options.full)
        self.along = AlongSegments(problem, options, self.differences, self.references.costly, budget)
        self.inputs = tuple(x for x in problem.inputs if self.asked(x))
        self.reach = np.zeros(problem.values.size)  # how far all inputs move the outputs: what rounding is relative to
        self.taken: dict[str, Blocks] = {}  # what each derivative gave
        probes = {d.tested: probes_of(d, self.subject, self.seed) for d in self.subject.derivatives if not d.program}
        self.probes = {tested: one for tested, one in probes.items() if one is not None}
        rounding = 0.0 if self.subject.rounding is None else self.subject.rounding * 2.0**52
        self.sizes = np.fmax(np.abs(problem.values), rounding)  # the half of a complex number is rounded like the whole

    def asked(self, x: Leaf) -> bool:
        """Return whether any check by an input is wanted."""
        subject = self.subject
        return any(
            self.wanted(self.problem.blank(y, x, derivative.tested, derivative).id)
            for y in subject.outputs
            for derivative in self.problem.derivatives(y, x)
        )

    # --- all checks

    def fill(self, checks: list[Check]) -> None:
        """Append each check to a list as soon as it is made; what ran out of time is listed as such."""
        before = len(checks)
        try:
            with self.subject.context(), deadline(self.budget.left):
                checks.extend(self.problem.noted())
                first = len(checks)
                checks.extend(self.derivative_checks())
                checks[first:] = self.named(unsettled_by_drift(self.problem, self.differences, checks[first:]))
        except TimedOut:
            checks.extend(self.missed({check.id for check in checks[before:]}))
        checks[before:] = [check for check in checks[before:] if not check.wrt or self.wanted(check.id)]

    def named(self, checks: list[Check]) -> Sequence[Check]:
        """Return the checks, those that only others beside them explain with their cause."""
        found = conjugates(checks, self.taken)
        if not self.problem.black_box:
            return found
        with_reasons = self.budget.limited(partial(with_ties, found, self.subject))
        return found if isinstance(with_reasons, Trouble) else with_reasons

    def derivative_checks(self) -> Iterator[Check]:
        """Yield the checks of the derivatives."""
        if refusal := self.problem.refusal():
            yield from (unchecked(blank, refusal) for blank in self.problem.blanks())
            return
        if not self.inputs or not self.problem.values.size:
            return
        costly = [x for x in self.inputs if x.name in self.references.costly]
        if self.options.reference == "segments" or self.problem.black_box:
            self.along.ask(self.inputs)
        elif costly:
            self.along.ask(x for x in costly if x.name not in self.references.proved[0])
        if self.options.reference == "segments":
            yield from self.along.alone(self.inputs)
            return
        checks = self.judged_all()
        if self.problem.black_box and self.options.reference == "auto":
            alone = replace(self.options, reference="difference", wanted=None)
            beside = Beside(
                self.problem,
                self.differences,
                self.budget,
                self.along.known,
                lambda p: Judge(p, alone, self.budget).derivative_checks(),
            )
            checks = beside.looked_at(checks)
        yield from checks
        yield from self.linear()

    def missed(self, known: Collection[str]) -> Iterator[Check]:
        """Yield an open row for every derivative of every output by every input that is not among the ``known`` ones."""
        yield from (unchecked(blank, self.budget.trouble) for blank in self.problem.blanks() if blank.id not in known)

    def judged_all(self) -> Iterator[Check]:
        """Yield one check per output, input and derivative, and one more where jvp and vjp can be compared."""
        parts = len(self.subject.inputs) + len(self.subject.derivatives) * (1 + len(self.references.costly))
        chosen = {} if self.options.directions else self.references.choose(parts, self.along.done)
        self.reach = sum(
            (
                c.reference.reach(x.value.reshape(-1))
                for x in self.subject.inputs
                if isinstance(c := chosen.get(x.name), Chosen)
            ),
            self.along.reach,
        )
        small = tuple(x for x in self.inputs if x.name in chosen)
        for y in self.subject.outputs:
            yield from self.of_output(y, small, chosen)
        for x in self.inputs:
            yield from self.sampled(x) if x.name not in {*chosen, *self.along.done} else ()
        if self.problem.compares_products:
            yield from self.compared()

    # --- block by block

    def of_output(self, y: Leaf, inputs: Sequence[Leaf], chosen: Mapping[str, Chosen | Trouble]) -> Iterator[Check]:
        """Yield the checks of one output. Those at kinks come last: entries may each be right and still form no subgradient."""
        ties: list[tuple[Check, Tie]] = []
        names = {x.name for x in inputs}
        by_entry = {x.name: chosen[x.name] for x in inputs}
        opened = no_derivative(self.problem, y, by_entry, self.budget) if by_entry else lambda check: check
        for x in self.inputs:
            found: list[Check] = list(self.along.checks_of(y, x))
            for derivative in self.problem.derivatives(y, x) if x.name in names else ():
                check, tie = self.judged(y, x, derivative, inputs, chosen[x.name])
                ties += [(opened(check), tie)] if tie is not None else []
                found += [opened(check)] if tie is None else []
            yield from with_witness(found)
        yield from held_together(self.problem, y, ties)

    def blocks(self, derivative: Derivative, inputs: Sequence[Leaf]) -> Blocks:
        """Return the blocks of one derivative by the inputs judged entry by entry, or what went wrong; it is asked once."""
        name, part = derivative.tested, self.part(derivative, inputs)
        if name not in self.taken:
            left = len(self.subject.derivatives) - len(self.taken) + len(self.references.costly)
            found = self.budget.limited(partial(jacobian_of, derivative, part, self.probes.get(name)), max(left, 1))
            pairs = [(y.name, x.name) for y in part.outputs for x in part.inputs]
            self.taken[name] = dict.fromkeys(pairs, found) if isinstance(found, Trouble) else found
        return self.taken[name]

    def part(self, derivative: Derivative, inputs: Sequence[Leaf]) -> Any:
        """Return the subject by those of some inputs that a derivative is by."""
        mine = inputs if derivative.inputs is None else named(inputs, derivative.inputs)
        return replace(self.subject, inputs=tuple(mine))

    def judged(
        self, y: Leaf, x: Leaf, derivative: Derivative, inputs: Sequence[Leaf], chosen: Chosen | Trouble
    ) -> tuple[Check, Tie | None]:
        """Return the verdict on one block, and the block where it is right at a kink and may not be so beside others."""
        blank = self.problem.blank(y, x, derivative.tested, derivative)
        if blank.id in self.along.agreed:
            return self.along.agreed[blank.id], None
        found = self.blocks(derivative, inputs)[y.name, x.name]
        for trouble in (found, chosen):
            if isinstance(trouble, Trouble):
                return self.in_low_precision(unchecked(blank, trouble), y, x, derivative), None
        assert isinstance(chosen, Chosen)
        assert not isinstance(found, Trouble)
        blank = replace(blank, witnesses=chosen.witnesses)
        if chosen.alarm:
            return replace(
                blank, outcome=Outcome.ERROR, code="JAC301", said=chosen.alarm, help="no verdict is given"
            ), None
        rows = self.problem.rows[y.name]
        part = chosen.reference.rows(rows)
        block = Block(
            self.problem, y, x, derivative, blank, found, part, self.sizes[rows], self.reach[rows], self.options.atol,
        )  # fmt: skip
        if derivative.error_bar is not None:
            return block.of_differences(), None
        if derivative.program and derivative.vjp is derivative.jvp is None and block.zero_over_zero:
            message, help_ = "the formula is 0/0 at this point", "forward and reverse mode do not depend on it"
            return replace(blank, code="JAC009", said=message, help=help_), None
        if self.problem.formula(derivative, x) is not None:
            block.routes_off = missed_by_routes(self.routes(y, x, inputs), block.reference)
        return self.concluded(block)

    def routes(self, y: Leaf, x: Leaf, inputs: Sequence[Leaf]) -> list[Array]:
        """Return what the program's own derivatives give for a block."""
        mine = [d for d in self.problem.derivatives(y, x) if d.program]
        found = [self.blocks(derivative, inputs)[y.name, x.name] for derivative in mine]
        return [one for one in found if isinstance(one, np.ndarray)]

    def concluded(self, block: Block) -> tuple[Check, Tie | None]:
        """Return the verdict after all looks, with its cause."""
        check = self.looks.verdict(block)
        check = self.explained.undecided(block, self.explained.failed(block, check))
        check = self.in_low_precision(check, block.y, block.x, block.derivative)
        if (
            check.outcome == Outcome.PASS
            and block.tested.size > 1
            and not (self.options.atol or self.problem.sums_alike)
        ):
            (check,) = of_one(self.problem, block.y, [(check, Tie(block.x, block.matrix, block.reference))])
        check = self.explained.beside_a_kink(block, check)
        at_kink = check.outcome == Outcome.PASS and not block.derivative.program and at_tie(block.reference)
        return check, Tie(block.x, block.matrix, block.reference) if at_kink else None

    def in_low_precision(self, check: Check, y: Leaf, x: Leaf, derivative: Derivative) -> Check:
        """Return what segments in its own precision show of an undecided derivative, the check where they show nothing."""
        along = self.options.reference == "auto" and low_precision.applies(self.problem, y, x, derivative)
        if check.outcome != Outcome.INCONCLUSIVE or not along:
            return check
        try:
            blank = self.problem.blank(y, x, derivative.tested, derivative)
            found = self.budget.limited(
                partial(low_precision.judged, self.problem, self.differences, y, x, derivative, blank)
            )
        except TroubleError:
            return check
        return found if isinstance(found, Check) else check

    # --- along random directions, and products

    def sampled(self, x: Leaf) -> Iterator[Check]:
        """Yield the verdicts on every derivative by one input, along random directions."""
        pairs = [(y, d) for y in self.subject.outputs for d in self.problem.derivatives(y, x) if d.error_bar is None]
        make = partial(Sampled, self.problem, self.differences, x, self.options.directions)
        along = self.budget.limited(make, 1 + len(pairs))
        for left, (y, derivative) in zip(range(len(pairs), 0, -1), pairs, strict=True):
            blank = self.problem.blank(y, x, derivative.tested, derivative)
            if blank.id in self.along.agreed:
                yield self.along.agreed[blank.id]
                continue
            if isinstance(along, Trouble):
                yield unchecked(blank, along)
                continue
            if low_precision.applies(self.problem, y, x, derivative) and max(x.eps, y.eps) > SINGLE:
                yield self.in_low_precision(unchecked(blank, no_room(x)), y, x, derivative)
                continue
            found = self.budget.limited(partial(along.checked, y, derivative, blank), left)
            check = unchecked(blank, found) if isinstance(found, Trouble) else self.explained_by_trouble(found, x)
            yield self.in_low_precision(check, y, x, derivative)

    def explained_by_trouble(self, check: Check, x: Leaf) -> Check:
        """Return the check with the error of the function as the reason why it is open."""
        trouble = self.differences.troubles.get(x.name)
        if check.outcome != Outcome.INCONCLUSIVE or check.code != "JAC205" or trouble is None:
            return check
        return replace(check, said=trouble.message, help="the point lies at the edge of the function's domain")

    @property
    def repeats(self) -> bool:
        """Whether the function gives the same twice; no two products of another are of one Jacobian."""
        return not np.any(self.subject.noise > self.differences.eps * np.abs(self.problem.values))

    def linear(self) -> Iterator[Check]:
        """Yield a failure where a vjp or jvp is not linear in its seeds."""
        if not self.repeats:
            return
        for derivative in self.subject.derivatives:
            tests: list[Callable[[float, int, Check], Check | None]] = []
            blocks = self.taken.get(derivative.tested, {})
            by_entry = named(self.inputs, {x for _, x in blocks})
            if by_entry:
                tests.append(partial(nonlinear, derivative, self.part(derivative, by_entry), blocks))
            if any(map(self.is_large, self.inputs)):
                tests.append(partial(not_additive, derivative, self.part(derivative, self.inputs)))
            blank = self.problem.linearity(derivative) if tests else None
            if blank is None or derivative.tested in self.explained.not_linear:  # and has a row that says so
                continue
            for test in tests:
                found = self.budget.limited(partial(test, blank.rtol, self.seed, blank))
                if isinstance(found, Check):
                    yield found

    def is_large(self, x: Leaf) -> bool:
        """Return whether the derivatives by an input are judged along random directions."""
        return bool(self.options.directions or (x.name in self.references.costly and x.name not in self.along.done))

    def compared(self) -> Iterator[Check]:
        """Yield ⟨v, J u⟩ against ⟨Jᵀ v, u⟩ for every output and input, where both products were given."""
        forms: Mapping[str, Derivative] = {
            form: d for d in self.subject.derivatives for form in ("vjp", "jvp") if getattr(d, form) is not None
        }
        if len(forms) < 2 or not self.repeats:
            return
        make = partial(consistency, self.probes[forms["jvp"].tested], self.probes[forms["vjp"].tested])
        for y in self.subject.outputs:
            for x in self.inputs:
                blank = self.problem.blank(y, x, Label.PRODUCTS, forms["jvp"])
                check = make(replace(blank, entries=1), y, x, (self.reach + self.sizes)[self.problem.rows[y.name]])
                remedy = self.explained.remedies.get((y.name, x.name), "") if check.outcome == Outcome.FAIL else ""
                yield replace(check, help=remedy or check.help)
