"""Colours keep apart what must be told apart, and are as few as those of the orderings in the literature."""

import numpy as np
import pytest

from jaccli.derive.colouring import coloured, columns_coloured
from jaccli.derive.star_colouring import star_coloured, where_read
from jaccli.graph.pattern import Pattern


def banded(n, width):
    i, j = np.indices((n, n))
    return np.abs(i - j) <= width


def arrow(n):
    return banded(n, 0) | (np.indices((n, n)) == 0).any(axis=0)


def grid(k, reach):
    """Return which points of a k × k grid are near each other, by the sum of both distances or by the larger one."""
    x, y = np.divmod(np.arange(k * k), k)
    dx, dy = np.abs(x[:, None] - x), np.abs(y[:, None] - y)
    return dx + dy <= 1 if reach == "star" else np.maximum(dx, dy) <= 1


def bordered(n, rows):
    return banded(n, 1) | (np.arange(n) < rows)[:, None]


def blocks(count, size):
    return np.kron(np.eye(count), np.ones((size, size))) > 0


def of(matrix):
    return Pattern.of_entries(*np.nonzero(matrix), matrix.shape)


#: A matrix, and the products it takes: known optima, or what natural order gives (Gebremedhin et al. 2005, sections 3 and 5).
STANDARD = [
    pytest.param(np.eye(50) > 0, 1, id="diagonal"),
    pytest.param(banded(60, 1), 3, id="tridiagonal"),
    pytest.param(banded(60, 4), 9, id="band of 9"),
    pytest.param(arrow(200), 3, id="arrow"),
    pytest.param(bordered(80, 1), 4, id="tridiagonal with a dense row"),
    pytest.param(bordered(80, 2), 5, id="tridiagonal with two dense rows"),
    pytest.param(bordered(80, 2).T, 5, id="tridiagonal with two dense columns"),
    pytest.param(grid(12, "star"), 5, id="five-point grid"),
    pytest.param(grid(12, "box"), 9, id="nine-point grid"),
    pytest.param(blocks(10, 4), 4, id="blocks"),
    pytest.param(np.ones((3, 40), dtype=bool), 3, id="wide"),
    pytest.param(np.ones((40, 3), dtype=bool), 3, id="tall"),
    pytest.param(np.zeros((4, 6), dtype=bool), 0, id="zero"),
]


@pytest.mark.parametrize(("matrix", "products"), STANDARD)
def test_standard_matrices_take_as_many_products_as_known(matrix, products):
    assert coloured(of(matrix)).products <= products


def recovered(matrix, colouring, values):
    """Return the matrix as read from products with sums of unit vectors."""
    rows, columns = of(matrix).entries
    forward = np.array([values[:, colouring.columns == c].sum(axis=1) for c in range(colouring.forward)])
    reverse = np.array([values[colouring.rows == c].sum(axis=0) for c in range(colouring.reverse)])
    found = np.zeros(matrix.shape)
    for i, j, by_row in zip(rows, columns, colouring.by_rows, strict=True):
        found[i, j] = reverse[colouring.rows[i], j] if by_row else forward[colouring.columns[j], i]
    return found


@pytest.mark.parametrize(("matrix", "products"), STANDARD)
def test_entries_are_read_back_from_the_products(matrix, products, rng):
    values = np.where(matrix, rng.normal(size=matrix.shape), 0.0)
    np.testing.assert_allclose(recovered(matrix, coloured(of(matrix)), values), values, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", range(30))
def test_entries_of_random_matrices_are_read_back(seed):
    rng = np.random.default_rng(seed)
    matrix = rng.random((rng.integers(1, 25), rng.integers(1, 25))) < rng.choice([0.05, 0.15, 0.4])
    matrix[:: max(len(matrix) // 2, 1)] |= rng.random(matrix.shape[1]) < rng.choice([0.0, 0.9])
    values = np.where(matrix, rng.normal(size=matrix.shape), 0.0)
    np.testing.assert_allclose(recovered(matrix, coloured(of(matrix)), values), values, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", range(30))
def test_no_row_has_two_columns_of_one_colour(seed):
    rng = np.random.default_rng(seed)
    matrix = rng.random((20, 30)) < 0.1
    colours = columns_coloured(of(matrix))
    np.testing.assert_array_equal(colours >= 0, matrix.any(axis=0))
    for row in matrix:
        assert len(set(colours[row])) == row.sum()


SYMMETRIC = [
    pytest.param(banded(40, 1), 3, id="tridiagonal"),
    pytest.param(banded(40, 2), 5, id="pentadiagonal"),
    pytest.param(arrow(100), 2, id="arrow"),
    pytest.param(grid(10, "star"), 6, id="five-point grid"),
    pytest.param(blocks(6, 3), 3, id="blocks"),
]


@pytest.mark.parametrize(("matrix", "most"), SYMMETRIC)
def test_star_colours_of_standard_matrices(matrix, most):
    assert star_coloured(of(matrix)).max() + 1 <= most


def symmetric(seed):
    rng = np.random.default_rng(seed)
    matrix = rng.random((18, 18)) < rng.choice([0.08, 0.2])
    return matrix | matrix.T


@pytest.mark.parametrize(
    "matrix", [*(case.values[0] for case in SYMMETRIC), *map(symmetric, range(40))], ids=range(40 + len(SYMMETRIC))
)
def test_symmetric_entries_are_read_back_from_star_colours(matrix, rng):
    values = rng.normal(size=matrix.shape)
    values = np.where(matrix, values + values.T, 0.0)
    pattern = of(matrix)
    colours = star_coloured(pattern)
    if not pattern.count:
        return
    sums = np.array([values[:, colours == c].sum(axis=1) for c in range(colours.max() + 1)])
    rows, which = where_read(pattern, colours)
    np.testing.assert_allclose(sums[which, rows], values[pattern.entries], rtol=1e-12, atol=1e-12)


def test_where_read_refuses_colours_that_mix_entries():
    path = of(banded(4, 1))
    with pytest.raises(ValueError, match="no star colouring"):
        where_read(path, np.array([0, 1, 0, 1]))
