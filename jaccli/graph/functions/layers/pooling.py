"""Maximum and average over windows."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from jaccli.graph.functions.arguments import BuildError, function, tensor
from jaccli.graph.functions.layers.windows import Windows, batched, looked_at, sizes_of, windows
from jaccli.graph.ir import Expr
from jaccli.ops.notation import reshape, sum_over


def _pooling(name: str, rank: int, maximum: bool) -> Callable[..., Expr]:
    def macro(x: Any, kernel: Any, stride: Any = None, padding: Any = 0) -> Expr:
        given = tensor(x)
        x, single = batched(given, rank, name)
        size = sizes_of(kernel, rank, "`kernel`")
        steps = size if stride is None else sizes_of(stride, rank, "`stride`")
        zeros = sizes_of(padding, rank, "`padding`", least=0)
        if any(2 * p > k for p, k in zip(zeros, size, strict=True)):
            raise BuildError(f"{name}: the padding must be at most half of the kernel", "use less padding")
        view = windows(given, size, steps, zeros, (1,) * rank, name)
        seen = looked_at(x, _inside(view, x.shape[2:]) if maximum else view)
        y = seen.apply("max", axes=(-2,)) if maximum else sum_over(seen, (-2,)) / math.prod(size)
        y = reshape(y, (*x.shape[:2], *view.out))
        return reshape(y, y.shape[1:]) if single else y

    what = "largest element" if maximum else "mean"
    macro.__doc__ = f"""The {what} of each window; the stride is the kernel where none is given, as in PyTorch."""
    return macro


def _inside(view: Windows, spatial: tuple[int, ...]) -> Windows:
    """Return the windows with their outermost element in place of the padding beyond it, which changes no maximum."""
    axes = zip(view.axes, view.padding, spatial, strict=True)
    return Windows(tuple(np.clip(axis - p, 0, n - 1) for axis, p, n in axes), (0,) * len(spatial))


for _rank in (1, 2):
    function(f"maxpool{_rank}d", f"max_pool{_rank}d")(_pooling(f"maxpool{_rank}d", _rank, maximum=True))
    function(f"avgpool{_rank}d", f"avg_pool{_rank}d")(_pooling(f"avgpool{_rank}d", _rank, maximum=False))
