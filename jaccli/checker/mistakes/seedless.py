"""A wrong vjp or jvp → whether it ignores its seed, or does not scale with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from jaccli.adapters import Derivative, Leaf, TroubleError
from jaccli.results import numbers
from jaccli.results.checks import Check
from jaccli.results.kinds import JudgedBy, Outcome
from jaccli.types import Array

__all__ = ["seedless"]

OFF = 1e-3  # of a product: what no rounding of float16 does to it


def seedless(check: Check, derivative: Derivative, y: Leaf, x: Leaf) -> Check:
    """Return a failed check that says why the product is not linear in its seed, with what it gives for 0, 1, 2 and -1 times it.

    Cost:   four products.
    Errors: none; where a product raises, the check stays as it is.
    """
    product, leaf, other = (derivative.vjp, y, x) if derivative.vjp is not None else (derivative.jvp, x, y)
    if check.outcome != Outcome.FAIL or product is None:
        return check
    word, seed = ("vjp", "cotangent") if derivative.vjp is not None else ("jvp", "tangent")
    index, place = (check.of_index, check.wrt_index) if word == "vjp" else (check.wrt_index, check.of_index)
    unit = np.zeros(leaf.value.shape)
    unit[index] = 1.0
    try:
        nothing, one, two, minus = (_product(product, leaf, other, k * unit) for k in (0.0, 1.0, 2.0, -1.0))
    except TroubleError:
        return check
    if not all(np.all(np.isfinite(found)) for found in (nothing, one, two, minus)):
        return check
    size = max(float(np.max(np.abs(one), initial=0.0)), float(np.max(np.abs(nothing), initial=0.0)))
    if np.max(np.abs(nothing), initial=0.0) > OFF * size:
        k = place if abs(float(nothing[place])) > OFF * size else _largest(nothing)
        ignored = bool(np.max(np.abs(two - one), initial=0.0) <= OFF * size)
        start = f"the {seed} is ignored" if ignored else f"a part of the {word} does not carry the {seed}"
        help_ = f"{start}: for a {seed} of 0 the {word} gives {_value(nothing[k])}, not 0"
        if ignored:
            help_ += f", and for 1 and 2 of `{leaf.name}` {_value(one[k])} both times"
        return _failed(check, float(nothing[k]), 0.0, help_)
    if np.max(np.abs(two - 2 * one), initial=0.0) > OFF * size:
        k = _largest(two - 2 * one)
        help_ = (
            f"the {word} is not linear in its {seed}: for 1 of `{leaf.name}` it gives {_value(one[k])}, for 2 {_value(two[k])}, "
            f"not twice that: look for a clip, a condition or a power of the {seed}"
        )
        return _failed(check, float(two[k]), 2 * float(one[k]), help_)
    if np.max(np.abs(minus + one), initial=0.0) > OFF * size:
        k = _largest(minus + one)
        help_ = (
            f"the {word} is not linear in its {seed}: for 1 of `{leaf.name}` it gives {_value(one[k])}, for -1 {_value(minus[k])}, "
            f"not the negative: look for a condition on the {seed}, or its size"
        )
        return _failed(check, float(minus[k]), -float(one[k]), help_)
    return check


def _product(product: Any, leaf: Leaf, other: Leaf, seed: Array) -> Array:
    found: Mapping[str, Array] = product({leaf.name: seed})
    return np.asarray(found[other.name], dtype=np.float64)


def _largest(found: Array) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(np.abs(found))), found.shape))


def _value(number: Any) -> str:
    return numbers.value(float(number))


def _failed(check: Check, value: float, expected: float, help_: str) -> Check:
    return replace(
        check, code="JAC115", value=value, reference=expected, error_bar=0.0, abs_error=abs(value - expected), help=help_,
        reference_route=JudgedBy.LINEARITY,
    )  # fmt: skip
