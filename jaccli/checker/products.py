"""A Jacobian, a vjp or a jvp → Jacobian blocks; and whether a jvp and a vjp are those of one Jacobian."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject, Trouble, TroubleError, without_trouble
from jaccli.adapters.drawn import cotangent, tangent
from jaccli.adapters.subject import Blocks
from jaccli.checker.unchecked import unchecked
from jaccli.results.checks import Check
from jaccli.results.kinds import JudgedBy, Outcome
from jaccli.types import Array

__all__ = ["Probes", "consistency", "jacobian_of", "probes_of"]

Product = Callable[[Mapping[str, Array]], Mapping[str, Array]]
ONE = 1.0  # numbers of this size may cancel inside any function, as in sum(softmax(x)) - 1
ROUNDING = 64.0  # as against certified values: nothing but the rounding of the products is in it
TOGETHER = 256  # unit seeds of all inputs, or of all outputs, that are taken in one pass
SEED_SIZE = -2.0  # not 1: a product that ignores its seed, or takes its size, must not look right


class Probes:
    """One product with a random seed for each output or input, asked for once.

    find: seeds by name → the products by name.
    """

    def __init__(
        self, find: Product, leaves: Iterable[Leaf], draw: Callable[[Leaf, int], Array], rng_seed: int
    ) -> None:
        self.find, self.leaves, self.draw, self.rng_seed = find, {leaf.name: leaf for leaf in leaves}, draw, rng_seed
        self.found: dict[str, tuple[Array, Mapping[str, Array] | Trouble]] = {}

    def __getitem__(self, name: str) -> tuple[Array, Mapping[str, Array]]:
        """Return a seed and its products.

        Errors: TroubleError where the user's code raises, or returns what does not fit.
        """
        if name not in self.found:
            seed = self.draw(self.leaves[name], self.rng_seed)
            try:
                self.found[name] = seed, self.find({name: seed})
            except TroubleError as error:
                self.found[name] = seed, error.trouble
        seed, products = self.found[name]
        return seed, without_trouble(products)


def probes_of(derivative: Derivative, subject: Subject, rng_seed: int) -> Probes | None:
    """Return the products of a vjp or jvp with random seeds, None for a Jacobian."""
    if derivative.vjp is not None:
        return Probes(derivative.vjp, subject.outputs, cotangent, rng_seed)
    return Probes(derivative.jvp, subject.inputs, tangent, rng_seed) if derivative.jvp is not None else None


def jacobian_of(derivative: Derivative, subject: Subject, probes: Probes | None = None) -> Blocks:
    """Return a block for every output and input, or what went wrong instead.

    probes: products that were asked for one by one; where those taken together say otherwise, all are asked for one by one.
    Cost:   one vjp per output element, or one jvp per input element.
    """
    pairs = [(y.name, x.name) for y in subject.outputs for x in subject.inputs]
    try:
        if derivative.blocks is not None:
            return derivative.blocks([x.name for x in subject.inputs])
        if derivative.jacobian is not None:
            return derivative.jacobian()
        blocks = _by_rows(derivative, subject) if derivative.vjp is not None else _by_columns(derivative, subject)
        together = derivative.vjps or derivative.jvps
        if probes is not None and together and not _agree(blocks, probes, subject, derivative.vjp is not None):
            return jacobian_of(replace(derivative, vjps=None, jvps=None), subject)
        return blocks
    except TroubleError as error:
        return dict.fromkeys(pairs, error.trouble)


def _by_rows(derivative: Derivative, subject: Subject) -> dict[tuple[str, str], Array]:
    assert derivative.vjp is not None
    rows = _products(derivative.vjp, derivative.vjps, subject.outputs)
    return {
        (y.name, x.name): rows[y.name][x.name].reshape(y.value.shape + x.value.shape) / SEED_SIZE
        for y in subject.outputs
        for x in subject.inputs
    }


def _by_columns(derivative: Derivative, subject: Subject) -> dict[tuple[str, str], Array]:
    assert derivative.jvp is not None
    columns = _products(derivative.jvp, derivative.jvps, subject.inputs)
    return {
        (y.name, x.name): np.moveaxis(columns[x.name][y.name], 0, -1).reshape(y.value.shape + x.value.shape) / SEED_SIZE
        for y in subject.outputs
        for x in subject.inputs
    }


def _products(one: Product, many: Product | None, leaves: Sequence[Leaf]) -> dict[str, Mapping[str, Array]]:
    """Return the products with every unit seed of each leaf, stacked along a first axis, by that leaf and by name."""
    if many is None:
        return {leaf.name: _singly(one, leaf) for leaf in leaves}
    sizes = [leaf.value.size for leaf in leaves]
    if sum(sizes) > TOGETHER:
        return {leaf.name: many({leaf.name: _units(leaf)}) for leaf in leaves}
    units = SEED_SIZE * np.eye(sum(sizes))
    ends = np.cumsum(sizes)
    parts = [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]
    seeds = {x.name: units[:, part].reshape(-1, *x.value.shape) for x, part in zip(leaves, parts, strict=True)}
    found = many(seeds)
    return {x.name: {n: rows[part] for n, rows in found.items()} for x, part in zip(leaves, parts, strict=True)}


def _singly(one: Product, leaf: Leaf) -> dict[str, Array]:
    found = [one({leaf.name: seed}) for seed in _units(leaf)]
    return {name: np.stack([part[name] for part in found]) for name in found[0]}


def _units(leaf: Leaf) -> Array:
    return SEED_SIZE * np.eye(leaf.value.size).reshape(-1, *leaf.value.shape)


def _agree(blocks: Mapping[tuple[str, str], Array], probes: Probes, subject: Subject, by_rows: bool) -> bool:
    """Return whether the products with random seeds are those that the blocks give, up to their rounding.

    blocks:  of some inputs only, where the others are judged along random directions.
    by_rows: whether the products are those of a vjp.
    """
    eps = max(leaf.eps for leaf in (*subject.outputs, *subject.inputs))
    seeded = {pair[0 if by_rows else 1] for pair in blocks}
    for name in (name for name in probes.leaves if name in seeded):
        try:
            seed, products = probes[name]
        except TroubleError:
            return False
        flat = seed.reshape(-1)
        for pair, block in blocks.items():
            if pair[0 if by_rows else 1] != name:
                continue
            matrix = block.reshape(flat.size, -1) if by_rows else block.reshape(-1, flat.size).T
            with np.errstate(all="ignore"):
                off = np.abs(flat @ matrix - products[pair[1 if by_rows else 0]].reshape(-1))
                allowed = ROUNDING * eps * (np.abs(flat) @ np.abs(matrix)) + np.finfo(float).tiny
            if np.any(off > allowed):
                return False
    return True


def consistency(jvp: Probes, vjp: Probes, blank: Check, y: Leaf, x: Leaf, reach: Array) -> Check:
    """Return ``blank`` with the verdict on ⟨v, J u⟩ = ⟨Jᵀ v, u⟩ for one Gaussian pair, u in units of the input's scale.

    Law: the two sides may differ by rtol · (Σ|v_i (J u)_i| + Σ|u_j (Jᵀ v)_j|), which bounds their rounding as well.
    """
    try:
        (u, pushed), (v, pulled) = jvp[x.name], vjp[y.name]
    except TroubleError as error:
        return unchecked(blank, error.trouble)
    ahead, back = v * pushed[y.name], u * pulled[x.name]
    with np.errstate(all="ignore"):
        left, right = float(np.sum(ahead)), float(np.sum(back))
        rounding = ROUNDING * max(x.eps, y.eps) * float(np.sqrt(np.nansum((v.reshape(-1) * np.fmax(reach, ONE)) ** 2)))
        tolerance = blank.rtol * float(np.sum(np.abs(ahead)) + np.sum(np.abs(back))) + rounding
        apart = abs(left - right)
    finite = np.isfinite(left) + np.isfinite(right)
    if not finite or (
        finite < 2 and not np.all(np.isfinite(y.value))
    ):  # the truth of an output that is not finite is no number
        message = "one product is not finite, nor is the output" if finite else "neither product is finite"
        return replace(blank, outcome=Outcome.INCONCLUSIVE, code="JAC205", said=message, decided=0)
    agree = apart <= tolerance  # False where one of them is not finite
    return replace(
        blank, value=left, reference=right, error_bar=0.0, abs_error=apart, tolerance=tolerance, decided=1,
        reference_route=JudgedBy.VJP, outcome=Outcome.PASS if agree else Outcome.FAIL, failed=0 if agree else 1,
        code=None if agree else "JAC108", help="" if agree else "the rows of jvp and vjp say which of them is wrong",
    )  # fmt: skip
