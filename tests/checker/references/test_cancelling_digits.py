"""Numbers that cancel are told from a cast to float32."""

from __future__ import annotations

import pytest

import jaccli

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")


def test_cancelling_numbers_are_no_float32() -> None:
    """LogSoftmax at [0, 20] is 20 less 20.000000002: it has the digits of float32, and no cast."""
    report = jaccli.gradcheck(torch.nn.LogSoftmax(dim=0), torch.tensor([0.0, 20.0], dtype=torch.float64))
    open_ = [check for check in report.checks if check.outcome == "inconclusive"]
    assert {check.code for check in open_} == {"JAC207"}
    assert all("numbers of about 20 cancel in it" in check.help for check in open_)
