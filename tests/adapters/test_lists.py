"""A list of arrays is several inputs where the function takes several, and one where it takes a list."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.errors import UsageError

X, W = np.array([0.5, -1.0, 2.0]), np.array([1.5, 0.3, -0.7])


def halves(x: Any, w: Any) -> Any:
    return x * w


#: function → how many rows of inputs it is judged by
FUNCTIONS: dict[str, tuple[Any, int]] = {
    "two parameters": (lambda x, w: x * w, 2),
    "one parameter, a list": (lambda p: p[0] * p[1], 2),
    "as many as there are": (lambda *p: p[0] * p[1], 2),
    "a second one with a default": (lambda p, k=2.0: k * p[0] * p[1], 2),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("framework", ["torch", "jax", "autograd"])
def test_gradcheck_takes_a_list_of_inputs(framework: str, name: str) -> None:
    module = pytest.importorskip(framework)
    make = {"torch": lambda v: module.from_numpy(v.copy()), "jax": lambda v: module.numpy.asarray(v)}.get(
        framework, np.array
    )
    fn, count = FUNCTIONS[name]
    report = jaccli.gradcheck(fn, [make(X), make(W)], framework=framework)
    assert (report.outcome, len({check.wrt for check in report.checks if check.wrt})) == ("pass", count)


@pytest.mark.parametrize("name", ["mul", "sin", "stack", "Bilinear"])
def test_gradcheck_takes_lists_for_functions_of_torch(name: str) -> None:
    torch = pytest.importorskip("torch")
    x, w = torch.from_numpy(X), torch.from_numpy(W)
    fn, inputs = {
        "mul": (torch.mul, [x, w]), "sin": (torch.sin, [x]), "stack": (torch.stack, [x, w]),
        "Bilinear": (torch.nn.Bilinear(3, 3, 2).double(), [x[None], w[None]]),
    }[name]  # fmt: skip
    report = jaccli.gradcheck(fn, inputs)
    assert report.ok, jaccli.report_text(report)


def test_gradcheck_of_a_list_says_what_the_function_raised_for_it() -> None:
    torch = pytest.importorskip("torch")
    report = jaccli.gradcheck(lambda x, w: 1 / 0, [torch.ones(2), torch.ones(2)])
    assert (report.outcome, "ZeroDivisionError" in report.checks[0].message) == ("error", True)


@pytest.mark.parametrize(("factor", "outcome"), [(1.0, "pass"), (1.001, "fail")])
def test_gradcheck_takes_a_list_for_a_numpy_function_of_several(factor: float, outcome: str) -> None:
    report = jaccli.gradcheck(halves, [X, W], vjp=lambda x, w, y_bar: (factor * y_bar * w, y_bar * x))
    assert report.outcome == outcome


@pytest.mark.parametrize("count", [1, 3])
def test_gradcheck_of_a_list_of_another_length_names_the_arguments(count: int) -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(UsageError, match=rf"'inputs' is a list of {count}, and two takes other arguments: x, w"):
        jaccli.gradcheck(two, [torch.ones(2)] * count)


def two(x: Any, w: Any) -> Any:
    return x * w
