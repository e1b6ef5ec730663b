"""Terms whose columns are selected, or are placed among zeros: slices act on one axis of the array, other indices on all."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from jaccli.derive.factored.terms import Axis, Group, Term, axes_of, spread_over, with_solid_axis, without_diagonals
from jaccli.graph.ir import Expr
from jaccli.graph.static.lines import slices
from jaccli.ops import Literal
from jaccli.ops.literal import places
from jaccli.ops.notation import reshape, scatter, take

__all__ = ["scattered", "taken"]

Key = tuple[int | slice, ...]


def taken(term: Term, shape: Sequence[int], index: Literal) -> Term:
    """Return the term whose columns are those of ``term``, of this shape, at flat indices."""
    key = slices(index, tuple(shape))
    if key is None:
        return _at_indices(term, index, math.prod(shape))
    columns: list[Group] = []
    for place, at in enumerate(_whole(key, len(shape))):
        if at == slice(None):
            columns.append(term.columns[place])
            continue
        size = 1 if isinstance(at, int) else at.stop - at.start
        new = (Axis(size),) if size > 1 else ()
        if shape[place] > 1 and any(axis in term.axes or axis in term.rows for axis in term.columns[place]):
            term = with_solid_axis(term, place)
            term = _narrowed(term, place, at, new)
        if not isinstance(at, int):
            columns.append(new)
    return Term(term.rows, tuple(columns), term.array, term.axes)


def _narrowed(term: Term, place: int, at: int | slice, new: Group) -> Term:
    (axis,) = term.columns[place]
    k = term.axes.index(axis)
    key = [slice(None)] * len(term.axes)
    key[k] = slice(at, at + 1) if isinstance(at, int) else at
    chosen = places(term.array.shape)[tuple(key)]
    columns = (*term.columns[:place], new, *term.columns[place + 1 :])
    axes = term.axes[:k] + new + term.axes[k + 1 :]
    return Term(term.rows, columns, take(term.array, Literal(chosen.reshape([a.size for a in axes]))), axes)


def scattered(term: Term, index: Literal, shape: tuple[int, ...]) -> Term:
    """Return the term whose columns, of this shape, hold those of ``term`` at flat indices, and zeros elsewhere."""
    key = slices(index, shape)
    if key is None:
        return _to_indices(term, index, shape)
    columns: list[Group] = []
    left = list(term.columns)
    for place, at in enumerate(_whole(key, len(shape))):
        if at == slice(None):
            columns.append(left.pop(0))
            continue
        group = left.pop(0) if not isinstance(at, int) else ()
        term = Term(term.rows, (*columns, group, *left), term.array, term.axes)
        if shape[place] > 1:
            term = _widened(term, len(columns), at, shape[place])
        left = list(term.columns[len(columns) + 1 :])
        columns = list(term.columns[: len(columns) + 1])
    return Term(term.rows, tuple(columns), term.array, term.axes)


def _widened(term: Term, place: int, at: int | slice, size: int) -> Term:
    new = Axis(size)
    if term.columns[place]:
        term = with_solid_axis(term, place)
    old = term.columns[place]
    columns = (*term.columns[:place], (new,), *term.columns[place + 1 :])
    frame = Term(term.rows, columns, term.array, term.axes).frame
    axes = tuple(axis for axis in frame if axis is new or axis in term.axes)
    k = axes.index(new)
    wide = tuple(axis.size for axis in axes)
    key = [slice(None)] * len(axes)
    key[k] = slice(at, at + 1) if isinstance(at, int) else at
    chosen = places(wide)[tuple(key)]
    array = reshape(term.array, chosen.shape) if not old else term.array
    return Term(term.rows, columns, scatter(array, Literal(chosen), wide), axes)


def _whole(key: Key, rank: int) -> Key:
    return (*key, *[slice(None)] * (rank - len(key)))


def _dense(term: Term) -> tuple[Expr, Group]:
    """Return the term's array with all columns along one last axis, and the axes before it."""
    term = without_diagonals(term)
    term = spread_over(term, term.inner)
    before = tuple(axis for axis in term.axes if axis in term.rows)
    count = math.prod(axis.size for axis in term.inner)
    return reshape(term.array, (*(axis.size for axis in before), count)), before


def _flat(before: Group, index: Literal, size: int) -> Literal:
    """Return an index of the last axis, of ``size`` elements, as one for the whole array."""
    lead = tuple(axis.size for axis in before)
    starts = np.arange(math.prod(lead)).reshape(lead + (1,) * index.array.ndim) * size
    return Literal(starts + index.array)


def _at_indices(term: Term, index: Literal, size: int) -> Term:
    array, before = _dense(term)
    columns = axes_of(index.array.shape)
    inner = tuple(axis for group in columns for axis in group)
    found = take(array, _flat(before, index, size))
    return Term(term.rows, columns, reshape(found, tuple(a.size for a in before + inner)), before + inner)


def _to_indices(term: Term, index: Literal, shape: tuple[int, ...]) -> Term:
    array, before = _dense(term)
    columns = axes_of(shape)
    inner = tuple(axis for group in columns for axis in group)
    lead = tuple(axis.size for axis in before)
    flat = _flat(before, Literal(index.array.ravel()), math.prod(shape))
    found = scatter(array, flat, (*lead, math.prod(shape)))
    return Term(term.rows, columns, reshape(found, tuple(a.size for a in before + inner)), before + inner)
