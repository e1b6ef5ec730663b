"""A block of entries → the cells of a heat map: one for each entry, or for each tile of a large one its worst entry."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from jaccli.results.grid import Grid
from jaccli.results.names import entry_names
from jaccli.results.numbers import json_number
from jaccli.types import Array

__all__ = ["error_map", "value_map"]

FIGURES = 7  # digits of a number beside a cell


def error_map(grid: Grid, of: str, wrt: str, most: int) -> dict[str, Any]:
    """Return the map of the logarithm of each entry's error, at most ``most`` cells high and wide.

    A tile shows the entry that is wrong, or open, before one that is right, and of these the one with the largest error.
    """
    error = grid.error
    badness = np.where(np.isnan(error), np.inf, error) + 0.0
    rank = np.array([0.0, 2.0, 1.0])[grid.outcome]
    worst = np.lexsort((badness.ravel(), rank.ravel()))
    order = np.empty(worst.size, dtype=int)
    order[worst] = np.arange(worst.size)
    rows, columns = entry_names(of, grid.of_shape), entry_names(wrt, grid.wrt_shape)

    def cell(i: int, j: int) -> list[Any]:
        return [i, j, _short(grid.tested[i, j]), _short(grid.reference[i, j]), _short(grid.error_bar[i, j]),
                _short(error[i, j]), int(grid.outcome[i, j])]  # fmt: skip

    return _map("error", order.reshape(error.shape), rows, columns, most, cell)


def value_map(value: Array, of: list[str], wrt: list[str], most: int) -> dict[str, Any]:
    """Return the map of a matrix of numbers, of which each tile shows the one that is largest."""
    order = np.nan_to_num(np.abs(value), nan=math.inf)
    return _map("value", order, of, wrt, most, lambda i, j: [i, j, _short(value[i, j])])


def _map(
    kind: str, order: Array, rows: list[str], columns: list[str], most: int, cell: Callable[[int, int], list[Any]]
) -> dict[str, Any]:
    high, wide = (max(1, math.ceil(n / most)) for n in order.shape)
    cells = []
    for top in range(0, order.shape[0], high):
        for left in range(0, order.shape[1], wide):
            tile = order[top : top + high, left : left + wide]
            i, j = divmod(int(np.argmax(tile)), tile.shape[1])
            cells.append(cell(top + i, left + j))
    shown_rows, shown_columns = sorted({c[0] for c in cells}), sorted({c[1] for c in cells})
    return {
        "kind": kind,
        "shape": list(order.shape),
        "tile": [high, wide],
        "rows": {str(i): rows[i] for i in shown_rows},
        "columns": {str(j): columns[j] for j in shown_columns},
        "cells": cells,
    }


def _short(x: float) -> float | str:
    return json_number(float(f"{x:.{FIGURES}g}"))
