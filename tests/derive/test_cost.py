"""The cheap-gradient bound: a scalar output's gradient takes at most five times the function's weighted operations."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from random_graphs import random_graph

from jaccli.derive.reverse import vjp
from jaccli.graph.build import build
from jaccli.graph.cost import weighted_operations
from jaccli.graph.ir import Graph
from jaccli.ops import TABLE
from jaccli.ops.notation import sum_over
from jaccli.ops.rules import RULES
from jaccli.spec.load import spec_from_file, spec_from_mapping

BOUND = 5  # Griewank & Walther, Evaluating Derivatives (2008), section 3.3: of a gradient together with its function
SPECS = sorted((Path(__file__).parents[2] / "specs").rglob("[!d]*.yaml"))

MODELS = {
    "quadratic": ({"x": [1.0, 2.0, 3.0]}, "sum(x**2)"),
    "rosenbrock": ({"x": [1.0, 2.0, 3.0, 4.0]}, "sum(100 * (x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)"),
    "power": ({"x": [1.0, 2.0], "p": [2.0, 3.0]}, "sum(x**p)"),
    "layer": (
        {"x": [1.0, 2.0], "W": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], "b": [1.0, 2.0, 3.0]},
        "sum(tanh(W @ x + b))",
    ),
    "two layers": (
        {"x": [1.0, 2.0], "W": [[1.0, 2.0], [3.0, 4.0]], "V": [[1.0, 0.0], [0.5, 2.0]]},
        "norm(V @ relu(W @ x))",
    ),
    "cross entropy": ({"W": [[1.0, 2.0], [3.0, 4.0]], "x": [1.0, 2.0]}, "logsumexp(W @ x) - (W @ x)[0]"),
    "softmax": ({"u": [1.0, 2.0, 3.0], "h": [1.0, 0.0, 1.0]}, "softmax(u) @ h"),
    "selection": ({"x": [1.0, -2.0, 3.0]}, "sum(where(x > 0, log(x) * x + sin(x), exp(x)))"),
    "gelu and friends": ({"x": [1.0, -2.0]}, "sum(gelu(x) + silu(x) * mish(x) + softplus(x) + leaky_relu(x) + elu(x))"),
    "standardised": (
        {"x": [[1.0, 2.0, 4.0], [0.0, 1.0, 5.0]]},
        "sum(((x - mean(x, axis=1, keepdims=True)) / std(x, axis=1, keepdims=True))**3)",
    ),
    "determinant": ({"A": [[2.0, 1.0], [1.0, 3.0]]}, "det(A)"),
    "quadratic form": ({"A": [[2.0, 1.0], [1.0, 3.0]], "b": [1.0, 2.0]}, "b @ solve(A, b)"),
    "inverse": ({"A": [[2.0, 1.0], [1.0, 3.0]]}, "trace(inv(A))"),
    "attention": (
        {"Q": [[0.5, 1.0], [0.25, -1.0]], "K": [[1.0, 0.5], [-0.5, 0.75]], "V": [[1.0, 2.0], [3.0, 4.0]]},
        "sum(softmax(Q @ K.T, axis=1) @ V)",
    ),
    "extrema": ({"x": [1.0, 2.0, 3.0]}, "max(x) - min(x) + maximum(x[0], x[1])"),
    "scalars": ({"a": 1.0, "b": 2.0}, "a * b / (a + b) - exp(a) * cos(b)"),
}


def cost_ratio(graph, output, variables):
    """Return the operations of a gradient together with its function, over those of the function alone."""
    function = weighted_operations(graph, [output])
    bars = vjp(graph, {output.index: graph.leaf("y_bar", output.shape)}, variables)
    together = weighted_operations(graph, [output, *(bar for bar in bars if bar is not None)])
    return together / function if function else 1.0


def assert_cheap(graph, output, variables):
    ratio = cost_ratio(graph, output, variables)
    assert ratio <= BOUND, f"the gradient takes {ratio:.2f} times the function"


@pytest.mark.parametrize(("at", "output"), MODELS.values(), ids=MODELS)
def test_gradient_of_a_model_is_cheap(at, output):
    problems = []
    model = build(spec_from_mapping({"inputs": at, "outputs": {"loss": output}}, problems), problems)
    assert_cheap(model.graph, model.outputs["loss"], [model.variables[name] for name in at])


@pytest.mark.parametrize("number", range(40))
def test_gradient_of_a_random_graph_is_cheap(number):
    graph, variables, output, _ = random_graph(np.random.default_rng(number), rank=0)
    assert_cheap(graph, output, variables)


@pytest.mark.parametrize(
    "row",
    [row for row in TABLE.values() if row.kind == "elementwise" and len(row.flat) < row.arity],
    ids=lambda row: row.name,
)
def test_gradient_of_an_elementwise_op_is_cheap(row):
    graph = Graph()
    leaves = [graph.leaf(f"x{k}", (100,), domain == "boolean") for k, domain in enumerate(row.domains)]
    y = sum_over(leaves[0].apply(row.name, *leaves[1:]), (-1,))
    assert_cheap(graph, y, [leaf for leaf in leaves if not leaf.node.boolean])


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_gradient_of_a_spec_is_cheap(path):
    problems = []
    model = build(spec_from_file(str(path), problems), problems)
    for output in model.outputs.values():
        if output.node.size == 1:
            assert_cheap(model.graph, output, [model.variables[name] for name in model.differentiable])


def test_the_bound_sees_a_gradient_that_is_dear(monkeypatch):
    monkeypatch.setitem(
        RULES, "tanh", replace(RULES["tanh"], partials=(lambda y, x: 1 - (x.apply("erf").apply("mish").apply("gelu")),))
    )
    graph = Graph()
    x = graph.leaf("x", (3,))
    with pytest.raises(AssertionError, match="times the function"):
        assert_cheap(graph, sum_over(x.apply("tanh"), (-1,)), [x])
