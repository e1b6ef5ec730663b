"""Slopes at all points beside a kink: what any choice there gives, and nothing more."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.certify import slopes_around


def span(output: str, x: list[float], u: list[float]) -> Any:
    model = jaccli.parse({"inputs": {"x": x}, "outputs": {"y": output}})
    low, high = slopes_around(model.built.graph, model.built.outputs["y"], model.point(), {"x": np.array([u])})
    return [float(low[0, 0]), float(high[0, 0])]


@pytest.mark.parametrize(
    ("output", "x", "u", "expected"),
    [
        pytest.param("abs(x[0])", [0.0], [2.0], [-2, 2], id="abs at 0"),
        pytest.param("abs(x[0])", [1e-20], [1.0], [1, 1], id="abs beside 0"),
        pytest.param("max(x)", [1.0, 1.0], [1.0, 1.0], [1, 1], id="along a tie"),
        pytest.param("max(x)", [1.0, 1.0], [1.0, -1.0], [-1, 1], id="across a tie"),
        pytest.param("max(x)", [1.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0, 0], id="beside a tie"),
        pytest.param("relu(x[0]) - relu(x[1])", [0.0, 0.0], [1.0, 1.0], [-1, 1], id="two kinks"),
        pytest.param("where(x[0] >= 0, 3*x[0], x[0])", [0.0], [1.0], [1, 3], id="where"),
        pytest.param("x[0] * abs(x[0])", [0.0], [1.0], [0, 0], id="a kink that a factor takes away"),
    ],
)
def test_slopes_around_are_those_of_all_sides(output: str, x: list[float], u: list[float], expected: list[int]) -> None:
    np.testing.assert_allclose(span(output, x, u), expected, rtol=1e-8, atol=1e-25)  # a radius has 30 bits


def test_slopes_around_a_smooth_point_are_the_slope() -> None:
    np.testing.assert_allclose(span("sin(x[0])", [0.5], [1.0]), [0.8775825618903728] * 2, rtol=1e-15)


def test_slopes_around_a_point_without_bound_are_not_numbers() -> None:
    assert np.all(np.isnan(span("sqrt(abs(x[0]))", [0.0], [1.0])))


@pytest.mark.parametrize("p", [1, 2, 5, -7, 10**20 + 1])
@pytest.mark.parametrize("q", [3, 7, 10, 49, 10**17 + 3])
def test_slopes_around_enclose_the_exact_fraction(p: int, q: int) -> None:
    low, high = span(f"{p} * x[0] / {q}", [0.5], [1.0])
    assert Fraction(low) < Fraction(p, q) < Fraction(high)
