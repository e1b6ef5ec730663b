"""Ops that run over axes: max, min, norm, softmax, logsumexp; ``axes`` are counted from the right."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jaccli.ops.notation import exp, log, spread, sqrt, sum_over
from jaccli.ops.registry import ShapeError, special

Shape = tuple[int, ...]


def _reduced(x: Shape, axes: tuple[int, ...]) -> Shape:
    return tuple(n for k, n in enumerate(x) if k - len(x) not in axes)


def _elements(shapes: list[Shape], out: Shape, params: dict[str, Any]) -> int:
    return math.prod(shapes[0])


def _extremum_shape(name: str, x: Shape, axes: tuple[int, ...]) -> Shape:
    for axis in axes:
        if x[axis] == 0:
            raise ShapeError(f"{name}: no elements along axis {axis} of {x}")
    return _reduced(x, axes)


for _name, _reduce in (("max", np.maximum.reduce), ("min", np.minimum.reduce)):
    special(
        _name,
        lambda x, axes, _reduce=_reduce: _reduce(x, axis=axes),
        lambda x, axes, _name=_name: _extremum_shape(_name, x, axes),
        domain="full",
        kink=lambda y, x, axes: x - y,
        subgradient="equal shares among ties",
        analytic=False,
        weight=_elements,
    )


def _norm(x: Any, axes: tuple[int, ...]) -> Any:
    """Return √Σ x², scaled by the largest element where squares would overflow, or be rounded to few digits or none."""
    y = np.sqrt(np.add.reduce(x * x, axis=axes))
    lost = _outside(y, x)
    if not np.any(lost):
        return y
    top = np.max(np.abs(x.real), axis=axes, keepdims=True, initial=0)
    top = np.where((top > 0) & np.isfinite(top), top, 1).astype(x.real.dtype)
    z = x / top
    return np.where(lost, np.squeeze(top, axis=axes) * np.sqrt(np.add.reduce(z * z, axis=axes)), y)


def _outside(y: Any, x: Any) -> Any:
    """Return where a norm is beyond the sizes whose squares are numbers of full precision; at 0 it may be beyond."""
    if not np.issubdtype(x.dtype, np.inexact):
        return False
    least = np.sqrt(np.finfo(x.dtype).tiny / np.finfo(x.dtype).eps)
    return ~((np.abs(y.real) > least) & (np.abs(y.real) < 1 / least))


special(
    "norm",
    _norm,
    _reduced,
    definition=lambda x, axes: sqrt(sum_over(x * x, axes)),
    kink=lambda y, x, axes: y,
    subgradient="0 where the norm is 0",
    weight=lambda shapes, out, params: 2 * math.prod(shapes[0]) + 4 * math.prod(out),
)


def _softmax(x: Any, axes: tuple[int, ...]) -> Any:
    e = np.exp(x - _top(x, axes))
    return e / np.add.reduce(e, axis=axes, keepdims=True)


def _top(x: Any, axes: tuple[int, ...]) -> Any:
    """Return the largest real part, by which exponentials are scaled so that none overflows; 0 where it is not finite."""
    top = np.max(x.real, axis=axes, keepdims=True, initial=-np.inf)
    return np.where(np.isfinite(top), top, 0)


special(
    "softmax",
    _softmax,
    lambda x, axes: x,
    definition=lambda x, axes: exp(x) / spread(sum_over(exp(x), axes), x, axes),
    weight=lambda shapes, out, params: 7 * math.prod(out),
)


def _logsumexp(x: Any, axes: tuple[int, ...]) -> Any:
    top = _top(x, axes)
    return np.log(np.add.reduce(np.exp(x - top), axis=axes)) + np.squeeze(top, axis=axes)


def _logsumexp_by_definition(x: Any, axes: tuple[int, ...]) -> Any:
    """Return log(Σ exp(x)); of a single element that is the element, to the last digit, as the kernel has it."""
    alone = math.prod(x.shape[axis] for axis in axes) == 1
    return sum_over(x, axes) if alone else log(sum_over(exp(x), axes))


special(
    "logsumexp",
    _logsumexp,
    _reduced,
    definition=_logsumexp_by_definition,
    weight=lambda shapes, out, params: 6 * math.prod(shapes[0]) + 5 * math.prod(out),
)
