"""Points told apart by the slopes of their two sides alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from jaccli.difference.kinks import kinds_at

KINDS: list[tuple[str, Callable[[Any], Any], str]] = [
    ("sine", lambda t: np.sin(t + 1), "smooth"),
    ("square", lambda t: t * t, "smooth"),
    ("t|t|", lambda t: t * np.abs(t), "smooth"),
    ("power 1.5", lambda t: np.abs(t) ** 1.5, "smooth"),
    ("relu", lambda t: np.maximum(t, 0), "kink"),
    ("abs", np.abs, "kink"),
    ("maximum", lambda t: np.maximum(t, -t / 2), "kink"),
    ("step", lambda t: (t > 0) * 1.0, "jump"),
    ("sign", np.sign, "jump"),
    ("square root of abs", lambda t: np.sqrt(np.abs(t)), "cusp"),
    ("cube root", np.cbrt, "cusp"),
    ("square root", np.sqrt, "edge"),
]


@pytest.mark.parametrize(("fn", "kind"), [pytest.param(fn, kind, id=name) for name, fn, kind in KINDS])
@pytest.mark.parametrize("x", [0.0, 0.3, -1.7e4])
def test_kinds_are_told_apart_by_slope(fn: Callable[[Any], Any], kind: str, x: float) -> None:
    with np.errstate(all="ignore"):
        assert kinds_at(lambda points: fn(points - x), np.array([x]))[0, 0] == kind


def test_a_kink_that_noise_hides_is_not_called_the_point_itself() -> None:
    from jaccli.difference import differences

    found = differences(lambda points: 3 + np.abs(points - 1), np.array([1 + 1e-14]))
    assert (found.reason[0, 0], np.isnan(found.low[0, 0])) == ("kink", True)
