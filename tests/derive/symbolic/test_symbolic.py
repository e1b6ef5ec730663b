"""The symbolic route: exact entries, names that stay the user's, and linear growth."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

import jaccli
from jaccli.derive.jacobian import jacobian
from jaccli.derive.symbolic import TooLarge, symbolic
from jaccli.graph.ir import Graph
from jaccli.ops.notation import contract, sum_over


def derivative(make, *names):
    """Return the symbolic blocks of a function of scalars called ``names``."""
    graph = Graph()
    leaves = [graph.leaf(name) for name in names]
    return symbolic(graph, make(*leaves), leaves)


def entry(make, *names):
    return derivative(make, *names)[0].expanded()[()]


def symbol(name):
    return sympy.Symbol(name, real=True)


# --- exact


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda x: x * x * x, "3*x**2"),
        (lambda x: x.apply("sin") * 2, "2*cos(x)"),
        (lambda x: x / 10, "1/10"),
        (lambda x: x * 0.1, "3602879701896397/36028797018963968"),
        (lambda x: x.apply("sqrt"), "1/(2*sqrt(x))"),
        (lambda x: x**5, "5*x**4"),
        (lambda x: x.apply("tanh"), "1 - tanh(x)**2"),
        (lambda x: x * 0 + 3, "0"),
    ],
    ids=["cube", "sine", "tenth", "the double 0.1", "root", "power", "tanh", "constant"],
)
def test_entry_is_exact(make, expected):
    assert sympy.expand(entry(make, "x") - sympy.sympify(expected, locals={"x": symbol("x")})) == 0


@pytest.mark.parametrize("name", ["E", "I", "S", "N", "O", "Q", "pi_", "lambda_", "beta", "zeta", "Symbol"])
def test_names_that_sympy_knows_stay_symbols(name):
    assert entry(lambda x: x * x, name) == 2 * symbol(name)


@pytest.mark.parametrize(
    "names",
    [("x", "t1"), ("t1", "t2"), ("t2", "t1"), ("y", "t1_bar"), ("t1", "t1_bar"), ("x", "t3_bar")],
    ids=", ".join,
)
def test_names_that_look_like_the_intermediates_are_the_users(names):
    values = dict(zip(names, (0.7, 1.3), strict=True))
    graph = Graph()
    leaves = [graph.leaf(name) for name in names]
    x, y = leaves
    output = (x * y).apply("sin") * (x + y).apply("exp") * y
    for block, other in zip(symbolic(graph, output, leaves), jacobian(graph, output, leaves, values), strict=True):
        assert float(block.evaluate(values)) == pytest.approx(float(other), rel=1e-14)


@pytest.mark.parametrize("shape", [(12, 12), (2, 3, 12)])
def test_every_entry_of_a_large_output_has_its_own_intermediates(shape, rng):
    graph = Graph()
    x = graph.leaf("x", shape)
    y = (x.apply("sin") * x.apply("exp")).apply("tanh")
    (block,) = symbolic(graph, y, [x])
    bound = [name for name, _ in block.bindings]
    assert len(set(bound)) == len(bound)


def test_named_intermediates_keep_their_names():
    graph = Graph()
    x = graph.leaf("x", (2,))
    z = x.apply("sin")
    graph.names[z.index] = "z"
    (block,) = symbolic(graph, sum_over(z * z, (-1,)), [x])
    assert [str(name) for name, _ in block.used()][:2] == ["z[0]", "z[1]"]


def test_exact_constants_enter_as_numbers():
    graph = Graph()
    x, c = graph.leaf("x"), graph.leaf("c")
    exact = np.empty((), dtype=object)
    exact[()] = Fraction(1, 3)
    (block,) = symbolic(graph, c * x * x, [x], {"c": exact})
    assert block.expanded()[()] == 2 * symbol("x") / 3


def test_pi_and_e_stay_exact():
    graph = Graph()
    x = graph.leaf("x")
    (block,) = symbolic(graph, x * graph.add("pi", (), {}) * graph.add("euler", (), {}), [x])
    assert block.expanded()[()] == sympy.pi * sympy.E


# --- shapes and forms


@pytest.mark.parametrize("out", [(), (2,), (2, 3), (0,)], ids=str)
@pytest.mark.parametrize("of", [(), (2,), (0,), (1, 2)], ids=str)
def test_entries_have_the_shape_of_the_output_then_of_the_variable(out, of):
    graph = Graph()
    x, factor = graph.leaf("x", of), graph.leaf("F", out + of)
    y = contract(factor, x, f"{'xyz'[: len(out)]}{'abc'[: len(of)]},{'abc'[: len(of)]}->{'xyz'[: len(out)]}")
    (block,) = symbolic(graph, y, [x])
    assert block.entries.tolist() == block.inputs["F"].tolist()


def test_expanded_is_none_where_the_entry_is_long():
    graph = Graph()
    x = graph.leaf("x")
    y = x
    for _ in range(6):
        y = (y.apply("tanh") + 1) * y
    (block,) = symbolic(graph, y, [x])
    assert block.expanded(limit=60)[()] is None


def test_expanded_is_whole_below_the_limit():
    (block,) = derivative(lambda x: x.apply("sin").apply("exp"), "x")
    assert block.expanded()[()].free_symbols == {symbol("x")}


def test_expanded_has_the_value_of_the_bindings():
    (block,) = derivative(lambda x: (x.apply("sin") * x).apply("exp") / (1 + x * x), "x")
    whole = float(block.expanded(limit=10_000)[()].subs(symbol("x"), 0.7))
    assert float(block.evaluate({"x": 0.7})) == pytest.approx(whole, rel=1e-14)


def test_used_leaves_out_what_no_entry_needs():
    graph = Graph()
    x, y = graph.leaf("x"), graph.leaf("y")
    (block,) = symbolic(graph, x.apply("sin") * 2 + y.apply("exp").apply("cos"), [x])
    assert all("exp" not in str(expression) for _, expression in block.used())


def test_used_defines_every_symbol_before_its_use():
    (block,) = derivative(lambda x: (x.apply("sin") * x).apply("exp") * x.apply("tanh"), "x")
    known = {symbol("x")}
    for name, expression in block.used():
        assert expression.free_symbols <= known
        known.add(name)
    assert block.entries[()].free_symbols <= known


# --- size


def _tanh_layers(depth, width=3):
    graph = Graph()
    h = x = graph.leaf("x", (width,))
    for layer in range(depth):
        h = contract(graph.leaf(f"W{layer}", (width, width)), h, "ij,j->i").apply("tanh")
    return graph, x, sum_over(h, (-1,))


def test_bindings_grow_linearly_with_depth():
    counts = []
    for depth in (4, 8, 12):
        graph, x, y = _tanh_layers(depth)
        counts.append(len(symbolic(graph, y, [x])[0].bindings))
    assert counts[2] - counts[1] == counts[1] - counts[0]


def test_entries_do_not_grow_with_depth():
    lengths = []
    for depth in (4, 12):
        graph, x, y = _tanh_layers(depth)
        lengths.append(max(len(str(e)) for e in symbolic(graph, y, [x])[0].entries))
    assert lengths[1] <= lengths[0] + 10


def test_a_deep_scalar_chain_does_not_recurse():
    graph = Graph()
    y = x = graph.leaf("x")
    for _ in range(3_000):
        y = y.apply("sin")
    (block,) = symbolic(graph, y, [x])
    assert float(block.evaluate({"x": 1.0})) == pytest.approx(float(jacobian(graph, y, [x], {"x": 1.0})[0]), rel=1e-10)


TOO_LARGE = {
    "bindings": (
        lambda g: sum_over(g.leaf("x", (30_000,)).apply("sin"), (-1,)),
        r"unrolls to more than 20,000 scalar operations",
    ),
    "operations": (
        lambda g: contract(g.leaf("x", (100, 100)), g.leaf("B", (100, 100)), "ij,jk->ik").apply("sum", axes=(-2, -1)),
        r"takes [\d,]+ scalar operations, more than 500,000",
    ),
    "entries": (
        lambda g: g.leaf("x", (400, 1)).apply("broadcast", shape=(400, 2), rank=2),
        r"the Jacobian has 320,000 entries, more than 100,000",
    ),
}


@pytest.mark.parametrize(("make", "message"), TOO_LARGE.values(), ids=TOO_LARGE)
def test_symbolic_refuses_what_would_not_be_worth_reading(make, message):
    graph = Graph()
    y = make(graph)
    with pytest.raises(TooLarge, match=message):
        symbolic(graph, y, [graph.inputs()["x"]])


# --- numbers


@pytest.mark.parametrize("x", [[800.0, 801.0], [-800.0, -801.0], [0.0, 2000.0]])
def test_evaluate_of_softmax_takes_more_digits_where_doubles_overflow(x):
    graph = Graph()
    leaf = graph.leaf("x", (2,))
    y = leaf.apply("softmax", axes=(-1,))
    (block,) = symbolic(graph, y, [leaf])
    expected = jacobian(graph, y, [leaf], {"x": np.array(x)})[0]
    np.testing.assert_allclose(block.evaluate({"x": x}), expected, rtol=1e-13)


SELECTIONS = {
    "where": lambda x: (x > 0).apply("where", x.apply("sqrt"), 0),
    "both branches": lambda x: (x > 0).apply("where", x.apply("log") * x, x * x),
    "used twice": lambda x: (x > 0).apply("where", x.apply("log") * x.apply("log").apply("exp"), 0),
    "a chain": lambda x: (x > 0).apply("where", (x.apply("log") * 3).apply("sin") / x.apply("sqrt"), 0),
    "relu": lambda x: x.apply("relu").apply("sqrt"),
}


@pytest.mark.parametrize("x", [-1.0, 0.5])
@pytest.mark.parametrize("make", SELECTIONS.values(), ids=SELECTIONS)
def test_evaluate_leaves_out_the_branch_not_taken(make, x):
    graph = Graph()
    leaf = graph.leaf("x")
    y = make(leaf)
    (block,) = symbolic(graph, y, [leaf])
    assert float(block.evaluate({"x": x})) == pytest.approx(
        float(jacobian(graph, y, [leaf], {"x": x})[0]), rel=1e-13, abs=0
    )


@pytest.mark.parametrize(
    ("make", "x", "expected"),
    [
        (lambda x: x.apply("sqrt"), 0.0, np.inf),
        (lambda x: x.apply("log"), -1.0, -1.0),
        (lambda x: x.apply("sqrt"), -1.0, np.nan),
        (lambda x: x.apply("arcsin"), 2.0, np.nan),
        (lambda x: x**0.5 * x, -4.0, np.nan),
        (lambda x: (x * 1000).apply("exp"), 1.0, np.inf),
        (lambda x: x.apply("abs"), 0.0, 0.0),
        (lambda x: x * 10**400 / 10**400, 1.0, 1.0),
        (lambda x: x * 5e-324, 1.0, 5e-324),
        (lambda x: x * 1e308 * 1e308, 1.0, np.inf),
        (lambda x: x * (x.graph.literal(-2)) ** 0.5, 1.0, np.nan),
        (lambda x: 0**x, 2.0, np.nan),
    ],
    ids=[
        "pole",
        "log",
        "outside",
        "arcsin",
        "power",
        "overflow",
        "kink",
        "huge and back",
        "tiny",
        "huge",
        "imaginary",
        "0 ** x",
    ],
)
def test_evaluate_gives_a_number_an_infinity_or_nan(make, x, expected):
    (block,) = derivative(make, "x")
    np.testing.assert_allclose(float(block.evaluate({"x": x})), expected, rtol=1e-15)


def test_evaluate_agrees_with_the_other_routes_on_det_of_a_singular_matrix():
    graph = Graph()
    a = graph.leaf("A", (3, 3))
    y = a.apply("det")
    at = {"A": np.array([[1.0, 2, 3], [4, 5, 6], [5, 7, 9]])}
    np.testing.assert_allclose(symbolic(graph, y, [a])[0].evaluate(at), jacobian(graph, y, [a], at)[0], atol=1e-12)


@pytest.mark.parametrize(
    ("outputs", "shown"),
    [
        ({"y": "x[0]**2 * x[1]"}, "[2*x[0]*x[1], x[0]**2]"),
        ({"y": "3 * sum(x[:1])"}, "[3, 0]"),
        ({"y": "x * x"}, "[[2*x[0], 0], [0, 2*x[1]]]"),
        (
            {"y": "outer(outer(outer(outer(outer(x, x).reshape(4), x).reshape(8), x).reshape(16), x).reshape(32), x)"},
            "<Symbolic of shape (32, 2, 2)>",
        ),
    ],
)
def test_a_symbolic_jacobian_shows_its_entries(outputs: dict[str, str], shown: str) -> None:
    model = jaccli.parse({"inputs": {"x": [1.0, 2.0]}, "outputs": outputs})
    assert repr(model.symbolic("y", "x")) == shown
