"""layernorm, rmsnorm, batchnorm."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import Any

from jaccli.graph.functions.arguments import BuildError, align, function, tensor
from jaccli.graph.functions.reductions import mean as average
from jaccli.graph.functions.reductions import var as spread
from jaccli.graph.ir import Expr
from jaccli.graph.origins import describe
from jaccli.ops.notation import reshape, sqrt

EPS = Fraction(1, 100_000)  # PyTorch's default


@function("layernorm", "layer_norm")
def layernorm(x: Any, weight: Any = None, bias: Any = None, eps: Any = EPS) -> Expr:
    """(x − mean) / sqrt(var + eps) · weight + bias, over the axes of weight, the last one where there is none.

    Source: Ba, Kiros & Hinton, Layer normalization (2016), eq. 4.
    """
    x = tensor(x)
    axes = _trailing(x, weight, "layernorm")
    return _affine(
        _standard(x, average(x, axes, keepdims=True), spread(x, axes, keepdims=True), eps), weight, bias, "layernorm"
    )


@function("rmsnorm", "rms_norm")
def rmsnorm(x: Any, weight: Any = None, eps: Any = None) -> Expr:
    """x / sqrt(mean(x²) + eps) · weight, over the axes of weight, the last one where there is none; eps is 2^-52.

    Source: Zhang & Sennrich, Root mean square layer normalization (2019), eq. 4.
    """
    x = tensor(x)
    axes = _trailing(x, weight, "rmsnorm")
    small = Fraction(sys.float_info.epsilon) if eps is None else eps
    return _affine(_standard(x, None, average(x**2, axes, keepdims=True), small), weight, None, "rmsnorm")


@function("batchnorm", "batch_norm")
def batchnorm(x: Any, mean: Any = None, var: Any = None, weight: Any = None, bias: Any = None, eps: Any = EPS) -> Expr:
    """x, (N, C, …), standardised in each channel by given statistics, or by those of the batch.

    Source: Ioffe & Szegedy, Batch normalization (2015), algorithm 1.
    """
    x = tensor(x)
    if len(x.shape) < 2:
        raise BuildError(f"batchnorm takes x of shape (N, C, …), not {describe(x)}", "reshape x", about=(x,))
    if (mean is None) != (var is None):
        raise BuildError("batchnorm takes both statistics or neither", "write batchnorm(x, mean, var)")
    if mean is None:
        axes = [k - len(x.shape) for k in range(len(x.shape)) if k != 1]
        y = _standard(x, average(x, axes, keepdims=True), spread(x, axes, keepdims=True), eps)
    else:
        y = _standard(x, _channel(mean, x), _channel(var, x), eps)
    left, right = (None if v is None else _channel(v, x) for v in (weight, bias))
    return _affine(y, left, right, "batchnorm")


def _trailing(x: Expr, weight: Any, name: str) -> list[int]:
    shape = tensor(weight).shape if weight is not None else x.shape[-1:]
    if not shape or x.shape[len(x.shape) - len(shape) :] != shape:
        raise BuildError(
            f"{name}: the weight must have the last sizes of x: {describe(tensor(weight if weight is not None else x))} "
            f"and {describe(x)}",
            "give the weight the shape of what is normalised",
            about=(x,),
        )
    return [k - len(shape) for k in range(len(shape))]


def _channel(value: Any, x: Expr) -> Expr:
    v = tensor(value)
    if v.shape != x.shape[1:2]:
        raise BuildError(
            f"batchnorm: one number per channel is needed, {x.shape[1]} of them, not {describe(v)}",
            "give a vector",
            about=(v, x),
        )
    return reshape(v, (*v.shape, *(1,) * (len(x.shape) - 2)))


def _standard(x: Expr, centre: Expr | None, spread: Expr, eps: Any) -> Expr:
    if centre is not None:
        left, right = align(x, centre)
        x = left - right
    left, right = align(x, sqrt(spread + (eps if isinstance(eps, Fraction) else tensor(eps))))
    return left / right


def _affine(y: Expr, weight: Any, bias: Any, name: str) -> Expr:
    if weight is not None:
        left, right = align(y, tensor(weight))
        y = left * right
    if bias is not None:
        left, right = align(y, tensor(bias))
        if left.shape != y.shape:
            raise BuildError(
                f"{name}: the bias must have the shape of the weight, not {describe(tensor(bias))}", "make both equal"
            )
        y = left + right
    return y
