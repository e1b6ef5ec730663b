"""One batch for all inputs gives what the ladder gives, and leaves to it whatever is not easy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from jaccli.difference import differences, easy
from jaccli.types import Array

X = np.array([0.5, -1.0, 2.0, -0.3, 1.2])
FEATURE = 2.0**-33


def _easy(fn: Callable[[Array], Array], *parts: Array, cheap_batches: bool = True) -> Any:
    centre = fn(np.concatenate(parts)[None])[0]
    eps, floor = np.full(len(centre), 2.0**-52), np.zeros(len(centre))
    return easy(fn, parts, centre, rtol=1e-6, eps=eps, floor=floor, cheap_batches=cheap_batches)


def _softmax(p: Array) -> Array:
    e = np.exp(p)
    return np.asarray(e / e.sum(axis=1, keepdims=True))


EASY = {
    "diagonal": np.tanh,
    "dense": _softmax,
    "sum of squares": lambda p: np.sum(p**2, axis=1, keepdims=True),
    "product of two": lambda p: p[:, :2] * p[:, 3:],
}


@pytest.mark.parametrize("cheap_batches", [True, False])
@pytest.mark.parametrize("fn", EASY.values(), ids=EASY)
def test_easy_agrees_with_the_ladder_within_both_error_bars(fn: Callable[[Array], Array], cheap_batches: bool) -> None:
    (found,) = _easy(fn, X, cheap_batches=cheap_batches)
    ladder = differences(fn, X)
    assert np.all(np.abs(found.value - ladder.value) <= found.error_bar + ladder.error_bar)


def test_easy_gives_each_part_of_the_input_its_columns() -> None:
    first, second = _easy(_softmax, X[:2], X[2:])
    (whole,) = _easy(_softmax, X)
    assert np.allclose(np.hstack([first.value, second.value]), whole.value, rtol=1e-9)


HARD = {
    "kink at the point": lambda p: np.abs(p - X),
    "kink nearby": lambda p: np.abs(p - X - 1e-5) + p,
    "jump": lambda p: np.where(p > X, p + 1e-3, p),
    "bump far narrower than the steps": lambda p: p + 1e-6 * np.exp(-(((p - X) / FEATURE) ** 2)) * (p - X) / FEATURE,
    "noise of float32": lambda p: np.tanh(p).astype(np.float32).astype(np.float64),
    "staircase": lambda p: np.round(p, 5),
    "hidden below a constant": lambda p: 1e16 + p,
    "saturated": lambda p: np.tanh(p + 40 * np.sign(X)),
    "fast": lambda p: np.sin(64 * np.pi * 2**6 * p),
    "edge": lambda p: np.sqrt(p - X),
    "minimum": lambda p: np.sum((p - X) ** 2, axis=1, keepdims=True),
    "one column of many": lambda p: np.sum(p, axis=1, keepdims=True) + np.abs(p[:, 3:4] - X[3]),
}


def test_easy_stays_near_the_point() -> None:
    """A loop that ends at the point need not end far from it."""
    seen: list[float] = []

    def fn(p: Array) -> Array:
        seen.append(float(np.max(np.abs(p - X))))
        return np.tanh(p)

    _easy(fn, X)
    assert max(seen) < 2.0**-3


@pytest.mark.parametrize("cheap_batches", [True, False])
@pytest.mark.parametrize("fn", HARD.values(), ids=HARD)
def test_easy_leaves_to_the_ladder_what_is_not_easy(fn: Callable[[Array], Array], cheap_batches: bool) -> None:
    assert _easy(fn, X, cheap_batches=cheap_batches) is None
