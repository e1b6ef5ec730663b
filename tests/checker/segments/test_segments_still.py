"""What does not move along segments: a derivative that says otherwise does not pass, whichever rows and columns it says it of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.types import Array

RNG = np.random.default_rng(11)
N, USED = 20, 15
A = RNG.standard_normal((6, USED)) / 3
X = RNG.uniform(0.5, 1.5, N)
SIGNS = np.where(np.arange(N) < 7, -1.0, 1.0)


def layer(x: Array) -> Array:
    return np.asarray(np.tanh(A @ x[:USED]))


def slopes(x: Array, rows: int = 6) -> Array:
    """Return the slopes of the layer, with rows of zeros below; the last columns are zero."""
    matrix = np.zeros((rows, N))
    matrix[:6, :USED] = (1 - np.tanh(A @ x[:USED]) ** 2)[:, None] * A
    return matrix


def forms(jacobian: Any) -> dict[str, Any]:
    return {"jacobian": jacobian, "vjp": lambda x, v: jacobian(x).T @ v, "jvp": lambda x, u: jacobian(x) @ u}


def relu(x: Array) -> Array:
    return np.maximum(SIGNS * x, 0)


def relu_slopes(x: Array, off: float) -> Array:
    return np.diag(SIGNS * np.where(SIGNS * x > 0, 1.0, off))


def dead_unit(x: Array) -> Array:
    return np.append(layer(x), np.maximum(-10 - np.sum(x[USED:]), 0))


def dead_slopes(x: Array, off: float) -> Array:
    matrix = slopes(x, 7)
    matrix[6, USED:] = -off
    return matrix


def saturated(x: Array) -> Array:
    p = 1 / (1 + np.exp(-60 - np.sum(x)))
    return np.concatenate([layer(x), [p, 1 - p]])


def saturated_slopes(x: Array, off: float) -> Array:
    matrix = slopes(x, 8)
    matrix[6:] = off * np.array([[0.25], [-0.25]])
    return matrix


def even(x: Array) -> Array:
    return np.append(layer(x), np.sum((x[USED:] - X[USED:]) ** 2))


def even_slopes(x: Array, off: float) -> Array:
    matrix = slopes(x, 7)
    matrix[6, USED:] = 2 * (x[USED:] - X[USED:]) + off
    return matrix


PLANTED = [
    pytest.param(relu, relu_slopes, id="a relu whose mask is forgotten"),
    pytest.param(dead_unit, dead_slopes, id="a dead unit, by inputs of its own"),
    pytest.param(saturated, saturated_slopes, id="two rows whose slopes cancel"),
    pytest.param(even, even_slopes, id="a row that is even around the point"),
]


@pytest.mark.parametrize("form", ["jacobian", "vjp"])
@pytest.mark.parametrize("off", [1e-3, 1.0])
@pytest.mark.parametrize(("fn", "matrix"), PLANTED)
def test_a_slope_of_what_does_not_move_fails(fn: Any, matrix: Any, off: float, form: str) -> None:
    report = jaccli.gradcheck(fn, X, **{form: forms(lambda x: matrix(x, off))[form]})
    assert report.outcome == "fail"


@pytest.mark.parametrize("form", ["jacobian", "vjp"])
@pytest.mark.parametrize(("fn", "matrix"), PLANTED)
def test_zeros_of_what_does_not_move_pass(fn: Any, matrix: Any, form: str) -> None:
    report = jaccli.gradcheck(fn, X, **{form: forms(lambda x: matrix(x, 0.0))[form]})
    assert report.ok


@pytest.mark.parametrize("first", ["jacobian", "vjp"])
@pytest.mark.parametrize("form", ["jacobian", "jvp"])
def test_zero_columns_of_one_derivative_are_asked_of_another(first: str, form: str) -> None:
    def wrong(x: Array) -> Array:
        matrix = slopes(x)
        matrix[2, 17] = 1.0
        return matrix

    report = jaccli.gradcheck(layer, X, **{first: forms(slopes)[first], form: forms(wrong)[form]})
    assert {check.tested: check.outcome for check in report.checks}[form] == "fail"


def test_zero_rows_and_columns_are_settled_along_segments() -> None:
    report = jaccli.gradcheck(dead_unit, X, vjp=forms(lambda x: dead_slopes(x, 0.0))["vjp"])
    assert {str(check.reference_route) for check in report.checks} == {"segments"}


def test_a_rounding_with_the_slope_of_what_it_rounds_is_undecided() -> None:
    def rounded(x: Array) -> Array:
        return np.concatenate([layer(x), np.round(x[USED:] / 50)])

    def straight_through(x: Array) -> Array:
        matrix = slopes(x, 11)
        matrix[6:, USED:] = np.eye(5) / 50
        return matrix

    assert jaccli.gradcheck(rounded, X, vjp=forms(straight_through)["vjp"]).outcome != "pass"
