"""Branches exactly at the point are named with both sides; leaps beside it, and steep slopes, are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli

STEP = "from 0.0 to 1.0 as x grows, its slope from 0.5 to 2.0"


@pytest.mark.parametrize(("fn", "point", "slope", "expected"), [
    pytest.param(lambda x: 2 * x + 1 if x > 0 else x / 2, 0.0, 0.5, STEP, id="if at zero"),
    pytest.param(lambda x: 2 * x + 1 if x >= 0 else x / 2, 0.0, 2.0, STEP, id="if, the other side"),
    pytest.param(lambda x: np.where(x > 3, -x, x), 3.0, 1.0, "from 3.0 to -3.0 as x grows, its slope from 1.0 to -1.0", id="where"),
    pytest.param(lambda x: 7 * np.where(x < 1e6, 1.0, 2.0) * x, 1e6, 14.0, "its slope from 7.0 to 14.0", id="large numbers"),
])  # fmt: skip
def test_branch_at_the_point_is_named_with_both_sides(fn: Any, point: float, slope: float, expected: str) -> None:
    (check,) = jaccli.gradcheck(fn, np.array(point), jacobian=lambda x: slope).checks
    assert (check.outcome, check.code) == ("inconclusive", "JAC202")
    assert "a branch exactly at this point: y leaps" in check.message
    assert expected in check.message


def test_branch_names_the_element_of_a_tie_between_two_inputs() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
    a, b = (torch.tensor(v, dtype=torch.float64) for v in ([2.0, 1.0], [3.0, 1.0]))
    report = jaccli.gradcheck(lambda a, b: torch.where(a > b, 2 * a, 3 * b), (a, b))
    said = {check.wrt: check.message for check in report.checks if check.code == "JAC202"}
    assert said["a"].endswith("y[1] leaps from 3.0 to 2.0 as a[1] grows, its slope from 0.0 to 2.0")
    assert said["b"].endswith("y[1] leaps from 2.0 to 3.0 as b[1] grows, its slope from 0.0 to 3.0")


@pytest.mark.parametrize("fn", [
    pytest.param(lambda x: np.where(x > 1 + 1e-10, x + 1, x), id="beside the point"),
    pytest.param(lambda x: np.cbrt(x - 1), id="steep"),
])  # fmt: skip
def test_leap_beside_the_point_is_not_said_to_be_at_it(fn: Any) -> None:
    (check,) = jaccli.gradcheck(fn, np.array(1.0), jacobian=lambda x: 1.0).checks
    assert "exactly at this point" not in check.message


@pytest.mark.parametrize(("fn", "point", "expected"), [
    pytest.param(lambda x, t: np.where(t == 1, x, 2 * x), 1.0, "y is 0.5 here, and 1.0 for any t beside it", id="a label"),
    pytest.param(lambda x, t: np.where(t == -1, 3 * x + t, x + t), -1.0, "y is 0.5 here, and -0.5 for any t beside it", id="and a slope"),
    pytest.param(lambda x, t: x * np.float64(t in (0, 1, 2)), 2.0, "y is 0.5 here, and 0.0 for any t beside it", id="a class"),
])  # fmt: skip
def test_label_that_is_differentiated_is_named(fn: Any, point: float, expected: str) -> None:
    report = jaccli.gradcheck(fn, (np.array(0.5), np.array(point)), jacobian=lambda x, t: (0.0, 0.0))
    (check,) = [check for check in report.checks if check.wrt == "t"]
    assert (check.outcome, check.code, expected in check.message) == ("inconclusive", "JAC202", True)
    assert check.help.startswith("`t` may be a label, by which nothing is differentiated: hold it fixed")


@pytest.mark.parametrize("name", ["HingeEmbeddingLoss", "CosineEmbeddingLoss"])
def test_labels_of_pytorchs_losses_are_named(name: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
    x = torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(3, 4)
    target = torch.tensor([1.0, -1.0, 1.0], dtype=torch.float64)
    inputs = (x, (x.flip(0) + 0.3) ** 2, target) if name == "CosineEmbeddingLoss" else (x[:, 0], target)
    report = jaccli.gradcheck(getattr(torch.nn, name)(), inputs)
    open_ = [check for check in report.checks if check.outcome != "pass"]
    assert {check.wrt for check in open_} == {"target"}
    assert all("`target` may be a label" in check.help for check in open_)
