"""Linear and structural ops. Core axes are counted from the right, so that batch axes stay left."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from jaccli.ops.literal import Literal
from jaccli.ops.registry import ShapeError, linear, nullary

Shape = tuple[int, ...]
SMALL = 500  # elements, those of all points of a batch, that are copied as fast as a view of them is made, 4 µs


def batch_of(x: Any, rank: int) -> Shape:
    """Return the batch axes of an operand of core rank ``rank``."""
    return tuple(x.shape[: x.ndim - rank])


# --- leaves: a value supplied from outside, or one the graph holds
nullary("leaf", lambda name, shape, boolean: None, lambda name, shape, boolean: shape)
nullary("literal", lambda value: value.array, lambda value: value.array.shape)
nullary("pi", lambda: np.asarray(np.pi), lambda: ())
nullary("euler", lambda: np.asarray(np.e), lambda: ())


# --- shape
def _reshape_shape(x: Shape, shape: Shape, rank: int) -> Shape:
    if math.prod(x) != math.prod(shape):
        raise ShapeError(f"reshape: {x} has {math.prod(x)} elements, {shape} has {math.prod(shape)}")
    return shape


linear(
    "reshape",
    lambda x, shape, rank: x.reshape(batch_of(x, rank) + shape),
    _reshape_shape,
)


def _broadcast(x: Any, shape: Shape, rank: int) -> Any:
    batch = batch_of(x, rank)
    core = (1,) * (len(shape) - rank) + tuple(x.shape[x.ndim - rank :])
    return np.broadcast_to(x.reshape(batch + core), batch + shape)


def _broadcast_shape(x: Shape, shape: Shape, rank: int) -> Shape:
    fits = all(n in (1, size) for n, size in zip(x[::-1], shape[::-1], strict=False))
    if len(x) > len(shape) or not fits:
        raise ShapeError(f"broadcast: {x} does not fit {shape}")
    return shape


linear("broadcast", _broadcast, _broadcast_shape)
linear(
    "transpose",
    lambda x, order: x.transpose(*range(x.ndim - len(order)), *(x.ndim - len(order) + k for k in order)),
    lambda x, order: tuple(x[k] for k in order),
)
linear(
    "sum",
    lambda x, axes: np.add.reduce(x, axis=axes),
    lambda x, axes: tuple(n for k, n in enumerate(x) if k - len(x) not in axes),
    weight=lambda shapes, out, params: math.prod(shapes[0]),
)


# --- selection: indexing, diagonals, triangles and padding are all a take or its transpose, a scatter
def _take(x: Any, index: Literal, rank: int) -> Any:
    batch, core = batch_of(x, rank), x.shape[x.ndim - rank :]
    if rank > 1 and 2 * index.array.size <= math.prod(core) and not _flat(x, rank):  # of which a reshape copies all
        return _unflattened(x, index, core)
    flat = x.reshape(*batch, math.prod(core))
    view = _strided(flat, index, writeable=False)
    return flat[..., index.array] if view is None else view


def _flat(x: Any, rank: int) -> bool:
    """Return whether the core axes of an array lie in memory as one axis does."""
    axes = [(n, stride) for n, stride in zip(x.shape[-rank:], x.strides[-rank:], strict=True) if n > 1]
    return all(stride == n * following for (_, stride), (n, following) in itertools.pairwise(axes))


def _unflattened(x: Any, index: Literal, core: Shape) -> Any:
    """Return what a flat index selects of an array whose core axes are apart: a view where no step crosses the end of an axis."""
    if (steps := index.steps) is not None and min(steps.strides, default=0) >= 0:
        start, *moves = (np.unravel_index(k, core) for k in (steps.start, *steps.strides))
        last = [
            sum(m[axis] * (n - 1) for m, n in zip(moves, index.array.shape, strict=True)) for axis in range(len(core))
        ]
        if all(at + far < n for at, far, n in zip(start, last, core, strict=True)):
            corner = x[(..., *(slice(at, None) for at in start))]
            strides = [sum(k * stride for k, stride in zip(m, x.strides[-len(core) :], strict=True)) for m in moves]
            shape = (*x.shape[: x.ndim - len(core)], *index.array.shape)
            return as_strided(corner, shape, (*x.strides[: x.ndim - len(core)], *map(int, strides)), writeable=False)
    return x[(..., *np.unravel_index(index.array, core))]


def _strided(flat: Any, index: Literal, writeable: bool) -> Any:
    """Return the view of what ``index`` selects along the last axis, None where there is none, or a copy is as fast."""
    if math.prod(flat.shape[:-1]) * index.array.size < SMALL or (steps := index.steps) is None:
        return None
    (start, strides, _), unit = steps, flat.strides[-1]
    return as_strided(
        flat[..., start:],
        (*flat.shape[:-1], *index.array.shape),
        (*flat.strides[:-1], *(stride * unit for stride in strides)),
        writeable=writeable,
    )


def _within(op: str, index: Literal, shape: Shape) -> None:
    """Check that flat indices count elements of ``shape``; a negative one would be another element of a batch."""
    for place in index.ends or ():
        if 0 <= place < math.prod(shape):
            continue
        raise ShapeError(f"{op}: index {place} is outside the {math.prod(shape)} elements of {shape}")


def _take_shape(x: Shape, index: Literal, rank: int) -> Shape:
    _within("take", index, x)
    return index.array.shape


def _scatter_shape(x: Shape, index: Literal, shape: Shape) -> Shape:
    if x != index.array.shape:
        raise ShapeError(f"scatter: {x} needs as many indices, not {index.array.shape}")
    _within("scatter", index, shape)
    return shape


def _scatter(x: Any, index: Literal, shape: Shape) -> Any:
    batch = batch_of(x, index.array.ndim)
    out = np.zeros((*batch, math.prod(shape)), dtype=x.dtype)
    view = _strided(out, index, writeable=True)
    if view is not None:
        _add_along(view, x, [len(batch) + axis for axis in index.steps.repeated])  # type: ignore[union-attr]
    else:
        order, starts, places = index.runs
        values = x.reshape(*batch, index.array.size)[..., order]
        out[..., places] = values if len(places) == len(order) else np.add.reduceat(values, starts, axis=-1)
    return out.reshape(batch + shape)


def _add_along(out: Any, x: Any, axes: list[int]) -> None:
    """Add x to ``out``, whose elements do not overlap but along ``axes``."""
    for place in np.ndindex(*(x.shape[axis] for axis in axes)):
        key = [slice(None)] * x.ndim
        for axis, k in zip(axes, place, strict=True):
            key[axis] = k
        out[tuple(key)] += x[tuple(key)]


linear(
    "take",
    _take,
    _take_shape,
    weight=lambda shapes, out, params: math.prod(out),
)
linear(
    "scatter",
    _scatter,
    _scatter_shape,
    weight=lambda shapes, out, params: math.prod(out),
)


def _concatenate(*xs: Any, axis: int, rank: int) -> Any:
    batches = [batch_of(x, rank) for x in xs]
    full = np.broadcast_shapes(*batches)
    return np.concatenate([np.broadcast_to(x, full + tuple(x.shape[x.ndim - rank :])) for x in xs], axis=axis)


def _concatenate_shape(*shapes: Shape, axis: int, rank: int) -> Shape:
    others = {(*shape[: rank + axis], *shape[rank + axis + 1 :]) for shape in shapes}
    if len(others) > 1:
        raise ShapeError(f"concatenate: {', '.join(map(str, shapes))} differ outside axis {axis}")
    size = sum(shape[axis] for shape in shapes)
    return (*shapes[0][: rank + axis], size, *shapes[0][rank + axis + 1 :])


linear(
    "concatenate",
    _concatenate,
    _concatenate_shape,
    arity=None,
    weight=lambda shapes, out, params: math.prod(out),
)
