"""One output at one point → what judges its derivatives: the strongest reference that its cost allows, and who agrees with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jaccli import certify
from jaccli.checker.work import BALL_BUDGET, BUDGET, CHEAP, EVALUATIONS, MAX_ENTRIES
from jaccli.derive.jacobian import jacobian
from jaccli.derive.rounding import disturbed_values
from jaccli.difference import complex_step, differences, unmoved
from jaccli.errors import UsageError
from jaccli.graph.build import Built
from jaccli.graph.cost import weighted_operations
from jaccli.graph.evaluate import COMPLEX128, FLOAT64, Numbers, evaluate, live_elements
from jaccli.graph.ir import ancestors
from jaccli.reference import Reference, input_scale
from jaccli.spec.points import Point
from jaccli.verdict.decide import rounding_scale

__all__ = ["Chosen", "References"]

Array = np.ndarray[Any, Any]
COMPARISONS = ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal")
ALARM = 4.0  # error bars of the difference by which it must miss a certified value before something is called broken


@dataclass(frozen=True, slots=True)
class Chosen:
    """The reference that judges a block, the names of others that agree with it, and what is wrong if they do not."""

    reference: Reference
    witnesses: tuple[str, ...] = ()
    alarm: str = ""


class References:
    """The references of one output at one point."""

    def __init__(
        self, built: Built, of: str, point: Point, value: Array, rtol: float, route: str, full: bool = False
    ) -> None:
        self.built, self.of, self.point, self.value, self.rtol, self.route = built, of, point, value, rtol, route
        self.output = built.outputs[of]
        self.read = frozenset(ancestors(built.graph, [self.output.index]))  # the nodes that the output depends on
        self.full = full  # whatever it costs
        self.alarm = ""

    def choose(self, names: Sequence[str]) -> dict[str, Chosen]:
        """Return what judges each variable; one that no reference can afford is left out.

        Errors: UsageError where a reference was asked for by name and cannot be had.
        """
        proved = self.strong(names)
        if self.route not in ("auto", "difference"):
            return {name: Chosen(reference, alarm=self.alarm) for name, reference in proved.items()}
        chosen = {}
        for name in names:
            best = proved.get(name)
            if best is None or not _decided(best) or self.difference_cost(name) <= CHEAP:
                other = self.difference(name)
                chosen[name] = self.weighed(name, best, other) if other is not None else Chosen(best) if best else None
            else:
                chosen[name] = Chosen(best)
        found = {name: one for name, one in chosen.items() if one is not None}
        return {name: replace(one, alarm=self.alarm or one.alarm) for name, one in found.items()}

    def strong(self, names: Sequence[str]) -> dict[str, Reference]:
        """Return the references that are better than differences, by the route that was asked for or the best there is."""
        if self.route == "difference":
            return {}
        if self.route == "complex-step":
            return {name: self.complex_step(name) for name in names}
        return self.certified(names)

    def complex_step(self, name: str) -> Reference:
        """Return the reference by a complex step.

        Errors: UsageError naming the ops that are not analytic.
        """
        graph = self.built.graph
        nodes = [graph.nodes[index] for index in ancestors(graph, [self.output.index])]
        if kept := sorted({node.op for node in nodes if not node.row.analytic}):
            raise UsageError(
                f"--reference complex-step: {', '.join(kept)} is not analytic; use certified or difference"
            )
        x = self.point[name]
        fn = self.function(name, COMPLEX128)
        return complex_step(fn, x.reshape(-1), self.value, elements=2 * live_elements(graph, [self.output]))

    def lacking(self) -> list[str]:
        """Return the ops without a kernel for balls.

        Errors: UsageError where a route that needs them was asked for by name.
        """
        lacking = certify.unsupported(self.built.graph, self.output)
        if lacking and self.route != "auto":
            raise UsageError(f"--reference {self.route}: no ball arithmetic for {', '.join(lacking)}")
        return lacking

    # --- certified

    def certified(self, names: Sequence[str]) -> dict[str, Reference]:
        """Return the certified references, none where they are not to be had or cost too much."""
        graph, variables = self.built.graph, [self.built.variables[name] for name in names]
        if self.lacking() or certify.work(graph, self.output, variables) > BALL_BUDGET:
            return {}
        from jaccli.derive.symbolic import local_partials

        try:
            found = certify.certified(graph, self.output, variables, self.point, local_partials)
        except certify.DisagreementError as error:
            self.alarm = str(error)
            return {}
        return dict(zip(names, found, strict=True))

    # --- differences

    def difference_cost(self, name: str) -> float:
        """Return the weighted operations of a difference in every column of this variable."""
        columns = self.point[name].size
        operations = weighted_operations(self.built.graph, [self.output]) + columns + self.value.size
        return EVALUATIONS * columns * operations

    def difference(self, name: str) -> Reference | None:
        """Return the reference by differences, None where it would cost too much."""
        x = self.point[name]
        if self.built.variables[name].index not in self.read and np.all(np.isfinite(self.value)):
            return unmoved(self.value.size, x.size)
        large = self.difference_cost(name) > BUDGET or x.size * self.value.size > MAX_ENTRIES
        if large and not self.full:
            return None
        elements = live_elements(self.built.graph, [self.output])
        found = differences(self.function(name), x.reshape(-1), rtol=self.rtol, elements=elements)
        return self.where_defined(name, found) if self.route == "difference" else found

    def where_defined(self, name: str, found: Reference) -> Reference:
        """Return differences without the entries that are defined at whole numbers only, where all doubles nearby are such."""
        graph, variables = self.built.graph, [self.built.variables[name]]
        x = self.point[name].reshape(-1)
        known = np.any(np.spacing(np.abs(x)) >= 1) and not certify.unsupported(graph, self.output)
        if not known or certify.work(graph, self.output, variables) > BALL_BUDGET:
            return found
        balls = self.certified([name]).get(name)
        return found if balls is None else _between_doubles(balls, found, x)

    def function(self, name: str, numbers: Numbers = FLOAT64) -> Callable[[Array], Array]:
        """Return the output as a function of a batch of one variable's values, (points, n) → (points, m)."""
        graph, shape = self.built.graph, self.point[name].shape

        def fn(points: Array) -> Array:
            batch = points.reshape(len(points), *shape)
            (values,) = evaluate(graph, [self.output], {**self.point, name: batch}, numbers)
            return np.broadcast_to(values, (len(points), *self.output.shape)).reshape(len(points), -1)

        return fn

    def weighed(self, name: str, best: Reference | None, other: Reference) -> Chosen:
        """Return the certified reference where it decides, with the difference as its witness, else the difference."""
        if best is not None:
            other = _between_doubles(best, other, self.point[name].reshape(-1))
        if best is None or np.sum(_known(other)) > np.sum(_known(best)):
            return Chosen(other)
        known = np.isfinite(best.error_bar) & np.isfinite(other.error_bar)
        x = self.point[name].reshape(-1)
        scale = rounding_scale(self.value, other.value, input_scale(x), other.reach(x))
        with np.errstate(all="ignore"):
            allowed = (
                ALARM * other.error_bar
                + best.error_bar
                + np.fmax(self.rtol * np.abs(best.value), other.kappa * EPS * scale)
                + np.finfo(np.float64).tiny / input_scale(x)  # below it a value has no digits to take a difference of
            )
            apart = known & (np.abs(best.value - other.value) > allowed)
        broken = apart & (np.abs(best.value - other.value) > self.misled(name)) if np.any(apart) else apart
        if np.any(broken) and not self.within_steps(name, other, k := int(np.flatnonzero(broken)[0])):
            return Chosen(best, alarm=_alarm(best, other, k))
        witnesses = ("central differences",) if np.any(known) and not np.any(apart) else ()
        return Chosen(replace(best, curvature=other.curvature, noise=other.noise), witnesses)

    def misled(self, name: str) -> Array:
        """Return by how much roundings inside the function can mislead a difference with the finest step.

        1 - cos(x) at 1e-9 is 0 at every step; (1 - cos(x))/x² at 1e-5 is a staircase whose treads slope.
        """
        moved = disturbed_values(self.built.graph, self.output, self.point).reshape(-1)
        with np.errstate(all="ignore"):
            return np.asarray(moved[:, None] / (FINE * self.scale(name)))

    def within_steps(self, name: str, other: Reference, k: int) -> bool:
        """Return whether slopes within a fine step of the point are as far from the certified one as a difference.

        By the mean value theorem it is one of the slopes within its steps: x + sin(x) at 1e16 has all from 0 to 2 between doubles.

        k: the flat index of its entry.
        """
        i, j = np.unravel_index(k, other.value.shape)
        tangent = np.zeros((1, *self.point[name].shape))
        tangent.reshape(-1)[j] = 1.0
        low, high = certify.slopes_around(self.built.graph, self.output, self.point, {name: tangent}, FINEST)
        value, bar = float(other.value.flat[k]), ALARM * float(other.error_bar.flat[k])
        return not (value + bar < low[0, i] or value - bar > high[0, i])

    def nearest_kink(self, name: str) -> str:
        """Return which choice tips first as this variable moves: ``relu in line 7 is 1e-9 from its kink``."""
        found = self.kink(name)
        if found is None:
            return ""
        return f"{found} is on its kink" if found.margin == 0 else f"{found} is {found.distance:.1e} from its kink"

    def tipping(self, name: str) -> str:
        """Return the comparison that tips exactly at the point as this variable moves, "" where none does."""
        found = self.kink(name)
        return str(found) if found is not None and found.margin == 0 and found.op in COMPARISONS else ""

    def kink(self, name: str) -> certify.Kink | None:
        """Return the kink that the smallest move of this variable reaches."""
        graph, variables = self.built.graph, [self.built.variables[name]]
        return certify.nearest_kink(
            graph,
            self.output,
            variables,
            self.point,
            lambda node: jacobian(graph, node, variables, self.point, "reverse"),
        )

    def scale(self, name: str) -> Array:
        """Return the natural size of each element of a variable."""
        return input_scale(self.point[name].reshape(-1))


EPS = 2.0**-52
#: A step, per scale of its input, below which differences go only for narrow features. The sawtooth of (1 - cos(x))/x² at 1e-5
#: stays below the bound that it gives; a difference of sin(x) that is off by 1 % does not (both in the tests).
FINE = 2.0**-30
#: Likewise, a quarter of the spacing of the values that show the noise: what turns within it shows as noise or not at all. A single
#: bump that is wider, and that all steps miss, is an alarm.
FINEST = 2.0**-46


def _decided(reference: Reference) -> bool:
    """Return whether every entry has a value with a bound, or is a kink with its slopes."""
    return bool(np.all(_known(reference)))


def _known(reference: Reference) -> Array:
    return np.asarray(np.isfinite(reference.error_bar) | np.isfinite(reference.low))


def _between_doubles(best: Reference, other: Reference, x: Array) -> Reference:
    """Return a difference without the entries at which a function that balls find undefined is met at whole numbers only.

    x**x at -1e300 is zero at every double, and between two of them no real number.
    """
    whole = (best.reason == "domain") & (np.spacing(np.abs(x)) >= 1)
    return replace(
        other,
        value=np.where(whole, np.nan, other.value),
        error_bar=np.where(whole, np.inf, other.error_bar),
        reason=np.where(whole, "domain", other.reason.astype(object)),
    )


def _alarm(best: Reference, other: Reference, k: int) -> str:
    return (
        f"the certified value {best.value.flat[k]:.17g} and the difference {other.value.flat[k]:.17g} ± "
        f"{other.error_bar.flat[k]:.0e} exclude each other"
    )
