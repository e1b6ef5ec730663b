"""Two implementations of one function: which of them is wrong, and in which stage of a compiler."""

from __future__ import annotations

import pytest

import jaccli
from jaccli.adapters.compilers import stages
from jaccli.results.kinds import Outcome

torch = pytest.importorskip("torch", reason="needs jaccli[torch]")


def layer(x, w):
    return torch.tanh(x @ w)


class Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        y = torch.tanh(x @ w)
        ctx.save_for_backward(x, w, y)
        return y

    @staticmethod
    def backward(ctx, y_bar):
        x, w, y = ctx.saved_tensors
        z_bar = y_bar * (1 - y * y)
        return z_bar @ w.T, 1.01 * (x.T @ z_bar)


def given(dtype=torch.float32):
    torch.manual_seed(0)
    return torch.randn(4, 8, dtype=dtype), torch.randn(8, 5, dtype=dtype)


def outcomes(report):
    return {(check.target.rpartition(" ")[2], check.wrt): check.outcome for check in report.checks}


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_two_that_agree_pass(dtype):
    report = jaccli.compare(layer, lambda x, w: torch.nn.functional.linear(x, w.T).tanh(), given(dtype))
    assert report.ok
    assert set(outcomes(report)) == {(which, wrt) for which in ("(first)", "(second)") for wrt in ("", "x", "w")}


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_one_that_is_wrong_is_named(dtype):
    report = jaccli.compare(layer, Wrong.apply, given(dtype))
    (failure,) = [check for check in report.checks if check.outcome == Outcome.FAIL]
    assert (failure.wrt, failure.code) == ("w", "JAC102")
    assert failure.help.startswith("first is right, second is wrong; `w` is 1.01 times what it should be")


def test_the_first_may_be_the_one_that_is_wrong():
    report = jaccli.compare(Wrong.apply, layer, given(), reference=layer)
    assert {which for (which, _), outcome in outcomes(report).items() if outcome == Outcome.FAIL} == {"(first)"}


def test_values_that_differ_are_found():
    report = jaccli.compare(layer, lambda x, w: 1.001 * torch.tanh(x @ w), given())
    assert outcomes(report)["(second)", ""] == Outcome.FAIL


def test_stages_of_a_compiler_are_those_up_to_its_backend():
    assert [name for name, _ in stages(layer, "torch", "aot_eager")] == ["eager", "aot_eager"]
    with pytest.raises(jaccli.UsageError, match="PyTorch has no backend inducter; did you mean `inductor`"):
        stages(layer, "torch", "inducter")
    with pytest.raises(
        jaccli.UsageError, match=r"known: eager, aot_eager, inductor(, (?!eager|aot_eager,|inductor)[a-z0-9_]+)*$"
    ):
        stages(layer, "torch", "0")
    with pytest.raises(jaccli.UsageError, match="JAX compiles by jit alone"):
        stages(layer, "jax", "inductor")
    with pytest.raises(jaccli.UsageError, match="functions of numpy are not compiled"):
        stages(layer, "numpy", "jit")


def test_a_compiled_function_is_held_against_itself():
    (name, compiled), *_ = stages(layer, "torch", "eager")
    assert name == "eager"
    assert jaccli.compare(layer, compiled, given()).ok


def test_jit_is_held_against_the_function():
    jax = pytest.importorskip("jax", reason="needs jaccli[jax]")
    ((name, jitted),) = stages(lambda x: jax.numpy.sin(x) * x, "jax", "jit")
    assert name == "jit"
    assert jaccli.compare(lambda x: jax.numpy.sin(x) * x, jitted, jax.numpy.linspace(0.5, 2.0, 16)).ok
