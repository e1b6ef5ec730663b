"""A framework's derivatives by few inputs, which segments judge first: what is wrong is still found, entry by entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import jaccli

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")

POINTS = {1: [0.7], 2: [0.7, -1.3], 5: [0.7, -1.3, 2.0, 0.4, -0.9], "small": [0.7, 1e-6, 2.0]}


def cube(changed: Callable[[Any, Any], Any]) -> Any:
    """Return x³ with a gradient that was changed: (x, gradient) → gradient."""

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            (x,) = ctx.saved_tensors
            return changed(x, 3 * x**2 * y_bar)

    return Cube.apply


def judged(changed: Callable[[Any, Any], Any], point: list[float]) -> tuple[str, str]:
    x = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    report = jaccli.gradcheck(cube(changed), x)
    (check,) = [check for check in report.checks if check.tested == "reverse"]
    return str(check.outcome), str(check.reference_route)


@pytest.mark.parametrize("size", POINTS)
def test_a_right_gradient_passes_along_segments(size: Any) -> None:
    assert judged(lambda _, found: found, POINTS[size]) == ("pass", "segments")


@pytest.mark.parametrize("by", [1e-5, 1e-3, 1.0, -1.0, -2.0])
@pytest.mark.parametrize("size", POINTS)
def test_one_entry_that_is_wrong_fails(size: Any, by: float) -> None:
    point = POINTS[size]
    share = torch.tensor([by if k == len(point) // 2 else 0.0 for k in range(len(point))], dtype=torch.float64)
    outcome, route = judged(lambda _, found: found * (1 + share), point)
    hidden = size == "small" and by > 0  # x³ moves by 1e-18 there, beside a value of 8
    assert (outcome in ({"fail", "inconclusive"} if hidden else {"fail"}), route) == (True, "difference")


@pytest.mark.parametrize("size", POINTS)
def test_a_gradient_that_is_wrong_at_the_point_alone_fails(size: Any) -> None:
    at = torch.tensor(POINTS[size], dtype=torch.float64)
    assert judged(lambda x, found: found * (1.001 if torch.equal(x, at) else 1.0), POINTS[size])[0] == "fail"


@pytest.mark.parametrize("changed", [
    pytest.param(lambda x, found, at: torch.where(x > at, 1.01, 1.0) * found, id="one side"),
    pytest.param(lambda x, found, at: found + 1e-2 * (x - at), id="an odd term"),
])  # fmt: skip
@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_gradient_that_is_wrong_beside_the_point_fails(size: Any, changed: Any) -> None:
    at = torch.tensor(POINTS[size], dtype=torch.float64)
    assert judged(lambda x, found: changed(x, found, at), POINTS[size])[0] == "fail"


def test_a_small_block_within_a_matrix_is_seen() -> None:
    """An entry far below the size of its row and its column, which is wrong altogether, is not lost among them."""

    class Bilinear(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return torch.stack([x[0] + x[1], x[0] + 1e-6 * x[1]])

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            return torch.stack([y_bar[0] + y_bar[1], y_bar[0] + 2e-6 * y_bar[1]])

    x = torch.tensor([0.7, 1.3], dtype=torch.float64, requires_grad=True)
    assert jaccli.gradcheck(Bilinear.apply, x).outcome == "fail"
