"""A derivative whose own formula cancels is right to some digits and no failure; a wrong one fails all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.results.checks import Check


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def softplus(x: Any) -> Any:
    return np.log1p(np.exp(-x))


def verdict(fn: Callable[[Any], Any], slope: Callable[[Any], Any], x: float) -> Check:
    with np.errstate(all="ignore"):
        (check,) = jaccli.gradcheck(fn, np.array([x]), jacobian=lambda x: np.diag(slope(x))).checks
    return check


CLAIMS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "a sigmoid less one": (softplus, lambda x: sigmoid(x) - 1),
    "a product of what is left": (
        lambda x: x / (1 + np.exp(x)),
        lambda x: (1 - sigmoid(x)) * (1 - x * sigmoid(x)),
    ),
    "a square less one": (lambda x: 2 / (1 + np.exp(2 * x)), lambda x: np.tanh(x) ** 2 - 1),
}


@pytest.mark.parametrize("x", [25.0, 28.0, 33.0, 37.0, 40.0, 60.0])
@pytest.mark.parametrize("case", CLAIMS)
def test_a_right_formula_that_cancels_is_no_failure(case: str, x: float) -> None:
    assert verdict(*CLAIMS[case], x / 2 if "square" in case else x).outcome != "fail"


@pytest.mark.parametrize(
    ("x", "words"), [(25.0, "right to 5 digits"), (30.0, "right to 2 digits"), (40.0, "no digit of it")]
)
def test_a_formula_that_cancels_is_told_how_many_digits_are_right(x: float, words: str) -> None:
    check = verdict(softplus, lambda x: sigmoid(x) - 1, x)
    assert (check.outcome, check.code) == ("inconclusive", "JAC201")
    assert words in check.message


@pytest.mark.parametrize("x", [20.0, 25.0, 30.0, 33.0])
@pytest.mark.parametrize("factor", [2.0, -1.0, 0.0, 0.5])
def test_a_wrong_formula_that_cancels_fails(factor: float, x: float) -> None:
    assert verdict(softplus, lambda x: factor * (sigmoid(x) - 1), x).outcome == "fail"


def test_a_zero_claimed_outright_has_no_rounding_of_its_own() -> None:
    assert verdict(softplus, lambda x: 0 * x, 40.0).outcome == "fail"


def test_a_gradient_that_jumps_beside_the_point_has_no_rounding_of_that_size() -> None:
    claim = lambda x: 1.001 * np.where(x > 1.002, 3.0, 1.0)  # noqa: E731
    assert verdict(lambda x: np.where(x > 1.002, 3 * x - 2.004, x), claim, 1.0).outcome == "fail"


def test_a_torch_rule_that_cancels_is_asked_at_other_points() -> None:
    torch = pytest.importorskip("torch", reason="pip install 'jaccli[torch]'")

    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return torch.log1p(torch.exp(-x))

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            return y_bar * (torch.sigmoid(ctx.saved_tensors[0]) - 1)

    report = jaccli.gradcheck(Loss.apply, torch.tensor([25.0], dtype=torch.float64))
    (check,) = (check for check in report.checks if check.tested == "reverse")
    assert (check.code, check.message.partition(":")[0]) == ("JAC201", "right to 5 digits")


@pytest.mark.parametrize("x", [1e8, 1e13, 1e100])
@pytest.mark.parametrize("factor", [1.001, 2.0, -1.0])
def test_a_smooth_derivative_that_is_small_has_no_noise_of_its_own(x: float, factor: float) -> None:
    for fn, slope in ((np.log, lambda x: 1 / x), (lambda x: 1 / x, lambda x: -1 / x**2)):
        found = [jaccli.gradcheck(fn, np.array(x), jacobian=lambda x, k=k: k * slope(x)).checks[0] for k in (factor, 1)]  # noqa: B023
        assert [check.outcome for check in found] == ["fail", "pass"]
