"""Literals are equal where their arrays are, and nowhere else: equal nodes are found again by them."""

from fractions import Fraction

import numpy as np
import pytest

from jaccli.ops import Literal


def exact(*numbers):
    return np.array([Fraction(n) for n in numbers], dtype=object)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (Fraction(10**30, 3), Fraction(10**30, 3), True),
        (exact("1/3", 7), exact("1/3", 7), True),
        (exact("1/3", 7), exact("1/3", 8), False),
        ([1.0, 2.0], np.array([1.0, 2.0]), True),
        ([0.0], [-0.0], False),
        ([float("nan")], [float("nan")], True),
        ([1.0], [1], False),
        ([1.0, 2.0], [[1.0, 2.0]], False),
    ],
    ids=["a fraction", "fractions", "other fractions", "doubles", "signs of zero", "NaN", "dtypes", "shapes"],
)
def test_literals_are_equal_as_their_arrays_are(one, other, equal):
    one, other = Literal(one), Literal(other)
    assert (one == other, hash(one) == hash(other)) == (equal, equal)
