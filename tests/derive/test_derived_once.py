"""The symbolic route's work: derived once for all points, counted; its numbers are those of the formulas that are written."""

from dataclasses import replace

import numpy as np
import pytest
import sympy
from counting import steps
from random_graphs import random_graph

import jaccli
from jaccli.derive.jacobian import jacobian
from jaccli.derive.symbolic import Derivation, TooLarge, applied, scalars, symbolic
from jaccli.graph.ir import Graph
from jaccli.ops.notation import contract, sum_over

# --- what is written is what is evaluated


def written_value(block, values):
    """Return a block's entries computed by SymPy from its written bindings, with 30 digits."""
    known = {
        symbol: sympy.Float(float(np.asarray(values[name])[place]), 30)
        for name, symbols in block.inputs.items()
        for place, symbol in np.ndenumerate(symbols)
    }
    for symbol, expression in block.used():
        known[symbol] = expression.xreplace(known).evalf(30)
    return np.array([float(entry.xreplace(known).evalf(30)) for entry in block.entries.ravel()])


@pytest.mark.parametrize("seed", range(6))
def test_numbers_are_those_of_the_written_formulas(seed):
    graph, variables, y, values = random_graph(np.random.default_rng(seed), steps=5, rank=0)
    for block in symbolic(graph, y, variables):
        np.testing.assert_allclose(block.evaluate(values).ravel(), written_value(block, values), rtol=1e-9, atol=1e-13)


# --- matrices


def matrix_with_zero_pivots(n, rng):
    """Return a regular matrix whose first pivots are zero."""
    a = rng.normal(size=(n, n)) + 4 * np.eye(n)[::-1]
    a[0, 0] = a[1, 1] = 0.0
    return a


MATRICES = {
    "inv": lambda a, b: a.apply("inv"),
    "det": lambda a, b: a.apply("det"),
    "logdet": lambda a, b: a.apply("logdet"),
    "solve": lambda a, b: a.apply("solve", b, rank=1),
}


@pytest.mark.parametrize("n", [2, 3, 4, 6])
@pytest.mark.parametrize("make", MATRICES.values(), ids=MATRICES)
def test_matrix_is_eliminated_with_the_pivots_of_the_point(make, n, rng):
    graph = Graph()
    a, b = graph.leaf("A", (n, n)), graph.leaf("b", (n,))
    y, derivation = make(a, b), Derivation(graph)
    for values in ({"A": matrix_with_zero_pivots(n, rng), "b": rng.normal(size=n)} for _ in range(2)):
        found = derivation.blocks(y, [a, b], values)
        for block, expected in zip(found, jacobian(graph, y, [a, b], values), strict=True):
            np.testing.assert_allclose(block.evaluate(values), expected, rtol=1e-9, atol=1e-10)


def test_elimination_binds_a_few_scalars_per_entry():
    counts = []
    for n in (6, 12, 24):
        graph = Graph()
        a = graph.leaf("A", (n, n))
        derivation = Derivation(graph)
        y = derivation.lower(a.apply("det"))
        program = derivation.program({})
        program.unroll(range(y.index + 1))
        counts.append(len(program.scalars.bindings) / n**2)
    assert max(counts) < 2


def test_wrong_derivative_inside_an_elimination_fails(monkeypatch, rng):
    right = applied.rule

    def wrong(op, pattern):
        dummies, value, partials = right(op, pattern)
        return (
            dummies,
            value,
            tuple((d, sympy.Rational(2001, 2000) * p if op.name == "div" else p) for d, p in partials),
        )

    monkeypatch.setattr(applied, "rule", wrong)
    spec = {
        "inputs": {"A": (rng.normal(size=(4, 4)) + 4 * np.eye(4)).tolist(), "b": [1.0, 2, 3, 4]},
        "outputs": {"y": "sum(solve(A, b))"},
    }
    report = jaccli.parse(spec).gradcheck(points=1)
    assert {check.tested for check in report.checks if check.outcome == "fail"} == {"symbolic"}


# --- work


def test_all_points_of_an_output_share_one_derivation(rng):
    graph = Graph()
    W, x = graph.leaf("W", (4, 4)), graph.leaf("x", (4,))
    y, derivation = sum_over(contract(W, x, "ij,j->i").apply("tanh"), (-1,)), Derivation(graph)

    def at_a_point():
        values = {"W": rng.normal(size=(4, 4)), "x": rng.normal(size=4)}
        return [block.evaluate(values) for block in derivation.blocks(y, [W, x], values)]

    first = steps(at_a_point)
    second = [steps(at_a_point) for _ in range(2)]
    assert max(second) < first / 2


def test_outputs_share_what_they_are_made_of():
    graph = Graph()
    x = graph.leaf("x", (6,))
    h, derivation = x.apply("sin").apply("tanh"), Derivation(graph)
    counts = []
    for op in ("exp", "cos"):
        (block,) = derivation.blocks(sum_over(h.apply(op), (-1,)), [x])
        counts.append(len(block.bindings))
    assert counts[1] < 2 * counts[0]


def test_gradcheck_derives_once_for_all_points(monkeypatch):
    made = []
    original = Derivation.__init__
    monkeypatch.setattr(Derivation, "__init__", lambda self, *args: (made.append(1), original(self, *args))[1])
    spec = {"inputs": {"x": {"value": 1.5, "range": [1, 2]}}, "outputs": {"y": "x*sin(x)", "z": "exp(x)"}}
    assert jaccli.parse(spec).gradcheck(points=3).ok
    assert len(made) == 1


@pytest.fixture
def few_steps(monkeypatch):
    monkeypatch.setattr(scalars, "MAX_STEPS", 2_000)


def dense(n):
    """Return Σ tanh(W x), whose derivative by W is dense, and its variables."""
    graph = Graph()
    W, x = graph.leaf("W", (n, n)), graph.leaf("x", (n,))
    return sum_over(contract(W, x, "ij,j->i").apply("tanh"), (-1,)), [W, x]


def test_too_many_products_are_told_and_remembered(few_steps):
    y, variables = dense(30)
    derivation, taken = Derivation(y.graph), []
    for _ in range(2):

        def refused():
            with pytest.raises(TooLarge, match="it takes more than 2,000 products of partials"):
                derivation.blocks(y, variables)

        taken.append(steps(refused))
    assert taken[1] < taken[0] / 3


def test_too_large_output_leaves_the_others_alone(few_steps):
    y, variables = dense(30)
    derivation = Derivation(y.graph)
    with pytest.raises(TooLarge):
        derivation.blocks(y, variables)
    (block,) = derivation.blocks(sum_over(variables[1].apply("sin"), (-1,)), variables[1:])
    values = {"W": np.zeros((30, 30)), "x": np.linspace(0, 1, 30)}
    np.testing.assert_allclose(block.evaluate(values), np.cos(values["x"]), rtol=1e-14)


# --- digits


@pytest.mark.parametrize(
    ("make", "x"),
    [
        (lambda x: x.apply("erf") + 1, -8.0),
        (lambda x: (x.apply("exp") + 1).apply("log") - x, 30.0),
        (lambda x: (1 - x.apply("cos")) / (x * x), 1e-9),
        (lambda x: ((x + 1e17) - 1e17) * x.apply("sin"), 0.75),
        (lambda x: (x.apply("exp") - x.apply("exp") * 1.0) + x * x, 300.0),
    ],
    ids=["erf", "softplus", "versine", "absorbed", "cancels for good"],
)
def test_entries_that_cancel_have_their_digits(make, x):
    graph = Graph()
    leaf = graph.leaf("x")
    y = make(leaf)
    (block,) = symbolic(graph, y, [leaf])
    np.testing.assert_allclose(block.evaluate({"x": x}), block.evaluate({"x": x}, digits=400), rtol=1e-9)


def test_spec_that_is_exchanged_keeps_no_derivation_of_the_other():
    built = jaccli.parse({"inputs": {"x": 1.5}, "outputs": {"y": "x*sin(x)"}}).built
    built.kept["symbolic"] = "of this graph"
    assert replace(built, spec=built.spec).kept == {}
