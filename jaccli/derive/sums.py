"""Cotangents that meet at one node → their sum, in as few nodes as it takes.

Slices of one array give back scatters, and steps that share a matrix give back products. Added one by one, n of them cost n times
the whole array. Joined, the slices cost what they hold, and the products are one product.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence

import numpy as np

from jaccli.derive.forward import add_all
from jaccli.graph.ir import Expr
from jaccli.ops import Literal
from jaccli.ops.notation import concatenate, contract, reshape, scatter

__all__ = ["total"]


def total(terms: Sequence[Expr]) -> Expr | None:
    """Return the sum of ``terms``, None for an empty sum.

    Law:  Σ scatter(x_k, i_k) = scatter([x_1 … x_n], [i_1 … i_n]), and Σ A_k B_k = [A_1 … A_n] [B_1; …; B_n].
    Cost: grows with the elements of the terms, where it would with their number times the size of the sum.
    """
    if len(terms) < 2:
        return add_all(terms)
    return add_all(_joined(_joined(terms, _scatters, _one_scatter), _products, _one_product))


def _joined(
    terms: Sequence[Expr], key: Callable[[Expr], Hashable], join: Callable[[list[Expr]], Expr | None]
) -> list[Expr]:
    """Return the terms with those of one key joined; a key of None joins with nothing."""
    groups: dict[Hashable, list[Expr]] = {}
    for position, term in enumerate(terms):
        found = key(term)
        groups.setdefault((position,) if found is None else (found,), []).append(term)
    joined: list[Expr] = []
    for group in groups.values():
        whole = join(group) if len(group) > 1 else None
        joined += group if whole is None else [whole]
    return joined


def _scatters(x: Expr) -> Hashable:
    return "scatter" if x.node.op == "scatter" and math.prod(_places(x).shape) else None


def _places(x: Expr) -> np.ndarray:
    return dict(x.node.params)["index"].array  # type: ignore[attr-defined]


def _one_scatter(group: list[Expr]) -> Expr | None:
    group = sorted(group, key=lambda x: int(_places(x).flat[0]))
    shape, places = group[0].shape, [_places(x) for x in group]
    size = math.prod(shape)
    if 2 * sum(p.size for p in places) > (2 * len(group) - 1) * size:
        return None
    parts = [Expr(x.graph, x.node.inputs[0]) for x in group]
    for axis in range(len(shape)):
        if _is_whole(places, axis, shape):
            return concatenate(parts, axis - len(shape))
    flat = concatenate([reshape(part, (p.size,)) for part, p in zip(parts, places, strict=True)], -1)
    index = np.concatenate([p.ravel() for p in places])
    if np.array_equal(index, np.arange(size)):
        return reshape(flat, shape)
    return scatter(flat, Literal(index), shape)


def _is_whole(places: Sequence[np.ndarray], axis: int, shape: tuple[int, ...]) -> bool:
    """Return whether the places, joined along ``axis``, count an array of this shape."""
    others = [(*p.shape[:axis], *p.shape[axis + 1 :]) for p in places]
    fits = all(p.ndim == len(shape) for p in places) and set(others) == {(*shape[:axis], *shape[axis + 1 :])}
    whole = np.arange(math.prod(shape)).reshape(shape)
    return (
        fits
        and sum(p.shape[axis] for p in places) == shape[axis]
        and np.array_equal(np.concatenate(places, axis), whole)
    )


def _products(x: Expr) -> Hashable:
    """Return what products that can be one share: their labels and sizes, where joining moves less than multiplying does."""
    if x.node.op != "contract":
        return None
    spec = str(dict(x.node.params)["spec"])
    left, right = (x.graph.nodes[k] for k in x.node.inputs)
    operands, _ = spec.split("->")
    sizes = dict(zip(operands.replace(",", ""), left.shape + right.shape, strict=True))
    worth = 2 * (left.size + right.size) <= math.prod(sizes.values())
    return (spec, left.shape, right.shape) if worth else None


def _one_product(group: list[Expr]) -> Expr:
    """Return the products as one, over a summed axis that they have, or over one that counts them."""
    spec = str(dict(group[0].node.params)["spec"])
    operands, out = spec.split("->")
    left, right = operands.split(",")
    sides = [[Expr(x.graph, x.node.inputs[k]) for x in group] for k in (0, 1)]
    shared = next((c for c in left if c in right and c not in out), None)
    if shared is None:
        shared = next(c for c in "abcdefghijklmnopqrstuvwxyz" if c not in spec)
        left, right = shared + left, shared + right
        sides = [[reshape(x, (1, *x.shape)) for x in side] for side in sides]
    x, y = (
        concatenate(side, labels.index(shared) - len(labels)) for side, labels in zip(sides, (left, right), strict=True)
    )
    return contract(x, y, f"{left},{right}->{out}")
