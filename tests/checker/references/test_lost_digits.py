"""Digits that are lost inside a function make steps of any height: a zero between those is no derivative of the function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.results.checks import Check

Fn = Callable[[Any], Any]


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def verdict(fn: Fn, x: float, slope: float) -> Check:
    with np.errstate(all="ignore"):
        return jaccli.gradcheck(fn, np.array([x]), jacobian=lambda _: np.array([[slope]])).checks[0]


LOST: dict[str, tuple[Fn, float, float]] = {  # function, point, slope
    "cross entropy at 26": (lambda x: -0.7 * np.log(1 - sigmoid(x)), 26.0, 0.7),
    "cross entropy at 33": (lambda x: -0.7 * np.log(1 - sigmoid(x)), 33.0, 0.7),
    "logit of a sigmoid": (lambda x: np.log(sigmoid(x) / (1 - sigmoid(x))), 30.3, 1.0),
    "artanh of tanh": (lambda x: np.arctanh(np.tanh(x)), 15.7, 1.0),
}
STEPS: dict[str, tuple[Fn, float]] = {  # of no like height: function, point
    "a sine of rounded numbers": (lambda x: np.sin(np.round(x * 10) / 10), 3.1234),
    "squares": (lambda x: np.round(x * 3) ** 2, 26.61),
    "powers": (lambda x: 2.0 ** (np.round(np.log2(x) * 8) / 8), 0.537),
    "levels of a sigmoid": (lambda x: np.round(255 * sigmoid(x)) / 255, 0.537),
}


@pytest.mark.parametrize("case", LOST)
def test_a_zero_between_lost_digits_never_passes(case: str) -> None:
    fn, x, slope = LOST[case]
    assert (verdict(fn, x, 0.0).outcome != "pass", verdict(fn, x, slope).outcome != "fail") == (True, True)


@pytest.mark.parametrize("case", STEPS)
def test_a_zero_between_steps_of_no_like_height_passes(case: str) -> None:
    assert verdict(*STEPS[case], 0.0).outcome == "pass"


def test_the_slope_over_many_steps_is_not_called_that_between_two() -> None:
    message = verdict(*LOST["cross entropy at 33"][:2], 0.0).message
    assert (message.count("over many of them its slope is 0.7"), message.count("between two of them 0.0")) == (1, 1)


def test_a_derivative_where_the_reference_is_zero_has_no_right_digits() -> None:
    def entropy(x: Any) -> Any:
        return -sigmoid(x) * np.log(sigmoid(x)) - (1 - sigmoid(x)) * np.log(1 - sigmoid(x))

    assert verdict(entropy, 36.37, -5.8e-15).message.startswith("no digit of it can be right")
