"""The map of a large matrix: shape, shades, zeros."""

import numpy as np
import pytest

from jaccli.report.compute.heat import heat_map


def test_heat_map_of_a_small_matrix_has_a_character_per_entry():
    assert heat_map(np.array([[1.0, 0.0], [-0.05, 1e-3], [1e-6, np.nan]]), 40)[:3] == ["█·", "▓▒", "░!"]


def test_heat_map_says_its_scale():
    assert heat_map(np.array([[2.0, 0.0]]), 40)[1] == "█ ≥ 0.2  ▓ ≥ 0.02  ▒ ≥ 0.0002  ░ smaller  · zero"


@pytest.mark.parametrize("shape", [(784, 100), (1, 5000), (5000, 1), (17, 81), (3, 2)])
def test_heat_map_fits(shape, rng):
    lines = heat_map(rng.normal(size=shape), 70)[:-2]
    assert (len(lines), {len(line) for line in lines}) == (min(16, shape[0]), {min(70, shape[1])})


def test_heat_map_of_a_band_is_a_band():
    lines = heat_map(np.eye(160), 16)[:16]
    assert lines == ["·" * k + "█" + "·" * (15 - k) for k in range(16)]


def test_heat_map_shows_a_single_entry_anywhere(rng):
    matrix = np.zeros((500, 700))
    matrix[rng.integers(500), rng.integers(700)] = 1e-9
    assert sum(line.count("█") for line in heat_map(matrix, 70)[:-2]) == 1
