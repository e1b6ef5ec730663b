"""The smallest failing spec drops what the failure does not need, and fails in the same way when it is run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import yaml

import jaccli
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check
from jaccli.graph.selection import Selection

SPEC: dict[str, Any] = {
    "dims": {"n": 5, "d": 3},
    "inputs": {"x": {"shape": ["d"], "value": [0.512, -1.013, 2.027]}, "unused": 3},
    "params": {"W": {"shape": ["n", "d"], "init": "glorot", "seed": 0}, "b": {"shape": ["n"], "init": "zeros"}},
    "let": {"z": "W @ x + b", "h": "tanh(z)", "other": "exp(unused)"},
    "outputs": {"s": "sum(h)", "t": "other * 2"},
    "jacobian": {"s": {"W": "outer(1 - h**2, x) * 1.0005", "b": "1 - h"}},
}


def smallest(wrt: str) -> tuple[Any, Any]:
    options = CheckOptions(selection=Selection(("s",), (wrt,)), smallest=True)
    report = check(jaccli.parse(SPEC).built, options)
    (failed,) = [one for one in report.checks if one.outcome == "fail"]
    return failed, yaml.safe_load(report.smallest)


@pytest.mark.parametrize("wrt", ["W", "b"])
def test_smallest_spec_fails_in_the_same_way(wrt: str) -> None:
    failed, spec = smallest(wrt)
    again = [one for one in jaccli.parse(spec).gradcheck().checks if one.outcome == "fail"]
    assert [(one.of, one.wrt, one.code) for one in again] == [("s", wrt, failed.code)]


def test_smallest_spec_has_no_more_than_it_needs() -> None:
    _, spec = smallest("b")
    assert (set(spec["inputs"]), set(spec["let"]), set(spec["outputs"])) == ({"x"}, {"z", "h"}, {"s"})
    assert spec["params"]["b"] == [0] or len(spec["params"]["b"]) == 1


def test_smallest_spec_is_looked_for_only_where_it_is_wanted() -> None:
    assert check(jaccli.parse(SPEC).built).smallest == ""


def rows(W: Any, x: Any) -> Any:
    return np.tanh(W @ x)


def wrong_vjp(inputs: Any, y_bar: Any) -> Any:
    W, x = inputs
    t = (1 - np.tanh(W @ x)) * y_bar  # a square is missing
    return np.outer(t, x), W.T @ t


def test_smallest_call_of_a_function_has_small_arrays_and_fails_when_it_is_run() -> None:
    rng = np.random.default_rng(0)
    text = jaccli.smallest_example(rows, (rng.standard_normal((5, 4)), rng.standard_normal(4)), vjp=wrong_vjp)
    assert "gradcheck(rows, inputs, vjp=wrong_vjp)" in text
    inputs = eval(text.split("inputs = ")[1].splitlines()[0], {"np": np})
    assert (sum(a.size for a in inputs) <= 3, jaccli.gradcheck(rows, inputs, vjp=wrong_vjp).outcome) == (True, "fail")


def test_smallest_call_of_a_right_function_is_none() -> None:
    assert jaccli.smallest_example(np.sin, np.ones(3), jacobian=lambda x: np.diag(np.cos(x))) == ""


def test_smallest_call_says_which_functions_are_to_be_put_in() -> None:
    text = jaccli.smallest_example(lambda x: x**2, np.array([1.234, 2.0]), jacobian=lambda x: np.diag(x))
    assert ("# put the definition of fn here" in text, "np.array([1.0])" in text) == (True, True)
