"""Derivatives written by hand for several inputs: what they take and give back, and what is said where they do not."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest

import jaccli

X, B = np.array([0.5, 2.0]), np.array([1.5, -1.0])


def product(x: Any, b: Any) -> Any:
    return x * b


def four(x: Any, b: Any, y_bar: Any, more: Any) -> Any:
    return y_bar * b, y_bar * x


@pytest.mark.parametrize(
    "vjp",
    [
        pytest.param(lambda i, g: (g * i[1], g * i[0]), id="tuple"),
        pytest.param(lambda i, g: [g * i[1], g * i[0]], id="list"),
        pytest.param(lambda i, g: {"b": g * i[0], "x": g * i[1]}, id="dict"),
    ],
)
def test_gradcheck_takes_cotangents_of_several_inputs(vjp: Any) -> None:
    assert jaccli.gradcheck(product, (X, B), vjp=vjp).ok


def product_and_sum(x: Any, b: Any) -> Any:
    return x * b, x + b


@pytest.mark.parametrize(
    ("fn", "inputs", "claim"),
    [
        (product, (X, B), {"vjp": lambda x, b, y_bar: (y_bar * b, y_bar * x)}),
        (product, {"b": B, "x": X}, {"vjp": lambda x, b, y_bar: {"x": y_bar * b, "b": y_bar * x}}),
        (product, (X, B), {"jvp": lambda x, b, dx, db: dx * b + x * db}),
        (product, {"b": B, "x": X}, {"jvp": lambda x, b, dx, db: dx * b + x * db}),
        (product, (X, B), {"jvp": lambda x, b, d: d[0] * b + x * d[1]}),
        (product_and_sum, (X, B), {"vjp": lambda x, b, p_bar, s_bar: (p_bar * b + s_bar, p_bar * x + s_bar)}),
        (lambda x: (np.sin(x), x), X, {"vjp": lambda x, s_bar, x_bar: s_bar * np.cos(x) + x_bar}),
    ],
    ids=["vjp", "vjp by name", "jvp", "jvp by name", "jvp of a tuple", "two outputs", "one input"],
)
def test_gradcheck_takes_inputs_one_by_one(fn: Any, inputs: Any, claim: dict[str, Any]) -> None:
    assert jaccli.gradcheck(fn, inputs, **claim).ok


def test_gradcheck_finds_mistakes_of_a_vjp_that_takes_inputs_one_by_one() -> None:
    report = jaccli.gradcheck(product, (X, B), vjp=lambda x, b, y_bar: (y_bar * b, y_bar * b))
    assert [check.outcome for check in report.checks] == ["pass", "fail"]


def test_gradcheck_takes_second_products_one_by_one() -> None:
    report = jaccli.gradcheck(
        lambda x, b: (x**2 * b).sum(),
        (X, B),
        vjp=lambda x, b, y_bar: (2 * x * b * y_bar, x**2 * y_bar),
        hvp=lambda x, b, dx, db: (2 * b * dx + 2 * x * db, 2 * x * dx),
    )
    assert report.ok, report
    assert len(report.checks) > 4


def test_gradcheck_says_that_a_tuple_of_one_input_comes_as_a_tuple() -> None:
    check = jaccli.gradcheck(np.sin, (X,), vjp=lambda x, y_bar: y_bar * np.cos(x)).checks[0]
    assert (check.code, check.help) == ("JAC305", "a tuple of inputs comes as a tuple: give x itself, not (x,)")


@pytest.mark.parametrize(
    ("claim", "message", "help"),
    [
        ({"vjp": lambda i, g: g}, "what `vjp` returns is an array of shape (2,), expected 2 parts: x, b",
         "return one array for each, as a tuple: return (for_x, for_b); or a dict by name: {'x': …, 'b': …}"),
        ({"vjp": lambda i, g: (g,)}, "what `vjp` returns has 1 parts, expected 2: x, b", "return one array for each, as a tuple"),
        ({"vjp": four}, "missing 2 required positional arguments", "it is called as vjp(x, y_bar), for inputs x and b as vjp(x, b, y_bar)"),
        ({"vjp": lambda i, g: None}, "`vjp` returned None (forgotten return?)", "return one cotangent per input, zeros for one"),
        ({"jvp": lambda i, d: None}, "`jvp` returned None (forgotten return?)", "return one tangent per output"),
        ({"jacobian": lambda x, b: None}, "`jacobian` returned None (forgotten return?)", "return an array of shape"),
    ],
    ids=["bare array", "one part", "four arguments", "none vjp", "none jvp", "none jacobian"],
)  # fmt: skip
def test_gradcheck_says_what_a_derivative_by_hand_gives_back(claim: dict[str, Any], message: str, help: str) -> None:
    check = jaccli.gradcheck(product, (X, B), **claim).checks[0]
    assert (check.outcome, message in check.message, check.help.startswith(help)) == ("error", True, True)


@pytest.mark.parametrize(
    ("fn", "value", "claim"),
    [
        pytest.param(np.log, [0.0, 1.0], lambda x, g: g / x, id="infinite"),
        pytest.param(np.log, [-1.0, 1.0], lambda x, g: g / x, id="nan"),
        pytest.param(np.tanh, [0.5], lambda x, g: g * np.inf, id="infinite claim"),
        pytest.param(lambda x: np.exp(1000 * x), [0.5, 0.8], lambda x, g: 1000 * g * np.exp(1000 * x), id="overflow"),
    ],
)
def test_gradcheck_raises_no_warning_of_its_own(fn: Any, value: list[float], claim: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = jaccli.gradcheck(fn, np.array(value), vjp=claim)
    assert not re.search("Warning", jaccli.report_text(report))


def test_gradcheck_leaves_the_warnings_of_a_function_to_it() -> None:
    def warned(x: Any) -> Any:
        warnings.warn("mine", UserWarning, stacklevel=1)
        return x

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check = jaccli.gradcheck(warned, X, vjp=lambda x, g: g).checks[0]
    assert (check.code, "UserWarning: mine" in check.message) == ("JAC302", True)
