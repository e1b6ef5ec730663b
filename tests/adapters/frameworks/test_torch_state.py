"""Functions that write into their inputs, and backwards that work once for each forward: judged by what they compute."""

from __future__ import annotations

from typing import Any

import pytest

import jaccli
from jaccli.compat.torch import gradcheck

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")

X = torch.linspace(-3, 3, 7, dtype=torch.float64)


def in_place(factor: float) -> Any:
    """Return swish, which overwrites its input and says so; ``factor`` of its gradient."""

    class Swish(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.x, s = x.clone(), torch.sigmoid(x)
            x.mul_(s)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            s = torch.sigmoid(ctx.x)
            return factor * y_bar * s * (1 + ctx.x * (1 - s))

    return Swish.apply


def product_in_place(factor: float) -> Any:
    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, w: Any) -> Any:
            ctx.save_for_backward(x.clone(), w)
            x.mul_(w)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            x, w = ctx.saved_tensors
            return y_bar * w, factor * y_bar * x

    return Product.apply


def once(factor: float) -> Any:
    """Return a sine whose backward frees its graph."""

    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            with torch.enable_grad():
                ctx.x = x.detach().requires_grad_()
                ctx.y = torch.sin(ctx.x)
            return ctx.y.detach()

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            return factor * torch.autograd.grad(ctx.y, ctx.x, y_bar)[0]

    return Once.apply


def forgets(factor: float) -> Any:
    """Return a square whose backward throws away what forward has left."""

    class Forgets(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.x = x.detach()
            return x**2

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            found, ctx.x = factor * 2 * ctx.x * y_bar, None
            return found

    return Forgets.apply


FUNCTIONS = {
    "overwrites its input": (in_place, X),
    "overwrites one of two": (product_in_place, (X, X + 5)),
    "frees its graph": (once, X),
    "forgets what it saved": (forgets, X),
}


@pytest.mark.parametrize(("factor", "outcome"), [(1.0, "pass"), (1.0005, "fail")])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradcheck_of_functions_with_a_state(name: str, factor: float, outcome: str) -> None:
    make, inputs = FUNCTIONS[name]
    report = jaccli.gradcheck(make(factor), inputs)
    assert report.outcome == outcome, jaccli.report_text(report)


def test_gradcheck_leaves_a_parameter_that_is_overwritten_as_it_was() -> None:
    class Module(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = torch.nn.Parameter(X.clone())

        def forward(self, x: Any) -> Any:
            return x * in_place(1.0)(self.w)

    module = Module()
    report = jaccli.gradcheck(module, X)
    assert (report.ok, bool(torch.equal(module.w, X))) == (True, True)


def noisy(noise: float) -> Any:
    """Return a product whose backward differs by ``noise`` from call to call."""

    class Noisy(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, w: Any) -> Any:
            ctx.save_for_backward(x, w)
            return x @ w

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            x, w = ctx.saved_tensors
            return y_bar @ w.T * (1 + noise * torch.randn((), dtype=torch.float64)), x.T @ y_bar

    return Noisy.apply


@pytest.mark.parametrize(("noise", "options", "right"), [
    (0.0, {}, True), (1e-9, {}, False), (1e-9, {"nondet_tol": 1e-6}, True), (1e-12, {"nondet_tol": 1e-14}, False),
], ids=str)  # fmt: skip
def test_compat_gradcheck_keeps_nondet_tol(noise: float, options: dict[str, float], right: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    inputs = [torch.randn(s, dtype=torch.float64, generator=generator, requires_grad=True) for s in ((3, 4), (4, 2))]
    assert gradcheck(noisy(noise), inputs, raise_exception=False, **options) == right


def test_compat_gradcheck_says_that_a_backward_is_not_repeatable() -> None:
    inputs = [torch.ones(s, dtype=torch.float64, requires_grad=True) for s in ((3, 4), (4, 2))]
    with pytest.raises(
        RuntimeError, match=r"backward is not repeatable: asked twice for the same, it differs by .*\(nondet_tol=0\)"
    ):
        gradcheck(noisy(1e-9), inputs)
