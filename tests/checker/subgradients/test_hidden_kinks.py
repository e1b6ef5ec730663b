"""Of equal numbers the median has partial derivatives without a kink, and no derivative: a subgradient is left open there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.checker.subgradients.gradients import mean_of_gradients
from jaccli.results.kinds import Outcome

ROWS = [
    pytest.param([0.0, 1.0, 0.0], "inconclusive", id="the gradient beside the point"),
    pytest.param([0.25, 0.25, 0.5], "inconclusive", id="a mean of gradients"),
    pytest.param([1.0, 1.0, 0.0], "fail", id="both"),
    pytest.param([2.0, 0.0, 0.0], "fail", id="twice"),
    pytest.param([-1.0, 0.0, 0.0], "fail", id="the other sign"),
    pytest.param([2.0, -1.0, 0.0], "fail", id="a sum of one that is no mean"),
    pytest.param([0.0, 0.9995, 0.0], "fail", id="off by 0.05 %"),
]


@pytest.mark.parametrize(("row", "outcome"), ROWS)
def test_gradcheck_judges_the_median_of_equal_numbers(row: list[float], outcome: str) -> None:
    report = jaccli.gradcheck(np.median, np.full(3, 2.0), jacobian=lambda x: np.array(row))
    assert report.checks[-1].outcome == outcome


@pytest.mark.parametrize(("row", "outcome"), ROWS)
def test_gradcheck_judges_the_median_of_a_spec(row: list[float], outcome: str) -> None:
    spec = {"inputs": {"x": [2.0, 2.0, 2.0]}, "outputs": {"y": "median(x)"}, "jacobian": {"y": {"x": row}}}
    checks = jaccli.parse(spec).gradcheck().checks
    assert next(check.outcome for check in checks if check.tested == "claim") == outcome
    assert all(check.outcome != Outcome.FAIL for check in checks if check.tested != "claim")


@pytest.mark.parametrize("count", [4, 7, 16, 30])
def test_gradcheck_fails_no_order_of_equal_numbers(count: int) -> None:
    report = jaccli.gradcheck(np.sort, np.full(count, 0.5), jacobian=lambda x: np.eye(count)[np.argsort(x)])
    assert report.outcome == Outcome.INCONCLUSIVE


def test_gradcheck_fails_a_smooth_column_beside_equal_numbers() -> None:
    def fn(x: Any) -> Any:
        return np.median(x[:3]) + 5 * x[3]

    report = jaccli.gradcheck(fn, np.array([2.0, 2, 2, 1]), jacobian=lambda x: np.array([0.0, 1, 0, 5.005]))
    assert report.outcome == Outcome.FAIL


@pytest.mark.parametrize("count", [20, 40])
@pytest.mark.parametrize("slope", [1.001, 0.0])
def test_gradcheck_fails_many_equal_numbers_with_a_wrong_sum(count: int, slope: float) -> None:
    def jacobian(x: Any) -> Any:
        row = np.zeros(count)
        row[3], row[5] = slope, 0.5
        return row

    report = jaccli.gradcheck(lambda x: np.sort(x)[9], np.full(count, 2.0), jacobian=jacobian, full=True)
    assert report.outcome == Outcome.FAIL


@pytest.mark.parametrize("turned", [np.eye(3), np.array([[0.6, 0.8, 0.0], [-0.8, 0.6, 0.0], [0.0, 0.0, 1.0]])])
def test_gradcheck_fails_no_middle_eigenvalue_of_a_multiple_of_the_identity(turned: Any) -> None:
    def jacobian(a: Any) -> Any:
        vectors = turned @ np.linalg.eigh(0.5 * (a + a.T))[1]
        return np.einsum("ik,jk->kij", vectors, vectors)

    report = jaccli.gradcheck(lambda a: np.linalg.eigvalsh(0.5 * (a + a.T)), 3 * np.eye(3), jacobian=jacobian)
    assert report.outcome == Outcome.INCONCLUSIVE


@pytest.mark.parametrize(("slope", "outcome"), [(5.0, Outcome.INCONCLUSIVE), (5.005, Outcome.FAIL)])
def test_gradcheck_fails_a_smooth_column_beside_a_middle_eigenvalue(slope: float, outcome: Outcome) -> None:
    def fn(x: Any) -> Any:
        a = x[:9].reshape(3, 3)
        return np.linalg.eigvalsh(0.5 * (a + a.T))[1] + 5 * x[9]

    v = np.array([0.6, 0.8, 0.0])
    row = np.append(np.outer(v, v).reshape(-1), slope)
    x = np.append(3 * np.eye(3).reshape(-1), 1.0)
    assert jaccli.gradcheck(fn, x, jacobian=lambda x: row).outcome == outcome


def test_mean_of_gradients_cannot_tell_without_a_finite_number_of_pieces() -> None:
    def middle(points: Any) -> Any:
        a = points.reshape(-1, 3, 3)
        return np.linalg.eigvalsh(0.5 * (a + np.swapaxes(a, 1, 2)))[:, 1:2]

    claim = np.outer([0.6, 0.8, 0.0], [0.6, 0.8, 0.0]).reshape(-1)
    assert mean_of_gradients(middle, np.eye(3).reshape(-1), 0, np.arange(9), claim) is None


def of_three(x: Any, y: Any, z: Any) -> Any:
    return np.median(np.array([x, y, z]))


def product_over_norm(x: Any) -> Any:
    return 1 + x[0] * x[1] / np.sqrt(x[0] ** 2 + x[1] ** 2) if np.any(x) else 1.0


PARTIAL = {
    "three equal numbers": (np.median, np.full(3, 2.0), np.zeros(3)),
    "seven": (np.median, np.full(7, 2.0), np.zeros(7)),
    "three of five": (np.median, np.array([2.0, 2, 2, 1, 3]), np.zeros(5)),
    "beside a slope": (lambda x: np.median(x) + 3 * x[0], np.full(3, 2.0), np.array([3.0, 0, 0])),
    "up to the sign": (lambda x: np.median(x * [1, -1, 1]), np.array([1.0, -1, 1]), np.zeros(3)),
    "no kink of pieces": (product_over_norm, np.zeros(2), np.zeros(2)),
}


@pytest.mark.parametrize("case", PARTIAL)
def test_gradcheck_passes_no_partial_derivatives_where_there_is_no_derivative(case: str) -> None:
    fn, x, row = PARTIAL[case]
    (check,) = jaccli.gradcheck(fn, x, jacobian=lambda x: row).checks
    assert (check.outcome, check.code, "no derivative" in check.message) == ("inconclusive", "JAC202", True)


def test_gradcheck_passes_no_partial_derivatives_by_three_inputs() -> None:
    report = jaccli.gradcheck(of_three, (2.0, 2.0, 2.0), jacobian=lambda x, y, z: (0.0, 0.0, 0.0))
    assert [(check.outcome, check.code) for check in report.checks] == [("inconclusive", "JAC202")] * 3


SMOOTH = {
    "a product": (lambda x: np.prod(x), lambda x: np.prod(x) / x, np.full(4, 2.0)),
    "a softmax": (lambda x: np.exp(x) / np.sum(np.exp(x)), lambda x: np.eye(3) / 3 - 1 / 9, np.zeros(3)),
    "a bend at 1e-8": (
        lambda x: x / np.sqrt(np.mean(x**2) + 2.0**-52),
        lambda x: np.eye(4) * 2.0**26,
        np.zeros(4),
    ),
    "noise": (
        lambda x: np.sum(np.tanh(x)) + 1e-9 * np.sin(1e9 * np.sum(x)),
        lambda x: 1 - np.tanh(x) ** 2,
        np.full(3, 0.5),
    ),
}


@pytest.mark.parametrize("case", SMOOTH)
def test_equal_elements_of_a_smooth_function_show_no_kink(case: str) -> None:
    fn, jacobian, x = SMOOTH[case]
    report = jaccli.gradcheck(fn, x, jacobian=jacobian)
    assert all("no derivative" not in check.message for check in report.checks)


def nested(x: Any) -> Any:
    return np.minimum(np.maximum(x[0], x[1]), np.maximum(x[1], x[2]))


@pytest.mark.parametrize(
    ("row", "outcome"),
    [
        pytest.param([0.0, 1.0, 0.0], "pass", id="the gradient beside the point"),
        pytest.param([0.0, 0.0, 0.0], "fail", id="lost, though right along each axis"),
        pytest.param([0.0, 0.9, 0.0], "fail", id="off by a tenth"),
        pytest.param([0.0, 0.999, 0.0], "fail", id="off by 0.1 %"),
    ],
)
def test_gradcheck_holds_elements_without_a_kink_to_their_equals(row: list[float], outcome: str) -> None:
    assert jaccli.gradcheck(nested, np.full(3, 2.0), jacobian=lambda x: np.array(row)).outcome == outcome
