"""One output at one point → its checks: what is tested, what judges it, and what is made of a failure."""

from __future__ import annotations

import functools
import itertools
import math
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from jaccli.adapters import Trouble
from jaccli.checker.directions.judge import Directions, Probes
from jaccli.checker.directions.spec import Large
from jaccli.checker.hessian_spec import hessian_checks, pairs
from jaccli.checker.mistakes.elsewhere import others
from jaccli.checker.mistakes.evidence import evidence
from jaccli.checker.mistakes.steps import told_of_steps
from jaccli.checker.mistakes.wrong_rule import guilty
from jaccli.checker.options import RTOL, Options, check_id
from jaccli.checker.references.graph import Chosen, References
from jaccli.checker.references.in_balls import claim_in_balls, route_in_balls
from jaccli.checker.references.rounding_scale import on_a_tread, treads
from jaccli.checker.references.scatter import HELP, right_to
from jaccli.checker.spec_target import LABELS, Codes, Implementation, value_reference, value_scale
from jaccli.checker.subgradients.joint import told, without_nested
from jaccli.checker.subgradients.spec import Ties
from jaccli.checker.unchecked import unchecked
from jaccli.checker.work import DIRECTIONS
from jaccli.config import KEYS
from jaccli.derive.jacobian import carried_out, plan
from jaccli.derive.non_finite import not_finite, troubles
from jaccli.derive.rounding import disturbed, disturbed_values, own_rounding
from jaccli.difference import leaves_suddenly, on_stairs
from jaccli.errors import Span, UsageError
from jaccli.graph.build import Built
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr
from jaccli.graph.selection import exact_constants
from jaccli.reference import Reference
from jaccli.report import numbers
from jaccli.spec.points import Point
from jaccli.spec.schema import Claim
from jaccli.verdict import Check, judge
from jaccli.verdict.decide import rounding_scale

if TYPE_CHECKING:
    from jaccli.derive.symbolic import Symbolic

__all__ = ["TESTED", "Judge"]

Array = np.ndarray[Any, Any]
FORMULA_DIGITS = 400  # for a formula that loses its digits in doubles: exp(700) − exp(700) takes 304
Tested = tuple[
    str, Array | Reference | str | Trouble, Claim | None
]  # a route, its Jacobian or why there is none, its claim
MODES = ("forward", "reverse")
ROUTES = (*MODES, "symbolic")
TESTED = (*ROUTES, "claim")
BEYOND = "a number on the way is above 1.8e308, below 2.2e-308, or loses its digits: write it so that all of them stay in between"


class Judge:
    """Everything about one output at one point: its references, its tested derivatives, its verdicts."""

    def __init__(
        self,
        built: Built,
        of: str,
        point: Point,
        index: int,
        seed: int,
        options: Options,
        codes: Codes | None = None,
    ) -> None:
        self.codes = codes
        self.code: Implementation | None = None
        self.built, self.of, self.point, self.index, self.seed, self.options = built, of, point, index, seed, options
        self.output = built.outputs[of]
        if options.reference not in (kind := KEYS["reference"].kind).words:
            got = f"(got {options.reference!r}){kind.hint(options.reference)}"
            raise UsageError(f"'reference' must be one of {', '.join(kind.words)} {got}")
        self.rtol = options.rtol or RTOL
        self.kinks: dict[str, str] = {}
        self.moves: dict[str, Array] = {}
        self.left: dict[str, Array] = {}
        self.formulas: dict[str, Symbolic] = {}

    @functools.cached_property
    def value(self) -> Array:
        """The output at the point, flat."""
        (value,) = evaluate(self.built.graph, [self.output], self.point)
        return np.broadcast_to(value, self.output.shape).reshape(-1)

    @functools.cached_property
    def references(self) -> References:
        """What can judge the output."""
        options = self.options
        return References(self.built, self.of, self.point, self.value, self.rtol, options.reference, options.full)

    def wanted(self, variables: Sequence[str]) -> Iterator[Check]:
        """Yield the checks that the options ask for."""
        wanted = self.options.wanted or (lambda id_: True)
        if self.options.order == 2:
            yield from self.second(variables, wanted)
            return
        ids = {
            name: [check_id(self.built, self.of, name, tested, self.index) for tested in (*TESTED, *LABELS)]
            for name in variables
        }
        names = [name for name in variables if any(map(wanted, ids[name]))]
        self.code = self.codes.at(self.index, self.point) if self.codes else None
        value_id = check_id(self.built, self.of, "", "target", self.index)
        if self.code is not None and wanted(value_id):
            yield self.value_of_code(value_id, self.code.values[self.of])
        if names:
            yield from (check for check in self.checks(names) if wanted(check.id))

    def timed_out(self, variables: Sequence[str]) -> Iterator[Check]:
        """Yield every check that the options ask for, undecided for want of time."""
        wanted = self.options.wanted or (lambda id_: True)
        claimed = {claim.wrt: claim for claim, _ in self.built.claims if claim.of == self.of}
        routes = ("hessian",) if self.options.order == 2 else TESTED
        for name, route in itertools.product(variables, routes):
            claim = claimed.get(name) if route == "claim" else None
            blank = self.blank(name, route, claim)
            if (route != "claim" or claim is not None) and blank.entries and wanted(blank.id):
                message = f"the {self.options.timeout:g} s of --timeout were over"
                yield replace(blank, outcome="inconclusive", code="JAC208", message=message)

    def checks(self, variables: Sequence[str]) -> Iterator[Check]:
        """Yield one check per variable and tested derivative."""
        names = [name for name in self.built.differentiable if self.point[name].size]
        if not self.value.size:
            return
        chosen = {} if self.options.directions else self.references.choose(names)
        total = sum(
            (c.reference.reach(self.point[name].reshape(-1)) for name, c in chosen.items()), np.zeros(self.value.size)
        )
        judged = [name for name in variables if name in chosen]
        tested = self.tested(judged) if judged else None
        at_ties: dict[str, tuple[Check, Array]] = {}  # claims at kinks, which may be right one by one and not together
        for name in variables:
            if tested is not None and name in chosen:
                items = list(tested(name))
                own = _missed_by_routes(items, chosen[name].reference)
                found = [self.judged(name, *item, chosen[name], total, own) for item in items]
                for check, (_, one, _) in zip(_with_witness(found), items, strict=True):
                    if check.tested == "claim" and check.message == "subgradient" and isinstance(one, np.ndarray):
                        at_ties[name] = check, one
                    else:
                        yield check
            elif name in names:
                yield from self.by_directions(name)
        blocks = {name: chosen[name].reference for name in at_ties}
        checks = {name: check for name, (check, _) in at_ties.items()}
        claims = {name: claim for name, (_, claim) in at_ties.items()}
        yield from (self.together(checks, claims, blocks) if len(at_ties) > 1 else checks).values()

    def value_of_code(self, id_: str, found: Array | Trouble) -> Check:
        """Return the verdict on a value that the spec's code returns."""
        blank = replace(self.blank("", "target", None), id=id_, wrt="", entries=self.value.size, span=self.code_span())
        if isinstance(found, Trouble):
            return replace(blank, outcome="error", code=found.code, message=found.message, help=found.help)
        reference = value_reference(self.built, self.of, self.point, self.value)
        scale = value_scale(self.built, self.of, self.point, self.value)
        return judge(blank, found, reference, scale, len(self.output.shape))

    def code_by_directions(self, name: str, judge: Directions, probes: Probes) -> Iterator[Check]:
        """Yield the checks of a code's derivatives that are too large to compare entry by entry."""
        for tested, verdict in self.code.directed(self.of, name) if self.code else ():
            yield verdict(judge, probes, replace(self.blank(name, tested, None), span=self.code_span()))

    def code_span(self) -> Span | None:
        """Return where the spec names its code."""
        return self.built.spec.callee.span if self.built.spec.callee else None

    def second(self, variables: Sequence[str], wanted: Callable[[str], bool]) -> Iterator[Check]:
        """Return the checks of the Hessian's blocks."""

        def blank(first: str, second: str) -> Check:
            check = self.blank(first, "hessian", None)
            return replace(
                check,
                id=check_id(self.built, self.of, f"{first}/{second}", "hessian", self.index),
                wrt=f"{first}/{second}",
                first_rank=self.point[first].ndim,
                rerun=self.rerun(first if first == second else f"{first} --wrt {second}"),
                entries=check.entries * self.point[second].size,
            )

        chosen = [pair for pair in pairs(variables) if wanted(blank(*pair).id)]
        yield from hessian_checks(self.built, self.of, self.point, chosen, self.options.full, blank)

    def by_directions(self, name: str) -> Iterator[Check]:
        """Yield the checks of a variable too large to difference column by column."""
        fn, count = self.references.function(name), self.options.directions or DIRECTIONS
        large = Large(self.built, self.of, name, self.point, self.value, fn, self.seed, count, self.rtol)
        judge = large.judge
        probes = judge.looked()
        yield from large.checks(judge, probes, lambda route, claim: self.blank(name, route, claim))
        yield from self.code_by_directions(name, judge, probes)

    def tested(self, names: list[str]) -> Callable[[str], Iterator[Tested]]:
        """Return a function from a variable's name to (route, Jacobian or why there is none, claim)."""
        graph = self.built.graph
        forward, reverse = (dict(zip(names, self.by_mode(names, route), strict=True)) for route in MODES)
        symbols = self.symbolic(names)

        def of(name: str) -> Iterator[Tested]:
            yield "forward", forward[name], None
            yield "reverse", reverse[name], None
            yield "symbolic", symbols[name], None
            for claim, expr in self.built.claims:
                if (claim.of, claim.wrt) == (self.of, name):
                    (value,) = evaluate(graph, [expr], self.point)
                    yield "claim", np.broadcast_to(value, expr.shape), claim
            for label, found in self.code.blocks(self.of, name) if self.code else ():
                yield label, found, None

        return of

    def by_mode(self, names: list[str], route: str) -> list[Array]:
        """Return each variable's Jacobian by forward or reverse mode, whose derived graph serves all points."""
        kept, variables = self.built.kept, [self.built.variables[name] for name in names]
        key = f"{route} {self.of} {names}"
        if key not in kept:
            kept[key] = plan(self.built.graph, self.output, variables, route)
        return carried_out(self.built.graph, kept[key], self.output, variables, self.point)

    def symbolic(self, names: list[str]) -> dict[str, Array | str]:
        """Return each variable's symbolic Jacobian as numbers, or why there is none."""
        from jaccli.derive.symbolic import Derivation, TooLarge

        built = self.built
        if "symbolic" not in built.kept:
            built.kept["symbolic"] = Derivation(built.graph, exact_constants(built.spec))
        try:
            blocks = built.kept["symbolic"].blocks(self.output, [built.variables[name] for name in names], self.point)
        except TooLarge as error:
            return dict.fromkeys(names, f"no symbolic derivative: {error}")
        self.formulas = dict(zip(names, blocks, strict=True))
        return {name: block.evaluate(self.point) for name, block in self.formulas.items()}

    def judged(
        self,
        name: str,
        route: str,
        tested: Array | Reference | str | Trouble,
        claim: Claim | None,
        chosen: Chosen,
        total: Array,
        own: Array,
    ) -> Check:
        """Return the verdict on one tested Jacobian.

        total, own: what the inputs together can disturb in each output, and what the routes miss the reference by.
        """
        blank = replace(self.blank(name, route, claim), witnesses=chosen.witnesses)
        blank = replace(blank, span=self.code_span()) if route in LABELS else blank
        if isinstance(tested, Trouble):
            return unchecked(blank, tested)
        if chosen.alarm:
            return replace(blank, outcome="error", code="JAC301", message=chosen.alarm, help="no verdict is given")
        if isinstance(tested, str):
            return replace(blank, code="JAC009", message=tested, help="forward and reverse mode do not depend on it")
        reference = _where_finite(chosen.reference, self.value)
        if isinstance(tested, Reference):
            return self.differenced(blank, tested, reference, name, total)
        defined = np.isfinite(reference.value)
        if route == "symbolic" and np.any(np.isnan(tested).reshape(defined.shape) & defined):
            message = "the formula is 0/0 at this point"  # as that of equal singular values is
            return replace(blank, code="JAC009", message=message, help="forward and reverse mode do not depend on it")
        scale = rounding_scale(self.value, reference.value, self.references.scale(name), total)
        formula = next((expr for one, expr in self.built.claims if one is claim), None)
        elsewhere = (
            functools.partial(others, self.built, self.of, name, self.point, formula) if formula is not None else tuple
        )
        known = functools.partial(evidence, self.built, self.of, name, self.point, formula, elsewhere)
        found = judge(
            blank, tested, reference, scale, len(self.output.shape), evidence=known, own=own if claim else None
        )
        matrix, x = np.asarray(tested, dtype=np.float64).reshape(defined.shape), self.point[name].reshape(-1)
        sudden = self.sudden(name, found, reference)
        if reference.route == "difference" and (np.any(sudden) or on_a_tread(found, reference, x, self.value)):
            entries = treads(reference, matrix, x, self.value, sudden)
            reference = on_stairs(self.references.function(name), x, reference, entries, 2.0**-52)
            found = judge(
                blank, tested, reference, scale, len(self.output.shape), evidence=known, own=own if claim else None
            )
        if found.outcome == "fail" and np.any(np.isfinite(reference.low)):
            reference = without_nested(self.references.function(name), x, matrix, reference)
            found = judge(
                blank, tested, reference, scale, len(self.output.shape), evidence=known, own=own if claim else None
            )
        excused = np.zeros(defined.shape)
        exact = bool(reference.digits)
        if formula is not None and exact and (found.outcome != "pass" or _off(matrix, reference, self.rtol)):
            # 1 - h² of a saturated tanh is zero in doubles
            rounded = disturbed_values(self.built.graph, formula, self.point)
            excused = np.broadcast_to(rounded, np.shape(tested)).reshape(defined.shape)
            own = np.fmax(own, np.fmin(excused, _least_rounding(matrix)))
            found = judge(blank, tested, reference, scale, len(self.output.shape), evidence=known, own=own)
        if found.outcome == "fail" and reference.rounding is not None:
            found = self.judged_again(name, blank, tested, reference, scale, excused) or found
        excusable = found.code == "JAC207" or (found.outcome == "pass" and _off(matrix, reference, self.rtol))
        if formula is not None and exact and excusable:
            rounded = own_rounding(self.built.graph, formula, self.point)
            measured = np.fmax(np.broadcast_to(rounded, np.shape(tested)).reshape(defined.shape), excused)
            if found.outcome == "pass":
                measured = np.where(matrix == 0, np.inf, measured)
            before = 0.0 if reference.rounding is None else reference.rounding
            wider = replace(reference, rounding=np.fmax(before, excused))
            again = judge(
                blank, tested, wider, scale, len(self.output.shape), evidence=known, own=own, measured=measured
            )
            found = again if again.outcome == "fail" else found
        nan = claim is not None and not np.all(np.isfinite(tested))  # which a claim is not to be, whatever its formula
        if exact and not nan and (found.outcome == "fail" or (formula is not None and excusable)):
            long = self.in_balls(name, route, formula)
            if long is not None:  # a zero in place of what the program's own derivatives do not see either is excused
                allowed = np.where((matrix == 0) & (found.outcome == "pass"), np.inf, 0.0)
                again = judge(blank, long, reference, scale, len(self.output.shape), evidence=known, measured=allowed)
                found = _by_the_formula(found, again)
        if found.code == "JAC205":
            return replace(found, help=self.trouble)
        if (
            found.code == "JAC110"
            and formula is not None
            and (lost := troubles(self.built.graph, [formula], self.point))
        ):
            found = replace(found, help=f"{lost[0]}; write the claim so that this step stays finite")
        if found.code == "JAC206":
            return told_of_steps(found, reference)
        if found.outcome == "fail" and route in ROUTES and (tipping := self.references.tipping(name)):
            return _of_the_branch(found, tipping)
        if found.outcome == "fail" and route != "claim":
            found = self.blamed(found)
        found = self.together({name: found}, {name: tested}, {name: reference})[name]
        on_a_kink = found.message == "subgradient" or found.slopes is not None or found.code in ("JAC202", "JAC114")
        return replace(found, kink=self.nearest_kink(name)) if on_a_kink else found

    def sudden(self, name: str, found: Check, reference: Reference) -> Array:
        """Return which outputs leave their slope all at once, (m,), where a pass by differences could be one by that of a tread."""
        if found.outcome != "pass" or reference.route != "difference":
            return np.zeros(len(reference.value), dtype=bool)
        if name not in self.left:
            self.left[name] = leaves_suddenly(self.references.function(name), self.point[name].reshape(-1), reference)
        return self.left[name]

    def differenced(self, blank: Check, tested: Reference, reference: Reference, name: str, total: Array) -> Check:
        """Return the verdict on differences of the code: what their error bars may cause is no failure.

        Where they do not decide they are left out: they are no claim of anyone, and the code's values are judged beside them.
        """
        unknown = ~np.isfinite(tested.error_bar)
        reason = np.where(unknown & (reference.reason == ""), "step window", reference.reason)
        known = 0.0 if reference.rounding is None else reference.rounding
        wider = replace(reference, reason=reason, rounding=known + np.where(unknown, 0.0, tested.error_bar))
        scale = rounding_scale(self.value, reference.value, self.references.scale(name), total)
        shape = self.output.shape + self.point[name].shape
        found = judge(blank, tested.value.reshape(shape), wider, scale, len(self.output.shape))
        if found.outcome != "inconclusive":
            return found
        message = f"differences of the code do not decide: {found.message}"
        return replace(found, outcome="skipped", message=message)

    def together(
        self, checks: Mapping[str, Check], tested: Mapping[str, Array], references: Mapping[str, Reference]
    ) -> Mapping[str, Check]:
        """Return passed checks of one derivative by some variables, without those that are no subgradient together."""
        if any(check.outcome != "pass" for check in checks.values()) or sum(a.size for a in tested.values()) < 2:
            return checks
        ties, names = Ties(self.built, self.of, self.point), list(checks)
        apart = ties.apart(tested, references, self.rtol)
        if apart is None:
            return checks
        moved = {name for name, part in ties.parts(names, apart.u[None]).items() if np.any(part)}
        elements, shape = ties.names(names), self.output.shape
        again = self.rerun(" --wrt ".join(names))
        return {
            name: replace(told(check, apart, elements, shape), rerun=again) if name in moved else check
            for name, check in checks.items()
        }

    def judged_again(
        self, name: str, blank: Check, tested: Array, reference: Reference, scale: Array, excused: Array
    ) -> Check | None:
        """Return the verdict on a failure once rounding is looked at more closely, None where it remains a failure.

        A formula of SymPy is evaluated with many digits, everything else may be off by what disturbing each operation does.

        excused: the rounding of the tested formula itself, where it is one.
        """
        if name not in self.moves:
            (move,) = disturbed(self.built.graph, self.output, [self.built.variables[name]], self.point)
            self.moves[name] = move.reshape(reference.value.shape)
        if blank.tested == "symbolic":
            tested = self.formulas[name].evaluate(self.point, FORMULA_DIGITS)
        known = reference.rounding if reference.rounding is not None else 0.0
        wider = replace(reference, rounding=np.fmax(np.fmax(known, self.moves[name]), excused))
        found = judge(blank, tested, wider, scale, len(self.output.shape))
        return found if found.outcome != "fail" else None

    def in_balls(self, name: str, route: str, formula: Expr | None) -> Array | None:
        """Return what is tested, computed by the same formula or rules in balls; None where that is not to be had."""
        if formula is not None:
            found = claim_in_balls(self.built, formula, self.point)
            return None if found is None else np.broadcast_to(found, self.output.shape + self.point[name].shape)
        return route_in_balls(self.built, self.of, name, self.point, route) if route in MODES else None

    @functools.cached_property
    def trouble(self) -> str:
        """The sentence about where the value stops being finite, "" where it does not."""
        return not_finite(self.built.graph, self.output, self.point)

    def blamed(self, check: Check) -> Check:
        """Return a route's failure with the operation whose rule is wrong, where one is."""
        found = guilty(self.built, self.of, check.wrt, self.point, check.tested)
        return replace(check, help=f"{found.words}; {check.help}", span=found.span or check.span) if found else check

    def nearest_kink(self, name: str) -> str:
        """Return the sentence about the nearest kink, looked for once per variable."""
        if name not in self.kinks:
            self.kinks[name] = self.references.nearest_kink(name)
        return self.kinks[name]

    def blank(self, name: str, route: str, claim: Claim | None) -> Check:
        """Return the check of a variable and a route before anything is known of its outcome."""
        spec = self.built.spec
        return Check(
            id=check_id(self.built, self.of, name, route, self.index),
            outcome="skipped",
            of=self.of,
            wrt=name,
            tested=route,
            point=self.point,
            point_index=self.index,
            file=spec.source.name,
            rtol=self.rtol,
            span=claim.span if claim else self.built.graph.spans.get(self.output.index),
            rerun=self.rerun(name),
            entries=self.output.node.size * (self.point[name].size if name else 1),
        )

    def rerun(self, name: str) -> str:
        """Return the command that shows a variable's checks again."""
        more = f" --points {self.index + 1}" if self.index else ""
        target = self.options.target or shlex.quote(self.built.spec.target)
        which = f" --wrt {name}" if name else ""
        return f"jac gradcheck {target} --of {self.of}{which}{more} --seed {self.seed}{self.options.again}"


def _missed_by_routes(items: Sequence[Tested], reference: Reference) -> Array:
    """Return the most that any route misses the reference by, its error bar included: what computing in doubles costs here."""
    known = np.where(np.isfinite(reference.error_bar), reference.error_bar, 0.0)
    routes = [
        tested.reshape(known.shape)
        for route, tested, claim in items
        if claim is None and route not in LABELS and isinstance(tested, np.ndarray)
    ]
    missed = [np.abs(route - reference.value) for route in routes]
    return np.max([known, *(np.where(np.isfinite(one), one, 0.0) for one in missed)], axis=0)


def _of_the_branch(check: Check, tipping: str) -> Check:
    """Return the check of a route that differentiates the branch of its point, where the points beside it take another.

    The slope of ``where(x == 0, 0, x)`` at 0 is not that of its branch there: no rule is wrong, and no route can know.
    """
    return replace(
        check,
        outcome="inconclusive",
        code="JAC202",
        decided=check.decided - check.failed,
        failed=0,
        open_share=1.0,
        kink=f"{tipping} tips exactly here",
        message="the branch of this point alone is differentiated; the points beside it take another, with another slope",
        help="give the branch the right slope as well, as in where(x == 0, 1 + x/2, expm1(x)/x)",
    )


def _least_rounding(matrix: Array) -> Array:
    """Return what a formula of this block may round by and still be right: more is its author's choice of a formula."""
    largest = np.max(np.abs(matrix), axis=1, keepdims=True, initial=1.0, where=np.isfinite(matrix))
    return np.asarray(2.0**-52 * largest)


def _off(tested: Array, reference: Reference, rtol: float) -> bool:
    """Return whether an entry is off by more than rtol, whatever the function's rounding excuses."""
    with np.errstate(all="ignore"):
        size = np.fmax(np.abs(tested), np.abs(reference.value))
        return bool(np.any(np.abs(tested - reference.value) > rtol * size + reference.error_bar))


def _by_the_formula(found: Check, exact: Check) -> Check:
    """Return the verdict on what is tested once it is known what its formula gives in balls.

    Law: a formula that is right is no failure, and one that is wrong does not pass by what doubles hide.
    """
    if found.code == "JAC207" and exact.outcome == "pass" and found.rel_error < 1:
        digits = -math.log10(found.rel_error) if found.rel_error > 0 else 0.0
        if digits >= 1:
            return replace(
                found, code="JAC201", message=f"{right_to(int(digits))}: cancellation in the claim", help=HELP
            )
    if exact.outcome == "fail" or found.outcome != "fail":
        return exact if exact.outcome == "fail" and found.outcome != "fail" else found
    message = (
        f"{numbers.value(found.value)} in doubles, {numbers.value(exact.value)} by the same formula with enough digits"
    )
    if found.tested != "claim":
        return replace(found, outcome="skipped", code="JAC009", message=message, help=BEYOND)
    return replace(
        found, outcome="inconclusive", code="JAC201", message=f"right as a formula: {message}", help=BEYOND,
        failed=0, decided=found.decided - found.failed, open_share=1.0,
    )  # fmt: skip


def _where_finite(reference: Reference, value: Array) -> Reference:
    """Return the reference without the rows where the function overflows, or is undefined, in doubles: so may its derivative."""
    lost = ~np.isfinite(value)[:, None] & np.ones(reference.value.shape, dtype=bool)
    if not np.any(lost):
        return reference
    nan = {name: np.where(lost, np.nan, getattr(reference, name)) for name in ("value", "low", "high")}
    open_ = {
        "error_bar": np.where(lost, np.inf, reference.error_bar),
        "reason": np.where(lost, "domain", reference.reason),
    }
    return replace(reference, **nan, **open_)  # type: ignore[arg-type]


def _with_witness(checks: list[Check]) -> list[Check]:
    """Return one block's checks, the symbolic derivative among the witnesses of the others where it passed."""
    agrees = any(check.tested == "symbolic" and check.outcome == "pass" for check in checks)
    return [
        replace(check, witnesses=(*check.witnesses, "SymPy")) if agrees and check.tested != "symbolic" else check
        for check in checks
    ]
