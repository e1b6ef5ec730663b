"""Gradient and state → the step that a parameter takes: gradient descent, momentum, Adam."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jaccli.types import Array

__all__ = ["OPTIMIZERS", "Optimizer"]

#: (gradient, state of this parameter, number of the step from 1) → (step in units of the learning rate, next state)
Optimizer = Callable[[Array, tuple[Array, ...], int], tuple[Array, tuple[Array, ...]]]
MOMENTUM = 0.9
BETA1, BETA2, SMALL = 0.9, 0.999, 1e-8  # the defaults of Kingma & Ba (2015), algorithm 1


def _sgd(gradient: Array, state: tuple[Array, ...], number: int) -> tuple[Array, tuple[Array, ...]]:
    return -gradient, ()


def _momentum(gradient: Array, state: tuple[Array, ...], number: int) -> tuple[Array, tuple[Array, ...]]:
    """Polyak (1964), in the form of PyTorch's SGD: v ← μ v + g, step −v."""
    velocity = gradient if not state else MOMENTUM * state[0] + gradient
    return -velocity, (velocity,)


def _adam(gradient: Array, state: tuple[Array, ...], number: int) -> tuple[Array, tuple[Array, ...]]:
    first, second = state or (np.zeros_like(gradient), np.zeros_like(gradient))
    first = BETA1 * first + (1 - BETA1) * gradient
    second = BETA2 * second + (1 - BETA2) * gradient**2
    step = -(first / (1 - BETA1**number)) / (np.sqrt(second / (1 - BETA2**number)) + SMALL)
    return step, (first, second)


OPTIMIZERS: dict[str, Optimizer] = {"sgd": _sgd, "momentum": _momentum, "adam": _adam}
