"""What turns within the finest steps is left open; noise that steps of the scale can see through is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from jaccli.difference import differences
from jaccli.difference.folded import folded, shapeless
from jaccli.difference.stencil import Stencil
from jaccli.types import Array

Fn = Callable[[Any], Any]


def noise(x: Array) -> Array:
    """Return what looks like noise of size one and is the same at every call."""
    return np.modf(np.sin(1e9 * x) * 43758.5453)[0]


def stencil(fn: Fn, x: float) -> Stencil:
    return Stencil(fn, np.array([x]), None, 2.0**-52, 1, np.dtype(np.float64))


@pytest.mark.parametrize(
    ("fn", "x", "shape"),
    [
        pytest.param(np.sin, 1e15, False, id="all of it turns"),
        pytest.param(lambda x: np.sqrt(2 + np.cos(x)), 1e15, False, id="about a mean"),
        pytest.param(lambda x: 30 + 0.1 * np.sin(x), 1e15, False, id="little of it, and nothing else moves"),
        pytest.param(lambda x: x - 1 + 1e-12 * noise(x), 1.0, True, id="small at the point alone"),
        pytest.param(lambda x: 1e-11 * x + 0.01 * np.sin(x), 1e15, True, id="little of what moves"),
        pytest.param(lambda x: 1 + 1e-9 * noise(x), 1.0, True, id="noise far below the value"),
        pytest.param(lambda x: 0 * x, 1.0, True, id="zero"),
    ],
)
def test_shapeless_is_what_noise_leaves_nothing_of(fn: Fn, x: float, shape: bool) -> None:
    assert shapeless(stencil(fn, x)).tolist() == [not shape]


@pytest.mark.parametrize(
    ("fn", "x", "least", "most"),
    [
        pytest.param(lambda x: 1e7 + np.sin(x), 1e14, 1.0, 1e2, id="as steep as what turns"),
        pytest.param(lambda x: 1e7 + 1e-3 * np.sin(x), 1e14, 1e-3, 0.1, id="likewise"),
        pytest.param(lambda x: 2 * x, 1e13, 0.0, 0.0, id="rounding is no such term"),
        pytest.param(lambda x: x + 1e-9 * noise(x), 1e6, 0.0, 0.0, id="steps that are short enough"),
    ],
)
def test_folded_is_how_steep_a_term_may_be(fn: Fn, x: float, least: float, most: float) -> None:
    one = stencil(fn, x)
    assert least <= folded(one, one.central(12))[0, 0] <= most


@pytest.mark.parametrize(
    ("fn", "x", "slope", "bar"),
    [
        pytest.param(lambda x: x + 3e-6 * noise(x), 1.0, 1.0, 0.1, id="noise that the steps move more than"),
        pytest.param(lambda x: 1 + 1e-9 * noise(x), 1.0, 0.0, 1e-4, id="noise alone, far below the value"),
        pytest.param(lambda x: 1e-3 * x + 1e-9 * noise(x), 1e6, 1e-3, 1e-9, id="steps that no term turns within"),
        pytest.param(lambda x: 2 * x, 1e13, 2.0, 1e-6, id="a straight line far out"),
    ],
)
def test_differences_see_through_noise(fn: Fn, x: float, slope: float, bar: float) -> None:
    found = differences(fn, np.array([x]))
    assert abs(found.value[0, 0] - slope) <= found.error_bar[0, 0] < bar


@pytest.mark.parametrize(
    ("fn", "x"),
    [
        pytest.param(lambda x: np.sin(x) ** 2, 10560743245155.838, id="a square"),
        pytest.param(lambda x: np.cos(1e6 * x), 34054072.81963231, id="fast"),
        pytest.param(lambda x: np.cos(1e6 * x), 565598232.244778, id="faster"),
        pytest.param(np.tan, 7432794252023477.0, id="with poles"),
    ],
)
def test_differences_leave_open_what_turns_within_every_step(fn: Fn, x: float) -> None:
    assert np.isinf(differences(fn, np.array([x])).error_bar)
