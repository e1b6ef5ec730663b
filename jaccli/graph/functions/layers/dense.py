"""The dense layer, the embedding, dropout with a fixed mask, and positions."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaccli.graph.functions.arguments import BuildError, align, function, static_indices, static_int, tensor
from jaccli.graph.functions.constants import CONSTANTS
from jaccli.graph.functions.products import matmul
from jaccli.graph.functions.shape import index
from jaccli.graph.ir import Expr
from jaccli.graph.origins import describe
from jaccli.ops.notation import swap


@function("linear", "dense")
def linear(x: Any, W: Any, b: Any = None) -> Expr:
    """x @ Wᵀ + b, with W of shape (out, in) and x of shape (…, in)."""
    x, W = tensor(x), tensor(W)
    if len(W.shape) != 2 or not x.shape or x.shape[-1] != W.shape[1]:
        raise BuildError(
            f"linear takes x of shape (…, in) and W of shape (out, in): {describe(x)} and {describe(W)}",
            "make the last size of x the last size of W",
            about=(x, W),
        )
    return plus(matmul(x, swap(W)), b, W.shape[0], "linear")


def plus(y: Expr, b: Any, size: int, name: str) -> Expr:
    """Return y + b for a bias of one number per feature, y itself where there is none."""
    if b is None:
        return y
    bias = tensor(b)
    if bias.shape != (size,):
        raise BuildError(
            f"{name}: the bias must have shape ({size},), not {describe(bias)}",
            "one number for each output",
            about=(bias,),
        )
    left, right = align(y, bias)
    return left + right


@function("embedding")
def embedding(indices: Any, W: Any) -> Expr:
    """The rows of W that ``indices``, whole numbers known in advance, count."""
    W = tensor(W)
    rows = _static(indices)
    if np.size(rows) and not 0 <= np.min(rows) <= np.max(rows) < W.shape[0]:
        worst = np.max(rows) if np.max(rows) >= W.shape[0] else np.min(rows)
        raise BuildError(
            f"embedding: index {worst} is outside the {W.shape[0]} rows of {describe(W)}", "count from 0", about=(W,)
        )
    return index(W, (rows,))


def _static(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return np.array([_static(item) for item in value])
    return static_indices(value, "an index of an embedding")


@function("dropout")
def dropout(x: Any, mask: Any, p: Any = None) -> Expr:
    """x * mask / (1 - p), with a mask of zeros and ones that is given, not drawn; p is 0.5 where none is given."""
    left, right = align(tensor(x), tensor(mask))
    rate = tensor(p) if p is not None else left.graph.literal(1) / 2
    if rate.constant is not None and not 0 <= rate.constant < 1:
        raise BuildError("dropout: p must be at least 0 and below 1", "p is the share that is dropped")
    kept, scale = align(left * right, 1 - rate)
    return kept / scale


def _positions(like: Expr, length: Any, size: Any) -> Expr:
    """Sines and cosines of the positions 0 … length − 1, in turn; shape (length, size).

    Source: Vaswani et al., Attention is all you need (2017), section 3.5.
    """
    n, d = static_int(length, "`length`"), static_int(size, "`size`")
    if n < 1 or d < 1:
        raise BuildError(
            "positional_encoding: both sizes must be at least 1", "write positional_encoding(length, size)"
        )
    angles = np.arange(n)[:, None] / 10_000.0 ** (2 * (np.arange(d) // 2) / d)
    return like.graph.literal(np.where(np.arange(d) % 2 == 0, np.sin(angles), np.cos(angles)))


CONSTANTS["positional_encoding"] = _positions
