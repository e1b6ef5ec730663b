"""SciPy's check_grad under its own signature."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from jaccli.compat.scipy import check_grad


def rosenbrock(x: Any, a: float = 1.0) -> Any:
    return (a - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


def gradient(x: Any, a: float = 1.0) -> Any:
    return np.array([-2 * (a - x[0]) - 400 * x[0] * (x[1] - x[0] ** 2), 200 * (x[1] - x[0] ** 2)])


def test_signature_is_scipys() -> None:
    theirs = inspect.signature(pytest.importorskip("scipy.optimize").check_grad).parameters.values()
    mine = inspect.signature(check_grad).parameters.values()
    assert [(p.name, p.kind, p.default) for p in theirs] == [(p.name, p.kind, p.default) for p in mine]


@pytest.mark.parametrize("direction", ["all", "random"])
@pytest.mark.parametrize("args", [(), (2.0,)])
def test_check_grad_is_nearly_zero_for_what_is_right(direction: str, args: Any) -> None:
    assert check_grad(rosenbrock, gradient, [-1.2, 1.0], *args, direction=direction, rng=0) < 1e-8


@pytest.mark.parametrize("direction", ["all", "random"])
def test_check_grad_measures_a_mistake(direction: str) -> None:
    assert check_grad(rosenbrock, lambda x: gradient(x) * 1.0005, [-1.2, 1.0], direction=direction, rng=0) > 1e-3


def test_check_grad_takes_a_jacobian() -> None:
    A = np.arange(6.0).reshape(2, 3)
    assert check_grad(lambda x: A @ x, lambda x: A, np.ones(3)) < 1e-10


def test_check_grad_takes_a_subgradient_at_a_kink() -> None:
    assert check_grad(lambda x: abs(x[0]), lambda x: np.array([0.5]), [0.0]) == 0.0


def test_check_grad_passes_no_comparison_where_nothing_is_known() -> None:
    assert np.isnan(check_grad(lambda x: np.sqrt(x[0]) if x[0] > 0 else np.nan, lambda x: np.array([1.0]), [0.0]))


def test_check_grad_refuses_what_scipy_refuses() -> None:
    with pytest.raises(ValueError, match="is not a valid string for ``direction`` argument"):
        check_grad(rosenbrock, gradient, [1.0, 1.0], direction="up")


@pytest.mark.parametrize(
    ("error", "words", "x0", "options"),
    [
        (ValueError, "at most 1 dimension", np.ones((2, 2)), {}),
        (TypeError, "multiple values for argument", [1.0, 1.0], {"seed": 1, "rng": 1}),
        (ValueError, "broadcast", [1.0, 1.0, 1.0], {}),
    ],
    ids=["matrix", "seed and rng", "another shape"],
)
def test_check_grad_refuses_bad_calls_as_scipy_does(error: Any, words: str, x0: Any, options: Any) -> None:
    theirs = pytest.importorskip("scipy.optimize").check_grad
    for check in (check_grad, theirs):
        with pytest.raises(error, match=words):
            check(rosenbrock, gradient, x0, **options)


def test_check_grad_takes_one_number_for_all_entries() -> None:
    found = check_grad(np.sum, lambda x: 1.0, np.ones(3))
    assert isinstance(found, np.float64)
    assert found < 1e-9


def test_check_grad_takes_a_column() -> None:
    assert check_grad(rosenbrock, lambda x: gradient(x)[:, None], [0.5, 1.0]) < 1e-9
