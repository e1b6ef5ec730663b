"""conv1d and conv2d: the elements under each window, times the kernel, in one product."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from jaccli.graph.functions.arguments import BuildError, function, static_int, tensor
from jaccli.graph.functions.layers.windows import batched, looked_at, sizes_of, windows
from jaccli.graph.ir import Expr
from jaccli.graph.origins import describe
from jaccli.ops.notation import broadcast, contract, reshape


def _convolution(name: str, rank: int) -> Callable[..., Expr]:
    def macro(
        x: Any, W: Any, b: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: Any = 1
    ) -> Expr:
        given, W = tensor(x), tensor(W)
        x, single = batched(given, rank, name)
        parts = static_int(groups, "`groups`")
        _fits(name, rank, x, W, parts)
        kernel, dilation = W.shape[2:], sizes_of(dilation, rank, "`dilation`")
        view = windows(
            given,
            kernel,
            sizes_of(stride, rank, "`stride`"),
            _padding(padding, kernel, dilation, rank),
            dilation,
            name,
        )
        n, out = x.shape[0], W.shape[0]
        seen = looked_at(x, view)
        grouped = reshape(seen, (n, parts, x.shape[1] // parts, *seen.shape[2:]))
        weights = reshape(W, (parts, out // parts, W.shape[1], math.prod(kernel)))
        y = reshape(contract(weights, grouped, "gock,ngckp->ngop"), (n, out, *view.out))
        y = y if b is None else y + _spread(tensor(b), y, name)
        return reshape(y, y.shape[1:]) if single else y

    macro.__doc__ = (
        f"""The cross-correlation of x, (N, C, …) or (C, …), with W, (out, C / groups, …), as PyTorch's {name}."""
    )
    return macro


def _fits(name: str, rank: int, x: Expr, W: Expr, parts: int) -> None:
    if len(W.shape) != rank + 2:
        kernel = "K" if rank == 1 else "H, W"
        raise BuildError(
            f"{name} takes W of shape (out, C / groups, {kernel}), not {describe(W)}", "reshape W", about=(W,)
        )
    sides = {f"the {x.shape[1]} channels of x": x.shape[1], f"the {W.shape[0]} channels of the result": W.shape[0]}
    if wrong := [words for words, channels in sides.items() if parts < 1 or channels % parts]:
        raise BuildError(
            f"{name}: {parts} groups do not divide {' and '.join(wrong)}",
            "choose a number that divides both",
            about=(x, W),
        )
    if x.shape[1] // parts != W.shape[1]:
        raise BuildError(
            f"{name}: {describe(x)} has {x.shape[1]} channels, {describe(W)} takes {W.shape[1] * parts}",
            "the second size of W is the channels of x divided by the groups",
            about=(x, W),
        )


def _padding(value: Any, kernel: tuple[int, ...], dilation: tuple[int, ...], rank: int) -> tuple[int, ...]:
    if isinstance(value, str):
        if value == "valid":
            return (0,) * rank
        if value == "same" and all(d * (k - 1) % 2 == 0 for k, d in zip(kernel, dilation, strict=True)):
            return tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
        help_ = "'same' needs a kernel of odd size" if value == "same" else "write padding=1, 'same' or 'valid'"
        raise BuildError(f"padding '{value}' is not possible here", help_)
    return sizes_of(value, rank, "`padding`", least=0)


def _spread(b: Expr, y: Expr, name: str) -> Expr:
    """Return the bias of each channel, (out,), repeated to the shape of y."""
    if b.shape != y.shape[1:2]:
        raise BuildError(
            f"{name}: the bias must have shape {y.shape[1:2]}, not {describe(b)}", "one number per channel", about=(b,)
        )
    return broadcast(reshape(b, (*b.shape, *(1,) * (len(y.shape) - 2))), y.shape)


for _name, _rank in (("conv1d", 1), ("conv2d", 2)):
    function(_name)(_convolution(_name, _rank))
