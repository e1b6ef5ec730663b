"""A verdict of the numbers → the same after every look that may change it, in the order of their cost.

A derivative is never failed for what rounding, a staircase, a kink or a solver does to its function, nor passed for what they hide.
Each look takes the check as the one before left it, and returns it or another.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial

import numpy as np

from jaccli.adapters import Trouble, TroubleError
from jaccli.checker.block import DOUBLE, SINGLE, Block
from jaccli.checker.effort.budget import Budget
from jaccli.checker.joined_inputs import all_outputs
from jaccli.checker.problem import Problem
from jaccli.checker.references.domain import outside_the_domain
from jaccli.checker.references.float32_inside import single_inside
from jaccli.checker.references.function import Differenced
from jaccli.checker.references.rounding_scale import on_a_tread
from jaccli.checker.references.scatter import HELP, own_scatter, perhaps_scatter, right_to, within_scatter
from jaccli.checker.references.uneven_product import UnevenProduct
from jaccli.checker.references.unevenness import perhaps_uneven, unevenness, within_unevenness
from jaccli.checker.references.zeros import moves_elsewhere
from jaccli.checker.segments.agreement import Segments
from jaccli.checker.segments.bounds import Agreement
from jaccli.checker.segments.stage import agreed_check
from jaccli.checker.subgradients.joint import without_nested
from jaccli.reference import Reference, input_scale
from jaccli.results import numbers
from jaccli.results.checks import Check
from jaccli.results.kinds import Label, Outcome
from jaccli.types import Array

__all__ = ["Looks", "missed_by_routes"]

FORMULA_DIGITS = 400  # for a formula that loses its digits in doubles: exp(700) − exp(700) takes 304
MANY, LONG_NODES = 16, 7  # pairs, and nodes of each, where noise and mistakes look alike
LONG = (2.0**-1, 2.0**-3, 2.0**-5, 2.0**-7)
FRAMEWORK_MODES = ("reverse", "forward")
BEYOND = "a number on the way is above 1.8e308, below 2.2e-308, or loses its digits: write it so that all of them stay in between"


class Looks:
    """The looks at one problem, which share what one of them found for another block."""

    def __init__(self, problem: Problem, differences: Differenced, budget: Budget, *, along: bool = True) -> None:
        self.problem, self.differences, self.budget = problem, differences, budget
        self.along = along  # whether segments may settle what is open
        self.left: dict[tuple[str, str], Array] = {}  # outputs that leave their slope all at once, by output and input
        self.moves: dict[str, Array | float] = {}

    def verdict(self, block: Block) -> Check:
        """Return what holds of a block after all looks."""
        block.reference = outside_the_domain(block.reference, block.matrix, block.value)
        check = block.verdict()
        if self.problem.sums_alike:  # the program's own second derivative: first order looks at the function
            return check
        for look in (
            self.stairs, self.zeros, self.formula_rounding, self.rounding, self.scatter, self.uneven, self.uneven_product,
            self.in_balls, self.float32_inside, self.segments,
        ):  # fmt: skip
            check = look(block, check)
        return check

    # --- the function

    def stairs(self, block: Block, check: Check) -> Check:
        """Look at staircases, wide teeth and nested kinks."""
        if block.exact:
            return self.nested(block, check)
        sudden = self.sudden(block, check)
        if not (np.any(sudden) or on_a_tread(check, block.reference, block.flat, block.value)):
            return check
        block.reference = self.differences.second_look(
            block.x, self.problem.rows[block.y.name], block.matrix, block.reference, sudden
        )
        return block.verdict()

    def nested(self, block: Block, check: Check) -> Check:
        """Look whether entries that are wrong one by one are a subgradient of nested kinks."""
        if check.outcome != Outcome.FAIL:
            return check
        block.reference = without_nested(block.fn, block.flat, block.matrix, block.reference)
        return block.verdict()

    def sudden(self, block: Block, check: Check) -> Array:
        """Return which outputs leave their slope all at once, (m,), where a pass could be one by that of a tread."""
        if not (check.outcome == Outcome.PASS or check.code == "JAC207") or block.eps > DOUBLE:
            return np.zeros(len(block.value), dtype=bool)
        pair = block.y.name, block.x.name
        if pair not in self.left:
            self.left[pair] = self.differences.sudden(block.x, self.problem.rows[block.y.name], block.reference)
        return self.left[pair]

    def zeros(self, block: Block, check: Check) -> Check:
        """Look whether a slope below the rounding of its output is a zero: beside what that moves by, or by rounding alone."""
        if check.code != "JAC207" or block.verdict(zero=block.scale).outcome == Outcome.INCONCLUSIVE:
            return check
        block.zero = block.zeros_below(self.elsewhere(block))
        if (again := block.verdict()).outcome != Outcome.INCONCLUSIVE:
            return again
        scale = input_scale(block.flat)
        terms = max(1.0, float(np.nanmax(np.abs(block.value), initial=0.0)) / float(np.min(scale)))

        def alone(noise: Array) -> Array:  # rounding goes through a whole row
            return np.asarray(np.abs(block.matrix) * scale <= np.max(noise * scale, axis=1, keepdims=True))

        asked = partial(own_scatter, block.derivative, self.problem.subject, block.y, block.x, size=terms)
        found = self.budget.limited(partial(asked, lambda noise: bool(np.all(alone(noise)))))
        if isinstance(found, np.ndarray):
            block.zero = np.where(alone(found), block.scale, block.zero)
        return block.verdict()

    def elsewhere(self, block: Block) -> Array:
        """Return how far the output moves away from the point, (m,); 0 where a loop may not end there, or something is raised."""
        nothing = np.zeros_like(block.value)
        if self.problem.subject.may_not_terminate:
            return nothing
        try:
            found = self.budget.limited(partial(moves_elsewhere, block.fn, block.flat))
        except TroubleError:
            return nothing
        return nothing if isinstance(found, Trouble) else found

    def uneven(self, block: Block, check: Check) -> Check:
        """Look whether the function is uneven by as much, as one that a solver computes is."""
        if check.outcome != Outcome.FAIL or block.eps > DOUBLE or not self.problem.black_box:
            return check
        if not perhaps_uneven(block.verdict, block.reference, block.flat, self.problem.values):
            return check
        rows = self.problem.rows[block.y.name]
        again = partial(within_unevenness, block.verdict, block.matrix, block.reference, block.flat)
        return again(self.unevenness[rows]) or check

    @cached_property
    def unevenness(self) -> Array:
        """By how much the function is uneven in each output, (m,); 0 where it is not known."""
        subject, values = self.problem.subject, self.problem.values
        nothing = np.zeros(values.size)
        if subject.may_not_terminate:
            return nothing
        point = np.concatenate([x.value.reshape(-1) for x in subject.inputs])
        try:
            found = self.budget.limited(partial(unevenness, all_outputs(subject, subject.inputs), point, values))
        except TroubleError:
            return nothing
        return nothing if isinstance(found, Trouble) else found

    # --- what is tested

    def formula_rounding(self, block: Block, check: Check) -> Check:
        """Look how a formula under test is rounded near its zeros: 1 - h² of a saturated tanh is zero in doubles."""
        if self.problem.formula(block.derivative, block.x) is None or not block.reference.digits:
            return check
        if check.outcome == Outcome.PASS and not _off(block.matrix, block.reference, check.rtol):
            return check
        excused = self.problem.formula_rounding(block.derivative, block.x, whole=False)
        block.excused = np.broadcast_to(excused, np.shape(block.tested)).reshape(block.matrix.shape)
        assert block.routes_off is not None
        block.routes_off = np.fmax(block.routes_off, np.fmin(block.excused, _least_rounding(block.matrix)))
        return block.verdict()

    def rounding(self, block: Block, check: Check) -> Check:
        """Look at a failure with the rounding of each operation; a formula of SymPy is evaluated with many digits."""
        if check.outcome != Outcome.FAIL or block.reference.rounding is None:
            return check
        if block.x.name not in self.moves:
            self.moves[block.x.name] = self.problem.disturbed(block.x)
        tested = self.problem.with_digits(block.derivative, block.x, FORMULA_DIGITS)
        wider = block.wider(self.moves[block.x.name], block.excused)
        again = block.verdict(wider, tested, routes_off=None)
        return again if again.outcome != Outcome.FAIL else check

    def scatter(self, block: Block, check: Check) -> Check:
        """Look by how much the derivative itself scatters around a failing point."""
        if check.outcome != Outcome.FAIL or block.eps > DOUBLE:
            return check
        if not perhaps_scatter(block.verdict, block.matrix, block.reference, block.flat):
            return check
        within = partial(within_scatter, block.verdict, block.matrix, block.reference)
        asked = partial(own_scatter, block.derivative, self.problem.subject, block.y, block.x)
        found = self.budget.limited(partial(asked, lambda scatter: within(scatter) is not None))
        return (isinstance(found, np.ndarray) and within(found)) or check

    def uneven_product(self, block: Block, check: Check) -> Check:
        """Look whether a failing vjp or jvp is uneven by as much, as one that a solver computes is."""
        by_rows = block.derivative.vjp is not None
        product = block.derivative.vjp or block.derivative.jvp
        if check.outcome != Outcome.FAIL or block.eps > DOUBLE or product is None or not self.problem.black_box:
            return check
        leaf, other = (block.y, block.x) if by_rows else (block.x, block.y)
        uneven = UnevenProduct(product, (leaf,), (other,), by_rows)
        place = check.of_index if by_rows else check.wrt_index

        def within(level: float) -> Check:
            return block.verdict(block.wider(level / input_scale(block.flat)))

        def excuses(level: float) -> bool:
            return within(level).outcome != Outcome.FAIL

        level = self.budget.limited(partial(uneven.excusing, uneven.unit(leaf, place), excuses))
        return uneven.undecided(within(level), level) if isinstance(level, float) and level else check

    def in_balls(self, block: Block, check: Check) -> Check:
        """Look at what a formula or a rule gives with enough digits, and at the rounding that its own doubles show."""
        formula, reference = self.problem.formula(block.derivative, block.x), block.reference
        excusable = check.code == "JAC207" or (
            check.outcome == Outcome.PASS and _off(block.matrix, reference, check.rtol)
        )
        excusable = excusable and formula is not None and bool(reference.digits)
        if check.outcome != Outcome.FAIL and not excusable:
            return check
        if excusable:
            check = self.measured(block, check)
        if formula is not None and not np.all(np.isfinite(block.matrix)):  # which no formula makes right
            return check
        long = self.problem.in_balls(block.derivative, block.x)
        if long is None:
            return check
        # a zero in place of what the program's own derivatives do not see either is excused
        allowed = np.where((block.matrix == 0) & (check.outcome == Outcome.PASS), np.inf, 0.0)
        return _by_the_formula(check, block.verdict(tested=long, measured=allowed, routes_off=None))

    def measured(self, block: Block, check: Check) -> Check:
        """Return a failure where rounding of the function excuses a formula that is not rounded itself."""
        rounded = self.problem.formula_rounding(block.derivative, block.x, whole=True)
        known = np.fmax(np.broadcast_to(rounded, np.shape(block.tested)).reshape(block.matrix.shape), block.excused)
        if check.outcome == Outcome.PASS:
            known = np.where(block.matrix == 0, np.inf, known)
        again = block.verdict(block.wider(block.excused), measured=known)
        return again if again.outcome == Outcome.FAIL else check

    def float32_inside(self, block: Block, check: Check) -> Check:
        """Look whether a framework's derivative of doubles has the digits of float32."""
        if (
            check.outcome != Outcome.PASS
            or self.problem.rtol is not None
            or block.derivative.tested not in FRAMEWORK_MODES
        ):
            return check
        rows = self.problem.rows[block.y.name]
        sharper = self.differences.closer(block.x, block.reference, block.matrix, rows, block.eps)
        return single_inside(check, block.matrix, sharper, block.scale, block.eps)

    # --- what noise leaves open

    def segments(self, block: Block, check: Check) -> Check:
        """Look whether what noise leaves open agrees with the values along long segments, where noise counts for less."""
        open_ = check.outcome == Outcome.INCONCLUSIVE and check.code in ("JAC207", "JAC203")
        known = block.derivative.at is not None and not self.problem.subject.may_not_terminate and not self.budget.over
        if not (self.along and open_ and known and block.eps <= SINGLE) or _on_steps(block.reference):
            return check
        long = Segments(self.problem, self.differences.function(block.x), block.x, MANY, LONG_NODES, LONG)
        try:
            found = self.budget.limited(partial(long.agreed, block.y, block.derivative, check.rtol))
        except TroubleError:
            return check
        return agreed_check(block.blank, found) if isinstance(found, Agreement) else check


def missed_by_routes(found: Sequence[Array], reference: Reference) -> Array:
    """Return the most that any of the program's own derivatives misses the reference by, its error bar included, (m, n).

    This is what computing in doubles costs here.
    """
    known = np.where(np.isfinite(reference.error_bar), reference.error_bar, 0.0)
    missed = [np.abs(route.reshape(known.shape) - reference.value) for route in found]
    return np.asarray(np.max([known, *(np.where(np.isfinite(one), one, 0.0) for one in missed)], axis=0))


def _least_rounding(matrix: Array) -> Array:
    """Return what a formula of this block may round by and still be right: more is its author's choice of a formula."""
    largest = np.max(np.abs(matrix), axis=1, keepdims=True, initial=1.0, where=np.isfinite(matrix))
    return np.asarray(2.0**-52 * largest)


def _on_steps(reference: Reference) -> bool:
    """Return whether the function is a staircase, and it is not clear whether its treads are meant or the curve they follow."""
    return reference.leap is not None and bool(np.any((reference.leap > 0) & np.isfinite(reference.low)))


def _off(tested: Array, reference: Reference, rtol: float) -> bool:
    """Return whether an entry is off by more than rtol, whatever the function's rounding excuses."""
    with np.errstate(all="ignore"):
        size = np.fmax(np.abs(tested), np.abs(reference.value))
        return bool(np.any(np.abs(tested - reference.value) > rtol * size + reference.error_bar))


def _by_the_formula(found: Check, exact: Check) -> Check:
    """Return the verdict on what is tested once it is known what its formula gives in balls.

    Law: a right formula does not fail, and a wrong one does not pass because doubles hide its error.
    """
    if found.code == "JAC207" and exact.outcome == Outcome.PASS and found.rel_error < 1:
        digits = int(-math.log10(found.rel_error)) if found.rel_error > 0 else 0
        if digits >= 1:
            message = f"{right_to(digits)}: cancellation in the claim"
            return replace(found, code="JAC201", said=message, help=HELP)
    if exact.outcome == Outcome.FAIL or found.outcome != Outcome.FAIL:
        return exact if exact.outcome == Outcome.FAIL and found.outcome != Outcome.FAIL else found
    message = (
        f"{numbers.value(found.value)} in doubles, {numbers.value(exact.value)} by the same formula with enough digits"
    )
    if found.tested != Label.CLAIM:
        return replace(found, outcome=Outcome.SKIPPED, code="JAC009", said=message, help=BEYOND)
    return replace(
        found, outcome=Outcome.INCONCLUSIVE, code="JAC201", said=f"right as a formula: {message}", help=BEYOND,
        failed=0, decided=found.decided - found.failed, open_share=1.0,
    )  # fmt: skip
