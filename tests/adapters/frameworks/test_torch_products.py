"""PyTorch's products: a mode that one input lacks is skipped, a gradient that is not linear in its cotangent fails."""

from __future__ import annotations

from typing import Any

import pytest

import jaccli

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")


def test_torch_forward_mode_of_one_input_alone_is_skipped() -> None:
    class Doubled(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, w: Any) -> Any:
            return 2 * w

        @staticmethod
        def backward(ctx: Any, *y_bar: Any) -> Any:
            return 2 * y_bar[0]

    point = torch.linspace(0.5, 1.5, 3, dtype=torch.float64)
    report = jaccli.gradcheck(lambda a, w: a * Doubled.apply(w), (point, point + 1))
    outcomes = {(check.tested, check.wrt): check.outcome for check in report.checks}
    assert (outcomes["reverse", "w"], outcomes["forward", "w"], report.ok) == ("pass", "skipped", True)


@pytest.mark.parametrize("limit", [5.0, 1.5])
def test_torch_clipped_gradient_fails(limit: float) -> None:
    class Clipped(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, *y_bar: Any) -> Any:
            (x,) = ctx.saved_tensors
            return 3 * x**2 * y_bar[0].clamp(-limit, limit)

    report = jaccli.gradcheck(Clipped.apply, torch.linspace(0.5, 1.5, 3, dtype=torch.float64))
    assert not report.ok


def test_torch_value_that_differs_under_differentiation_fails() -> None:
    def shifted(x: Any) -> Any:
        return torch.tanh(x) + 1 if torch.is_grad_enabled() else torch.tanh(x)

    report = jaccli.gradcheck(shifted, torch.linspace(0.5, 1.5, 3, dtype=torch.float64))
    assert [check.code for check in report.checks if check.outcome == "fail"] == ["JAC204"]


#: (function, the largest input)
CANCELS = {
    "to a constant": (lambda x: torch.softmax(x, -1).sum() - 1, 1.0),
    "element by element": (lambda x: x.sin() ** 2 + x.cos() ** 2 - 1, 3.0),
    "saturated": (lambda x: torch.softmax(x, -1), 30.0),
    "saturated and large": (lambda x: 1e6 * torch.softmax(x, -1), 60.0),
}


@pytest.mark.parametrize("case", CANCELS)
def test_torch_gradient_that_cancels_is_no_failure(case: str) -> None:
    function, largest = CANCELS[case]
    points = [torch.linspace(-largest, largest * k, 4, dtype=torch.float64) for k in (0.5, 0.7, 1.0)]
    reports = [jaccli.gradcheck(function, point) for point in points]
    assert "fail" not in {check.outcome for report in reports for check in report.checks}
