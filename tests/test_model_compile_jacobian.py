"""Model.compile_jacobian: what goes in, what comes out, what is refused, and where it takes the long way."""

import numpy as np
import pytest

import jaccli
from jaccli.errors import UsageError


@pytest.fixture
def model():
    rng = np.random.default_rng(0)
    return jaccli.parse(
        {
            "inputs": {"x": rng.normal(size=5)},
            "params": {"W": rng.normal(size=(4, 5)), "b": [0.1, 0.2, 0.3, 0.4]},
            "constants": {"c": [1.0, 2.0, 3.0, 4.0]},
            "outputs": {"y": "c * tanh(W @ x + b)", "s": "sum(c * tanh(W @ x + b))"},
        }
    )


def test_compiled_jacobian_of_one_variable_is_one_array(model):
    found = model.compile_jacobian("y", "W")()
    assert found.shape == (4, 4, 5)
    np.testing.assert_allclose(found, model.jacobian("y", "W"), rtol=1e-12, atol=1e-15)


def test_compiled_jacobian_takes_arrays_in_the_order_of_wrt(model):
    b, x = np.array([0.5, -0.5, 1.0, 2.0]), np.linspace(-1, 1, 5)
    found = model.compile_jacobian("y", ["b", "x"])(b, x)
    for name, one in zip(("b", "x"), found, strict=True):
        np.testing.assert_allclose(one, model.jacobian("y", name, at={"b": b, "x": x}), rtol=1e-12, atol=1e-15)


def test_compiled_jacobian_takes_any_names_as_a_mapping(model):
    x = np.linspace(-1, 1, 5)
    found = model.compile_jacobian("s", "W")({"x": x})
    np.testing.assert_allclose(found, model.jacobian("s", "W", at={"x": x}), rtol=1e-12)


def test_compiled_jacobian_takes_lists_and_whole_numbers(model):
    found = model.compile_jacobian("s", "b")([0, 1, 0, 1])
    np.testing.assert_allclose(found, model.jacobian("s", "b", at={"b": [0, 1, 0, 1]}), rtol=1e-12)


def test_compiled_jacobians_belong_to_the_caller():
    model = jaccli.parse(
        {"inputs": {"x": [1.0, 2.0]}, "params": {"W": [[1.0, 2.0], [3.0, 4.0]]}, "outputs": {"y": "W @ x"}}
    )
    jac, W = model.compile_jacobian("y", ["x", "W"]), np.array([[5.0, 6.0], [7.0, 8.0]])
    for one in jac({"W": W}):
        one += 1
    np.testing.assert_array_equal(W, [[5.0, 6.0], [7.0, 8.0]])
    np.testing.assert_array_equal(jac({"W": W})[0], W)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(({"z": 1.0},), "`z` is not an input or param", id="an unknown name"),
        pytest.param(({"c": np.ones(4)},), "`c` is a constant; only inputs and params can be set", id="a constant"),
        pytest.param((np.ones(3),), r"`b` has shape \(4,\), but the given value has shape \(3,\)", id="another shape"),
        pytest.param(({"x": np.ones(3)},), r"`x` has shape \(5,\), but the given value has shape \(3,\)", id="a name of another shape"),
        pytest.param((np.ones(4), np.ones(5)), r"at most 1 arrays are taken, for b \(got 2\)", id="too many"),
        pytest.param(("no",), "the value of `b` must be numbers", id="text"),
        pytest.param((np.full(4, np.nan),), "the value of `b` must be finite", id="not a number"),
    ],
)  # fmt: skip
def test_compiled_jacobian_refuses(model, given, message):
    with pytest.raises(UsageError, match=message):
        model.compile_jacobian("y", "b")(*given)


@pytest.mark.parametrize(("of", "wrt"), [("z", "x"), ("y", "z"), ("y", "c")])
def test_compile_jacobian_refuses_unknown_names(model, of, wrt):
    with pytest.raises(UsageError):
        model.compile_jacobian(of, wrt)


def test_compiled_jacobian_needs_every_value():
    model = jaccli.function("y = x * sin(w)")
    jac = model.compile_jacobian("y", "x")
    with pytest.raises(UsageError, match=r"`[xw]` has no value"):
        jac(2.0)
    np.testing.assert_allclose(jac({"x": 2.0, "w": 1.0}), np.sin(1.0))


def test_compiled_jacobian_is_nan_in_the_rows_of_a_value_that_is():
    model = jaccli.parse({"inputs": {"x": [1.0, 2.0, 3.0]}, "outputs": {"y": "log(x)"}})
    jac, at = model.compile_jacobian("y", "x"), np.array([-1.0, 2.0, 4.0])
    with np.errstate(all="raise"):
        found = jac(at)
    np.testing.assert_array_equal(found, [[np.nan] * 3, [0, 0.5, 0], [0, 0, 0.25]])


def test_compiled_jacobian_is_zero_where_no_path_leads_beside_an_infinite_slope():
    model = jaccli.parse(
        {"inputs": {"x": [1.0, 2.0, 3.0], "W": np.ones((2, 3))}, "outputs": {"y": "W[0, :2] @ sqrt(x[:2]) + x[2]"}}
    )
    at = np.array([0.0, 4.0, 9.0])
    np.testing.assert_array_equal(model.compile_jacobian("y", "x")(at), model.jacobian("y", "x", at={"x": at}))


def test_compiled_jacobian_of_a_selection_is_that_of_the_model():
    model = jaccli.parse(
        {"inputs": {"z": [0.5, 1.0, 2.0], "k": 1.0}, "outputs": {"y": "z * where(k > 0, sqrt(abs(k)), 0)"}}
    )
    np.testing.assert_allclose(
        model.compile_jacobian("y", "k")(-4.0), model.jacobian("y", "k", at={"k": -4.0}), rtol=1e-12
    )
