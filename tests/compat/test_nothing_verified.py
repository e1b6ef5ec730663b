"""Derivatives that the values do not show: no check, and no drop-in for PyTorch's, is silent about them."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

import jaccli
from jaccli.compat.torch import gradcheck

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
X = torch.tensor([-1.1, -0.6, 0.2, 0.7, 1.0, 1.6], dtype=torch.float64)


class Rounded(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return torch.round(x * 4) / 4

    @staticmethod
    def backward(ctx: Any, y_bar: Any) -> Any:
        return 5 * y_bar


def detached(x: Any) -> Any:
    return x + (torch.round(x) - x).detach()


def fake_quantize(x: Any) -> Any:
    return torch.fake_quantize_per_tensor_affine(x.float(), 0.1, 0, -128, 127)


CASES: dict[str, tuple[Any, Any]] = {
    "a straight-through estimator": (detached, X),
    "a rule for it": (Rounded.apply, X),
    "quantised": (fake_quantize, X.float()),
    "equal singular values": (torch.linalg.svdvals, torch.eye(2, dtype=torch.float64)),
    "a large constant": (lambda x: 1e10 + torch.sin(x), X),
}


@pytest.mark.parametrize("name", CASES)
def test_what_the_values_do_not_show_is_never_green(name: str) -> None:
    fn, x = CASES[name]
    with pytest.raises(AssertionError, match=r"\A(inconclusive|fail): JAC\d{3} .*: d "):
        jaccli.assert_gradients(fn, x)


@pytest.mark.parametrize("name", CASES)
def test_the_drop_in_for_pytorch_raises_as_the_original_does(name: str) -> None:
    fn, x = CASES[name]
    with pytest.raises(
        importlib.import_module("torch.autograd.gradcheck").GradcheckError, match=r"FAILED|NOT VERIFIED"
    ):
        gradcheck(fn, (x.clone().requires_grad_(),))
