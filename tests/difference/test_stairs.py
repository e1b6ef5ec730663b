"""Staircases are told from what is smooth, kinked or leaps once, with the height of their steps and both of their slopes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from jaccli.difference.stairs import Stairs, stairs

EPS = 2.0**-52


def found(fn: Callable[[Any], Any], x: float) -> Stairs | None:
    """Return the staircase of ``fn`` around ``x``, in units of x."""
    with np.errstate(all="ignore"):
        return stairs(lambda t: fn(x + abs(x) * t), abs(x), EPS)


def gelu(x: Any) -> Any:
    return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


#: function, point, height of a step, slope between two steps, slope of what they follow
STAIRCASES = {
    "a quantiser": (lambda x: np.round(x * 1e3) / 1e3, 47.3, 1e-3, 0.0, 1.0),
    "whole numbers": (np.floor, 2.5, 1.0, 0.0, 1.0),
    "on top of something smooth": (lambda x: x * x + np.round(10 * x) / 10, 1.23, 0.1, 2.46, 3.46),
    "below a large constant": (lambda x: (1e8 + x) - 1e8, 1.0, 2.0**-26, 0.0, 1.0),
    "times a factor": (lambda x: 3e-5 * x * (1 + np.floor(10 * x) / 10), 0.73, 2.2e-6, 5.1e-5, 7.3e-5),
}


@pytest.mark.parametrize("case", STAIRCASES)
def test_stairs_finds_the_steps_and_both_slopes(case: str) -> None:
    fn, x, leap, tread, trend = STAIRCASES[case]
    one = found(fn, x)
    assert one is not None
    assert one.leap == pytest.approx(leap, rel=0.05)
    assert one.tread[0] / x == pytest.approx(tread, rel=1e-3, abs=1e-6)
    assert abs(one.trend[0] / x - trend) <= one.trend[1] / x


@pytest.mark.parametrize("x", [-7.7, -8.0, -8.2, -8.25, -8.3])
def test_stairs_sees_the_rounding_of_what_cancels(x: float) -> None:
    one = found(gelu, x)
    assert one is not None
    truth = 0.5 * math.erfc(-x / math.sqrt(2)) + x * math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    assert abs(one.trend[0] / -x - truth) <= one.trend[1] / -x
    assert abs(one.tread[0] / -x - truth) > 10 * one.tread[1] / -x


@pytest.mark.parametrize("x", [9.5, 10.0, 10.2, 11.0])
@pytest.mark.parametrize("size", [1.0, 100.0])
def test_stairs_with_one_leap_near_the_point_tell_no_trend(x: float, size: float) -> None:
    """tanh of float32 leaps once near 10, and the next leaps are where it saturates: long steps cross them all."""
    one = found(lambda x: size * np.tanh(np.asarray(x).astype(np.float32)).astype(np.float64), x)
    truth = size * x / np.cosh(x) ** 2
    assert one is None or not abs(one.trend[0] - truth) > one.trend[1]


NONE: dict[str, tuple[Callable[[Any], Any], float]] = {
    "a sine": (np.sin, 0.7),
    "a fast wave": (lambda x: np.sin(1e5 * x), 1.0),
    "a kink": (lambda x: np.maximum(x - 1, 0) + x, 1 - 1e-7),
    "one leap": (lambda x: np.where(x > 1, x + 5, x), 1 - 1e-7),
    "a narrow bump": (lambda x: x + 1e-5 * np.exp(-(((x - 1) / 1e-5) ** 2)), 1 + 3e-6),
    "growth": (np.exp, 30.0),
    "an edge": (np.log, 1e-6),
    "a square below a constant": (lambda x: 1e10 + x * x, 1.0),
    "a minimum": (lambda x: (x - 1) ** 2, 1.0),
    "a steep root": (lambda x: np.sqrt(np.abs(x - 1)), 1.0001),
    "not finite": (lambda x: x * np.nan, 1.0),
    "steps that are nothing beside the slope": (lambda x: 1e4 * np.exp(20 * x) + np.floor(1e3 * x) * 1e-9, 1.0),
    "steps of more than rounding that f outgrows": (lambda x: 1e3 * x * x + 1e-8 * np.floor(1e2 * x), 1.2345),
}


@pytest.mark.parametrize("case", NONE)
def test_stairs_finds_none_where_there_is_none(case: str) -> None:
    assert found(*NONE[case]) is None


@pytest.mark.parametrize("x", [1e13, -3.1e14, 7.7e15, 2.2e16, 5.4e17])
@pytest.mark.parametrize("fn", [np.sin, np.tan, lambda x: np.sqrt(2 + np.cos(x)), lambda x: x * np.sin(x)])
def test_a_function_that_turns_between_its_doubles_is_no_staircase(fn: Callable[[Any], Any], x: float) -> None:
    assert found(fn, x) is None


@pytest.mark.parametrize(
    ("fn", "x", "spacing"),
    [
        pytest.param(lambda x: np.round(3.7 * x) / 3.7, 1.234567, 1 / 3.7, id="a quantiser"),
        pytest.param(lambda x: np.floor(3.7 * x), 5.123, 1 / 3.7, id="an edge nearby, the others far off"),
        pytest.param(lambda x: 1e12 * ((1e8 + x) - 1e8), 4e-6, 2.0**-26, id="below a constant"),
        pytest.param(lambda x: np.floor(x * x), 7.3, 0.0, id="steps that get shorter"),
        pytest.param(lambda x: 1 - np.tanh(x), 13.0, 0.0, id="lost digits, even nearby"),
    ],
)
def test_stairs_knows_the_spacing_of_even_steps(fn: Callable[[Any], Any], x: float, spacing: float) -> None:
    one = found(fn, x)
    assert one is not None
    assert one.spacing * x == pytest.approx(spacing, rel=1e-4)


def test_stairs_of_a_term_that_f_outgrows_have_no_slopes() -> None:
    one = found(lambda x: 1 / (1 + np.exp(40 * (1 - x))), 0.25)  # rounded to eps where it saturates, and exact here
    assert one is not None
    assert (one.leap, math.isnan(one.trend[0])) == (2.0**-52, True)


@pytest.mark.parametrize(("far", "scales"), [(True, 30.0), (False, 1.0)])
def test_stairs_goes_far_only_where_it_may(far: bool, scales: float) -> None:
    moved = []

    def line(t: Any) -> Any:
        moved.append(float(np.max(np.abs(t))))
        return np.sin(t)

    stairs(line, 1.0, EPS, far=far)
    assert (max(moved) > scales) == far
