"""One term of a Jacobian: an array over some axes of rows and columns, which may coincide (a diagonal) or be left out (constant).

A term stands for J[o…, i…] = δ(axes that rows and columns share) · array[axes of the array]. The array of a diagonal of n has n
elements; what is constant along an axis is kept once.
Source: S. Laue, M. Mitterreiter, J. Giesen, Computing higher order derivatives of matrix and tensor expressions (2018): index
        notation with Kronecker deltas, here with arrays in place of symbols.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from jaccli.graph.ir import Expr
from jaccli.ops.notation import broadcast, contract, reshape, sum_over

__all__ = [
    "Axis",
    "Group",
    "NotFactoredError",
    "Term",
    "axes_of",
    "multiplied",
    "regrouped",
    "spread_over",
    "with_solid_axis",
    "without_diagonals",
]

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class NotFactoredError(Exception):
    """What is asked for is not known for factors; dense rows know it."""


@dataclass(frozen=True, eq=False)
class Axis:
    """One axis of rows or columns, or a part of one: itself and no other, whatever its size."""

    size: int


Group = tuple[Axis, ...]


@dataclass(frozen=True)
class Term:
    """rows: the axes of the output; columns: for each axis of the node the axes it is made of, none where its size is 1.

    array, axes: the numbers, over some of these axes, in the order in which they stand in rows and then columns.
    """

    rows: Group
    columns: tuple[Group, ...]
    array: Expr
    axes: Group

    @property
    def inner(self) -> Group:
        """The axes of the columns in a row."""
        return tuple(axis for group in self.columns for axis in group)

    @property
    def frame(self) -> Group:
        """The axes of rows and columns, each once."""
        return tuple(dict.fromkeys(self.rows + self.inner))


def axes_of(shape: Sequence[int]) -> tuple[Group, ...]:
    """Return new axes for a shape."""
    if 0 in shape:
        raise NotFactoredError("an axis without elements")
    return tuple((Axis(n),) if n > 1 else () for n in shape)


def multiplied(
    term: Term, columns: tuple[Group, ...], factor: Expr, axes: Group, summed: Collection[Axis] = ()
) -> Term:
    """Return the term times ``factor``, an array over ``axes``, with the sum over some axes taken and new columns.

    Law: an axis that rows share is not summed over: Σ_i δ_oi a_i is a_o.
    """
    dropped = {axis for axis in summed if axis not in term.rows}
    array, mine = _summed(term.array, term.axes, dropped - set(axes))
    factor, axes = _summed(factor, axes, dropped - set(mine))
    whole = replace(term, columns=columns)
    kept = tuple(a for a in dict.fromkeys((*term.rows, *whole.inner)) if (a in mine or a in axes) and a not in dropped)
    return replace(whole, array=_product(array, mine, factor, axes, kept), axes=kept)


def _summed(x: Expr, axes: Group, dropped: Collection[Axis]) -> tuple[Expr, Group]:
    places = tuple(k - len(axes) for k, axis in enumerate(axes) if axis in dropped)
    return sum_over(x, places), tuple(axis for axis in axes if axis not in dropped)


def _product(x: Expr, xs: Group, y: Expr, ys: Group, out: Group) -> Expr:
    if not xs or not ys or (xs == ys == out):
        whole, order = (x * y, xs or ys)
        return whole if order == out else _ordered(whole, order, out)
    names = dict(zip(dict.fromkeys(xs + ys), LETTERS, strict=False))
    if len(names) < len(set(xs + ys)):
        raise NotFactoredError("more axes than letters")
    spelled = ["".join(names[axis] for axis in axes) for axes in (xs, ys, out)]
    return contract(x, y, f"{spelled[0]},{spelled[1]}->{spelled[2]}")


def _ordered(x: Expr, have: Group, want: Group) -> Expr:
    return x.apply("transpose", order=tuple(have.index(axis) for axis in want))


def spread_over(term: Term, wanted: Iterable[Axis]) -> Term:
    """Return the term with an array that has the wanted axes of its frame too, repeated where it was constant."""
    there = {*term.axes, *wanted}
    axes = tuple(axis for axis in term.frame if axis in there)
    if axes == term.axes:
        return term
    thin = reshape(term.array, tuple(axis.size if axis in term.axes else 1 for axis in axes))
    return replace(term, array=broadcast(thin, tuple(axis.size for axis in axes)), axes=axes)


def without_diagonals(term: Term, places: Iterable[int] | None = None) -> Term:
    """Return the term with the diagonals in the columns at ``places`` (all) written out, zeros and all."""
    for place in range(len(term.columns)) if places is None else places:
        for axis in term.columns[place]:
            if axis in term.rows:
                fresh = Axis(axis.size)
                columns = list(term.columns)
                columns[place] = tuple(fresh if a is axis else a for a in columns[place])
                eye = term.array.graph.literal(np.eye(axis.size))
                term = multiplied(term, tuple(columns), eye, (axis, fresh))
    return term


def with_solid_axis(term: Term, place: int) -> Term:
    """Return the term with one axis of the array for the column axis at ``place``, which may be any part of it afterwards."""
    term = without_diagonals(term, [place])
    term = spread_over(term, term.columns[place])
    size, old = math.prod(axis.size for axis in term.columns[place]), term.columns[place]
    if len(old) == 1:
        return term
    solid = Axis(size)
    columns = (*term.columns[:place], (solid,), *term.columns[place + 1 :])
    whole = replace(term, columns=columns)
    axes = tuple(a for a in whole.frame if a in term.axes or a is solid)
    return replace(whole, array=reshape(term.array, tuple(a.size for a in axes)), axes=axes)


def regrouped(term: Term, shape: Sequence[int]) -> Term:
    """Return the term of a node of another shape and as many elements; diagonals are kept where their axes can be split.

    Law: both shapes are read in row-major order, so axes are joined and split without a number moving.
    """
    cut = _cut(term, shape)
    if cut is None:
        dense = without_diagonals(term)
        dense = spread_over(dense, dense.inner)
        columns = axes_of(shape)
        inner = tuple(axis for group in columns for axis in group)
        axes = tuple(a for a in dense.rows if a in dense.axes) + inner
        return Term(dense.rows, columns, reshape(dense.array, tuple(a.size for a in axes)), axes)
    left, groups = list(cut.inner[::-1]), list[Group]()
    for size in shape:
        group: list[Axis] = []
        while math.prod(axis.size for axis in group) < size:
            group.append(left.pop())
        groups.append(tuple(group))
    return replace(cut, columns=tuple(groups))


def _cut(term: Term, shape: Sequence[int]) -> Term | None:
    """Return the term with axes that end where those of ``shape`` do; None where they would end inside one another."""
    if 0 in shape:
        raise NotFactoredError("an axis without elements")
    left = [n for n in shape if n > 1]
    room = 1
    for axis in term.inner:
        size, parts = axis.size, list[int]()
        while size > 1:
            if room == 1:
                room = left.pop(0)
            step = math.gcd(size, room)
            if step not in (size, room):
                return None
            parts.append(step)
            size, room = size // step, room // step
        if len(parts) > 1:
            term = _split(term, axis, tuple(Axis(n) for n in parts))
    return term


def _split(term: Term, axis: Axis, parts: Group) -> Term:
    def swapped(group: Group) -> Group:
        return tuple(a for old in group for a in (parts if old is axis else (old,)))

    axes = swapped(term.axes)
    array = reshape(term.array, tuple(a.size for a in axes))
    return Term(swapped(term.rows), tuple(map(swapped, term.columns)), array, axes)
