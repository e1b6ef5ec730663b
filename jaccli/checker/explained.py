"""A verdict → the same with what is known of its cause: a lost seed, a tie, a branch, an overflow, a wrong rule."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from jaccli.checker.block import Block
from jaccli.checker.effort.budget import Budget
from jaccli.checker.mistakes.branch import with_branch
from jaccli.checker.mistakes.overflow import with_overflow, with_value_trouble
from jaccli.checker.mistakes.seedless import seedless
from jaccli.checker.mistakes.steps import with_steps
from jaccli.checker.mistakes.symmetric import for_symmetric
from jaccli.checker.problem import Problem
from jaccli.checker.references.float32_inside import noise_of_single
from jaccli.checker.references.function import Differenced
from jaccli.results.checks import Check
from jaccli.results.kinds import Label, Outcome

__all__ = ["Explained", "with_witness"]

AT_KINKS = ("JAC202", "JAC114")


class Explained:
    """Adds to the checks of one problem what is known of their causes.

    not_linear  the derivatives that do not scale with their seeds
    remedies    of failures that are none for symmetric matrices, by output and input
    """

    def __init__(self, problem: Problem, differences: Differenced, budget: Budget) -> None:
        self.problem, self.differences, self.budget = problem, differences, budget
        self.not_linear: set[str] = set()
        self.remedies: dict[tuple[str, str], str] = {}
        self.kinks: dict[str, str] = {}

    def failed(self, block: Block, check: Check) -> Check:
        """Return a failure with its cause, and one that is none at a branch as undecided."""
        if check.code == "JAC110":
            return self.not_finite(block, check)
        if check.outcome != Outcome.FAIL:
            return check
        if block.derivative.program:
            tipping = self.problem.tipping(block.x)
            return _of_the_branch(check, tipping) if tipping else self.problem.blamed(check)
        found = self.budget.limited(partial(seedless, check, block.derivative, block.y, block.x))
        check = found if isinstance(found, Check) else check
        self.not_linear |= {block.derivative.tested} if check.code == "JAC115" else set()
        if remedy := for_symmetric(check, block.matrix, block.reference, block.x, self.problem.given(block.x)):
            remedy += self.problem.for_symmetric(block.x)
            self.remedies[block.y.name, block.x.name] = remedy
            return replace(check, help=f"{remedy}\n{check.help}".rstrip("\n"))
        return check

    def not_finite(self, block: Block, check: Check) -> Check:
        """Return the failure of a derivative that is not finite where its function is."""
        if lost := self.problem.lost_by(block.derivative, block.x):
            return replace(check, help=lost)
        look = partial(with_overflow, check, block.matrix, block.derivative, self.problem.subject, block.y, block.x)
        found = self.budget.limited(look)
        check = found if isinstance(found, Check) else check
        return self.problem.blamed(check) if block.derivative.program and check.outcome == Outcome.FAIL else check

    def undecided(self, block: Block, check: Check) -> Check:
        """Return an undecided check with what is known of the cause beyond the differences."""
        if check.outcome != Outcome.INCONCLUSIVE:
            return check
        if check.code == "JAC206":
            return with_steps(check, block.reference)
        if check.code == "JAC202" and self.problem.black_box and self.differences.grid(block.x) == np.float64:
            found = self.budget.limited(partial(with_branch, check, block.fn, block.x, block.y))
            return found if isinstance(found, Check) else check
        if check.code == "JAC208":
            decided = f"{check.decided:,} of {check.entries:,} entries were decided"
            message = f"the {self.budget.seconds:g} s of the time limit were over when {decided}"
            return replace(check, said=message, help="raise it, or check a smaller size")
        if check.code == "JAC205":
            return self.outside_domain(block, check)
        leaves = (*self.problem.subject.inputs, *self.problem.subject.outputs)
        largest = max(float(np.nanmax(np.abs(leaf.value), initial=0.0)) for leaf in leaves)
        return noise_of_single(check, block.reference, block.y.value, block.y.eps, largest)

    def outside_domain(self, block: Block, check: Check) -> Check:
        """Return a check at the edge of a domain with what was raised there, or with where the value is lost."""
        if not self.problem.black_box:
            return replace(check, help=self.problem.not_finite())
        if trouble := self.differences.troubles.get(block.x.name):
            return replace(check, said=trouble.message, help="the point lies at the edge of the function's domain")
        if not np.all(np.isfinite(block.value)):
            look = partial(with_value_trouble, check, self.problem.subject, block.y, block.x)
            found = self.budget.limited(look)
            return found if isinstance(found, Check) else check
        return check

    def beside_a_kink(self, block: Block, check: Check) -> Check:
        """Return a check that a kink is about with the choice that tips first."""
        name = block.x.name
        if not (check.at_kink or check.slopes is not None or check.code in AT_KINKS):
            return check
        if check.kink:  # named already
            return check
        if name not in self.kinks:
            self.kinks[name] = self.problem.nearest_kink(block.x)
        return replace(check, kink=self.kinks[name])


def _of_the_branch(check: Check, tipping: str) -> Check:
    """Return the check of a route that differentiates the branch of its point, where the points beside it take another.

    The slope of ``where(x == 0, 0, x)`` at 0 is not that of its branch there: no rule is wrong, and no route can know.
    """
    return replace(
        check,
        outcome=Outcome.INCONCLUSIVE,
        code="JAC202",
        decided=check.decided - check.failed,
        failed=0,
        open_share=1.0,
        kink=f"{tipping} tips exactly here",
        said="the branch of this point alone is differentiated; the points beside it take another, with another slope",
        help="give the branch the right slope as well, as in where(x == 0, 1 + x/2, expm1(x)/x)",
    )


def with_witness(checks: list[Check]) -> list[Check]:
    """Return one block's checks, the symbolic derivative among the witnesses of the others where it passed."""
    agrees = any(check.tested == Label.SYMBOLIC and check.outcome == Outcome.PASS for check in checks)
    return [
        replace(check, witnesses=(*check.witnesses, "SymPy")) if agrees and check.tested != Label.SYMBOLIC else check
        for check in checks
    ]
