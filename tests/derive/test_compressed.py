"""Compressed Jacobians and Hessians have the entries of the dense ones, and nothing else."""

import numpy as np
import pytest

import jaccli
from jaccli.errors import UsageError

X = np.linspace(0.5, 2.0, 12)
SPECS = {
    "elementwise": "sin(x) * x",
    "neighbours": "x[1:] * x[:-1]**2",
    "arrow": "concatenate([[sum(x**2)], x[1:]*x[0] + exp(x[1:])])",
    "two variables": "w[0] * x + w[1] * sin(x)",
    "rows of a matrix": "softmax(outer(x[:3], w), axis=1)",
    "a number": "sum(x**3) * w[0]",
    "nothing": "w * 2 + 0*w",
    "selected": "x[[0, 5, 5, 11]] * w[[0, 1, 0, 1]]",
}


def model_of(text):
    return jaccli.parse({"inputs": {"x": X}, "params": {"w": [0.5, 1.5]}, "outputs": {"y": text}})


def dense(model, of, names):
    m = model.built.outputs[of].node.size
    return np.concatenate([model.jacobian(of, name).reshape(m, -1) for name in names], axis=1)


@pytest.mark.parametrize("text", SPECS.values(), ids=SPECS)
@pytest.mark.parametrize("names", [["x"], ["x", "w"]], ids=["x", "x and w"])
def test_sparse_jacobian_is_the_dense_one(text, names):
    model = model_of(text)
    found = model.sparse_jacobian("y", names)
    np.testing.assert_allclose(found.toarray(), dense(model, "y", names), rtol=1e-12, atol=1e-14)
    assert found.nnz == model.sparsity("y", names).count


def test_sparse_jacobian_takes_other_points_and_runs_again():
    model = model_of(SPECS["arrow"])
    for at in (X, X[::-1].copy(), X**2):
        found = model.sparse_jacobian("y", "x", at={"x": at})
        np.testing.assert_allclose(found.toarray(), model.jacobian("y", "x", at={"x": at}), rtol=1e-12)


def test_an_arrow_of_200_takes_three_products_instead_of_200():
    model = jaccli.parse({"inputs": {"x": np.linspace(0.5, 2, 200)}, "outputs": {"y": SPECS["arrow"]}})
    found = jaccli.sparsity(model)
    assert (found.count, found.forward + found.reverse, found.dense) == (598, 3, 200)


def test_an_infinite_slope_beside_a_zero_seed_stays_in_its_entry():
    model = jaccli.parse({"inputs": {"x": [0.0, 4.0, 9.0]}, "outputs": {"y": "sqrt(x) + sum(x)"}})
    found = model.sparse_jacobian("y").toarray()
    np.testing.assert_allclose(found, np.diag([np.inf, 0.25, 1 / 6]) + 1, rtol=1e-12)


def test_a_row_without_value_is_nan_in_its_pattern():
    model = jaccli.parse({"inputs": {"x": [-1.0, 4.0]}, "outputs": {"y": "log(x)"}})
    np.testing.assert_array_equal(model.sparse_jacobian("y").toarray(), [[np.nan, 0], [0, 0.25]])


HESSIANS = {
    "separable": "sum(exp(x))",
    "chain": "sum(x[1:]**2 * x[:-1])",
    "arrow": "x[0] * sum(x**3)",
    "dense": "sum(x)**3",
    "linear": "sum(3 * x)",
    "none": "w[0]**2",
    "rosenbrock": "sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)",
}


@pytest.mark.parametrize("text", HESSIANS.values(), ids=HESSIANS)
def test_sparse_hessian_is_the_dense_one(text):
    model = model_of(text)
    found = model.sparse_hessian("y", "x")
    np.testing.assert_allclose(found.toarray(), model.hessian("y", "x"), rtol=1e-11, atol=1e-12)


def test_sparse_hessian_takes_a_number():
    with pytest.raises(UsageError, match=r"`y` has shape \(12,\); sparse_hessian\(\) takes a number"):
        model_of("sin(x)").sparse_hessian("y", "x")


def test_sparsity_wants_one_output():
    model = jaccli.parse({"inputs": {"x": 1.0}, "outputs": {"y": "x", "z": "x"}})
    with pytest.raises(UsageError, match="name one of the outputs: of='y' or 'z'"):
        jaccli.sparsity(model)


def test_batches_of_colours_give_the_same(monkeypatch):
    from jaccli.derive import compressed

    model = model_of(SPECS["rows of a matrix"])
    whole = model.sparse_jacobian("y").toarray()
    monkeypatch.setattr(compressed, "MEMORY_CAP", 8)
    np.testing.assert_array_equal(model_of(SPECS["rows of a matrix"]).sparse_jacobian("y").toarray(), whole)
