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


CANCELLING = {
    "three logits": (torch.nn.LogSoftmax(dim=0), [0.0, 30.0, 1.0]),
    "a sum of exponentials less its largest": (lambda x: torch.log(torch.exp(x).sum()) - x[1], [0.0, 18.0]),
    "a cosine at its top": (lambda x: (1 - torch.cos(x[0])) * x[1] + 1e3 - 1e3 * torch.cos(x[0]) ** 2, [1e-4, 2.0]),
}


@pytest.mark.parametrize("case", CANCELLING)
def test_the_summary_says_that_numbers_cancel(case: str) -> None:
    fn, x = CANCELLING[case]
    report = jaccli.gradcheck(fn, torch.tensor(x, dtype=torch.float64))
    assert "cancel" in jaccli.report_text(report)


@pytest.mark.parametrize("constant", [1e10, 1e13])
def test_a_large_constant_is_no_cancellation(constant: float) -> None:
    report = jaccli.gradcheck(lambda x: constant + torch.sin(x), torch.tensor([0.3, 0.4], dtype=torch.float64))
    assert ("cancel in it" in jaccli.report_text(report), report.ok) == (False, False)
