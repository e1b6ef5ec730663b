"""Kernels on devices: nothing moves without a word, settings of low precision are named and restored, atomics widen error bars.

Where there is no accelerator, a stand-in plays one: tensors that say they lie elsewhere, meet those of the host with an error, have
no float64, and come to the host by `.to("cpu")` alone, which is counted.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from contextlib import contextmanager

import pytest

import jaccli
from jaccli.adapters.frameworks import torch_settings
from jaccli.results.kinds import Outcome

torch = pytest.importorskip("torch", reason="needs jaccli[torch]")

from low_precision_kernels import sine_with_atomics  # noqa: E402

DEVICE = "mps:0"


class Elsewhere(torch.Tensor):
    """A tensor that says it lies on another device."""

    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(
            cls, inner.shape, strides=inner.stride(), storage_offset=inner.storage_offset(), dtype=inner.dtype,
            requires_grad=False,
        )  # fmt: skip

    def __init__(self, inner):
        self.inner = inner

    @property
    def device(self):
        return torch.device(DEVICE)

    def numpy(self, *args, **kwargs):
        raise TypeError("can't convert a tensor of a device to numpy; use .cpu() first")

    def __repr__(self):
        return f"Elsewhere({self.inner})"

    @classmethod
    def __torch_dispatch__(cls, op, types, args=(), kwargs=None):

        def inner(value):
            if isinstance(value, Elsewhere):
                return value.inner
            if isinstance(value, torch.Tensor) and value.dim():
                raise RuntimeError("Expected all tensors to be on the same device, but found cpu and mps:0")
            return value

        def outer(value):
            if not isinstance(value, torch.Tensor):
                return value
            if value.dtype == torch.float64:
                raise TypeError("the device has no float64")
            return cls(value)

        tree = torch.utils._pytree
        kwargs = {name: value for name, value in (kwargs or {}).items() if name != "device"}
        return tree.tree_map(outer, op(*tree.tree_map(inner, args), **tree.tree_map(inner, kwargs)))


class Machine(torch.overrides.TorchFunctionMode):
    """What moves tensors between the host and the device, and counts them."""

    def __init__(self):
        super().__init__()
        self.moved = Counter()

    def __torch_function__(self, fn, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if fn is torch.Tensor.to:
            where = [str(a) for a in (*args[1:], kwargs.get("device")) if isinstance(a, (str, torch.device))]
            if where and where[0] == "cpu" and isinstance(args[0], Elsewhere):
                self.moved["to host"] += 1
                return args[0].detach().inner.clone()
            if where and where[0] == DEVICE and not isinstance(args[0], Elsewhere):
                if args[0].dtype == torch.float64:
                    raise TypeError("the device has no float64")
                self.moved["to device"] += 1
                return Elsewhere(args[0].detach().clone())
        if str(kwargs.get("device")) == DEVICE:
            return Elsewhere(fn(*args, **{**kwargs, "device": "cpu"}))
        return fn(*args, **kwargs)


def kernel(seen, factor=1.0):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            seen.append(("forward", str(x.device), x.dtype))
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, y_bar):
            seen.append(("backward", str(y_bar.device), y_bar.dtype))
            return factor * 2 * ctx.saved_tensors[0] * y_bar

    return Square.apply


def test_a_device_without_doubles_is_judged_by_a_reference_on_the_host_and_that_is_said():
    torch.manual_seed(0)
    seen, places = [], []

    def plain(x):
        places.append((str(x.device), x.dtype))
        return x * x

    with Machine() as machine:
        x = torch.randn(8, 16).to(DEVICE)
        report = jaccli.gradcheck(kernel(seen), x, reference=plain)
        wrong = jaccli.gradcheck(kernel([], 1.001), x, reference=plain)
    assert report.ok
    (said,) = [check for check in report.checks if check.of == "device"]
    assert said.outcome == Outcome.SKIPPED
    assert said.message == (
        "`x` is on mps:0, where the function ran; the reference ran on the host, since that has no float64. "
        "Points and cotangents were made on the host, and what both returned was copied there to be compared"
    )
    assert {where for _, where, _ in seen} == {DEVICE}
    assert {dtype for _, _, dtype in seen} == {torch.float32}
    assert set(places) == {("cpu", torch.float64), (DEVICE, torch.float32)}  # in float32 for what the formula loses
    assert machine.moved["to host"] >= 16
    (failed,) = [check for check in wrong.checks if check.outcome == Outcome.FAIL]
    assert (failed.wrt, failed.code) == ("x", "JAC102")


def test_layouts_stay_on_the_device():
    torch.manual_seed(0)
    seen = []
    with Machine():
        x = torch.randn(4, 6).to(DEVICE)
        report = jaccli.gradcheck(kernel(seen), x, reference=lambda x: x * x, layouts=True)
    assert report.ok
    assert {where for _, where, _ in seen} == {DEVICE}
    for layout in ("transposed", "strided", "unaligned", "expanded"):
        assert any(check.target.endswith(f"(inputs {layout})") for check in report.checks)


def test_a_tensor_without_numbers_is_refused():
    report = jaccli.gradcheck(torch.sin, torch.zeros(3, device="meta"))
    assert report.checks[0].message == "input `x` is on the device meta, which holds no numbers" or (
        "meta" in report.checks[0].message
    )


# --- settings


@contextmanager
def tensor_float(word="high"):
    before = torch.get_float32_matmul_precision()
    own = {path: torch_settings._value(torch, path) for path in ("cuda.matmul", "mkldnn.matmul")}
    torch.set_float32_matmul_precision(word)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
        for path, value in own.items():
            torch_settings._at(torch, path).fp32_precision = value


def state():
    paths = [path for paths in torch_settings.SINGLE.values() for path in paths]
    return torch.get_float32_matmul_precision(), [torch_settings._value(torch, path) for path in paths]


@pytest.mark.parametrize("raises", [False, True])
@pytest.mark.parametrize("word", ["highest", "high", "medium"])
def test_settings_are_off_inside_and_restored_whatever_happens(word, raises):
    with tensor_float(word):
        before = state()
        products = torch.backends.cuda.matmul
        sums = products.allow_bf16_reduced_precision_reduction
        with pytest.raises(ZeroDivisionError) if raises else tensor_float(word), torch_settings.finely(torch):
            assert state()[0] == "highest"
            assert set(state()[1]) <= set(torch_settings.FINE)
            assert not products.allow_bf16_reduced_precision_reduction
            if raises:
                raise ZeroDivisionError
        assert state() == before
        assert products.allow_bf16_reduced_precision_reduction == sums


def ten_bits(a):
    """Return float32 rounded to ten bits, as TF32 has them, with no other dtype on the way."""
    return ((a.contiguous().view(torch.int32) + 0x1000) & ~0x1FFF).view(torch.float32)


def rounding_matmul():
    """A product that rounds its operands to ten bits while the setting says so, as a device with TF32 does."""

    def rounded(a):
        coarse = torch.get_float32_matmul_precision() != "highest" and a.dtype == torch.float32
        return ten_bits(a) if coarse else a

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return rounded(x) @ rounded(w)

        @staticmethod
        def backward(ctx, y_bar):
            x, w = ctx.saved_tensors
            return rounded(y_bar) @ rounded(w).T, rounded(x).T @ rounded(y_bar)

    return Product.apply


def test_tf32_is_named_with_its_setting_and_the_reference_runs_without():
    torch.manual_seed(0)
    given = torch.randn(16, 32), torch.randn(32, 8)
    words = []

    def plain(x, w):
        words.append(torch.get_float32_matmul_precision())
        return rounding_matmul()(x, w)

    with tensor_float("high"):
        report = jaccli.gradcheck(rounding_matmul(), given, reference=plain)
        assert torch.get_float32_matmul_precision() == "high"
        lenient = jaccli.gradcheck(rounding_matmul(), given, reference=plain, rtol=0.05)
    assert set(words) == {"highest"}
    assert {check.outcome for check in report.checks} == {Outcome.INCONCLUSIVE}
    assert all("TF32 (torch.backends." in check.message and "= 'tf32'" in check.message for check in report.checks)
    assert lenient.ok
    assert all("within the rounding of TF32 (torch.backends." in check.guarantee for check in lenient.checks)
    without = jaccli.gradcheck(rounding_matmul(), given, reference=plain)
    assert without.ok
    assert "TF32" not in without.checks[0].guarantee


def test_an_error_beyond_tf32_fails_though_the_setting_is_on():
    torch.manual_seed(0)
    given = torch.randn(16, 32), torch.randn(32, 8)
    right = rounding_matmul()
    with tensor_float("high"):
        report = jaccli.gradcheck(lambda x, w: 1.01 * right(x, w), given, reference=lambda x, w: x @ w)
    assert {check.outcome for check in report.checks} == {Outcome.FAIL}


def test_ten_bits_without_such_a_setting_fail_and_are_named():
    class Ten(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return x @ w

        @staticmethod
        def backward(ctx, y_bar):
            x, w = map(ten_bits, ctx.saved_tensors)
            return ten_bits(y_bar) @ w.T, x.T @ ten_bits(y_bar)

    torch.manual_seed(0)
    report = jaccli.gradcheck(Ten.apply, (torch.randn(16, 32), torch.randn(32, 8)), reference=lambda x, w: x @ w)
    failed = [check for check in report.checks if check.wrt]
    assert {check.outcome for check in failed} == {Outcome.FAIL}
    assert all("near 2^-11 of the values: TF32" in check.help for check in failed)


# --- atomics


@pytest.mark.parametrize("ulps", [1, 4, 64])
def test_the_spread_of_identical_calls_is_said_in_ulps(ulps):
    def moved(exact, generator):
        step = torch.randint(-ulps, ulps + 1, exact.shape, generator=generator)
        return exact + step * torch.ldexp(torch.ones(()), torch.frexp(exact)[1] - 24)

    x = torch.linspace(0.1, 1.0, 64)
    (check,) = [c for c in jaccli.gradcheck(sine_with_atomics(moved), x, reference=torch.sin).checks if c.wrt]
    assert check.outcome == Outcome.PASS
    said = float(check.guarantee.split("differ by up to ")[1].split(" ulp")[0])
    assert ulps <= said <= 3 * ulps
    assert "as by atomics" in check.guarantee


# --- a second device of JAX, and real ones

TWO = """
import os
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
import jax, jax.numpy as jnp, jaccli
other = jax.devices()[1]
seen = set()
@jax.custom_vjp
def square(x):
    return x * x
def forward(x):
    return square(x), x
def backward(x, y_bar):
    for a in (x, y_bar):
        if not isinstance(a, jax.core.Tracer):
            seen.update(a.devices())
    return (2 * x * y_bar,)
square.defvjp(forward, backward)
x = jax.device_put(jnp.linspace(0.5, 2.0, 16), other)
report = jaccli.gradcheck(square, x, reference=lambda x: x * x)
print(report.ok, seen == {other}, [c.message for c in report.checks if c.of == "device"])
"""


def test_arrays_of_jax_stay_on_their_device():
    pytest.importorskip("jax", reason="needs jaccli[jax]")
    done = subprocess.run([sys.executable, "-c", TWO], capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout.startswith(
        "True True ['`x` is on cpu:1, where the function ran; the reference ran there too."
    ), done.stdout + done.stderr


def accelerator():
    if torch.cuda.is_available():
        return "cuda"
    if torch.backends.mps.is_available():
        return "mps"
    return "xpu" if hasattr(torch, "xpu") and torch.xpu.is_available() else ""


needs_device = pytest.mark.skipif(not accelerator(), reason="there is no accelerator that PyTorch sees")


@pytest.mark.gpu
@needs_device
@pytest.mark.parametrize("factor", [1.0, 1.001])
def test_a_kernel_on_an_accelerator(factor):
    torch.manual_seed(0)
    x = torch.randn(8, 64).to(accelerator())
    report = jaccli.gradcheck(kernel([], factor), x, reference=lambda x: x * x)
    assert report.ok == (factor == 1.0)
    assert any(check.of == "device" for check in report.checks)


@pytest.mark.gpu
@needs_device
def test_atomics_of_an_accelerator_are_within_their_spread():
    torch.manual_seed(0)
    index = torch.randint(0, 4, (4096,)).to(accelerator())
    table = torch.randn(4, 64).to(accelerator())
    report = jaccli.gradcheck(lambda table: table[index], table, reference=lambda table: table[index])
    assert report.ok
