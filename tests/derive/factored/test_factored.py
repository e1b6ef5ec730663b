"""Jacobians by factors are those by unit seeds: of every op, of random graphs and specs, in every form that a diagonal takes."""

from pathlib import Path

import numpy as np
import pytest
from random_graphs import random_graph
from samples import SAMPLES, elementwise_samples

import jaccli
from jaccli.derive.factored import NotFactoredError, factored_jacobian
from jaccli.derive.jacobian import jacobian
from jaccli.derive.jacobian_function import by_factors, jacobian_function
from jaccli.graph.ir import Graph

OPS = [s for s in [*elementwise_samples((2, 3)), *SAMPLES] if not s.row.boolean and s.op != "cast"]
#: Ops whose rules ask a cotangent for more than linear ops of terms.
OTHERS = {"svd_dyads", "svdvals"}
ROOT = Path(__file__).parents[3]


def agree(of, wrt, values, rtol=1e-11):
    run = by_factors(of, wrt)
    found = run([np.asarray(values[name], dtype=float) for name in run.leaves])
    expected = jacobian(of.graph, of, wrt, values, route="reverse")
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=rtol, atol=rtol * max(1.0, np.abs(other).max(initial=0)))


@pytest.mark.parametrize("sample", OPS, ids=lambda sample: sample.id)
@pytest.mark.parametrize("then", ["itself", "first axis"])
def test_factors_of_every_op_are_those_of_unit_seeds(sample, then, rng):
    graph, variables, values, operands = Graph(), {}, {}, []
    for k, x in enumerate(sample.draw(rng)):
        if sample.domain(k) == "whole":
            operands.append(graph.literal(2))
            continue
        values[f"x{k}"] = np.asarray(x, dtype=float)
        variables[f"x{k}"] = graph.leaf(f"x{k}", np.shape(x))
        operands.append(variables[f"x{k}"] > 0.5 if sample.domain(k) == "boolean" else variables[f"x{k}"])
    y = graph.add(sample.op, operands, sample.params)
    rank = len(y.shape)
    if then == "first axis" and rank:
        y = y.apply("sin").apply("sum", axes=(-rank,))
    try:
        agree(y, list(variables.values()), values)
    except NotFactoredError:
        assert sample.op in OTHERS or 0 in y.shape or any(0 in x.shape for x in variables.values())


@pytest.mark.parametrize("seed", range(60))
def test_factors_of_random_graphs_are_those_of_unit_seeds(seed):
    rng = np.random.default_rng(seed)
    _, variables, output, values = random_graph(rng, steps=10)
    agree(output, variables, values)


@pytest.mark.parametrize("text", ["flip(prod(x))", "sum(x)[()]", "flip(x[1])*x[0]"])
def test_a_number_is_selected_as_a_whole(text):
    model = jaccli.function(text, at={"x": [1.0, 2.0, 3.0]})
    expected = model.jacobian("y", "x")
    np.testing.assert_allclose(model.compile_jacobian("y", "x")(), expected)
    np.testing.assert_allclose(model.compile("y")()[1]["x"], expected)


SPECS = sorted((ROOT / "specs").rglob("*.yaml"))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_compiled_jacobians_of_shipped_specs_are_those_of_the_model(path):
    model = jaccli.load(path)
    for of in model.outputs:
        size = model.built.outputs[of].node.size
        names = [name for name in model.inputs if size * model.built.variables[name].node.size <= 200_000]
        if not names:
            continue
        found = model.compile_jacobian(of, names)()
        for name, one in zip(names, found, strict=True):
            np.testing.assert_allclose(one, model.jacobian(of, name), rtol=1e-9, atol=1e-11)


#: What an elementwise chain, a dense layer, a reduction and a selection leave of a diagonal, as the number of elements kept.
FORMS = [
    pytest.param("sin(x)", (6,), [6], id="a diagonal"),
    pytest.param("sin(x).reshape(2, 3)", (6,), [6], id="a diagonal whose axis is split"),
    pytest.param("sin(x.reshape(3, 2)).T", (6,), [6], id="a diagonal that is transposed"),
    pytest.param("sum(sin(x.reshape(2, 3)), axis=1)", (6,), [6], id="blocks along a diagonal"),
    pytest.param("softmax(x)", (6,), [6, 36], id="a diagonal and an outer product"),
    pytest.param("x - mean(x)", (6,), [1, 1], id="the identity and a constant"),
    pytest.param("outer(x, x)", (6,), [6, 6], id="two diagonals"),
    pytest.param("x[1:4]", (6,), [18], id="a part of the identity"),
]


@pytest.mark.parametrize(("text", "shape", "kept"), FORMS)
def test_factors_keep_no_more_than_the_form_of_a_jacobian_needs(text, shape, kept):
    model = jaccli.parse({"inputs": {"x": np.linspace(0.5, 1.5, 6).reshape(shape)}, "outputs": {"y": text}})
    of, x = model.built.outputs["y"], model.built.variables["x"]
    (terms,) = factored_jacobian(of, [x])
    assert sorted(term.array.node.size for term in terms) == kept
    agree(of, [x], model.point())


def test_factors_of_a_dense_layer_are_one_outer_product_for_all_rows():
    model = jaccli.parse(
        {
            "inputs": {"x": np.ones(50)},
            "params": {"W": np.ones((40, 50)) / 50, "V": np.ones((10, 40)) / 40},
            "outputs": {"y": "tanh(V @ tanh(W @ x))"},
        }
    )
    graph, of = model.built.graph, model.built.outputs["y"]
    before = len(graph.nodes)
    run = jacobian_function(of, [model.built.variables[name] for name in ("W", "V")])
    assert run is not None
    source = run.program.source
    assert (source.count("@"), len(graph.nodes) - before < 60) == (2, True)


def test_a_sum_over_what_rows_share_is_refused_for_products_of_rows():
    from jaccli.derive.factored.operands import Rows

    graph = Graph()
    rows = Rows(graph, (3,), ())
    with pytest.raises(NotFactoredError, match="product of rows"):
        rows.apply("contract", rows, spec="i,i->i")
