"""The products of a vjp or jvp with dense seeds → whether they are what its parts add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject, Trouble, TroubleError
from jaccli.adapters.drawn import seen
from jaccli.adapters.subject import Blocks
from jaccli.checker.products import ROUNDING, SEED_SIZE, Product
from jaccli.checker.references.uneven_product import UnevenProduct
from jaccli.checker.unchecked import unchecked
from jaccli.reference import input_scale
from jaccli.results import numbers
from jaccli.results.checks import Check
from jaccli.results.kinds import JudgedBy, Outcome
from jaccli.types import Array

__all__ = ["nonlinear", "not_additive"]

Sum = tuple[Array, Array]  # what a product must be, and the sum of the sizes of its parts
DOUBLE = 2.0**-52
LARGE = 30.0  # of a cotangent: gradients are clipped at 1 to 10, as a rule, and float16 holds 65,504


def nonlinear(
    derivative: Derivative, subject: Subject, blocks: Blocks, rtol: float, rng_seed: int, blank: Check
) -> Check | None:
    """Return a failure where a product is not what the rows or columns add up to, None where it is, or where rounding hides it.

    Rows and columns are asked for with unit seeds, one output or input at a time. A rule that clips the gradient, that looks at its
    sign, or that leaves out one output where another has a cotangent too, has the right rows and is wrong in every training step.

    Law:    Σ vᵢ Jᵢ = Jᵀ v, for a large v of both signs over all outputs at once; likewise J u.
    Cost:   one product.
    Errors: none; what the product raises is the check.
    """
    asked = _Asked.of(derivative, subject)
    if asked is None or any(isinstance(block, Trouble) for block in blocks.values()):
        return None
    seeds = asked.dense(rng_seed)
    try:
        found = asked.product(seeds)
    except TroubleError as error:
        return unchecked(blank, error.trouble)
    sums = {other.name: asked.added(blocks, seeds, other) for other in asked.others}
    return asked.judged(found, sums, seeds, rtol, blank)


def not_additive(derivative: Derivative, subject: Subject, rtol: float, rng_seed: int, blank: Check) -> Check | None:
    """Return a failure where the products with two seeds do not add up to that with their sum, None where they do.

    This is what can be asked of a product whose rows or columns are too many to be asked for.

    Law:    Jᵀ v + Jᵀ w = Jᵀ (v + w), for a large v of both signs and a w with one element; likewise J u.
    Cost:   three products.
    Errors: none; what a product raises is the check.
    """
    asked = _Asked.of(derivative, subject)
    if asked is None:
        return None
    one, two = asked.dense(rng_seed), asked.unit()
    try:
        first, second = asked.product(one), asked.product(two)
        both = asked.product({name: seed + two[name] for name, seed in one.items()})
    except TroubleError as error:
        return unchecked(blank, error.trouble)
    sums = {x.name: _sum(np.stack([first[x.name].reshape(-1), second[x.name].reshape(-1)])) for x in asked.others}
    return asked.judged(both, sums, one, rtol, blank)


def _sum(parts: Array) -> Sum:
    with np.errstate(all="ignore"):
        return np.sum(parts, axis=0), np.sum(np.abs(parts), axis=0)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A vjp with the outputs that its cotangents belong to and the inputs of what it gives, or a jvp the other way round.

    size: leaf → (elements,), what a seed is relative to: 1 for a cotangent, its input's scale for a tangent
    """

    product: Product
    by_rows: bool
    leaves: tuple[Leaf, ...]
    others: tuple[Leaf, ...]
    size: Mapping[str, Array]
    values: float  # the largest of the outputs
    eps: float

    @classmethod
    def of(cls, derivative: Derivative, subject: Subject) -> _Asked | None:
        """Return the product that is called, None for a derivative that is given as a Jacobian."""
        by_rows, inputs, outputs = derivative.vjp is not None, subject.inputs, subject.outputs
        product = derivative.vjp or derivative.jvp
        if product is None:
            return None
        leaves, others = (outputs, inputs) if by_rows else (inputs, outputs)
        size = {x.name: np.ones(x.value.size) if by_rows else input_scale(x.value.reshape(-1)) for x in leaves}
        largest = max((float(np.max(np.abs(y.value), initial=0.0)) for y in outputs), default=0.0)
        return cls(product, by_rows, leaves, others, size, largest, max(leaf.eps for leaf in (*inputs, *outputs)))

    def dense(self, rng_seed: int) -> dict[str, Array]:
        """Return a seed without zeros: every second element negative, the first one not, as no unit seed is."""
        seeds = {}
        for leaf in self.leaves:
            drawn = 0.5 + np.abs(np.random.default_rng([rng_seed, 1]).standard_normal(leaf.value.size))
            drawn[1::2] *= -1.0
            seeds[leaf.name] = seen(leaf, (LARGE if self.by_rows else 1.0) * self.size[leaf.name] * drawn)
        return seeds

    def unit(self) -> dict[str, Array]:
        """Return a seed that is zero but at the first element of each leaf."""
        return {x.name: seen(x, SEED_SIZE * self.size[x.name] * (np.arange(x.value.size) == 0)) for x in self.leaves}

    def added(self, blocks: Blocks, seeds: Mapping[str, Array], other: Leaf) -> Sum:
        """Return what the rows or columns of the blocks by one input, or of one output, add up to."""
        parts = []
        for leaf in self.leaves:
            pair = (leaf.name, other.name) if self.by_rows else (other.name, leaf.name)
            block = np.asarray(blocks[pair], dtype=np.float64)
            rows = block.reshape(leaf.value.size, -1) if self.by_rows else block.reshape(-1, leaf.value.size).T
            parts.append(rows * seeds[leaf.name].reshape(-1, 1))
        return _sum(np.concatenate(parts))

    def inside(self, seeds: Mapping[str, Array]) -> float:
        """Return the size of terms that may cancel inside a product: the seed's, times the values, or numbers of size one.

        The gradients of sum(softmax(x)) - 1 and of a saturated 1e6·softmax(x) are nothing but the rounding of such terms.
        """
        squares = [np.sum((seeds[name].reshape(-1) / size) ** 2) for name, size in self.size.items()]
        return float(np.sqrt(sum(squares))) * max(1.0, self.values)

    def judged(
        self, found: Mapping[str, Array], sums: Mapping[str, Sum], seeds: Mapping[str, Array], rtol: float, blank: Check
    ) -> Check | None:
        """Return what is wrong with a product, or that a solver inside leaves as much; None where nothing is.

        Cost: 104 products more where it is wrong by so little that the tolerance of a solver may be all.
        """
        apart = partial(self.apart, found, sums, self.inside(seeds), rtol, blank)
        check, uneven = apart(), UnevenProduct(self.product, self.leaves, self.others, self.by_rows)
        if check is None or self.eps > DOUBLE:
            return check
        level = uneven.excusing(seeds, lambda known: apart(known) is None)
        if not level:
            return check
        return replace(uneven.undecided(check, level), decided=0, failed=0, open_share=1.0)

    def apart(
        self,
        found: Mapping[str, Array],
        sums: Mapping[str, Sum],
        inside: float,
        rtol: float,
        blank: Check,
        known: float = 0.0,
    ) -> Check | None:
        """Return a failure at the element of a product that is farthest from its sum, None where none is beyond rounding.

        known: how far the product is off, as a change of the function, for a reason that is known.
        """
        for other in self.others:
            got, (expected, size) = found[other.name].reshape(-1), sums[other.name]
            scale = input_scale(other.value.reshape(-1)) if self.by_rows else np.ones_like(size)
            with np.errstate(all="ignore"):
                shared = max(inside, float(np.max(size * scale, initial=0.0))) / scale
                off = np.abs(got - expected)
                wrong = (
                    (off > rtol * size + ROUNDING * self.eps * shared + known / scale)
                    & np.isfinite(got)
                    & np.isfinite(expected)
                )
            if np.any(wrong):
                k = int(np.argmax(np.where(wrong, off, -1.0)))
                return self.failed(blank, other.name, float(got[k]), float(expected[k]), float(size[k]))
        return None

    def failed(self, blank: Check, other: str, got: float, expected: float, size: float) -> Check:
        kind, parts = ("cotangents", JudgedBy.ROWS) if self.by_rows else ("tangents", JudgedBy.COLUMNS)
        help_ = (
            f"for large {kind} of both signs, the product by `{other}` is {numbers.value(got)}; with its parts, one by one, "
            f"it adds up to {numbers.value(expected)}: look for a clip, a condition, or a product of {kind}"
        )
        return replace(
            blank, outcome=Outcome.FAIL, code="JAC115", value=got, reference=expected, error_bar=0.0, abs_error=abs(got - expected),
            tolerance=blank.rtol * size, entries=1, decided=1, failed=1, reference_route=parts, help=help_,
        )  # fmt: skip
