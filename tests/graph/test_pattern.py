"""Patterns as compressed rows do what the same matrices of truth values do."""

import numpy as np
import pytest

from jaccli.graph.pattern import Pattern


@pytest.fixture
def matrix(rng):
    return rng.random((7, 5)) < 0.4


def of(matrix):
    rows, columns = np.nonzero(matrix)
    order = np.random.default_rng(0).permutation(len(rows))
    return Pattern.of_entries(np.tile(rows[order], 2), np.tile(columns[order], 2), matrix.shape)


def test_entries_are_sorted_and_stand_once(matrix):
    found = of(matrix)
    np.testing.assert_array_equal(np.array(found.entries), np.array(np.nonzero(matrix)))
    np.testing.assert_array_equal(found.dense(), matrix)


def test_transposed_taken_added_anywhere_without(matrix):
    found, rows = of(matrix), np.array([3, 3, 0, 6])
    np.testing.assert_array_equal(found.transposed.dense(), matrix.T)
    np.testing.assert_array_equal(found.taken(rows).dense(), matrix[rows])
    into = np.array([0, 1, 0, 2, 2, 0, 1])
    expected = np.array([matrix[into == k].any(axis=0) for k in range(4)])
    np.testing.assert_array_equal(found.added(into, 4).dense(), expected)
    np.testing.assert_array_equal(found.anywhere(2).dense(), np.tile(matrix.any(axis=0), (2, 1)))
    apart = np.arange(7) % 2 == 0
    np.testing.assert_array_equal(found.without(apart).dense(), matrix & ~apart[:, None])


def test_union_and_stacked(matrix, rng):
    other = rng.random(matrix.shape) < 0.2
    np.testing.assert_array_equal(Pattern.union([of(matrix), of(other)]).dense(), matrix | other)
    np.testing.assert_array_equal(Pattern.stacked([of(matrix), of(other)]).dense(), np.vstack([matrix, other]))


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_patterns_without_elements(shape):
    found = Pattern.empty(*shape)
    assert (found.count, found.dense().shape, found.transposed.shape) == (0, shape, shape[::-1])
