"""PyTorch's gradcheck under its own signature: what its tolerances let through fails here, what they reject passes."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from jaccli.compat.torch import gradcheck, gradgradcheck

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
GradcheckError = torch.autograd.gradcheck.__globals__["GradcheckError"]


def point(*values: float) -> Any:
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def square(backward: Any, forward: Any = torch.square) -> Any:
    def run(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return forward(x)

    rules = {
        "forward": staticmethod(run),
        "backward": staticmethod(lambda ctx, y_bar: backward(ctx.saved_tensors[0], y_bar)),
    }
    return type("Square", (torch.autograd.Function,), rules).apply


@pytest.mark.parametrize("ours", [gradcheck, gradgradcheck])
def test_signature_is_pytorchs(ours: Any) -> None:
    theirs = inspect.signature(getattr(torch.autograd, ours.__name__)).parameters.values()
    mine = inspect.signature(ours).parameters.values()
    assert [(p.name, p.kind, p.default) for p in mine] == [(p.name, p.kind, p.default) for p in theirs]


RIGHT = {
    "function": (torch.tanh, (point(0.5, -1.0),)),
    "a bare tensor": (torch.tanh, point(0.5)),
    "a list": (torch.mul, [point(0.5), point(2.0)]),
    "small argument": (torch.sqrt, (point(1e-8),)),
    "small logarithm": (torch.log, (point(1e-6),)),
    "large value": (lambda x: 1e10 + x**2, (point(1e5),)),
    "fast": (lambda x: torch.sin(1e5 * x), (point(0.3),)),
    "kink": (torch.relu, (point(0.0),)),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_gradcheck_is_true_for_what_is_right(name: str) -> None:
    assert gradcheck(*RIGHT[name], check_forward_ad=True) is True


@pytest.mark.parametrize("size", [2.0, 1.001, 1.0005])
def test_gradcheck_raises_what_pytorch_raises(size: float) -> None:
    with pytest.raises(GradcheckError, match="JAC10"):
        gradcheck(square(lambda x, y_bar: 2 * size * x * y_bar), (point(0.5, -1.0),))


def test_gradcheck_returns_false_where_it_must_not_raise() -> None:
    assert gradcheck(square(lambda x, y_bar: x * y_bar), (point(0.5),), raise_exception=False) is False


def test_gradcheck_refuses_inputs_without_gradient() -> None:
    with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
        gradcheck(torch.sin, (torch.ones(2),))


def test_gradcheck_leaves_an_error_below_atol_undecided() -> None:
    with pytest.raises(GradcheckError, match="below atol"):
        gradcheck(square(lambda x, y_bar: 2.0002 * x * y_bar), (point(0.5),), atol=1e-3)


def test_gradcheck_takes_an_rtol() -> None:
    assert gradcheck(square(lambda x, y_bar: 2.0002 * x * y_bar), (point(0.5),), rtol=1e-2)


def test_gradcheck_tolerates_what_nondet_tol_allows() -> None:
    state = iter(range(10**6))
    assert gradcheck(lambda x: x * (1 + 1e-15 * (next(state) % 2)), (point(1.0),), nondet_tol=1e-12)


def test_gradcheck_asks_for_the_forward_mode_it_was_told_to_check() -> None:
    with pytest.raises(GradcheckError, match="no forward mode"):
        gradcheck(square(lambda x, y_bar: 2 * x * y_bar), (point(0.5),), check_forward_ad=True)


def test_gradcheck_compares_batched_gradients() -> None:
    assert gradcheck(torch.sin, (point(0.5, 1.0),), check_batched_grad=True)


@pytest.mark.parametrize("fn", [torch.tanh, lambda x: torch.softmax(x, 0), lambda x: (x[0] * x[1], x.sum() ** 3)])
def test_gradgradcheck_is_true_for_what_is_right(fn: Any) -> None:
    assert gradgradcheck(fn, (point(0.5, -1.0),))


def test_gradgradcheck_finds_a_second_derivative_that_is_lost() -> None:
    once = square(lambda x, y_bar: 2 * x.detach() * y_bar)
    with pytest.raises(GradcheckError, match="JAC112"):
        gradgradcheck(once, (point(0.5),))
