"""Attention: scaled dot products, several heads, and the encoder block of a Transformer.

Source: Vaswani et al., Attention is all you need (2017), sections 3.1 to 3.3.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from jaccli.graph.functions.arguments import BuildError, align, function, static_int, tensor, truth
from jaccli.graph.functions.layers.dense import linear
from jaccli.graph.functions.layers.normalization import EPS, layernorm
from jaccli.graph.functions.layers.targets import check_mask
from jaccli.graph.functions.products import matmul
from jaccli.graph.functions.shape import index
from jaccli.graph.ir import Expr
from jaccli.graph.origins import describe
from jaccli.ops.notation import reshape, swap, where

MASKED = Fraction(-(10**30))  # its exponential is 0 beside any other


@function("attention", "scaled_dot_product_attention")
def attention(q: Any, k: Any, v: Any, mask: Any = None, causal: Any = False) -> Expr:
    """softmax(q kᵀ / sqrt(d)) v, over the last two axes; where ``mask`` is 0, nothing is attended to."""
    q, k, v = tensor(q), tensor(k), tensor(v)
    if min(len(x.shape) for x in (q, k, v)) < 2 or q.shape[-1] != k.shape[-1] or k.shape[-2] != v.shape[-2]:
        raise BuildError(
            f"attention takes q (…, n, d), k (…, m, d) and v (…, m, e): {describe(q)}, {describe(k)} and {describe(v)}",
            "make the sizes fit",
            about=(q, k, v),
        )
    scores = matmul(q, swap(k)) / _sqrt(q, q.shape[-1])
    if truth(causal, "causal"):
        scores = _masked(scores, q.graph.literal(np.tri(scores.shape[-2], scores.shape[-1])))
    if mask is not None:
        scores = _masked(scores, tensor(mask))
    return matmul(scores.apply("softmax", axes=(-1,)), v)


def _repeats(shape: tuple[int, ...], full: tuple[int, ...]) -> bool:
    """Return whether an array of ``shape`` can be repeated to ``full``."""
    return len(shape) <= len(full) and all(n in (1, m) for n, m in zip(shape[::-1], full[::-1], strict=False))


def _sqrt(x: Expr, n: int) -> Expr:
    root = math.isqrt(n)
    return x.graph.literal(root) if root * root == n else x.graph.literal(n).apply("sqrt")


def _masked(scores: Expr, mask: Expr) -> Expr:
    if not _repeats(mask.shape, scores.shape):
        message = f"attention: the mask {describe(mask)} does not fit the scores of shape {scores.shape}"
        help_ = "give it one number for each score, or sizes of 1 where it is repeated"
        if len(scores.shape) == 4 and mask.shape == (scores.shape[0], scores.shape[-1]):
            help_ = f"a padding mask, one row for each sequence, has shape {(mask.shape[0], 1, mask.shape[1])}"
        raise BuildError(message, help_, about=(mask,))
    check_mask("attention", mask)
    left, right = align(scores, mask)
    return where(right.apply("not_equal", 0), left, MASKED)


@function("self_attention", "multi_head_attention")
def self_attention(
    x: Any, W_in: Any, b_in: Any, W_out: Any, b_out: Any, heads: Any = 1, mask: Any = None, causal: Any = False
) -> Expr:
    """Attention of x, (n, d) or (N, n, d), to itself in several heads.

    W_in holds the weights of queries, keys and values one below the other, (3 d, d); W_out is (d, d), as in PyTorch's
    MultiheadAttention with batch_first. A mask says with 1 what may be attended to, as in scaled_dot_product_attention.
    """
    x = tensor(x)
    count = static_int(heads, "`heads`")
    if len(x.shape) not in (2, 3):
        raise BuildError(
            f"self_attention takes x of shape (n, d) or (N, n, d), not {describe(x)}", "reshape x", about=(x,)
        )
    size = x.shape[-1]
    if count < 1 or size % count:
        raise BuildError(
            f"self_attention: {count} heads do not divide the size {size} of {describe(x)}",
            "choose a divisor",
            about=(x,),
        )
    whole = linear(x, W_in, b_in)
    if whole.shape[-1] != 3 * size:
        raise BuildError(
            f"self_attention takes W_in of shape ({3 * size}, {size}), not {describe(tensor(W_in))}",
            "stack the weights of queries, keys and values",
        )
    *batch, n = x.shape[:-1]
    rank = len(batch)
    split = reshape(whole, (*batch, n, 3, count, size // count))
    front = split.apply("transpose", order=(rank + 1, *range(rank), rank + 2, rank, rank + 3))  # (3, N, heads, n, d)
    q, k, v = (index(front, (i,)) for i in range(3))
    mixed = attention(q, k, v, _per_head(mask, rank), causal)
    joined = mixed.apply("transpose", order=(*range(rank), rank + 1, rank, rank + 2))
    return linear(reshape(joined, x.shape), W_out, b_out)


def _per_head(mask: Any, rank: int) -> Any:
    """Return a mask with an axis for the heads where it has one for the batch."""
    if mask is None or not rank:
        return mask
    m = tensor(mask)
    return reshape(m, (m.shape[0], 1, *m.shape[1:])) if len(m.shape) == 3 else m


@function("transformer_encoder")
def transformer_encoder(
    x: Any, W_in: Any, b_in: Any, W_out: Any, b_out: Any, W1: Any, b1: Any, W2: Any, b2: Any,
    g1: Any, c1: Any, g2: Any, c2: Any, heads: Any = 1, mask: Any = None, causal: Any = False, norm_first: Any = False,
    activation: Any = "relu", eps: Any = EPS,
) -> Expr:  # fmt: skip
    """One encoder block: self-attention and two dense layers, each with a residual and a layernorm.

    The arguments stand in the order of the state of PyTorch's TransformerEncoderLayer (batch_first, without dropout).
    """
    x = tensor(x)
    if activation not in ("relu", "gelu"):
        raise BuildError(f"transformer_encoder: activation '{activation}' is not known", "write 'relu' or 'gelu'")

    def attended(y: Expr) -> Expr:
        return self_attention(y, W_in, b_in, W_out, b_out, heads, mask, causal)

    def fed(y: Expr) -> Expr:
        return linear(linear(y, W1, b1).apply(activation), W2, b2)

    if truth(norm_first, "norm_first"):
        x = x + attended(layernorm(x, g1, c1, eps))
        return x + fed(layernorm(x, g2, c2, eps))
    x = layernorm(x + attended(x), g1, c1, eps)
    return layernorm(x + fed(x), g2, c2, eps)
