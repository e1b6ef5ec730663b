"""Differences: the error bar holds for smooth, narrow, noisy and kinked functions, and what is not known is said."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from jaccli.difference import differences
from jaccli.difference.noise import noise_level
from jaccli.reference import Reference, input_scale
from jaccli.types import Array

Scalar = Callable[[Any], Any]


def scalar_reference(fn: Scalar, x: float) -> Reference:
    with np.errstate(all="ignore"):
        return differences(lambda points: fn(points[:, 0])[:, None], np.array([x]))


SMOOTH = {
    "sin": (np.sin, mpmath.sin, 0.7),
    "exp far out": (np.exp, mpmath.exp, 20.0),
    "sqrt close to its edge": (np.sqrt, mpmath.sqrt, 1e-8),
    "log close to its edge": (np.log, mpmath.log, 1e-6),
    "fast oscillation": (lambda x: np.sin(1e5 * x), lambda x: mpmath.sin(1e5 * x), 0.7),
    "oscillation 2^10": (lambda x: np.sin(1024 * np.pi * x), lambda x: mpmath.sin(1024 * mpmath.mpf(math.pi) * x), 0.3),
    "bump of width 1e-3": (
        lambda x: np.exp(-(((x - 1) / 1e-3) ** 2)),
        lambda x: mpmath.exp(-(((x - 1) / 1e-3) ** 2)),
        1.0005,
    ),
    "bump of width 1e-5": (
        lambda x: np.exp(-(((x - 1) / 1e-5) ** 2)),
        lambda x: mpmath.exp(-(((x - 1) / 1e-5) ** 2)),
        1.000005,
    ),
    "steep sigmoid": (
        lambda x: 1 / (1 + np.exp(-1e4 * (x - 1))),
        lambda x: 1 / (1 + mpmath.exp(-1e4 * (x - 1))),
        1.0001,
    ),
    "large offset": (lambda x: 1e10 + x * x, lambda x: 1e10 + x * x, 3.0),
    "offset hidden by cancellation": (lambda x: 1e10 + x * x - 1e10, lambda x: x * x, 3.0),
    "minimum away from zero": (lambda x: (x - 1) ** 2, lambda x: (x - 1) ** 2, 1.0),
    "sin(64πx) at a dyadic point": (
        lambda x: np.sin(64 * np.pi * x),
        lambda x: mpmath.sin(64 * mpmath.mpf(math.pi) * x),
        1.0,
    ),
    "square at zero": (lambda x: x * x, lambda x: x * x, 0.0),
    "constant": (lambda x: 0 * x + 5.0, lambda x: 0 * x + 5, 2.0),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_differences_error_bar_holds(name: str) -> None:
    fn, exact, x = SMOOTH[name]
    with mpmath.workdps(60):
        truth = float(mpmath.diff(exact, mpmath.mpf(x)))
    found = scalar_reference(fn, x)
    assert abs(found.value[0, 0] - truth) <= found.error_bar[0, 0]


@pytest.mark.parametrize(
    "name", ["sin", "exp far out", "sqrt close to its edge", "log close to its edge", "square at zero"]
)
def test_differences_are_sharp_on_ordinary_functions(name: str) -> None:
    fn, _, x = SMOOTH[name]
    found = scalar_reference(fn, x)
    assert found.error_bar[0, 0] <= 2.5e-7 * abs(found.value[0, 0]) + 1e-15


@pytest.mark.parametrize("distance", [10.0**-k for k in range(1, 13)])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_differences_beside_a_kink_never_average_the_slopes(distance: float, side: float) -> None:
    x = 1.0 + side * distance
    found = scalar_reference(lambda x: 2 * np.maximum(x - 1.0, 0), x)
    truth = 2.0 if x > 1.0 else 0.0
    assert found.reason[0, 0] == "kink" or abs(found.value[0, 0] - truth) <= found.error_bar[0, 0]


KINKS = {
    "relu": (lambda x: np.maximum(2 * x + 3, 0), -1.5, 0.0, 2.0),
    "abs": (np.abs, 0.0, -1.0, 1.0),
    "maximum": (lambda x: np.maximum(x, 3 - x), 1.5, -1.0, 1.0),
}


@pytest.mark.parametrize("name", KINKS)
def test_differences_at_a_kink_give_both_slopes(name: str) -> None:
    fn, x, low, high = KINKS[name]
    found = scalar_reference(fn, x)
    assert (found.low[0, 0], found.high[0, 0]) == pytest.approx((low, high), abs=1e-6)


@pytest.mark.parametrize(
    ("fn", "x", "reason"),
    [
        pytest.param(lambda x: (x > 0) * 1.0, 0.0, "jump", id="jump"),
        pytest.param(np.sqrt, 0.0, "domain", id="edge of the domain"),
        pytest.param(lambda x: np.sqrt(np.abs(x)), 0.0, "cusp", id="cusp"),
        pytest.param(lambda x: x * np.nan, 1.0, "domain", id="nan"),
    ],
)
def test_differences_without_a_derivative_say_why(fn: Scalar, x: float, reason: str) -> None:
    assert scalar_reference(fn, x).reason[0, 0] == reason


def test_differences_shape_is_outputs_by_inputs(rng: np.random.Generator) -> None:
    matrix = rng.standard_normal((4, 3))
    found = differences(lambda points: points @ matrix.T, np.array([1.0, -2.0, 0.5]))
    np.testing.assert_allclose(found.value, matrix, rtol=1e-9)


def test_differences_of_a_right_zero_are_sharp() -> None:
    found = differences(lambda points: np.stack([points[:, 0], np.full(len(points), 7.0)], axis=1), np.array([2.0]))
    assert found.error_bar[1, 0] <= 4096 * 2.0**-52 * 7.0 / 2.0


@pytest.mark.parametrize("n", [1, 3, 30])
def test_differences_of_an_easy_function_stop_after_two_rungs(n: int, rng: np.random.Generator) -> None:
    x = rng.uniform(0.5, 1.5, n)
    found = differences(lambda points: np.sum(np.sin(points), axis=1)[:, None], x)
    assert found.evaluations == 5 * n + 9


def test_differences_evaluate_a_stage_in_one_batch(rng: np.random.Generator) -> None:
    sizes = []

    def fn(points: Any) -> Any:
        sizes.append(len(points))
        return np.sum(np.sin(points), axis=1)[:, None]

    differences(fn, rng.uniform(0.5, 1.5, 30))
    assert sizes == [159]


FEATURES = {
    "sine": (lambda t: np.sin(t + 0.3), math.cos(0.3)),
    "tanh": (np.tanh, 1.0),
    "relu": (lambda t: np.maximum(t + 1e-3, 0), 1.0),
}


@pytest.mark.parametrize("name", FEATURES)
@pytest.mark.parametrize("width", [1e-2, 1e-4, 1e-6])
def test_differences_see_a_narrow_feature_of_one_column_beside_a_large_one(name: str, width: float) -> None:
    fn, slope = FEATURES[name]
    found = differences(
        lambda points: (100 * points[:, 0] + points[:, 1] + width * fn((points[:, 1] - 0.7) / width))[:, None],
        np.array([1.3, 0.7]),
    )
    assert found.reason[0, 1] != "" or abs(found.value[0, 1] - 1 - slope) <= found.error_bar[0, 1]


@pytest.mark.parametrize("distance", [1e-2, 1e-4, 1e-7, 1e-9, 1e-11])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_differences_beside_a_kink_give_the_slope_of_their_own_side(distance: float, side: float) -> None:
    found = scalar_reference(lambda x: 2 * np.maximum(x - 1.0, 0), 1.0 + side * distance)
    assert (found.reason[0, 0], found.value[0, 0]) == ("", pytest.approx(1.0 + side, abs=1e-6))


@pytest.mark.parametrize("quantum", [1e-12, 1e-8, 1e-5, 1e-3])
def test_differences_of_a_staircase_are_never_sure_of_a_wrong_slope(quantum: float) -> None:
    found = scalar_reference(lambda x: np.round(np.sin(x) / quantum) * quantum, 0.7)
    assert found.reason[0, 0] != "" or abs(found.value[0, 0] - math.cos(0.7)) <= found.error_bar[0, 0]


EDGES = {
    "log": (np.log, lambda x: 1 / x, [1e-12, 1.0]),
    "sqrt": (np.sqrt, lambda x: 0.5 / np.sqrt(x), [1e-10, 2.0]),
    "arcsin": (np.arcsin, lambda x: 1 / np.sqrt((1 - x) * (1 + x)), [1 - 1e-9]),
    "arccosh": (np.arccosh, lambda x: 1 / np.sqrt((x - 1) * (x + 1)), [1 + 1e-9]),
    "log1p": (np.log1p, lambda x: 1 / (1 + x), [-1 + 1e-9]),
    "an interval that ends at x": (lambda x: np.where(x <= 2, x * x, np.nan), lambda x: 2 * x, [2.0]),
}


@pytest.mark.parametrize("name", EDGES)
def test_differences_shrink_beside_the_edge_of_the_domain(name: str) -> None:
    fn, slope, x = EDGES[name]
    with np.errstate(all="ignore"):
        found = differences(fn, np.array(x))
    np.testing.assert_allclose(np.diag(found.value), slope(np.array(x)), rtol=1e-5)
    assert set(np.diag(found.reason)) == {""}


def test_differences_count_what_they_evaluate() -> None:
    calls = []

    def fn(points: Any) -> Any:
        calls.append(len(points))
        return np.sin(points[:, :1])

    found = differences(fn, np.array([0.7]))
    assert found.evaluations == sum(calls)


@pytest.mark.parametrize(
    ("x", "scale"),
    [
        pytest.param([0.0, 0.0], [1.0, 1.0], id="all zero"),
        pytest.param([3.0, 0.0], [3.0, math.sqrt(4.5)], id="rms for the zero"),
        pytest.param([], [], id="empty"),
    ],
)
def test_input_scale_is_the_size_of_each_element(x: list[float], scale: list[float]) -> None:
    np.testing.assert_allclose(input_scale(np.array(x)), scale)


@pytest.mark.parametrize("level", [1e-12, 1e-9, 1e-6])
def test_noise_level_finds_planted_noise(level: float) -> None:
    rng = np.random.default_rng(0)
    found = noise_level(
        lambda p: 1 + p[:, :1] + level * rng.standard_normal((len(p), 1)), np.ones(1), np.ones(1), 2.0**-52
    )
    assert 0.2 * level < found[0] < 5 * level


def test_noise_level_sees_the_steps_of_a_staircase() -> None:
    found = noise_level(lambda p: 1e10 + p[:, :1] ** 2 - 1e10, np.array([3.0]), np.array([3.0]), 2.0**-52)
    assert found[0] > 1e-7


@pytest.mark.parametrize("offset", [0.13, 0.37, 0.5, 0.81])
@pytest.mark.parametrize("slope", [0.5, 1.0, 1.9])
def test_noise_level_of_values_with_a_grain_is_no_more_than_the_grain(offset: float, slope: float) -> None:
    x, grain = np.ones(1), 2.0**-50

    def fn(
        points: Array,
    ) -> Array:  # at the finest steps it moves by less than its grain; an output beside it never moves
        moved = slope * 2.0**-8 * (points[:, 0] - 1)  # 2^-44 of one is 256 ulps
        return np.stack([1.0 + grain * np.round(moved / grain + offset), np.ones(len(points))], axis=1)

    assert noise_level(fn, x, x, 2.0**-52)[0] <= 2 * grain
