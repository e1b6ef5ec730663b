"""Kernels that run in low precision alone: what is wrong by more than rounding fails, what is right passes with what it would have seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.adapters import Leaf
from jaccli.checker.segments.low_precision import OfSigns
from jaccli.checker.segments.rounded import realised, spacing, student

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
def test_right_kernels_pass(name: str, dtype: Any, own: bool) -> None:
    """Over kinks a derivative leaps: sixteen outputs leave an error of 10 % unseen there, which is too much for float16."""
    few = name == "ReLU layer" and dtype == torch.float16
    assert outcomes(name, dtype, dtype if own else torch.float32, 1.0) == ({"inconclusive"} if few else {"pass"})


@pytest.mark.parametrize(
    ("factor", "dtype"), [(1.1, HALF[0]), (1.1, HALF[1]), (0.5, HALF[0]), (0.0, HALF[1]), (-1.0, HALF[0])], ids=str
)
@pytest.mark.parametrize("name", KERNELS)
def test_kernels_that_are_wrong_by_more_than_rounding_fail(name: str, factor: float, dtype: Any) -> None:
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
    found = realised(leaf, values)
    assert np.all(np.abs(found - values) <= 0.5 * spacing(leaf, values))
    assert found[:3].tolist() == [1.0, 1 + eps, 1.0]
    assert spacing(leaf, np.array([1.0, 1.9, 2.0, 0.5])).tolist() == [eps, eps, 2 * eps, eps / 2]


@pytest.mark.parametrize(("freedom", "exact"), [(15, 9.483013), (31, 6.891400)])
def test_quantiles_of_student_are_those_of_tables(freedom: int, exact: float) -> None:
    assert student(freedom, 1e-7) == pytest.approx(exact, rel=3e-3)


def test_a_pass_says_what_would_have_been_seen_and_what_was_planted() -> None:
    fn, shapes = KERNELS["RMS norm"]
    x = torch.randn(*shapes[0], generator=torch.Generator().manual_seed(3)).to(torch.bfloat16)
    report = jaccli.gradcheck(kernel(fn, torch.bfloat16, torch.float32, 1.0), x)
    (check,) = [check for check in report.checks if check.tested == "reverse"]
    assert (report.ok, str(check.reference_route)) == (True, "segments")
    assert 1e-3 < check.detectable <= check.rtol
    assert f"planted in d{check.wrt} was seen at z = " in (check.guarantee or "")


def layer_norm(shape: tuple[int, ...], term: float, lost: int | None = None) -> Any:
    """Return a layer norm of float32 alone, one term of its gradient off by a factor, or the gradient of a row lost."""

    class LayerNorm(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            if x.dtype != torch.float32:
                raise TypeError("this kernel is for float32")
            inverse = torch.rsqrt(x.var(-1, keepdim=True, unbiased=False) + 1e-5)
            y = (x - x.mean(-1, keepdim=True)) * inverse
            ctx.save_for_backward(y, inverse)
            return y

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            y, inverse = ctx.saved_tensors
            along = y * (y * y_bar).mean(-1, keepdim=True)
            x_bar = (y_bar - term * y_bar.mean(-1, keepdim=True) - along) * inverse
            if lost is not None:
                x_bar[lost] = 0
            return x_bar

    return LayerNorm.apply, torch.randn(*shape, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize(
    ("term", "outcomes"),
    [(1.0, {"pass"}), (1.001, {"fail"}), (1.0001, {"fail", "inconclusive"}), (1.01, {"fail"}), (0.0, {"fail"})],
)
def test_a_layer_norm_of_float32_alone(term: float, outcomes: set[str]) -> None:
    assert jaccli.gradcheck(*layer_norm((8, 16), term)).outcome in outcomes


def test_a_row_that_is_lost_among_many_fails() -> None:
    assert jaccli.gradcheck(*layer_norm((8, 16), 1.0, lost=5)).outcome == "fail"


@pytest.mark.parametrize("seed", range(5))
def test_correlation_of_noise_is_no_mistake(seed: int) -> None:
    """Rounding is another at another length, also where a few segments are far noisier than the others."""
    rng = np.random.default_rng(seed)
    loud = np.where(np.arange(16) < 2, 100.0, 1.0)
    for _ in range(2_000):
        one, other = rng.standard_normal((2, 16)) * loud
        assert not OfSigns(one, other, 0.01, 16).wrong(1e-3)


def test_an_error_beyond_the_noise_is_one() -> None:
    rng = np.random.default_rng(0)
    error = rng.standard_normal(16)
    assert OfSigns(error + 0.02 * rng.standard_normal(16), error, 0.01, 16).wrong(1e-3)
    assert not OfSigns(1e-3 * error, 1e-3 * error, 1e-6, 16).wrong(1e-3)
