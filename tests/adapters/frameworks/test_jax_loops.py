"""JAX functions with loops that are not under jit: compiled once, judged as they are."""

from __future__ import annotations

from typing import Any

import pytest

import jaccli

jax = pytest.importorskip("jax", reason="JAX is not installed: pip install 'jaccli[jax]'")
jnp = jax.numpy


def looped(rule: Any, calls: list[int]) -> Any:
    """Return a function with a loop, and a sine with a ``rule``, which notes each time that Python runs through it."""
    sine = jax.custom_jvp(jnp.sin)
    sine.defjvp(lambda x, dx: (jnp.sin(x[0]), rule(x[0], dx[0])))

    def step(k: Any, s: Any, a: Any, b: Any, c: Any) -> Any:
        return s + 0.05 * (b - a * s + c * jnp.sin(0.05 * k))

    def fn(a: Any, b: Any, c: Any) -> Any:
        calls.append(1)
        return jax.lax.fori_loop(0, 60, lambda k, s: step(k, s, a, b, c), 0.1 * b) + sine(a)

    return fn


@pytest.mark.parametrize(("rule", "outcome"), [
    (lambda x, dx: jnp.cos(x) * dx, "pass"), (lambda x, dx: 1.1 * jnp.cos(x) * dx, "fail"),
], ids=["right", "wrong"])  # fmt: skip
def test_gradcheck_compiles_a_bare_loop_for_many_points(rule: Any, outcome: str) -> None:
    calls: list[int] = []
    report = jaccli.gradcheck(looped(rule, calls), (1.3, 0.2, 0.5), framework="jax")
    assert (report.outcome, len(calls) < 80) == (outcome, True)  # one by one it would be some hundreds


def test_gradcheck_uses_no_compiled_function_with_other_values() -> None:
    """What looks at the type of its argument is one function when it is traced and another by itself."""
    report = jaccli.gradcheck(lambda x: x**2 if isinstance(x, jax.core.Tracer) else x**3, jnp.array([0.5, 2.0]))
    assert report.outcome == "fail"


def test_gradcheck_of_a_function_that_looks_at_values() -> None:
    report = jaccli.gradcheck(lambda x, n: x**2 if n > 1 else x**3, (jnp.array([0.5, 2.0]), jnp.array(2.5)))
    assert report.ok, jaccli.report_text(report)
