"""Values that a sum with one has made coarse: their grain is noise, whichever steps happen to meet it, and no kink or jump."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import jaccli
from jaccli.difference import differences
from jaccli.types import Array

Fn = Callable[[Array], Array]
COARSE: dict[str, tuple[Fn, Fn]] = {
    "log(1 + 3 x)": (lambda x: np.log(1 + 3 * x), lambda x: 3 / (1 + 3 * x)),
    "sqrt(1 + 3 x) - 1": (lambda x: np.sqrt(1 + 3 * x) - 1, lambda x: 1.5 / np.sqrt(1 + 3 * x)),
    "1/(1 + 5 x) - 1": (lambda x: 1 / (1 + 5 * x) - 1, lambda x: -5 / (1 + 5 * x) ** 2),
    "1 - cos(x + 1.2) / cos(1.2)": (lambda x: 1 - np.cos(x + 1.2) / np.cos(1.2), lambda x: np.sin(x + 1.2) / np.cos(1.2)),
}  # fmt: skip


def points(size: float) -> list[Array]:
    return [size * (0.5 + np.random.default_rng(seed).random(5)) for seed in (0, 5, 6, 10, 18, 46, 58, 60, 70, 120)]


@pytest.mark.parametrize("size", [1e-3, 1e-4])
@pytest.mark.parametrize("name", COARSE)
def test_right_derivatives_of_coarse_values_pass_and_wrong_ones_fail(name: str, size: float) -> None:
    fn, slope = COARSE[name]
    for x in points(size):
        outcomes = [
            jaccli.gradcheck(fn, x, jacobian=lambda x, factor=factor: np.diag(factor * slope(x))).outcome
            for factor in (1.0, 1.0001)
        ]
        assert (outcomes[0], outcomes[1]) == ("pass", "fail")


@pytest.mark.parametrize("distance", [0.0, 1e-9])
@pytest.mark.parametrize("name", COARSE)
def test_kinks_of_coarse_values_are_seen(name: str, distance: float) -> None:
    fn, _ = COARSE[name]
    for x in points(1e-3):
        found = differences(lambda points, x=x: fn(points) + np.abs(points - x * (1 + distance)), x)
        apart = np.abs(np.diag(found.value) - (COARSE[name][1](x) - (distance > 0)))
        assert np.all(~np.isfinite(np.diag(found.error_bar)) | (apart <= np.diag(found.error_bar)))


@pytest.mark.parametrize("size", [1e-3, 0.3])
def test_a_kink_at_the_point_is_no_grain(size: float) -> None:
    for x in points(size):
        found = differences(lambda points, x=x: 3 * points + np.abs(points - x), x)
        assert np.all(np.diag(found.reason) == "kink")
