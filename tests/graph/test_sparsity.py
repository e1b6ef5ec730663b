"""The structural pattern contains every nonzero of the Jacobian, and is no larger than the paths of the graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.graph.sparsity import structure

EXPRESSIONS = [
    "sin(x)", "x[1:3]", "W @ x", "x @ W.T", "outer(x, x)", "sum(x)", "cumulative", "diag(x)", "softmax(x)", "max(x)", "norm(x)",
    "concatenate([x, 2*x])", "stack([x, x])", "solve(A, x)", "inv(A) @ x", "where(x > 0, x, x**2)", "(x > 0)*x", "sign(x)",
    "x[0]*x",
    "reshape(x, (4, 1)) * x", "3 + 0*x[0]", "softmax(outer(x, x), axis=1)", "eye(4) @ x", "det(A)*x[2]",
]  # fmt: skip
SPEC: dict[str, Any] = {
    "inputs": {"x": [0.5, -1.0, 2.0, 0.3]},
    "constants": {"W": [[1, 0, 2, 0], [0, 0, 1, 3]], "A": (np.eye(4) + 0.1).tolist()},
    "let": {"cumulative": "sum(where(reshape(arange(16), (4, 4)) > 5, x, 0), axis=1)"},
}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_structure_contains_every_nonzero(expression: str) -> None:
    model = jaccli.parse({**SPEC, "outputs": {"y": expression}})
    pattern = structure(model.built.outputs["y"], model.built.variables["x"])
    found = model.jacobian("y", "x")
    assert pattern.shape == found.shape
    assert not np.any((found != 0) & ~pattern)


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("sin(x)", 4),
        ("x[1:3]", 2),
        ("sum(x)", 4),
        ("softmax(x)", 16),
        ("diag(x)", 4),
        ("sign(x)", 0),
        ("x > 0", 0),
        ("W[0]", 0),
    ],
)
def test_structure_is_no_larger_than_the_paths(expression: str, count: int) -> None:
    model = jaccli.parse({**SPEC, "outputs": {"y": expression}})
    assert structure(model.built.outputs["y"], model.built.variables["x"]).sum() == count


@pytest.mark.parametrize("route", ["forward", "reverse", "symbolic"])
def test_jacobian_has_zeros_where_an_infinite_slope_meets_no_path(route: str) -> None:
    model = jaccli.parse({"inputs": {"x": [0, 1]}, "outputs": {"y": "sqrt(x)"}})
    np.testing.assert_array_equal(model.jacobian("y", "x", route=route), [[np.inf, 0], [0, 0.5]])
