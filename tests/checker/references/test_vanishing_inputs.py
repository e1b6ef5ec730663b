"""Inputs so small that they vanish in a sum: no step of their own size moves the function, and a slope of zero is not right for that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jaccli

SUMS: dict[str, Callable[[Any], Any]] = {
    "1 + x": lambda x: 1 + x,
    "log(1 + x)": lambda x: np.log(1 + x),
    "exp(x)": np.exp,
    "1e8 + x": lambda x: 1e8 + x,
}


@pytest.mark.parametrize("size", [1e-20, 1e-40, 1e-150])
@pytest.mark.parametrize("claim", [0.0, 2.0])
@pytest.mark.parametrize("name", SUMS)
def test_no_wrong_slope_passes_by_an_input_that_vanishes(name: str, claim: float, size: float) -> None:
    report = jaccli.gradcheck(SUMS[name], (np.array([size]),), jacobian=lambda x: np.array([[claim]]))
    assert report.outcome != "pass"


@pytest.mark.parametrize("size", [1e-20, 1e-40, 1e-150])
@pytest.mark.parametrize("name", SUMS)
def test_no_right_slope_fails_by_an_input_that_vanishes(name: str, size: float) -> None:
    report = jaccli.gradcheck(SUMS[name], (np.array([size]),), jacobian=lambda x: np.array([[1.0]]))
    assert report.outcome != "fail"
