"""Values that digits lost inside leave flat: a right slope too small to be seen in them is no failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jaccli

NARROW: dict[str, Callable[[Any], Any]] = {
    "float32": lambda y: y.astype(np.float32).astype(np.float64),
    "float16": lambda y: y.astype(np.float16).astype(np.float64),
    "five digits": lambda y: np.round(y, 5),
    "four digits": lambda y: np.round(y, 4),
}


@pytest.mark.parametrize("shape", [1, 3])
@pytest.mark.parametrize("size", [1.0, 1e3])
@pytest.mark.parametrize("digits", NARROW)
def test_no_right_slope_fails_in_a_row_that_nothing_moves(digits: str, size: float, shape: int) -> None:
    def values(x: Any) -> Any:
        return size * NARROW[digits](np.tanh(x))

    x = 12.0 + 0.1 * np.arange(shape)
    report = jaccli.gradcheck(values, (x,), jacobian=lambda x: np.diag(size / np.cosh(x) ** 2))
    assert report.outcome != "fail"


@pytest.mark.parametrize("digits", NARROW)
def test_wrong_slope_fails_in_a_row_that_nothing_moves(digits: str) -> None:
    report = jaccli.gradcheck(
        lambda x: NARROW[digits](np.tanh(x)), (np.array([12.0]),), jacobian=lambda x: np.array([[0.1]])
    )
    assert report.outcome == "fail"
