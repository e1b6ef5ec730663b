"""What the function answers → named float arrays, the same ones in every call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jaccli.adapters.structure import Form, form_of
from jaccli.adapters.subject import Leaf, Note, TroubleError, nothing_to_check
from jaccli.results.kinds import Outcome
from jaccli.types import Array

__all__ = ["check_outputs", "float_array", "free_name", "read_outputs"]

RETURN = "return an array, a scalar, or a tuple or dict of them"


def read_outputs(answer: Any, inputs: Sequence[str]) -> tuple[Form, tuple[Leaf, ...], tuple[Note, ...]]:
    """Return how the answer is written, its floating-point parts, and what is noted about the others.

    Errors: TroubleError where no part has a derivative.
    """
    form = form_of(answer, free_name(inputs))
    parts = form.unpack(answer, "the function's answer")
    arrays = {name: _readable(name, value) for name, value in parts.items()}
    floats = {name: array for name, array in arrays.items() if array.dtype.kind == "f"}
    whole = [name for name, array in arrays.items() if array.dtype.kind in "iub"]
    if floats and not any(array.size for array in floats.values()):
        raise TroubleError(nothing_to_check(_described(arrays)))
    if not floats:
        raise TroubleError.of("JAC303", _nothing(arrays), "return floating-point numbers" if whole else RETURN)
    leaves = tuple(Leaf(n, a.astype(np.float64), a.dtype) for n, a in floats.items() if a.size)
    notes = (
        Note("JAC303", f"output `{n}` is of {arrays[n].dtype}: no derivative", "", Outcome.SKIPPED, n) for n in whole
    )
    return form, leaves, tuple(notes)


def free_name(inputs: Sequence[str]) -> str:
    """Return ``y``, or another name where an input begins so."""
    return next(name for name in ("y", "out", "answer", "result_") if not any(n.startswith(name) for n in inputs))


def _readable(name: str, value: Any) -> Array:
    if value is None:
        raise TroubleError.of("JAC303", f"output `{name}` is None", RETURN)
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise TroubleError.of(
            "JAC303", f"output `{name}` is not an array: {error}", "return several arrays as a tuple"
        ) from None
    if array.dtype.kind == "c":
        message = f"output `{name}` is complex ({array.dtype}); derivatives are checked for real functions"
        raise TroubleError.of("JAC303", message, "return real and imaginary part as two outputs")
    if array.dtype.kind not in "fiub":
        raise TroubleError.of("JAC303", f"output `{name}` has dtype {array.dtype}", RETURN)
    return array


def _nothing(arrays: dict[str, Array]) -> str:
    return f"there is no output with a derivative: {_described(arrays) or 'the answer is empty'}"


def _described(arrays: dict[str, Array]) -> str:
    return ", ".join(f"`{name}` has dtype {array.dtype} and shape {array.shape}" for name, array in arrays.items())


def float_array(value: Any) -> Array:
    """Return a part of an answer as float64.

    Errors: TroubleError where it is none.
    """
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "fiub":
            raise ValueError(f"dtype {array.dtype}")
    except (TypeError, ValueError) as error:
        message = f"beside the point, the function's answer is not a real array: {error}"
        raise TroubleError.of("JAC303", message, "return the same kind of array at every point") from None
    return array.astype(np.float64)


def check_outputs(answer: Any, form: Form, leaves: Sequence[Leaf]) -> list[Array]:
    """Return the differentiated parts of an answer as float64.

    Errors: TroubleError where their names or shapes are not those of the first call.
    """
    parts = form.unpack(answer, "beside the point, the function's answer")
    arrays = [float_array(parts[leaf.name]) for leaf in leaves]
    for leaf, array in zip(leaves, arrays, strict=True):
        if array.shape != leaf.value.shape:
            message = f"output `{leaf.name}` changes its shape between calls: {leaf.value.shape}, then {array.shape}"
            raise TroubleError.of("JAC303", message, "return the same shape at every point")
    return arrays
