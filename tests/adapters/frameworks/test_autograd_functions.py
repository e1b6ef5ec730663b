"""HIPS autograd: planted mistakes fail by name, right derivatives pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli

autograd = pytest.importorskip("autograd", reason="autograd is not installed: pip install 'jaccli[autograd]'")
anp = pytest.importorskip("autograd.numpy", reason="pip install 'jaccli[autograd]'")
extend = pytest.importorskip("autograd.extend", reason="pip install 'jaccli[autograd]'")

X = np.array([0.5, -1.0, 2.0])


def custom(vjp: Any, jvp: Any = None) -> Any:
    cube = extend.primitive(lambda x: x**3)
    extend.defvjp(cube, lambda y, x: lambda y_bar: vjp(x, y_bar))
    if jvp:
        extend.defjvp(cube, lambda dx, y, x: jvp(x, dx))
    return lambda x: cube(x)


#: (function, inputs, the code of what is wrong or None)
CASES: dict[str, tuple[Any, Any, str | None]] = {
    "function": (lambda x: anp.tanh(x), X, None),
    "number": (lambda x: anp.sin(x), 0.5, None),
    "several": (lambda W, x: (anp.tanh(anp.dot(W, x)), anp.sum(x**2)), (np.ones((2, 3)), X), None),
    "nested": (lambda p: {"y": p["a"] * p["b"][0]}, ({"a": X, "b": [X + 1]},), None),
    "complex": (lambda z: z * z + anp.conj(z), X + 1j, None),
    "float32": (lambda x: anp.tanh(x), X.astype(np.float32), None),
    "custom": (custom(lambda x, y_bar: 3 * x**2 * y_bar, lambda x, dx: 3 * x**2 * dx), X, None),
    "sign": (custom(lambda x, y_bar: -3 * x**2 * y_bar), X, "JAC101"),
    "0.05 % off": (custom(lambda x, y_bar: 3.0015 * x**2 * y_bar), X, "JAC100"),
    "jvp's factor": (custom(lambda x, y_bar: 3 * x**2 * y_bar, lambda x, dx: 2 * x**2 * dx), X, "JAC102"),
    "wrong shape": (custom(lambda x, y_bar: np.ones(4)), X, "JAC305"),
    "rule raises": (custom(lambda x, y_bar: 1 / 0), X, "JAC302"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_gradcheck_judges_functions_of_autograd(name: str) -> None:
    fn, inputs, code = CASES[name]
    report = jaccli.gradcheck(fn, inputs, framework="autograd")
    wrong = {check.code for check in report.checks if check.outcome in ("fail", "error", "inconclusive")}
    assert code in wrong if code else report.ok, jaccli.report_text(report)


def test_gradcheck_tells_autograd_by_what_the_function_names() -> None:
    assert jaccli.gradcheck(lambda x: anp.sin(x), X).ok


def _written(x: Any) -> Any:
    x[0] = 2.0
    return anp.sin(x)


def test_gradcheck_says_that_autograd_cannot_follow_writing() -> None:
    report = jaccli.gradcheck(_written, X, framework="autograd")
    assert "autograd cannot follow writing into an array" in {check.help.partition(":")[0] for check in report.checks}
