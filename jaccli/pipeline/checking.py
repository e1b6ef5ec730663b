"""One built spec → its report: every route and claim judged against differences, at every point."""

from __future__ import annotations

import functools
import itertools
import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from jaccli.adapters import Trouble
from jaccli.deadline import TimedOut, deadline
from jaccli.derive.jacobian import jacobian
from jaccli.derive.rounding import disturbed
from jaccli.errors import Span, UsageError
from jaccli.graph.build import Built
from jaccli.graph.evaluate import evaluate
from jaccli.pipeline.evidence import evidence
from jaccli.pipeline.guilty import guilty
from jaccli.pipeline.implementation import LABELS, Codes, Implementation, value_reference, value_scale
from jaccli.pipeline.large import DIRECTIONS, Large
from jaccli.pipeline.references import REFERENCES, Chosen, References
from jaccli.pipeline.scanning import scanned
from jaccli.pipeline.second import hessian_checks, pairs
from jaccli.pipeline.selecting import Selection, exact_constants, select
from jaccli.pipeline.smallest import smallest
from jaccli.pipeline.together import apart_together
from jaccli.pipeline.trouble import not_finite
from jaccli.reference import Reference, input_scale
from jaccli.spec.points import Point, drawn_point, given_point
from jaccli.spec.schema import Claim
from jaccli.verdict import Check, Report, judge
from jaccli.verdict.decide import rounding_scale

if TYPE_CHECKING:
    from jaccli.derive.symbolic import Symbolic

__all__ = ["Interrupted", "Options", "check"]

Array = np.ndarray[Any, Any]
RTOL = 1e-6
FORMULA_DIGITS = 400  # for a formula that loses its digits in doubles: exp(700) − exp(700) takes 304
TESTED = ("forward", "reverse", "symbolic", "claim")


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says about a check; None leaves it to the spec, and then to the default."""

    selection: Selection = field(default_factory=Selection)
    at: Mapping[str, Any] | None = None
    points: int | None = None
    seed: int | None = None
    rtol: float | None = None
    reference: str = "auto"  # what judges: one of REFERENCES
    directions: int | None = None  # random ones instead of all columns; None uses them where a block is large
    full: bool = False  # every column, however many there are
    order: int = 1  # 2 checks Hessians instead
    scan: str | None = None  # an entry to be drawn along its input, "first" for the first failure
    smallest: bool = False  # look for the smallest spec that fails as the first failure does
    timeout: float | None = None  # seconds for one output at one point
    progress: Callable[[int, int], None] | None = None  # told how many outputs and points are done, and of how many
    wanted: Callable[[str], bool] | None = None  # which checks, by their ids
    target: str = ""  # how the command line named the spec, where that is not its file
    again: str = ""  # the options that a command needs to show a failure again
    allow_code: str = ""  # whose code may run: nobody's, EVERYWHERE, or that of a project's folder


class Interrupted(KeyboardInterrupt):
    """The user interrupted a check; ``report`` holds what was finished."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


# --- one spec


def check(built: Built, options: Options | None = None) -> Report:
    """Judge every route and claim of a spec against differences, at each of its points.

    Errors: UsageError for a selection the spec does not have, or an input without a value.
    """
    options = options or Options()
    if options.order not in (1, 2):
        raise UsageError(f"'order' must be 1 or 2 (got {options.order!r})")
    start = time.perf_counter()
    outputs, variables = judged_outputs(built, options), select(built, options.selection)[1]
    seed = next(s for s in (options.seed, built.spec.check.seed, 0) if s is not None)
    parts = [(index, point, of) for index, point in enumerate(points_of(built, options, seed)) for of in outputs]
    checks: list[Check] = []
    codes = Codes(built, options.allow_code)
    try:
        for done, (index, point, of) in enumerate(parts):
            if options.progress:
                options.progress(done, len(parts))
            _fill(checks, _Judge(built, of, point, index, seed, options, codes), variables)
    except KeyboardInterrupt:
        raise Interrupted(_report(built, options, checks, seed, start)) from None
    report = _report(built, options, checks, seed, start)
    if options.smallest and (failed := next((c for c in checks if c.outcome == "fail" and c.tested in TESTED), None)):
        report = replace(report, smallest=smallest(built, failed, functools.partial(_fails_like, failed)))
    if options.scan is None or options.order != 1:
        return report
    return replace(report, scan=scanned(built, options.scan, checks, functools.partial(_function, built)))


def _fails_like(known: Check, built: Built) -> bool:
    """Return whether a spec's derivative of the same name fails by the same code."""
    built = replace(built, spec=replace(built.spec, callee=None))  # its code is for the spec as it stands
    selection = Selection((known.of,), (known.wrt,))
    options = Options(selection, points=1, rtol=known.rtol, wanted=lambda id_: f"[{known.tested}-p0]" in id_)
    found = check(built, options).checks
    return any(one.outcome == "fail" and one.code == known.code for one in found)


def _function(built: Built, of: str, wrt: str, point: Point) -> Callable[[Array], Array]:
    return References(built, of, point, np.zeros(0), RTOL, "difference").function(wrt)


def _fill(checks: list[Check], judge: _Judge, variables: Sequence[str]) -> None:
    """Put the checks of one output at one point into ``checks`` as they come; those there was no time for say so."""
    before = len(checks)
    try:
        with deadline(judge.options.timeout):
            checks.extend(judge.wanted(variables))
    except TimedOut:
        done = {check.id for check in checks[before:]}
        checks.extend(check for check in judge.timed_out(variables) if check.id not in done)


def _report(built: Built, options: Options, checks: Sequence[Check], seed: int, start: float) -> Report:
    claimed = (options.wanted is None and options.order == 1) or any(check.tested == "claim" for check in checks)
    return Report(
        checks=tuple(checks),
        seed=seed,
        duration=time.perf_counter() - start,
        expect=built.spec.check.expect if claimed else "pass",
        files=(built.spec.target,),
    )


def judged_outputs(built: Built, options: Options) -> list[str]:
    """Return the outputs that are looked at; of a spec that is trained, not those that only report, unless they are named."""
    outputs, _ = select(built, options.selection)
    if built.spec.train is None or options.selection.of:
        return outputs
    claimed = {claim.of for claim, _ in built.claims}
    return [of for of in outputs if of in claimed or not _told_apart(built, of)] or outputs


def check_id(built: Built, of: str, wrt: str, tested: str, index: int) -> str:
    """Return the name of a check; example: ``specs/ner.yaml::s/b[reverse-p0]``."""
    return f"{built.spec.target}::{of}{'/' if wrt else ''}{wrt}[{tested}-p{index}]"


def _told_apart(built: Built, of: str) -> bool:
    """Return whether an output of a spec that is trained only reports, as an accuracy does: another is its loss."""
    loss = built.spec.train.loss if built.spec.train is not None else None
    return of != (loss or "loss") and (loss or "loss") in built.outputs


def points_of(built: Built, options: Options, seed: int) -> list[Point]:
    """Return the given point, and as many drawn ones as the spec or the options ask for."""
    given = given_point(built.spec, options.at)
    count = options.points if options.points is not None else built.spec.check.points
    lacking = [v for v in built.spec.variables if v.name not in given]
    missing = [v.name for v in lacking if not v.drawable]
    if missing:
        remedy = f"give `value:` in the spec or --at {missing[0]}=…"
        raise UsageError(f"{built.spec.target}: `{missing[0]}` has no value; {remedy}")
    if lacking:
        given = {**drawn_point(built.spec, given, 0, seed), **given}
    return [given, *(drawn_point(built.spec, given, k, seed) for k in range(1, count))]


class _Judge:
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
        if options.reference not in REFERENCES:
            raise UsageError(f"'reference' must be one of {', '.join(REFERENCES)} (got {options.reference!r})")
        self.rtol = next(r for r in (options.rtol, built.spec.check.rtol, RTOL) if r is not None)
        self.kinks: dict[str, str] = {}
        self.moves: dict[str, Array] = {}
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
        for name in variables:
            if tested is not None and name in chosen:
                items = list(tested(name))
                own = _missed_by_routes(items, chosen[name].reference)
                found = [self.judged(name, *item, chosen[name], total, own) for item in items]
                yield from _with_witness(found)
            elif name in names:
                yield from self.by_directions(name)
                yield from self.too_large_for_code(name)

    def value_of_code(self, id_: str, found: Array | Trouble) -> Check:
        """Return the verdict on a value that the spec's code returns."""
        blank = replace(self.blank("", "target", None), id=id_, wrt="", entries=self.value.size, span=self.code_span())
        if isinstance(found, Trouble):
            return replace(blank, outcome="error", code=found.code, message=found.message, help=found.help)
        reference = value_reference(self.built, self.of, self.point, self.value)
        scale = value_scale(self.built, self.of, self.point, self.value)
        return judge(blank, found, reference, scale, len(self.output.shape))

    def too_large_for_code(self, name: str) -> Iterator[Check]:
        for tested, _ in self.code.blocks.get((self.of, name), ()) if self.code else ():
            blank = replace(self.blank(name, tested, None), span=self.code_span())
            message = "the code's derivative is not compared along random directions"
            yield replace(
                blank, outcome="inconclusive", code="JAC208", message=message, help="use a smaller size, or --full"
            )

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
        yield from large.checks(lambda route, claim: self.blank(name, route, claim))

    def scale(self, name: str) -> Array:
        return input_scale(self.point[name].reshape(-1))

    def tested(self, names: list[str]) -> Callable[[str], Iterator[tuple[str, Array | str | Trouble, Claim | None]]]:
        """Return a function from a variable's name to (route, Jacobian or why there is none, claim)."""
        graph, variables = self.built.graph, [self.built.variables[name] for name in names]
        forward = dict(zip(names, jacobian(graph, self.output, variables, self.point, "forward"), strict=True))
        reverse = dict(zip(names, jacobian(graph, self.output, variables, self.point, "reverse"), strict=True))
        symbols = self.symbolic(names)

        def of(name: str) -> Iterator[tuple[str, Array | str | Trouble, Claim | None]]:
            yield "forward", forward[name], None
            yield "reverse", reverse[name], None
            yield "symbolic", symbols[name], None
            for claim, expr in self.built.claims:
                if (claim.of, claim.wrt) == (self.of, name):
                    (value,) = evaluate(graph, [expr], self.point)
                    yield "claim", np.broadcast_to(value, expr.shape), claim
            for label, found in self.code.blocks.get((self.of, name), ()) if self.code else ():
                yield label, found, None

        return of

    def symbolic(self, names: list[str]) -> dict[str, Array | str]:
        """Return each variable's symbolic Jacobian as numbers, or why there is none."""
        from jaccli.derive.symbolic import TooLarge, symbolic

        variables = [self.built.variables[name] for name in names]
        try:
            blocks = symbolic(self.built.graph, self.output, variables, exact_constants(self.built.spec))
        except TooLarge as error:
            return dict.fromkeys(names, f"no symbolic derivative: {error}")
        self.formulas = dict(zip(names, blocks, strict=True))
        return {name: block.evaluate(self.point) for name, block in self.formulas.items()}

    def judged(
        self,
        name: str,
        route: str,
        tested: Array | str | Trouble,
        claim: Claim | None,
        chosen: Chosen,
        total: Array,
        own: Array,
    ) -> Check:
        blank = replace(self.blank(name, route, claim), witnesses=chosen.witnesses)
        blank = replace(blank, span=self.code_span()) if route in LABELS else blank
        if isinstance(tested, Trouble):
            return replace(blank, outcome="error", code=tested.code, message=tested.message, help=tested.help)
        if chosen.alarm:
            return replace(blank, outcome="error", code="JAC301", message=chosen.alarm, help="no verdict is given")
        if isinstance(tested, str):
            return replace(blank, code="JAC009", message=tested, help="forward and reverse mode do not depend on it")
        reference = _where_finite(chosen.reference, self.value)
        defined = np.isfinite(reference.value)
        if route == "symbolic" and np.any(np.isnan(tested).reshape(defined.shape) & defined):
            message = "the formula is 0/0 at this point"  # as that of equal singular values is
            return replace(blank, code="JAC009", message=message, help="forward and reverse mode do not depend on it")
        scale = rounding_scale(self.value, reference.value, self.scale(name), total)
        known = functools.partial(evidence, self.built, self.of, name, self.point)
        found = judge(
            blank, tested, reference, scale, len(self.output.shape), evidence=known, own=own if claim else None
        )
        if found.outcome == "fail" and reference.rounding is not None:
            found = self.judged_again(name, blank, tested, reference, scale) or found
        if found.code == "JAC205":
            return replace(found, help=self.trouble)
        if found.outcome == "fail" and route != "claim":
            found = self.blamed(found)
        matrix = np.asarray(tested, dtype=np.float64).reshape(reference.value.shape)
        flat = self.point[name].reshape(-1)
        if apart := apart_together(self.references.function(name), flat, matrix, reference, found):
            found = replace(found, outcome="inconclusive", code="JAC202", message=apart, decided=0)
        on_a_kink = found.message == "subgradient" or found.slopes is not None or found.code == "JAC202"
        return replace(found, kink=self.nearest_kink(name)) if on_a_kink else found

    def judged_again(self, name: str, blank: Check, tested: Array, reference: Reference, scale: Array) -> Check | None:
        """Return the verdict on a failure once rounding is looked at more closely, None where it remains a failure.

        A formula of SymPy is evaluated with many digits, everything else may be off by what disturbing each operation does.
        """
        if name not in self.moves:
            (move,) = disturbed(self.built.graph, self.output, [self.built.variables[name]], self.point)
            self.moves[name] = move.reshape(reference.value.shape)
        if blank.tested == "symbolic":
            tested = self.formulas[name].evaluate(self.point, FORMULA_DIGITS)
        known = reference.rounding if reference.rounding is not None else 0.0
        wider = replace(reference, rounding=np.fmax(known, self.moves[name]))
        found = judge(blank, tested, wider, scale, len(self.output.shape))
        return found if found.outcome != "fail" else None

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
        more = f" --points {self.index + 1}" if self.index else ""
        target = self.options.target or shlex.quote(self.built.spec.target)
        which = f" --wrt {name}" if name else ""
        return f"jac gradcheck {target} --of {self.of}{which}{more} --seed {self.seed}{self.options.again}"


def _missed_by_routes(items: Sequence[tuple[str, Array | str | Trouble, Claim | None]], reference: Reference) -> Array:
    """Return the most that any route misses the reference by, its error bar included: what computing in doubles costs here."""
    known = np.where(np.isfinite(reference.error_bar), reference.error_bar, 0.0)
    routes = [
        tested.reshape(known.shape)
        for route, tested, claim in items
        if claim is None and route not in LABELS and isinstance(tested, np.ndarray)
    ]
    missed = [np.abs(route - reference.value) for route in routes]
    return np.max([known, *(np.where(np.isfinite(one), one, 0.0) for one in missed)], axis=0)


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
