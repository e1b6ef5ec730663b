"""JAX's check_grads under its own signature."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from jaccli.compat.jax import check_grads

jax = pytest.importorskip("jax", reason="JAX is not installed: pip install 'jaccli[jax]'")
jnp = jax.numpy
X = np.array([0.5, -1.0], np.float32)


def test_signature_is_jaxs() -> None:
    test_util = pytest.importorskip("jax.test_util", reason="pip install 'jaccli[jax]'")
    theirs = inspect.signature(test_util.check_grads).parameters.values()
    mine = inspect.signature(check_grads).parameters.values()
    assert [(p.name, p.kind, p.default) for p in mine] == [(p.name, p.kind, p.default) for p in theirs]


@pytest.mark.parametrize("order", [1, 2])
def test_check_grads_is_silent_for_what_is_right(order: int) -> None:
    check_grads(jnp.tanh, (X,), order)


def test_check_grads_raises_what_jax_raises() -> None:
    fn = jax.custom_vjp(lambda x: x**3)
    fn.defvjp(lambda x: (x**3, x), lambda x, y_bar: (-3 * x**2 * y_bar,))
    with pytest.raises(AssertionError, match="JAC101"):
        check_grads(fn, (X,), 1, modes=("rev",))


def test_check_grads_finds_a_derivative_that_is_zero_everywhere() -> None:
    fn = jax.custom_jvp(jnp.sin)
    fn.defjvp(lambda x, dx: (fn(*x), 0 * dx[0]))
    with pytest.raises(AssertionError, match="JAC112"):
        check_grads(fn, (np.linspace(0, 1, 40, dtype=np.float32),), 1, modes="fwd")


def test_check_grads_finds_a_second_derivative_that_is_lost() -> None:
    fn = jax.custom_jvp(lambda x: x**3)
    fn.defjvp(lambda x, dx: (fn(*x), 3 * jax.lax.stop_gradient(x[0]) ** 2 * dx[0]))
    check_grads(fn, (X,), 1)
    with pytest.raises(AssertionError, match="JAC112"):
        check_grads(fn, (X,), 2)


def test_check_grads_says_that_there_is_no_forward_mode() -> None:
    fn = jax.custom_vjp(lambda x: x**3)
    fn.defvjp(lambda x: (x**3, x), lambda x, y_bar: (3 * x**2 * y_bar,))
    with pytest.raises(TypeError, match="no forward mode"):
        check_grads(fn, (X,), 1)


def test_check_grads_takes_integers_and_pytrees() -> None:
    def fn(p: Any, i: Any) -> Any:
        return p["W"][i] ** 2

    check_grads(fn, ({"W": X}, np.array(1)), 2)


def test_check_grads_passes_second_derivatives_that_float32_rounds_away() -> None:
    check_grads(jax.nn.sigmoid, (np.array([5.0, -10.0, 20.0], np.float32),), 2)


def test_check_grads_finds_a_factor_in_a_row_that_cancels() -> None:
    fn = jax.custom_jvp(lambda x: 1 - jnp.tanh(x))
    fn.defjvp(lambda x, dx: (fn(*x), -1.5 * (1 - jnp.tanh(x[0]) ** 2) * dx[0]))
    with pytest.raises(AssertionError, match="JAC10"):
        check_grads(fn, (np.array([0.5, 4.0], np.float32),), 1, modes=("fwd",))


@pytest.mark.parametrize(
    ("tolerance", "within", "beyond"),
    [({"rtol": 1e-2}, 1.005, 1.05), ({"atol": 1e-2}, 1.004, 1.05)],
    ids=["rtol", "atol"],
)
def test_check_grads_takes_tolerances(tolerance: dict[str, float], within: float, beyond: float) -> None:
    def cube(size: float) -> Any:
        fn = jax.custom_jvp(lambda x: x**3)
        fn.defjvp(lambda x, dx: (fn(*x), size * 3 * x[0] ** 2 * dx[0]))
        return fn

    check_grads(cube(within), (X[:1],), 1, **tolerance)
    with pytest.raises(AssertionError, match="JAC10"):
        check_grads(cube(beyond), (X[:1],), 1, **tolerance)


@pytest.mark.parametrize("args", [(np.zeros(0, np.float32),), (X,)], ids=["empty", "no modes"])
def test_check_grads_is_silent_where_nothing_is_asked(args: Any) -> None:
    check_grads(jnp.sin, args, 1, modes=("fwd", "rev") if args[0].size == 0 else ())


def test_check_grads_raises_what_the_function_raises() -> None:
    with pytest.raises(ZeroDivisionError, match="by zero"):
        check_grads(lambda x: x / (1 // 0), (X,), 1)


def test_check_grads_names_the_function_and_the_call() -> None:
    fn = jax.custom_jvp(lambda x: x**3)
    fn.defjvp(lambda x, dx: (fn(*x), 3 * jax.lax.stop_gradient(x[0]) ** 2 * dx[0]))

    def cubed(x: Any) -> Any:
        return fn(x)

    with pytest.raises(AssertionError, match=r"(?s)test_compat_jax.py.*rerun: check_grads\(cubed, args, order=2\)"):
        check_grads(cubed, (X,), 2)
