"""The products of a vjp or jvp with dense seeds → whether they are what its rows or columns add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from jaccli.adapters import Derivative, Subject, Trouble
from jaccli.adapters.drawn import seen
from jaccli.adapters.subject import Blocks
from jaccli.reference import input_scale
from jaccli.report import numbers
from jaccli.verdict import Check

__all__ = ["nonlinear", "not_additive"]

Array = np.ndarray[Any, Any]
ROUNDING = 64.0  # of the products, as against certified values
LARGE = 30.0  # the size of the second seeds, beyond what a clipped gradient lets through


def nonlinear(
    derivative: Derivative, subject: Subject, blocks: Blocks, rtol: float, rng_seed: int, blank: Check
) -> Check | None:
    """Return a failure where a product is not linear in its seeds, None where it is, or where that cannot be told.

    Rows and columns are asked for with unit seeds, one output or input at a time. A rule that clips the gradient, that looks at its
    sign, or that leaves out one output where another has a cotangent too, has the right rows and is wrong in every training step.

    Law:  Σ vᵢ Jᵢ = Jᵀ v, for a large v of both signs over all outputs at once; likewise J u.
    Cost: one product.
    """
    by_rows = derivative.vjp is not None
    product = derivative.vjp if by_rows else derivative.jvp
    leaves, others = (subject.outputs, subject.inputs) if by_rows else (subject.inputs, subject.outputs)
    if product is None or any(isinstance(block, Trouble) for block in blocks.values()):
        return None
    sizes = {leaf.name: np.ones(leaf.value.size) if by_rows else input_scale(leaf.value.reshape(-1)) for leaf in leaves}
    seeds = {leaf.name: seen(leaf, _dense(sizes[leaf.name], LARGE if by_rows else 1.0, rng_seed)) for leaf in leaves}
    eps = max(leaf.eps for leaf in (*subject.outputs, *subject.inputs))
    try:
        found = product(seeds)
    except Trouble as trouble:
        return replace(blank, outcome=trouble.outcome, code=trouble.code, message=trouble.message, help=trouble.help)
    inside = _inside(subject, seeds, sizes)
    for other in others:
        parts = [
            _matrix(blocks, by_rows, leaf.name, other.name, leaf.value.size) * seeds[leaf.name].reshape(-1, 1)
            for leaf in leaves
        ]
        rows, got = np.concatenate(parts), found[other.name].reshape(-1)
        with np.errstate(all="ignore"):
            expected, size = np.sum(rows, axis=0), np.sum(np.abs(rows), axis=0)
            scale = input_scale(other.value.reshape(-1)) if by_rows else np.ones_like(expected)
            shared = max(inside, float(np.max(size * scale, initial=0.0))) / scale
            apart = np.abs(got - expected) > rtol * size + ROUNDING * eps * shared
            apart &= np.isfinite(expected) & np.isfinite(got)
        if np.any(apart):
            k = int(np.argmax(np.where(apart, np.abs(got - expected), -1.0)))
            return _failed(blank, by_rows, other.name, float(got[k]), float(expected[k]), float(size[k]))
    return None


def not_additive(derivative: Derivative, subject: Subject, rtol: float, rng_seed: int, blank: Check) -> Check | None:
    """Return a failure where the products with two seeds are not together that with their sum, None where they are.

    This is what can be asked of a product whose rows or columns are too many to be asked for.

    Cost: three products.
    """
    by_rows = derivative.vjp is not None
    product = derivative.vjp if by_rows else derivative.jvp
    leaves, others = (subject.outputs, subject.inputs) if by_rows else (subject.inputs, subject.outputs)
    if product is None:
        return None
    sizes = {leaf.name: np.ones(leaf.value.size) if by_rows else input_scale(leaf.value.reshape(-1)) for leaf in leaves}
    one = {leaf.name: seen(leaf, _dense(sizes[leaf.name], LARGE if by_rows else 1.0, rng_seed)) for leaf in leaves}
    two = {leaf.name: seen(leaf, -2.0 * sizes[leaf.name] * (np.arange(leaf.value.size) == 0)) for leaf in leaves}
    eps = max(leaf.eps for leaf in (*subject.outputs, *subject.inputs))
    try:
        first, second = product(one), product(two)
        both = product({name: seen_part + two[name] for name, seen_part in one.items()})
    except Trouble as trouble:
        return replace(blank, outcome=trouble.outcome, code=trouble.code, message=trouble.message, help=trouble.help)
    inside = _inside(subject, one, sizes)
    for other in others:
        a, b, got = (found[other.name].reshape(-1) for found in (first, second, both))
        with np.errstate(all="ignore"):
            size = np.abs(a) + np.abs(b)
            scale = input_scale(other.value.reshape(-1)) if by_rows else np.ones_like(size)
            shared = max(inside, float(np.max(size * scale, initial=0.0))) / scale
            apart = np.abs(got - (a + b)) > rtol * size + ROUNDING * eps * shared
            apart &= np.isfinite(a) & np.isfinite(b) & np.isfinite(got)
        if np.any(apart):
            k = int(np.argmax(np.where(apart, np.abs(got - a - b), -1.0)))
            return _failed(blank, by_rows, other.name, float(got[k]), float(a[k] + b[k]), float(size[k]))
    return None


def _inside(subject: Subject, seeds: Mapping[str, Array], sizes: Mapping[str, Array]) -> float:
    """Return the size of terms that may cancel inside a product: the seed's, times the values, or numbers of size one.

    The gradients of sum(softmax(x)) - 1 and of a saturated 1e6·softmax(x) are nothing but the rounding of such terms.
    """
    largest = max((float(np.max(np.abs(y.value), initial=0.0)) for y in subject.outputs), default=0.0)
    length = float(np.sqrt(sum(np.sum((seeds[name].reshape(-1) / sizes[name]) ** 2) for name in seeds)))
    return length * max(1.0, largest)


def _dense(size: Array, large: float, rng_seed: int) -> Array:
    """Return a seed without zeros, every second element negative, the first ones not."""
    drawn = 0.5 + np.abs(np.random.default_rng([rng_seed, 1]).standard_normal(size.size))
    drawn[1::2] *= -1.0
    return large * size * drawn


def _matrix(blocks: Mapping[tuple[str, str], Any], by_rows: bool, leaf: str, other: str, size: int) -> Array:
    """Return a block with a row for each element of the leaf that the seeds belong to."""
    block = np.asarray(blocks[leaf, other] if by_rows else blocks[other, leaf], dtype=np.float64)
    return block.reshape(size, -1) if by_rows else block.reshape(-1, size).T


def _failed(blank: Check, by_rows: bool, other: str, got: float, expected: float, size: float) -> Check:
    kind, parts = ("cotangents", "rows") if by_rows else ("tangents", "columns")
    help_ = (
        f"for large {kind} of both signs, the product by `{other}` is {numbers.value(got)}; with its parts, one by one, it "
        f"adds up to {numbers.value(expected)}: look for a clip, a condition, or a product of {kind}"
    )
    return replace(
        blank, outcome="fail", code="JAC115", value=got, reference=expected, error_bar=0.0, abs_error=abs(got - expected),
        tolerance=blank.rtol * size, entries=1, decided=1, failed=1, reference_route=parts, help=help_,
    )  # fmt: skip
