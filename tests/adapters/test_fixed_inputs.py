"""An input that a function has no derivative by is named and held fixed; the others are judged."""

from __future__ import annotations

from typing import Any

import pytest

import jaccli

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")

X = torch.linspace(-1, 2, 6, dtype=torch.float64)
Y = torch.tensor([1.0, -1, -1, 1, 1, -1], dtype=torch.float64)


@pytest.mark.parametrize(("fn", "name"), [
    (torch.nn.SoftMarginLoss(), "target"),
    (lambda a, b: torch.nn.functional.soft_margin_loss(a, b), "b"),
    (torch.nn.MultiLabelSoftMarginLoss(), ""),
], ids=["a module", "a function with names of its own", "one that is differentiable"])  # fmt: skip
def test_gradcheck_holds_an_input_without_a_derivative(fn: Any, name: str) -> None:
    report = jaccli.gradcheck(fn, (X[None], Y[None]))
    held = [check.of for check in report.checks if check.outcome == "skipped" and check.code == "JAC304"]
    assert (report.outcome, held) == ("pass", [name] if name else []), jaccli.report_text(report)
