"""The list of nodes: hash-consed, append-only, exact on literal numbers."""

from fractions import Fraction

import numpy as np
import pytest

from jaccli.graph.cost import weighted_operations
from jaccli.graph.ir import MAX_EXPONENT, Graph, ancestors
from jaccli.ops import Literal, ShapeError


@pytest.fixture
def graph():
    return Graph()


@pytest.fixture
def x(graph):
    return graph.leaf("x")


# --- hash-consing


def test_add_finds_an_equal_node_again(graph, x):
    assert x.apply("sin") * 2 == x.apply("sin") * 2


@pytest.mark.parametrize("other", [lambda x: x.apply("cos"), lambda x: x.apply("sin").apply("sin"), lambda x: x * 3])
def test_add_keeps_different_nodes_apart(x, other):
    assert other(x) not in (x, x.apply("sin"), x * 2)


def test_add_keeps_equal_ops_with_other_parameters_apart(graph):
    matrix = graph.leaf("A", (2, 2))
    assert matrix.apply("sum", axes=(-1,)) != matrix.apply("sum", axes=(-2,))


def test_literals_that_are_equal_arrays_are_one_node(graph):
    assert graph.literal(np.arange(3.0)) == graph.literal(np.arange(3.0))


@pytest.mark.parametrize(
    "other", [np.arange(3), np.arange(3.0)[None], np.array([0.0, 1.0, 2.5])], ids=["dtype", "shape", "value"]
)
def test_literals_that_differ_are_two_nodes(graph, other):
    assert graph.literal(np.arange(3.0)) != graph.literal(other)


def test_expressions_of_two_graphs_differ():
    assert Graph().leaf("x") != Graph().leaf("x")


def test_add_only_appends(graph, x):
    before = [x.node, x.apply("sin").node]
    (x.apply("sin") + x) * x.apply("exp") ** 2
    assert graph.nodes[:2] == before


def test_inputs_of_a_node_come_before_it(graph, x):
    (x.apply("sin") + x) / (1 + x * x) ** 3
    assert all(source < index for index, node in enumerate(graph.nodes) for source in node.inputs)


def test_a_literal_is_read_only():
    with pytest.raises(ValueError, match="read-only"):
        Literal(np.zeros(2)).array[0] = 1


def test_a_literal_is_independent_of_the_array_it_was_made_of():
    data = np.zeros(2)
    literal = Literal(data)
    data[0] = 1
    assert literal == Literal(np.zeros(2))


# --- numbers


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda a: a + Fraction(1, 10), Fraction(11, 10)), (lambda a: a / 3, Fraction(1, 3)), (lambda a: 1 - a * 4, Fraction(-3)),
        (lambda a: (a / 3) ** 2, Fraction(1, 9)), (lambda a: (a / 3) ** -1, Fraction(3)), (lambda a: -a, Fraction(-1)),
        (lambda a: 2 ** (a * 10), Fraction(1024)), (lambda a: (a - 1) ** 0, Fraction(1)), (lambda a: a + 0.5, Fraction(3, 2)),
    ],
    ids=["add", "div", "mul sub", "pow", "pow of -1", "neg", "rpow", "0**0", "double"],
)  # fmt: skip
def test_arithmetic_on_literal_numbers_is_exact(graph, make, expected):
    assert make(graph.literal(1)).constant == expected


@pytest.mark.parametrize("make", [
    lambda x: x * 1, lambda x: 1 * x, lambda x: x + 0, lambda x: 0 + x, lambda x: x - 0, lambda x: x / 1, lambda x: x**1,
], ids=["x * 1", "1 * x", "x + 0", "0 + x", "x - 0", "x / 1", "x ** 1"])  # fmt: skip
def test_units_leave_the_node_as_it_is(x, make):
    assert make(x) == x


@pytest.mark.parametrize(
    "make",
    [lambda x: 0 - x, lambda x: 1 / x, lambda x: x * 0, lambda x: 1**x],
    ids=["0 - x", "1 / x", "x * 0", "1 ** x"],
)
def test_what_is_no_unit_makes_a_node(x, make):
    assert make(x) != x


def test_pow_zero_is_one(x):
    assert (x**0).constant == 1


@pytest.mark.parametrize("make", [
    lambda a: (a - 1) / (a - 1), lambda a: (a - 1) ** -1, lambda a: (2 * a) ** (MAX_EXPONENT + 1), lambda a: (2 * a) ** (a / 2),
    lambda a: ((2 * a) ** 1000) ** 1000,
], ids=["0 / 0", "0 ** -1", "large exponent", "2 ** 0.5", "tower"])  # fmt: skip
def test_what_has_no_short_exact_value_stays_a_node(graph, make):
    assert make(graph.literal(1)).constant is None


# --- shapes


@pytest.mark.parametrize("op", ["add", "sub", "mul", "div", "pow", "maximum", "arctan2"])
def test_a_scalar_operand_is_repeated_by_a_node(graph, x, op):
    matrix = graph.leaf("A", (2, 3))
    y = matrix.apply(op, x)
    assert [graph.nodes[source].shape for source in y.node.inputs] == [(2, 3), (2, 3)]


def test_a_literal_number_is_not_repeated(graph):
    matrix = graph.leaf("A", (2, 3))
    assert [graph.nodes[source].shape for source in (matrix * 2).node.inputs] == [(2, 3), ()]


def test_add_refuses_operands_that_differ_in_shape(graph):
    with pytest.raises(ShapeError, match=r"elementwise operands differ in shape: \(2,\), \(3,\)"):
        graph.leaf("a", (2,)) + graph.leaf("b", (3,))


def test_a_refused_operand_leaves_no_node_behind(graph):
    a, b = graph.leaf("a", (2,)), graph.leaf("b", (3,))
    with pytest.raises(ShapeError, match="differ"):
        a + b
    assert len(graph.nodes) == 2


def test_truth_values_become_numbers_in_arithmetic(graph, x):
    assert [graph.nodes[source].op for source in ((x > 0) * 3).node.inputs] == ["cast", "literal"]


def test_inputs_are_the_leaves_by_name(graph, x):
    y = graph.leaf("y", (2,))
    assert graph.inputs() == {"x": x, "y": y}


# --- walks


def test_ancestors_are_ascending_and_only_what_is_needed(graph, x):
    y = x.apply("sin")
    x.apply("cos")
    z = y * x
    assert ancestors(graph, [z.index]) == [x.index, y.index, z.index]


def test_ancestors_of_nothing_are_none(graph):
    assert ancestors(graph, []) == []


# --- cost


@pytest.mark.parametrize(
    ("make", "operations"),
    [
        (lambda A, v: A + A, 6), (lambda A, v: A.apply("tanh"), 24), (lambda A, v: A.apply("erf"), 48),
        (lambda A, v: A.apply("contract", v, spec="ij,j->i"), 12), (lambda A, v: v.apply("contract", v, spec="i,j->ij"), 9),
        (lambda A, v: A.apply("sum", axes=(-1,)), 6), (lambda A, v: A.apply("reshape", shape=(6,), rank=2), 0),
        (lambda A, v: v.apply("broadcast", shape=(4, 3), rank=1), 0), (lambda A, v: A, 0),
    ],
    ids=["add", "tanh", "erf", "matrix times vector", "outer", "sum", "reshape", "broadcast", "leaf"],
)  # fmt: skip
def test_weighted_operations_are_those_of_the_table(graph, make, operations):
    assert weighted_operations(graph, [make(graph.leaf("A", (2, 3)), graph.leaf("v", (3,)))]) == operations


def test_weighted_operations_count_a_shared_node_once(graph):
    v = graph.leaf("v", (3,))
    y = v.apply("exp")
    assert weighted_operations(graph, [y + y, y * y]) == 12 + 3 + 3


class Counted(list):
    """A list that counts how often it is looked into."""

    looks = 0

    def __getitem__(self, key):
        self.looks += 1
        return super().__getitem__(key)


@pytest.mark.parametrize("size", [100, 1_000, 10_000])
def test_ancestors_look_at_what_an_output_needs_and_no_further(size):
    graph = Graph()
    x = graph.leaf("x")
    for k in range(size):
        output = x.apply("sin") + k
    graph.nodes = Counted(graph.nodes)
    assert len(ancestors(graph, [output.index])) == 4
    assert graph.nodes.looks == 4
