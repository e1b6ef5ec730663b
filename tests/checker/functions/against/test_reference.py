"""Kernels of low precision against the same mathematics in float64: right ones pass, mistakes fail and are named."""

from __future__ import annotations

import numpy as np
import pytest

import jaccli
from jaccli.results.kinds import Outcome

torch = pytest.importorskip("torch", reason="needs jaccli[torch]")

from low_precision_kernels import sine_with_atomics  # noqa: E402

DTYPES = (torch.bfloat16, torch.float16, torch.float32)


def plain(x, w):
    x = x.float()
    return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-5) * w


def rms(*, term=1.0, scale=1.0, inside=torch.float32, weight=1.0, value=1.0, rows=None):
    """An RMS norm that refuses float64, with its backward by hand, right or with one mistake."""

    class RMS(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            if x.dtype == torch.float64:
                raise RuntimeError("no float64")
            wide, weights = (a.to(inside or a.dtype) for a in (x, w))
            r = torch.rsqrt((wide * wide).mean(-1, keepdim=True) + 1e-5)
            ctx.save_for_backward(x, w, r)
            return (wide * r * weights * value).to(x.dtype)

        @staticmethod
        def backward(ctx, y_bar):
            x, w, r = ctx.saved_tensors
            wide, weights, bar = (a.to(inside or a.dtype) for a in (x, w, y_bar))
            x_hat, g = wide * r, bar * weights
            x_bar = scale * r * (g - term * x_hat * (g * x_hat).mean(-1, keepdim=True))
            if rows is not None:
                x_bar = torch.cat([x_bar[:rows], 1.1 * x_bar[rows : rows + 1], x_bar[rows + 1 :]])
            return x_bar.to(x.dtype), (weight * (bar * x_hat).sum(0)).to(w.dtype)

    return RMS.apply


def inputs(dtype, rows=8, columns=64, seed=0):
    torch.manual_seed(seed)
    return torch.randn(rows, columns).to(dtype), torch.randn(columns).to(dtype)


def by(report, wrt):
    return next(check for check in report.checks if check.wrt == wrt)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("inside", [torch.float32, None])
@pytest.mark.parametrize("seed", range(3))
def test_a_right_kernel_passes(dtype, inside, seed):
    report = jaccli.gradcheck(rms(inside=inside), inputs(dtype, seed=seed), reference=plain)
    assert report.ok
    assert [check.outcome for check in report.checks] == [Outcome.PASS] * 3
    assert all("control: " in check.guarantee for check in report.checks)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("term", [1.3, 1.1, 1.01, 1.001])
def test_one_term_is_found_and_its_line_named(dtype, term):
    report = jaccli.gradcheck(rms(term=term), inputs(dtype), reference=plain)
    check = by(report, "x")
    assert (check.outcome, check.code) == (Outcome.FAIL, "JAC100")
    assert "return x * torch.rsqrt((x * x).mean(-1, keepdim=True)" in check.help
    assert float(check.help.split(" is ")[1].split(" times")[0]) == pytest.approx(term, abs=0.1 * (term - 1))
    assert by(report, "w").outcome == by(report, "").outcome == Outcome.PASS


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("mistake", "wrt", "code", "words"),
    [
        ({"scale": 0.0}, "x", "JAC112", "`x` is zero throughout"),
        ({"scale": -1.0}, "x", "JAC101", "`x` has the wrong sign"),
        ({"scale": 1.01}, "x", "JAC102", "`x` is 1.01 times what it should be"),
        ({"weight": 0.5}, "w", "JAC102", "`w` is 0.5 times what it should be"),
        ({"term": 0.0}, "x", "JAC100", " is missing (z = "),
        ({"value": 1.01}, "", "JAC102", "`y` is 1.01 times what it should be"),
    ],
)
def test_mistakes_are_named(dtype, mistake, wrt, code, words):
    check = by(jaccli.gradcheck(rms(**mistake), inputs(dtype), reference=plain), wrt)
    assert (check.outcome, check.code) == (Outcome.FAIL, code)
    assert words in check.help


def test_a_row_that_is_off_by_itself_is_found():
    check = by(jaccli.gradcheck(rms(rows=5), inputs(torch.bfloat16), reference=plain), "x")
    assert check.outcome == Outcome.FAIL
    assert "axis 0 is 5" in check.help


def test_a_kernel_in_low_precision_throughout_hides_a_thousandth_and_says_so():
    check = by(jaccli.gradcheck(rms(term=1.0001, inside=None), inputs(torch.bfloat16), reference=plain), "x")
    assert check.outcome == Outcome.PASS
    assert check.detectable > 1e-3  # what it claims to have seen is not less than what it missed
    assert "what it computes on the way as well" in check.guarantee


@pytest.mark.parametrize("size", [1, 2, 8, 512, 4096])
def test_what_is_claimed_to_be_visible_is_seen(size):
    """A factor just above the smallest that a pass says it would have seen fails, at every size."""
    given = inputs(torch.bfloat16, rows=4, columns=size)
    right = by(jaccli.gradcheck(rms(), given, reference=plain), "x")
    if right.outcome != Outcome.PASS:
        assert size == 1  # of one number next to nothing is left of the derivative
        return
    wrong = by(jaccli.gradcheck(rms(scale=1 + 2 * right.detectable), given, reference=plain), "x")
    assert wrong.outcome == Outcome.FAIL


def test_a_wrong_reference_is_told_apart():
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return torch.sin(x)

        @staticmethod
        def backward(ctx, y_bar):
            return y_bar * 0.5

    class Right(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return torch.sin(x.float()).to(x.dtype)

        @staticmethod
        def backward(ctx, y_bar):
            return (y_bar.float() * torch.cos(ctx.saved_tensors[0].float())).to(y_bar.dtype)

    x = torch.linspace(0.1, 1.0, 8, dtype=torch.bfloat16)
    report = jaccli.gradcheck(Right.apply, x, reference=Wrong.apply)
    about = [check for check in report.checks if check.help.startswith("this is about the reference, not the kernel")]
    assert about
    assert all(check.outcome == Outcome.FAIL for check in about)


def test_a_kernel_that_differs_between_calls_widens_its_error_bar():
    def moved(exact, generator):
        return exact * (1 + torch.randn(exact.shape, generator=generator) * 2.0**-21)

    x = torch.linspace(0.1, 1.0, 64)
    check = by(jaccli.gradcheck(sine_with_atomics(moved), x, reference=torch.sin), "x")
    assert check.outcome == Outcome.PASS
    assert "calls with identical inputs differ by up to" in check.guarantee


def test_single_precision_that_loses_eleven_bits_is_called_by_its_name():
    class Tensor32(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return x @ w

        @staticmethod
        def backward(ctx, y_bar):
            x, w = (a.half().float() for a in ctx.saved_tensors)  # ten bits, as TF32 has
            return y_bar.half().float() @ w.T, x.T @ y_bar.half().float()

    torch.manual_seed(0)
    given = torch.randn(16, 32), torch.randn(32, 8)
    report = jaccli.gradcheck(Tensor32.apply, given, reference=lambda x, w: x @ w)
    assert by(report, "x").outcome != Outcome.PASS or "TF32" in by(report, "x").guarantee


@pytest.mark.parametrize("integers", [True, False])
def test_other_names_and_integer_inputs_are_taken_by_their_order(integers):
    class Gather(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *args):
            table, index = args
            ctx.save_for_backward(index)
            ctx.rows = len(table)
            return table[index]

        @staticmethod
        def backward(ctx, y_bar):
            (index,) = ctx.saved_tensors
            return torch.zeros(ctx.rows, y_bar.shape[1], dtype=y_bar.dtype).index_add(0, index, y_bar), None

    torch.manual_seed(0)
    given = torch.randn(6, 16).half(), torch.tensor([0, 3, 5, 3]) if integers else torch.arange(4)
    assert jaccli.gradcheck(Gather.apply, given, reference=lambda embedding, tokens: embedding[tokens]).ok


def test_a_reference_of_other_shapes_is_an_error_with_both():
    report = jaccli.gradcheck(rms(), inputs(torch.bfloat16), reference=lambda x, w: (x * w).sum(-1))
    (check,) = report.checks[:1]
    assert check.outcome == Outcome.ERROR
    assert check.message == "the reference has the outputs `y` (8,), the function has `y` (8, 64)"


def test_what_makes_no_sense_is_refused():
    with pytest.raises(jaccli.UsageError, match="'reference' must be a function called like"):
        jaccli.gradcheck(rms(), inputs(torch.bfloat16), reference=3)
    with pytest.raises(jaccli.UsageError, match="'reference' is for a framework's own derivatives"):
        jaccli.gradcheck(np.sin, np.ones(2), vjp=lambda x, y_bar: y_bar, reference=np.sin)
    for option in ({"atol": 1e-9}, {"full": True}, {"directions": 4}):
        with pytest.raises(jaccli.UsageError, match="leave 'atol', 'full' and 'directions' out"):
            jaccli.gradcheck(rms(), inputs(torch.bfloat16), reference=plain, **option)


def test_jax_kernels_are_held_against_a_reference_too():
    jax = pytest.importorskip("jax", reason="needs jaccli[jax]")
    jnp = jax.numpy

    def make(factor):
        @jax.custom_vjp
        def kernel(x):
            return (x.astype(jnp.float32) ** 3).astype(x.dtype)

        def forward(x):
            return kernel(x), x

        def backward(x, y_bar):
            wide = x.astype(jnp.float32)
            return ((factor * 3 * wide**2 * y_bar.astype(jnp.float32)).astype(x.dtype),)

        kernel.defvjp(forward, backward)
        return kernel

    x = jnp.linspace(0.5, 2.0, 64).astype(jnp.bfloat16)
    assert jaccli.gradcheck(make(1.0), x, reference=lambda x: x**3).ok
    wrong = jaccli.gradcheck(make(1.01), x, reference=lambda x: x**3)
    assert by(wrong, "x").code == "JAC102"
