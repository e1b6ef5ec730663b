"""Elementwise ops at the points where a rule that is right elsewhere goes wrong: zeros, poles, ties, ends of the range."""

import mpmath
import numpy as np
import pytest

from jaccli.derive.jacobian import hessian, jacobian
from jaccli.derive.products import jvp_at, vjp_at
from jaccli.graph.evaluate import COMPLEX128, evaluate
from jaccli.graph.ir import Graph

NAN, INF = np.nan, np.inf


def value(op, *xs):
    graph = Graph()
    leaves = [graph.leaf(f"x{k}", np.shape(x)) for k, x in enumerate(xs)]
    return evaluate(graph, [leaves[0].apply(op, *leaves[1:])], {f"x{k}": x for k, x in enumerate(xs)})[0]


def slopes(make, *xs):
    """Return the derivatives of a scalar function, which forward and reverse mode must agree on."""
    graph = Graph()
    leaves = [graph.leaf(f"x{k}") for k in range(len(xs))]
    y = make(*leaves)
    values = {f"x{k}": x for k, x in enumerate(xs)}
    forward, reverse = (jacobian(graph, y, leaves, values, route) for route in ("forward", "reverse"))
    np.testing.assert_array_equal(forward, reverse)
    return [float(slope) for slope in forward]


def exact_slope(f, x):
    with mpmath.workdps(50):
        return float(mpmath.diff(f, mpmath.mpf(x)))


# --- powers


@pytest.mark.parametrize("x", [-1.5, 0.0, 2.0])
@pytest.mark.parametrize("p", [0, 1, 2, 3, 4])
def test_pow_with_whole_literal_exponent_is_a_polynomial(x, p):
    assert slopes(lambda u: u**p, x) == pytest.approx([exact_slope(lambda u: u**p, x)], abs=1e-20)


@pytest.mark.parametrize("p", [-1, -2, -3])
def test_pow_with_negative_exponent_takes_negative_bases(p):
    assert slopes(lambda u: u**p, -1.5) == pytest.approx([exact_slope(lambda u: u**p, -1.5)])


@pytest.mark.parametrize("p", [0, 1, 2, 3])
def test_pow_applied_without_folding_is_the_same(p):
    assert slopes(lambda u: u.apply("pow", p), 0.0) == slopes(lambda u: u**p, 0.0)


def test_pow_zero_of_a_vector_keeps_its_shape():
    assert (Graph().leaf("x", (3,)) ** 0).shape == (3,)


@pytest.mark.parametrize(
    ("x", "p", "expected"),
    [
        (0.0, 2.0, [0.0, 0.0]),
        (0.0, 1.0, [1.0, 0.0]),
        (0.0, 0.0, [0.0, 0.0]),
        (0.0, 0.5, [INF, 0.0]),
        (-2.0, 3.0, [12.0, NAN]),
        (-2.0, 0.5, [NAN, NAN]),
    ],
)
def test_pow_with_variable_exponent_at_the_rim_of_its_domain(x, p, expected):
    np.testing.assert_allclose(slopes(lambda u, v: u**v, x, p), expected, rtol=1e-15)


def test_pow_with_an_array_of_exponents_at_zero_is_a_polynomial(rng):
    graph = Graph()
    x = graph.leaf("x")
    powers = x.apply("broadcast", shape=(4,), rank=0) ** graph.literal(np.arange(4.0))
    first = jacobian(graph, powers, [x], {"x": 0.0})[0]
    second = hessian(graph, powers, x, x, {"x": 0.0})
    expected = [[float(mpmath.diff(lambda u, p=p: u**p, 0, n)) for p in range(4)] for n in (1, 2)]
    np.testing.assert_allclose([first, second], expected, atol=1e-12)


def test_pow_mixed_derivative_at_exponent_zero():
    graph = Graph()
    x, p = graph.leaf("x"), graph.leaf("p")
    actual = hessian(graph, x**p, x, p, {"x": 1.7, "p": 0.0})
    with mpmath.workdps(50):
        expected = float(mpmath.diff(lambda u, v: u**v, (mpmath.mpf(1.7), mpmath.mpf(0)), (1, 1)))
    assert float(actual) == pytest.approx(expected, rel=1e-13)


def test_pow_of_a_literal_base():
    assert slopes(lambda p: 2**p, 1.5) == pytest.approx([exact_slope(lambda p: mpmath.mpf(2) ** p, 1.5)])


# --- kinks: the subgradient that the row names


@pytest.mark.parametrize(("op", "expected"), [("abs", 0), ("relu", 0)])
def test_subgradient_at_the_kink(op, expected):
    assert slopes(lambda x: x.apply(op), 0.0) == [expected]


@pytest.mark.parametrize("op", ["maximum", "minimum"])
def test_a_tie_is_shared_by_halves(op):
    assert slopes(lambda x, y: x.apply(op, y), 1.5, 1.5) == [0.5, 0.5]


# --- far out


@pytest.mark.parametrize(
    ("op", "low", "high"),
    [
        ("sigmoid", 0.0, 1.0),
        ("softplus", 0.0, 800.0),
        ("tanh", -1.0, 1.0),
        ("silu", 0.0, 800.0),
        ("gelu", 0.0, 800.0),
        ("mish", 0.0, 800.0),
        ("erf", -1.0, 1.0),
    ],
)
def test_value_far_out_neither_overflows_nor_is_nan(op, low, high):
    np.testing.assert_array_equal(value(op, np.array([-800.0, 800.0])), [low, high])


@pytest.mark.parametrize("op", ["sigmoid", "softplus", "tanh", "silu", "gelu", "mish", "erf"])
def test_derivative_far_out_is_finite(op):
    graph = Graph()
    x = graph.leaf("x", (2,))
    (slope,) = vjp_at(graph, {x.apply(op).index: np.ones(2)}, [x], {"x": np.array([-800.0, 800.0])})
    expected = [0, 0] if op in ("sigmoid", "tanh", "erf") else [0, 1]
    np.testing.assert_allclose(slope, expected, atol=1e-300)


@pytest.mark.parametrize("x", [1e-300, 1e-9, -1e-9])
@pytest.mark.parametrize("op", ["expm1", "log1p", "sinh", "tanh", "arcsin", "arctanh", "erf"])
def test_value_near_zero_keeps_all_digits(op, x):
    functions = {"arcsin": "asin", "arctanh": "atanh"}
    with mpmath.workdps(50):
        expected = float(getattr(mpmath, functions.get(op, op))(mpmath.mpf(x)))
    assert float(value(op, x)) == pytest.approx(expected, rel=1e-15, abs=0)


@pytest.mark.parametrize("op", ["sqrt", "log", "log1p", "arcsin", "arccosh", "arctanh"])
def test_outside_the_domain_is_nan_without_a_warning(op):
    assert np.isnan(value(op, -3.0))


def test_a_nan_operand_gives_nan():
    assert np.isnan([value(op, NAN) for op in ("relu", "abs", "sigmoid", "softplus", "gelu", "silu", "mish")]).all()


# --- selections: what is not selected has no say

SELECTIONS = {
    "sqrt": lambda x: (x > 0).apply("where", x.apply("sqrt"), 0),
    "sqrt in the other branch": lambda x: (x < 0).apply("where", 0, x.apply("sqrt")),
    "a chain": lambda x: (x > 0).apply("where", (x.apply("log") * 3).apply("sin") / x.apply("sqrt"), 0),
    "used twice": lambda x: (x > 0).apply("where", x.apply("log") * x.apply("log"), 0),
    "both branches": lambda x: (x > 0).apply("where", x.apply("log"), x * x),
    "negated": lambda x: (x > 0).apply("where", -x.apply("log"), x),
    "power": lambda x: (x > 0).apply("where", x**0.5, x),
    "nested": lambda x: (x > 0).apply("where", (x > 1).apply("where", (x - 1).apply("sqrt"), 0) * x.apply("log"), x),
    "relu": lambda x: x.apply("relu").apply("sqrt"),
}


@pytest.mark.parametrize("x", [-1.0, 0.5, 2.0])
@pytest.mark.parametrize("make", SELECTIONS.values(), ids=SELECTIONS)
def test_where_is_flat_to_the_branch_not_taken(make, x):
    graph = Graph()
    leaf = graph.leaf("x")
    (moved,) = evaluate(graph, [make(leaf)], {"x": np.array(x + 1e-30j)}, COMPLEX128)
    assert slopes(make, x) == pytest.approx([float(moved.imag) / 1e-30], rel=1e-13, abs=0)


@pytest.mark.parametrize("make", SELECTIONS.values(), ids=SELECTIONS)
def test_where_has_a_second_derivative_beside_the_branch_not_taken(make):
    graph = Graph()
    x = graph.leaf("x", (3,))
    assert np.isfinite(
        hessian(graph, make(x), x, x, {"x": np.array([-1.0, 0.5, 2.0])})[[0, 1, 2], [0, 1, 2], [0, 1, 2]]
    ).all()


def test_a_zero_that_is_no_selection_stays_honest():
    slope = slopes(lambda x: (x * x * x).apply("cbrt"), 0.0)  # x itself: a slope of 1, that the rules cannot see
    assert np.isnan(slope).all()


@pytest.mark.parametrize("shape", [(), (3,)])
def test_where_takes_two_literals_and_an_array_condition(shape):
    graph = Graph()
    x = graph.leaf("x", shape)
    y = (x > 0).apply("where", 2, 5)
    (found,) = evaluate(graph, [y], {"x": np.full(shape, 1.0)})
    np.testing.assert_array_equal(found, np.full(shape, 2.0))


@pytest.mark.parametrize("position", [0, 1])
def test_where_differentiates_the_array_beside_a_literal(position, rng):
    graph = Graph()
    x, y = graph.leaf("x", (4,)), graph.leaf("y", (4,))
    picked = (x > 0).apply("where", *((y, 7) if position == 0 else (7, y)))
    at = {"x": np.array([1.0, -1.0, 2.0, -2.0]), "y": rng.normal(size=4)}
    (dy,) = jvp_at(graph, [picked], {"y": np.ones(4)}, at)
    np.testing.assert_array_equal(dy, [1, 0, 1, 0] if position == 0 else [0, 1, 0, 1])


@pytest.mark.parametrize("op", ["greater", "greater_equal", "less", "less_equal", "equal", "not_equal"])
@pytest.mark.parametrize("literal", ["left", "right"])
def test_comparison_with_a_literal_is_numpy(op, literal):
    graph = Graph()
    x, two = graph.leaf("x", (3,)), graph.literal(2)
    node = two.apply(op, x) if literal == "left" else x.apply(op, two)
    at = np.array([1.0, 2.0, 3.0])
    (found,) = evaluate(graph, [node], {"x": at})
    np.testing.assert_array_equal(found, getattr(np, op)(2, at) if literal == "left" else getattr(np, op)(at, 2))
