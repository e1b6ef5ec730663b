"""Functions that move elements: reshape, transpose, concatenate, stack, diagonals, indexing."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from jaccli.graph.functions.arguments import BuildError, axes_of, function, limit, static_int, static_shape, tensor
from jaccli.graph.ir import Expr
from jaccli.graph.origins import describe
from jaccli.ops import Literal, selected
from jaccli.ops.notation import concatenate, reshape, take


@function("reshape")
def reshape_(x: Any, shape: Any) -> Expr:
    """x with another shape of equal size; one size may be -1."""
    x, sizes = tensor(x), static_shape(shape)
    size = math.prod(x.shape)
    if sizes.count(-1) == 1:
        rest = -math.prod(sizes)
        sizes = tuple(n if n != -1 else (size // rest if rest else 0) for n in sizes)
    if min(sizes, default=0) < -1 or sizes.count(-1) > 1:
        raise BuildError(f"reshape: {sizes} is not a shape", "at most one size may be -1, the others are at least 0")
    if math.prod(sizes) != size or any(n < 0 for n in sizes):
        raise BuildError(
            f"cannot reshape {describe(x)} to {sizes}: {size} elements are not {math.prod(sizes)}",
            "keep the size",
            about=(x,),
        )
    return reshape(x, sizes)


@function("transpose")
def transpose(x: Any, axes: Any = None) -> Expr:
    """x with its axes in another order, reversed where none is given."""
    x = tensor(x)
    rank = len(x.shape)
    if axes is None:
        order = tuple(range(rank))[::-1]
    else:
        given = tuple(static_int(a, "`axes`") for a in (axes if isinstance(axes, list | tuple) else [axes]))
        order = tuple(a + rank * (a < 0) for a in given)
    if sorted(order) != list(range(rank)):
        raise BuildError(
            f"axes {given} are not an order of the {rank} axes of {describe(x)}",
            "name each axis once: transpose(x, (1, 0))",
        )
    return x if order == tuple(range(rank)) else x.apply("transpose", order=order)


def _same_but(xs: list[Expr], axis: int, name: str) -> None:
    rank = len(xs[0].shape)
    for x in xs[1:]:
        fits = len(x.shape) == rank and all(
            a == b for k, (a, b) in enumerate(zip(x.shape, xs[0].shape, strict=True)) if k - rank != axis
        )
        if not fits:
            raise BuildError(
                f"{name}: {describe(xs[0])} and {describe(x)} do not fit",
                "give all parts the same sizes",
                about=(xs[0], x),
            )


@function("concatenate")
def concatenate_(arrays: Any, axis: Any = 0) -> Expr:
    """The arrays joined along an axis; with ``axis=None`` each is made flat first."""
    xs = [tensor(value) for value in _parts(arrays, "concatenate")]
    if axis is None:
        xs = [reshape(x, (x.node.size,)) for x in xs]
    if not xs[0].shape:
        raise BuildError("concatenate joins arrays, not numbers", "write stack([a, b])")
    position = axes_of(xs[0], axis or 0)[0]
    _same_but(xs, position, "concatenate")
    limit(
        (
            sum(x.shape[position] for x in xs),
            *(n for k, n in enumerate(xs[0].shape) if k - len(xs[0].shape) != position),
        )
    )
    return concatenate(xs, position) if len(xs) > 1 else xs[0]


@function("stack")
def stack(arrays: Any, axis: Any = None) -> Expr:
    """The arrays, of one shape, along a new axis, the first where none is given."""
    xs = [tensor(value) for value in _parts(arrays, "stack")]
    rank = len(xs[0].shape)
    _same_but(xs, 1, "stack")
    where_ = static_int(axis, "`axis`") if axis is not None else 0
    if not -rank - 1 <= where_ <= rank:
        raise BuildError(f"axis {where_} does not exist in the stack of {describe(xs[0])}", f"use 0 to {rank}")
    where_ += (rank + 1) * (where_ < 0)
    limit((len(xs), *xs[0].shape))
    rows = [reshape(x, (*x.shape[:where_], 1, *x.shape[where_:])) for x in xs]
    return concatenate(rows, where_ - rank - 1) if len(rows) > 1 else rows[0]


def _parts(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list | tuple) or not value:
        raise BuildError(f"{name} takes a list", f"write {name}([a, b])")
    return list(value)


@function("diag")
def diag(x: Any, k: Any = None) -> Expr:
    """The diagonal of a matrix, or the matrix with a vector on its diagonal."""
    x, offset = tensor(x), static_int(k, "`k`") if k is not None else 0
    if len(x.shape) == 1:
        n = x.shape[0] + abs(offset)
        limit((n, n))
        positions = np.diag(np.arange(n * n).reshape(n, n), offset)
        return x.apply("scatter", index=Literal(positions), shape=(n, n))
    if len(x.shape) != 2:
        raise BuildError(f"diag takes a vector or a matrix, not {describe(x)}", "index the axes you mean")
    return take(x, Literal(np.diag(np.arange(math.prod(x.shape)).reshape(x.shape), offset)))


def attribute(x: Expr, name: str) -> Any:
    """Return x.T, x.mT, x.shape, x.size or x.ndim; sizes are numbers known in advance."""
    if name == "T":
        return transpose(x)
    if name == "mT":
        if len(x.shape) < 2:
            raise BuildError(f".mT needs two axes: {describe(x)}", "write .T")
        rank = len(x.shape)
        return x.apply("transpose", order=(*range(rank - 2), rank - 1, rank - 2))
    literal = x.graph.literal
    sizes = {"size": math.prod(x.shape), "ndim": len(x.shape)}
    return [literal(n) for n in x.shape] if name == "shape" else literal(sizes[name])


@function("shape")
def shape_(x: Any) -> Any:
    """The sizes of x, as a list."""
    return attribute(tensor(x), "shape")


@function("size")
def size(x: Any, axis: Any = None) -> Expr:
    """How many elements x has, or how many along an axis."""
    x = tensor(x)
    return attribute(x, "size") if axis is None else x.graph.literal(x.shape[axes_of(x, axis)[0]])


@function("ndim")
def ndim(x: Any) -> Expr:
    """How many axes x has."""
    return attribute(tensor(x), "ndim")


@function("len")
def len_(x: Any) -> Expr:
    """How many elements x has along its first axis."""
    x = tensor(x)
    if not x.shape:
        raise BuildError(f"{describe(x)} has no length", "leave it out")
    return x.graph.literal(x.shape[0])


def index(x: Expr, key: tuple[Any, ...]) -> Expr:
    """Return x[key] for whole numbers, slices, None, an ellipsis and lists of whole numbers, as NumPy indexes."""
    if not x.shape and any(item is not None and item is not Ellipsis for item in key):
        raise BuildError(f"{describe(x)} cannot be indexed", "declare it with a shape")
    try:
        limit(np.empty(x.shape, dtype="V0")[key].shape)  # elements of no size: a look at the shape costs no memory
        picked = selected(x.shape, key)
    except ValueError:
        raise BuildError(
            "the rows of a list of indices have different lengths", "give every row the same length"
        ) from None
    except IndexError as error:
        raise BuildError(*_unindexed(x, key, str(error).split(";")[0]), about=(x,)) from None
    return take(x, picked)


def _unindexed(x: Expr, key: tuple[Any, ...], error: str) -> tuple[str, str]:
    """Return why ``x`` has no such elements, and what to write."""
    axes = f"{len(x.shape)} {'axis' if len(x.shape) == 1 else 'axes'}"
    used = sum(item is not None and item is not Ellipsis for item in key)
    if used > len(x.shape):
        return f"{describe(x)} has {axes}, but {used} indices were given", f"give at most {len(x.shape)}"
    if match := re.match(r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)", error):
        index, axis, size = map(int, match.groups())
        which = f"axis {axis} of {describe(x)}" if len(x.shape) > 1 else describe(x)
        ends = f"its indices go from 0 to {size - 1}, or from -1 to -{size} from the end" if size else "it is empty"
        return f"{which} has no element {index}", ends
    return f"{describe(x)}: {error}", "indices count from 0, or from -1 at the end"


def _triangle(name: str, choose: Callable[..., Any]) -> Callable[..., Expr]:
    def macro(x: Any, k: Any = None) -> Expr:
        x, offset = tensor(x), static_int(k, "`k`") if k is not None else 0
        if len(x.shape) != 2:
            raise BuildError(f"{name} takes a matrix, not {describe(x)}", "index the axes you mean")
        positions = np.flatnonzero(choose(np.ones(x.shape), offset))
        return take(x, Literal(positions)).apply("scatter", index=Literal(positions), shape=x.shape)

    return macro


function("triu")(_triangle("triu", np.triu))
function("tril")(_triangle("tril", np.tril))
