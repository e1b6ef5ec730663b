"""Inputs and outputs without elements are nothing to check, and no mistake; what stands beside them is judged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli

X, EMPTY = np.array([0.5, -1.0, 2.0]), np.zeros(0)


def slope(factor: float) -> Any:
    return lambda x: (np.zeros((0, 3)), factor * np.diag(2 * x))


@pytest.mark.parametrize(("fn", "inputs", "jacobian"), [
    (lambda x: x[:0], X, lambda x: np.zeros((0, 3))),
    (lambda x: x.sum(), EMPTY, lambda x: np.zeros(0)),
    (lambda x: (x[:0], x**2), X, slope(1.0)),
    (lambda x: (x[:0], x.argmax()), X, lambda x: np.zeros((0, 3))),
], ids=["output", "input", "one of two outputs", "beside an integer"])  # fmt: skip
def test_gradcheck_of_empty_arrays(fn: Any, inputs: Any, jacobian: Any) -> None:
    report = jaccli.gradcheck(fn, inputs, jacobian=jacobian)
    assert report.ok, jaccli.report_text(report)


def test_gradcheck_judges_what_is_not_empty() -> None:
    assert jaccli.gradcheck(lambda x: (x[:0], x**2), X, jacobian=slope(1.001)).outcome == "fail"


def test_gradcheck_of_no_floats_is_still_an_error() -> None:
    assert jaccli.gradcheck(lambda x: x.argmax(), X, jacobian=lambda x: np.zeros(3)).outcome == "error"


@pytest.mark.parametrize(("name", "make"), [
    ("torch", lambda: [__import__("torch").tensor(v, dtype=__import__("torch").float64) for v in (X, EMPTY)]),
    ("jax", lambda: [__import__("jax").numpy.asarray(v) for v in (X, EMPTY)]),
    ("autograd", lambda: [X, EMPTY]),
], ids=lambda value: value if isinstance(value, str) else "")  # fmt: skip
def test_gradcheck_of_empty_arrays_of_a_framework(name: str, make: Any) -> None:
    pytest.importorskip(name)
    x, empty = make()
    found = [
        jaccli.gradcheck(lambda x: x[:0], x, framework=name),
        jaccli.gradcheck(lambda x: x.sum(), empty, framework=name),
        jaccli.gradcheck(lambda x: (x[:0], x * x), x, framework=name),
        jaccli.gradcheck(lambda x, e: x * x + e.sum(), (x, empty), framework=name),
    ]
    assert [(report.outcome, report.counts["pass"] > 0) for report in found] == [("pass", True)] * 4
