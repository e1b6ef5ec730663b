"""The static engine: compiled programs give the interpreter's numbers, share no memory with anyone, and are compiled once."""

from __future__ import annotations

import platform
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from random_graphs import random_graph

import jaccli
from jaccli.derive.forward import jvp
from jaccli.derive.jacobian import hessian, jacobian
from jaccli.derive.reverse import vjp
from jaccli.graph.evaluate import COMPLEX128, evaluate
from jaccli.graph.ir import Graph
from jaccli.graph.static import Engine, compile_program
from jaccli.ops import Literal, ShapeError
from jaccli.ops.notation import contract, scatter, take

SPECS = sorted(str(path) for path in Path("specs").rglob("[!d]*.yaml"))


def agree(actual, expected):
    """Compare to a few ulps of the largest element, infinities and NaNs included."""
    for y, value in zip(actual, expected, strict=True):
        size = np.max(np.abs(value), initial=0.0, where=np.isfinite(value))
        np.testing.assert_allclose(y, value, rtol=1e-14, atol=1e-14 * size)


def with_gradients(model):
    """Return the outputs of a model, the cotangents of all its variables, and the point with random cotangents."""
    graph, point = model.built.graph, model.point()
    nodes = list(model.built.outputs.values())
    for of in list(nodes):
        seed = graph.leaf(f"{of.index}_bar", of.shape)
        point[f"{of.index}_bar"] = np.random.default_rng(0).normal(size=of.shape)
        nodes += filter(None, vjp(graph, {of.index: seed}, [model.built.variables[name] for name in model.inputs]))
    return nodes, point


@pytest.mark.parametrize("path", SPECS)
def test_program_equals_the_interpreter_on_every_spec(path):
    model = jaccli.load(path)
    nodes, point = with_gradients(model)
    agree(compile_program(model.built.graph, nodes)(point), evaluate(model.built.graph, nodes, point))


@pytest.mark.parametrize("seed", range(60))
def test_program_equals_the_interpreter_on_random_graphs(seed):
    graph, variables, total, values = random_graph(np.random.default_rng(seed), steps=25, rank=0)
    nodes = [total, *filter(None, vjp(graph, {total.index: graph.literal(1)}, variables))]
    nodes += [*variables, *(nodes[0].graph.literal(2.5) for _ in range(2))]
    agree(compile_program(graph, nodes)(values), evaluate(graph, nodes, values))


SPREAD = {
    "a quotient": "u / sqrt(sum(v * v, axis=1, keepdims=True))",
    "a quotient beside another use": "u / exp(sum(v, axis=1, keepdims=True)) + v * exp(sum(v, axis=1, keepdims=True))",
    "a row": "u * tanh(sum(v, axis=0, keepdims=True)) / (1 + tanh(sum(v, axis=0, keepdims=True)))",
    "a number": "softmax(u, axis=1) * exp(sum(v)) + exp(sum(v))",
}


@pytest.mark.parametrize("text", SPREAD.values(), ids=SPREAD)
@pytest.mark.parametrize("wrt", ["u", "v", "uv"])
def test_spread_value_is_kept_while_a_batch_uses_it(text, wrt, rng):
    values = {"u": rng.normal(size=(4, 3)), "v": rng.normal(size=(4, 3))}
    model = jaccli.parse({"inputs": values, "outputs": {"y": text}})
    graph, of = model.built.graph, model.built.outputs["y"]
    seeds = graph.leaf("y_bar", of.shape), graph.leaf("u_dot", of.shape)
    jvp(graph, [of], {model.built.variables["u"].index: seeds[1]})  # its nodes stand between those that share a value
    nodes = [*filter(None, vjp(graph, {of.index: seeds[0]}, [model.built.variables[name] for name in wrt]))]
    point = model.point() | {"y_bar": rng.normal(size=(5, 4, 3))}
    agree(compile_program(graph, nodes, {"y_bar"})(point), evaluate(graph, nodes, point))


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("axes", [(5,), (2, 3), (2,), (1,)])
def test_program_equals_the_interpreter_on_batches(seed, axes):
    graph, variables, total, values = random_graph(np.random.default_rng(seed), steps=15, rank=0)
    values["W"] = np.random.default_rng(1).normal(size=(*axes, 3, 2))
    nodes = [total, *filter(None, vjp(graph, {total.index: graph.literal(1)}, variables))]
    agree(compile_program(graph, nodes, {"W"})(values), evaluate(graph, nodes, values))


@pytest.mark.parametrize("seed", range(5))
def test_engine_gives_the_same_jacobians_and_hessians(seed):
    graph, variables, total, values = random_graph(np.random.default_rng(seed), steps=10, rank=1)
    engine = Engine(graph, after=0)
    agree(jacobian(graph, total, variables, values, run=engine), jacobian(graph, total, variables, values))
    first, second = variables[1], variables[0]
    agree([hessian(graph, total, first, second, values, run=engine)], [hessian(graph, total, first, second, values)])


@pytest.mark.parametrize(
    "value",
    [
        pytest.param([800.0, -800.0, 0.0], id="beyond the range of exp"),
        pytest.param([np.nan, 1.0, 2.0], id="nan"),
        pytest.param([np.inf, 1.0, 2.0], id="inf"),
        pytest.param([-np.inf, -np.inf, 2.0], id="minus inf"),
    ],
)
def test_program_keeps_what_is_not_finite(value):
    model = jaccli.function("s = softmax(x)", "y = sigmoid(x)", "n = logsumexp(x)", "z = x**2/(x - x)", at={"x": value})
    nodes = list(model.built.outputs.values())
    point = {"x": np.array(value)}
    agree(compile_program(model.built.graph, nodes)(point), evaluate(model.built.graph, nodes, point))


@pytest.mark.parametrize(
    "expression", ["x", "x.T", "x[0]", "reshape(x, 4)", "x[:, 1]", "2*x", "zeros((2, 2))", "x[::-1]"]
)
def test_results_share_memory_with_nobody(expression):
    model = jaccli.function(f"y = {expression}", "z = x.T", at={"x": np.eye(2)})
    program = compile_program(model.built.graph, [*model.built.outputs.values(), *model.built.outputs.values()])
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    first = program({"x": x})
    kept = [y.copy() for y in first]
    for y in first:
        y += 100.0
    assert x.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    for actual, expected in zip(program({"x": x}), kept, strict=True):
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize(
    "spec", ["i,j->ij", "i,j->ji", "ij,j->ij", "ij,i->ji", "ij,jk->ik", "ij,kj->ki", "nij,njk->nik", "nij,jk->kin", "i,i->", "ij,ij->", "ni,nj->nij", "n,nij->jni"]
)  # fmt: skip
@pytest.mark.parametrize("sizes", [(2, 3, 4, 5), (1, 3, 4, 5), (2, 1, 1, 5), (1, 1, 1, 1), (2, 3, 1, 1)])
def test_product_of_any_sizes_equals_the_kernel(spec, sizes):
    size = dict(zip("nijk", sizes, strict=True))
    left, right = spec.split("->")[0].split(",")
    graph, rng = Graph(), np.random.default_rng(0)
    x, y = (graph.leaf(name, tuple(size[c] for c in labels)) for name, labels in (("x", left), ("y", right)))
    nodes, point = [contract(x, y, spec)], {"x": rng.normal(size=x.shape), "y": rng.normal(size=y.shape)}
    (found,) = compile_program(graph, nodes)(point)
    expected = np.einsum(spec, point["x"], point["y"])
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("dtype", ["float32", "int64", "bool", "float16"])
def test_program_takes_other_numbers_as_doubles(dtype):
    model = jaccli.function("y = tanh(x)/3", at={"x": [0.0, 1.0]})
    (y,) = compile_program(model.built.graph, list(model.built.outputs.values()))({"x": np.array([0, 1], dtype)})
    np.testing.assert_array_equal(y, np.tanh([0.0, 1.0]) / 3)


def test_program_runs_in_many_threads_at_once():
    model = jaccli.load("specs/networks/char_transformer.yaml")
    nodes, point = with_gradients(model)
    program = compile_program(model.built.graph, nodes)
    expected, found = program(point), []

    def work():
        found.extend(program(point) for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 80
    assert all(np.array_equal(y, z) for run in found for y, z in zip(run, expected, strict=True))


def test_program_of_empty_arrays():
    model = jaccli.parse({"inputs": {"x": {"shape": [0]}}, "outputs": {"y": "sum(sin(x)*x)", "z": "2*x"}})
    y, z = compile_program(model.built.graph, list(model.built.outputs.values()))({"x": np.zeros(0)})
    assert (float(y), z.shape) == (0.0, (0,))


def test_program_refuses_a_value_of_another_shape():
    model = jaccli.function("y = x*2", at={"x": [1.0, 2.0]})
    with pytest.raises(ShapeError, match=r"'x' has shape \(2,\), its value \(3,\)"):
        compile_program(model.built.graph, list(model.built.outputs.values()))({"x": np.zeros(3)})


def test_program_of_a_long_chain_neither_recurses_nor_keeps_dead_values():
    graph = Graph()
    x = y = graph.leaf("x", (3,))
    for _ in range(20_000):
        y = (y * 1.0001).apply("sin")
    program = compile_program(graph, [y])
    agree(program({"x": np.ones(3)}), evaluate(graph, [y], {"x": np.ones(3)}))
    assert len({line.split(" = ")[0] for line in program.source.split("\n")[1:-1]}) <= 2  # variables
    assert x.index == 0


def test_no_text_of_a_spec_stands_in_the_source():
    model = jaccli.parse({"inputs": {"evil": 2}, "let": {"mischief": "evil*3"}, "outputs": {"harm": "sin(mischief)"}})
    source = compile_program(model.built.graph, list(model.built.outputs.values())).source
    assert not any(word in source for word in ("evil", "mischief", "harm"))


def test_engine_compiles_once_when_outputs_are_asked_for_again():
    graph = Graph()
    x = graph.leaf("x", (2,))
    engine, point = Engine(graph), {"x": np.ones(2)}
    counts = []
    for k in range(4):
        engine(graph, [x * 2], point if k < 3 else {"x": np.ones((5, 2))})
        counts.append(len(engine.programs))
    assert counts == [0, 1, 1, 1]


def test_engine_leaves_other_number_systems_to_the_interpreter():
    graph = Graph()
    x = graph.leaf("x", ())
    (y,) = Engine(graph, after=0)(graph, [x * x], {"x": 1j}, COMPLEX128)
    assert y == -1


@pytest.mark.parametrize("seed", range(40))
def test_evenly_counted_indices_select_and_add_like_numpy(seed):
    rng = np.random.default_rng(seed)
    shape = tuple(int(n) for n in rng.integers(1, 10, size=rng.integers(1, 4)))
    strides = rng.integers(-5, 6, size=len(shape))
    index = sum(np.arange(n).reshape([-1 if k == a else 1 for k in range(len(shape))]) * s for a, (n, s) in enumerate(zip(shape, strides, strict=True)))  # fmt: skip
    index = np.asarray(index) - np.min(index)
    size = int(np.max(index)) + 2
    graph = Graph()
    x, y = graph.leaf("x", (size,)), graph.leaf("y", shape)
    nodes = [take(x, Literal(index)), scatter(y, Literal(index), (size,))]
    point = {"x": rng.normal(size=size), "y": rng.normal(size=shape)}
    expected = [point["x"][index], np.bincount(index.ravel(), point["y"].ravel(), size)]
    agree(evaluate(graph, nodes, point), expected)
    agree(compile_program(graph, nodes)(point), expected)


FAULTS = """
import resource
import numpy as np
from jaccli.derive.compiled import value_and_gradient
from jaccli.graph.ir import Graph
graph = Graph()
xs = [graph.leaf(f"x{k}", (150, 150)) for k in range(20)]
y = sum(x.apply("exp").apply("sum", axes=(-2, -1)) for x in xs)
run = value_and_gradient(y, {f"x{k}": x for k, x in enumerate(xs)})
point = {f"x{k}": np.ones((150, 150)) for k in range(20)}
for _ in range(3):
    run(point)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    run(point)
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc learns how much memory to keep")
def test_the_memory_of_a_run_is_kept_for_the_next():
    run = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True)
    assert float(run.stdout) < 100  # of 880 pages that hold the gradient
