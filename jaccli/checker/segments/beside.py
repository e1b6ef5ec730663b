"""A derivative that is right at the point, and does not add up to the values along a segment → where beside it it is wrong.

What segments miss the values by may be a kink or a narrow feature of the function, which its derivative does not have to explain.
So the derivative is held to differences of the values at each node of the quadrature, along the segment; the worst node that they
object to is judged as if it were the point, and so is a point beside that node. Only what fails at both is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial

import numpy as np

from jaccli.adapters import Derivative, Leaf, TroubleError
from jaccli.checker.block import DOUBLE
from jaccli.checker.effort.budget import Budget
from jaccli.checker.problem import Problem
from jaccli.checker.references.function import Differenced
from jaccli.checker.segments.agreement import HALVES, Missed, Segments
from jaccli.checker.segments.asked import SEED, Asked, rule
from jaccli.results import numbers
from jaccli.results.checks import Check
from jaccli.results.kinds import Outcome
from jaccli.types import Array

__all__ = ["Beside"]

NODES = 5
OF_RTOL = 1e-2  # of the relative error that matters: what one short look along a segment may be off by
STEP = 2.0**-9  # of a segment, for differences along it at its nodes
BARS = 8.0  # error bars of such a difference by which a slope must miss it
SHARE = 0.25  # of what the segment is off by, which its worst node must be off by: their mean is off by the whole
OWN = 0.1  # of it, which the slopes of the values may miss the values by themselves: more is a kink, a step, or a solver's
COARSE = 2.0**-7  # of what moves: where they do, only a slope that is off by more is looked at
TRIED = 2  # nodes that are judged, at most
APART = 0.9137 * 2.0**-14  # of the segment, from a node to the point beside it that must fail as well
SHOWN = 6  # elements of a point that is written out


class Beside:
    """The looks beside the point of one problem.

    known:  segments along which derivatives did not agree, by the ids of checks; of one that is not there none was asked
    judged: a problem → its checks, by differences alone
    """

    def __init__(
        self, problem: Problem, differences: Differenced, budget: Budget, known: Mapping[str, Sequence[Missed]],
        judged: Callable[[Problem], Iterable[Check]],
    ) -> None:  # fmt: skip
        self.problem, self.differences, self.budget, self.known, self.judged = (
            problem,
            differences,
            budget,
            known,
            judged,
        )

    def looked_at(self, checks: Iterable[Check]) -> Iterator[Check]:
        """Yield the checks; a derivative that is wrong at a point beside the given one is a failure."""
        for check in checks:
            if self.known.get(check.id) == [] or check.id not in self.mine:  # it has added up wherever it was asked
                yield check
            else:
                yield self.looked(check, *self.mine[check.id])

    @cached_property
    def mine(self) -> dict[str, tuple[Leaf, Leaf, Derivative]]:
        """The output, the input and the derivative of each check, by its id."""
        return {
            self.problem.blank(y, x, derivative.tested, derivative).id: (y, x, derivative)
            for y in self.problem.subject.outputs
            for x in self.problem.inputs
            for derivative in self.problem.derivatives(y, x)
        }

    def looked(self, check: Check, y: Leaf, x: Leaf, derivative: Derivative) -> Check:
        """Return the check, of one that lets a run pass its failure at a point beside the one given."""
        lets_pass = check.outcome == Outcome.PASS or (check.outcome == Outcome.INCONCLUSIVE and not check.unverified)
        if not lets_pass or not self.applies(y, x, derivative):
            return check
        try:
            found = self.budget.limited(partial(self.wrong, y, x, derivative, check.id))
        except TroubleError:
            return check
        return self.placed(check, x, found) if isinstance(found, Check) else check

    def applies(self, y: Leaf, x: Leaf, derivative: Derivative) -> bool:
        """Return whether a derivative can be asked beside the point for what that takes."""
        subject = self.problem.subject
        may = derivative.at is not None and not subject.may_not_terminate and not np.any(subject.noise)
        small = max(x.eps, y.eps) <= DOUBLE and y.value.size > 0 and not self.budget.over
        return self.problem.black_box and may and small

    def wrong(self, y: Leaf, x: Leaf, derivative: Derivative, id_: str) -> Check | None:
        """Return the failure at the worst node at which the derivative is wrong, None where there is none."""
        missed = self.known.get(id_)
        if missed is None:
            one = Segments(self.problem, self.differences.function(x), x, 1, NODES, HALVES[:1])
            one.look_once(y, derivative, OF_RTOL * self.differences.tolerance(y, x))
            missed = one.missed
        for segment in missed:
            for t in self.objected(y, Asked(derivative, x, y), segment):
                found = [
                    self.failure(y, x, derivative, segment.a + at * (segment.b - segment.a)) for at in (t, t + APART)
                ]
                if all(one is not None for one in found):
                    return found[0]
        return None

    def objected(self, y: Leaf, asked: Asked, segment: Missed) -> list[float]:
        """Return the nodes, from 0 to 1 on the segment, at which slopes along it miss those of the values, the worst first."""
        fn, rows = self.differences.function(asked.x), self.problem.rows[y.name]
        d = segment.b - segment.a
        nodes, weights = rule(NODES)
        with np.errstate(all="ignore"):
            places = nodes[:, None] + STEP * np.array([-2.0, -1.0, 1.0, 2.0])
            values = fn(segment.a + places.reshape(-1, 1) * d)[:, rows].reshape(NODES, 4, -1)
            along = np.einsum("ktm,m->kt", values, segment.v)
            near, far = (along[:, 2] - along[:, 1]) / (2 * STEP), (along[:, 3] - along[:, 0]) / (4 * STEP)
            slope = (4 * near - far) / 3
            rounding = 2.0**-52 * np.sqrt(np.max(values**2, axis=1) @ segment.v**2) / STEP
            bar = np.abs(near - far) + 8 * rounding
            large = SEED / float(np.sqrt(np.mean(segment.v**2)) or 1.0)
            points = segment.a + nodes[:, None] * d
            given = asked.slopes(points, np.tile(d, (NODES, 1)), np.tile(large * segment.v, (NODES, 1))) / large
            off = np.abs(given - slope)
            missed_here = abs(float(weights @ slope) - segment.moved)
            least = (
                SHARE * segment.off
                if missed_here <= OWN * segment.off
                else COARSE * max(abs(segment.moved), float(np.max(np.abs(slope))))
            )
            clear = (off > BARS * bar) & (off > least)
        if not np.any(clear) or self.for_the_point_alone(asked, segment, nodes[np.argmax(off)]):
            return []
        return [float(nodes[k]) for k in np.argsort(-off) if clear[k]][:TRIED]

    def for_the_point_alone(self, asked: Asked, segment: Missed, t: float) -> bool:
        """Return whether a derivative is the same at a node as at the point: it was never meant for another."""
        d = segment.b - segment.a
        here, there = (asked.product(p, d, segment.v) for p in (asked.x.value.reshape(-1), segment.a + t * d))
        return np.array_equal(here, there, equal_nan=True)

    def failure(self, y: Leaf, x: Leaf, derivative: Derivative, point: Array) -> Check | None:
        """Return the failure of a derivative at another point, None where it does not fail there."""
        there = self.problem.beside(x, point, derivative)
        if there is None:
            return None
        id_ = self.problem.blank(y, x, derivative.tested, derivative).id
        return next((one for one in self.judged(there) if one.id == id_ and one.outcome == Outcome.FAIL), None)

    def placed(self, check: Check, x: Leaf, found: Check) -> Check:
        """Return the failure, with the point at which the derivative is wrong."""
        point = np.asarray(found.point[x.name])
        place = (
            f"{x.name} = {numbers.listed(point.tolist())}"
            if point.size <= SHOWN
            else f"another {x.name} of the same shape"
        )
        said = f"wrong at {place}, beside the point given, where it is right"
        more = f"; {found.help}" if found.help else ""
        return replace(found, said=said, help=f"{said}{more}", evaluations=check.evaluations + found.evaluations)
