"""``scipy.optimize.check_grad`` with differences that know their own error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jaccli.difference import along, differences
from jaccli.reference import Reference
from jaccli.types import Array

__all__ = ["check_grad"]

EPSILON = np.sqrt(np.finfo(float).eps)


def check_grad(
    func: Callable[..., Any],
    grad: Callable[..., Any],
    x0: Any,
    *args: Any,
    epsilon: Any = EPSILON,
    direction: str = "all",
    rng: Any = None,
    seed: Any = None,
) -> float:
    """Return the 2-norm of the difference between ``grad`` and differences of ``func`` at ``x0``, as ``scipy.optimize.check_grad``.

    The differences are those of a ladder of steps with error bars: a right gradient gives about 1e-10 of its size where SciPy
    gives 1e-8, and ``epsilon`` is not used. At a kink a subgradient counts as right.
    NaN where no step gave a value that can be believed: it passes no comparison.
    """
    if rng is not None and seed is not None:
        raise TypeError("check_grad() got multiple values for argument `rng`: `seed` is its old name")
    if np.ndim(x0) > 1:
        raise ValueError("`x0` must have at most 1 dimension.")
    x = np.atleast_1d(np.asarray(x0, dtype=np.float64))

    def value(point: Array) -> Array:
        return np.asarray(func(point.reshape(np.shape(x0)), *args), dtype=np.float64).reshape(-1)

    def values(points: Array) -> Array:
        return np.stack([value(point) for point in points])

    flat = x.reshape(-1)
    if direction not in ("all", "random"):
        raise ValueError(f"{direction} is not a valid string for ``direction`` argument")
    claimed = np.asarray(grad(np.asarray(x0), *args), dtype=np.float64)
    if direction == "all":
        reference = differences(values, flat)
        return _distance(_shaped(claimed, reference.value.shape), reference)
    if claimed.ndim > 1:
        raise ValueError("'random' can only be used with scalar valued func")
    u = np.random.default_rng(seed if rng is None else rng).standard_normal((1, flat.size))
    return _distance((u @ _shaped(claimed, (flat.size,)))[:, None], along(values, flat, u))


def _shaped(claimed: Array, shape: tuple[int, ...]) -> Array:
    """Return a gradient in the shape of the right one; one number stands for all entries."""
    return claimed.reshape(shape) if claimed.size == np.prod(shape) else np.broadcast_to(claimed, shape)


def _distance(claimed: Array, reference: Reference) -> float:
    with np.errstate(invalid="ignore"):
        inside = (claimed >= reference.low) & (claimed <= reference.high)
        apart = np.where(inside, 0.0, np.where(np.isfinite(reference.error_bar), claimed - reference.value, np.nan))
    return np.float64(np.sqrt(np.sum(np.square(apart))))
