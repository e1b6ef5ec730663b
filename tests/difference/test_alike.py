"""Many rows along random directions: what a few of them look like by luck is no reason to look closer."""

import numpy as np
import pytest

from jaccli.difference import along

ROWS, COLUMNS = 500, 200
EASY = 250  # evaluations for 8 directions; chance alone would have some rows looked at with a thousand


@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e8], ids=["one", "small", "large"])
def test_along_believes_every_row_of_a_product(rng, scale):
    W, x = rng.standard_normal((ROWS, COLUMNS)), scale * rng.standard_normal(COLUMNS)
    found = along(lambda points: points @ W.T, x, scale * rng.standard_normal((8, COLUMNS)))
    assert np.all(found.reason == "")
    assert found.evaluations <= EASY


def test_along_rows_of_all_sizes(rng):
    """A row's noise is shared in units of its own size: small rows are as sharp as large ones."""
    sizes = 10.0 ** rng.uniform(-8, 8, ROWS)
    W, x, u = (
        sizes[:, None] * rng.standard_normal((ROWS, COLUMNS)),
        rng.standard_normal(COLUMNS),
        rng.standard_normal((8, COLUMNS)),
    )
    found = along(lambda points: points @ W.T, x, u)
    row = np.linalg.norm(W, axis=1)[:, None]
    assert np.all(found.error_bar < 1e-8 * row)
    assert np.all(np.abs(found.value - W @ u.T) <= found.error_bar)


def test_along_does_not_hide_noise_of_one_row(rng):
    W, x, u = rng.standard_normal((ROWS, COLUMNS)), rng.standard_normal(COLUMNS), rng.standard_normal((8, COLUMNS))

    def noisy(points):
        values = points @ W.T
        values[:, 7] += 1e-6 * np.sin(1e9 * points[:, 0])
        return values

    found = along(noisy, x, u)
    assert np.all(found.error_bar[7] > 1e-5)
