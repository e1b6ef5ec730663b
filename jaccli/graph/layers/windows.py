"""Sizes, strides, padding → the positions that each window of a convolution or a pooling looks at."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaccli.graph.functions.arguments import BuildError, limit, static_int, tensor
from jaccli.graph.ir import Expr
from jaccli.graph.origins import describe
from jaccli.ops import Literal
from jaccli.ops.notation import broadcast, concatenate, reshape, take

Array = np.ndarray[Any, Any]
Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Windows:
    """Where windows look: flat positions in the spatial axes, −1 in the padding.

    Shapes: positions (windows, elements of the kernel); out is the spatial shape of the result.
    """

    positions: Array
    out: Sizes


def sizes_of(value: Any, rank: int, title: str, least: int = 1) -> Sizes:
    """Return an option that is one whole number for all spatial axes, or one for each."""
    items = value if isinstance(value, list | tuple) else [value] * rank
    sizes = tuple(static_int(n, title) for n in items)
    if len(sizes) != rank:
        raise BuildError(
            f"{title} must be one number, or {rank} of them (got {len(sizes)})", f"write {title.strip('`')}=1"
        )
    if min(sizes) < least:
        raise BuildError(f"{title} must be at least {least} (got {min(sizes)})", f"use {least} or more")
    return sizes


def windows(spatial: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, name: str) -> Windows:
    """Return the windows of a kernel over an array of shape ``spatial`` with zeros around it.

    Law: axis by axis, out = ⌊(n + 2 padding − dilation (kernel − 1) − 1) / stride⌋ + 1, as in PyTorch's Conv2d.
    """
    axes = []
    for n, k, s, p, d in zip(spatial, kernel, stride, padding, dilation, strict=True):
        reach = d * (k - 1) + 1
        if n + 2 * p < reach:
            around = f" with {p} zeros on each side" if p else ""
            raise BuildError(
                f"{name}: a kernel that reaches over {reach} is larger than the input's {n}{around}",
                "use a smaller kernel or more padding",
            )
        starts = np.arange(0, n + 2 * p - reach + 1, s) - p
        axes.append(starts[:, None] + d * np.arange(k)[None, :])  # (out, kernel) of this axis
    out = tuple(len(axis) for axis in axes)
    limit((math.prod(out), math.prod(kernel)))
    flat, inside = np.zeros((1, 1), dtype=np.int64), np.ones((1, 1), dtype=bool)
    for n, axis in zip(spatial, axes, strict=True):
        flat = _crossed(flat * n, axis, np.add)
        inside = _crossed(inside, (axis >= 0) & (axis < n), np.logical_and)
    return Windows(np.where(inside, flat, -1), out)


def _crossed(left: Array, right: Array, combine: Any) -> Array:
    """Return combine(left[i, k], right[j, l]) as a matrix of rows (i, j) and columns (k, l)."""
    whole = combine(left[:, None, :, None], right[None, :, None, :])
    return whole.reshape(left.shape[0] * right.shape[0], left.shape[1] * right.shape[1])


def batched(x: Any, rank: int, name: str) -> tuple[Expr, bool]:
    """Return x as (N, C, …) with ``rank`` spatial axes, and whether it came without N."""
    x = tensor(x)
    if len(x.shape) not in (rank + 1, rank + 2):
        axes = ", ".join(("L",) if rank == 1 else ("H", "W"))
        raise BuildError(
            f"{name} takes x of shape (C, {axes}) or (N, C, {axes}), not {describe(x)}", "reshape x", about=(x,)
        )
    single = len(x.shape) == rank + 1
    return (reshape(x, (1, *x.shape)), True) if single else (x, False)


def looked_at(x: Expr, view: Windows) -> Expr:
    """Return the elements of x, (N, C, …), under each window: (N, C, elements of the kernel, windows); 0 in the padding."""
    n, c, size = x.shape[0], x.shape[1], math.prod(x.shape[2:])
    x = reshape(x, (n, c, size))
    positions = view.positions.T
    if np.any(positions < 0):
        x = concatenate([x, broadcast(x.graph.literal(0), (n, c, 1))], -1)
        positions = np.where(positions < 0, size, positions)
    limit((n, c, *positions.shape))
    rows = np.arange(n * c).reshape(n, c, 1, 1) * x.shape[-1]
    return take(x, Literal(rows + positions))
