"""The eager engine: gradients that add up, tapes rebuilt at every pass, and the same numbers as the static engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import jaccli
from jaccli.errors import UsageError
from jaccli.graph.static import compile_program
from jaccli.learn import eager
from jaccli.learn.recording import no_grad
from jaccli.learn.replay import eager_jacobian, replay
from jaccli.learn.tape import tensor

SPECS = sorted(str(path) for path in Path("specs").rglob("[!d]*.yaml"))


@pytest.mark.parametrize("path", SPECS)
def test_eager_jacobian_equals_the_static_one(path: str) -> None:
    model = jaccli.load(path)
    point, built = model.point(), model.built
    wrt = [built.variables[name] for name in model.inputs]
    for of, output in built.outputs.items():
        for name, actual in zip(model.inputs, eager_jacobian(built.graph, output, wrt, point), strict=True):
            expected = model.jacobian(of, name, route="reverse")
            size = np.max(np.abs(expected), initial=1.0)
            np.testing.assert_allclose(actual, expected, rtol=1e-14, atol=1e-14 * size, err_msg=f"{of}/{name}")


@pytest.mark.parametrize("path", SPECS)
def test_eager_values_equal_the_static_ones(path: str) -> None:
    model = jaccli.load(path)
    leaves = {name: tensor(value) for name, value in model.point().items()}
    outputs = list(model.built.outputs.values())
    program = compile_program(model.built.graph, outputs)
    for y, expected in zip(replay(model.built.graph, outputs, leaves), program(model.point()), strict=True):
        np.testing.assert_allclose(y.value, expected, rtol=1e-14, atol=1e-14 * np.max(np.abs(expected), initial=0.0))


def test_grad_adds_up_until_it_is_zeroed() -> None:
    x = tensor(3.0, requires_grad=True)
    y = x**2
    y.backward()
    y.backward()
    assert x.grad == 12.0
    x.zero_grad()
    y.backward()
    assert x.grad == 6.0


def test_grad_of_a_leaf_used_on_two_tapes_is_the_sum_of_its_uses() -> None:
    x = tensor(2.0, requires_grad=True)
    (x * x + np.array([1.0, 2.0]) * x).backward([1.0, 1.0])  # d(2x² + 3x)/dx
    assert x.grad == 11.0


def test_control_flow_of_python_decides_what_is_recorded() -> None:
    def run(start: float) -> float:
        x = tensor(start, requires_grad=True)
        y = x
        while float(y) < 10:
            y = y * 3 if y > 1 else y + 1
        y.backward()
        return float(x.grad)  # type: ignore[arg-type]

    assert [run(2.0), run(0.5), run(20.0)] == [9.0, 9.0, 1.0]


def test_no_grad_records_nothing() -> None:
    x = tensor([1.0, 2.0], requires_grad=True)
    with no_grad():
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad


def test_a_pass_leaves_nothing_behind_on_the_leaf() -> None:
    w = tensor(np.ones(3), requires_grad=True)
    for _ in range(5):
        eager.sum(eager.tanh(w * 2)).backward()
    assert len(w.tape.nodes) <= 2  # the leaf and the literal


def test_training_by_hand_finds_a_line() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=50)
    t = 3 * x - 1
    a, b = tensor(0.0, requires_grad=True), tensor(0.0, requires_grad=True)
    for _ in range(100):
        loss = eager.mse(a * x + b, t)
        loss.backward()
        for parameter in (a, b):
            parameter.assign(parameter.value - 0.2 * parameter.grad)
            parameter.zero_grad()
    np.testing.assert_allclose([float(a), float(b)], [3.0, -1.0], rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        pytest.param(
            lambda: tensor(1.0).backward(), "depends on one made with requires_grad=True", id="nothing to differentiate"
        ),
        pytest.param(
            lambda: (tensor([1.0, 2.0], True) * 2).backward(), r"of shape \(2,\) needs y_bar", id="no cotangent"
        ),
        pytest.param(
            lambda: (tensor([1.0, 2.0], True) * 2).backward([1.0]),
            r"'y_bar' must have shape \(2,\) \(got \(1,\)\)",
            id="wrong cotangent",
        ),
        pytest.param(lambda: eager.sum(tensor([1.0]), axis=3), "axis 3 does not exist", id="wrong axis"),
        pytest.param(
            lambda: tensor([1.0]).assign([1.0, 2.0]),
            r"needs a leaf and a value of its shape \(1,\)",
            id="another shape",
        ),
    ],
)
def test_misuse_is_named(call: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()  # type: ignore[operator]


def test_methods_are_functions_with_the_tensor_first() -> None:
    x = tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    x.sum(axis=0)[1].backward()
    np.testing.assert_array_equal(x.grad, [[0, 1], [0, 1]])  # type: ignore[arg-type]
