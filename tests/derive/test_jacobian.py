"""Numeric Jacobians: forward, reverse and symbolic agree, in one layout, in any chunks; Hessians and products agree with them."""

import mpmath
import numpy as np
import pytest
from random_graphs import random_graph

from jaccli.derive import jacobian as module
from jaccli.derive.forward import jvp
from jaccli.derive.jacobian import hessian, jacobian, plan
from jaccli.derive.products import jvp_at, vjp_at
from jaccli.derive.reverse import vjp
from jaccli.derive.symbolic import symbolic
from jaccli.graph.build import build
from jaccli.graph.evaluate import COMPLEX128, FLOAT32, evaluate
from jaccli.graph.ir import Graph
from jaccli.spec.load import spec_from_mapping

STEP = 1e-30


def complex_step(graph, y, x, values):
    """Return the Jacobian of y with respect to a leaf, by moving it into the complex plane."""
    name = dict(x.node.params)["name"]
    at = np.asarray(values[name], dtype=complex)
    moved = at + 1j * STEP * np.eye(at.size).reshape(at.size, *at.shape)
    (columns,) = evaluate(graph, [y], {**values, name: moved}, COMPLEX128)
    columns = np.broadcast_to(columns, (at.size, *y.shape)).imag / STEP
    return np.moveaxis(columns, 0, -1).reshape(y.shape + x.shape)


SPECS = {
    "ner": (
        {"x": [0.5, -1, 2], "W": [[0.1, 0.2, 0.3], [1, -1, 0.5]], "b": [0.3, 0.2], "u": [1.0, 2.0]},
        "softmax(u) @ tanh(W @ x + b)",
    ),
    "scalars": ({"a": 1.5, "b": -0.5}, "sin(a * b) + a**3 / (1 + b**2)"),
    "stacked": ({"a": 1.5, "b": -0.5}, ["a * b", "exp(a - b)", "3"]),
    "matrix": ({"A": [[2.0, 1.0], [0.5, 3.0]], "b": [1.0, 2.0]}, "inv(A) @ A.T + outer(b, solve(A, b)) * det(A)"),
    "slices": ({"x": [1.0, 2.0, 3.0, 4.0]}, "x[1:] * x[:-1] + sum(x[:2]) * x[::-1][0]"),
    "broadcast": ({"x": [[1.0, 2.0]], "v": [[0.5], [1.5], [2.5]]}, "x * v + sqrt(v) ** x"),
    "normalised": (
        {"x": [[0.5, 1.5, -1.0], [2.0, 0.25, 0.75]]},
        "(x - mean(x, axis=1, keepdims=True)) / std(x, axis=1, keepdims=True)",
    ),
    "attention": (
        {"Q": [[0.5, 1.0], [0.25, -1.0]], "K": [[1.0, 0.5], [-0.5, 0.75]], "V": [[1.0, 2.0], [3.0, 4.0]]},
        "softmax(Q @ K.T / sqrt(2), axis=1) @ V",
    ),
    "loss": ({"z": [0.3, -0.2, 1.1]}, "logsumexp(z) - z[1] + norm(z)"),
    "einsum": ({"x": [[1.0, 2.0], [3.0, 4.0]], "v": [0.5, 0.25]}, "einsum('ij,j,k->ik', x, v, v)"),
    "selection": ({"x": [-1.0, 0.5, 2.0]}, "where(x > 0, sqrt(x), x**2) + maximum(x, 0.1) * leaky_relu(x) + elu(x)"),
    "zero exponents": ({"x": 0.0}, "sum(x ** arange(4)) + x**0"),
}


@pytest.fixture(params=SPECS.values(), ids=SPECS)
def built(request):
    at, output = request.param
    problems = []
    model = build(spec_from_mapping({"inputs": at, "outputs": {"y": output}}, problems), problems)
    return model.graph, [model.variables[name] for name in at], model.outputs["y"], at


# --- the three routes


@pytest.mark.parametrize("route", ["forward", "reverse", "auto"])
def test_jacobian_of_a_spec_is_the_symbolic_one(built, route):
    graph, variables, y, at = built
    expected = [block.evaluate(at) for block in symbolic(graph, y, variables)]
    for actual, other in zip(jacobian(graph, y, variables, at, route), expected, strict=True):
        np.testing.assert_allclose(actual, other, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("number", range(25))
def test_jacobian_of_a_random_graph_is_the_same_by_every_route(number):
    graph, variables, y, values = random_graph(np.random.default_rng(number))
    forward, reverse = (jacobian(graph, y, variables, values, route) for route in ("forward", "reverse"))
    expected = [block.evaluate(values) for block in symbolic(graph, y, variables)]
    for a, b, c in zip(forward, reverse, expected, strict=True):
        np.testing.assert_allclose(a, c, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(b, c, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("route", ["forward", "reverse"])
def test_jacobian_with_respect_to_an_intermediate(route):
    graph = Graph()
    x = graph.leaf("x", (3,))
    h = x.apply("tanh")
    (block,) = jacobian(graph, h * h, [h], {"x": np.array([0.1, 0.2, 0.3])}, route)
    np.testing.assert_allclose(block, np.diag(2 * np.tanh([0.1, 0.2, 0.3])))


# --- layout


@pytest.mark.parametrize("route", ["forward", "reverse"])
@pytest.mark.parametrize("out", [(), (2,), (1,), (3, 2), (0,), (2, 0), (1, 2, 3)], ids=str)
@pytest.mark.parametrize("of", [(), (2,), (1,), (2, 3), (0,), (2, 1, 2)], ids=str)
def test_jacobian_has_the_shape_of_the_output_then_of_the_variable(route, out, of, rng):
    graph = Graph()
    x = graph.leaf("x", of)
    letters = "abc"[: len(of)], "xyz"[: len(out)]
    factor = rng.normal(size=out + of)
    y = graph.literal(factor).apply("contract", x, spec=f"{letters[1]}{letters[0]},{letters[0]}->{letters[1]}")
    (block,) = jacobian(graph, y, [x], {"x": rng.normal(size=of)}, route)
    assert (block.shape, block.dtype, block.tolist()) == (out + of, np.float64, factor.tolist())


@pytest.mark.parametrize("route", ["forward", "reverse"])
def test_jacobian_of_what_does_not_depend_on_the_variable_is_zero(route):
    graph = Graph()
    x, y = graph.leaf("x", (2,)), graph.leaf("y", (3,))
    blocks = jacobian(graph, y.apply("sin"), [x, y], {"x": np.ones(2), "y": np.zeros(3)}, route)
    assert [block.tolist() for block in blocks] == [np.zeros((3, 2)).tolist(), np.eye(3).tolist()]


@pytest.mark.parametrize("route", ["forward", "reverse"])
def test_jacobian_of_a_variable_itself_is_the_identity(route):
    graph = Graph()
    x = graph.leaf("x", (2,))
    assert jacobian(graph, x, [x], {"x": np.ones(2)}, route)[0].tolist() == np.eye(2).tolist()


@pytest.mark.parametrize("route", ["forward", "reverse"])
def test_jacobian_of_truth_values_made_numbers_is_zero(route):
    graph = Graph()
    x = graph.leaf("x", (2,))
    assert jacobian(graph, (x > 0) * 1.0 + 0, [x], {"x": np.ones(2)}, route)[0].tolist() == np.zeros((2, 2)).tolist()


def test_jacobian_with_respect_to_nothing_is_nothing():
    graph = Graph()
    assert jacobian(graph, graph.leaf("x"), [], {"x": 1.0}) == []


@pytest.mark.parametrize("route", ["forward", "reverse"])
@pytest.mark.parametrize("name", ["d_0", "d_1", "dx", "y_bar", "_0_dot"])
def test_jacobian_of_a_variable_that_is_named_like_a_seed(route, name):
    graph = Graph()
    x, other = graph.leaf("x"), graph.leaf(name)
    blocks = jacobian(graph, x * other, [x, other], {"x": 3.0, name: 5.0}, route)
    assert [float(block) for block in blocks] == [5.0, 3.0]


@pytest.mark.parametrize(("numbers", "rtol"), [(FLOAT32, 1e-5), (COMPLEX128, 1e-13)], ids=["float32", "complex128"])
@pytest.mark.parametrize("route", ["forward", "reverse"])
def test_jacobian_stays_in_its_number_system(numbers, rtol, route):
    graph = Graph()
    x = graph.leaf("x", (2,))
    (block,) = jacobian(graph, x.apply("exp"), [x], {"x": np.ones(2)}, route, numbers)
    assert block.dtype == numbers.dtype
    np.testing.assert_allclose(block, np.e * np.eye(2), rtol=rtol)


# --- planning


@pytest.mark.parametrize(
    ("out", "of", "route"),
    [((), (3,), "reverse"), ((3,), (), "forward"), ((3,), (3,), "reverse"), ((4, 4), (3,), "forward")],
)
def test_plan_takes_the_mode_with_fewer_seeds(out, of, route):
    graph = Graph()
    x = graph.leaf("x", of)
    y = graph.literal(np.ones(out + of)).apply(
        "contract", x, spec=f"{'yz'[: len(out)]}{'a'[: len(of)]},{'a'[: len(of)]}->{'yz'[: len(out)]}"
    )
    assert {p.route for p in plan(graph, y, [x])} == {route}


def test_plan_refuses_an_unknown_route():
    graph = Graph()
    with pytest.raises(ValueError, match=r"'route' must be auto, forward or reverse here \(got 'sideways'\)"):
        plan(graph, graph.leaf("x"), [], "sideways")


# --- chunks


@pytest.fixture(params=[1, 100, 400, 5_000], ids=lambda n: f"{n} bytes")
def small_memory(request, monkeypatch):
    """Let no more than a few bytes be alive at once in a batch."""
    monkeypatch.setattr(module, "MEMORY_CAP", request.param)


def _mixing():
    graph = Graph()
    x, matrix = graph.leaf("x", (5,)), graph.leaf("A", (4, 5))
    y = matrix.apply("contract", x.apply("tanh"), spec="ij,j->i").apply("softmax", axes=(-1,))
    rng = np.random.default_rng(0)
    return graph, [x, matrix], y, {"x": rng.normal(size=5), "A": rng.normal(size=(4, 5))}


@pytest.mark.parametrize("route", ["forward", "reverse"])
def test_jacobian_is_the_same_in_small_chunks(small_memory, route):
    graph, variables, y, values = _mixing()
    for block, x in zip(jacobian(graph, y, variables, values, route), variables, strict=True):
        np.testing.assert_allclose(block, complex_step(graph, y, x, values), rtol=1e-13, atol=1e-16)


def test_hessian_is_the_same_in_small_chunks(small_memory):
    graph, (x, matrix), y, values = _mixing()
    np.testing.assert_allclose(
        hessian(graph, y, x, matrix, values), _hessian_by_steps(graph, y, x, matrix, values), rtol=1e-12, atol=1e-15
    )


@pytest.mark.parametrize("cap", [1, 1_000, 10_000])
def test_chunks_stay_under_the_cap_and_cover_every_seed(monkeypatch, cap):
    monkeypatch.setattr(module, "MEMORY_CAP", cap)
    chunks = module._chunks(17, 300)
    assert [k for start, stop in chunks for k in range(start, stop)] == list(range(17))
    assert all((stop - start) * 300 <= max(cap, 300) for start, stop in chunks)


# --- products


@pytest.mark.parametrize("number", range(10))
def test_jvp_at_is_the_jacobian_times_the_tangents(number):
    rng = np.random.default_rng(number)
    graph, variables, y, values = random_graph(rng)
    tangents = {name: np.asarray(rng.normal(size=np.shape(value))) for name, value in values.items()}
    (dy,) = jvp_at(graph, [y], tangents, values)
    expected = np.zeros(y.shape)
    for block, dx in zip(jacobian(graph, y, variables, values), tangents.values(), strict=True):
        expected = expected + np.tensordot(block, dx, dx.ndim)
    np.testing.assert_allclose(dy, expected, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("number", range(10))
def test_vjp_at_is_the_cotangent_times_the_jacobian(number):
    rng = np.random.default_rng(number)
    graph, variables, y, values = random_graph(rng)
    y_bar = rng.normal(size=y.shape)
    blocks = jacobian(graph, y, variables, values, "forward")
    for x_bar, block in zip(vjp_at(graph, {y.index: y_bar}, variables, values), blocks, strict=True):
        np.testing.assert_allclose(x_bar, np.tensordot(y_bar, block, y_bar.ndim), rtol=1e-10, atol=1e-13)


def test_vjp_at_adds_up_two_outputs():
    graph = Graph()
    x = graph.leaf("x")
    y, z = x.apply("sin"), x.apply("sin").apply("exp")
    (both,) = vjp_at(graph, {y.index: np.array(2.0), z.index: np.array(3.0)}, [x], {"x": 0.5})
    parts = [vjp_at(graph, {node.index: np.array(weight)}, [x], {"x": 0.5})[0] for node, weight in ((y, 2.0), (z, 3.0))]
    assert float(both) == pytest.approx(float(sum(parts)), rel=1e-15)


def test_products_with_what_is_not_reached_are_zero():
    graph = Graph()
    x, y = graph.leaf("x", (2,)), graph.leaf("y", (3,))
    z = y.apply("sin")
    values = {"x": np.ones(2), "y": np.ones(3)}
    found = [*jvp_at(graph, [z], {"x": np.ones(2)}, values), *vjp_at(graph, {z.index: np.ones(3)}, [x], values)]
    assert [f.tolist() for f in found] == [[0.0] * 3, [0.0] * 2]


def test_jvp_rule_leaves_out_what_no_tangent_reaches():
    graph = Graph()
    x, y = graph.leaf("x"), graph.leaf("y")
    assert jvp(graph, [y.apply("sin")], {x.index: graph.leaf("dx")}) == [None]


def test_vjp_rule_leaves_out_what_no_cotangent_reaches():
    graph = Graph()
    x, y = graph.leaf("x"), graph.leaf("y")
    assert vjp(graph, {y.apply("sin").index: graph.leaf("z_bar")}, [x]) == [None]


# --- second derivatives


def _hessian_by_steps(graph, y, first, second, values):
    """Return the complex step of the gradient."""
    name = dict(second.node.params)["name"]
    at = np.asarray(values[name], dtype=complex)
    columns = [
        jacobian(graph, y, [first], {**values, name: at + 1j * STEP * e.reshape(at.shape)}, "reverse", COMPLEX128)[
            0
        ].imag
        / STEP
        for e in np.eye(at.size)
    ]
    return np.stack(columns, axis=-1).reshape(y.shape + first.shape + second.shape)


@pytest.mark.parametrize("name", [name for name in SPECS if name not in ("selection", "zero exponents", "loss")])
def test_hessian_is_the_complex_step_of_the_gradient(name):
    at, output = SPECS[name]
    problems = []
    model = build(spec_from_mapping({"inputs": at, "outputs": {"y": output}}, problems), problems)
    y, variables = model.outputs["y"], [model.variables[n] for n in at]
    for first in variables:
        for second in variables:
            expected = _hessian_by_steps(model.graph, y, first, second, at)
            actual = hessian(model.graph, y, first, second, at)
            np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("number", range(10))
def test_hessian_is_symmetric(number):
    graph, variables, y, values = random_graph(np.random.default_rng(number), rank=0)
    for first in variables:
        for second in variables:
            one, other = hessian(graph, y, first, second, values), hessian(graph, y, second, first, values)
            turned = (
                np.moveaxis(other, range(len(second.shape)), range(-len(second.shape), 0)) if second.shape else other
            )
            np.testing.assert_allclose(one, turned, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("number", range(5))
def test_hessian_is_the_difference_of_gradients(number):
    graph, variables, y, values = random_graph(np.random.default_rng(number), rank=0)
    x, step = variables[0], 1e-6
    sides = [
        jacobian(graph, y, [x], {**values, "x": values["x"] + sign * step * e})[0]
        for e in np.eye(2)
        for sign in (1, -1)
    ]
    expected = np.stack([(sides[0] - sides[1]) / (2 * step), (sides[2] - sides[3]) / (2 * step)], axis=-1)
    np.testing.assert_allclose(hessian(graph, y, x, x, values), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("first", "second"), [((0,), (2,)), ((2,), (0,)), ((), (0,))], ids=str)
def test_hessian_of_an_empty_variable_is_empty(first, second):
    graph = Graph()
    x, y = graph.leaf("x", first), graph.leaf("y", second)
    total = x.apply("sum", axes=(-1,)) if first else x
    output = (total * y.apply("sum", axes=(-1,))).apply("sin")
    assert hessian(graph, output, x, y, {"x": np.ones(first), "y": np.ones(second)}).shape == first + second


def test_hessian_of_a_linear_function_is_zero():
    graph = Graph()
    x = graph.leaf("x", (3,))
    assert hessian(graph, x * 2, x, x, {"x": np.ones(3)}).tolist() == np.zeros((3, 3, 3)).tolist()


def test_third_derivative_by_forward_over_forward_over_reverse():
    graph = Graph()
    x = graph.leaf("x")
    y = x.apply("sin") * x
    (first,) = vjp(graph, {y.index: graph.literal(1)}, [x])
    (second,) = jvp(graph, [first], {x.index: graph.literal(1)})
    (third,) = jvp(graph, [second], {x.index: graph.literal(1)})
    with mpmath.workdps(50):
        expected = float(mpmath.diff(lambda u: mpmath.sin(u) * u, mpmath.mpf(0.7), 3))
    assert float(evaluate(graph, [third], {"x": 0.7})[0]) == pytest.approx(expected, rel=1e-13)
