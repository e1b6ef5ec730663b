"""Isotonic regression against SciPy's."""

import numpy as np
import pytest
from scipy.optimize import isotonic_regression

from jaccli.learn.isotonic import isotonic


@pytest.mark.parametrize("size", [1, 2, 3, 7, 40])
@pytest.mark.parametrize("ties", [True, False], ids=["ties", "no ties"])
def test_isotonic_is_that_of_scipy(rng, size, ties):
    for _ in range(20):
        y = rng.integers(0, 4, size).astype(float) if ties else rng.normal(size=size)
        weights = rng.uniform(0.5, 100, size)
        expected = isotonic_regression(y, weights=weights).x
        np.testing.assert_allclose(isotonic(y.tolist(), weights.tolist()), expected, rtol=1e-12, atol=1e-12)


def test_isotonic_of_nothing_is_nothing():
    assert isotonic([], []) == []
