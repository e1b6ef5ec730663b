"""An infinite slope stays in the entries that depend on it: all others are those of a point beside it."""

import numpy as np
import pytest

import jaccli
from jaccli.derive.exact_zeros import evaluate_seeded
from jaccli.graph.evaluate import FLOAT64
from jaccli.graph.ir import Graph

BESIDE = 1e-90  # slopes that are infinite at 0 are beyond 1e40 here, all others what they are at 0 to 1e-40
SPECS = {
    "root": "sqrt(x) + sum(x)",
    "root in a product": "sqrt(x) * x[1] + sum(x)",
    "root of one element": "sqrt(x[0]) + x * sum(x)",
    "power": "x**0.5 + sum(x)",
    "power of a variable": "x**w + sum(x)",
    "inverse function": "arccosh(1 + x) * sum(x)",
    "norm": "norm(x) * sqrt(x) + x",
    "composed": "tanh(sqrt(x)) + sum(x)",
    "running sum": "cumsum(sqrt(x)) + x",
    "matrix": "A @ sqrt(x) + sum(x) * x",
    "diagonal": "[sum(sqrt(diag(x))), x[0] * x[1]]",
    "not selected": "sqrt(x)[1:] + x[:2] * sum(x)",
    "number": "sqrt(x)[1] + sum(x)",
    "constant": "sqrt(concatenate([x, [0, 0]])) + sum(x)",
}


def model_of(text, point=(0.0, 1.0, 2.0)):
    constants = {"A": [[1.0, 2.0, 3.0], [2.0, 1.0, -1.0], [1.0, 1.0, 1.0]], "w": 0.25}
    return jaccli.parse({"inputs": {"x": list(point)}, "constants": constants, "outputs": {"y": text}})


def agrees_beside(found, beside):
    np.testing.assert_array_equal(np.isinf(found), abs(beside) > 1e30)
    np.testing.assert_allclose(
        np.where(np.isinf(found), 0, found), np.where(np.isinf(found), 0, beside), rtol=1e-12, atol=1e-40
    )


@pytest.mark.parametrize("text", SPECS.values(), ids=SPECS)
@pytest.mark.parametrize("route", ["forward", "reverse"])
def test_an_infinite_slope_leaves_the_other_entries_alone(text, route):
    model = model_of(text)
    beside = model.jacobian("y", "x", at={"x": [BESIDE, 1.0, 2.0]}, route=route)
    for _ in range(3):  # later runs are compiled
        agrees_beside(model.jacobian("y", "x", route=route), beside)


@pytest.mark.parametrize("text", SPECS.values(), ids=SPECS)
def test_compiled_and_compressed_jacobians_have_the_same_entries(text):
    model = model_of(text)
    beside = model.jacobian("y", "x", at={"x": [BESIDE, 1.0, 2.0]})
    agrees_beside(model.compile_jacobian("y", "x")(np.array([0.0, 1.0, 2.0])), beside)
    agrees_beside(model.sparse_jacobian("y", "x").toarray().reshape(beside.shape), beside)


def test_products_with_a_unit_vector_are_a_row_and_a_column():
    model = model_of(SPECS["root"])
    agrees_beside(model.vjp({"y": [0.0, 1.0, 0.0]})["x"], model.jacobian("y", "x")[1])
    agrees_beside(model.jvp({"x": [0.0, 1.0, 0.0]})["y"], model.jacobian("y", "x")[:, 1])


@pytest.mark.parametrize("text", ["sum(x**1.5) + sum(x)**2", "sum(x**1.5 * sum(x)) + x[1]**3"], ids=["sum", "product"])
def test_an_infinite_second_derivative_leaves_the_others_alone(text):
    model = model_of(text)
    beside = model.hessian("y", "x", at={"x": [BESIDE, 1.0, 2.0]})
    agrees_beside(model.hessian("y", "x"), beside)


@pytest.mark.parametrize(
    "text", ["log(x) * sum(x)", "sum(x) / x", "outer(1 / x, x) @ x"], ids=["log", "quotient", "product"]
)
@pytest.mark.parametrize("route", ["forward", "reverse"])
def test_rows_of_finite_values_do_not_meet_an_infinite_value_of_another_row(text, route):
    model = model_of(text)
    beside = model.jacobian("y", "x", at={"x": [BESIDE, 1.0, 2.0]}, route=route)
    np.testing.assert_allclose(model.jacobian("y", "x", route=route)[1:], beside[1:], rtol=1e-12, atol=1e-60)


@pytest.mark.parametrize("route", ["forward", "reverse"])
def test_a_zero_of_a_slope_beside_an_infinite_one_is_no_number(route):
    """sqrt(x**2) has no derivative at 0: the zero is a value there, not a missing path."""
    model = jaccli.parse({"inputs": {"x": [0.0, 2.0]}, "outputs": {"y": "sqrt(x**2) + sum(x)"}})
    np.testing.assert_array_equal(model.jacobian("y", "x", route=route), [[np.nan, 1], [1, 2]])


def test_evaluate_seeded_adds_infinite_terms_of_either_sign():
    graph = Graph()
    seed, factor = graph.leaf("seed", (3,)), graph.leaf("factor", (4, 3))
    product = factor.apply("contract", seed, spec="ij,j->i")
    rows = [[np.inf, 5, np.nan], [np.inf, -np.inf, 0], [-np.inf, 2, 1], [1, 2, np.inf]]
    values = {"factor": np.array(rows), "seed": np.array([[1.0, 0, 0], [1, 1, 0], [0, 1, 0]])}
    (found,) = evaluate_seeded(graph, [product], values, [seed], FLOAT64)
    np.testing.assert_array_equal(
        found, [[np.inf, np.inf, -np.inf, 1], [np.inf, np.nan, -np.inf, 3], [5, -np.inf, 2, 2]]
    )
