"""Graph and inputs → values: one kernel per node, in one batch, in any number system, without warnings."""

import tracemalloc
import warnings
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from jaccli.derive.forward import jvp
from jaccli.derive.reverse import vjp
from jaccli.graph.evaluate import COMPLEX128, FLOAT32, FLOAT64, Numbers, evaluate, live_elements
from jaccli.graph.ir import Graph
from jaccli.ops import TABLE, ShapeError

LONG = 100_000


@pytest.fixture
def graph():
    return Graph()


@pytest.fixture
def calls(monkeypatch):
    """Return the operands' batch shapes of every kernel call, as a Counter of (op, shape of the value)."""
    counted = Counter()

    def watched(row):
        def kernel(*operands, **params):
            value = row.kernel(*operands, **params)
            counted[row.name, np.shape(value)] += 1
            return value

        return replace(row, kernel=kernel)

    for name, row in list(TABLE.items()):
        if row.kind != "nullary":
            monkeypatch.setitem(TABLE, name, watched(row))
    return counted


def test_evaluate_computes_a_shared_node_once(graph, calls):
    x = graph.leaf("x", (3,))
    y = x.apply("sin")
    evaluate(graph, [y * y, y + y, y], {"x": np.ones(3)})
    assert calls == {("sin", (3,)): 1, ("mul", (3,)): 1, ("add", (3,)): 1}


def test_evaluate_computes_only_what_is_asked_for(graph, calls):
    x = graph.leaf("x")
    x.apply("sin")
    evaluate(graph, [x.apply("cos")], {"x": 1.0})
    assert calls == {("cos", ()): 1}


def test_evaluate_computes_what_no_batch_reaches_without_batch(graph, calls):
    matrix, x = graph.leaf("A", (2, 2)), graph.leaf("x", (2,))
    y = matrix.apply("inv").apply("contract", x.apply("tanh"), spec="ij,j->i")
    evaluate(graph, [y], {"A": np.eye(2), "x": np.ones((7, 2))})
    assert calls == {("inv", (2, 2)): 1, ("tanh", (7, 2)): 1, ("contract", (7, 2)): 1}


def test_a_jacobian_of_seeds_computes_the_function_once(graph, calls):
    x = graph.leaf("x", (5,))
    y = x.apply("exp").apply("sin")
    (dy,) = jvp(graph, [y], {x.index: graph.leaf("dx", (5,))})
    evaluate(graph, [dy], {"x": np.ones(5), "dx": np.eye(5)})
    assert [(op, shape) for op, shape in calls if op in ("exp", "cos")] == [("exp", (5,)), ("cos", (5,))]


def test_evaluate_drops_a_value_after_its_last_use(graph):
    y = graph.leaf("x", (100_000,))
    for _ in range(30):
        y = y.apply("sin")
    x = np.ones(100_000)
    tracemalloc.start()
    try:
        evaluate(graph, [y], {"x": x})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * x.nbytes


def test_evaluate_returns_an_output_that_is_used_later(graph):
    x = graph.leaf("x")
    y = x.apply("exp")
    assert [float(v) for v in evaluate(graph, [y, y + 1, y], {"x": 0.0})] == [1.0, 2.0, 1.0]


def test_evaluate_of_nothing_is_nothing(graph):
    assert evaluate(graph, [], {}) == []


def test_evaluate_names_a_leaf_without_a_value(graph):
    with pytest.raises(KeyError, match="weight"):
        evaluate(graph, [graph.leaf("weight") + 1], {"x": 1.0})


@pytest.mark.parametrize("value", [np.ones(2), np.ones((3, 2)), 1.0], ids=["too short", "exchanged", "a number"])
def test_evaluate_refuses_a_value_of_another_shape(graph, value):
    with pytest.raises(ShapeError, match=r"'x' has shape \(2, 3\), its value "):
        evaluate(graph, [graph.leaf("x", (2, 3)) + 1], {"x": value})


# --- outside the domain


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x.apply("log"),
        lambda x: (0 * x).apply("log"),
        lambda x: 1 / (x - x),
        lambda x: (x * -1000).apply("exp"),
        lambda x: x.apply("arcsin"),
        lambda x: x**0.5,
    ],
    ids=["log", "log of 0", "division by 0", "overflow", "arcsin", "power"],
)
def test_evaluate_is_silent_outside_a_domain(graph, make):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (y,) = evaluate(graph, [make(graph.leaf("x"))], {"x": -2.0})
    assert not np.isfinite(y)


def test_evaluate_leaves_numpys_error_state_as_it_was(graph):
    before = np.geterr()
    evaluate(graph, [graph.leaf("x").apply("log")], {"x": -1.0})
    assert np.geterr() == before


# --- number systems


@pytest.mark.parametrize("numbers", [FLOAT64, FLOAT32, COMPLEX128], ids=lambda numbers: str(numbers.dtype))
def test_evaluate_stays_in_its_number_system(graph, numbers):
    x = graph.leaf("x", (3,))
    y = ((x > 0) * x.apply("exp") + graph.add("pi", (), {}) / 3) ** 2
    assert [v.dtype for v in evaluate(graph, [y, graph.literal(Fraction(1, 3)) + x], {"x": np.arange(3)}, numbers)] == [
        numbers.dtype
    ] * 2


def test_literals_enter_as_the_nearest_double(graph):
    (tenth,) = evaluate(graph, [graph.literal(1) / 10], {})
    assert float(tenth) == 0.1


@pytest.mark.parametrize(
    ("exact", "expected"),
    [(Fraction(10) ** 400, np.inf), (-(Fraction(10) ** 400), -np.inf), (Fraction(1, 10**400), 0.0)],
)
@pytest.mark.parametrize("numbers", [FLOAT64, FLOAT32], ids=lambda numbers: str(numbers.dtype))
def test_literals_beyond_the_range_are_infinite_or_zero(graph, exact, expected, numbers):
    (value,) = evaluate(graph, [graph.literal(exact)], {}, numbers)
    assert float(value) == expected


def test_complex_literals_beyond_the_range_are_infinite(graph):
    (value,) = evaluate(graph, [graph.literal(Fraction(10) ** 400)], {}, COMPLEX128)
    assert value == complex(np.inf)


def test_evaluate_takes_kernels_of_a_number_system(graph):
    doubled = Numbers(FLOAT64.dtype, FLOAT64.literal, {"sin": lambda x: 2 * x})
    (y,) = evaluate(graph, [graph.leaf("x").apply("sin")], {"x": 3.0}, doubled)
    assert float(y) == 6.0


# --- long graphs


@pytest.fixture(scope="module")
def chain():
    graph = Graph()
    y = x = graph.leaf("x")
    for k in range(LONG // 2):
        y = (y * 0.5).apply("sin" if k % 2 else "cos")
    return graph, x, y


def test_a_long_chain_evaluates(chain):
    graph, _x, y = chain
    expected = 1.0
    for k in range(LONG // 2):
        expected = np.sin(expected * 0.5) if k % 2 else np.cos(expected * 0.5)
    assert float(evaluate(graph, [y], {"x": 1.0})[0]) == expected


def test_a_long_chain_has_a_jvp(chain):
    graph, x, y = chain
    (dy,) = jvp(graph, [y], {x.index: graph.leaf("dx")})
    assert len(graph.nodes) > 2 * LONG
    assert np.isfinite(evaluate(graph, [dy], {"x": 1.0, "dx": 1.0})[0])


def test_a_long_chain_has_a_vjp(chain):
    graph, x, y = chain
    (x_bar,) = vjp(graph, {y.index: graph.leaf("y_bar")}, [x])
    assert np.isfinite(evaluate(graph, [x_bar], {"x": 1.0, "y_bar": 1.0})[0])


@pytest.mark.parametrize("route", ["jvp", "vjp"])
def test_a_long_chain_of_selections_is_differentiated(route):
    graph = Graph()
    y = x = graph.leaf("x")
    for k in range(3_000):
        y = (y > k).apply("where", y.apply("sqrt"), 0)
    seed = graph.leaf("seed")
    found = jvp(graph, [y], {x.index: seed}) if route == "jvp" else vjp(graph, {y.index: seed}, [x])
    assert float(evaluate(graph, found, {"x": 1.0, "seed": 1.0})[0]) == 0.0


# --- memory


def test_live_elements_of_a_chain_do_not_grow(graph):
    y = graph.leaf("x", (10,))
    for _ in range(50):
        y = y.apply("sin")
    assert live_elements(graph, [y]) == 20


def test_live_elements_count_what_is_kept_for_later(graph):
    x = graph.leaf("x", (10,))
    total = x
    for node in [x.apply(op) for op in ("sin", "cos", "tan", "exp")]:
        total = total * node
    assert live_elements(graph, [total]) == 60


def test_live_elements_of_an_empty_graph_are_one(graph):
    assert live_elements(graph, []) == 1
