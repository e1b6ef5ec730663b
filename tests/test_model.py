"""The Python API: what goes in, what comes out, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import jaccli

ROOT = Path(__file__).parents[1]


@pytest.fixture
def model() -> jaccli.Model:
    return jaccli.parse(
        {
            "inputs": {"x": [0.5, -1.0, 2.0]},
            "params": {"W": {"shape": [4, 3], "init": "glorot", "seed": 0}},
            "constants": {"c": [0.1, 0.2, 0.3, 0.4]},
            "let": {"h": "tanh(W @ x) + c"},
            "outputs": {"y": "h", "s": "sum(h**2)"},
        }
    )


def test_model_names_its_inputs_and_outputs(model: jaccli.Model) -> None:
    assert (model.inputs, model.outputs) == (["x", "W"], ["y", "s"])


def test_model_evaluate_returns_arrays_by_name(model: jaccli.Model) -> None:
    found = model.evaluate(at={"x": np.zeros(3)})
    np.testing.assert_allclose(found["y"], [0.1, 0.2, 0.3, 0.4])


@pytest.mark.parametrize("route", ["auto", "forward", "reverse", "symbolic", "difference"])
@pytest.mark.parametrize(
    ("of", "wrt", "shape"), [("y", "x", (4, 3)), ("y", "W", (4, 4, 3)), ("s", "x", (3,)), ("s", "W", (4, 3))]
)
def test_model_jacobian_has_the_layout_outputs_then_inputs(
    model: Any, of: str, wrt: str, shape: Any, route: str
) -> None:
    found = model.jacobian(of, wrt, route=route)
    assert found.shape == shape
    np.testing.assert_allclose(found, model.jacobian(of, wrt), rtol=1e-7, atol=1e-9)


def test_model_jvp_is_the_jacobian_times_the_tangent(model: jaccli.Model) -> None:
    dx = np.array([1.0, 2.0, -1.0])
    np.testing.assert_allclose(model.jvp({"x": dx})["y"], model.jacobian("y", "x") @ dx, rtol=1e-12)


def test_model_vjp_is_the_transposed_jacobian_times_the_cotangent(model: jaccli.Model) -> None:
    y_bar = np.array([1.0, 2.0, -1.0, 0.5])
    np.testing.assert_allclose(model.vjp({"y": y_bar})["x"], y_bar @ model.jacobian("y", "x"), rtol=1e-12)


@pytest.mark.parametrize("runs", [1, 2, 4], ids=["interpreted", "compiled", "compiled again"])
def test_model_products_are_the_same_at_every_run(model: jaccli.Model, runs: int) -> None:
    dx = {"x": np.array([1.0, 2.0, -1.0])}
    for k in range(runs):
        at = {"x": np.array([0.1, 0.2, 0.3]) * (k + 1)}
        found = model.jvp(dx, at)["y"], model.vjp({"s": 1.0}, at)["W"], model.hvp("s", dx, at)["x"]
    expected = (
        model.jacobian("y", "x", at) @ dx["x"],
        model.gradients("s", at)["W"],
        model.hessian("s", "x", at=at) @ dx["x"],
    )
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15)


def test_model_vjp_adds_the_cotangents_of_two_names_of_one_value() -> None:
    model = jaccli.parse({"inputs": {"x": 2.0}, "outputs": {"a": "x**2", "b": "x**2"}})
    assert model.vjp({"a": 1.0, "b": 10.0})["x"] == 44.0


def test_model_gradients_come_for_every_variable(model: jaccli.Model) -> None:
    found = model.gradients("s")
    np.testing.assert_allclose(found["W"], model.jacobian("s", "W"), rtol=1e-12)


def test_model_hessian_is_symmetric(model: jaccli.Model) -> None:
    found = model.hessian("s", "x")
    np.testing.assert_allclose(found, found.T, atol=1e-15)


def test_model_mixed_hessian_is_the_derivative_of_the_gradient(model: jaccli.Model) -> None:
    step, W = 1e-6, model.point()["W"]
    unit = np.zeros_like(W)
    unit[1, 2] = step
    ahead, behind = (model.jacobian("s", "x", at={"W": W + sign * unit}) for sign in (1, -1))
    np.testing.assert_allclose(
        model.hessian("s", "x", "W")[:, 1, 2], (ahead - behind) / (2 * step), rtol=1e-6, atol=1e-9
    )


def test_model_symbolic_returns_bindings_and_entries(model: jaccli.Model) -> None:
    found = model.symbolic("y", "x")
    assert (found.entries.shape, len(found.bindings) > 0) == ((4, 3), True)


def test_function_takes_one_line_expressions() -> None:
    assert jaccli.function("y = x**2").jacobian("y", "x", at={"x": 3}) == 6.0


def test_load_reads_a_file() -> None:
    np.testing.assert_array_equal(jaccli.load(ROOT / "specs/coffee.yaml").jacobian("y2", "x3"), 0.5)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        pytest.param(lambda m: m.jacobian("z", "x"), r"`z` is not an output", id="output"),
        pytest.param(
            lambda m: m.jacobian("y", "c"), r"`c` is not an input or param", id="a constant is not differentiated"
        ),
        pytest.param(lambda m: m.jacobian("y", "x", route="up"), r"'route' must be one of auto, symbolic", id="route"),
        pytest.param(
            lambda m: m.evaluate(at={"x": [1, 2]}),
            r"`x` has shape \(3,\), but the given value has shape \(2,\)",
            id="shape",
        ),
        pytest.param(lambda m: m.evaluate(at={"c": 1}), r"`c` is a constant", id="constant"),
        pytest.param(lambda m: m.evaluate(at={"x": [1, np.nan, 2]}), r"`x` must be finite", id="nan"),
        pytest.param(
            lambda m: m.jvp({"x": [1, 2]}), r"tangent of `x` must have shape \(3,\) \(got \(2,\)\)", id="tangent"
        ),
        pytest.param(lambda m: m.vjp({"q": 1}), r"`q` is unknown \(known: y, s\)", id="cotangent"),
    ],
)
def test_model_refuses_with_the_name_and_the_remedy(model: jaccli.Model, call: Any, match: str) -> None:
    with pytest.raises(jaccli.UsageError, match=match):
        call(model)


def test_compiled_value_and_gradient_are_those_of_the_interpreter(model: jaccli.Model) -> None:
    run = model.compile("s", ["x"])
    for x in ([1.0, 2.0, 3.0], [0.5, -1.0, 2.0]):
        value, gradient = run({"x": x})
        np.testing.assert_allclose(value, model.evaluate(at={"x": x})["s"], rtol=1e-15)
        np.testing.assert_allclose(gradient["x"], model.jacobian("s", "x", at={"x": x}), rtol=1e-14)


def test_compile_takes_a_number(model: jaccli.Model) -> None:
    with pytest.raises(jaccli.UsageError, match=r"`y` has shape \(4,\); compile\(\) takes a number"):
        model.compile("y")


def test_answers_of_a_model_are_the_callers_own() -> None:
    model, x = jaccli.function("y = x[:2]", at={"x": [1.0, 2.0, 3.0]}), np.array([1.0, 2.0, 3.0])
    for _ in range(3):
        for answer in (model.evaluate({"x": x})["y"], model.jvp({"x": x})["y"], model.vjp({"y": x[:2]})["x"]):
            answer += 100
        assert model.jacobian("y", "x", at={"x": x}).tolist() == [[1, 0, 0], [0, 1, 0]]
    assert x.tolist() == [1.0, 2.0, 3.0]


def test_a_model_run_again_gives_the_same_numbers(model: jaccli.Model) -> None:
    first, *others = ([model.evaluate()["y"], model.jacobian("y", "x"), model.hessian("s", "x")] for _ in range(3))
    for again in others:
        for actual, expected in zip(again, first, strict=True):
            np.testing.assert_array_equal(actual, expected)


def test_parse_reports_every_mistake_at_once() -> None:
    with pytest.raises(jaccli.SourceError) as caught:
        jaccli.parse({"inputs": {"x": 1}, "outputs": {"y": "sinn(x)", "z": "2x"}})
    assert [problem.code for problem in caught.value.problems] == ["JAC003", "JAC001"]


def test_import_of_the_package_is_light() -> None:
    code = "import sys, jaccli; print([m for m in ('numpy', 'sympy', 'yaml', 'typer') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_package_refuses_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'gradcheckk'"):
        jaccli.gradcheckk  # noqa: B018


def test_values_must_be_given_by_name():
    model = jaccli.parse({"inputs": {"x": 2}, "outputs": {"y": "x**2"}})
    with pytest.raises(
        jaccli.UsageError, match=r"'at' must be values by name, such as \{'x': 1.5\} \(got 'symbolic'\)"
    ):
        model.jacobian("y", "x", "symbolic")
