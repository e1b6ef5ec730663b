"""The kinds of layers that ``network:`` knows: which parameters each has, and which function of the language it calls."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from jaccli.graph.functions import FUNCTIONS, BuildError, align, index
from jaccli.graph.functions.constants import CONSTANTS
from jaccli.graph.functions.layers.recurrent import GATES
from jaccli.graph.functions.layers.targets import check_classes
from jaccli.graph.functions.layers.windows import sizes_of
from jaccli.graph.ir import Expr
from jaccli.graph.network.expand import Maker
from jaccli.graph.network.table import kind
from jaccli.graph.origins import describe
from jaccli.ops.notation import concatenate, reshape
from jaccli.spec.network import MAX_LAYERS

Sizes = int | tuple[int, ...]


@kind("dense", main="units")
def dense(make: Maker, x: Expr, units: int, bias: bool = True, init: str = "glorot", seed: int | None = None) -> Expr:
    """Linear, with W of shape (units, in)."""
    _positive(units, "units")
    W = make.param("W", (units, _last(x, "dense")), init, seed)
    return FUNCTIONS["linear"](x, W, make.param("b", (units,), "zeros") if bias else None)


def _convolution(rank: int) -> Any:
    def make_layer(
        make: Maker,
        x: Expr,
        channels: int,
        kernel: Sizes,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        init: str = "glorot",
        seed: int | None = None,
    ) -> Expr:
        _positive(channels, "channels")
        sizes = sizes_of(kernel, rank, "`kernel`")
        make.image(x, rank)
        if groups < 1 or (entering := x.shape[-rank - 1]) % groups:
            message = (
                f"{make.layer.kind}: {groups} groups do not divide the {x.shape[-rank - 1]} channels of {describe(x)}"
            )
            raise BuildError(message, "choose a divisor", about=(x,))
        W = make.param("W", (channels, entering // groups, *sizes), init, seed)
        b = make.param("b", (channels,), "zeros") if bias else None
        return FUNCTIONS[f"conv{rank}d"](x, W, b, stride, padding, dilation, groups)

    return make_layer


def _pooling(function: str, rank: int) -> Any:
    def make_layer(make: Maker, x: Expr, kernel: Sizes, stride: Sizes | None = None, padding: Sizes = 0) -> Expr:
        make.image(x, rank)
        return FUNCTIONS[function](x, kernel, stride, padding)

    return make_layer


for _rank in (1, 2):
    kind(f"conv{_rank}d", stem="conv")(_convolution(_rank))
    for _function in (f"maxpool{_rank}d", f"avgpool{_rank}d"):
        kind(_function, main="kernel", stem="pool")(_pooling(_function, _rank))


@kind("flatten")
def flatten(make: Maker, x: Expr) -> Expr:
    """All axes but that of the batch as one."""
    start = 0 if make.stack.single or len(x.shape) < 2 else 1
    size = 1
    for n in x.shape[start:]:
        size *= n
    return reshape(x, (*x.shape[:start], size))


@kind("reshape", main="shape")
def reshape_(make: Maker, x: Expr, shape: Sizes) -> Expr:
    """x with another shape; one size may be −1."""
    return FUNCTIONS["reshape"](x, shape)


@kind("embedding")
def embedding(make: Maker, x: Expr, rows: int, size: int, init: str = "normal", seed: int | None = None) -> Expr:
    """A row of W for each class number in x, as one_hot(x) @ W, so that x may be data."""
    _positive(rows, "rows")
    _positive(size, "size")
    W = make.param("W", (rows, size), init, seed)
    check_classes(make.name, x, rows)
    return FUNCTIONS["matmul"](FUNCTIONS["one_hot"](x, rows), W)


def _sequence(function: str) -> Any:
    gates = GATES[function]

    def make_layer(
        make: Maker,
        x: Expr,
        hidden: int,
        bidirectional: bool = False,
        bias: bool = True,
        last: bool = False,
        init: str = "glorot",
        seed: int | None = None,
    ) -> Expr:
        _positive(hidden, "hidden")
        entering = _last(x, function)

        def run(suffix: str, reverse: bool) -> Expr:
            parts = [make.param(f"W_ih{suffix}", (gates * hidden, entering), init, seed)]
            parts.append(
                make.param(f"W_hh{suffix}", (gates * hidden, hidden), init, None if seed is None else seed + 1)
            )
            parts += [make.param(f"b_{k}{suffix}", (gates * hidden,), "zeros") for k in ("ih", "hh") if bias]
            y = FUNCTIONS[function](x, *parts, reverse=reverse)
            return index(y, (0 if reverse else -1,)) if last else y

        whole = run("", reverse=False)
        return concatenate([whole, run("_reverse", reverse=True)], -1) if bidirectional else whole

    return make_layer


for _function in GATES:
    kind(_function, main="hidden")(_sequence(_function))


@kind("self_attention", main="heads", stem="attention")
def self_attention(
    make: Maker,
    x: Expr,
    heads: int = 1,
    causal: bool = False,
    mask: str | None = None,
    init: str = "glorot",
    seed: int | None = None,
) -> Expr:
    """Attention of a sequence (n, d) or (N, n, d) to itself."""
    parts = _attending(make, _last(x, "self_attention"), init, seed)
    return FUNCTIONS["self_attention"](x, *parts, heads, make.named(mask), causal)


def _attending(make: Maker, d: int, init: str, seed: int | None) -> list[Expr]:
    again = None if seed is None else seed + 1
    return [
        make.param("W_in", (3 * d, d), init, seed), make.param("b_in", (3 * d,), "zeros"), make.param("W_out", (d, d), init, again),
        make.param("b_out", (d,), "zeros"),
    ]  # fmt: skip


_NORMS = (("g1", "ones"), ("c1", "zeros"), ("g2", "ones"), ("c2", "zeros"))


@kind("transformer", main="heads", stem="block")
def transformer(
    make: Maker,
    x: Expr,
    heads: int = 1,
    hidden: int = 0,
    causal: bool = False,
    mask: str | None = None,
    norm_first: bool = False,
    inner: str = "relu",
    init: str = "glorot",
    seed: int | None = None,
) -> Expr:
    """An encoder block; four times the size of x stands between its two dense layers where ``hidden`` is not given."""
    d = _last(x, "transformer")
    if hidden:
        _positive(hidden, "hidden")
    width = hidden or 4 * d
    more = [None if seed is None else seed + k for k in (2, 3)]
    parts = _attending(make, d, init, seed)
    parts += [make.param("W1", (width, d), init, more[0]), make.param("b1", (width,), "zeros")]
    parts += [make.param("W2", (d, width), init, more[1]), make.param("b2", (d,), "zeros")]
    parts += [make.param(name, (d,), start) for name, start in _NORMS]
    return FUNCTIONS["transformer_encoder"](
        x, *parts, heads=heads, mask=make.named(mask), causal=causal, norm_first=norm_first, activation=inner
    )


@kind("layernorm", stem="norm")
def layernorm(make: Maker, x: Expr) -> Expr:
    """Over the last axis, with weight and bias."""
    d = _last(x, "layernorm")
    return FUNCTIONS["layernorm"](x, make.param("weight", (d,), "ones"), make.param("bias", (d,), "zeros"))


@kind("rmsnorm", stem="norm")
def rmsnorm(make: Maker, x: Expr) -> Expr:
    """Over the last axis, with a weight."""
    return FUNCTIONS["rmsnorm"](x, make.param("weight", (_last(x, "rmsnorm"),), "ones"))


@kind("batchnorm", stem="norm")
def batchnorm(make: Maker, x: Expr, mean: str | None = None, var: str | None = None) -> Expr:
    """By the statistics of the batch, or by given ones, for inference."""
    if len(x.shape) < 2:
        raise BuildError(f"batchnorm takes shape (N, C, …), not {describe(x)}", "give it a batch", about=(x,))
    c = x.shape[1:2]
    weight, bias = make.param("weight", c, "ones"), make.param("bias", c, "zeros")
    return FUNCTIONS["batchnorm"](x, make.named(mean), make.named(var), weight, bias)


@kind("dropout")
def dropout(make: Maker, x: Expr, mask: str, p: Fraction = Fraction(1, 2)) -> Expr:
    """By a mask that is a constant of the spec."""
    return FUNCTIONS["dropout"](x, make.named(mask), x.graph.literal(p))


@kind("positions")
def positions(make: Maker, x: Expr) -> Expr:
    """The positional encoding added to a sequence (…, n, d)."""
    if len(x.shape) < 2:
        raise BuildError(f"positions takes shape (…, n, d), not {describe(x)}", "give it a sequence", about=(x,))
    n, d = (x.graph.literal(size) for size in x.shape[-2:])
    left, right = align(x, CONSTANTS["positional_encoding"](x, n, d))
    return left + right


@kind("last")
def last(make: Maker, x: Expr) -> Expr:
    """The last step of a sequence whose first axis counts the steps."""
    if not x.shape:
        raise BuildError(f"last takes a sequence, not {describe(x)}", "give it one", about=(x,))
    return index(x, (-1,))


@kind("mean", main="axis")
def mean(make: Maker, x: Expr, axis: int = -2) -> Expr:
    """The mean over one axis, that of the steps of (N, n, d) where none is named."""
    return FUNCTIONS["mean"](x, axis)


@kind("residual")
def residual(make: Maker, x: Expr) -> Expr:
    """x plus what the layers inside make of it."""
    y = make.stack.run(make.layer.layers, x)
    if y.shape != x.shape:
        raise BuildError(
            f"residual: the layers turn {describe(x)} into shape {y.shape}", "keep the shape inside", about=(x,)
        )
    return x + y


@kind("repeat", main="times")
def repeat(make: Maker, x: Expr, times: int) -> Expr:
    """The layers inside, ``times`` times, each with parameters of its own."""
    _positive(times, "times")
    if times > MAX_LAYERS:
        raise BuildError(f"`times` must be at most {MAX_LAYERS:,} (got {times:,})", "repeat fewer layers", "JAC009")
    for _ in range(times):
        x = make.stack.run(make.layer.layers, x)
    return x


ACTIVATIONS = (
    "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "tanh", "sigmoid", "softplus", "hardtanh",
)  # fmt: skip


def _activation(name: str) -> Callable[[Maker, Expr], Expr]:
    return lambda make, x: FUNCTIONS[name](x)


def _over_last_axis(name: str) -> Callable[[Maker, Expr], Expr]:
    return lambda make, x: FUNCTIONS[name](x, -1)


for _name in ACTIVATIONS:
    kind(_name, activation=True)(_activation(_name))
for _name in ("softmax", "log_softmax"):
    kind(_name, activation=True)(_over_last_axis(_name))


def _last(x: Expr, name: str) -> int:
    if not x.shape:
        raise BuildError(f"{name} takes an array, not {describe(x)}", "give the input a shape", about=(x,))
    return x.shape[-1]


def _positive(size: int, title: str) -> None:
    if size < 1:
        raise BuildError(f"`{title}` must be at least 1 (got {size})", f"use {title}: 1 or more")
