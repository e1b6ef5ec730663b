"""Slopes of single teeth are left open; narrow features and branches keep theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from jaccli.difference import differences, reject_roundoff_sawtooth

EPS = 2.0**-52
FLOAT64 = np.dtype(np.float64)


def cancelled(x: Any) -> Any:
    return (1 - np.cos(x)) / x**2


@pytest.mark.parametrize("x", [1e-4, 1e-5, 3e-6, 1e-6])
def test_differences_leave_the_slope_of_one_tooth_open(x: float) -> None:
    found = differences(cancelled, np.array([x]))
    truth = -x / 12
    assert abs(found.value[0, 0] - truth) <= found.error_bar[0, 0]


@pytest.mark.parametrize(
    ("fn", "x", "slope"),
    [
        pytest.param(lambda x: np.sin(1e5 * x), 1.0, 1e5 * np.cos(1e5), id="a fast wave"),
        pytest.param(lambda x: x + 1e-5 * np.exp(-(((x - 1) / 1e-5) ** 2)), 1 + 3e-6, None, id="a narrow bump"),
        pytest.param(lambda x: np.where(x > 1, x + 5, x), 1 - 1e-7, 1.0, id="beside the leap of a branch"),
        pytest.param(lambda x: np.maximum(x - 1, 0.0) + x, 1 - 1e-7, 1.0, id="beside a kink"),
    ],
)
def test_differences_keep_the_slope_of_a_narrow_feature(
    fn: Callable[[Any], Any], x: float, slope: float | None
) -> None:
    found = differences(fn, np.array([x]))
    truth = slope if slope is not None else 1 - 2 * (x - 1) / 1e-5 * np.exp(-(((x - 1) / 1e-5) ** 2))
    assert found.value[0, 0] == pytest.approx(truth, rel=1e-5)
    assert np.isfinite(found.error_bar[0, 0])


def test_without_teeth_opens_teeth_wider_than_every_step() -> None:
    x = np.array([1e-7])
    believed = differences(cancelled, x)
    assert np.isfinite(believed.error_bar[0, 0])
    found = reject_roundoff_sawtooth(cancelled, x, believed, np.array([[True]]), EPS, FLOAT64)
    assert found.reason[0, 0] == "step window"
    assert np.isinf(found.error_bar[0, 0])


@pytest.mark.parametrize(
    "fn", [np.sin, lambda x: x**3, lambda x: np.sin(300 * x), lambda x: np.where(x > 1.01, x + 5, x), np.exp]
)
def test_without_teeth_keeps_what_is_smooth(fn: Callable[[Any], Any]) -> None:
    x = np.array([1.0])
    believed = differences(fn, x)
    found = reject_roundoff_sawtooth(fn, x, believed, np.array([[True]]), EPS, FLOAT64)
    assert np.array_equal(found.error_bar, believed.error_bar)


def test_without_teeth_keeps_a_network_of_kinks() -> None:
    rng = np.random.default_rng(5)
    W, V, x = rng.standard_normal((6, 4)), rng.standard_normal((3, 6)), rng.standard_normal(4)

    def network(points: Any) -> Any:
        return np.maximum(points @ W.T, 0) @ V.T

    believed = differences(network, x)
    found = reject_roundoff_sawtooth(network, x, believed, np.ones((3, 4), dtype=bool), EPS, FLOAT64)
    assert np.array_equal(found.error_bar, believed.error_bar)


def test_without_teeth_keeps_waves_that_its_coarse_steps_jump_over() -> None:
    x, c = np.array([0.3, -1e-3, 2e3]), np.array([1.0, 1e3, 1e-3])

    def waves(points: Any) -> Any:
        return np.sin(points * c)

    believed = differences(waves, x)
    found = reject_roundoff_sawtooth(waves, x, believed, np.eye(3, dtype=bool), EPS, FLOAT64)
    assert np.all(np.isfinite(np.diag(found.error_bar)))


def test_without_teeth_opens_all_entries_when_most_of_a_choice_are_teeth() -> None:
    x = np.full(100, 1e-7)
    found = reject_roundoff_sawtooth(cancelled, x, differences(cancelled, x), np.eye(100, dtype=bool), EPS, FLOAT64)
    assert np.all(np.isinf(np.diag(found.error_bar)))
    assert np.all(np.isfinite(found.error_bar[~np.eye(100, dtype=bool)]))
