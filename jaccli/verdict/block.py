"""A wrong block as explanations see it: what was tested, what is right, and whether a candidate accounts for the error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from jaccli.types import Array
from jaccli.verdict.decide import FAIL, INCONCLUSIVE, PASS, Decision
from jaccli.verdict.evidence import Evidence, Other

__all__ = ["CLOSE", "Block", "Finding", "Found", "entry"]

#: A kind of mistake explains a block when it leaves this share of the error; planted mistakes that two kinds would explain
#: differ by more (benchmarks/mistakes.py).
CLOSE = 1e-3


@dataclass(frozen=True, slots=True)
class Found:
    """An explanation that fits: a rule code, what is seen, and what that usually comes from; at other points both are the same.

    share  how many entries are wrong, where that is said, which may differ from point to point
    sure   whether one entry is enough to believe the cause
    """

    code: str
    seen: str
    cause: str = ""
    share: str = field(default="", compare=False)
    sure: bool = False

    @property
    def words(self) -> str:
        """The sentence about it."""
        share, cause = f" in {self.share}" if self.share else "", f"; {self.cause}" if self.cause else ""
        return f"{self.seen}{share}{cause}"


Finding = Found | None  # None where the explanation does not fit


@dataclass(frozen=True)
class Block:
    """A tested block with its reference.

    Shapes: tested, value, the decision's and scale of out.shape + in.shape; out_rank is the length of out.shape.
    """

    tested: Array
    value: Array
    decision: Decision
    out_rank: int
    evidence: Evidence
    scale: Array | None = None  # what rounding can disturb, per eps

    @cached_property
    def failed(self) -> Array:
        """Where the block is wrong."""
        return np.asarray(self.decision.outcome == FAIL)

    @cached_property
    def decided(self) -> Array:
        """Where it is known whether the block is right."""
        known = (self.decision.outcome != INCONCLUSIVE) & np.isfinite(self.value) & np.isfinite(self.tested)
        return np.asarray(known)

    @cached_property
    def error(self) -> float:
        """The largest residual of a decided entry."""
        return float(np.max(np.abs(self.tested - self.value)[self.decided], initial=0.0))

    @cached_property
    def size(self) -> float:
        """The largest right value among the decided entries."""
        return float(np.max(np.abs(self.value[self.decided]), initial=0.0))

    @cached_property
    def others(self) -> tuple[Block, ...]:
        """The same block at other points where it is wrong as well."""
        blocks = [Block.at_another_point(other, self.out_rank) for other in self.evidence.others()]
        return tuple(block for block in blocks if np.any(block.failed))

    @staticmethod
    def at_another_point(other: Other, out_rank: int) -> Block:
        """Return a block whose entries are wrong where they are off by more than a ten-thousandth of the error."""
        residual = np.abs(other.tested - other.value)
        failed = residual > 1e-4 * np.max(residual, initial=0.0)
        failed &= residual > 1e-9 * np.maximum(np.abs(other.value), np.abs(other.tested))
        outcome = np.where(failed, FAIL, PASS)
        decision = Decision(outcome, np.full(outcome.shape, "", dtype=object), residual, residual, residual)
        return Block(other.tested, other.value, decision, out_rank, other.evidence)

    @cached_property
    def matrix_shape(self) -> tuple[int, int]:
        """(out.size, in.size)."""
        rows = int(np.prod(self.value.shape[: self.out_rank], dtype=int))
        return rows, self.value.size // rows if rows else 0

    def fits(self, candidate: Array) -> bool:
        """Return whether ``candidate`` is what was tested, but for a small share of the error, in every decided entry."""
        if candidate.shape != self.tested.shape or not np.any(self.decided):
            return False
        left = np.abs(self.tested - candidate)[self.decided]
        return bool(np.all(np.isfinite(left)) and np.max(left) <= CLOSE * self.error)

    def only_failed(self, candidate: Array) -> Array:
        """Return ``candidate`` where the block is wrong, and the right value elsewhere."""
        return np.where(self.failed, candidate, self.value)

    def name(self, position: Sequence[int]) -> str:
        """Return how messages call an entry: ``[1]/[0, 2]``."""
        return entry(position[: self.out_rank], position[self.out_rank :])


def entry(of: Sequence[int], wrt: Sequence[int]) -> str:
    """Return the words for an entry's place: ``output [1], input [0, 2]``."""
    parts = [("output", of), ("input", wrt)]
    return ", ".join(f"{what} [{', '.join(map(str, place))}]" for what, place in parts if len(place))
