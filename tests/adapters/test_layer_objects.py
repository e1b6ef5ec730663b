"""Layers written by hand as objects: ``forward`` leaves behind what ``backward`` needs, as in most course work and small libraries."""

from __future__ import annotations

import numpy as np
import pytest

import jaccli
from jaccli.types import Array


class Dense:
    """s = Σ tanh(W x), with the activations kept from the last call of forward."""

    factor = 1.0

    def __init__(self, rng: np.random.Generator) -> None:
        self.W = rng.normal(size=(2, 5))

    def forward(self, x: Array) -> Array:
        self.h = np.tanh(self.W @ x)
        return self.h

    def backward(self, x: Array, y_bar: Array) -> Array:
        return self.factor * self.W.T @ (y_bar * (1 - self.h**2))

    def jacobian(self, x: Array) -> Array:
        return self.factor * (1 - self.h**2)[:, None] * self.W

    def jvp(self, x: Array, dx: Array) -> Array:
        return self.factor * (1 - self.h**2) * (self.W @ dx)


class Stack(Dense):
    """The same, with a stack of activations, each used once."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__(rng)
        self.saved: list[Array] = []

    def forward(self, x: Array) -> Array:
        self.saved.append(super().forward(x))
        return self.saved[-1]

    def backward(self, x: Array, y_bar: Array) -> Array:
        self.h = self.saved.pop()
        return super().backward(x, y_bar)


@pytest.mark.parametrize("kind", [Dense, Stack])
@pytest.mark.parametrize("factor", [1.0, 1.0005])
def test_gradcheck_judges_a_backward_that_reads_what_forward_left(kind: type[Dense], factor: float, rng) -> None:
    layer = kind(rng)
    layer.factor = factor
    report = jaccli.gradcheck(layer.forward, rng.normal(size=5), vjp=layer.backward)
    assert report.outcome == ("pass" if factor == 1.0 else "fail")


@pytest.mark.parametrize("claim", ["jacobian", "jvp"])
@pytest.mark.parametrize("factor", [1.0, 1.0005])
def test_gradcheck_judges_other_derivatives_that_read_what_forward_left(claim: str, factor: float, rng) -> None:
    layer = Dense(rng)
    layer.factor = factor
    report = jaccli.gradcheck(layer.forward, rng.normal(size=5), **{claim: getattr(layer, claim)})
    assert report.outcome == ("pass" if factor == 1.0 else "fail")


def test_gradcheck_along_directions_judges_a_backward_that_reads_what_forward_left(rng) -> None:
    layer = Dense(rng)
    layer.W = rng.normal(size=(2, 3000))
    report = jaccli.gradcheck(layer.forward, rng.normal(size=3000) / 100, vjp=layer.backward)
    assert report.outcome == "pass"
