"""The passes and paths that a learner is shown: they add up to the Jacobian of every shipped spec."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import jaccli
from jaccli.compute.explain import explain
from jaccli.graph.ir import Expr, Graph
from jaccli.learn.paths import TooManyEntriesError, paths
from jaccli.report.learn.explained import explained_document

SPECS = Path(__file__).parents[2] / "specs"
NAMES = ["coffee", "relu_neuron", "feedforward", "museums", "softmax_cross_entropy", "robot_arm", "kalman", "camera"]


@pytest.mark.parametrize("name", [*NAMES, "iris", "gaussian_mixture", "least_squares/thurber"])
def test_passes_end_in_the_gradient(name: str) -> None:
    model = jaccli.load(SPECS / f"{name}.yaml")
    of = model.outputs[0]
    found = explain(model.built).passes
    for wrt in model.inputs:
        row = model.jacobian(of, wrt, route="forward").reshape(model.built.outputs[of].node.size, -1)[0]
        np.testing.assert_allclose(found.gradients[wrt].ravel(), row, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", [*NAMES, "iris"])
def test_passes_contributions_add_up(name: str) -> None:
    rows = explain(jaccli.load(SPECS / f"{name}.yaml").built, full=True).passes.contributions
    for row in rows:
        if row.total is not None:
            products = sum(other.product for other in rows if other.index == row.index)
            np.testing.assert_allclose(products, row.total, rtol=1e-13)


@pytest.mark.parametrize("name", NAMES)
def test_passes_local_times_upstream_is_the_product(name: str) -> None:
    for row in explain(jaccli.load(SPECS / f"{name}.yaml").built, full=True).passes.contributions:
        if row.local is not None:
            np.testing.assert_allclose(row.local * row.upstream, row.product, rtol=1e-13)


@pytest.mark.parametrize("full", [True, False])
def test_passes_show_the_numbers_of_the_evaluator_alone(full: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def sevens(graph: Graph, outputs: list[Expr], values: object) -> list[np.ndarray]:
        return [np.full(x.shape, 7.0) for x in outputs]

    monkeypatch.setattr("jaccli.learn.passes.evaluate", sevens)
    found = explain(jaccli.load(SPECS / "networks" / "char_transformer.yaml").built, full=full).passes
    shown = [row.value for row in found.values] + list(found.gradients.values())
    for row in found.contributions:
        shown += [x for x in (row.local, row.upstream, row.product, row.total) if x is not None]
    assert all(np.all(x == 7) for x in shown)


def test_passes_of_the_inside_of_a_layer_show_every_use() -> None:
    model = jaccli.load(SPECS / "networks" / "char_transformer.yaml")
    found = explain(model.built, unfold=("block1",)).passes
    names = {row.name for row in found.contributions if row.via}
    assert {"block1.W_in", "block1.W1", "block1.g2"} <= names
    assert {row.name for row in found.contributions if not row.via} >= {"logits.W", "logits.b"}
    for row in found.contributions:
        if row.total is not None and row.via:
            products = sum(other.product for other in found.contributions if other.index == row.index)
            np.testing.assert_allclose(products, row.total, rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_paths_add_up_to_the_entry(name: str) -> None:
    model = jaccli.load(SPECS / f"{name}.yaml")
    point = model.point()
    for of in model.outputs:
        for wrt in model.inputs:
            y, x = model.built.outputs[of], model.built.variables[wrt]
            block = model.jacobian(of, wrt, route="forward").reshape(y.node.size, x.node.size)
            for i, k in [(0, 0), (y.node.size - 1, x.node.size - 1)]:
                total = sum(path.product for path in paths(model.built.graph, y, i, x, k, point).listed)
                assert total == pytest.approx(block[i, k], rel=1e-12, abs=1e-13)


def test_paths_are_those_of_the_sum() -> None:
    model = jaccli.function("y = x*sin(x)", at={"x": 2})
    (y, x) = model.built.outputs["y"], model.built.variables["x"]
    found = paths(model.built.graph, y, 0, x, 0, {"x": np.array(2.0)})
    assert [path.stops for path in found.listed] == [("y", "x"), ("y", "sin(x)", "x")]


def test_paths_that_double_at_every_step_are_counted_and_the_strongest_listed() -> None:
    lines = ["a0 = x*sin(x)", *(f"a{k} = a{k - 1}*sin(a{k - 1})" for k in range(1, 40))]
    model = jaccli.parse(
        {"inputs": {"x": 2}, "let": dict(line.split(" = ") for line in lines), "outputs": {"y": "a39"}}
    )
    found = paths(model.built.graph, model.built.outputs["y"], 0, model.built.variables["x"], 0, model.point())
    assert (found.count, len(found.listed)) == (2**40, 1_000)
    assert 0 < found.share < 1


DEEP = {
    "inputs": {"x": {"value": [0.3, -1.2, 0.8]}}, "params": {"A": {"value": [[1.0, 0.5, -2.0], [0.3, -0.7, 1.1], [2.0, 0.1, 0.4]]}},
    "let": {f"h{k}": f"tanh(A @ {f'h{k - 1}' if k else 'x'})" for k in range(5)}, "outputs": {"y": "sum(h4 * h2)"},
}  # fmt: skip


@pytest.mark.parametrize("most", [1, 7, 100])
@pytest.mark.parametrize("wrt", ["x", "A"])
def test_the_strongest_paths_are_those_of_all(most: int, wrt: str) -> None:
    model = jaccli.parse(DEEP)
    y, x = model.built.outputs["y"], model.built.variables[wrt]
    every = paths(model.built.graph, y, 0, x, 1, model.point(), 10**6)
    some = paths(model.built.graph, y, 0, x, 1, model.point(), most)
    sizes = sorted((abs(path.product) for path in every.listed), reverse=True)
    assert (every.count, len(every.listed)) == (some.count, some.count)
    np.testing.assert_allclose([abs(path.product) for path in some.listed], sizes[:most], rtol=1e-12)
    np.testing.assert_allclose([some.size, some.share], [sum(sizes), sum(sizes[:most]) / sum(sizes)], rtol=1e-12)


def test_paths_through_huge_jacobians_are_refused() -> None:
    model = jaccli.parse({"inputs": {"x": {"shape": [8000], "init": "normal"}}, "outputs": {"y": "sum(sin(x))"}})
    with pytest.raises(TooManyEntriesError, match="have 64,008,000 entries, more than 50,000,000; choose an entry"):
        paths(model.built.graph, model.built.outputs["y"], 0, model.built.variables["x"], 0, model.point())


@pytest.mark.parametrize("entry", ["loss/block1.W1[0,0]", "loss/embedding1.W[0, 1]"])
def test_paths_lead_through_a_transformer_block(entry: str) -> None:
    found = explain(jaccli.load(SPECS / "networks" / "char_transformer.yaml").built, entry=entry)
    lines = explained_document(found).sections[-1].lines
    assert re.match(r"the 5 strongest of [\d,]+ paths; together they give \S+, and \S+ % of Σ\|product\|", lines[-2])
    assert lines[0].split(": ")[0].endswith(found.trail.wrt)  # type: ignore[union-attr]


def test_passes_of_a_chain_of_many_steps_are_folded() -> None:
    lets = {"h0": "tanh(x)"} | {f"h{k}": f"tanh(2*h{k - 1})" for k in range(1, 100)}
    found = explain(jaccli.parse({"inputs": {"x": 1}, "let": lets, "outputs": {"y": "h99"}}).built).passes
    assert (found.folded, {row.name for row in found.values}) == (True, {"x", *lets})


def test_passes_name_the_inside_of_a_layer_by_its_operands() -> None:
    spec = {"inputs": {"x": {"value": [1, 2, 3]}}, "network": [{"dense": 4}, "tanh"]}
    names = [row.name for row in explain(jaccli.parse(spec).built).passes.values]
    assert names == ["x", "dense1.W", "dense1.b", "dense1.W.T", "x @ dense1.W.T", "dense1", "tanh1"]


def test_paths_lead_into_the_weights_of_a_layer() -> None:
    spec = {"inputs": {"x": {"value": [1, 2, 3]}}, "network": [{"dense": 4}, "tanh"]}
    model = jaccli.parse(spec)
    trail = explain(model.built, entry="output[2]/dense1.W[2, 1]").trail
    assert trail is not None
    assert trail.paths is not None
    total = sum(path.product for path in trail.paths.listed)
    assert total == pytest.approx(model.jacobian("output", "dense1.W", route="forward")[2, 2, 1], rel=1e-12)
