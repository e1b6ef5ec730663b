"""Kernels that run in half precision alone: what is wrong by more than rounding fails, and nothing that is right does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.adapters import Leaf
from jaccli.checker.segments.low_precision import _realised, _spacing, student

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")

KERNELS = {
    "gelu": (torch.nn.functional.gelu, [(4, 16)]),
    "softmax": (lambda x: torch.softmax(x, -1), [(4, 16)]),
    "RMS norm": (lambda x: x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-5), [(4, 16)]),
    "SwiGLU": (lambda a, b: torch.nn.functional.silu(a) * b, [(4, 8), (4, 8)]),
    "ReLU layer": (lambda x, w: torch.relu(x @ w), [(4, 8), (8, 4)]),
}
HALF = [torch.bfloat16, torch.float16]


def kernel(fn: Any, dtype: Any, inside: Any, factor: float) -> Any:
    """Return a function of tensors of one dtype alone, computed ``inside`` another, its gradient off by a factor."""

    class Kernel(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *xs: Any) -> Any:
            if any(x.dtype != dtype for x in xs):
                raise TypeError(f"this kernel is for {dtype}")
            ctx.save_for_backward(*xs)
            return fn(*[x.to(inside) for x in xs]).to(dtype)

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            xs = [x.detach().to(inside).requires_grad_() for x in ctx.saved_tensors]
            with torch.enable_grad():
                y = fn(*xs)
            return tuple((factor * x_bar).to(dtype) for x_bar in torch.autograd.grad(y, xs, y_bar.to(inside)))

    return Kernel.apply


def outcomes(name: str, dtype: Any, inside: Any, factor: float) -> set[str]:
    fn, shapes = KERNELS[name]
    generator = torch.Generator().manual_seed(3)
    inputs = tuple(torch.randn(*shape, generator=generator).to(dtype) for shape in shapes)
    report = jaccli.gradcheck(kernel(fn, dtype, inside, factor), inputs)
    return {str(check.outcome) for check in report.checks if check.tested == "reverse"}


@pytest.mark.parametrize("own", [True, False], ids=["inside as outside", "float32 inside"])
@pytest.mark.parametrize("dtype", HALF, ids=str)
@pytest.mark.parametrize("name", KERNELS)
def test_no_right_kernel_fails(name: str, dtype: Any, own: bool) -> None:
    assert "fail" not in outcomes(name, dtype, dtype if own else torch.float32, 1.0)


@pytest.mark.parametrize("factor", [1.1, 0.5, -1.0])
@pytest.mark.parametrize("dtype", HALF, ids=str)
@pytest.mark.parametrize("name", [name for name in KERNELS if name != "ReLU layer"])
def test_kernels_that_are_wrong_by_more_than_rounding_fail(name: str, dtype: Any, factor: float) -> None:
    assert outcomes(name, dtype, torch.float32, factor) == {"fail"}


def test_the_failure_says_by_how_much_it_misses() -> None:
    fn, _ = KERNELS["gelu"]
    x = torch.linspace(-1, 2, 24).to(torch.bfloat16)
    report = jaccli.gradcheck(kernel(fn, torch.bfloat16, torch.float32, 1.1), x)
    (check,) = [check for check in report.checks if check.tested == "reverse"]
    assert check.abs_error == pytest.approx(0.1, rel=0.1)
    assert "more than the values do" in check.help


@pytest.mark.parametrize("eps", [2.0**-7, 2.0**-10, 2.0**-23])
def test_realised_numbers_are_those_of_the_precision(eps: float) -> None:
    leaf = Leaf("x", np.zeros(1), np.dtype(np.float64), eps)
    values = np.array([1.0, 1 + eps, 1 + 0.4 * eps, 3.0 + 2.4 * eps, -0.7, 1e-3])
    found = _realised(leaf, values)
    assert np.all(np.abs(found - values) <= 0.5 * _spacing(leaf, values))
    assert found[:3].tolist() == [1.0, 1 + eps, 1.0]
    assert _spacing(leaf, np.array([1.0, 1.9, 2.0, 0.5])).tolist() == [eps, eps, 2 * eps, eps / 2]


@pytest.mark.parametrize(("freedom", "exact"), [(15, 9.483013), (31, 6.891400)])
def test_quantiles_of_student_are_those_of_tables(freedom: int, exact: float) -> None:
    assert student(freedom) == pytest.approx(exact, rel=3e-3)
