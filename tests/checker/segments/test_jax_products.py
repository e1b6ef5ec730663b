"""JAX's derivatives along segments: mistakes of custom rules are found, right ones pass, and few traces do for both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.types import Array

jax: Any = pytest.importorskip("jax", reason="JAX is not installed: pip install 'jaccli[jax]'")
jnp: Any = jax.numpy

POINTS = {1: [0.7], 2: [0.7, -1.3], 5: [0.7, -1.3, 2.0, 0.4, -0.9]}
TRACES = 21  # calls of a function of two inputs: what sees its form, how far each moves it, reverse, forward, and their batches


@pytest.fixture(autouse=True)
def doubles() -> Any:
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def cube(changed: Callable[[Any, Any, Any], Any]) -> Any:
    """Return x³ with a gradient that was changed: (x, gradient, y_bar) → gradient."""
    fn = jax.custom_vjp(lambda x: x**3)
    fn.defvjp(lambda x: (x**3, x), lambda x, y_bar: (changed(x, 3 * x**2 * y_bar, y_bar),))
    return fn


def judged(changed: Callable[[Any, Any, Any], Any], point: list[float]) -> tuple[str, str]:
    report = jaccli.gradcheck(cube(changed), jnp.asarray(point))
    (check,) = [check for check in report.checks if check.tested == "reverse"]
    return str(check.outcome), str(check.reference_route)


@pytest.mark.parametrize("size", POINTS)
def test_a_right_rule_passes_along_segments(size: int) -> None:
    assert judged(lambda x, found, y_bar: found, POINTS[size]) == ("pass", "segments")


@pytest.mark.parametrize("by", [1e-5, 1e-3, 1.0, -1.0, -2.0])
@pytest.mark.parametrize("size", POINTS)
def test_one_entry_that_is_wrong_fails(size: int, by: float) -> None:
    share = np.where(np.arange(size) == size // 2, by, 0.0)
    assert judged(lambda x, found, y_bar: found * (1 + share), POINTS[size])[0] == "fail"


@pytest.mark.parametrize("changed", [
    pytest.param(lambda x, found, at: found * jnp.where(jnp.all(x == at), 1.001, 1.0), id="at the point alone"),
    pytest.param(lambda x, found, at: found * jnp.where(jnp.all(x == at), 1.0, 1.001), id="beside the point alone"),
    pytest.param(lambda x, found, at: jnp.where(x > at, 1.01, 1.0) * found, id="on one side"),
    pytest.param(lambda x, found, at: found + 1e-2 * (x - at), id="an odd term"),
])  # fmt: skip
@pytest.mark.parametrize("size", POINTS)
def test_a_rule_that_is_wrong_at_some_points_fails(size: int, changed: Any) -> None:
    at = np.array(POINTS[size])
    assert judged(lambda x, found, y_bar: changed(x, found, at), POINTS[size])[0] == "fail"


@pytest.mark.parametrize("changed", [
    pytest.param(lambda x, found, y_bar: 3 * x**2, id="ignores the cotangent"),
    pytest.param(lambda x, found, y_bar: 3 * x**2 * jnp.abs(y_bar), id="its size alone"),
    pytest.param(lambda x, found, y_bar: 3 * x**2 * jnp.clip(y_bar, -1, 1), id="clips it"),
    pytest.param(lambda x, found, y_bar: jnp.zeros_like(x), id="nothing"),
])  # fmt: skip
@pytest.mark.parametrize("size", POINTS)
def test_a_rule_that_takes_its_cotangent_wrongly_fails(size: int, changed: Any) -> None:
    assert judged(changed, POINTS[size])[0] == "fail"


@pytest.mark.parametrize(("by", "expected"), [(0.0, "pass"), (1e-3, "fail")])
def test_a_rule_of_forward_mode_is_judged_likewise(by: float, expected: str) -> None:
    fn = jax.custom_jvp(jnp.sin)
    fn.defjvp(lambda primals, tangents: (jnp.sin(primals[0]), (1 + by) * jnp.cos(primals[0]) * tangents[0]))
    report = jaccli.gradcheck(fn, jnp.asarray(POINTS[5]))
    assert {str(c.outcome) for c in report.checks if c.tested in ("reverse", "forward")} == {expected}


def with_a_rule_that_looks_at_values(x: Any) -> Any:
    return cube(lambda x, found, y_bar: found if float(jnp.sum(x)) < 1e6 else -found)(x)


def with_callback(x: Any) -> Any:
    """Return the cube of NumPy, which JAX can call at one point alone."""
    fn = jax.custom_vjp(lambda x: jax.pure_callback(lambda x: np.asarray(x) ** 3, x, x))
    fn.defvjp(lambda x: (fn(x), x), lambda x, y_bar: (3 * x**2 * y_bar,))
    return fn(x)


@pytest.mark.parametrize("fn", [with_a_rule_that_looks_at_values, with_callback])
def test_a_function_that_takes_no_batch_is_asked_one_by_one(fn: Any) -> None:
    report = jaccli.gradcheck(fn, jnp.asarray(POINTS[5]))
    assert report.ok, jaccli.report_text(report)


def test_a_rule_that_is_right_in_a_batch_alone_fails() -> None:
    @jax.custom_batching.custom_vmap
    def slope(x: Any) -> Any:
        return 3.003 * x**2

    @slope.def_vmap
    def _(size: int, batched: Any, x: Any) -> Any:
        return 3 * x**2, True

    assert judged(lambda x, found, y_bar: slope(x) * y_bar, POINTS[5])[0] == "fail"


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("n", [3, 40])
def test_few_traces_do(n: int, jit: bool) -> None:
    calls = Counter[str]()
    rng = np.random.default_rng(7)

    def layer(weights: Any, x: Any) -> Any:
        calls["layer"] += 1
        return jnp.tanh(weights @ x)

    def asked(*xs: Array) -> set[tuple[str, str]]:
        report = jaccli.gradcheck(jax.jit(layer) if jit else layer, tuple(map(jnp.asarray, xs)))
        return {(str(c.outcome), str(c.reference_route)) for c in report.checks if c.tested in ("reverse", "forward")}

    assert asked(rng.standard_normal((3, n)) / n, rng.standard_normal(n)) == {("pass", "segments")}
    assert calls["layer"] <= TRACES
