"""Sizes, strides, padding → the positions that each window of a convolution or a pooling looks at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaccli.graph.functions.arguments import BuildError, limit, static_int, tensor
from jaccli.graph.ir import Expr
from jaccli.graph.origins import describe
from jaccli.ops import Literal
from jaccli.ops.notation import reshape, scatter, take
from jaccli.types import Array

Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Windows:
    """Where windows look along each spatial axis, and how many zeros stand on both sides of it.

    Shapes: each axis (windows, elements of the kernel); out is the spatial shape of the result.
    """

    axes: tuple[Array, ...]
    padding: Sizes

    @property
    def out(self) -> Sizes:
        """The number of windows along each axis."""
        return tuple(axis.shape[0] for axis in self.axes)

    @property
    def kernel(self) -> Sizes:
        """The number of elements of a window along each axis."""
        return tuple(axis.shape[1] for axis in self.axes)


def sizes_of(value: Any, rank: int, title: str, least: int = 1) -> Sizes:
    """Return an option that is one whole number for all spatial axes, or one for each."""
    items = value if isinstance(value, list | tuple) else [value] * rank
    sizes = tuple(static_int(n, title) for n in items)
    if len(sizes) != rank:
        raise BuildError(
            f"{title} must be one number{f', or {rank} of them' if rank > 1 else ''} (got {len(sizes)})",
            f"write {title.strip('`')}=1",
        )
    if min(sizes) < least:
        raise BuildError(f"{title} must be at least {least} (got {min(sizes)})", f"use {least} or more")
    return sizes


def windows(x: Expr, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, name: str) -> Windows:
    """Return the windows of a kernel over the last axes of ``x`` with zeros around them.

    Law: axis by axis, out = ⌊(n + 2 padding − dilation (kernel − 1) − 1) / stride⌋ + 1, as in PyTorch's Conv2d.
    """
    axes, spatial = [], x.shape[-len(kernel) :]
    for n, k, s, p, d in zip(spatial, kernel, stride, padding, dilation, strict=True):
        reach = d * (k - 1) + 1
        if n + 2 * p < reach:
            around = f" with {p} zeros on each side" if p else ""
            raise BuildError(
                f"{name}: a kernel that reaches over {reach} is larger than the {n} of {describe(x)}{around}",
                "use a smaller kernel or more padding",
                about=(x,),
            )
        starts = np.arange(0, n + 2 * p - reach + 1, s)
        axes.append(starts[:, None] + d * np.arange(k)[None, :])
    view = Windows(tuple(axes), padding)
    limit((math.prod(view.out), math.prod(view.kernel)))
    return view


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
    x = _padded(x, view.padding)
    n, c = x.shape[:2]
    limit((n, c, *view.kernel, *view.out))
    seen = take(x, Literal(_crossed(x.shape, [np.arange(n), np.arange(c), *(axis.T for axis in view.axes)])))
    return reshape(seen, (n, c, math.prod(view.kernel), math.prod(view.out)))


def _padded(x: Expr, padding: Sizes) -> Expr:
    """Return x with zeros around its spatial axes."""
    if not any(padding):
        return x
    shape = (*x.shape[:2], *(size + 2 * p for size, p in zip(x.shape[2:], padding, strict=True)))
    inside = [np.arange(size) + p for size, p in zip(x.shape, (0, 0, *padding), strict=True)]
    return scatter(x, Literal(_crossed(shape, inside)), shape)


def _crossed(shape: Sizes, positions: Sequence[Array]) -> Array:
    """Return the flat places of all combinations of ``positions`` along the axes of ``shape``.

    Shapes: first the first axes of all positions, then the second axes of those that have two.
    """
    whole, places = np.arange(math.prod(shape)).reshape(shape), np.ix_(*(p.ravel() for p in positions))
    crossed = whole[places].reshape([size for p in positions for size in p.shape])
    order = np.argsort([k for p in positions for k in range(p.ndim)], kind="stable")
    return crossed.transpose(order)
