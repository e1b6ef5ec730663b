"""A problem → what judges its derivatives, input by input: the strongest reference that its cost allows, and who agrees with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from jaccli.adapters import Leaf, Trouble
from jaccli.checker.effort.budget import Budget
from jaccli.checker.problem import Problem
from jaccli.checker.references.alike import looked_again
from jaccli.checker.references.function import Differenced
from jaccli.difference import unmoved
from jaccli.reference import Reference, input_scale
from jaccli.results.kinds import Reason
from jaccli.types import Array
from jaccli.verdict.decide import rounding_scale

__all__ = ["ALARM", "Chosen", "References", "between_doubles"]

EPS = 2.0**-52
ALARM = 4.0  # error bars of the difference by which it must miss a certified value before something is called broken


@dataclass(frozen=True, slots=True)
class Chosen:
    """The reference that judges all outputs by one input, who agrees with it, and what is wrong if they do not."""

    reference: Reference
    witnesses: tuple[str, ...] = ()
    alarm: str = ""

    def rows(self, part: slice) -> Chosen:
        """Return that of some outputs only."""
        return replace(self, reference=self.reference.rows(part))


class References:
    """The references of one problem.

    route: what is asked for: "auto", "difference", "certified" or "complex-step".
    full:  every column, whatever it costs.
    """

    def __init__(
        self, problem: Problem, differences: Differenced, budget: Budget, route: str = "auto", full: bool = False
    ) -> None:
        self.problem, self.differences, self.budget, self.route = problem, differences, budget, route
        self.costly = problem.costly(full)

    @cached_property
    def proved(self) -> tuple[Mapping[str, Reference], str]:
        """The references that are better than differences, by input, and the trouble where two of them exclude each other."""
        return self.problem.proved(self.route)

    def choose(self, parts: int, without: Collection[str] = ()) -> dict[str, Chosen | Trouble]:
        """Return what judges by each input; one that no reference can afford is left out.

        without: inputs that need none.
        parts:  how many pieces of work are still to come, these among them: each gets its share of the time.
        Errors: UsageError where a reference was asked for by name and cannot be had.
        """
        proved, alarm = self.proved
        if self.route not in ("auto", "difference"):
            return {name: Chosen(reference, alarm=alarm) for name, reference in proved.items()}
        found: dict[str, Chosen | Trouble] = {}
        for k, x in enumerate(x for x in self.problem.subject.inputs if x.name not in without):
            one = self.chosen(x, proved, parts - k)
            if one is not None:
                found[x.name] = replace(one, alarm=alarm or one.alarm) if isinstance(one, Chosen) else one
        return found

    def chosen(self, x: Leaf, proved: Mapping[str, Reference], parts: int) -> Chosen | Trouble | None:
        """Return what judges by one input, None where nothing can be afforded."""
        best = proved.get(x.name)
        if best is not None and _decided(best) and not self.problem.cheap(x):
            return Chosen(best)
        other = self.difference(x, parts)
        if not isinstance(other, Reference):
            return Chosen(best) if best is not None else other
        return self.weighed(x, best, other)

    def difference(self, x: Leaf, parts: int) -> Reference | Trouble | None:
        """Return the reference by differences, or why there is none; None where it would cost too much."""
        values = self.problem.values
        if self.problem.unaffected(x) and np.all(np.isfinite(values)):
            return unmoved(values.size, x.value.size)
        if x.name in self.costly:
            return None
        found = self.budget.limited(partial(self.differences.reference, x), parts)
        if isinstance(found, Reference) and self.route == "difference":
            found = self.problem.where_defined(x, found)
        if not self.problem.sums_alike or isinstance(found, Trouble):
            return found
        rtol = min(self.differences.tolerance(y, x) for y in self.problem.subject.outputs)
        fn, flat = self.differences.function(x), x.value.reshape(-1)
        return looked_again(found, fn, flat, rtol, self.problem.subject.elements)

    def weighed(self, x: Leaf, best: Reference | None, other: Reference) -> Chosen:
        """Return the certified reference where it decides, with the difference as its witness, else the difference."""
        flat = x.value.reshape(-1)
        if best is not None:
            other = between_doubles(best, other, flat)
        if best is None or np.sum(_known(other)) > np.sum(_known(best)):
            return Chosen(other)
        known = np.isfinite(best.error_bar) & np.isfinite(other.error_bar)
        size = input_scale(flat)
        scale = rounding_scale(self.problem.values, other.value, size, other.reach(flat))
        rtol = min(self.differences.tolerance(y, x) for y in self.problem.subject.outputs)
        with np.errstate(all="ignore"):
            allowed = (
                ALARM * other.error_bar
                + best.error_bar
                + np.fmax(rtol * np.abs(best.value), other.kappa * EPS * scale)
                + np.finfo(np.float64).tiny / size  # below it a value has no digits to take a difference of
            )
            apart = known & (np.abs(best.value - other.value) > allowed)
        broken = apart & (np.abs(best.value - other.value) > self.problem.misled(x)) if np.any(apart) else apart
        if np.any(broken) and not self.problem.within_steps(x, other, k := int(np.flatnonzero(broken)[0])):
            return Chosen(best, alarm=_alarm(best, other, k))
        witnesses = ("central differences",) if np.any(known) and not np.any(apart) else ()
        return Chosen(replace(best, curvature=other.curvature, noise=other.noise), witnesses)


def _decided(reference: Reference) -> bool:
    """Return whether every entry has a value with a bound, or is a kink with its slopes."""
    return bool(np.all(_known(reference)))


def _known(reference: Reference) -> Array:
    return np.asarray(np.isfinite(reference.error_bar) | np.isfinite(reference.low))


def between_doubles(best: Reference, other: Reference, x: Array) -> Reference:
    """Return a difference without the entries at which a function that balls find undefined is met at whole numbers only.

    x**x at -1e300 is zero at every double, and between two of them no real number.
    """
    whole = (best.reason == Reason.DOMAIN) & (np.spacing(np.abs(x)) >= 1)
    return replace(
        other,
        value=np.where(whole, np.nan, other.value),
        error_bar=np.where(whole, np.inf, other.error_bar),
        reason=np.where(whole, Reason.DOMAIN, other.reason.astype(object)),
    )


def _alarm(best: Reference, other: Reference, k: int) -> str:
    return (
        f"the certified value {best.value.flat[k]:.17g} and the difference {other.value.flat[k]:.17g} ± "
        f"{other.error_bar.flat[k]:.0e} exclude each other"
    )
