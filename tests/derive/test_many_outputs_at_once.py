"""Jacobians of many outputs at once: the same numbers as one by one, chosen by counted operations."""

from __future__ import annotations

import numpy as np
import pytest

from jaccli.compute.compute import compute
from jaccli.derive.jacobian import jacobian
from jaccli.derive.joined import forward_of_all, worth_joining
from jaccli.graph.build import Built
from jaccli.graph.load import load_expressions


def recurrence(outputs: int, steps: int = 5) -> Built:
    """Return outputs that are made of one another."""
    lines = ["y0 = sin(x) * s"]
    lines += [f"y{k} = " + "sin(" * steps + f"y{k - 1} + x * s" + ")" * steps for k in range(1, outputs)]
    return load_expressions(lines, {"x": 0.3, "s": 1.5})


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(["y = x * s", "z = sin(x)", "w = s**2"], id="numbers"),
        pytest.param(["y = x * s", "z = sum(x) * s", "w = outer(x, x)"], id="arrays"),
        pytest.param(["y = s * 2", "z = x + 1"], id="not by all"),
        pytest.param(["y = sqrt(s - 1.5) * 0 + x", "z = x**2"], id="an infinite slope beside a zero"),
    ],
)
def test_forward_of_all_gives_what_each_output_gives_alone(lines: list[str]) -> None:
    built = load_expressions(lines, {"x": [0.3, 0.4, 0.5] if "sum" in lines[1] else 0.3, "s": 1.5})
    outputs, wrt, point = [*built.outputs.values()], [*built.variables.values()], built.point({})
    with np.errstate(all="ignore"):
        found = forward_of_all(built.graph, outputs, wrt, point)
        alone = [jacobian(built.graph, y, wrt, point, "forward") for y in outputs]
    for joined, single in zip(found, alone, strict=True):
        for a, b in zip(joined, single, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("built", "joined"),
    [
        pytest.param(recurrence(20), True, id="made of one another"),
        pytest.param(load_expressions(["y = x * s", "z = x + s"], {"x": 1, "s": 2}), False, id="of their own"),
        pytest.param(load_expressions(["y = x * s"], {"x": 1, "s": 2}), False, id="one alone"),
    ],
)
def test_worth_joining_counts_operations(built: Built, joined: bool) -> None:
    assert worth_joining(built.graph, [*built.outputs.values()], [*built.variables.values()]) is joined


def test_compute_of_outputs_made_of_one_another_gives_what_reverse_mode_gives() -> None:
    built = recurrence(12)
    joined, apart = (compute(built, route=route, texts=False) for route in ("auto", "reverse"))
    for a, b in zip(joined.blocks, apart.blocks, strict=True):
        np.testing.assert_allclose(a.value, b.value, rtol=1e-13)
