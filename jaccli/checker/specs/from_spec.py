"""One output of a spec at one point → the problem to be judged: a function whose formula, rules and rounding are known."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from jaccli.adapters import Batch, Derivative, Leaf, Subject, Trouble
from jaccli.checker.mistakes.elsewhere import others
from jaccli.checker.mistakes.evidence import evidence
from jaccli.checker.mistakes.wrong_rule import wrong_rule_of
from jaccli.checker.options import RTOL, CheckOptions
from jaccli.checker.references.in_balls import claim_in_balls, route_in_balls
from jaccli.checker.specs.derivatives import Routes, claims
from jaccli.checker.specs.graph_problem import GraphProblem
from jaccli.checker.specs.target import Implementation, target_derivatives, value_reference, value_scale
from jaccli.derive.non_finite import troubles
from jaccli.derive.rounding import disturbed_values, own_rounding
from jaccli.derive.stable_forms import stable_form
from jaccli.errors import Span
from jaccli.graph.build import Built
from jaccli.graph.evaluate import FLOAT64, Numbers, evaluate, live_elements
from jaccli.graph.ir import Expr, ancestors
from jaccli.results.checks import Check
from jaccli.results.kinds import Label, Outcome
from jaccli.spec.points import Point
from jaccli.types import Array
from jaccli.verdict import Evidence, judge

__all__ = ["MODES", "ROUTES", "TESTED", "SpecProblem"]

MODES = (Label.FORWARD, Label.REVERSE)
ROUTES = (*MODES, Label.SYMBOLIC)
TESTED = (*ROUTES, Label.CLAIM)


class SpecProblem(GraphProblem):
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
        self.output = self.node_under_test()
        self.at = self.leaves()
        leaves = [Leaf(n, np.asarray(point[n], np.float64), DOUBLE) for n in built.differentiable if point[n].size]
        super().__init__(
            self.as_subject(leaves), [x for x in leaves if x.name in variables], options.rtol or RTOL, options.seed or 0
        )
        self.read = frozenset(ancestors(self.graph, [self.output.index]))  # the nodes that the output depends on

    def node_under_test(self) -> Expr:
        """Return the output as a node of the graph."""
        return self.built.outputs[self.of]

    def leaves(self) -> Point:
        """Return the values of all leaves."""
        return self.point

    def as_subject(self, leaves: Sequence[Leaf]) -> Subject:
        """Return the output as a function of its variables, with all derivatives that are tested."""
        y = Leaf(self.of, np.array(np.broadcast_to(self.value(), self.output.shape), np.float64), DOUBLE)
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

    def value(self) -> Array:
        """Return the output at the point."""
        (value,) = evaluate(self.graph, [self.output], self.at)
        return value

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

    def blank(self, y: Leaf, x: Leaf, tested: Label, derivative: Derivative | None = None) -> Check:
        """Return the check of a variable and a route before anything is known of its outcome."""
        return self.row(x.name, tested, x.value.size, self.span_of(tested, x.name))

    def row(self, name: str, tested: Label, columns: int, span: Span | None) -> Check:
        """Return a row about the output, by a variable where it has a name."""
        return Check(
            target=self.built.spec.target, outcome=Outcome.SKIPPED, of=self.of, wrt=name, tested=tested,
            point=self.point, point_index=self.index, file=self.built.spec.source.name, rtol=self.rtol or RTOL, span=span,
            rerun=self.rerun([name] if name else []), entries=self.output.node.size * columns,
        )  # fmt: skip

    def span_of(self, tested: Label, name: str) -> Span | None:
        """Return the place in the spec that a check is about."""
        if tested.of_code:
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

    def blanks(self) -> Iterator[Check]:
        """Yield a row without a verdict for every check, that of the value which the spec's code returns before its derivatives."""
        if self.code is not None:
            yield self.value_blank
        yield from super().blanks()

    @property
    def value_blank(self) -> Check:
        """The row about the value that the spec's code returns."""
        return self.row("", Label.TARGET, 1, self.span_of(Label.TARGET, ""))

    def noted(self) -> Iterator[Check]:
        """Yield the verdict on the value that the spec's code returns."""
        wanted = self.options.wanted or (lambda id_: True)
        if self.code is not None and wanted(self.value_blank.id):
            yield self.value_of_code(self.value_blank, self.code.values[self.of])

    def value_of_code(self, blank: Check, found: Array | Trouble) -> Check:
        """Return the verdict on a value that the spec's code returns."""
        if isinstance(found, Trouble):
            return replace(blank, outcome=Outcome.ERROR, code=found.code, said=found.message, help=found.help)
        reference = value_reference(self.built, self.of, self.point, self.values)
        scale = value_scale(self.built, self.of, self.point, self.values)
        return judge(blank, found, reference, scale, len(self.output.shape))

    def linearity(self, derivative: Derivative) -> Check | None:
        """Return the blank row about the linearity of a product that the spec's code gives."""
        if derivative.program or derivative.vjp is derivative.jvp is None:
            return None
        blank = self.row("", derivative.tested, sum(x.value.size for x in self.inputs), self.span_of(Label.TARGET, ""))
        wrt = self.inputs[0].name
        return replace(blank, about="dense", wrt=wrt)

    # --- what is tested, and names of mistakes

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

    def evidence(self, derivative: Derivative, y: Leaf, x: Leaf) -> Callable[[], Evidence]:
        """Return what the graph knows for naming a mistake."""
        formula = self.formula(derivative, x)
        elsewhere: Any = tuple if formula is None else partial(others, self.built, self.of, x.name, self.at, formula)
        return partial(evidence, self.built, self.of, x.name, self.at, formula, elsewhere)

    def lost_by(self, derivative: Derivative, x: Leaf) -> str:
        """Return the step of a claim that is not finite."""
        formula = self.formula(derivative, x)
        lost = troubles(self.graph, [formula], self.at) if formula is not None else ()
        form = lost and formula is not None and stable_form(self.graph, [formula], self.at)
        what = f"this overflows: write `{form}`" if form else "write the claim so that this step stays finite"
        return f"{lost[0]}; {what}" if lost else ""

    def blamed(self, check: Check) -> Check:
        """Return a route's failure with the operation whose rule is wrong, where one is."""
        found = wrong_rule_of(self.built, self.of, check.wrt, self.at, check.tested)
        return replace(check, help=f"{found.words}; {check.help}", span=found.span or check.span) if found else check


DOUBLE = np.dtype(np.float64)
