"""Numbers in tables: short, honest, never a false zero."""

from __future__ import annotations

import math

import pytest

from jaccli.results import numbers


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (2.0, "2.0"),
        (-0.0, "0.0"),
        (0.1 + 0.2, "0.3"),
        (1e-9, "1e-09"),
        (1234567.0, "1.23457e+06"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
    ],
)
def test_value_has_six_digits(x: float, text: str) -> None:
    assert numbers.value(x) == text


@pytest.mark.parametrize(("x", "text"), [(3.14e-17, "3e-17"), (0.0, "0"), (5e16, "5e16"), (math.inf, "inf")])
def test_error_has_one_digit(x: float, text: str) -> None:
    assert numbers.error(x) == text


@pytest.mark.parametrize(("x", "text"), [(2.0, "200 %"), (0.0005, "5e-4"), (0.01, "1 %"), (math.nan, "nan")])
def test_relative_is_in_per_cent_where_large(x: float, text: str) -> None:
    assert numbers.relative(x) == text


@pytest.mark.parametrize(("x", "text"), [(1.5, 1.5), (math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf")])
def test_json_number_is_never_nan(x: float, text: object) -> None:
    assert numbers.json_number(x) == text
