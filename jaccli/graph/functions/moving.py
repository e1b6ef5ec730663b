"""Functions that only move or repeat elements: NumPy moves the positions, and one `take` moves the values alike."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from jaccli.graph.functions.arguments import BuildError, function, limit, static_int, static_shape, tensor
from jaccli.graph.functions.shape import concatenate_, reshape_
from jaccli.graph.ir import Expr
from jaccli.graph.origins import describe
from jaccli.ops import Literal
from jaccli.ops.notation import broadcast, reshape, take


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
    limit((math.prod(x.shape) * max(np.max(times, initial=0), 0),))
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
