"""Values of outputs in balls: they hold 50 digits, are as sharp as doubles, and say how wide they are where they are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import jaccli
from jaccli.certify import enclosed


def enclosed_of(expression: str, **at: Any) -> tuple[Any, Any]:
    built = jaccli.function(f"y = {expression}", at=at).built
    return enclosed(built.graph, built.outputs["y"], {name: np.asarray(x, dtype=float) for name, x in at.items()})


@pytest.mark.parametrize(
    ("expression", "x", "truth"),
    [
        pytest.param("sin(x)*exp(x)", 0.7, lambda x: mpmath.sin(x) * mpmath.exp(x), id="a product"),
        pytest.param("1 - cos(x)", 1e-9, lambda x: 2 * mpmath.sin(x / 2) ** 2, id="a difference that cancels in doubles"),
        pytest.param("log(1 + x) - x", 1e-40, lambda x: -(x**2) / 2, id="one that cancels in twice as many digits"),
        pytest.param("(x + 1) - x", 1e300, lambda x: mpmath.mpf(1), id="one that cancels in a thousand digits"),
        pytest.param("relu(x)", 0.0, lambda x: x, id="on a kink"),
        pytest.param("where(x > 0, 1, 2)", 0.0, lambda x: mpmath.mpf(2), id="at a jump"),
        pytest.param("exp(-x)", 740.0, lambda x: mpmath.exp(-x), id="below the least normal number"),
        pytest.param("lgamma(x)", -2.5, lambda x: mpmath.log(abs(mpmath.gamma(x))), id="a special function"),
    ],
)  # fmt: skip
def test_value_is_enclosed_and_sharp(expression: str, x: float, truth: Callable[[Any], Any]) -> None:
    (value,), (bound,) = enclosed_of(expression, x=x)
    with mpmath.workdps(120):
        assert abs(mpmath.mpf(float(value)) - truth(mpmath.mpf(x))) <= float(bound) <= np.spacing(abs(value))


@pytest.mark.parametrize(("expression", "x"), [("log(x)", -1.0), ("1/x", 0.0), ("exp(x)", 1000.0), ("arcsin(x)", 2.0)])
def test_value_that_is_no_double_has_no_bound(expression: str, x: float) -> None:
    np.testing.assert_equal(enclosed_of(expression, x=x), ([np.nan], [np.inf]))


def test_choice_that_no_precision_decides_is_as_wide_as_its_sides() -> None:
    (value,), (bound,) = enclosed_of("where(x/3*3 > x, 5, 3)", x=1.0)
    np.testing.assert_allclose((value, bound), (4.0, 1.0), rtol=1e-7)


def test_values_have_the_order_of_the_output() -> None:
    value, _ = enclosed_of("outer(x, [1, 10])", x=[1.0, 2.0])
    np.testing.assert_array_equal(value, [1, 10, 2, 20])
