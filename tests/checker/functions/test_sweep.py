"""A check at many sizes: which are chosen, and the smallest at which it fails."""

from __future__ import annotations

import numpy as np
import pytest

import jaccli
from jaccli.checker.functions.sizes import MOST, combinations, read_sizes
from jaccli.results.kinds import Outcome


def tiled(x):
    return np.square(x)


def forgets_the_rest(tile):
    """The vjp of a square that treats whole tiles alone, as a kernel without a mask does."""

    def vjp(x, y_bar):
        whole = len(x) // tile * tile
        return np.concatenate([2 * x[:whole] * y_bar[:whole], np.zeros(len(x) - whole)])

    return vjp


def make(n):
    return np.random.default_rng(n).normal(size=n) + 3


def test_sizes_of_a_range_are_where_tiles_begin_and_end():
    assert read_sizes("n", "1..130") == [
        1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 61, 63, 64, 65, 127, 128, 129, 130,
    ]  # fmt: skip
    assert read_sizes("n", range(10, 14)) == [10, 11, 12, 13]
    assert read_sizes("n", "64") == read_sizes("n", 64) == read_sizes("n", [64]) == [64]
    assert read_sizes("n", "7,3, 3") == [3, 7]


@pytest.mark.parametrize("said", ["", "x", "3..1", "1..", [-1], [1.5], 2**31, "1...3"])
def test_what_is_no_size_is_refused(said):
    with pytest.raises(jaccli.UsageError, match="sizes of `n` are numbers"):
        read_sizes("n", said)


def test_every_size_is_in_some_combination_and_there_are_not_too_many():
    sizes = {"n": read_sizes("n", "1..130"), "d": read_sizes("d", "1..70")}
    found = combinations(sizes)
    assert len(found) <= MOST
    for name, known in sizes.items():
        assert {one[name] for one in found} == set(known)
    assert combinations({"n": [1, 2], "d": [3]}) == [{"n": 1, "d": 3}, {"n": 2, "d": 3}]


def test_a_right_derivative_passes_at_all_sizes():
    report = jaccli.sweep(tiled, make, {"n": "1..20"}, vjp=lambda x, y_bar: 2 * x * y_bar)
    assert report.ok
    assert report.smallest == ""
    assert len({check.target for check in report.checks}) == len(read_sizes("n", "1..20"))


@pytest.mark.parametrize("tile", [4, 8, 16])
def test_the_smallest_size_that_fails_is_found(tile):
    report = jaccli.sweep(tiled, make, {"n": [tile, 2 * tile + 3, 4 * tile]}, vjp=forgets_the_rest(tile))
    wrong = {check.target for check in report.checks if check.outcome == Outcome.FAIL}
    assert any(target.endswith(f"(n={2 * tile + 3})") for target in wrong)
    assert report.smallest == f"# the smallest sizes at which it fails: n={tile + 1}\n"


def test_a_size_of_zero_is_nothing_to_check():
    assert jaccli.sweep(tiled, make, {"n": [0, 3]}, vjp=lambda x, y_bar: 2 * x * y_bar).ok


def test_without_sizes_there_is_no_sweep():
    with pytest.raises(jaccli.UsageError, match="'sizes' must name at least one size"):
        jaccli.sweep(tiled, make, {})
