"""Losses, each the mean over its batch unless another reduction is named, with PyTorch's meanings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jaccli.graph.functions.arguments import BuildError, align, function, static_int, tensor
from jaccli.graph.functions.layers.targets import check_classes, check_targets
from jaccli.graph.functions.reductions import log_softmax
from jaccli.graph.ir import Expr
from jaccli.graph.origins import describe
from jaccli.ops.notation import broadcast, log, reshape, sum_over, where

ROUNDING = 1e-12  # beyond 0 and 1, of shares that are themselves computed
REDUCTIONS = ("mean", "sum", "none")


def _reduced(each: Expr, reduction: Any, count: int | None = None) -> Expr:
    """Return the losses of a batch as one number; the mean divides by ``count``, or by their number."""
    if reduction not in REDUCTIONS:
        got = f"'{reduction}' is not known" if isinstance(reduction, str) else "must be a word"
        raise BuildError(f"reduction {got}", f"write one of {', '.join(REDUCTIONS)}")
    if reduction == "none":
        return each
    number = math.prod(each.shape) if count is None else count
    if not number:
        raise BuildError(f"the loss of an empty batch: {describe(each)}", "give it at least one element")
    total = sum_over(each, tuple(range(-len(each.shape), 0)))
    return total / number if reduction == "mean" else total


def _paired(name: str, pred: Any, target: Any) -> tuple[Expr, Expr]:
    x, t = tensor(pred), tensor(target)
    if x.shape != t.shape and x.shape and t.shape:
        raise BuildError(
            f"{name}: {describe(x)} and {describe(t)} differ in shape", "make both shapes equal", about=(x, t)
        )
    left, right = align(x, t)
    return left, broadcast(right, left.shape)


@function("mse", "mse_loss")
def mse(pred: Any, target: Any, reduction: Any = "mean") -> Expr:
    """(pred − target)²."""
    x, t = _paired("mse", pred, target)
    return _reduced((x - t) ** 2, reduction)


@function("mae", "l1_loss")
def mae(pred: Any, target: Any, reduction: Any = "mean") -> Expr:
    """|pred − target|."""
    x, t = _paired("mae", pred, target)
    return _reduced((x - t).apply("abs"), reduction)


@function("huber", "huber_loss")
def huber(pred: Any, target: Any, delta: Any = None, reduction: Any = "mean") -> Expr:
    """½ d² where |d| ≤ delta, delta (|d| − ½ delta) beyond, with d = pred − target and delta = 1 where none is given."""
    x, t = _paired("huber", pred, target)
    d = x - t
    edge = tensor(delta) if delta is not None else x.graph.literal(1)
    if edge.constant is not None and edge.constant <= 0:
        raise BuildError("huber: delta must be positive", "leave it out for 1")
    size, edge = align(d.apply("abs"), edge)
    return _reduced(where(size <= edge, d * d / 2, edge * (size - edge / 2)), reduction)


@function("hinge", "hinge_loss")
def hinge(pred: Any, target: Any, reduction: Any = "mean") -> Expr:
    """max(0, 1 − target · pred), for targets −1 and 1."""
    x, t = _paired("hinge", pred, target)
    check_targets("hinge", tensor(target), lambda v: np.abs(v) == 1, "-1 or 1")
    return _reduced((1 - t * x).apply("relu"), reduction)


@function("binary_cross_entropy")
def binary_cross_entropy(p: Any, target: Any, reduction: Any = "mean") -> Expr:
    """−(t log p + (1 − t) log(1 − p)) for probabilities p, with logarithms of at least −100, as in PyTorch.

    The derivative by p, (p − t) / (p (1 − p)), is PyTorch's too: its divisor is at least 1e-12, so that 0 and 1 have a finite one.
    """
    x, t = _paired("binary_cross_entropy", p, target)
    check_targets("binary_cross_entropy", tensor(target), _is_share, "between 0 and 1")
    return _reduced(x.apply("binary_cross_entropy", t), reduction)


@function("binary_cross_entropy_with_logits")
def binary_cross_entropy_with_logits(x: Any, target: Any, reduction: Any = "mean") -> Expr:
    """The same for p = sigmoid(x), where nothing overflows or cancels: t softplus(−x) + (1 − t) softplus(x)."""
    left, t = _paired("binary_cross_entropy_with_logits", x, target)
    check_targets("binary_cross_entropy_with_logits", tensor(target), _is_share, "between 0 and 1")
    return _reduced(t * (-left).apply("softplus") + (1 - t) * left.apply("softplus"), reduction)


@function("cross_entropy")
def cross_entropy(logits: Any, target: Any, reduction: Any = "mean") -> Expr:
    """−log softmax(logits) of the target class; targets are class numbers or probabilities; logits are (N, C) or (C,)."""
    x = _classes("cross_entropy", logits)
    return _of_class("cross_entropy", log_softmax(x, -1), target, reduction)


@function("nll", "nll_loss")
def nll(log_p: Any, target: Any, reduction: Any = "mean") -> Expr:
    """−log_p of the target class; targets are class numbers or probabilities; log_p is (N, C) or (C,)."""
    return _of_class("nll", _classes("nll", log_p), target, reduction)


def _of_class(name: str, x: Expr, target: Any, reduction: Any) -> Expr:
    t = tensor(target)
    if t.shape == x.shape[:-1]:
        check_classes(name, t, x.shape[-1])
        t = one_hot(t, x.shape[-1])
    if t.shape != x.shape:
        raise BuildError(
            f"the target must be class numbers of shape {x.shape[:-1]} or probabilities of shape {x.shape}: {describe(t)}",
            "one class for each row",
            about=(x, t),
        )
    return _reduced(-sum_over(x * t, (-1,)), reduction)


def _is_share(v: Any) -> Any:
    return (v >= -ROUNDING) & (v <= 1 + ROUNDING)


def _classes(name: str, value: Any) -> Expr:
    x = tensor(value)
    if len(x.shape) not in (1, 2):
        raise BuildError(f"{name} takes shape (N, C) or (C,), not {describe(x)}", "reshape it", about=(x,))
    return x


@function("one_hot")
def one_hot(t: Any, classes: Any) -> Expr:
    """1 at the class that each element of t counts, 0 elsewhere; shape t.shape + (classes,)."""
    t, count = tensor(t), static_int(classes, "`classes`")
    if count < 1:
        raise BuildError(f"one_hot: there must be at least 1 class (got {count})", "write one_hot(t, classes)")
    check_classes("one_hot", t, count)
    left, right = align(reshape(t, (*t.shape, 1)), t.graph.literal(np.arange(count, dtype=float)))
    return left.apply("equal", right).apply("cast")


@function("kl", "kl_div")
def kl(log_q: Any, p: Any, reduction: Any = "batchmean") -> Expr:
    """p (log p − log_q), summed over the classes, 0 where p is 0; the mean over the rows where no reduction is named."""
    x, t = _paired("kl", log_q, p)
    positive = t > 0
    each = where(positive, t * (log(where(positive, t, 1)) - x), 0)
    if reduction == "batchmean":
        return _reduced(each, "mean", count=x.shape[0] if len(x.shape) > 1 else 1)
    return _reduced(each, reduction)
