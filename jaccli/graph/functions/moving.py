"""Functions that only move or repeat elements: NumPy moves the positions, and one `take` moves the values alike."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from jaccli.graph.functions.arguments import BuildError, function, limit, static_int, static_shape, tensor
from jaccli.graph.functions.shape import concatenate_, diag, reshape_
from jaccli.graph.ir import Expr
from jaccli.graph.origins import describe
from jaccli.ops import Literal
from jaccli.ops.notation import broadcast, reshape, sum_over, take

_AXIS = re.compile(r"axis (-?\d+) is out of bounds for array of dimension")  # as NumPy says it


def moved(name: str, x: Expr, move: Callable[[Any], Any]) -> Expr:
    """Return the elements of x in the order in which ``move`` leaves their positions."""
    positions = np.asarray(_numpy(name, x, move, np.arange(math.prod(x.shape)).reshape(x.shape)))
    limit(positions.shape)
    return take(x, Literal(positions))


def _numpy(name: str, x: Expr, move: Callable[[Any], Any], array: Any) -> Any:
    """Return move(array); what NumPy objects to is said of x."""
    try:
        return move(array)
    except (ValueError, IndexError) as error:
        if x.shape and (match := _AXIS.search(str(error))):
            count = f"{len(x.shape)} {'axis' if len(x.shape) == 1 else 'axes'}"
            last = "its only axis is 0" if len(x.shape) == 1 else f"its axes are 0 to {len(x.shape) - 1}"
            message = f"{name}: {describe(x)} has {count}, and no axis {match[1]}"
            raise BuildError(message, last, about=(x,)) from None
        raise BuildError(f"{name} of {describe(x)}: {error}", "give it axes and sizes that fit", about=(x,)) from None


def _reshaped(name: str, x: Expr, move: Callable[[Any], Any]) -> Expr:
    """Return x with the shape that ``move`` gives it; elements of no size cost no memory."""
    shape = _numpy(name, x, move, np.empty(x.shape, dtype="V0")).shape
    limit(shape)
    return reshape(x, shape)


def _reordered(name: str, x: Expr, move: Callable[[Any], Any]) -> Expr:
    """Return x with its axes in the order in which ``move`` leaves the sizes 0, 1, 2 …"""
    order = _numpy(name, x, move, np.empty(range(len(x.shape)))).shape
    return x if order == tuple(range(len(order))) else x.apply("transpose", order=order)


def _whole(value: Any, title: str) -> Any:
    """Return a whole number, a tuple of them, or None, as NumPy takes them."""
    if value is None:
        return None
    if isinstance(value, list | tuple):
        return tuple(static_int(item, f"`{title}`") for item in value)
    return static_int(value, f"`{title}`")


@function("swapaxes")
def swapaxes(x: Any, axis1: Any, axis2: Any) -> Expr:
    """x with two of its axes exchanged."""
    first, second = static_int(axis1, "`axis1`"), static_int(axis2, "`axis2`")
    return _reordered("swapaxes", tensor(x), lambda a: np.swapaxes(a, first, second))


@function("moveaxis")
def moveaxis(x: Any, source: Any, destination: Any) -> Expr:
    """x with axes moved to other places, the others in their order."""
    old, new = _whole(source, "source"), _whole(destination, "destination")
    return _reordered("moveaxis", tensor(x), lambda a: np.moveaxis(a, old, new))


@function("ravel", "flatten")
def ravel(x: Any) -> Expr:
    """The elements of x in a row."""
    x = tensor(x)
    return reshape(x, (math.prod(x.shape),))


@function("squeeze")
def squeeze(x: Any, axis: Any = None) -> Expr:
    """x without its axes of size 1."""
    axes = _whole(axis, "axis")
    return _reshaped("squeeze", tensor(x), lambda a: np.squeeze(a, axes))


@function("expand_dims")
def expand_dims(x: Any, axis: Any) -> Expr:
    """x with new axes of size 1."""
    axes = _whole(axis, "axis")
    return _reshaped("expand_dims", tensor(x), lambda a: np.expand_dims(a, axes))


@function("broadcast_to")
def broadcast_to(x: Any, shape: Any) -> Expr:
    """x repeated to a shape."""
    x, sizes = tensor(x), static_shape(shape)
    _numpy("broadcast_to", x, lambda a: np.broadcast_to(a, sizes), np.empty(x.shape, dtype="V0"))
    return broadcast(x, sizes)


@function("roll")
def roll(x: Any, shift: Any, axis: Any = None) -> Expr:
    """x turned by ``shift`` places along an axis, or as a row where none is given."""
    by, axes = _whole(shift, "shift"), _whole(axis, "axis")
    return moved("roll", tensor(x), lambda a: np.roll(a, by, axes))


@function("flip")
def flip(x: Any, axis: Any = None) -> Expr:
    """x with the order of its elements reversed along the axes."""
    axes = _whole(axis, "axis")
    return moved("flip", tensor(x), lambda a: np.flip(a, axes))


@function("repeat")
def repeat(x: Any, repeats: Any, axis: Any = None) -> Expr:
    """Each element repeated along an axis, of the row of all elements where none is given."""
    x, times, along = tensor(x), _whole(repeats, "repeats"), _whole(axis, "axis")
    limit((math.prod(x.shape) * max(int(np.max(times, initial=0)), 0),))
    return moved("repeat", x, lambda a: np.repeat(a, times, along))


@function("tile")
def tile(x: Any, reps: Any) -> Expr:
    """x laid side by side ``reps`` times along each axis."""
    x, times = tensor(x), _whole(reps, "reps")
    limit((math.prod(x.shape) * max(math.prod(np.atleast_1d(times).tolist()), 0),))
    return moved("tile", x, lambda a: np.tile(a, times))


@function("diff")
def diff(x: Any, n: Any = None, axis: Any = None) -> Expr:
    """The differences of neighbours along an axis, the last where none is given, taken n times."""
    y, along = tensor(x), static_int(axis, "`axis`") if axis is not None else -1
    for _ in range(_times(y, n)):
        after = moved("diff", y, lambda a: np.delete(a, slice(0, 1), along))
        y = after - moved("diff", y, lambda a: np.delete(a, slice(max(a.shape[along] - 1, 0), None), along))
    return y


def _times(x: Expr, n: Any) -> int:
    times = static_int(n, "`n`") if n is not None else 1
    if not x.shape or not 0 <= times <= 100:
        raise BuildError(f"diff takes {describe(x)} {times} times", "give it an array, and an `n` of at most 100")
    return times


@function("diagonal")
def diagonal(x: Any, offset: Any = None, axis1: Any = None, axis2: Any = None) -> Expr:
    """The diagonal of a matrix, or of each of a stack of them, as the last axis."""
    given = zip((offset, axis1, axis2), (0, 0, 1), strict=True)
    k, first, second = (static_int(v, "`offset`, `axis1`, `axis2`") if v is not None else w for v, w in given)
    return moved("diagonal", tensor(x), lambda a: np.diagonal(a, k, first, second))


@function("trace")
def trace(x: Any, offset: Any = None, axis1: Any = None, axis2: Any = None) -> Expr:
    """The sum of a matrix's diagonal, or of the diagonal of each of a stack of them."""
    x = tensor(x)
    if len(x.shape) < 2:
        raise BuildError(f"trace takes a matrix, not {describe(x)}", "write sum(x) for the sum of a vector")
    return sum_over(diagonal(x, offset, axis1, axis2), (-1,))


@function("fliplr")
def fliplr(m: Any) -> Expr:
    """The columns in reversed order."""
    return moved("fliplr", tensor(m), np.fliplr)


@function("flipud")
def flipud(m: Any) -> Expr:
    """The rows in reversed order."""
    return moved("flipud", tensor(m), np.flipud)


@function("rot90")
def rot90(m: Any, k: Any = None) -> Expr:
    """A matrix turned by k right angles against the clock, one where none is given."""
    turns = static_int(k, "`k`") if k is not None else 1
    return moved("rot90", tensor(m), lambda a: np.rot90(a, turns))


@function("atleast_1d")
def atleast_1d(x: Any) -> Expr:
    """x, with one axis where it is a number."""
    return _at_least(1, tensor(x))


@function("atleast_2d")
def atleast_2d(x: Any) -> Expr:
    """x, with two axes at least; a vector is a row."""
    return _at_least(2, tensor(x))


@function("diagflat")
def diagflat(v: Any, k: Any = None) -> Expr:
    """The matrix with all elements of v on its diagonal."""
    return diag(ravel(v), k)


@function("column_stack")
def column_stack(arrays: Any) -> Expr:
    """The arrays side by side; a vector is a column."""
    xs = [tensor(x) for x in _arrays(arrays, "column_stack")]
    return concatenate_([reshape(x, (math.prod(x.shape), 1)) if len(x.shape) < 2 else x for x in xs], 1)


@function("dstack")
def dstack(arrays: Any) -> Expr:
    """The arrays one behind the other, along a third axis."""
    return concatenate_([_reshaped("dstack", tensor(x), np.atleast_3d) for x in _arrays(arrays, "dstack")], 2)


@function("pad")
def pad(array: Any, pad_width: Any, mode: Any = "constant", constant_values: Any = None) -> Expr:
    """x with a rim of 0 or of ``constant_values``, or of its own elements by mode 'edge', 'reflect', 'symmetric' or 'wrap'."""
    x, width = tensor(array), _widths(pad_width)
    if mode not in ("constant", "edge", "reflect", "symmetric", "wrap"):
        raise BuildError("pad: `mode` is 'constant', 'edge', 'reflect', 'symmetric' or 'wrap'", "write mode='edge'")
    try:
        rims = np.broadcast_to(width, (len(x.shape), 2))
    except ValueError:
        message, help_ = (
            f"pad: `pad_width` does not fit {describe(x)}",
            "write n, (before, after), or a pair for each axis",
        )
        raise BuildError(message, help_, about=(x,)) from None
    limit(tuple(n + int(sum(rim)) for n, rim in zip(x.shape, rims, strict=True)))
    if mode != "constant":
        return moved("pad", x, lambda a: np.pad(a, width, mode))
    rim = tensor(constant_values) if constant_values is not None else x.graph.literal(0)
    if rim.shape:
        raise BuildError(f"pad: `constant_values` is one number, not {describe(rim)}", "write constant_values=0")
    size = math.prod(x.shape)
    whole = np.arange(size).reshape(x.shape)
    places = _numpy("pad", x, lambda a: np.pad(a, width, constant_values=size), whole)
    return take(concatenate_([ravel(x), reshape(rim, (1,))]), Literal(places))


def _widths(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_widths(item) for item in value]
    width = static_int(value, "`pad_width`")
    if width < 0:
        raise BuildError(f"pad: a width cannot be negative: {width}", "slice to cut")
    return width


@function("vstack")
def vstack(arrays: Any) -> Expr:
    """The arrays one below the other; a vector is a row."""
    return concatenate_([_at_least(2, x) for x in _arrays(arrays, "vstack")])


@function("hstack")
def hstack(arrays: Any) -> Expr:
    """The arrays side by side; vectors end to end."""
    xs = [_at_least(1, x) for x in _arrays(arrays, "hstack")]
    return concatenate_(xs, 1 if len(xs[0].shape) > 1 else 0)


def _arrays(value: Any, name: str) -> list[Expr]:
    if not isinstance(value, list | tuple) or not value:
        raise BuildError(f"{name} takes a list", f"write {name}([a, b])")
    return [tensor(item) for item in value]


def _at_least(rank: int, x: Expr) -> Expr:
    return x if len(x.shape) >= rank else reshape_(x, (1,) * (rank - len(x.shape)) + x.shape)


@function("full")
def full(shape: Any, fill_value: Any) -> Expr:
    """An array of a shape that holds one value, or one array repeated."""
    return broadcast_to(fill_value, shape)


@function("zeros_like")
def zeros_like(x: Any) -> Expr:
    """Zeros in the shape of x."""
    x = tensor(x)
    return broadcast(x.graph.literal(0), x.shape)


@function("ones_like")
def ones_like(x: Any) -> Expr:
    """Ones in the shape of x."""
    x = tensor(x)
    return broadcast(x.graph.literal(1), x.shape)
