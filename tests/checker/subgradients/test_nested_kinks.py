"""At nested kinks a subgradient may lie outside the slopes along an axis: it is left open; what is no subgradient fails."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli

FORMULA = (
    "minimum(maximum(x[0] + x[1] + x[2], x[1] + x[2]), x[0])"  # pieces with gradients (1, 1, 1), (1, 0, 0), (0, 1, 1)
)
CLAIMS = [
    pytest.param([1.0, 1.0, 1.0], "pass", id="a piece"),
    pytest.param([1.0, 0.5, 0.5], "pass", id="between two pieces"),
    pytest.param([0.75, 0.5, 0.5], "inconclusive", id="between three pieces"),
    pytest.param([0.0, 1.0, 1.0], "inconclusive", id="a piece off the axes"),
    pytest.param([2.0, 0.0, 0.0], "fail", id="too steep"),
    pytest.param([0.75, 0.5, 0.1], "fail", id="no mean of the pieces"),
]


def nested(x: Any) -> Any:
    return np.minimum(np.maximum(x[0] + x[1] + x[2], x[1] + x[2]), x[0])


@pytest.mark.parametrize(("claim", "outcome"), CLAIMS)
def test_gradcheck_judges_a_function_at_nested_kinks(claim: list[float], outcome: str) -> None:
    report = jaccli.gradcheck(nested, np.zeros(3), jacobian=lambda x: np.array(claim))
    assert report.checks[-1].outcome == outcome


@pytest.mark.parametrize(("claim", "outcome"), CLAIMS)
def test_gradcheck_judges_a_spec_at_nested_kinks(claim: list[float], outcome: str) -> None:
    model = jaccli.parse({"inputs": {"x": [0.0, 0, 0]}, "outputs": {"f": FORMULA}, "jacobian": {"f": {"x": claim}}})
    (check,) = (check for check in model.gradcheck().checks if check.tested == "claim")
    assert check.outcome == outcome
