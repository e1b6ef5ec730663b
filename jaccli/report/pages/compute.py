"""Computed derivatives → the page of ``jac compute -o page.html``: formulas, tables, bars for gradients, heat maps for matrices."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaccli.report.json import compute_document
from jaccli.report.pages.heat import value_map
from jaccli.report.pages.render import page
from jaccli.results import numbers
from jaccli.results.computed import Block, Computed
from jaccli.results.names import columns_of, entry_names
from jaccli.types import Array

__all__ = ["Bar", "Part", "computed_page", "parts"]

TABLE = 8  # rows and columns of a matrix that is written out
BARS = 40  # entries of a gradient that are drawn as bars
SIDE, CELLS = 40, 6_000  # cells of one heat map, along an edge, and of all of a page
LONG = 110  # pixels of the longest bar, on either side of 0
NUMBERS = 10_000  # of a result whose document is in the page; a larger one is what -f json and npz are for
SYMBOLS = 40  # symbolic entries that are written out


@dataclass(frozen=True)
class Bar:
    """One entry of a gradient: its name, its value in words, and where its bar begins and how long it is, in pixels."""

    name: str
    words: str
    start: float
    length: float
    kind: str


@dataclass(frozen=True)
class Part:
    """One block: what it is, how it is shown, and what it holds."""

    title: str
    shape: str
    formula: str
    notes: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    symbols: tuple[tuple[str, str], ...]
    bars: tuple[Bar, ...]
    picture: int | None
    norm: str


def computed_page(result: Computed) -> str:
    """Return the page; its numbers in full are what ``-f json`` writes."""
    maps: list[dict[str, Any]] = []
    found = list(parts(result, maps))
    size = sum(np.size(block.value) for block in result.blocks if block.value is not None)
    return page(
        "compute.html.j2",
        title=result.name,
        scripts=("page_common.js", "page_heat.js"),
        data={"heat": maps, "result": compute_document(result) if size <= NUMBERS else None},
        result=result,
        values=[(name, _listed(value)) for name, value in (result.values or {}).items()],
        point=[(name, _listed(np.asarray(value))) for name, value in result.point.items()],
        products=[(product.title, _listed(product.value)) for product in result.products],
        parts=found,
    )


def parts(result: Computed, maps: list[dict[str, Any]]) -> Iterator[Part]:
    """Yield what is shown of each block; ``maps`` takes the heat maps."""
    d = "∂" if result.order == 1 else "∂²"
    if (joined := _joined(result)) is not None:
        yield joined
        return
    for block in result.blocks:
        of, wrt = entry_names(block.of, block.of_shape), columns_of(block)
        matrix = None if block.value is None else np.asarray(block.value, dtype=np.float64).reshape(len(of), len(wrt))
        title = f"{d}{block.of}/{' '.join(f'∂{name}' for name in block.wrt)}"
        shape = "×".join(map(str, (*block.of_shape, *block.wrt_shape)))
        formula = block.formula.text if block.formula else ""
        notes = (*(block.formula.where if block.formula else ()), *([block.note] if block.note else []))
        small = matrix is not None and max(matrix.shape, default=0) <= TABLE
        rows: list[tuple[str, tuple[str, ...]]] = []
        bars: tuple[Bar, ...] = ()
        picture = None
        if matrix is not None and 1 in matrix.shape and 2 <= matrix.size <= BARS:
            bars = _bars(wrt if matrix.shape[0] == 1 else of, matrix.ravel())
        elif matrix is not None and small:
            rows = [(name, tuple(map(numbers.value, row))) for name, row in zip(of, matrix, strict=True)]
        if matrix is not None and not rows and not bars:
            picture = _picture(*_gradient(block, matrix, of, wrt), maps)
        yield Part(
            title, shape, formula, notes, tuple(wrt) if rows else (), tuple(rows), _symbols(block, of, wrt), bars, picture,
            "" if matrix is None else numbers.value(float(np.linalg.norm(matrix))),
        )  # fmt: skip


def _joined(result: Computed) -> Part | None:
    """Return the one matrix that the derivatives of numbers by numbers make; None for anything else."""
    of = list(dict.fromkeys(block.of for block in result.blocks))
    wrt = list(dict.fromkeys(block.wrt for block in result.blocks))
    known = {(b.of, b.wrt): b for b in result.blocks}
    whole = len(result.blocks) == len(of) * len(wrt) > 1 and max(len(of), len(wrt)) <= TABLE
    if result.order != 1 or not result.scalars or not whole or any(b.value is None for b in result.blocks):
        return None
    matrix = np.array([[float(np.asarray(known[y, x].value)) for x in wrt] for y in of])
    rows = tuple((_labelled(result, y), tuple(map(numbers.value, row))) for y, row in zip(of, matrix, strict=True))
    columns = tuple(_labelled(result, x[0]) for x in wrt)
    symbols = tuple(pair for b in result.blocks for pair in _symbols(b, [b.of], list(b.wrt)))
    shape, norm = f"{len(of)}×{len(wrt)}", numbers.value(float(np.linalg.norm(matrix)))
    return Part("Jacobian", shape, "", (), columns, rows, symbols, (), None, norm)


def _labelled(result: Computed, name: str) -> str:
    return f"{name} {result.labels[name]}" if name in result.labels else name


def _symbols(block: Block, of: Sequence[str], wrt: Sequence[str]) -> tuple[tuple[str, str], ...]:
    cells = block.named if block.named is not None else block.symbolic
    if cells is None or not 0 < cells.size <= SYMBOLS or any(text is None for text in cells.ravel()):
        return ()
    names = [f"∂{y}/∂{x}" for y in of for x in wrt]
    return tuple((name, str(text)) for name, text in zip(names, cells.ravel(), strict=True))


def _bars(names: Sequence[str], values: Array) -> tuple[Bar, ...]:
    most = float(np.max(np.abs(values[np.isfinite(values)]), initial=0.0)) or 1.0
    found = []
    for name, value in zip(names, values, strict=True):
        length = LONG * abs(float(value)) / most if math.isfinite(value) else 0.0
        found.append(
            Bar(name, numbers.value(float(value)), -length if value < 0 else 0.0, length, "down" if value < 0 else "up")
        )
    return tuple(found)


def _gradient(block: Block, matrix: Array, of: list[str], wrt: list[str]) -> tuple[Array, list[str], list[str]]:
    """Return the gradient of a number by a matrix as that matrix, and anything else as it is."""
    if matrix.shape[0] != 1 or len(block.wrt_shapes) != 1 or len(block.wrt_shape) < 2:
        return matrix, of, wrt
    *rows, columns = block.wrt_shape
    return matrix.reshape(-1, columns), entry_names(block.wrt[0], tuple(rows)), [f"[{k}]" for k in range(columns)]


def _picture(matrix: Array, of: list[str], wrt: list[str], maps: list[dict[str, Any]]) -> int | None:
    left = CELLS - sum(len(one["cells"]) for one in maps)
    side = min(SIDE, math.isqrt(max(left, 0)))
    if side < 4 or not matrix.size:
        return None
    maps.append(value_map(matrix, of, wrt, side))
    return len(maps) - 1


def _listed(value: Array) -> str:
    array = np.asarray(value, dtype=np.float64)
    if array.size > 12:
        return f"shape {array.shape}, norm {numbers.value(float(np.linalg.norm(array)))}"
    return _brackets(array.tolist())


def _brackets(value: Any) -> str:
    return f"[{', '.join(map(_brackets, value))}]" if isinstance(value, list) else numbers.value(float(value))
