"""A Jacobian, a vjp or a jvp → Jacobian blocks; and whether a jvp and a vjp are those of one Jacobian."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject, Trouble
from jaccli.adapters.subject import Blocks
from jaccli.reference import input_scale
from jaccli.verdict import Check

__all__ = ["consistency", "jacobian_of"]

Array = np.ndarray[Any, Any]
Product = Callable[[Mapping[str, Array]], Mapping[str, Array]]
ROUNDING = 64.0  # as against certified values: nothing but the rounding of the products is in it
SEED_SIZE = -2.0  # not 1: a product that ignores its seed, or takes its size, must not look right


def jacobian_of(derivative: Derivative, subject: Subject) -> Blocks:
    """Return a block for every output and input, or what went wrong instead.

    Cost: one vjp per output element, or one jvp per input element.
    """
    pairs = [(y.name, x.name) for y in subject.outputs for x in subject.inputs]
    try:
        if derivative.jacobian is not None:
            return derivative.jacobian()
        return _by_rows(derivative, subject) if derivative.vjp is not None else _by_columns(derivative, subject)
    except Trouble as trouble:
        return dict.fromkeys(pairs, trouble)


def _by_rows(derivative: Derivative, subject: Subject) -> Blocks:
    assert derivative.vjp is not None
    blocks: dict[tuple[str, str], Array] = {}
    for y in subject.outputs:
        rows = _products(derivative.vjp, derivative.vjps, y)
        for x in subject.inputs:
            stacked = rows[x.name] / SEED_SIZE
            blocks[y.name, x.name] = stacked.reshape(y.value.shape + x.value.shape)
    return blocks


def _by_columns(derivative: Derivative, subject: Subject) -> Blocks:
    assert derivative.jvp is not None
    blocks: dict[tuple[str, str], Array] = {}
    for x in subject.inputs:
        columns = _products(derivative.jvp, derivative.jvps, x)
        for y in subject.outputs:
            stacked = np.moveaxis(columns[y.name], 0, -1) / SEED_SIZE
            blocks[y.name, x.name] = stacked.reshape(y.value.shape + x.value.shape)
    return blocks


def _products(
    one: Product, many: Callable[[str, Array], Mapping[str, Array]] | None, leaf: Leaf
) -> Mapping[str, Array]:
    """Return the products with every unit seed of ``leaf``, stacked along a first axis, by name."""
    seeds = SEED_SIZE * np.eye(leaf.value.size).reshape(-1, *leaf.value.shape)
    if many is not None:
        return many(leaf.name, seeds)
    found = [one({leaf.name: seed}) for seed in seeds]
    return {name: np.stack([part[name] for part in found]) for name in found[0]}


def consistency(jvp: Derivative, vjp: Derivative, blank: Check, y: Leaf, x: Leaf, reach: Array, *, seed: int) -> Check:
    """Return ``blank`` with the verdict on ⟨v, J u⟩ = ⟨Jᵀ v, u⟩ for one Gaussian pair, u in units of the input's scale.

    Law: the two sides may differ by rtol · (Σ|v_i (J u)_i| + Σ|u_j (Jᵀ v)_j|), which bounds their rounding as well.
    """
    assert jvp.jvp is not None
    assert vjp.vjp is not None
    rng = np.random.default_rng([seed, zlib.crc32(blank.id.encode())])
    normal = rng.standard_normal(x.value.size) * input_scale(x.value.reshape(-1))
    u, v = _as_seen(x, normal), _as_seen(y, rng.standard_normal(y.value.size))
    u, v = (
        np.asarray(a, leaf.dtype).astype(np.float64) for a, leaf in ((u, x), (v, y))
    )  # as the user's code sees them
    try:
        ahead, back = v * jvp.jvp({x.name: u})[y.name], u * vjp.vjp({y.name: v})[x.name]
    except Trouble as trouble:
        return replace(blank, outcome="error", code=trouble.code, message=trouble.message, help=trouble.help)
    with np.errstate(all="ignore"):
        left, right = float(np.sum(ahead)), float(np.sum(back))
        rounding = ROUNDING * max(x.eps, y.eps) * float(np.sqrt(np.nansum((v.reshape(-1) * reach) ** 2)))
        tolerance = blank.rtol * float(np.sum(np.abs(ahead)) + np.sum(np.abs(back))) + rounding
        apart = abs(left - right)
    agree = apart <= tolerance  # False where one of them is not finite
    return replace(
        blank, value=left, reference=right, error_bar=0.0, abs_error=apart, tolerance=tolerance, decided=1,
        reference_route="vjp", outcome="pass" if agree else "fail", failed=0 if agree else 1,
        code=None if agree else "JAC108", help="" if agree else "the rows of jvp and vjp say which of them is wrong",
    )  # fmt: skip


def _as_seen(leaf: Leaf, seed: Array) -> Array:
    """Return a tangent or cotangent as the user's code sees it, rounded to the dtype of its input or output."""
    return seed.astype(leaf.dtype).astype(np.float64).reshape(leaf.value.shape)
