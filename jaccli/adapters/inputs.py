"""What the user gave as inputs → named arrays, which of them are differentiated, and fresh copies for every call."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jaccli.adapters.source import positional_names
from jaccli.adapters.structure import Form
from jaccli.adapters.subject import Leaf, Note, TroubleError, nothing_to_check
from jaccli.types import Array

__all__ = ["Given", "input_form", "read_inputs"]


@dataclass(frozen=True, slots=True)
class Given:
    """The inputs as given.

    parts   every input by name: arrays, or what is not an array and passed on as it is
    leaves  the floating-point ones, which are differentiated
    """

    form: Form
    parts: Mapping[str, Any]
    leaves: tuple[Leaf, ...]
    notes: tuple[Note, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all inputs."""
        return self.form.names

    @property
    def constants(self) -> tuple[str, ...]:
        """The names of inputs that are not differentiated."""
        known = {leaf.name for leaf in self.leaves}
        return tuple(name for name in self.names if name not in known)

    def dtype(self, name: str) -> Any:
        """Return the dtype of an input."""
        return self.parts[name].dtype

    def like(self, name: str, value: Array) -> Any:
        """Return a copy of ``value`` as the kind of object the user gave: an array, or a scalar."""
        original = self.parts[name]
        return value.astype(original.dtype) if isinstance(original, np.ndarray) else original.dtype.type(value)

    def moved(self, point: Mapping[str, Array]) -> Given:
        """Return the inputs at another point, which names some of the floating-point ones."""
        return replace(self, parts={**self.parts, **{name: self.like(name, value) for name, value in point.items()}})

    def copies(self, batch: int | None = None, without: Collection[str] = ()) -> dict[str, Any]:
        """Return the inputs but some as a fresh copy, contiguous and writable; ``batch`` times along a leading axis, if given."""
        parts = {name: value for name, value in self.parts.items() if name not in without}
        if batch is None:
            return {name: _copy(value) for name, value in parts.items()}
        return {name: _repeated(value, batch) for name, value in parts.items()}

    def changed(self, parts: Mapping[str, Any], batch: int | None = None) -> list[str]:
        """Return the names of the arrays in ``parts`` that differ from their ``copies``."""
        fresh = self.copies(batch)
        arrays = [name for name, value in fresh.items() if isinstance(value, np.ndarray)]
        return [name for name in arrays if not np.array_equal(parts[name], fresh[name], equal_nan=_floats(fresh[name]))]


def _floats(array: Array) -> bool:
    return array.dtype.kind in "fc"


def _copy(value: Any) -> Any:
    return np.array(value, order="C") if isinstance(value, np.ndarray) else value


def _repeated(value: Any, batch: int) -> Any:
    if not isinstance(value, (np.ndarray, np.generic)):
        return value
    return np.array(np.broadcast_to(value, (batch, *np.shape(value))))


def read_inputs(inputs: Any, fn: Any, wrt: Collection[str] = ()) -> Given:
    """Return the inputs by name; those beside ``wrt``, where that names some of them, are held fixed.

    Errors: TroubleError for inputs that cannot be used, or where none is left to differentiate.
    """
    form, raw = _named(inputs, fn)
    parts = {name: _part(name, value) for name, value in raw.items()}
    floats = {n: v for n, v in parts.items() if isinstance(v, (np.ndarray, np.generic)) and v.dtype.kind == "f"}
    if not floats:
        raise TroubleError.of(
            "JAC304", f"there is nothing to differentiate: {_described(parts)}", "give floats, as 3.0 for 3"
        )
    if not any(value.size for value in floats.values()):
        raise TroubleError(nothing_to_check(_described(parts)))
    leaves = tuple(Leaf(n, np.asarray(v, dtype=np.float64), v.dtype) for n, v in floats.items() if v.size)
    if wrt and set(wrt) <= {leaf.name for leaf in leaves}:
        leaves = tuple(leaf for leaf in leaves if leaf.name in wrt)
    for leaf in leaves:
        if not np.all(np.isfinite(leaf.value)):
            raise TroubleError.of(
                "JAC304", f"input `{leaf.name}` holds NaN or infinity", "give a point with finite numbers"
            )
    return Given(form, parts, leaves, ())


def input_form(inputs: Any, fn: Any) -> Form:
    """Return how the inputs are written, and their names."""
    if isinstance(inputs, Mapping):
        return Form("mapping", tuple(map(str, inputs)))
    if isinstance(inputs, tuple):
        return Form("tuple", tuple(positional_names(fn, len(inputs))))
    return Form("one", tuple(positional_names(fn, 1)))


def _named(inputs: Any, fn: Any) -> tuple[Form, dict[str, Any]]:
    if isinstance(inputs, list) and any(isinstance(value, np.ndarray) for value in inputs):
        raise TroubleError.of(
            "JAC304", "a list of arrays could be one input or several", "write several inputs as a tuple"
        )
    form = input_form(inputs, fn)
    values = inputs.values() if isinstance(inputs, Mapping) else inputs if isinstance(inputs, tuple) else (inputs,)
    return form, dict(zip(form.names, values, strict=True))


def _part(name: str, value: Any) -> Any:
    """Return a number as a NumPy scalar, a list as an array, and what is no number as it is."""
    if value is None or isinstance(value, (str, bytes)) or callable(value):
        return value
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise TroubleError.of(
            "JAC304", f"input `{name}` is not an array: {error}", "give arrays with equally long rows"
        ) from None
    if array.dtype.kind == "c":
        raise TroubleError.of(
            "JAC304", f"input `{name}` is complex ({array.dtype})", "give real and imaginary part as two inputs"
        )
    if array.dtype.kind not in "fiub":
        raise TroubleError.of(
            "JAC304", f"input `{name}` has dtype {array.dtype}", "give numbers of one type, such as float64"
        )
    return array if isinstance(value, (np.ndarray, list, tuple)) else array[()]


def _described(parts: Mapping[str, Any]) -> str:
    if not parts:
        return "there are no inputs"
    words = [
        f"`{name}` has dtype {value.dtype} and shape {value.shape}"
        if isinstance(value, (np.ndarray, np.generic))
        else f"`{name}` is a {type(value).__name__}"
        for name, value in parts.items()
    ]
    return ", ".join(words)
