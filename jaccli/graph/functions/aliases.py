"""Arithmetic by name, and functions that are short in terms of others."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from jaccli.graph.functions.arguments import FUNCTIONS, BuildError, align, axes_of, function, static_indices, tensor
from jaccli.graph.functions.shape import concatenate_, index, stack
from jaccli.graph.ir import Expr
from jaccli.graph.origins import describe
from jaccli.ops import Literal
from jaccli.ops.notation import contract, reshape

_ARITHMETIC: dict[str, Callable[[Expr, Expr], Expr]] = {
    "add": lambda x, y: x + y, "subtract": lambda x, y: x - y, "multiply": lambda x, y: x * y, "divide": lambda x, y: x / y,
    "true_divide": lambda x, y: x / y,
}  # fmt: skip
_COMPARISONS = ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal")


def _binary(rule: Callable[[Expr, Expr], Expr]) -> Callable[[Any, Any], Expr]:
    def macro(x: Any, y: Any) -> Expr:
        return rule(*align(tensor(x), tensor(y)))

    return macro


for _name, _rule in _ARITHMETIC.items():
    function(_name)(_binary(_rule))
for _name in _COMPARISONS:
    function(_name)(_binary(lambda x, y, _name=_name: x.apply(_name, y)))  # type: ignore[misc]


def _unary(rule: Callable[[Expr], Expr]) -> Callable[[Any], Expr]:
    return lambda x: rule(tensor(x))


def _pi(x: Expr) -> Expr:
    return x.graph.add("pi", (), {})


def _times(x: Expr, factor: Expr) -> Expr:
    left, right = align(x, factor)
    return left * right


_SHORT: dict[str, Callable[[Expr], Expr]] = {
    "positive": lambda x: x, "reciprocal": lambda x: 1 / x, "fabs": lambda x: x.apply("abs"),
    "array": lambda x: x, "asarray": lambda x: x,
    "radians": lambda x: _times(x, _pi(x) / 180), "deg2rad": lambda x: _times(x, _pi(x) / 180),
    "degrees": lambda x: _times(x, 180 / _pi(x)), "rad2deg": lambda x: _times(x, 180 / _pi(x)),
    "log_sigmoid": lambda x: -(-x).apply("softplus"),
    "logsigmoid": lambda x: -(-x).apply("softplus"),
    "tanhshrink": lambda x: x - x.apply("tanh"),
    "relu6": lambda x: FUNCTIONS["clip"](x, x.graph.literal(0), x.graph.literal(6)),
    "hardsigmoid": lambda x: FUNCTIONS["clip"](x / 6 + Fraction(1, 2), x.graph.literal(0), x.graph.literal(1)),
    "hardswish": lambda x: x * FUNCTIONS["hardsigmoid"](x),
    # the distribution function of a standard normal variable, accurate in its lower tail
    "ndtr": lambda x: _times(-x, 1 / x.graph.literal(2).apply("sqrt")).apply("erfc") / 2,
}  # fmt: skip
for _name, _rule_ in _SHORT.items():
    function(_name)(_unary(_rule_))


@function("fmax")
def fmax(x: Any, y: Any) -> Expr:
    """The larger of two; values that are NaN do not occur."""
    return FUNCTIONS["maximum"](x, y)


@function("fmin")
def fmin(x: Any, y: Any) -> Expr:
    """The smaller of two; values that are NaN do not occur."""
    return FUNCTIONS["minimum"](x, y)


@function("float_power")
def float_power(x: Any, y: Any) -> Expr:
    """x to the power y."""
    return FUNCTIONS["pow"](x, y)


@function("logaddexp")
def logaddexp(x: Any, y: Any) -> Expr:
    """The logarithm of exp(x) + exp(y), without overflow."""
    left, right = _level(x, y)
    return FUNCTIONS["logsumexp"](stack([left, right]), left.graph.literal(0))


@function("logaddexp2")
def logaddexp2(x: Any, y: Any) -> Expr:
    """The logarithm of 2**x + 2**y to base 2, without overflow."""
    left, right = _level(x, y)
    two = left.graph.literal(2).apply("log")
    return _times(logaddexp(_times(left, two), _times(right, two)), 1 / two)


def _level(x: Any, y: Any) -> tuple[Expr, Expr]:
    shape = np.broadcast_shapes(*(v.shape for v in align(x, y)))
    left, right = (FUNCTIONS["broadcast_to"](v, [tensor(v).graph.literal(n) for n in shape]) for v in (x, y))
    return left, right


@function("xlogy")
def xlogy(x: Any, y: Any) -> Expr:
    """x log(y), and 0 where both are 0."""
    x, y = align(tensor(x), tensor(y))
    return x * _but_where_both(x, y, y.apply("equal", 0), y.graph.literal(1)).apply("log")


@function("xlog1py")
def xlog1py(x: Any, y: Any) -> Expr:
    """x log(1 + y), and 0 where x is 0 and y is -1."""
    x, y = align(tensor(x), tensor(y))
    return x * _but_where_both(x, y, y.apply("equal", -1), y.graph.literal(0)).apply("log1p")


def _but_where_both(x: Expr, y: Expr, edge: Expr, harmless: Expr) -> Expr:
    """Return y, and something ``harmless`` where x is 0 and y is at the edge of its domain."""
    return FUNCTIONS["where"](FUNCTIONS["logical_and"](x.apply("equal", 0), edge), harmless, y)


@function("heaviside")
def heaviside(x: Any, h0: Any) -> Expr:
    """0 below 0, 1 above, and h0 at 0."""
    x, h0 = align(tensor(x), tensor(h0))
    zero, one = x.graph.literal(0), x.graph.literal(1)
    return FUNCTIONS["where"](x < 0, zero, FUNCTIONS["where"](x.apply("equal", 0), h0, one))


@function("softmin")
def softmin(x: Any, axis: Any = None) -> Expr:
    """Softmax of -x."""
    return FUNCTIONS["softmax"](-tensor(x), axis)


@function("average")
def average(a: Any, axis: Any = None, weights: Any = None, *, keepdims: Any = False) -> Expr:
    """The mean over the axes, weighted where weights are given."""
    x = tensor(a)
    if weights is None:
        return FUNCTIONS["mean"](x, axis, keepdims=keepdims)
    w = tensor(weights)
    if w.shape != x.shape:
        axes = axes_of(x, axis)
        if len(axes) != 1 or w.shape != (x.shape[axes[0]],):
            raise BuildError(f"average: {describe(x)} and its weights {describe(w)} do not fit",
                             "give weights of the same shape, or one for each element along an axis", about=(x, w))  # fmt: skip
        w = reshape(w, (w.shape[0], *(1,) * (-axes[0] - 1)))
    left, right = align(x, w)
    total = FUNCTIONS["sum"](align(right, x)[0], axis, keepdims=keepdims)
    left, right = align(FUNCTIONS["sum"](left * right, axis, keepdims=keepdims), total)
    return left / right


@function("ptp")
def ptp(a: Any, axis: Any = None, *, keepdims: Any = False) -> Expr:
    """The largest element along the axes less the smallest."""
    high, low = (FUNCTIONS[name](a, axis, keepdims=keepdims) for name in ("max", "min"))
    return high - low


@function("trapezoid")
def trapezoid(y: Any, x: Any = None, dx: Any = None, axis: Any = -1) -> Expr:
    """The integral along an axis by trapezoids, over the places x, or with the step dx, 1 where none is given."""
    values = tensor(y)
    axes = axes_of(values, axis)
    if len(axes) != 1:
        raise BuildError("trapezoid integrates along one axis", "name one axis")
    along = [slice(None)] * len(values.shape)
    cut = tuple(along), len(along) + axes[0]
    upper, lower = (index(values, _cut(*cut, piece)) for piece in (slice(1, None), slice(None, -1)))
    if x is None:
        step = tensor(dx) if dx is not None else values.graph.literal(1)
    else:
        places = tensor(x)
        step = FUNCTIONS["diff"](places, axis=axis if len(places.shape) > 1 else None)
        if len(places.shape) == 1:
            step = reshape(step, (step.shape[0], *(1,) * (-axes[0] - 1)))
    left, right = align(upper + lower, step)
    return FUNCTIONS["sum"](left * right, axis) / 2


def _cut(key: tuple[Any, ...], place: int, piece: slice) -> tuple[Any, ...]:
    return (*key[:place], piece, *key[place + 1 :])


@function("polyval")
def polyval(p: Any, x: Any) -> Expr:
    """The polynomial with the coefficients p, the highest power first, by Horner's rule."""
    p, x = tensor(p), tensor(x)
    if len(p.shape) != 1 or not 1 <= p.shape[0] <= 1000:
        raise BuildError(f"polyval takes a vector of coefficients, not {describe(p)}", "write polyval([a, b, c], x)")
    y = FUNCTIONS["broadcast_to"](index(p, (0,)), [x.graph.literal(n) for n in x.shape])
    for k in range(1, p.shape[0]):
        left, right = align(y * x, index(p, (k,)))
        y = left + right
    return y


@function("convolve")
def convolve(a: Any, v: Any, mode: Any = "full") -> Expr:
    """The convolution of two vectors: all sums ('full'), as many as the longer has ('same'), or whole overlaps ('valid')."""
    a, v = tensor(a), tensor(v)
    if len(a.shape) != 1 or len(v.shape) != 1 or not a.shape[0] or not v.shape[0]:
        raise BuildError(
            f"convolve takes two vectors: {describe(a)} and {describe(v)}", "write conv1d for images", about=(a, v)
        )
    if mode not in ("full", "same", "valid"):
        raise BuildError("convolve: `mode` is 'full', 'same' or 'valid'", "write convolve(a, v, mode='same')")
    n, m = a.shape[0], v.shape[0]
    places = np.add.outer(np.arange(n), np.arange(m))
    y = contract(a, v, "i,j->ij").apply("scatter", index=Literal(places), shape=(n + m - 1,))
    short, long = min(n, m), max(n, m)
    first, size = {"full": (0, n + m - 1), "same": ((short - 1) // 2, long), "valid": (short - 1, long - short + 1)}[
        mode
    ]
    return index(y, (slice(first, first + size),))


@function("vecdot")
def vecdot(x1: Any, x2: Any, axis: Any = -1) -> Expr:
    """The sum of products along an axis, the last where none is given."""
    left, right = align(tensor(x1), tensor(x2))
    return FUNCTIONS["sum"](left * right, axis)


@function("multi_dot")
def multi_dot(arrays: Any) -> Expr:
    """The product of all the matrices of a list, from left to right."""
    if not isinstance(arrays, list | tuple) or not arrays:
        raise BuildError("multi_dot takes a list", "write multi_dot([A, B, C])")
    y = tensor(arrays[0])
    for x in arrays[1:]:
        y = FUNCTIONS["matmul"](y, x)
    return y


@function("append")
def append(arr: Any, values: Any, axis: Any = None) -> Expr:
    """Two arrays joined along an axis, or both in a row where none is given."""
    xs = [tensor(arr), tensor(values)]
    return concatenate_([FUNCTIONS["ravel"](x) for x in xs] if axis is None else xs, axis)


@function("take")
def take_(a: Any, indices: Any, axis: Any = None) -> Expr:
    """The elements at whole numbers known in advance, along an axis, or of the row of all elements where none is given."""
    x = tensor(a)
    picked = _static(indices)
    if axis is None:
        return index(FUNCTIONS["ravel"](x), (picked,))
    (along,) = axes_of(x, axis)
    return index(x, (*(slice(None),) * (len(x.shape) + along), picked))


def _static(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return np.array([_static(item) for item in value])
    return static_indices(value, "an index")
