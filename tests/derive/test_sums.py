"""Sums of cotangents: joined terms give the sum of the single ones, in work that grows with what they hold."""

from __future__ import annotations

import numpy as np
import pytest

import jaccli
from jaccli.derive.reverse import vjp
from jaccli.derive.sums import total
from jaccli.graph.cost import weighted_operations
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Graph
from jaccli.ops import Literal
from jaccli.ops.notation import contract, scatter


def added(terms, values):
    """Return the joined sum, and that of the terms' values."""
    graph = terms[0].graph
    (joined,) = evaluate(graph, [total(terms)], values)
    return joined, sum(evaluate(graph, terms, values))


@pytest.mark.parametrize(
    ("shape", "places"),
    [
        pytest.param((6,), [[0, 1], [4, 5], [2, 3]], id="slices that cover"),
        pytest.param((6,), [[5, 0], [2, 3]], id="some elements"),
        pytest.param((6,), [[0, 1], [1, 2], [1, 5]], id="overlap"),
        pytest.param((2, 4), [[[0, 1], [4, 5]], [[2, 3], [6, 7]]], id="columns"),
        pytest.param((4, 2), [[[4, 5], [6, 7]], [[0, 1], [2, 3]]], id="rows"),
        pytest.param((6,), [0, 5, [1, 2]], id="single elements"),
        pytest.param((2,), [[0, 0, 0, 1], [1, 1, 1, 1]], id="more terms than places"),
    ],
)
def test_scatters_joined_are_their_sum(shape, places):
    graph, values, terms = Graph(), {}, []
    for k, index in enumerate(places):
        x = graph.leaf(f"x{k}", np.shape(index))
        values[f"x{k}"] = np.random.default_rng(k).normal(size=np.shape(index))
        terms.append(scatter(x, Literal(index), shape))
    np.testing.assert_allclose(*added(terms, values), rtol=1e-14)


@pytest.mark.parametrize(
    ("spec", "left", "right"),
    [
        pytest.param("i,j->ij", (5,), (6,), id="outer"),
        pytest.param("ni,nj->ij", (2, 5), (2, 6), id="summed"),
        pytest.param("ni,nj->ji", (2, 5), (2, 6), id="transposed"),
        pytest.param("ab,b->a", (5, 6), (6,), id="matrix and vector"),
        pytest.param("gni,gnj->gij", (2, 3, 5), (2, 3, 6), id="stack"),
    ],
)
def test_products_joined_are_their_sum(spec, left, right):
    graph, values, terms = Graph(), {}, []
    for k in range(4):
        terms.append(contract(graph.leaf(f"x{k}", left), graph.leaf(f"y{k}", right), spec))
        values[f"x{k}"], values[f"y{k}"] = (np.random.default_rng(k).normal(size=s) for s in (left, right))
    np.testing.assert_allclose(*added(terms, values), rtol=1e-13)


def work(steps: int, network: list) -> int:
    """Return the weighted operations of the gradient of a sum over what a network makes of ``steps`` steps."""
    model = jaccli.parse({"inputs": {"x": {"shape": [steps, 4]}}, "network": network})
    graph, y = model.built.graph, model.built.outputs["output"]
    seed = graph.literal(np.ones(y.shape))
    bars = vjp(graph, {y.index: seed}, [model.built.variables[name] for name in model.inputs])
    return weighted_operations(graph, [bar for bar in bars if bar is not None])


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_gradient_of_a_recurrent_layer_grows_with_its_steps_and_no_faster(kind):
    a, b, c = (work(n, [{kind: 6}]) for n in (16, 32, 64))
    assert c - b == pytest.approx(2 * (b - a), rel=0.01)


def test_a_gradient_through_slices_costs_less_than_five_times_the_function():
    model = jaccli.function(
        "y = " + " + ".join(f"sin(x[{k}:{k + 3}]) @ x[{k}:{k + 3}]" for k in range(40)), at={"x": np.ones(45)}
    )
    graph, y = model.built.graph, model.built.outputs["y"]
    bars = vjp(graph, {y.index: graph.literal(1)}, [model.built.variables["x"]])
    assert weighted_operations(graph, [y, *filter(None, bars)]) <= 5 * weighted_operations(graph, [y])
