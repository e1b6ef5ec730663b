"""Nested lists and data files → arrays; files are read only beside the spec that names them, and never unpickled."""

from __future__ import annotations

import csv
import io
import math
import zipfile
import zlib
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import numpy as np

from jaccli.errors import short, suggestion

__all__ = [
    "DATA_SUFFIXES",
    "MAX_AXES",
    "MAX_ELEMENTS",
    "DataError",
    "checked",
    "exact_array",
    "read_csv",
    "read_npy",
    "read_npz",
]

MAX_AXES = 16  # NumPy stops at 64, and the graph adds axes of its own
MAX_ELEMENTS = 10_000_000  # 80 MB of doubles
MAX_FILE_BYTES = 200_000_000
DATA_SUFFIXES = (".csv", ".npy", ".npz")

Array = np.ndarray[Any, np.dtype[np.float64]]


class DataError(ValueError):
    """A data file that cannot be used: the message, the remedy, and whether the name inside the file is what is wrong."""

    def __init__(self, message: str, help: str, inside: bool = False) -> None:
        super().__init__(message)
        self.help, self.inside = help, inside


def exact_array(nested: Any, ragged: list[Any], node: Any) -> Any:
    """Return nested lists of Fractions as an object array; where rows differ in length, the first such row lands in ``ragged``."""
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


def checked(array: Any, title: str) -> Array:
    """Return ``array`` as doubles.

    Errors: DataError where it holds anything but finite real numbers.
    """
    if array.dtype.kind not in "biuf":
        raise DataError(f"{title} holds {array.dtype} values, not real numbers", "store numbers")
    values = np.asarray(array, dtype=np.float64)
    if not np.all(np.isfinite(values)):
        place = tuple(int(k) for k in np.argwhere(~np.isfinite(values))[0])
        value = values[place]
        at = f" at {list(place)}" if place else ""
        raise DataError(f"{title} holds {value}{at}", "give finite numbers; infinities and NaN have no derivative")
    return values


def read_csv(name: str, folder: Path | None, columns: list[str] | None) -> Array:
    """Return the rows of a CSV file with a header line, as doubles.

    Shapes: (rows, columns), the columns in the order asked for, all of them where ``columns`` is None.
    Errors: DataError.
    """
    with _opened(name, folder) as raw:
        try:
            reader = csv.reader(io.StringIO(raw.read().decode("utf-8-sig"), newline=""))
            rows = [(reader.line_num, row) for row in reader if row]
        except UnicodeDecodeError as error:
            raise DataError(
                f"data file `{name}` is not UTF-8 text (byte {error.start})", "save it as UTF-8, with commas"
            ) from None
        except csv.Error as error:
            raise DataError(f"data file `{name}` cannot be read: {error}", "save it as text with commas") from None
    if len(rows) < 2:
        raise DataError(
            f"data file `{name}` has no rows below its header line",
            "add the data, or the names of the columns above it",
        )
    header = [title.strip() for title in rows[0][1]]
    if all(_is_number(title) for title in header):
        raise DataError(
            f"the first line of `{name}` holds numbers", "write the names of the columns in a line above them"
        )
    picks = [_column(title, header, name) for title in columns] if columns is not None else list(range(len(header)))
    if len(rows) * len(picks) > MAX_ELEMENTS:
        raise DataError(f"`{name}` has more than {MAX_ELEMENTS:,} numbers", "take fewer rows or name the columns")
    return np.array([[_cell(row, k, line, header, name) for k in picks] for line, row in rows[1:]])


def read_npy(name: str, folder: Path | None) -> Array:
    """Return the array of a .npy file, as doubles.

    Errors: DataError.
    """
    with _opened(name, folder) as raw:
        return _array(raw, f"`{name}`")


def read_npz(name: str, folder: Path | None, key: str | None) -> Array:
    """Return one array of a .npz file, as doubles; ``key`` may be None where the file holds only one.

    Errors: DataError.
    """
    with _opened(name, folder) as raw:
        try:
            with zipfile.ZipFile(raw) as archive:
                keys = [member.removesuffix(".npy") for member in archive.namelist() if member.endswith(".npy")]
                if key is None and len(keys) != 1:
                    raise DataError(
                        f"`{name}` holds {len(keys)} arrays", f"say which one: key: {keys[0] if keys else 'NAME'}"
                    )
                chosen = key if key is not None else keys[0]
                if chosen not in keys:
                    remedy = suggestion(chosen, keys) or f"arrays: {short(', '.join(keys)) or 'none'}"
                    raise DataError(f"array `{short(chosen)}` is not in `{name}`", remedy, inside=True)
                with archive.open(f"{chosen}.npy") as member:
                    return _array(member, f"`{chosen}` in `{name}`")
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
            raise DataError(f"data file `{name}` is not a .npz archive", "write it with numpy.savez") from None


def _opened(name: str, folder: Path | None) -> IO[bytes]:
    """Open a file of the spec's folder, through links only where they stay inside it."""
    if folder is None:
        raise DataError(
            f"data file `{name}` cannot be read: this spec has no folder", "put the spec in a file beside the data"
        )
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise DataError(f"data file `{name}` lies outside the spec's folder", "move it beside the spec")
        if path.exists() and not path.is_file():
            raise DataError(f"data file `{name}` is not a file", "name a .csv, .npy or .npz file")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise DataError(f"data file `{name}` is larger than {MAX_FILE_BYTES // 10**6} MB", "take fewer rows")
        return path.open("rb")
    except FileNotFoundError:
        raise DataError(f"data file `{name}` does not exist", "paths count from the spec's folder") from None
    except DataError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is no path"
        raise DataError(
            f"data file `{short(name)}` cannot be read: {reason}", "check its name and permissions"
        ) from None


def _array(file: Any, title: str) -> Array:
    """Return the array in NumPy's format; its size is looked at before anything is allocated."""
    try:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, transposed, dtype = read(file)
        if dtype.kind not in "biuf":
            raise DataError(
                f"{title} holds {dtype} values, not real numbers", "store numbers; objects are never unpickled"
            )
        if math.prod(shape) > MAX_ELEMENTS or len(shape) > MAX_AXES:
            raise DataError(
                f"{title} has shape {shape}, more than {MAX_ELEMENTS:,} numbers or {MAX_AXES} axes", "take a part of it"
            )
        data = file.read(math.prod(shape) * dtype.itemsize)
        flat = np.frombuffer(data, dtype=dtype)
        return checked(flat.reshape(shape, order="F" if transposed else "C"), title)
    except DataError:
        raise
    except (ValueError, EOFError, TypeError, zipfile.BadZipFile, zlib.error, OSError):
        raise DataError(
            f"{title} is not an array in NumPy's format", "write it with numpy.save or numpy.savez"
        ) from None


def _column(title: str, header: list[str], name: str) -> int:
    if title not in header:
        remedy = suggestion(title, header) or f"columns: {short(', '.join(header))}"
        raise DataError(f"column `{short(title)}` is not in `{name}`", remedy, inside=True)
    return header.index(title)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _cell(row: list[str], column: int, line: int, header: list[str], name: str) -> float:
    if len(row) != len(header):
        raise DataError(f"`{name}` line {line} has {len(row)} cells, the header line {len(header)}", "mend the file")
    where = f"`{name}` line {line}, column `{short(header[column])}`"
    if not _is_number(row[column]):
        raise DataError(
            f"{where}: expected a number, got {short(row[column])!r}", "mend the file, or leave the column out"
        )
    value = float(row[column])
    if not math.isfinite(value):
        raise DataError(f"{where}: {value} is not finite", "mend the file, or leave the row out")
    return value
