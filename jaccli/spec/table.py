"""CSV text with a header line → columns of numbers, every cell that is none named by its line and column."""

from __future__ import annotations

import csv
import io
import itertools
import math
from array import array
from collections.abc import Iterator, Sequence

import numpy as np

from jaccli.errors import short, suggestion
from jaccli.spec.data import MAX_ELEMENTS, DataError
from jaccli.types import Array

__all__ = ["parse_csv"]

Column = str | int
_MISSING = ("", "na", "n/a", "null", "none", "?", "-")
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def parse_csv(text: str, name: str, picked: Column | Sequence[Column] | None) -> Array:
    """Return the columns asked for, in that order, as doubles; all where ``picked`` is None.

    Shapes: (rows,) for one column, (rows, columns) for a list of them or all.
    Errors: DataError naming the line, as an editor counts them, and the column.
    """
    rows = _rows(text, name)
    _, titles = next(rows, (0, []))
    header = [title.strip() for title in titles]
    _refuse_separators(header, name)
    first = next(rows, None)
    if first is None:
        raise DataError(
            f"data file `{name}` has no rows below its header line",
            "add the data, or the names of the columns above it",
        )
    if all(_number(title) is not None for title in header):
        raise DataError(
            f"the first line of `{name}` holds numbers", "write the names of the columns in a line above them"
        )
    columns = _columns(picked, header, name)
    numbers = array("d")  # eight bytes for each, where a list of lists takes a hundred
    for line, row in itertools.chain([first], rows):
        numbers.extend(_numbers(row, columns, line, header, name))
        if len(numbers) > MAX_ELEMENTS:
            raise DataError(f"`{name}` has more than {MAX_ELEMENTS:,} numbers", "take fewer rows or name the columns")
    table = np.array(numbers).reshape(-1, len(columns))
    return table[:, 0] if isinstance(picked, str | int) else table


def _rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines that are not empty, with their numbers."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        yield from ((reader.line_num, row) for row in reader if row)
    except csv.Error as error:
        raise DataError(f"data file `{name}` cannot be read: {error}", "save it as text with commas") from None


def _columns(picked: Column | Sequence[Column] | None, header: list[str], name: str) -> list[int]:
    if picked is None:
        return list(range(len(header)))
    wanted = [picked] if isinstance(picked, str | int) else picked
    return [_column(column, header, name) for column in wanted]


def _numbers(row: list[str], columns: list[int], line: int, header: list[str], name: str) -> list[float]:
    """Return the numbers of a line; where there is something else in it, each cell is looked at for the message."""
    if len(row) == len(header):
        try:
            found = [float(row[k]) for k in columns]
        except ValueError:
            found = [math.nan]
        if math.isfinite(sum(found)) and "_" not in "".join([row[k] for k in columns]):  # a sum of doubles may overflow
            return found
    return [_cell(row, k, line, header, name) for k in columns]


def _refuse_separators(header: list[str], name: str) -> None:
    for character, word in _SEPARATORS.items():
        if len(header) == 1 and character in header[0]:
            raise DataError(
                f"the columns of `{name}` are separated by {word}", "save it with commas, and decimal points"
            )


def _column(column: Column, header: list[str], name: str) -> int:
    """Return the position of a column; a number counts from 0, where no column has it for a name."""
    if str(column) in header:
        if header.count(str(column)) > 1:
            help_ = "rename one of the two, or take it by its number, from 0"
            raise DataError(f"`{name}` has two columns `{short(str(column))}`", help_, inside=True)
        return header.index(str(column))
    if isinstance(column, int):
        if 0 <= column < len(header):
            return column
        message = f"column {column} does not exist: `{name}` has columns 0 to {len(header) - 1}"
        raise DataError(message, "columns count from 0", inside=True)
    remedy = suggestion(column, header) or f"columns: {short(', '.join(header))}"
    raise DataError(f"column `{short(column)}` is not in `{name}`", remedy, inside=True)


def _number(text: str) -> float | None:
    try:
        return float(text) if "_" not in text else None
    except ValueError:
        return None


def _cell(row: list[str], column: int, line: int, header: list[str], name: str) -> float:
    if len(row) != len(header):
        cells = f"{len(row)} cell{'s' * (len(row) != 1)}"
        raise DataError(f"`{name}` line {line} has {cells}, the header line {len(header)}", "mend the file")
    where, text = f"`{name}` line {line}, column `{short(header[column])}`", row[column].strip()
    if text.lower() in _MISSING:
        what = f"the cell holds {text!r}" if text else "the cell is empty"
        raise DataError(f"{where}: {what}", "fill it in, or leave the row out: a missing value has no derivative")
    value = _number(text)
    if value is None:
        raise DataError(f"{where}: expected a number, got {short(text)!r}", "mend the file, or leave the column out")
    if not math.isfinite(value):
        raise DataError(f"{where}: {value} is not finite", "mend the file, or leave the row out")
    return value
