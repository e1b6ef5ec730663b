"""Balls: signs, and that an exact fraction lies within value ± bound, whatever was computed and at whatever precision."""

from __future__ import annotations

import operator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaccli.certify.balls import ball, each, flint, hull, precision, sign_of, terms, to_doubles
from jaccli.certify.functions import divide, power


@pytest.mark.parametrize(("x", "sign"), [(0, 0), (3, 1), (-2, -1), (0.0, 0)])
def test_sign_of_an_exact_number_is_its_own(x: float, sign: int) -> None:
    assert sign_of(x) == sign


def test_terms_are_as_many_as_asked_for_and_left_as_they_were() -> None:
    before = flint().ctx.cap
    with terms(40):
        assert flint().arb_series([0, 1], 40).exp().prec == 40
    assert flint().ctx.cap == before


# --- the enclosure

few = settings(max_examples=40, derandomize=True, database=None, deadline=None)
NUMBERS = st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=10**9).map(
    lambda x: x * Fraction(7, 3) ** (x.numerator % 60 - 30)
)
BITS = st.sampled_from([53, 60, 106, 424])
EXACT: dict[str, Any] = {"+": operator.add, "-": operator.sub, "×": operator.mul, "÷": lambda x, y: x / y if y else x}
IN_BALLS: dict[str, Any] = {**EXACT, "÷": lambda x, y: x if y.is_zero() else divide(x, y)}


def assert_enclosed(exact: Fraction, x: Any) -> None:
    """Assert that an exact number lies in the doubles value ± bound made of its ball."""
    values, bounds = to_doubles(each(lambda: x))
    value, bound = Fraction(float(values[()])), Fraction(float(bounds[()]))
    assert abs(value - exact) <= bound


@given(x=NUMBERS, bits=BITS)
@few
def test_exact_fraction_lies_in_the_doubles_of_its_ball(x: Fraction, bits: int) -> None:
    with precision(bits):
        assert_enclosed(x, ball(x))


@given(first=NUMBERS, steps=st.lists(st.tuples(st.sampled_from("+-×÷"), NUMBERS), max_size=6), bits=BITS)
@few
def test_exact_fraction_lies_in_the_doubles_of_what_was_computed(first: Fraction, steps: Any, bits: int) -> None:
    with precision(bits):
        exact, x = first, ball(first)
        for op, y in steps:
            exact, x = EXACT[op](exact, y), IN_BALLS[op](x, ball(y))
        assert not x.is_finite() or ball(exact).overlaps(x)
        if x.is_finite():
            assert_enclosed(exact, x)


@given(x=NUMBERS.filter(bool), n=st.integers(-9, 9), bits=BITS)
@few
def test_exact_fraction_lies_in_the_doubles_of_a_power(x: Fraction, n: int, bits: int) -> None:
    with precision(bits):
        assert_enclosed(x**n, power(ball(x), ball(n), fallback=None))


@given(x=NUMBERS, y=NUMBERS, part=st.fractions(0, 1, max_denominator=1000), bits=BITS)
@few
def test_everything_between_two_numbers_lies_in_the_doubles_of_their_hull(
    x: Fraction, y: Fraction, part: Fraction, bits: int
) -> None:
    with precision(bits):
        assert_enclosed(x + part * (y - x), hull(ball(x), ball(y)))


@given(x=st.floats(allow_nan=False, allow_infinity=False), bits=BITS)
@few
def test_double_is_its_own_ball(x: float, bits: int) -> None:
    with precision(max(bits, 53)):
        values, bounds = to_doubles(each(lambda: ball(x)))
    assert (values[()], bounds[()]) == (x, 0.0)


def test_what_is_no_number_is_bounded_by_nothing() -> None:
    values, bounds = to_doubles(np.array([flint().arb.nan(), flint().arb("inf")], dtype=object))
    assert (np.all(np.isnan(values)), bounds.tolist()) == (True, [np.inf, np.inf])
