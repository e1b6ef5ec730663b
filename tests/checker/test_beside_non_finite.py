"""Points where an output is not finite: what NaN times zero spoils is open, what is wrong elsewhere fails."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli


def root(x: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.sqrt(x)


def slope(x: Any, y_bar: Any) -> Any:
    with np.errstate(all="ignore"):
        return y_bar / (2 * np.sqrt(x))


@pytest.mark.parametrize("fn", [root, lambda x: np.log(np.fmax(x, 0.0))], ids=["nan", "infinite"])
def test_gradcheck_leaves_what_nan_times_zero_spoils_open(fn: Any) -> None:
    x = np.array([-1.0, 4.0])
    report = jaccli.gradcheck(fn, x, vjp=slope if fn is root else lambda x, y_bar: y_bar / np.fmax(x, 0.0))
    (check,) = (check for check in report.checks if check.outcome != "pass")
    assert (check.outcome, check.code, check.decided) == ("inconclusive", "JAC205", 1)


@pytest.mark.parametrize(
    ("spoiled", "code"),
    [
        pytest.param(lambda g: g * [1.0, 1.001], "JAC100", id="a factor"),
        pytest.param(lambda g: np.where((g != 0) & [False, True], np.nan, g), "JAC110", id="nan beside it"),
    ],
)
def test_gradcheck_finds_mistakes_beside_an_output_that_is_not_finite(spoiled: Any, code: str) -> None:
    def three(x: Any) -> Any:
        return np.concatenate([root(x[:1]), root(x[1:])])

    x = np.array([-1.0, 4.0])
    report = jaccli.gradcheck(three, x, vjp=lambda x, y_bar: spoiled(slope(x, y_bar)))
    assert code in {check.code for check in report.checks if check.outcome == "fail"}


def test_gradcheck_fails_nan_at_a_point_where_all_outputs_are_finite() -> None:
    report = jaccli.gradcheck(np.square, np.array([0.0, 4.0]), vjp=lambda x, y_bar: y_bar * 2 * x**2 / x)
    assert [check.code for check in report.checks] == ["JAC110"]


def test_products_of_an_output_that_is_not_finite_do_not_contradict_each_other() -> None:
    """A row of which all is masked is NaN, and so is J u; PyTorch's vjp of it is zero, which nothing contradicts."""
    torch = pytest.importorskip("torch", reason="needs jaccli[torch]")
    x = torch.tensor([[0.5, -1.0, 2.0], [-1.0, -2.0, -3.0]], dtype=torch.float64)
    report = jaccli.gradcheck(lambda x: torch.softmax(x.masked_fill(x < 0, -torch.inf), -1), x)
    assert {check.outcome for check in report.checks} == {"inconclusive"}
    (check,) = (check for check in report.checks if check.tested == "jvp·vjp")
    assert (check.code, check.message) == ("JAC205", "one product is not finite, nor is the output")
