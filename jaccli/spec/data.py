"""Nested lists and data files → arrays; files are read only beside the spec that names them."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from jaccli.errors import suggestion

__all__ = ["MAX_ELEMENTS", "exact_array", "read_csv"]

MAX_ELEMENTS = 10_000_000  # 80 MB of doubles
MAX_FILE_BYTES = 200_000_000


def exact_array(nested: Any, ragged: list[Any], node: Any) -> Any:
    """Return nested lists of Fractions as an object array; where rows differ in length, the row's node lands in ``ragged``."""
    shape = _shape(nested, node, ragged)
    if ragged:
        return None
    array = np.empty(shape, dtype=object)
    flat = nested if isinstance(nested, list) else [nested]
    for _ in shape[1:]:
        flat = [item for row in flat for item in row]
    array.reshape(-1)[:] = flat or []
    return array


def _shape(nested: Any, node: Any, ragged: list[Any]) -> tuple[int, ...]:
    if isinstance(nested, Fraction):
        return ()
    shapes = [_shape(item, child, ragged) for item, child in zip(nested, node.items, strict=True)]
    for shape, child in zip(shapes, node.items, strict=True):
        if shape != shapes[0] and not ragged:
            ragged.append(child)
    return (len(nested), *(shapes[0] if shapes else ()))


def read_csv(name: str, folder: Path | None, columns: list[str] | None) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the rows of a CSV file with a header line, as doubles.

    Shapes: (rows, columns), the columns in the order asked for, all of them where ``columns`` is None.
    Errors: ValueError with the message and, after "; try: ", the remedy.
    """
    path = _inside(name, folder)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ValueError(f"`{name}` is larger than {MAX_FILE_BYTES // 10**6} MB; try: take fewer rows")
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
    except FileNotFoundError:
        raise ValueError(f"data file `{name}` does not exist; try: paths count from the spec's folder") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"data file `{name}` cannot be read: {error}; try: save it as UTF-8 text with commas") from None
    if len(rows) < 2:
        raise ValueError(f"data file `{name}` has no rows below its header line; try: add the data")
    header, body = [title.strip() for title in rows[0]], [row for row in rows[1:] if row]
    picks = [_column(title, header, name) for title in columns] if columns is not None else list(range(len(header)))
    return np.array([[_cell(row, k, line, header, name) for k in picks] for line, row in enumerate(body, 2)])


def _inside(name: str, folder: Path | None) -> Path:
    if folder is None:
        raise ValueError(f"data file `{name}` cannot be read: this spec has no folder; try: put the spec in a file")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ValueError(f"data file `{name}` lies outside the spec's folder; try: move it beside the spec")
    return path


def _column(title: str, header: list[str], name: str) -> int:
    if title not in header:
        remedy = suggestion(title, header) or f"columns: {', '.join(header)}"
        raise ValueError(f"column `{title}` is not in `{name}`; try: {remedy}")
    return header.index(title)


def _cell(row: list[str], column: int, line: int, header: list[str], name: str) -> float:
    try:
        value = float(row[column])
    except (IndexError, ValueError):
        got = repr(row[column]) if column < len(row) else "nothing"
        raise ValueError(f"`{name}` line {line}, column {header[column]!r}: expected a number, got {got}; try: mend the file") from None
    if not np.isfinite(value):
        raise ValueError(f"`{name}` line {line}, column {header[column]!r}: {value} is not finite; try: mend the file")
    return value
