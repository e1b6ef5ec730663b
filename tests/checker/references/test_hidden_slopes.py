"""A slope that rounding of the output hides: beside a large constant nobody can know it, beside what moves it is a zero."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import erf

import jaccli
from jaccli.types import Array

A = np.random.default_rng(3).standard_normal((20, 20))


def slopes(x: Array) -> Array:
    return np.asarray((1 - np.tanh(A[: x.size, : x.size] @ x) ** 2)[:, None] * A[: x.size, : x.size])


@pytest.mark.parametrize("options", [{}, {"directions": 8}], ids=["entries", "directions"])
@pytest.mark.parametrize("factor", [1.0, 1.01, -3.0, 0.1])
@pytest.mark.parametrize("n", [1, 3, 20])
@pytest.mark.parametrize("constant", [1e16, -3e17, 1e18])
def test_no_factor_of_a_slope_below_a_large_constant_passes(
    constant: float, n: int, factor: float, options: dict[str, int]
) -> None:
    x = np.linspace(-0.5, 0.9, n)

    def fn(x: Array) -> Array:
        return np.asarray(constant + np.tanh(A[:n, :n] @ x))

    assert jaccli.gradcheck(fn, x, jacobian=lambda x: factor * slopes(x), **options).outcome == "inconclusive"
    by_products = jaccli.gradcheck(fn, x, vjp=lambda x, v: factor * slopes(x).T @ v, **options)
    assert by_products.outcome == "inconclusive"


@pytest.mark.parametrize("factor", [1.01, 3.0, 0.0])
def test_a_claim_of_a_spec_is_held_to_the_certified_slope(factor: float) -> None:
    spec = {
        "inputs": {"x": 0.3},
        "outputs": {"y": "1e16 + tanh(x)"},
        "jacobian": {"y": {"x": f"{factor}*(1 - tanh(x)**2)"}},
    }
    assert not jaccli.parse(spec).gradcheck().ok


def softmax(x: Array) -> Array:
    e = np.exp(x - np.max(x))
    return np.asarray(e / e.sum())


def of_sum_of_softmax(x: Array) -> Array:
    p = softmax(x)
    return np.asarray(1e6 * (p - p * p.sum()))  # what rounding leaves of zero


#: (function, Jacobian, point) whose slopes are zeros beside something
ZEROS: dict[str, tuple[Any, Any, Array]] = {
    "a constant": (lambda x: 1e16 + 0 * x, lambda x: np.zeros((3, 3)), np.array([0.3, 1.0, 2.0])),
    "a saturated layer": (lambda x: np.tanh(x), lambda x: np.diag(1 - np.tanh(x) ** 2), np.array([19.0, 18.2])),
    "a large saturated one": (
        lambda x: 1e12 * erf(x), lambda x: np.diag(2e12 / np.sqrt(np.pi) * np.exp(-(x**2))), np.array([5.95]),
    ),
    "a weight of 1e-9 beside one of 1e8": (
        lambda x: 1e8 * x[0] + 1e-9 * x[1], lambda x: np.array([1e8, 1e-9]), np.array([1.0, 2.0]),
    ),
    "a large sum that is kept": (lambda x: 1e6 * softmax(x).sum(), of_sum_of_softmax, np.array([0.3, 1.0, -2.0, 0.7])),
    "sin² + cos²": (
        lambda x: 1e12 * (np.sin(x) ** 2 + np.cos(x) ** 2),
        lambda x: np.diag(1e12 * (2 * np.sin(x) * np.cos(x) - 2 * np.cos(x) * np.sin(x * (1 + 2.0**-52)))),
        np.array([0.3, 1.0, 2.0]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ZEROS)
def test_a_zero_beside_what_moves_passes(name: str) -> None:
    fn, jacobian, x = ZEROS[name]
    assert jaccli.gradcheck(fn, x, jacobian=jacobian).ok


@pytest.mark.parametrize("name", ["a saturated layer", "a large saturated one", "a large sum that is kept"])
def test_a_slope_beside_such_a_zero_fails(name: str) -> None:
    fn, jacobian, x = ZEROS[name]
    size = np.max(np.abs(fn(x)))
    report = jaccli.gradcheck(fn, x, jacobian=lambda x: jacobian(x) + 1e-3 * size)
    assert report.outcome == "fail"
