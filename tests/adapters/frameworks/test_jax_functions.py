"""JAX's functions of pytrees, with custom rules and under jit: planted mistakes fail by name, right derivatives pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli

jax = pytest.importorskip("jax", reason="JAX is not installed: pip install 'jaccli[jax]'")
jnp = jax.numpy

X = np.array([0.5, -1.0, 2.0], np.float32)
W = np.array([[0.3, -0.7, 1.1], [0.2, 0.9, -0.4]], np.float32)


def by_reverse(backward: Any) -> Any:
    fn = jax.custom_vjp(lambda x: x**3)
    fn.defvjp(lambda x: (x**3, x), lambda x, y_bar: (backward(x, y_bar),))
    return fn


def by_forward(rule: Any) -> Any:
    fn = jax.custom_jvp(lambda x: x**3)
    fn.defjvp(lambda x, dx: (fn(x[0]), rule(x[0], dx[0])))
    return fn


def codes(report: Any) -> set[str | None]:
    return {check.code for check in report.checks if check.outcome in ("fail", "error", "inconclusive")}


#: (function, inputs)
RIGHT: dict[str, tuple[Any, Any]] = {
    "function": (jnp.tanh, X),
    "number": (lambda x: jnp.sin(x), 0.5),
    "under jit": (jax.jit(lambda W, x: jnp.tanh(W @ x)), (W, X)),
    "pytree": (lambda p: {"y": p["W"] @ p["x"][0], "n": 3}, ({"W": W, "x": (X,)},)),
    "order of a mapping": (lambda x, W: W @ x, {"x": X, "W": W}),
    "static argument": (lambda x, axis: jnp.cumsum(x, axis), (W, 1)),
    "integer input": (lambda W, i: W[i], (W, np.array([0, 1, 1]))),
    "random key": (lambda key, x: x * jax.random.normal(key, (3,)), (jax.random.key(0), X)),
    "complex": (lambda z: z * z + jnp.conj(z), X + 1j * X[::-1]),
    "bfloat16": (lambda x: jax.nn.softmax(x), jnp.asarray(X, jnp.bfloat16)),
    "a custom vjp": (by_reverse(lambda x, y_bar: 3 * x**2 * y_bar), X),
    "a custom jvp": (by_forward(lambda x, dx: 3 * x**2 * dx), X),
    "a donated argument": (jax.jit(lambda x: x * 2, donate_argnums=0), jnp.asarray(X)),
    "a loop that ends near the point alone": (lambda x: jax.lax.while_loop(lambda c: c[2] < 3, lambda c: c * 1.5, x), X[::-1] + 1),
    "no reverse mode": (lambda x: jax.lax.while_loop(lambda c: c[2] < 3, lambda c: c * 1.5, x), X + 0.1),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_gradcheck_passes_what_is_right(name: str) -> None:
    report = jaccli.gradcheck(*RIGHT[name], framework="jax")
    assert report.ok, jaccli.report_text(report)


#: (function, inputs, code)
WRONG: dict[str, tuple[Any, Any, str]] = {
    "sign": (by_reverse(lambda x, y_bar: -3 * x**2 * y_bar), X, "JAC101"),
    "factor": (by_reverse(lambda x, y_bar: 2 * x**2 * y_bar), X, "JAC102"),
    "0.5 % off": (by_reverse(lambda x, y_bar: 3.015 * x**2 * y_bar), X, "JAC102"),
    "cotangent ignored": (by_reverse(lambda x, y_bar: 3 * x**2), X, "JAC115"),
    "one index": (by_reverse(lambda x, y_bar: 3 * x**2 * y_bar * (1 + 0.01 * jnp.eye(3)[1])), X, "JAC100"),
    "wrong shape": (by_reverse(lambda x, y_bar: jnp.ones(4)), X, "JAC305"),
    "wrong dtype": (by_reverse(lambda x, y_bar: (3 * x**2 * y_bar).astype(jnp.float16)), X, "JAC305"),
    "rule raises": (by_reverse(lambda x, y_bar: 1 / 0), X, "JAC302"),
    "jvp's sign": (by_forward(lambda x, dx: -3 * x**2 * dx), X, "JAC101"),
    "detached": (lambda x: jax.lax.stop_gradient(x) ** 2, X, "JAC112"),
    "bfloat16": (by_reverse(lambda x, y_bar: -3 * x**2 * y_bar), jnp.asarray(X, jnp.bfloat16), "JAC101"),
    "returns None": (lambda x: None, X, "JAC303"),
    "integers": (lambda x: x, np.arange(3), "JAC304"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", WRONG)
def test_gradcheck_names_what_is_wrong(name: str) -> None:
    fn, inputs, code = WRONG[name]
    report = jaccli.gradcheck(fn, inputs, framework="jax")
    assert code in codes(report), jaccli.report_text(report)


def test_gradcheck_tells_jax_by_what_the_function_names() -> None:
    assert jaccli.gradcheck(lambda x: jnp.sin(x), X).ok


def test_gradcheck_leaves_double_precision_switched_off() -> None:
    jaccli.gradcheck(jnp.tanh, X, framework="jax")
    assert jnp.ones(1).dtype == jnp.float32


def test_gradcheck_takes_no_far_steps_where_a_compiled_loop_may_not_end() -> None:
    fn = lambda x: jax.lax.while_loop(lambda c: c[0] > 0, lambda c: (c[0] - 1, c[1] * x), (3 + 0 * x, 1.0))[1]  # noqa: E731
    assert jaccli.gradcheck(fn, np.float64(1.5), framework="jax").ok
