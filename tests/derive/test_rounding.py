"""Disturbing every operation in its last place shows where a derivative loses its digits, and nothing where it does not."""

from __future__ import annotations

import numpy as np
import pytest

import jaccli
from jaccli.derive.rounding import disturbed


def relative_move(expression: str, x: float) -> float:
    model = jaccli.function(f"y = {expression}", at={"x": x})
    built = model.built
    (move,) = disturbed(built.graph, built.outputs["y"], [built.variables["x"]], {"x": np.float64(x)})
    return float(move) / abs(float(model.jacobian("y", "x")))


@pytest.mark.parametrize(
    ("expression", "x"),
    [
        pytest.param("sin(x)*exp(x)", 0.7, id="elementary"),
        pytest.param("1e16 + x", 1.0, id="a large value"),
        pytest.param("log1p(x)", 1e-12, id="a small argument"),
    ],
)
def test_disturbed_moves_a_sound_derivative_in_its_last_places(expression: str, x: float) -> None:
    assert relative_move(expression, x) < 1e-13


@pytest.mark.parametrize(
    ("expression", "x"),
    [
        pytest.param("tanh(x)", 17.0, id="1 - h**2 of a saturated tanh"),
        pytest.param("exp(x) - exp(x + 1e-12)", 1.0, id="difference of two slopes"),
        pytest.param("sin(1e12 * x)", 0.7, id="a phase known to few digits"),
    ],
)
def test_disturbed_moves_a_derivative_that_cancels(expression: str, x: float) -> None:
    assert relative_move(expression, x) > 1e-5


@pytest.mark.parametrize("output", ["max(x)", "min(x)", "sum(relu(x))", "sum(abs(x))", "maximum(x[0], x[1])"])
def test_disturbed_leaves_a_choice_as_it_is(output: str) -> None:
    model = jaccli.parse({"inputs": {"x": [3.0, 1.0, -2.0]}, "outputs": {"y": output}})
    (move,) = disturbed(model.built.graph, model.built.outputs["y"], [model.built.variables["x"]], model.point())
    assert np.max(move) < 1e-13
