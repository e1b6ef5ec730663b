"""Compiled values and Hessian products of a model: the numbers of its other methods, arrays of the caller's own, misuse named."""

from __future__ import annotations

import numpy as np
import pytest

import jaccli
from jaccli.errors import UsageError

SPECS = {
    "network": {
        "inputs": {"x": {"shape": [3]}},
        "params": {"W": {"shape": [2, 3]}, "b": {"shape": [2]}},
        "constants": {"t": [0.25, 1.5]},
        "let": {"k": "tanh(W @ x + b)"},
        "outputs": {"y": "sum((k - t)**2)", "h": "k", "flat": "sum(x) + sum(W)", "fixed": "sum(t**2)"},
    },
    "minimum": {
        "inputs": {"x": {"shape": [3]}, "W": {"shape": [4, 3]}, "b": {"shape": [2]}},
        "outputs": {"y": "sum(min((W - x)**2, axis=0))", "h": "W * x", "flat": "sum(b)", "fixed": "3"},
    },
}


@pytest.fixture(params=SPECS)
def model(request):
    return jaccli.parse(SPECS[request.param])


@pytest.fixture
def at(model, rng):
    return {name: rng.normal(size=model.built.variables[name].shape) for name in model.inputs}


@pytest.mark.parametrize("of", ["y", "h", "flat", "fixed"])
def test_compiled_value_is_that_of_evaluate(model, at, of):
    np.testing.assert_allclose(model.compile_values(of)(at), model.evaluate(at)[of], rtol=1e-14)


def test_compiled_values_come_in_the_order_of_the_names(model, at):
    for found, of in zip(model.compile_values(["h", "y"])(at), ["h", "y"], strict=True):
        np.testing.assert_allclose(found, model.evaluate(at)[of], rtol=1e-14)


def test_compiled_values_are_the_callers_own(model, at):
    run = model.compile_values("h")
    first = run(at)
    first[:] = 7.0
    assert not np.any(run(at) == 7.0)


@pytest.mark.parametrize("of", ["y", "flat", "fixed"])
@pytest.mark.parametrize("wrt", [None, ["x"], ["W", "b"]])
def test_compiled_product_is_that_of_hvp_and_the_gradient_that_of_gradients(model, at, rng, of, wrt):
    names = wrt or model.inputs
    tangents = {name: rng.normal(size=at[name].shape) for name in names}
    gradient, product = model.compile_hvp(of, wrt)(tangents, at)
    assert list(gradient) == list(product) == list(names)
    for name in names:
        np.testing.assert_allclose(gradient[name], model.gradients(of, at)[name], rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(product[name], model.hvp(of, tangents, at)[name], rtol=1e-13, atol=1e-15)


def test_compiled_product_does_not_move_what_has_no_tangent(model, at, rng):
    dx = rng.normal(size=3)
    still = {name: np.zeros(at[name].shape) for name in model.inputs} | {"x": dx}
    run = model.compile_hvp("y")
    for name, product in run({"x": dx}, at)[1].items():
        np.testing.assert_array_equal(product, run(still, at)[1][name])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.compile_values("z"), "`z` is not an output"),
        (lambda m: m.compile_hvp("h"), r"`h` has shape \(.*\); compile_hvp\(\) takes a number, such as a loss"),
        (lambda m: m.compile_hvp("y", ["q"]), "`q` is not an input or param"),
        (lambda m: m.compile_hvp("y", ["x"])({"W": np.ones((2, 3))}), "unknown|no tangent|`W`"),
        (lambda m: m.compile_hvp("y", ["x"])({"x": np.ones(4)}), r"shape \(3,\)"),
        (lambda m: m.compile_values("y")(), "`x` has no value"),
    ],
)
def test_misuse_is_named(call, message):
    with pytest.raises(UsageError, match=message):
        call(jaccli.parse(SPECS["network"]))
