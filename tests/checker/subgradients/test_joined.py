"""Several inputs of a Python function at a tie are held together, and products of large inputs to their sums."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli


@pytest.mark.parametrize(
    ("claim", "outcome"),
    [
        pytest.param((1.0, 0.0), "pass", id="one side"),
        pytest.param((0.25, 0.75), "pass", id="shared out"),
        pytest.param((1.0, 1.0), "fail", id="twice"),
        pytest.param((0.0, 0.0), "fail", id="lost"),
        pytest.param((0.5, 0.5005), "fail", id="0.05 % too much"),
    ],
)
def test_gradcheck_holds_inputs_at_a_tie_together(claim: tuple[float, float], outcome: str) -> None:
    report = jaccli.gradcheck(np.maximum, (1.0, 1.0), jacobian=lambda a, b: claim)
    assert [check.outcome for check in report.checks] == [outcome, outcome]


def test_gradcheck_holds_elements_at_a_tie_together() -> None:
    a, b = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.5, 3.0])
    by_a, by_b = np.diag([1.0, 0.0, 0.5]), np.diag([0.0, 1.0, 0.5])
    assert jaccli.gradcheck(np.maximum, (a, b), jacobian=lambda a, b: (by_a, by_b)).outcome == "pass"
    report = jaccli.gradcheck(np.maximum, (a, b), jacobian=lambda a, b: (by_a, by_b + np.diag([1.0, 0.0, 0.0])))
    assert {check.code for check in report.checks} == {"JAC114"}


@pytest.mark.parametrize(
    ("vjp", "code"),
    [
        pytest.param(lambda x, g: g * np.cos(x), None, id="right"),
        pytest.param(lambda x, g: g * np.abs(g) / 2 * np.cos(x), "JAC115", id="a square of the cotangent"),
        pytest.param(lambda x, g: (g + g * np.roll(g, 1)) * np.cos(x), "JAC115", id="a product of two cotangents"),
        pytest.param(lambda x, g: np.clip(g, -5, 5) * np.cos(x), "JAC115", id="clipped"),
    ],
)
def test_gradcheck_along_directions_holds_a_vjp_to_its_sums(vjp: Any, code: str | None) -> None:
    report = jaccli.gradcheck(np.sin, np.full(200, 0.3), vjp=vjp, directions=8)
    assert next((check.code for check in report.checks if check.outcome == "fail"), None) == code


@pytest.mark.parametrize("x", [1e12, 1e14, 1e15, 3e15])
def test_gradcheck_calls_nothing_wrong_that_turns_between_two_doubles(x: float) -> None:
    report = jaccli.gradcheck(np.sin, np.array([x]), jacobian=lambda x: np.diag(np.cos(x)))
    assert report.checks[-1].outcome == "inconclusive"


@pytest.mark.parametrize("large", [1e12, 1e30, 1e100, 1e154])
@pytest.mark.parametrize("claim", [2.0, 5.0, 0.0])
def test_gradcheck_neither_passes_nor_fails_a_small_element_beside_a_huge_one_wrongly(
    large: float, claim: float
) -> None:
    def squared(x: Any) -> Any:
        found = np.diag(2 * x)
        found[1, 1] = claim * x[1]
        return found

    with np.errstate(over="ignore"):
        check = jaccli.gradcheck(lambda x: x * x, np.array([large, 1.0]), jacobian=squared).checks[-1]
    assert check.outcome != ("fail" if claim == 2.0 else "pass")


def test_gradcheck_asks_for_a_dense_product_once_and_four_times_whether_a_solver_may_be_in_it() -> None:
    dense = []

    def vjp(x: Any, y_bar: Any) -> Any:
        dense.append(np.all(y_bar != 0))
        return 1.001 * y_bar * np.cos(x)

    assert not jaccli.gradcheck(np.sin, np.array([0.3, 0.7, 1.1]), vjp=vjp).ok
    assert sum(dense) == 5
