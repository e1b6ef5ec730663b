"""One derivative of one output by one input, with its reference → the verdict of the numbers, asked again as more becomes known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from jaccli.adapters import Derivative, Leaf
from jaccli.checker.problem import Problem
from jaccli.checker.references.rounding_scale import block_scales
from jaccli.reference import Reference, input_scale
from jaccli.results.checks import Check
from jaccli.results.kinds import JudgedBy, Outcome, Reason
from jaccli.types import Array
from jaccli.verdict import Evidence, judge
from jaccli.verdict.decide import rounding_scale

__all__ = ["DOUBLE", "SINGLE", "Block"]

DOUBLE, SINGLE = 2.0**-52, 2.0**-23
#: The allowance for rounding against differences in float64: nothing but the rounding of the derivative itself is left.
KAPPA_SINGLE, KAPPA_HALF = 64.0, 8.0


@dataclass
class Block:
    """A derivative under test and what judges it; the looks of the judge sharpen ``reference`` and widen the rest.

    Shapes: matrix, scale, alone, zero, routes_off and excused (m, n); size (m,).
    scale    what rounding can disturb in each entry, in units of 1/eps, with what the entries of the block share; ``alone``
             without that, ``zero`` with no more than one of the output's own size
    routes_off what the program's own derivatives miss the truth by, for a claim beside them; None for anything else
    excused  the rounding of a formula under test near its zeros
    """

    problem: Problem
    y: Leaf
    x: Leaf
    derivative: Derivative
    blank: Check
    tested: Array
    reference: Reference
    size: Array
    reach: Array
    atol: float = 0.0
    routes_off: Array | None = None
    excused: Array | float = 0.0

    def __post_init__(self) -> None:
        part, eps = self.reference, self.eps
        if self.problem.subject.in_float64 and eps > DOUBLE:
            part = replace(part, kappa=KAPPA_SINGLE if eps <= SINGLE else KAPPA_HALF)
        self.reference = _where_finite(part, self.value)
        self.alone, self.scale, self.zero = self._scales(1.0)
        self.evidence = self.problem.evidence(self.derivative, self.y, self.x)

    def _scales(self, most: Array | float) -> tuple[Array | None, Array, Array]:
        if self.exact:
            exact = partial(
                rounding_scale, jacobian=self.reference.value, x_scale=input_scale(self.flat), total=self.reach
            )
            return None, exact(self.size), exact(np.fmin(self.size, most))
        return block_scales(self.reference, self.flat, self.size, self.reach, self.eps, most)

    def zeros_below(self, moves: Array) -> Array:
        """Return the S below whose rounding a derivative is a zero where an output is known to move by so much elsewhere, (m, n).

        Shapes: moves (m,).
        """
        return self._scales(np.fmax(moves, 1.0))[2]

    @property
    def eps(self) -> float:
        """The machine epsilon of the coarser of input and output."""
        return max(self.x.eps, self.y.eps)

    @property
    def exact(self) -> bool:
        """Whether the reference is one of more digits than doubles have, or of the doubles' own."""
        return self.reference.route != JudgedBy.DIFFERENCE

    @property
    def flat(self) -> Array:
        """The input, (n,)."""
        return self.x.value.reshape(-1)

    @property
    def value(self) -> Array:
        """The output, (m,)."""
        return self.y.value.reshape(-1)

    @property
    def matrix(self) -> Array:
        """What is tested, (m, n)."""
        return np.asarray(self.tested, dtype=np.float64).reshape(self.reference.value.shape)

    @property
    def fn(self) -> Callable[[Array], Array]:
        """The output as a function of the input, (points, n) → (points, m)."""
        return self.problem.values_by(self.y, (self.x,))

    def verdict(self, reference: Reference | None = None, tested: Array | None = None, **known: Any) -> Check:
        """Return the verdict on the numbers; ``reference`` and ``tested`` replace those of the block where they are given.

        known: other arguments of ``judge``.
        """
        given: dict[str, Any] = {
            "evidence": self.evidence, "routes_off": self.routes_off, "zero": self.zero, **known,
        }  # fmt: skip
        return judge(
            self.blank, self.tested if tested is None else tested, reference or self.reference, self.scale,
            self.problem.out_rank(self.y), eps=self.eps, rows_scale=self.alone, atol=self.atol, **given,
        )  # fmt: skip

    @cached_property
    def evidence(self) -> Callable[[], Evidence]:
        """What gives the evidence for naming a mistake; what it finds is kept."""
        return self.problem.evidence(self.derivative, self.y, self.x)

    @property
    def zero_over_zero(self) -> bool:
        """Whether a formula is NaN where the derivative is defined, as that of equal singular values is."""
        return bool(np.any(np.isnan(self.matrix) & np.isfinite(self.reference.value)))

    def of_differences(self) -> Check:
        """Return the verdict on differences of the code: an error within their own error bars does not fail.

        Where they do not decide they are left out: nobody claimed them, and the values of the code have a row of their own.
        """
        assert self.derivative.error_bar is not None
        bar = np.asarray(self.derivative.error_bar()[self.y.name, self.x.name])
        unknown = ~np.isfinite(bar)
        reason = np.where(unknown & (self.reference.reason == Reason.NONE), Reason.STEP_WINDOW, self.reference.reason)
        known = 0.0 if self.reference.rounding is None else self.reference.rounding
        wider = replace(self.reference, reason=reason, rounding=known + np.where(unknown, 0.0, bar))
        found = self.verdict(wider, evidence=Evidence)
        if found.outcome != Outcome.INCONCLUSIVE:
            return found
        return replace(found, outcome=Outcome.SKIPPED, said=f"differences of the code do not decide: {found.message}")

    def wider(self, *rounding: Array | float) -> Reference:
        """Return the reference, with rounding that it did not know of."""
        known: Array | float = 0.0 if self.reference.rounding is None else self.reference.rounding
        for one in rounding:
            known = np.fmax(known, one)
        return replace(self.reference, rounding=np.broadcast_to(known, self.reference.value.shape))


def _where_finite(reference: Reference, value: Array) -> Reference:
    """Return the reference without the rows where the function overflows, or is undefined, in doubles: so may its derivative."""
    lost = ~np.isfinite(value)[:, None] & np.ones(reference.value.shape, dtype=bool)
    if not np.any(lost):
        return reference
    nan = {name: np.where(lost, np.nan, getattr(reference, name)) for name in ("value", "low", "high")}
    open_ = {
        "error_bar": np.where(lost, np.inf, reference.error_bar),
        "reason": np.where(lost, Reason.DOMAIN, reference.reason.astype(object)),
    }
    return replace(reference, **nan, **open_)  # type: ignore[arg-type]
