"""Random tangents and cotangents, the same ones at every call."""

from __future__ import annotations

import zlib

import numpy as np

from jaccli.adapters.subject import Leaf
from jaccli.reference import input_scale
from jaccli.types import Array

__all__ = ["cotangent", "seen", "tangent"]


def cotangent(y: Leaf, rng_seed: int) -> Array:
    """Return a Gaussian cotangent of an output, of its shape."""
    return seen(y, _normal(y, rng_seed))


def tangent(x: Leaf, rng_seed: int) -> Array:
    """Return a Gaussian tangent of an input in units of its scale, of its shape."""
    return seen(x, _normal(x, rng_seed) * input_scale(x.value.reshape(-1)))


def _normal(leaf: Leaf, rng_seed: int) -> Array:
    return np.random.default_rng([rng_seed, zlib.crc32(leaf.name.encode())]).standard_normal(leaf.value.size)


def seen(leaf: Leaf, seed: Array) -> Array:
    """Return a seed as the user's code sees it, rounded to the dtype of its input or output."""
    return seed.astype(leaf.dtype).astype(np.float64).reshape(leaf.value.shape)
