"""Functions that compute in half precision inside: right derivatives are no failures, planted mistakes are found at that precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli

SKIP = "{0} is not installed: pip install 'jaccli[{1}]'"


def fails(report: Any) -> list[str]:
    return [f"{check.code} {check.id}" for check in report.checks if check.outcome in ("fail", "error")]


def notes(report: Any) -> list[str]:
    return [check.message for check in report.checks if check.tested == "function"]


# --- PyTorch


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch", reason=SKIP.format("PyTorch", "torch"))


def product(torch: Any, factor: float) -> Any:
    """Return x @ w in bfloat16, with a backward of its own that is ``factor`` times the right one."""

    class Product(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Any, w: Any) -> Any:
            ctx.save_for_backward(x, w)
            return (x.bfloat16() @ w.bfloat16()).to(x.dtype)

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            x, w = ctx.saved_tensors
            y_bar = factor * y_bar.bfloat16()
            return (y_bar @ w.bfloat16().T).to(x.dtype), (x.bfloat16().T @ y_bar).to(w.dtype)

    return Product.apply


def autocast_module(torch: Any, last: Any) -> Any:
    """Return two layers under autocast, and what comes after them."""

    class Module(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = torch.nn.Linear(3, 2), torch.nn.Linear(2, 2)

        def forward(self, x: Any) -> Any:
            with torch.autocast("cpu", torch.bfloat16):
                y = self.second(torch.relu(self.first(x)))
            return last(y.float())

    return Module()


def square(torch: Any, factor: float) -> Any:
    class Square(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            return factor * y_bar * 2 * ctx.saved_tensors[0]

    return Square.apply


@pytest.mark.parametrize("seed", range(4))
def test_gradcheck_passes_modules_under_autocast(torch: Any, seed: int) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        report = jaccli.gradcheck(autocast_module(torch, square(torch, 1.0)), torch.randn(4, 3))
    assert not fails(report)


@pytest.mark.parametrize("factor", [1.5, -1.0, 0.5])
def test_gradcheck_finds_a_factor_after_autocast(torch: Any, factor: float) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        report = jaccli.gradcheck(autocast_module(torch, square(torch, factor)), torch.randn(4, 3))
    assert fails(report)


def test_gradcheck_passes_a_product_in_bfloat16(torch: Any) -> None:
    generator = torch.Generator().manual_seed(3)
    x, w = torch.randn(4, 3, generator=generator), torch.randn(3, 2, generator=generator)
    assert not fails(jaccli.gradcheck(product(torch, 1.0), (x, w)))


@pytest.mark.parametrize("factor", [1.5, -1.0, 0.5])
def test_gradcheck_finds_a_factor_in_bfloat16(torch: Any, factor: float) -> None:
    generator = torch.Generator().manual_seed(3)
    x, w = torch.randn(4, 3, generator=generator), torch.randn(3, 2, generator=generator)
    assert fails(jaccli.gradcheck(product(torch, factor), (x, w)))


def test_gradcheck_leaves_doubles_with_bfloat16_inside_undecided(torch: Any) -> None:
    x = torch.tensor([[0.3, -0.7, 1.1]], dtype=torch.float64)
    report = jaccli.gradcheck(product(torch, 1.0), (x, 2 * x.T))
    assert report.outcome == "inconclusive", report
    assert any("computes in bfloat16 inside" in message for message in notes(report))


def test_gradcheck_with_rtol_takes_bfloat16_inside_as_no_objection(torch: Any) -> None:
    x = torch.tensor([[0.3, -0.7, 1.1]], dtype=torch.float64)
    assert jaccli.gradcheck(product(torch, 1.0), (x, 2 * x.T), rtol=0.1).outcome == "pass"


@pytest.mark.parametrize(("factor", "outcome"), [(1.0, "pass"), (1.0001, "fail")])
def test_gradcheck_judges_doubles_beside_rounded_constants_as_doubles(torch: Any, factor: float, outcome: str) -> None:
    table = torch.tensor([0.1, 0.3])  # float32, as constants are by default

    def fn(x: Any) -> Any:
        return torch.sin(2 * table).double() * square(torch, factor)(x)

    assert jaccli.gradcheck(fn, torch.tensor([0.3, 0.7], dtype=torch.float64)).outcome == outcome


# --- JAX


@pytest.fixture
def jax() -> Any:
    return pytest.importorskip("jax", reason=SKIP.format("JAX", "jax"))


def layer(jax: Any, factor: float) -> Any:
    """Return tanh(x @ w) in bfloat16, with a backward of its own that is ``factor`` times the right one."""
    jnp = jax.numpy

    @jax.custom_vjp
    def tanh_of(x: Any, w: Any) -> Any:
        return jnp.tanh(x.astype(jnp.bfloat16) @ w.astype(jnp.bfloat16)).astype(x.dtype)

    def forward(x: Any, w: Any) -> Any:
        y = tanh_of(x, w)
        return y, (x, w, y)

    def backward(kept: Any, y_bar: Any) -> Any:
        x, w, y = kept
        a_bar = (factor * y_bar * (1 - y * y)).astype(jnp.bfloat16)
        return (a_bar @ w.astype(jnp.bfloat16).T).astype(x.dtype), (x.astype(jnp.bfloat16).T @ a_bar).astype(w.dtype)

    tanh_of.defvjp(forward, backward)
    return tanh_of


@pytest.fixture
def matrices() -> tuple[Any, Any]:
    rng = np.random.default_rng(5)
    return rng.normal(size=(4, 3)).astype(np.float32), rng.normal(size=(3, 2)).astype(np.float32)


def test_gradcheck_passes_a_jax_layer_in_bfloat16(jax: Any, matrices: tuple[Any, Any]) -> None:
    assert not fails(jaccli.gradcheck(layer(jax, 1.0), matrices, framework="jax"))


@pytest.mark.parametrize("factor", [1.5, 0.5])
def test_gradcheck_finds_a_factor_of_a_jax_layer_in_bfloat16(
    jax: Any, matrices: tuple[Any, Any], factor: float
) -> None:
    assert fails(jaccli.gradcheck(layer(jax, factor), matrices, framework="jax"))


def test_gradcheck_passes_casts_under_jit(jax: Any) -> None:
    @jax.jit
    def gelu(x: Any) -> Any:
        return jax.nn.gelu(x.astype(jax.numpy.float16)).astype(x.dtype)

    x = np.array([0.3, -1.2, 2.5, 0.7], np.float32)
    report = jaccli.gradcheck(gelu, x, framework="jax")
    assert not fails(report)
    assert any("computes in float16 inside" in message for message in notes(report))


def test_gradcheck_holds_closed_over_weights_to_doubles(jax: Any) -> None:
    w = jax.numpy.asarray(np.random.default_rng(2).normal(size=(5, 5)).astype(np.float32))
    x = np.linspace(-1, 1, 5).astype(np.float32)
    report = jaccli.gradcheck(lambda x: jax.numpy.tanh(w @ x), x, framework="jax")
    assert report.outcome == "pass", report
    assert max(check.error_bar for check in report.checks if check.error_bar) < 1e-8  # of differences in float32: 1e-4


def descent(jax: Any) -> Any:
    """Return the minimum of (y - x)⁴ + y² by gradient descent, as long as it takes: NaN and 1e300 never end."""
    grad = jax.grad(lambda y, x: (y - x) ** 4 + y**2)

    def minimum(x: Any) -> Any:
        return jax.lax.while_loop(lambda y: abs(grad(y, x)) > 1e-12, lambda y: y - 0.05 * grad(y, x), 0.0 * x)

    @jax.custom_vjp
    def solved(x: Any) -> Any:
        return minimum(x)

    def backward(kept: Any, y_bar: Any) -> Any:  # the implicit function theorem
        x, y = kept
        steep = 12 * (y - x) ** 2
        return (y_bar * steep / (steep + 2),)

    def forward(x: Any) -> Any:
        y = minimum(x)
        return y, (x, y)

    solved.defvjp(forward, backward)
    return solved


def test_gradcheck_calls_loops_of_jax_one_point_at_a_time_and_compiled_once(jax: Any) -> None:
    calls = []
    solved = descent(jax)

    def counted(x: Any) -> Any:
        calls.append(isinstance(x, jax.core.Tracer))
        return solved(x)

    with jax.enable_x64(True):
        report = jaccli.gradcheck(counted, np.float64(0.7), framework="jax")
    assert report.outcome == "pass", report
    assert len(calls) < 20  # differences need more points than that


# --- TensorFlow


def test_gradcheck_passes_keras_layers_of_mixed_precision() -> None:
    tf = pytest.importorskip("tensorflow", reason=SKIP.format("TensorFlow", "tensorflow"))
    init = tf.keras.initializers.GlorotUniform(seed=1)
    layer = tf.keras.layers.Dense(2, activation="tanh", dtype="mixed_bfloat16", kernel_initializer=init)
    x = tf.constant(np.random.default_rng(4).normal(size=(4, 3)).astype(np.float32))
    report = jaccli.gradcheck(layer, x)
    assert not fails(report)
    assert {check.code for check in report.checks if check.outcome == "inconclusive"} <= {"JAC201", "JAC203"}
