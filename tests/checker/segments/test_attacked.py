"""Functions that are hard to look at along segments: none of their right derivatives fails, none that is wrong passes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.types import Array

N = 14
RNG = np.random.default_rng(23)
A = RNG.standard_normal((8, N)) / 4
X = RNG.uniform(0.5, 1.5, N)
AT = A @ X  # where the units of a layer are at the point


def units(inner: Any, slope: Any) -> tuple[Any, Any]:
    """Return a layer of one function for all units, and its slopes."""
    return lambda x: np.asarray(inner(A @ x)), lambda x: np.asarray(slope(A @ x))


def hashed(x: Array, size: float) -> Array:
    """Return noise that depends on the point alone, (8,)."""
    seed = np.frombuffer(np.asarray(x).tobytes(), dtype=np.uint32)
    return size * np.random.default_rng(seed.tolist()).standard_normal(8)


def noisy(size: float) -> tuple[Any, Any]:
    fn, slope = units(np.tanh, lambda z: 1 - np.tanh(z) ** 2)
    return lambda x: fn(x) + hashed(x, size), slope


def off_the_point(x: Array) -> Array:
    if np.max(np.abs(x - X)) > 1e-2:
        raise ValueError("too far away")
    return np.asarray(np.tanh(A @ x))


FUNCTIONS = {
    "a smooth layer": units(np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "kinks beside the point": units(lambda z: np.abs(z - AT - 1e-3), lambda z: np.sign(z - AT - 1e-3)),
    "kinks very near": units(lambda z: np.abs(z - AT + 1e-7), lambda z: np.sign(z - AT + 1e-7)),
    "a narrow bump": units(
        lambda z: z + 1e-4 * np.exp(-(((z - AT) / 1e-4) ** 2)),
        lambda z: 1 - 2 * (z - AT) / 1e-4 * np.exp(-(((z - AT) / 1e-4) ** 2)),
    ),
    "an oscillation": units(lambda z: np.sin(500 * z), lambda z: 500 * np.cos(500 * z)),
    "a steep sigmoid": units(lambda z: np.tanh(1e3 * (z - AT)), lambda z: 1e3 / np.cosh(np.clip(1e3 * (z - AT), -300, 300)) ** 2),
    "noise of 1e-12": noisy(1e-12),
    "noise of 1e-8": noisy(1e-8),
    "noise of 1e-4": noisy(1e-4),
    "a function that fails off the point": (off_the_point, lambda x: 1 - np.tanh(A @ x) ** 2),
}  # fmt: skip


def outcome(name: str, change: Any) -> str:
    """Return what becomes of a vjp whose matrix was changed."""
    fn, slope = FUNCTIONS[name]
    return str(jaccli.gradcheck(fn, X, vjp=lambda x, v: change(x, slope(x)[:, None] * A).T @ v).outcome)


def entry(by: float) -> Any:
    """Return the change of the largest entry by a share of it."""
    return lambda x, matrix: matrix * (1 + by * (np.abs(matrix) == np.max(np.abs(matrix))))


def beside(by: float) -> Any:
    """Return the change of all entries by a term that vanishes at the point, and along every coordinate axis through it."""

    def changed(x: Array, matrix: Array) -> Array:
        moved = (x - X) / X
        return matrix * (1 + by * (np.sum(moved) ** 2 - np.sum(moved**2)))

    return changed


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_right_derivative_does_not_fail(name: str) -> None:
    assert outcome(name, lambda _, matrix: matrix) != "fail"


@pytest.mark.parametrize("by", [1e-3, 1.0])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_entry_that_is_wrong_does_not_pass(name: str, by: float) -> None:
    assert outcome(name, entry(by)) != "pass"


@pytest.mark.parametrize("name", ["a smooth layer", "noise of 1e-12"])
@pytest.mark.parametrize("by", [1e-2, 1.0])
def test_a_term_that_vanishes_along_the_axes_fails(by: float, name: str) -> None:
    """It is wrong beside the point; also where noise leaves entries open that do not matter."""
    assert outcome(name, beside(by)) == "fail"


def test_a_function_that_is_random_is_undecided() -> None:
    rng = np.random.default_rng(0)
    report = jaccli.gradcheck(
        lambda x: np.tanh(A @ x) * (1 + 1e-3 * rng.standard_normal()),
        X,
        vjp=lambda x, v: ((1 - np.tanh(A @ x) ** 2)[:, None] * A).T @ v,
    )
    assert report.outcome == "inconclusive"


@pytest.mark.parametrize(("n", "factor", "expected"), [(1000, 1.0, "pass"), (300, 1.001, "fail")])
def test_one_entry_of_many(n: int, factor: float, expected: str) -> None:
    """A function of each element, whose Jacobian has up to a million entries, all but one of them right."""
    x = np.random.default_rng(1).uniform(0.5, 1.5, n)
    weights = np.where(np.arange(n) == 217, factor, 1.0)
    assert jaccli.gradcheck(np.sin, x, vjp=lambda x, v: weights * np.cos(x) * v).outcome == expected
