"""What is checked: a function at a point, its derivatives under test, and what else may be known of it.

A formula of a spec and a Python function are the same to the judge. What only some have (exact derivatives, a graph whose rules can
be looked at, a formula whose rounding is known) are hooks; those of ``Problem`` are the answers of a black box.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject, Trouble
from jaccli.checker.joined_inputs import all_outputs
from jaccli.reference import Reference
from jaccli.results.checks import Check
from jaccli.results.kinds import Label
from jaccli.types import Array
from jaccli.verdict import Evidence

__all__ = ["Around", "Problem", "named"]

#: Directions (k, n) → the least and the largest slope (k, m) at all points beside the point, NaN where they are not known.
Around = Callable[[Array], tuple[Array, Array]]


class Problem:
    """A function at a point as the judge sees it.

    subject  leaves in and out, values near the point, derivatives under test
    inputs   those by which derivatives are tested; the others of ``subject`` count for what rounding can disturb
    rtol     the relative error that matters, None for that of the precision of an input and an output
    """

    black_box = True  # nothing is known beyond values
    sums_alike = False  # the outputs are sums of the same products, as the elements of a gradient are

    def __init__(self, subject: Subject, inputs: Sequence[Leaf], rtol: float | None, seed: int) -> None:
        self.subject, self.inputs, self.rtol, self.seed = subject, tuple(inputs), rtol, seed

    @cached_property
    def values(self) -> Array:
        """All outputs at the point, side by side, (m,)."""
        return np.concatenate([y.value.reshape(-1) for y in self.subject.outputs])

    @cached_property
    def rows(self) -> Mapping[str, slice]:
        """Output → its elements among all."""
        ends = np.cumsum([y.value.size for y in self.subject.outputs])
        return {y.name: slice(end - y.value.size, end) for y, end in zip(self.subject.outputs, ends, strict=True)}

    def values_by(self, y: Leaf, inputs: Sequence[Leaf]) -> Callable[[Array], Array]:
        """Return one output as a function of the elements of some inputs side by side, (points, n) → (points, m)."""
        fn, rows = all_outputs(self.subject, inputs), self.rows[y.name]
        return lambda points: fn(points)[:, rows]

    def derivatives(self, y: Leaf, x: Leaf) -> tuple[Derivative, ...]:
        """Return what is tested of one output by one input."""
        return tuple(d for d in self.subject.derivatives if d.inputs is None or x.name in d.inputs)

    def out_rank(self, y: Leaf) -> int:
        """Return how many axes of a block are the output's, as reports show it."""
        return y.value.ndim

    def beside(self, x: Leaf, point: Array, derivative: Derivative) -> Problem | None:
        """Return the same with one input at another point, to test one derivative there; None where it cannot be asked."""
        return None

    # --- names

    def blank(self, y: Leaf, x: Leaf, tested: Label, derivative: Derivative | None = None) -> Check:
        """Return the check of one output by one input before anything is known of its outcome.

        derivative: the one that it is about, for its place.
        """
        raise NotImplementedError

    def blanks(self) -> Iterator[Check]:
        """Yield a row without a verdict for every check: each derivative of every output by every input."""
        if self.values.size:
            for y in self.subject.outputs:
                for x in self.inputs:
                    yield from (self.blank(y, x, d.tested, d) for d in self.derivatives(y, x))

    def rerun(self, names: Sequence[str] = ()) -> str:
        """Return what shows the checks by some inputs again, of all where none are named."""
        raise NotImplementedError

    def directions_of(self, x: Leaf) -> str:
        """Return what makes the random directions by one input differ from those by another."""
        return x.name

    # --- what is noticed before derivatives are judged

    def refusal(self) -> Trouble | None:
        """Return why no derivative can be judged at all."""
        return None

    def noted(self) -> Iterator[Check]:
        """Yield rows about the function itself."""
        return iter(())

    def linearity(self, derivative: Derivative) -> Check | None:
        """Return the blank row about the linearity of a vjp or jvp; None where it is not asked about."""
        return None

    compares_products = False  # whether a jvp and a vjp have a row that compares them

    # --- hooks: references

    def costly(self, full: bool) -> Collection[str]:
        """Return the inputs by which differences in every column take too much; none where ``full`` is asked for."""
        raise NotImplementedError

    def cheap(self, x: Leaf) -> bool:
        """Return whether differences cost so little that they are taken beside a better reference."""
        return True

    def unaffected(self, x: Leaf) -> bool:
        """Return whether the outputs do not depend on an input."""
        return False

    def proved(self, route: str) -> tuple[Mapping[str, Reference], str]:
        """Return the references that are better than differences, by input, and the trouble where two of them exclude each other.

        Errors: UsageError where the route was asked for by name and cannot be had.
        """
        return {}, ""

    def misled(self, x: Leaf) -> Array | float:
        """Return by how much roundings inside the function can mislead differences, (m, n)."""
        return 0.0

    def where_defined(self, x: Leaf, found: Reference) -> Reference:
        """Return differences without the entries at which the function is defined at whole numbers only."""
        return found

    def within_steps(self, x: Leaf, other: Reference, k: int) -> bool:
        """Return whether slopes within a fine step of the point are as far from a certified one as a difference, in entry ``k``."""
        return False

    # --- hooks: what is tested

    def formula(self, derivative: Derivative, x: Leaf) -> Any:
        """Return the formula under test, None for anything else."""
        return None

    def formula_rounding(self, derivative: Derivative, x: Leaf, *, whole: bool) -> Array | float:
        """Return by how much a formula under test is rounded in each entry: near its zeros, or as a ``whole``."""
        return 0.0

    def disturbed(self, x: Leaf) -> Array | float:
        """Return how far disturbing each operation of the derivative by one input moves it, (m, n)."""
        return 0.0

    def with_digits(self, derivative: Derivative, x: Leaf, digits: int) -> Array | None:
        """Return the tested derivative as it is computed with this many digits."""
        return None

    def in_balls(self, derivative: Derivative, x: Leaf) -> Array | None:
        """Return what is tested, computed by the same formula or rules in balls; None where that is not to be had."""
        return None

    # --- hooks: names of mistakes

    def evidence(self, derivative: Derivative, y: Leaf, x: Leaf) -> Callable[[], Evidence]:
        """Return what gives the evidence for naming a mistake."""
        return Evidence

    def around(self, names: Sequence[str]) -> Around | None:
        """Return what gives the slopes at all points beside the point; None where they cannot be had."""
        return None

    def nearest_kink(self, x: Leaf) -> str:
        """Return the sentence about the choice that tips first as an input moves."""
        return ""

    def tipping(self, x: Leaf) -> str:
        """Return the comparison that tips exactly at the point as an input moves."""
        return ""

    def not_finite(self) -> str:
        """Return the sentence about where the value stops being finite."""
        return ""

    def lost_by(self, derivative: Derivative, x: Leaf) -> str:
        """Return the step of a formula under test that is not finite."""
        return ""

    def blamed(self, check: Check) -> Check:
        """Return the failure of a program's own derivative with the operation whose rule is wrong."""
        return check

    def given(self, x: Leaf) -> Array:
        """Return the value of an input that the user gave, beside which this problem may be."""
        return x.value

    def for_symmetric(self, x: Leaf) -> str:
        """Return how one says that an input is symmetric."""
        return f'check with domain={{"{x.name}": "symmetric"}}'


def named(leaves: Iterable[Leaf], names: Collection[str]) -> tuple[Leaf, ...]:
    """Return the leaves that have one of some names, in their order."""
    return tuple(leaf for leaf in leaves if leaf.name in names)
