"""The initialisers of the language: name → how an array of a shape is filled, and with which options.

An entry of the table is all there is to an initialiser: the reader, the schema and the messages follow it.
The variance-scaling ones are PyTorch's (torch.nn.init): a plain normal or uniform distribution, never cut off. Keras cuts the
normal ones off at two standard deviations; ``truncated_normal`` does.

Source: Glorot & Bengio (2010), eq. 12 and 16 (glorot); He et al. (2015), eq. 10 (he); LeCun et al. (1998), eq. 16 (lecun);
        Saxe, McClelland & Ganguli (2014), section 3 (orthogonal).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from jaccli.types import Array

if TYPE_CHECKING:
    Rng = np.random.Generator  # not asked for before it is needed: its import takes milliseconds

__all__ = ["INITIALISERS", "Initialiser", "fans", "filled"]

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Initialiser:
    """How an array is filled: a function of the generator, the shape and the options."""

    about: str
    fill: Callable[..., Array]
    options: Mapping[str, float | None] = field(default_factory=dict)  # defaults; None: must be given
    least_axes: int = 0
    most_axes: int | None = None

    @property
    def needed(self) -> list[str]:
        """The options without a default."""
        return [name for name, default in self.options.items() if default is None]


def fans(shape: Shape) -> tuple[int, int]:
    """Return (fan in, fan out) of a weight of shape (out, in, *kernel); a vector counts as both, a number as 1 and 1.

    Source: PyTorch's torch.nn.init for two axes and more, Keras's compute_fans for fewer.
    """
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    kernel = math.prod(shape[2:])
    return shape[1] * kernel, shape[0] * kernel


def filled(name: str, shape: Shape, seed: int | Sequence[int], options: Mapping[str, float] | None = None) -> Array:
    """Return an array of ``shape`` as initialiser ``name`` fills it; the same seed gives the same numbers.

    Cost: one draw per element; orthogonal factors a matrix of shape (out, in · kernel).
    """
    row = INITIALISERS[name]
    return row.fill(np.random.default_rng(seed), shape, **{**row.options, **(options or {})})


def _uniform(rng: Rng, shape: Shape, low: float, high: float) -> Array:
    return rng.uniform(low, high, shape)


def _normal(rng: Rng, shape: Shape, mean: float, std: float) -> Array:
    return mean + std * rng.standard_normal(shape)


def _truncated(rng: Rng, shape: Shape, mean: float, std: float) -> Array:
    """Return normal numbers no further than two standard deviations from the mean, by the inverse of the distribution."""
    from scipy.special import ndtr, ndtri  # a third of a second to import

    return np.asarray(mean + std * ndtri(rng.uniform(ndtr(-2.0), ndtr(2.0), shape)))


def _orthogonal(rng: Rng, shape: Shape, gain: float) -> Array:
    """Return ``gain`` times a matrix (out, in · kernel) with orthonormal rows, or columns where it is tall.

    Law: uniform over such matrices, since the signs of R's diagonal are made positive (Mezzadri 2007, section 4).
    """
    rows, columns = shape[0], math.prod(shape[1:])
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q = q * np.where(np.diagonal(r) < 0, -1.0, 1.0)
    return gain * (q if rows >= columns else q.T).reshape(shape)


def _scaled_uniform(scale: float, fan: Callable[[int, int], float]) -> Callable[..., Array]:
    def fill(rng: Rng, shape: Shape, gain: float) -> Array:
        bound = gain * math.sqrt(3.0 * scale / max(fan(*fans(shape)), 1))  # variance bound²/3
        return rng.uniform(-bound, bound, shape)

    return fill


def _scaled_normal(scale: float, fan: Callable[[int, int], float]) -> Callable[..., Array]:
    def fill(rng: Rng, shape: Shape, gain: float) -> Array:
        return gain * math.sqrt(scale / max(fan(*fans(shape)), 1)) * rng.standard_normal(shape)

    return fill


def _mean_fan(fan_in: int, fan_out: int) -> float:
    return (fan_in + fan_out) / 2


def _fan_in(fan_in: int, fan_out: int) -> float:
    return fan_in


_GAIN = {"gain": 1.0}
_HE = Initialiser("normal, variance 2/fan_in", _scaled_normal(2, _fan_in), _GAIN)
_GLOROT = Initialiser("uniform, variance 2/(fan_in + fan_out)", _scaled_uniform(1, _mean_fan), _GAIN)
_LECUN = Initialiser("normal, variance 1/fan_in", _scaled_normal(1, _fan_in), _GAIN)

INITIALISERS: Mapping[str, Initialiser] = {
    "zeros": Initialiser("0 everywhere", lambda rng, shape: np.zeros(shape)),
    "ones": Initialiser("1 everywhere", lambda rng, shape: np.ones(shape)),
    "constant": Initialiser("one number everywhere", lambda rng, shape, value: np.full(shape, value), {"value": None}),
    "eye": Initialiser("the identity matrix", lambda rng, shape: np.eye(*shape), least_axes=2, most_axes=2),
    "arange": Initialiser(
        "0, 1, 2 … row by row", lambda rng, shape: np.arange(math.prod(shape), dtype=float).reshape(shape)
    ),
    "linspace": Initialiser(
        "evenly spaced from low to high, row by row",
        lambda rng, shape, low, high: np.linspace(low, high, math.prod(shape)).reshape(shape),
        {"low": None, "high": None},
    ),
    "uniform": Initialiser("uniform between low and high", _uniform, {"low": 0.0, "high": 1.0}),
    "normal": Initialiser("normal with a mean and a standard deviation", _normal, {"mean": 0.0, "std": 1.0}),
    "truncated_normal": Initialiser(
        "normal, none further than two std from the mean", _truncated, {"mean": 0.0, "std": 1.0}
    ),
    "glorot": _GLOROT,
    "glorot_uniform": _GLOROT,
    "glorot_normal": Initialiser("normal, variance 2/(fan_in + fan_out)", _scaled_normal(1, _mean_fan), _GAIN),
    "he": _HE,
    "he_normal": _HE,
    "he_uniform": Initialiser("uniform, variance 2/fan_in", _scaled_uniform(2, _fan_in), _GAIN),
    "lecun": _LECUN,
    "lecun_normal": _LECUN,
    "lecun_uniform": Initialiser("uniform, variance 1/fan_in", _scaled_uniform(1, _fan_in), _GAIN),
    "orthogonal": Initialiser("orthonormal rows or columns, times gain", _orthogonal, _GAIN, least_axes=2),
}
