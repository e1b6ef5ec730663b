"""Nested tuples, lists and dicts ↔ the arrays in them by name, as ``layers.0.W``; what is not an array stays where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jaccli.adapters.subject import TroubleError

__all__ = ["by_name", "leaves_of", "replaced"]

DEPTH = 64  # of nested containers; one that holds itself has no end


def leaves_of(value: Any, name: str, is_leaf: Callable[[Any], bool]) -> Iterator[tuple[str, Any]]:
    """Yield the arrays in ``value`` with their names, from left to right.

    Example: ``dict(leaves_of({"W": W, "b": (b0, b1)}, "p", is_array))  # {"p.W": W, "p.b.0": b0, "p.b.1": b1}``
    """
    stack = [(name, value, 0)]
    while stack:
        path, item, depth = stack.pop()
        if is_leaf(item):
            yield path, item
        elif depth < DEPTH:
            stack.extend((f"{path}.{key}" if path else str(key), part, depth + 1) for key, part in _parts(item)[::-1])


def by_name(leaves: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return leaves by name.

    Errors: TroubleError where two have one name, as ``{"a.b": x, "a": {"b": y}}`` has.
    """
    found: dict[str, Any] = {}
    for name, leaf in leaves:
        if name in found:
            raise TroubleError.of(
                "JAC304", f"two arrays are both called `{name}`", "rename a key, so that their names differ"
            )
        found[name] = leaf
    return found


def replaced(value: Any, name: str, new: Mapping[str, Any]) -> Any:
    """Return ``value`` with the leaves called as in ``new`` exchanged, and containers of its own.

    Law: ``dict(leaves_of(replaced(value, name, new), name, is_leaf))`` holds what ``new`` holds.
    """
    if name in new:
        return new[name]
    old = _parts(value)
    parts = {key: replaced(part, f"{name}.{key}" if name else str(key), new) for key, part in old}
    if all(parts[key] is part for key, part in old):
        return value
    if isinstance(value, Mapping):
        return _like_mapping(value, parts)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*parts.values())
    return type(value)(parts.values()) if isinstance(value, (tuple, list)) else value


def _like_mapping(value: Mapping[Any, Any], parts: dict[Any, Any]) -> Any:
    try:
        return type(value)(parts)  # type: ignore[call-arg]  # dict, OrderedDict …
    except TypeError:
        return parts


def _parts(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return list(zip(value._fields, value, strict=True))
    return list(enumerate(value)) if isinstance(value, (tuple, list)) else []
