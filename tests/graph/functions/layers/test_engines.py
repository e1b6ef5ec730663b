"""Random stacks of layers: compiled, interpreted and eager values and gradients are the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.derive.compiled import value_and_gradient
from jaccli.derive.jacobian import jacobian
from jaccli.learn.replay import eager_jacobian

IMAGES: list[Any] = [
    {"conv2d": {"channels": 4, "kernel": 3, "padding": 1}},
    {"conv2d": {"channels": 2, "kernel": 2, "stride": 2, "dilation": 2, "padding": 1}},
    {"conv2d": {"channels": 4, "kernel": 1, "groups": 2}},
    {"maxpool2d": {"kernel": 3, "stride": 1, "padding": 1}},
    {"maxpool2d": 2}, {"avgpool2d": {"kernel": 2, "padding": 1}}, "tanh", "relu", "batchnorm",
]  # fmt: skip
SEQUENCES: list[Any] = [
    {"transformer": {"heads": 2, "hidden": 3, "causal": True}}, {"self_attention": 4}, "layernorm", "rmsnorm", "positions",
    "gelu", {"residual": [{"dense": 8}, "silu"]}, "softmax",
]  # fmt: skip
STEPS: list[Any] = [{name: {"hidden": n, "bidirectional": both}} for name in ("rnn", "lstm", "gru") for n, both in ((1, False), (3, True))]  # fmt: skip
FAMILIES = {
    "images": ((2, 2, 6, 6), IMAGES),
    "one image": ((2, 6, 6), IMAGES[:6]),
    "sequences": ((2, 5, 8), SEQUENCES),
    "a sequence": ((5, 8), SEQUENCES),
    "steps": ((4, 2, 3), STEPS),
    "steps of one": ((4, 3), STEPS),
}


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("family", FAMILIES)
def test_engines_agree_on_random_networks(family: str, seed: int) -> None:
    rng, (shape, kinds) = np.random.default_rng(seed), FAMILIES[family]
    layers = [kinds[k] for k in rng.integers(len(kinds), size=rng.integers(1, 4))]
    spec = {
        "inputs": {"x": {"value": rng.normal(size=shape).tolist()}},
        "network": {"input": "x", "layers": layers},
        "outputs": {"y": "sum(sin(output)) + sum(output**2)"},
    }
    model = jaccli.parse(spec)
    graph, y, point = model.built.graph, model.built.outputs["y"], model.point()
    variables = {name: model.built.variables[name] for name in model.inputs}
    value, gradient = value_and_gradient(y, variables)(point)
    np.testing.assert_allclose(value, model.evaluate()["y"], rtol=1e-13)
    eager = eager_jacobian(graph, y, list(variables.values()), point)
    interpreted = jacobian(graph, y, list(variables.values()), point, "reverse")
    size = max(float(np.max(np.abs(block))) for block in interpreted)
    for found, also, expected in zip(gradient.values(), eager, interpreted, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14 * size)
        np.testing.assert_allclose(also, expected, rtol=1e-12, atol=1e-14 * size)
