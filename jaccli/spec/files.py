"""Data files → arrays: read only beside the spec that names them, within limits that are met before anything is unpacked."""

from __future__ import annotations

import errno
import io
import lzma
import math
import os
import struct
import zipfile
import zlib
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np

from jaccli.errors import short, suggestion
from jaccli.spec.data import MAX_AXES, MAX_ELEMENTS, DataError, checked
from jaccli.spec.jsonfile import parse_json
from jaccli.spec.table import parse_csv
from jaccli.types import Array

__all__ = ["read_data"]

MAX_FILE_BYTES = 200_000_000
MAX_HEADER = 10_000  # bytes, as many as NumPy takes
MAX_TEXT_BYTES = 50_000_000  # of .csv and .json, which grow about fivefold while they are read
#: What zipfile, its four kinds of compression and NumPy raise where bytes are not what they should be.
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError, TypeError, LookupError,
    OverflowError, MemoryError, NotImplementedError, RuntimeError, SyntaxError, TokenError, AssertionError,
)  # fmt: skip
_PICKLE = b"\x80"  # the first byte of a pickle of protocol 2 and above


def read_data(kind: str, name: str, folder: Path | None, picked: Any = None) -> Array:
    """Return the array in a data file, as doubles or truth values.

    kind:   csv, json, npy or npz.
    picked: the columns of a .csv file, or the key of a .json or .npz file; None for all, or for the only one.
    Errors: DataError.
    """
    with _opened(name, folder, MAX_TEXT_BYTES if kind in ("csv", "json") else MAX_FILE_BYTES) as file:
        if kind == "csv":
            return parse_csv(_text(file, name), name, picked)
        if kind == "json":
            return parse_json(_text(file, name), name, picked)
        if kind == "npy":
            return _npy(file, f"`{name}`")
        return _npz(file, name, None if picked is None else str(picked))


def _opened(name: str, folder: Path | None, most: int) -> IO[bytes]:
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
            raise DataError(f"data file `{name}` is not a file", "name a .csv, .json, .npy or .npz file")
        size = path.stat().st_size
        if size > most:
            raise DataError(f"data file `{name}` is larger than {most / 10**6:g} MB", "take fewer rows")
        if not size:
            raise DataError(f"data file `{name}` is empty", "write the data again")
        return path.open("rb")
    except FileNotFoundError:
        raise DataError(f"data file `{name}` does not exist", "paths count from the spec's folder") from None
    except DataError:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        circle = os.strerror(errno.ELOOP) if isinstance(error, RuntimeError) else None  # as Python 3.13 says by itself
        reason = circle or getattr(error, "strerror", None) or "its name is not a path"
        raise DataError(
            f"data file `{short(name)}` cannot be read: {reason}", "check its name and permissions"
        ) from None


def _text(file: IO[bytes], name: str) -> str:
    data = file.read()
    if b"\0" in data:
        raise DataError(f"data file `{name}` is a binary file, not text", "save it as UTF-8 text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"data file `{name}` is not UTF-8 text (byte {error.start})"
        raise DataError(message, "save it as UTF-8, with commas") from None


def _npz(file: IO[bytes], name: str, key: str | None) -> Array:
    """Return one array of a .npz file; ``key`` may be None where the file holds only one."""
    if file.read(1) == _PICKLE:
        raise DataError(f"data file `{name}` is a pickle, which can run code", "write it with numpy.savez")
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            keys = [member.removesuffix(".npy") for member in archive.namelist() if member.endswith(".npy")]
            if key is None and len(keys) != 1:
                help_ = f"say which one: key: {keys[0] if keys else 'NAME'}"
                raise DataError(f"`{name}` holds {len(keys)} arrays", help_)
            chosen = key if key is not None else keys[0]
            if chosen not in keys:
                remedy = suggestion(chosen, keys) or f"arrays: {short(', '.join(keys)) or 'none'}"
                raise DataError(f"array `{short(chosen)}` is not in `{name}`", remedy, inside=True)
            with archive.open(f"{chosen}.npy") as member:
                return _npy(member, f"`{chosen}` in `{name}`")
    except DataError:
        raise
    except _DAMAGED:
        raise DataError(f"data file `{name}` is not a .npz archive", "write it with numpy.savez") from None


def _header(file: Any, width: int) -> bytes:
    """Return the description of the array, with its length before it; one that is too long is not read.

    Errors: ValueError.
    """
    length = file.read(width)
    size = int.from_bytes(length, "little")
    if size > MAX_HEADER:
        raise ValueError("the header is too long")
    return bytes(length + file.read(size))


def _npy(file: Any, title: str) -> Array:
    """Return the array in NumPy's format; its size is looked at before anything is allocated or unpacked."""
    start = file.read(len(np.lib.format.MAGIC_PREFIX) + 2)
    if start[:1] == _PICKLE:
        raise DataError(f"{title} is a pickle, which can run code", "write it with numpy.save or numpy.savez")
    try:
        version = np.lib.format.read_magic(io.BytesIO(start))
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, transposed, dtype = read(io.BytesIO(_header(file, 2 if version == (1, 0) else 4)))
        if dtype.kind not in "biuf":
            help_ = "store numbers; objects are pickled, and never unpickled here"
            raise DataError(f"{title} holds {dtype} values, not real numbers", help_)
        if math.prod(shape) > MAX_ELEMENTS or len(shape) > MAX_AXES:
            message = f"{title} has shape {shape}, more than {MAX_ELEMENTS:,} numbers or {MAX_AXES} axes"
            raise DataError(message, "take a part of it")
        flat = np.frombuffer(file.read(math.prod(shape) * dtype.itemsize), dtype=dtype)
        return checked(flat.reshape(shape, order="F" if transposed else "C"), title)
    except DataError:
        raise
    except _DAMAGED:
        raise DataError(
            f"{title} is not an array in NumPy's format", "write it with numpy.save or numpy.savez"
        ) from None
