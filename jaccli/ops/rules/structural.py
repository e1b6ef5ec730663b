"""Transposes of the linear and structural ops: (y_bar, position of the operand, operand shapes, parameters) → x_bar."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaccli.ops.literal import selected
from jaccli.ops.notation import broadcast, reshape, scatter, sum_over, take
from jaccli.ops.rules.table import transpose

Shape = tuple[int, ...]


def _broadcast(y_bar: Any, position: int, shapes: list[Shape], shape: Shape, rank: int) -> Any:
    core = (1,) * (len(shape) - rank) + shapes[0]
    axes = tuple(k - len(shape) for k in range(len(shape)) if core[k] != shape[k])
    return reshape(sum_over(y_bar, axes), shapes[0])


def _sum(y_bar: Any, position: int, shapes: list[Shape], axes: tuple[int, ...]) -> Any:
    kept = tuple(1 if k - len(shapes[0]) in axes else n for k, n in enumerate(shapes[0]))
    return broadcast(reshape(y_bar, kept), shapes[0])


def _transpose(y_bar: Any, position: int, shapes: list[Shape], order: tuple[int, ...]) -> Any:
    return y_bar.apply("transpose", order=tuple(int(k) for k in np.argsort(order)))


def _concatenate(y_bar: Any, position: int, shapes: list[Shape], axis: int, rank: int) -> Any:
    start = sum(shape[axis] for shape in shapes[:position])
    key = [slice(None)] * len(y_bar.shape)
    key[axis] = slice(start, start + shapes[position][axis])
    return take(y_bar, selected(y_bar.shape, tuple(key)))


transpose("reshape", lambda y_bar, position, shapes, shape, rank: reshape(y_bar, shapes[0]))
transpose("broadcast", _broadcast)
transpose("transpose", _transpose)
transpose("sum", _sum)
transpose("take", lambda y_bar, position, shapes, index, rank: scatter(y_bar, index, shapes[0]))
transpose("scatter", lambda y_bar, position, shapes, index, shape: take(y_bar, index))
transpose("concatenate", _concatenate)
