"""One array, a tuple or a mapping of arrays ↔ arrays by name: how inputs, outputs and cotangents come and go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaccli.adapters.subject import TroubleError

__all__ = ["Form", "form_of"]


@dataclass(frozen=True, slots=True)
class Form:
    """How a set of arrays is written: ``one`` bare array, a ``tuple``, or a ``mapping``; and the names of its parts."""

    kind: str
    names: tuple[str, ...]

    def pack(self, parts: Mapping[str, Any]) -> Any:
        """Return the named parts as the user writes them."""
        if self.kind == "one":
            return parts[self.names[0]]
        if self.kind == "mapping":
            return {name: parts[name] for name in self.names}
        return tuple(parts[name] for name in self.names)

    def call(self, fn: Callable[..., Any], parts: Mapping[str, Any]) -> Any:
        """Return fn(*parts), or fn(**parts) where they are written as a mapping."""
        if self.kind == "mapping":
            return fn(**{name: parts[name] for name in self.names})
        return fn(*(parts[name] for name in self.names))

    def unpack(self, value: Any, what: str, optional: Sequence[str] = ()) -> dict[str, Any]:
        """Return what the user gave for the parts, by name; ``optional`` parts may be left out of it.

        Errors: TroubleError where the number of parts or their names do not fit.
        """
        wanted = [name for name in self.names if name not in optional]
        if isinstance(value, Mapping):
            missing = [name for name in wanted if name not in value]
            if missing:
                got = ", ".join(map(str, value)) or "nothing"
                raise TroubleError.of(
                    "JAC303", f"{what} has no entry for `{missing[0]}` (got {got})", "return one per name"
                )
            return {name: value.get(name) for name in self.names}
        if isinstance(value, (tuple, list)) and (self.kind != "one" or _holds_one(value)):
            for names in (self.names, tuple(wanted)):
                if len(value) == len(names):
                    return dict.fromkeys(self.names) | dict(zip(names, value, strict=True))
            message = f"{what} has {len(value)} parts, expected {len(wanted)}: {', '.join(wanted)}"
            raise TroubleError.of("JAC303", message, self._remedy(wanted))
        if len(wanted) == 1:
            return dict.fromkeys(self.names) | {wanted[0]: value}
        message = f"{what} is {_kind(value)}, expected {len(wanted)} parts: {', '.join(wanted)}"
        raise TroubleError.of("JAC303", message, self._remedy(wanted))

    def _remedy(self, wanted: Sequence[str]) -> str:
        inner = ", ".join(f"for_{name}" for name in wanted)
        names = ", ".join(f"{name!r}: …" for name in wanted)
        return f"return one array for each, as a tuple: return ({inner}{',' * (len(wanted) == 1)}); or a dict by name: {{{names}}}"


def form_of(value: Any, name: str) -> Form:
    """Return the form of a function's answer; parts of a tuple are called ``name``0, ``name``1 …"""
    if isinstance(value, Mapping):
        return Form("mapping", tuple(str(key) for key in value))
    if isinstance(value, tuple):
        return Form("tuple", tuple(f"{name}{k}" for k in range(len(value))))
    return Form("one", (name,))


def _holds_one(value: Sequence[Any]) -> bool:
    """Return whether a sequence of one holds an array, so that it is a tuple of parts and no array itself."""
    return isinstance(value, tuple) and len(value) == 1


def _kind(value: Any) -> str:
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"
