"""Zeros that are no zeros are left open; those of dead units and step functions are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from jaccli.difference import differences

Fn = Callable[[Any], Any]


def rounded(x: Any) -> Any:
    """Return x with 14 bits."""
    mantissa, exponent = np.frexp(x)
    return np.ldexp(np.round(mantissa * 2**14) / 2**14, exponent)


@pytest.mark.parametrize(
    ("fn", "x"),
    [
        pytest.param(lambda x: 1e16 + x, [1.0], id="below a large constant"),
        pytest.param(lambda x: 1e16 + x**2, [1.0], id="a square below a large constant"),
        pytest.param(lambda x: rounded(3 + 1e-3 * x), [0.7], id="on a wide step of a staircase"),
        pytest.param(lambda x: rounded(np.sqrt(1 + x * x)), [5e-3], id="on the lowest step of a staircase"),
        pytest.param(lambda x: rounded(100 + np.sin(x)), [0.015, -0.005, 0.004], id="on a staircase in each row"),
    ],
)
def test_differences_leave_open_what_hides(fn: Fn, x: list[float]) -> None:
    found = differences(fn, np.array(x))
    assert np.all(np.isinf(np.diag(found.error_bar)))


@pytest.mark.parametrize(
    ("fn", "x"),
    [
        pytest.param(lambda x: 3 + np.maximum(x, 0), [-1.5], id="a dead relu beside a constant"),
        pytest.param(lambda x: np.sign(x) * np.maximum(np.abs(x) - 1, 0), [0.1], id="within a dead zone"),
        pytest.param(np.sign, [0.7], id="a sign"),
        pytest.param(lambda x: np.clip(x, -1, 1), [3.0], id="a clipped value"),
        pytest.param(np.ones_like, [1.0, 1e8], id="a constant"),
        pytest.param(np.tanh, [30.0], id="saturated"),
    ],
)
def test_differences_keep_right_zeros(fn: Fn, x: list[float]) -> None:
    found = differences(fn, np.array(x))
    assert np.all(found.value == 0)
    assert np.all(np.isfinite(found.error_bar))


@pytest.mark.parametrize(
    ("fn", "x"),
    [
        pytest.param(
            lambda x: np.hypot(0.3, x) * np.cos(np.arctan2(x, 0.3)), [0.2, -0.7], id="the real part of a polar form"
        ),
        pytest.param(lambda x: np.hypot(0.3, x) * np.cos(np.arctan2(x, 0.3)), [5.0, 0.02], id="of others"),
        pytest.param(
            lambda x: np.fft.irfft(np.fft.rfft(np.add.outer([0.1, 0.2, 0.3], x), axis=0), axis=0).sum(0) - x * 3,
            [0.3, 1.1],
            id="there and back",
        ),
        pytest.param(
            lambda x: np.exp(np.log(7 + x * x) - np.log1p(x * x / 7)), [0.3, 1.1, 4.0], id="a constant quotient"
        ),
    ],
)
def test_differences_take_rounding_far_off_for_no_slope(fn: Fn, x: list[float]) -> None:
    found = differences(lambda points: np.stack([fn(point) for point in points]), np.array(x))
    assert np.all(np.abs(found.value) <= found.error_bar)
    assert np.all(found.error_bar < 1e-12)


def test_differences_say_what_numbers_of_size_one_hide() -> None:
    found = differences(lambda x: np.log(1 + np.exp(x)), np.array([-40.0]))
    assert found.rounding is not None
    assert found.value[0, 0] == 0
    assert np.exp(-40.0) < found.rounding[0, 0] < 1e-14


@pytest.mark.parametrize(("far", "scales"), [(True, 1000.0), (False, 1.0)])
def test_differences_go_far_only_where_they_may(far: bool, scales: float) -> None:
    moved = [0.0]

    def constant(points: Any) -> Any:
        moved.append(float(np.max(np.abs(points - 2.0))))
        return 3.0 + 0 * points

    differences(constant, np.array([2.0]), far=far)
    assert (max(moved) > scales * 2.0) == far
