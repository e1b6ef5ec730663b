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


#: Tolerances, and the error that is within them and beyond.
TOLERANCES = {
    "rtol": ({"rtol": 1e-3}, 1.0002, 1.01),
    "rtol of the default": ({"rtol": 0.001}, 1.0005, 1.005),
    "atol": ({"atol": 1e-3}, 1.0005, 1.01),
    "both": ({"atol": 1e-3, "rtol": 1e-2}, 1.005, 1.05),
}


@pytest.mark.parametrize("name", TOLERANCES)
def test_gradcheck_takes_tolerances_as_pytorch_does(name: str) -> None:
    tolerance, within, beyond = TOLERANCES[name]
    answers = [
        check(
            square(lambda x, y_bar, size=size: 2 * size * x * y_bar), (point(0.5),), raise_exception=False, **tolerance
        )
        for check in (gradcheck, torch.autograd.gradcheck)
        for size in (within, beyond)
    ]
    assert answers == [True, False, True, False]


def sparse(layout: str) -> Any:
    return torch.eye(3, dtype=torch.float64).to_sparse(layout=getattr(torch, layout)).requires_grad_()


@pytest.mark.filterwarnings("ignore:Sparse CS:UserWarning")
@pytest.mark.parametrize("layout", ["sparse_coo", "sparse_csr", "sparse_csc"])
def test_gradcheck_takes_sparse_inputs(layout: str) -> None:
    assert gradcheck(lambda a: a.to_dense().sin(), (sparse(layout),), masked=True)


def test_gradcheck_finds_mistakes_by_sparse_inputs() -> None:
    wrong = square(lambda x, y_bar: 2.1 * x * y_bar)
    with pytest.raises(GradcheckError, match="JAC102"):
        gradcheck(lambda a: wrong(a.to_dense() + 1), (sparse("sparse_coo"),), masked=True)


@pytest.mark.parametrize("check", [gradcheck, torch.autograd.gradcheck], ids=["ours", "theirs"])
@pytest.mark.parametrize(
    ("error", "words", "fn", "inputs", "options"),
    [
        (ZeroDivisionError, "by zero", lambda x: 1 / 0, (point(1.0),), {}),
        (ZeroDivisionError, "by zero", lambda x: 1 / 0, (point(1.0),), {"raise_exception": False}),
        (ValueError, "Sparse output is not supported", lambda x: torch.diag(x).to_sparse(), (point(1.0, 2.0),), {}),
        (ValueError, "at least one input tensor to require grad", torch.sin, (torch.ones(2, dtype=torch.float64),), {}),
        (
            AssertionError,
            "check_forward_ad",
            torch.sin,
            (point(1.0),),
            {"check_backward_ad": False, "check_undefined_grad": False},
        ),
        (
            AssertionError,
            "check_batched_grad=True",
            torch.sin,
            (point(1.0),),
            {"check_backward_ad": False, "check_forward_ad": True, "check_batched_grad": True},
        ),
        (RuntimeError, "leaf Variable", lambda x: x.mul_(2), (point(1.0),), {}),
    ],
    ids=["raises", "raises, no exceptions", "sparse output", "no gradient", "no mode", "batched", "in place"],
)
def test_gradcheck_raises_the_error_that_pytorch_raises(
    check: Any, error: type[Exception], words: str, fn: Any, inputs: Any, options: Any
) -> None:
    with pytest.raises(error, match=words):
        check(fn, inputs, **options)


@pytest.mark.parametrize("check", [gradcheck, torch.autograd.gradcheck], ids=["ours", "theirs"])
def test_gradcheck_is_true_where_there_is_nothing_to_differentiate(check: Any) -> None:
    assert check(lambda x: 2 * x, (point(),))
    assert check(lambda x: x[:0], (point(1.0),))


def two(defined: bool) -> Any:
    """Return x², x³ with a backward that takes cotangents that are None, or not."""

    class Two(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            ctx.set_materialize_grads(defined)
            return x**2, x**3

        @staticmethod
        def backward(ctx: Any, one: Any, other: Any) -> Any:
            (x,) = ctx.saved_tensors
            return one * 2 * x + other * 3 * x**2

    return Two.apply


@pytest.mark.parametrize("check", [gradcheck, torch.autograd.gradcheck], ids=["ours", "theirs"])
def test_gradcheck_asks_for_undefined_cotangents(check: Any) -> None:
    assert check(two(True), (point(0.5),))
    with pytest.raises((GradcheckError, TypeError), match=r"NoneType|undefined"):
        check(two(False), (point(0.5),))


def test_gradcheck_compares_batched_forward_gradients() -> None:
    options = {"check_forward_ad": True, "check_batched_forward_grad": True}
    assert gradcheck(torch.mul, (point(0.5, 1.0), point(2.0, -1.0)), **options)


def test_gradgradcheck_takes_cotangents_with_gaps_and_leaves_the_inputs_alone() -> None:
    inputs = (point(0.5, 1.0), torch.ones(2, dtype=torch.float64))
    seen = []

    class Watched(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, y: Any) -> Any:
            return y.clone()

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            seen.append(y_bar.is_contiguous())
            return y_bar.clone()

    assert gradgradcheck(lambda x, b: Watched.apply(x**2 * b), inputs, gen_non_contig_grad_outputs=True)
    assert not all(seen)
    assert [x.requires_grad for x in inputs] == [True, False]


def test_gradgradcheck_names_the_function_and_the_call() -> None:
    once = square(lambda x, y_bar: 2 * x.detach() * y_bar)

    def twice(x: Any) -> Any:
        return once(x)

    with pytest.raises(GradcheckError, match=r"(?s)test_compat_torch.py.*rerun: gradgradcheck\(twice, inputs\)"):
        gradgradcheck(twice, (point(0.5),))


def test_gradcheck_tolerates_what_nondet_tol_allows() -> None:
    state = iter(range(10**6))
    assert gradcheck(lambda x: x * (1 + 1e-15 * (next(state) % 2)), (point(1.0),), nondet_tol=1e-12)


def once(noise: float) -> Any:
    """Return a cube whose backward frees the graph that its forward has made, and is off by so much, each time otherwise."""
    calls = iter(range(1000))

    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.x = x.detach().requires_grad_()
            with torch.enable_grad():
                ctx.y = ctx.x**3
            return ctx.y.detach()

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            return torch.autograd.grad(ctx.y, ctx.x, y_bar)[0] + noise * (next(calls) % 2)

    return Once.apply


def test_gradcheck_calls_forward_again_for_a_backward_that_frees_its_graph() -> None:
    assert gradcheck(once(0.0), (point(2.0, 3.0),)) is True
    with pytest.raises(GradcheckError, match="backward is not repeatable"):
        gradcheck(once(1e-12), (point(2.0, 3.0),))


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
