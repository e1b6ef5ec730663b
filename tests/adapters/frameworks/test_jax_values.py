"""A rule of JAX that returns another value than the function is noticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import jaccli

jax = pytest.importorskip("jax", reason="JAX is not installed: pip install 'jaccli[jax]'")


def by_vjp(shift: float) -> Callable[..., Any]:
    """Return the cube with a reverse rule whose forward pass adds ``shift``."""
    cube = jax.custom_vjp(lambda x: x**3)
    cube.defvjp(lambda x: (x**3 + shift, x), lambda x, y_bar: (3 * x**2 * y_bar,))
    return cube


def by_jvp(shift: float) -> Callable[..., Any]:
    """Return the cube with a forward rule whose value adds ``shift``."""
    cube = jax.custom_jvp(lambda x: x**3)
    cube.defjvp(lambda primals, dxs: (primals[0] ** 3 + shift, 3 * primals[0] ** 2 * dxs[0]))
    return cube


@pytest.mark.parametrize("rule", [by_vjp, by_jvp])
@pytest.mark.parametrize(("shift", "code"), [(0.0, None), (1.0, "JAC204"), (1e-3, "JAC204")])
def test_jax_rule_returns_the_value_of_its_function(rule: Any, shift: float, code: str | None) -> None:
    report = jaccli.gradcheck(rule(shift), jax.numpy.array([1.0, 2.0]))
    assert next((check.code for check in report.checks if check.outcome == "fail"), None) == code
