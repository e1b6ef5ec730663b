"""One output of a spec at one point → the problem to be judged: a function whose formula, rules and rounding are known."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from jaccli import certify
from jaccli.adapters import Batch, Derivative, Leaf, Subject, Trouble
from jaccli.checker.effort.work import BUDGET, CHEAP, EVALUATIONS, MAX_ENTRIES
from jaccli.checker.mistakes.elsewhere import others
from jaccli.checker.mistakes.evidence import evidence
from jaccli.checker.mistakes.wrong_rule import guilty
from jaccli.checker.options import RTOL, CheckOptions
from jaccli.checker.problem import Around, Problem
from jaccli.checker.references.certified import certified
from jaccli.checker.references.choose import ALARM, between_doubles
from jaccli.checker.references.in_balls import claim_in_balls, route_in_balls
from jaccli.checker.specs.derivatives import Routes, claims
from jaccli.checker.specs.target import Implementation, target_derivatives, value_reference, value_scale
from jaccli.derive.jacobian import jacobian
from jaccli.derive.non_finite import not_finite, troubles
from jaccli.derive.rounding import disturbed, disturbed_values, own_rounding
from jaccli.derive.stable_forms import stable_form
from jaccli.difference import complex_step
from jaccli.errors import Span, UsageError
from jaccli.graph.build import Built
from jaccli.graph.cost import weighted_operations
from jaccli.graph.evaluate import COMPLEX128, FLOAT64, Numbers, evaluate, live_elements
from jaccli.graph.ir import Expr, ancestors
from jaccli.reference import Reference, input_scale
from jaccli.results.checks import Check
from jaccli.results.kinds import Label, Outcome
from jaccli.spec.points import Point
from jaccli.types import Array
from jaccli.verdict import Evidence, judge

__all__ = ["MODES", "ROUTES", "TESTED", "SpecProblem"]

MODES = ("forward", "reverse")
ROUTES = (*MODES, "symbolic")
TESTED = (*ROUTES, "claim")
COMPARISONS = ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal")
WORK = 3e5  # weighted ball operations of one look at all slopes around a point
#: A step, per scale of its input, below which differences go only for narrow features. The sawtooth of (1 - cos(x))/x² at 1e-5
#: stays below the bound that it gives; a difference of sin(x) that is off by 1 % does not (both in the tests).
FINE = 2.0**-30
#: Likewise, a quarter of the spacing of the values that show the noise: what turns within it shows as noise or not at all. A single
#: bump that is wider, and that all steps miss, is an alarm.
FINEST = 2.0**-46


class SpecProblem(Problem):
    """One output of a spec at one point.

    at     the values of all leaves of its graph
    code   what the spec's code gives there, None where it names none
    """

    black_box = False

    def __init__(
        self, built: Built, of: str, point: Point, index: int, options: CheckOptions, variables: Sequence[str],
        code: Implementation | None = None,
    ) -> None:  # fmt: skip
        self.built, self.of, self.point, self.index, self.options, self.code = built, of, point, index, options, code
        self.graph = built.graph
        self.output = self.made()
        self.at = self.leaves()
        leaves = [Leaf(n, np.asarray(point[n], np.float64), DOUBLE) for n in built.differentiable if point[n].size]
        super().__init__(
            self.as_subject(leaves), [x for x in leaves if x.name in variables], options.rtol or RTOL, options.seed or 0
        )
        self.read = frozenset(ancestors(self.graph, [self.output.index]))  # the nodes that the output depends on

    def made(self) -> Expr:
        """Return the output as a node of the graph."""
        return self.built.outputs[self.of]

    def leaves(self) -> Point:
        """Return the values of all leaves."""
        return self.point

    def as_subject(self, leaves: Sequence[Leaf]) -> Subject:
        """Return the output as a function of its variables, with all derivatives that are tested."""
        (value,) = evaluate(self.graph, [self.output], self.at)
        y = Leaf(self.of, np.array(np.broadcast_to(value, self.output.shape), np.float64), DOUBLE)
        subject = Subject(
            title=self.of, file=self.built.spec.source.name, inputs=tuple(leaves), outputs=(y,), values=self.batch,
            derivatives=(), noise=np.zeros(y.value.size), cheap_batches=True,
            elements=live_elements(self.graph, [self.output]),
        )  # fmt: skip
        held = (
            subject
            if self.code is None or self.code.subject is None
            else replace(subject, context=self.code.subject.context)
        )
        return replace(held, derivatives=self.tested(held))

    def tested(self, subject: Subject) -> tuple[Derivative, ...]:
        """Return the derivatives under test: the program's own, claims, and those of the spec's code."""
        routes = Routes(self.built, self.of, self.at)
        given = claims(self.built, self.of, self.at)
        return (
            *routes.derivatives(),
            *given,
            *target_derivatives(self.code, self.of, [x.name for x in subject.inputs]),
        )

    def batch(self, points: Mapping[str, Array], numbers: Numbers = FLOAT64) -> Batch:
        """Return the output at many points, (points, m)."""
        count = len(next(iter(points.values())))
        (found,) = evaluate(self.graph, [self.output], {**self.at, **points}, numbers)
        return Batch(np.broadcast_to(found, (count, *self.output.shape)).reshape(count, -1))

    # --- names

    def blank(self, y: Leaf, x: Leaf, tested: str, derivative: Derivative | None = None) -> Check:
        """Return the check of a variable and a route before anything is known of its outcome."""
        return self.row(x.name, tested, x.value.size, self.span_of(tested, x.name))

    def row(self, name: str, tested: str, columns: int, span: Span | None) -> Check:
        """Return a row about the output, by a variable where it has a name."""
        return Check(
            target=self.built.spec.target, outcome=Outcome.SKIPPED, of=self.of, wrt=name, tested=tested,
            point=self.point, point_index=self.index, file=self.built.spec.source.name, rtol=self.rtol or RTOL, span=span,
            rerun=self.rerun([name] if name else []), entries=self.output.node.size * columns,
        )  # fmt: skip

    def span_of(self, tested: str, name: str) -> Span | None:
        """Return the place in the spec that a check is about."""
        if tested.startswith("target"):
            return self.built.spec.callee.span if self.built.spec.callee else None
        claimed = (c.span for c, _ in self.built.claims if (c.of, c.wrt) == (self.of, name))
        place = next(claimed, None) if tested == Label.CLAIM else None
        return place or self.graph.spans.get(self.output.index)

    def rerun(self, names: Sequence[str] = ()) -> str:
        """Return the command that shows the checks by some variables again."""
        more = f" --points {self.index + 1}" if self.index else ""
        target = self.options.target or shlex.quote(self.built.spec.target)
        which = "".join(f" --wrt {name}" for name in names)
        return f"jac gradcheck {target} --of {self.of}{which}{more} --seed {self.seed}{self.options.again}"

    def directions_of(self, x: Leaf) -> str:
        """Return what makes the random directions of one block differ from those of another."""
        return f"{self.of}/{x.name}"

    def for_symmetric(self, x: Leaf) -> str:
        """Return how a spec says that a variable is symmetric."""
        return f"give `{x.name}` the domain symmetric"

    # --- what is noticed first

    def noted(self) -> Iterator[Check]:
        """Yield the verdict on the value that the spec's code returns."""
        wanted = self.options.wanted or (lambda id_: True)
        blank = self.row("", "target", 1, self.span_of("target", ""))
        if self.code is not None and wanted(blank.id):
            yield self.value_of_code(blank, self.code.values[self.of])

    def value_of_code(self, blank: Check, found: Array | Trouble) -> Check:
        """Return the verdict on a value that the spec's code returns."""
        if isinstance(found, Trouble):
            return replace(blank, outcome=Outcome.ERROR, code=found.code, message=found.message, help=found.help)
        reference = value_reference(self.built, self.of, self.point, self.values)
        scale = value_scale(self.built, self.of, self.point, self.values)
        return judge(blank, found, reference, scale, len(self.output.shape))

    def linearity(self, derivative: Derivative) -> Check | None:
        """Return the blank row about the linearity of a product that the spec's code gives."""
        if derivative.program or derivative.vjp is derivative.jvp is None:
            return None
        blank = self.row("", derivative.tested, sum(x.value.size for x in self.inputs), self.span_of("target", ""))
        wrt = self.inputs[0].name
        return replace(blank, about="dense", wrt=wrt)

    # --- references

    def cost(self, x: Leaf) -> float:
        """Return the weighted operations of a difference in every column of a variable."""
        columns = x.value.size
        return EVALUATIONS * columns * (weighted_operations(self.graph, [self.output]) + columns + self.values.size)

    def costly(self, full: bool) -> Collection[str]:
        """Return the variables by which differences in every column take too much."""
        many = [
            x for x in self.subject.inputs if x.value.size * self.values.size > MAX_ENTRIES or self.cost(x) > BUDGET
        ]
        return set() if full else {x.name for x in many}

    def cheap(self, x: Leaf) -> bool:
        """Return whether differences cost so little that they are taken beside a certified reference."""
        return self.cost(x) <= CHEAP

    def unaffected(self, x: Leaf) -> bool:
        """Return whether the output does not read a variable."""
        return self.built.variables[x.name].index not in self.read

    def proved(self, route: str) -> tuple[Mapping[str, Reference], str]:
        """Return certified references, those by a complex step where they are asked for, and what is wrong with them."""
        if route == "difference":
            return {}, ""
        if route == "complex-step":
            return {x.name: self.complex_step(x) for x in self.subject.inputs}, ""
        return certified(self.built, self.output, [x.name for x in self.subject.inputs], self.at, route)

    def complex_step(self, x: Leaf) -> Reference:
        """Return the reference by a complex step.

        Errors: UsageError naming the ops that are not analytic.
        """
        nodes = [self.graph.nodes[index] for index in ancestors(self.graph, [self.output.index])]
        if kept := sorted({node.op for node in nodes if not node.row.analytic}):
            raise UsageError(
                f"--reference complex-step: {', '.join(kept)} is not analytic; use certified or difference"
            )

        def fn(points: Array) -> Array:
            return self.batch({x.name: points.reshape(len(points), *x.value.shape)}, COMPLEX128).values

        return complex_step(fn, x.value.reshape(-1), self.values, elements=2 * self.subject.elements)

    def misled(self, x: Leaf) -> Array:
        """Return by how much roundings inside the function can mislead a difference with the finest step.

        1 - cos(x) at 1e-9 is 0 at every step; (1 - cos(x))/x² at 1e-5 is a staircase whose treads slope.
        """
        moved = disturbed_values(self.graph, self.output, self.at).reshape(-1)
        with np.errstate(all="ignore"):
            return np.asarray(moved[:, None] / (FINE * input_scale(x.value.reshape(-1))))

    def where_defined(self, x: Leaf, found: Reference) -> Reference:
        """Return differences without the entries at which balls find the function undefined between doubles."""
        flat = x.value.reshape(-1)
        if not np.any(np.spacing(np.abs(flat)) >= 1) or certify.unsupported(self.graph, self.output):
            return found
        balls = certified(self.built, self.output, [x.name], self.at)[0].get(x.name)
        return found if balls is None else between_doubles(balls, found, flat)

    def within_steps(self, x: Leaf, other: Reference, k: int) -> bool:
        """Return whether slopes within a fine step of the point are as far from the certified one as a difference.

        By the mean value theorem it is one of the slopes within its steps: x + sin(x) at 1e16 has all from 0 to 2 between doubles.
        """
        i, j = np.unravel_index(k, other.value.shape)
        tangent = np.zeros((1, *x.value.shape))
        tangent.reshape(-1)[j] = 1.0
        low, high = certify.slopes_around(self.graph, self.output, self.at, {x.name: tangent}, FINEST)
        value, bar = float(other.value.flat[k]), ALARM * float(other.error_bar.flat[k])
        return not (value + bar < low[0, i] or value - bar > high[0, i])

    # --- what is tested

    def formula(self, derivative: Derivative, x: Leaf) -> Expr | None:
        """Return the formula of a claim."""
        if derivative.tested != Label.CLAIM:
            return None
        return next(expr for claim, expr in self.built.claims if (claim.of, claim.wrt) == (self.of, x.name))

    def formula_rounding(self, derivative: Derivative, x: Leaf, *, whole: bool) -> Array:
        """Return by how much a claim is rounded."""
        formula = self.formula(derivative, x)
        assert formula is not None
        return (own_rounding if whole else disturbed_values)(self.graph, formula, self.at)

    def disturbed(self, x: Leaf) -> Array | float:
        """Return how far disturbing each operation of a derivative moves it."""
        (move,) = disturbed(self.graph, self.output, [self.built.variables[x.name]], self.at)
        return np.asarray(move.reshape(self.values.size, x.value.size))

    def with_digits(self, derivative: Derivative, x: Leaf, digits: int) -> Array | None:
        """Return a symbolic derivative with many digits."""
        at = derivative.precise
        return None if at is None else at(x.name, digits)

    def in_balls(self, derivative: Derivative, x: Leaf) -> Array | None:
        """Return a claim, or a mode of differentiation, computed in balls."""
        if (formula := self.formula(derivative, x)) is not None:
            found = claim_in_balls(self.built, formula, self.at)
            return None if found is None else np.broadcast_to(found, self.output.shape + x.value.shape)
        if derivative.tested in MODES:
            return route_in_balls(self.built, self.of, x.name, self.at, derivative.tested)
        return None

    # --- names of mistakes

    def evidence(self, derivative: Derivative, y: Leaf, x: Leaf) -> Callable[[], Evidence]:
        """Return what the graph knows for naming a mistake."""
        formula = self.formula(derivative, x)
        elsewhere: Any = tuple if formula is None else partial(others, self.built, self.of, x.name, self.at, formula)
        return partial(evidence, self.built, self.of, x.name, self.at, formula, elsewhere)

    def around(self, names: Sequence[str]) -> Around | None:
        """Return what gives the slopes that any choices at the point's ties give; None where they take too much."""
        if certify.unsupported(self.graph, self.output) or weighted_operations(self.graph, [self.output]) > WORK:
            return None
        shapes = [self.at[name].shape for name in names]
        ends = np.cumsum([self.at[name].size for name in names])[:-1]

        def slopes(u: Array) -> tuple[Array, Array]:
            parts = np.split(u, ends, axis=1)
            moves = {n: part.reshape(-1, *shape) for n, part, shape in zip(names, parts, shapes, strict=True)}
            return certify.slopes_around(self.graph, self.output, self.at, moves)

        return slopes

    def kink(self, x: Leaf) -> certify.Kink | None:
        """Return the kink that the smallest move of a variable reaches."""
        variables = [self.built.variables[x.name]]
        find = partial(certify.nearest_kink, self.graph, self.output, variables, self.at)
        return find(lambda node: jacobian(self.graph, node, variables, self.at, "reverse"))

    def nearest_kink(self, x: Leaf) -> str:
        """Return which choice tips first as a variable moves: ``relu in line 7 is 1e-9 from its kink``."""
        found = self.kink(x)
        if found is None:
            return ""
        return f"{found} is on its kink" if found.margin == 0 else f"{found} is {found.distance:.1e} from its kink"

    def tipping(self, x: Leaf) -> str:
        """Return the comparison that tips exactly at the point as a variable moves."""
        found = self.kink(x)
        return str(found) if found is not None and found.margin == 0 and found.op in COMPARISONS else ""

    @cached_property
    def trouble(self) -> str:
        """The sentence about where the value stops being finite."""
        found = not_finite(self.graph, self.output, self.at)
        form = found and stable_form(self.graph, [self.output], self.at)
        return f"{found}; this overflows: write `{form}`" if form else found

    def not_finite(self) -> str:
        """Return the sentence about where the value stops being finite."""
        return self.trouble

    def lost_by(self, derivative: Derivative, x: Leaf) -> str:
        """Return the step of a claim that is not finite."""
        formula = self.formula(derivative, x)
        lost = troubles(self.graph, [formula], self.at) if formula is not None else ()
        form = lost and formula is not None and stable_form(self.graph, [formula], self.at)
        what = f"this overflows: write `{form}`" if form else "write the claim so that this step stays finite"
        return f"{lost[0]}; {what}" if lost else ""

    def blamed(self, check: Check) -> Check:
        """Return a route's failure with the operation whose rule is wrong, where one is."""
        found = guilty(self.built, self.of, check.wrt, self.at, check.tested)
        return replace(check, help=f"{found.words}; {check.help}", span=found.span or check.span) if found else check


DOUBLE = np.dtype(np.float64)
