"""A failure is confirmed without a framework's shortcut, and only where that was taken."""

from __future__ import annotations

from typing import Any

import pytest

import jaccli

torch = pytest.importorskip("torch")


class Half(torch.autograd.Function):  # type: ignore[misc]
    """x² with half of its derivative."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx: Any, y_bar: Any) -> Any:
        (x,) = ctx.saved_tensors
        return x * y_bar


def calls(fn: Any) -> int:
    """Return how often a wrong function is called while it is checked."""
    called = 0

    def counted(x: Any) -> Any:
        nonlocal called
        called += 1
        return fn(x)

    assert jaccli.gradcheck(counted, torch.tensor([0.3, 0.9], dtype=torch.float64)).outcome == "fail"
    return called


def test_failure_of_a_function_without_batches_is_judged_once() -> None:
    assert calls(Half.apply) < 250  # twice as many with a second time, and some along segments first
