"""Strata: inputs of like size together, numbers near zero by accident among the others, each moved by its own size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from jaccli.difference import strata
from jaccli.reference import input_scale

RNG = np.random.default_rng(8)
NORMAL = RNG.standard_normal(10_000)
SPREAD = 10.0 ** RNG.uniform(-6, 6, 10_000)


@pytest.mark.parametrize(
    ("x", "count"),
    [
        pytest.param(NORMAL, 1, id="normal"),
        pytest.param(RNG.uniform(-1, 1, 10_000), 1, id="uniform"),
        pytest.param(np.r_[np.zeros(9_000), NORMAL[:1000]], 1, id="mostly zeros"),
        pytest.param(np.array([1e-8, 1.0, 1e8]), 1, id="too few to tell"),
        pytest.param(np.zeros(100), 1, id="zeros"),
        pytest.param(SPREAD, 6, id="twelve decades"),
        pytest.param(np.r_[NORMAL, 1e-6 * NORMAL[:100]], 3, id="a few of another size"),
        pytest.param(np.r_[NORMAL, 1e-6 * NORMAL[:100], np.zeros(100)], 4, id="zeros beside them"),
    ],
)
def test_strata_are_told_apart(x: Any, count: int) -> None:
    assert len(strata(x)) == count


@pytest.mark.parametrize("x", [NORMAL, SPREAD, np.r_[SPREAD, 1e-30, 0.0]], ids=["normal", "spread", "with zero"])
def test_strata_hold_every_element_once(x: Any) -> None:
    assert sorted(np.concatenate(strata(x).members)) == list(range(x.size))


def test_strata_of_numbers_of_one_size_have_the_scale_of_the_input() -> None:
    np.testing.assert_array_equal(strata(NORMAL).scale, input_scale(NORMAL))


def test_strata_of_small_numbers_move_by_their_own_size() -> None:
    found = strata(SPREAD)
    small = np.concatenate(found.members[1:])
    np.testing.assert_array_equal(found.scale[small], SPREAD[small])


def test_strata_of_the_largest_numbers_are_no_wider_than_a_factor_of_100_below_their_rms() -> None:
    found = strata(SPREAD)
    largest = SPREAD[found.members[0]]
    assert np.all(found.scale[found.members[0]] >= 0.01 * np.sqrt(np.mean(largest**2)))
