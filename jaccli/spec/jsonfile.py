"""JSON text → an array: a number, truth values, nested lists, or one entry of a mapping of them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from jaccli.errors import short, suggestion
from jaccli.spec.data import MAX_AXES, MAX_ELEMENTS, DataError, checked
from jaccli.types import Array

__all__ = ["parse_json"]


def parse_json(text: str, name: str, key: Any = None) -> Array:
    """Return the array in ``text``, under ``key`` where the document is a mapping.

    Errors: DataError naming the line and column, or the place in the lists.
    """
    try:
        document = json.loads(text, parse_constant=_refused)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise DataError(f"data file `{name}` is not JSON ({where}: {error.msg})", "mend the file") from None
    except (RecursionError, ValueError) as error:
        reason = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        raise DataError(
            f"data file `{name}` cannot be read: {short(reason)}", "write finite numbers in lists"
        ) from None
    title = f"`{name}`"
    if isinstance(document, dict):
        document, title = _entry(document, name, None if key is None else str(key))
    elif key is not None:
        raise DataError(f"`{name}` holds no keys, but a list", "leave `key` out", inside=True)
    return checked(_array(document, title), title)


def _refused(word: str) -> float:
    raise ValueError(f"{word} is no JSON, and has no derivative")


def _entry(document: dict[str, Any], name: str, key: str | None) -> tuple[Any, str]:
    if key is None and len(document) != 1:
        help_ = f"say which one: key: {short(next(iter(document), 'NAME'))}"
        raise DataError(f"`{name}` holds {len(document)} entries", help_)
    chosen = key if key is not None else next(iter(document))
    if chosen not in document:
        remedy = suggestion(chosen, document) or f"keys: {short(', '.join(document)) or 'none'}"
        raise DataError(f"key `{short(chosen)}` is not in `{name}`", remedy, inside=True)
    return document[chosen], f"`{short(chosen)}` in `{name}`"


def _array(nested: Any, title: str) -> Array:
    """Return nested lists as an array, level by level."""
    shape: list[int] = []
    items = [nested]
    while items and isinstance(items[0], list):
        sizes = [len(item) if isinstance(item, list) else -1 for item in items]
        if len(set(sizes)) > 1:
            odd = next(k for k, size in enumerate(sizes) if size != sizes[0])
            place = _place(odd, shape)
            raise DataError(f"{title}: the row at {place} has another length than the first", "make all rows equal")
        shape.append(sizes[0])
        items = [part for item in items for part in item]
        if len(items) > MAX_ELEMENTS or len(shape) > MAX_AXES:
            raise DataError(f"{title} has more than {MAX_ELEMENTS:,} numbers or {MAX_AXES} axes", "take a part of it")
    for position, item in enumerate(items):
        if isinstance(item, list | dict | str) or item is None:
            what = "a list" if isinstance(item, list) else "a mapping" if isinstance(item, dict) else json.dumps(item)
            where = f" at {_place(position, shape)}" if shape else ""
            raise DataError(f"{title} holds {short(what)}{where}, not a number", "write numbers")
    if len({isinstance(item, bool) for item in items}) > 1:
        raise DataError(f"{title} holds truth values among numbers", "write 1 and 0")
    try:
        return np.array(items, dtype=bool if items and isinstance(items[0], bool) else np.float64).reshape(shape)
    except OverflowError:
        raise DataError(f"{title} holds a number too large for a double", "doubles reach 1.8e308") from None


def _place(position: int, shape: list[int]) -> list[int]:
    return [int(k) for k in np.unravel_index(position, shape)] if shape else []
