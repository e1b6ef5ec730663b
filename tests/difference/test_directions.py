"""Directions: J u with its error bar, and the one wrong column among many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from jaccli.difference import along, locate


def test_along_is_the_jacobian_times_the_direction(rng: np.random.Generator) -> None:
    matrix, x, u = rng.standard_normal((4, 50)), rng.standard_normal(50), rng.standard_normal((3, 50))
    found = along(lambda points: points @ matrix.T, x, u)
    np.testing.assert_array_less(np.abs(found.value - matrix @ u.T), found.error_bar + 1e-12)


@pytest.mark.parametrize("n", [1, 7, 10_000])
@pytest.mark.parametrize("noise", [0.0, 1e-3])
@pytest.mark.parametrize("trial", range(5))
def test_locate_finds_the_wrong_column(n: int, noise: float, trial: int) -> None:
    rng = np.random.default_rng(trial)
    place = int(rng.integers(n))

    def residual(directions: Any) -> tuple[Any, Any]:
        k = len(directions)
        return directions[:, place] + noise * rng.uniform(-1, 1, k), np.full(k, noise + 1e-12)

    assert locate(residual, n, rng) == place


def test_locate_finds_one_of_several_wrong_columns(rng: np.random.Generator) -> None:
    error = np.zeros(10_000)
    error[[12, 5_000, 9_999]] = [1.0, -0.3, 0.01]
    assert locate(lambda u: (u @ error, np.full(len(u), 1e-9)), 10_000, rng) in (12, 5_000, 9_999)


def test_locate_finds_nothing_where_nothing_stands_out(rng: np.random.Generator) -> None:
    assert locate(lambda u: (np.zeros(len(u)), np.full(len(u), 1e-9)), 1_000, rng) is None


@pytest.mark.parametrize("place", [0, 3_333, 9_999])
def test_locate_takes_few_directions_where_allowances_are_small(place: int, rng: np.random.Generator) -> None:
    asked = []

    def residual(directions: Any) -> tuple[Any, Any]:
        asked.append(len(directions))
        return directions[:, place], np.full(len(directions), 1e-9)

    assert (locate(residual, 10_000, rng), sum(asked) < 15) == (place, True)
