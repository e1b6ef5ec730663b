"""One input judged along random directions beside another judged entry by entry: right passes, a mistake in either fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jaccli

N = 70  # more than the 64 elements that are always moved one by one
RNG = np.random.default_rng(0)
X, W = RNG.standard_normal(N), np.array(1.7)
FORMS = ("vjp", "jvp")


@pytest.fixture(autouse=True)
def _few_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every input of more than 64 elements count as large, and none be judged along segments."""
    monkeypatch.setattr("jaccli.checker.effort.costs.MAX_CALLS", 1)
    monkeypatch.setattr("jaccli.checker.segments.stage.AlongSegments.ask", lambda self, inputs: None)


def routes(report: Any) -> dict[str, set[str]]:
    """Return what judged each input."""
    found: dict[str, set[str]] = {}
    for check in report.checks:
        if check.tested in ("reverse", "forward", *FORMS):
            found.setdefault(check.wrt, set()).add(check.reference_route)
    return found


def squares(x: Any, w: Any) -> Any:
    return (x * x).sum() * w


def in_numpy(at_x: float, at_w: float) -> dict[str, Any]:
    return {
        "vjp": lambda x, w, y_bar: (at_x * 2 * x * w * y_bar, at_w * (x * x).sum() * y_bar),
        "jvp": lambda x, w, dx, dw: at_x * (2 * x * w) @ dx + at_w * (x * x).sum() * dw,
    }


def in_torch(at_x: float, at_w: float) -> tuple[Any, Any]:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")

    class Rule(torch.autograd.Function):
        @staticmethod
        def forward(x: Any, w: Any) -> Any:
            return squares(x, w)

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            x, w = ctx.saved_tensors
            return at_x * 2 * x * w * y_bar, at_w * (x * x).sum() * y_bar

    return Rule.apply, (torch.tensor(X), torch.tensor(W))


def in_jax(at_x: float, at_w: float) -> tuple[Any, Any]:
    jax = pytest.importorskip("jax", reason="JAX is not installed: pip install 'jaccli[jax]'")
    fn = jax.custom_vjp(squares)
    fn.defvjp(
        lambda x, w: (squares(x, w), (x, w)),
        lambda saved, y_bar: (at_x * 2 * saved[0] * saved[1] * y_bar, at_w * (saved[0] ** 2).sum() * y_bar),
    )
    return fn, (jax.numpy.asarray(X), jax.numpy.asarray(W))


def in_autograd(at_x: float, at_w: float) -> tuple[Any, Any]:
    extend = pytest.importorskip("autograd.extend", reason="autograd is not installed: pip install 'jaccli[autograd]'")
    fn = extend.primitive(squares)
    extend.defvjp(
        fn,
        lambda ans, x, w: lambda y_bar: at_x * 2 * x * w * y_bar,
        lambda ans, x, w: lambda y_bar: at_w * (x * x).sum() * y_bar,
    )
    return fn, (X, W)


FRAMEWORKS: dict[str, Callable[[float, float], tuple[Any, Any]]] = {
    "torch": in_torch, "jax": in_jax, "autograd": in_autograd,
}  # fmt: skip


@pytest.mark.parametrize(("at_x", "at_w", "wrong"), [(1, 1, set()), (1.01, 1, {"x"}), (1, 1.01, {"w"})])
@pytest.mark.parametrize("forms", [("vjp",), ("jvp",), FORMS], ids="+".join)
def test_products_of_a_numpy_function_with_a_large_and_a_small_input(
    forms: tuple[str, ...], at_x: float, at_w: float, wrong: set[str]
) -> None:
    given = in_numpy(at_x, at_w)
    report = jaccli.gradcheck(squares, (X, W), **{form: given[form] for form in forms})
    assert {check.wrt for check in report.checks if check.outcome == "fail"} == wrong
    assert routes(report) == {"x": {"directions"}, "w": {"difference"}}


@pytest.mark.parametrize(("at_x", "at_w", "wrong"), [(1, 1, 0), (1.1, 1, 1), (1, 1.1, 1)])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_function_with_a_large_and_a_small_input(
    framework: str, at_x: float, at_w: float, wrong: int
) -> None:
    fn, inputs = FRAMEWORKS[framework](at_x, at_w)
    report = jaccli.gradcheck(fn, inputs, framework=framework)
    assert sum(check.outcome == "fail" for check in report.checks) == wrong
    assert {"directions", "difference"} <= set().union(*routes(report).values())


def test_a_module_of_a_large_weight_and_a_small_bias() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
    x = torch.tensor(RNG.standard_normal((2, 12)))
    report = jaccli.gradcheck(torch.nn.Linear(12, 12).double(), x)
    assert report.ok
    assert routes(report) == {"input": {"difference"}, "weight": {"directions"}, "bias": {"difference"}}


def test_the_plan_counts_calls_and_numbers_and_never_looks_at_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    def no_clock() -> float:
        raise AssertionError("the plan asked for the time")

    from jaccli.adapters import Task, adapt
    from jaccli.checker.effort.costs import large_inputs

    subject = adapt(Task(squares, (X, W), vjp=in_numpy(1, 1)["vjp"]), "numpy")
    monkeypatch.setattr(time, "perf_counter", no_clock)
    assert large_inputs(subject, None, False) == {"x"}


@pytest.mark.parametrize(
    ("limit", "value", "large"),
    [
        ("MAX_CALLS", 20 * N, False),
        ("MAX_CALLS", 20 * N - 1, True),
        ("MAX_NUMBERS", 20 * N * (N + 2), False),
        ("MAX_NUMBERS", 20 * N * (N + 2) - 1, True),
        ("MAX_ENTRIES", N, False),
        ("MAX_ENTRIES", N - 1, True),
    ],
)
def test_each_limit_of_entry_by_entry_holds_at_and_above_it(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int, large: bool
) -> None:
    from jaccli.checker.effort import costs as sampled

    monkeypatch.setattr(sampled, "MAX_CALLS", 1e9)
    monkeypatch.setattr(sampled, limit, value)
    report = jaccli.gradcheck(squares, (X, W), vjp=in_numpy(1, 1)["vjp"])
    assert routes(report)["x"] == {"directions" if large else "difference"}
