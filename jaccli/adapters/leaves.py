"""What a framework gives for a product → float64 leaves; and calls of it that stop with a trouble instead of an exception."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from jaccli.adapters.framework import Framework, Unsupported
from jaccli.adapters.parts import Part
from jaccli.adapters.subject import TroubleError
from jaccli.types import Array

__all__ = ["guarded", "leaves_of_products"]


def leaves_of_products(
    framework: Framework, parts: tuple[Part, ...], found: Mapping[str, Any], mode: str, count: int | None = None
) -> dict[str, Array]:
    """Return one tangent or cotangent per leaf, with a leading axis of ``count`` of them where it is given.

    Errors: TroubleError where one has not the shape of what it belongs to, or more digits.
    """
    flip = framework.conjugate and mode == "reverse"
    leaves: dict[str, Array] = {}
    for part in parts:
        value = _numbers(framework, part, found.get(part.name), mode, () if count is None else (count,))
        leaves |= part.split(np.conj(value) if flip else value)
    return leaves


def _numbers(framework: Framework, part: Part, value: Any, mode: str, batch: tuple[int, ...]) -> Array:
    expected = (*batch, *part.value.shape)
    if value is None:
        return np.zeros(expected)
    array = framework.numpy(value)
    if array.shape != expected:
        message = f"{mode} mode gives shape {array.shape} for `{part.name}`, expected {expected}"
        raise TroubleError.of("JAC305", message, "a cotangent has the shape of its input, a tangent that of its output")
    if framework.precision(value) > part.precision:
        message = f"{mode} mode gives {framework.dtype_name(value)} for `{part.name}`, which has more digits"
        raise TroubleError.of("JAC305", message, "a cotangent has the dtype of its input, a tangent that of its output")
    return array


def guarded(framework: Framework, mode: str, call: Callable[[], Any]) -> Any:
    """Return what a call gives while the framework is held.

    Errors: TroubleError for whatever the user's code raises; Unsupported where the function has no such mode.
    """
    try:
        with framework.running():
            return call()
    except (TroubleError, Unsupported):
        raise
    except (Exception, SystemExit) as error:
        raise TroubleError(framework.trouble(f"{mode} mode", error)) from error
