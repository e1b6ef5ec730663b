"""Remainders between their leaps: the slope there passes, another fails or is left open, and lost digits are no remainder."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import jaccli
from jaccli.types import Array

FUNCTIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "mod 1": (lambda x: np.mod(x, 1.0), np.ones_like),
    "mod 2 pi": (lambda x: np.mod(x, 2 * np.pi), np.ones_like),
    "mod 4": (lambda x: np.mod(x, 4.0), np.ones_like),
    "with a smooth term": (lambda x: np.sin(x) + np.mod(x, 0.7), lambda x: np.cos(x) + 1),
    "of a function": (lambda x: np.sin(np.mod(x, 1.0)), lambda x: np.cos(np.mod(x, 1.0))),
    "as a difference": (lambda x: 2 * (x - np.floor(x)), lambda x: np.full_like(x, 2.0)),
}
POINTS = (np.array([0.3]), np.array([2.3, -1.37, 7.6]), np.array([12.34]))


def outcome(name: str, x: Array, factor: float) -> str:
    fn, slope = FUNCTIONS[name]
    return jaccli.gradcheck(fn, x, jacobian=lambda x: factor * np.diag(slope(x))).outcome


@pytest.mark.parametrize("x", POINTS, ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_slope_between_the_leaps_of_a_remainder_passes(name: str, x: Array) -> None:
    assert outcome(name, x, 1.0) == "pass"


@pytest.mark.parametrize("x", POINTS, ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_another_slope_of_a_remainder_does_not_pass(name: str, x: Array) -> None:
    assert outcome(name, x, 1.0005) != "pass"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_slope_that_neither_tread_nor_trend_has_fails(name: str) -> None:
    assert outcome(name, POINTS[1], 3.0) == "fail"


def test_slope_of_a_tread_of_lost_digits_does_not_pass() -> None:
    def lost(x: Array) -> Array:
        return x * ((1e14 + x) - 1e14)

    x = np.array([0.3])
    tread = (1e14 + x) - 1e14
    assert jaccli.gradcheck(lost, x, jacobian=lambda x: np.diag(tread)).outcome != "pass"
