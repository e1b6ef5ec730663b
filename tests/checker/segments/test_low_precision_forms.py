"""Derivatives in low precision that are given as a matrix or as a jvp, of functions that refuse doubles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli

WRONG = [1.1, 1.3, 0.0, -1.0]


@pytest.fixture(name="x")
def point() -> Any:
    return np.random.default_rng(0).standard_normal(24).astype(np.float16)


def function(x: Any) -> Any:
    assert x.dtype == np.float16
    wide = x.astype(np.float32)
    return (np.tanh(wide) * wide).astype(np.float16)


def slope(x: Any, factor: float) -> Any:
    wide = x.astype(np.float32)
    t = np.tanh(wide)
    return t + np.float32(factor) * wide * (1 - t * t)


def matrix(factor: float) -> Any:
    return lambda x: np.diag(slope(x, factor)).astype(np.float16)


def product(factor: float) -> Any:
    return lambda x, dx: (slope(x, factor) * dx.astype(np.float32)).astype(np.float16)


def doubled(x: Any) -> Any:
    assert x.dtype == np.float16
    return np.float16(2) * x


@pytest.mark.parametrize("form", ["jacobian", "jvp", "vjp"])
def test_right_derivatives_pass_in_every_form(x: Any, form: str) -> None:
    made = matrix(1.0) if form == "jacobian" else product(1.0)
    assert jaccli.gradcheck(function, x, **{form: made}).ok


@pytest.mark.parametrize("form", ["jacobian", "jvp", "vjp"])
@pytest.mark.parametrize("factor", WRONG)
def test_wrong_derivatives_fail_in_every_form(x: Any, form: str, factor: float) -> None:
    made = matrix(factor) if form == "jacobian" else product(factor)
    assert jaccli.gradcheck(function, x, **{form: made}).outcome == "fail"


def test_matrix_for_the_point_alone_is_no_failure(x: Any) -> None:
    here = matrix(1.0)(x)
    assert jaccli.gradcheck(function, x, jacobian=lambda x: here).outcome == "inconclusive"


def test_matrix_of_a_linear_function_passes_and_a_wrong_one_does_not(x: Any) -> None:
    assert jaccli.gradcheck(doubled, x, jacobian=lambda x: 2 * np.eye(24)).ok
    assert not jaccli.gradcheck(doubled, x, jacobian=lambda x: 2.2 * np.eye(24)).ok


def forward_only(factor: float, dtype: Any) -> Any:
    torch = pytest.importorskip("torch", reason="needs jaccli[torch]")

    class Forward(torch.autograd.Function):
        @staticmethod
        def forward(x):
            assert x.dtype == dtype
            wide = x.float()
            return (torch.tanh(wide) * wide).to(dtype)

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_forward(*inputs)

        @staticmethod
        def jvp(ctx, dx):
            wide = ctx.saved_tensors[0].float()
            t = torch.tanh(wide)
            return ((t + factor * wide * (1 - t * t)) * dx.float()).to(dtype)

    return Forward.apply


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32"])
def test_function_with_forward_mode_alone(name: str) -> None:
    torch = pytest.importorskip("torch", reason="needs jaccli[torch]")
    dtype = getattr(torch, name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        x = torch.randn(32, 64).to(dtype)
    report = jaccli.gradcheck(forward_only(1.0, dtype), x)
    assert {(check.tested, check.outcome) for check in report.checks} == {("function", "skipped"), ("forward", "pass")}
    for factor in WRONG:
        assert jaccli.gradcheck(forward_only(factor, dtype), x).outcome == "fail"


def test_function_without_any_rule_is_an_error_that_says_so() -> None:
    torch = pytest.importorskip("torch", reason="needs jaccli[torch]")

    class Nothing(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x**3

    report = jaccli.gradcheck(Nothing.apply, torch.ones(3, dtype=torch.float64))
    (wrong,) = [check for check in report.checks if check.outcome == "error"]
    assert (wrong.code, wrong.help) == ("JAC302", "write a backward, or a jvp for forward mode")
