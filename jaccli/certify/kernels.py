"""Scalar functions of a number system → a kernel for every op, on object arrays of such numbers.

A number system is a namespace ``m`` with the names of the elementwise ops that have no definition in others. Its numbers
have + − × ÷ and join exact Python numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from typing import Any

import numpy as np

from jaccli.certify.balls import each
from jaccli.certify.elimination import ELIMINATION
from jaccli.graph.evaluate import Numbers
from jaccli.ops import TABLE, Op
from jaccli.types import Array

__all__ = ["UNSUPPORTED", "missing", "number_system"]

Kernel = Callable[..., Array]
#: Ops without a kernel for balls, and why; a check that meets one is judged by differences.
UNSUPPORTED: dict[str, str] = dict.fromkeys(
    ("svdvals", "svd_dyads"),
    "a series of singular values needs their vectors, whose derivative is what is to be checked",
)
#: Linear and structural ops whose own kernels move or add objects.
MOVES = ("reshape", "broadcast", "transpose", "take", "concatenate", "contract", "sum", "leaf", "literal")


def number_system(m: Any, literal: Callable[[Any], Any], special: Mapping[str, Kernel] | None = None) -> Numbers:
    """Return the numbers of ``m`` for graph.evaluate.

    special: kernels that take the place of the general ones.
    """
    kernels: dict[str, Kernel] = {
        **{name: _as_array(TABLE[name].kernel) for name in MOVES if name in TABLE},
        "div": lambda x, y: each(m.divide, x, y),
        "pow": lambda x, p: each(m.pow, x, p),
        "scatter": _scatter,
        "max": lambda x, axes: _folded(m.maximum, x, axes),
        "min": lambda x, axes: _folded(m.minimum, x, axes),
        "norm": lambda x, axes: _over(m.norm, x, axes),
        "hypot": lambda x, y: each(m.hypot, x, y),
        "softmax": lambda x, axes: _softmax(m, x, axes),
        "logsumexp": lambda x, axes: _logsumexp(m, x, axes),
        "pi": lambda: each(lambda: m.pi()),
        "euler": lambda: each(lambda: m.exp(literal(1))),
        **{name: _per_matrix(kernel, m) for name, kernel in ELIMINATION.items()},
        **(special or {}),
    }
    return Numbers(np.dtype(object), lambda x: each(literal, x), _Kernels(m, kernels))


class _Kernels(Mapping[str, Kernel]):
    """Kernels by op; those of elementwise ops are made when they are asked for, since a graph has few of them."""

    def __init__(self, m: Any, kernels: dict[str, Kernel]) -> None:
        self.m, self.kernels = m, kernels

    def __getitem__(self, op: str) -> Kernel:
        if op not in self.kernels:
            if op not in TABLE or TABLE[op].kind != "elementwise":
                raise KeyError(op)
            self.kernels[op] = _elementwise(TABLE[op], self.m)
        return self.kernels[op]

    def __iter__(self) -> Iterator[str]:
        return iter({**self.kernels, **{name: None for name, row in TABLE.items() if row.kind == "elementwise"}})

    def __len__(self) -> int:
        return len(list(iter(self)))


def missing(numbers: Numbers) -> list[str]:
    """Return the ops of the table that have no kernel and no reason."""
    return sorted(set(TABLE) - set(numbers.kernels) - set(UNSUPPORTED))


def _elementwise(row: Op, m: Any) -> Kernel:
    definition = row.definition or (lambda m, *xs: getattr(m, row.name)(*xs))

    def value(*atoms: Any) -> Any:
        try:
            return definition(m, *atoms)
        except (ValueError, ZeroDivisionError):  # outside the domain, or more bits are needed to know
            return m.nowhere()

    return lambda *xs: each(value, *xs)


def _as_array(kernel: Kernel) -> Kernel:
    """Return a kernel whose results are arrays even where NumPy gives a bare object."""

    def wrapped(*xs: Array, **params: Any) -> Array:
        found = kernel(*xs, **params)
        return found if isinstance(found, np.ndarray) else each(lambda: found)

    return wrapped


def _sum(x: Array, axes: tuple[int, ...]) -> Array:
    found = np.add.reduce(x, axis=axes)
    return found if isinstance(found, np.ndarray) else each(lambda: found)


def _rows(x: Array, axes: tuple[int, ...]) -> Array:
    """Return x with ``axes`` flattened into one last axis."""
    moved = np.moveaxis(x, sorted(axes), range(-len(axes), 0))
    return moved.reshape(*moved.shape[: moved.ndim - len(axes)], -1)


def _over(function: Callable[[Array], Any], x: Array, axes: tuple[int, ...]) -> Array:
    """Return a function of the elements along ``axes``."""
    rows = _rows(x, axes)
    out = np.empty(rows.shape[:-1], dtype=object)
    for position in np.ndindex(out.shape):
        out[position] = function(rows[position])
    return out


def _folded(function: Callable[[Any, Any], Any], x: Array, axes: tuple[int, ...]) -> Array:
    return _over(lambda row: reduce(function, row), x, axes)


def _softmax(m: Any, x: Array, axes: tuple[int, ...]) -> Array:
    e = each(m.exp, x - _top(m, x, axes))
    return each(m.divide, e, np.add.reduce(e, axis=axes, keepdims=True))


def _logsumexp(m: Any, x: Array, axes: tuple[int, ...]) -> Array:
    top = _top(m, x, axes)
    return each(m.log, _sum(each(m.exp, x - top), axes)) + np.squeeze(top, axis=axes)


def _top(m: Any, x: Array, axes: tuple[int, ...]) -> Array:
    """Return the largest midpoint, exact: once it is subtracted, one exponential is near 1, and their sum excludes zero."""
    return np.maximum.reduce(each(m.middle, x), axis=axes, keepdims=True)


def _scatter(x: Array, index: Any, shape: tuple[int, ...]) -> Array:
    batch = x.shape[: x.ndim - index.array.ndim]
    flat = x.reshape(*batch, -1)
    out = np.zeros((*batch, int(np.prod(shape, dtype=int))), dtype=object)
    for position, place in enumerate(index.array.ravel()):
        out[..., place] = out[..., place] + flat[..., position]
    return out.reshape(batch + shape)


def _per_matrix(kernel: Callable[..., Array], m: Any) -> Kernel:
    """Return ``kernel`` for batches: it is called with the matrices of each position of the batch."""

    def wrapped(*xs: Array, rank: int = 2, **params: Any) -> Array:
        cores = [2, rank][: len(xs)]
        batch = np.broadcast_shapes(*(x.shape[: x.ndim - core] for x, core in zip(xs, cores, strict=True)))
        full = [np.broadcast_to(x, batch + x.shape[x.ndim - core :]) for x, core in zip(xs, cores, strict=True)]
        found = [kernel(m, *(x[position] for x in full), **params) for position in np.ndindex(batch)]
        out = np.empty(batch + (found[0].shape if found else ()), dtype=object)
        for position, value in zip(np.ndindex(batch), found, strict=True):
            out[position] = value if value.shape else value[()]
        return out

    return wrapped
