"""Kernels where there is little to see: zeros, no elements, eight bits, double precision, entries below rounding; and what is said."""

from __future__ import annotations

import numpy as np
import pytest

import jaccli
from jaccli.results.kinds import Outcome

torch = pytest.importorskip("torch", reason="needs jaccli[torch]")

from low_precision_kernels import kernel  # noqa: E402

DTYPES = (torch.bfloat16, torch.float16, torch.float32)


def by(report, wrt):
    return next(check for check in report.checks if check.wrt == wrt)


SMALL = {
    "softmax": lambda x: torch.softmax(x, -1),
    "cancelling": lambda x: x.sum(-1) - 0.9 * x.sum(-1),
    "tiny": lambda x: 1e-4 * torch.sin(x),
    "sums": lambda x: (x - x.mean(-1, keepdim=True)).sum(-1) + x[..., 0],
}


@pytest.mark.parametrize("shape", [(2,), (1, 3), (8, 16)])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", SMALL)
def test_zeros_are_found_always(name, dtype, shape):
    torch.manual_seed(0)
    x = torch.randn(*shape).to(dtype)
    report = jaccli.gradcheck(kernel(SMALL[name], torch.zeros_like), x, reference=SMALL[name])
    check = by(report, "x")
    assert (check.outcome, check.code) == (Outcome.FAIL, "JAC112")
    assert "`x` is zero throughout" in check.help


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_zeros_that_the_formula_gives_in_that_format_are_open_and_said(dtype):
    x = torch.full((4, 8), 12.0, dtype=dtype)
    report = jaccli.gradcheck(kernel(torch.tanh, inside=dtype), x, reference=torch.tanh)
    check = by(report, "x")
    assert check.outcome in (Outcome.INCONCLUSIVE, Outcome.PASS)
    if check.outcome == Outcome.INCONCLUSIVE:
        assert (
            "unseen" in check.message
            or "zero throughout, as its formula gives in" in check.message
            or "hides" in check.message
        )


@pytest.mark.parametrize("scale", [1.0, 5.0, 12.0])
def test_in_double_precision_the_formula_may_lose_what_the_reference_does(scale):
    """1 - tanh² and the square of 1 / cosh differ by far more than their conditions where tanh is nearly 1."""
    torch.manual_seed(0)
    x = scale * torch.randn(4, 8, dtype=torch.float64)

    class Tanh(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return torch.tanh(x)

        @staticmethod
        def backward(ctx, y_bar):
            return y_bar / torch.cosh(ctx.saved_tensors[0]) ** 2

    assert jaccli.compare(torch.tanh, Tanh.apply, x).outcome != Outcome.FAIL
    wrong = jaccli.compare(torch.tanh, lambda x: Tanh.apply(x) + 1e-6 * x, x)
    assert wrong.outcome == Outcome.FAIL


def test_entries_below_their_rounding_are_said_to_be_unseen():
    x = torch.linspace(0.5, 1.5, 64)

    def plain(x):
        return torch.cat([x[:32] * 3, x[32:] + 1e-9 * x[:32]])

    check = by(jaccli.gradcheck(lambda x: plain(x), x, reference=plain), "x")
    assert check.outcome == Outcome.PASS

    def cancelling(x):  # each entry by which the sums nearly cancel
        return (x * 1e4).sum() - (x * (1e4 - 1e-4)).sum()

    check = by(jaccli.gradcheck(lambda x: cancelling(x), x, reference=cancelling), "x")
    assert check.outcome != Outcome.FAIL
    if check.outcome == Outcome.PASS:
        assert "unseen" in check.guarantee


def forgetful(mistake):
    class Weight(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return x * w

        @staticmethod
        def backward(ctx, y_bar):
            x, w = ctx.saved_tensors
            if mistake == "raises" and not len(x):
                raise RuntimeError("invalid configuration argument")
            w_bar = (y_bar * x).sum(0)
            return y_bar * w, torch.full_like(w, 7.0) if mistake == "leftover" and not len(x) else w_bar

    return Weight.apply


@pytest.mark.parametrize(
    ("mistake", "words"),
    [("", ""), ("raises", "without elements raised RuntimeError"), ("leftover", "the cotangent of `w` is not zero")],
)
def test_a_batch_of_no_rows_is_asked_for_its_cotangents(mistake, words):
    w = torch.ones(3)
    report = jaccli.gradcheck(forgetful(mistake), (torch.zeros(0, 3), w), reference=lambda x, w: x * w)
    assert report.checks[0].outcome == (Outcome.ERROR if mistake else Outcome.PASS)
    assert words in report.checks[0].message


@pytest.mark.parametrize("raises", [False, True])
def test_a_kernel_of_nothing_at_all_is_called(raises):
    def fn(x):
        if raises and not x.numel():
            raise RuntimeError("invalid configuration argument")
        return x * x

    report = jaccli.gradcheck(fn, torch.zeros(0, 3), reference=lambda x: x * x)
    assert report.checks[0].outcome == (Outcome.ERROR if raises else Outcome.PASS)


def test_floats_of_eight_bits_are_held_fixed_and_said_to_be_no_input_alone():
    torch.manual_seed(0)
    q = torch.randn(4, 8).to(torch.float8_e4m3fn)
    x = torch.randn(4, 8).to(torch.bfloat16)

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, q, x):
            ctx.save_for_backward(q)
            return (q.float() * x.float()).to(x.dtype)

        @staticmethod
        def backward(ctx, y_bar):
            return None, (y_bar.float() * ctx.saved_tensors[0].float()).to(y_bar.dtype)

    report = jaccli.gradcheck(Scaled.apply, (q, x), reference=lambda q, x: q.to(x.dtype) * x)
    assert report.ok, report.checks
    assert {check.wrt for check in report.checks} == {"", "x"}
    alone = jaccli.gradcheck(lambda q: q.float() * 2, q, reference=lambda q: q.float() * 2).checks[0]
    assert (alone.outcome, alone.code) == (Outcome.ERROR, "JAC304")
    assert "float8_e4m3fn" in alone.message
    assert "eight bits" in alone.help


@pytest.mark.parametrize(("one", "other"), [(0.101, 0.1), (0.1, 0.0996), (0.149, 0.1)])
def test_numbers_that_look_alike_are_told_apart(one, other):
    from jaccli.checker.functions.against.words import _told_apart

    words = _told_apart(one, other)
    assert words[0] != words[1]


def test_a_term_of_jax_is_named_with_its_line():
    jax = pytest.importorskip("jax", reason="needs jaccli[jax]")
    jnp = jax.numpy

    inner = jax.jit(lambda x, r, w: jax.nn.relu(x * r * w + 3.0))  # made once: a new one is compiled at every call

    def plain(x, w):
        r = jax.lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + 1e-5)
        return inner(x, r, w)

    def make(term):
        @jax.custom_vjp
        def fn(x, w):
            return plain(*(a.astype(jnp.float32) for a in (x, w))).astype(x.dtype)

        def backward(res, y_bar):
            x, w = (a.astype(jnp.float32) for a in res)
            r = jax.lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + 1e-5)
            x_hat = x * r
            bar = jnp.where(x_hat * w + 3.0 > 0, y_bar.astype(jnp.float32), 0.0)
            g = bar * w
            x_bar = r * (g - term * x_hat * jnp.mean(g * x_hat, -1, keepdims=True))
            return x_bar.astype(res[0].dtype), (bar * x_hat).sum(0).astype(res[1].dtype)

        fn.defvjp(lambda x, w: (fn(x, w), (x, w)), backward)
        return fn

    rng = np.random.default_rng(0)
    given = tuple(jnp.asarray(rng.normal(size=shape), jnp.bfloat16) for shape in ((8, 64), (64,)))
    assert jaccli.gradcheck(make(1.0), given, reference=plain).ok
    for term, words in ((1.01, " is 1.01 times what it should be"), (0.0, " is missing")):
        check = by(jaccli.gradcheck(make(term), given, reference=plain), "x")
        assert check.outcome == Outcome.FAIL
        assert "r = jax.lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + 1e-5)" in check.help
        assert words in check.help
