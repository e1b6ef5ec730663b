"""Printed derivatives are expressions of the spec language: read back, they mean the same."""

from __future__ import annotations

import numpy as np
import pytest

import jaccli


@pytest.mark.parametrize(
    "expression",
    [
        "x**2*sin(y)", "abs(x - y)", "maximum(x, y)", "minimum(x, minimum(y, 1))", "relu(x*y)", "where(x > y, x*y, y**2)",
        "sqrt(x)/y", "exp(-x)*log(y)", "arctan2(x, y)", "arcsin(x/9) + arccos(y/9) + arctan(x)", "sigmoid(x*y)", "x**y",
        "softplus(x) - gelu(y)", "tanh(x)*cosh(y)", "pi*x + e*y", "x/3 + 0.1*y", "arcsinh(x) + arccosh(y) + arctanh(x/9)",
        "hypot(x, y)", "sign(x)*y", "where(x > 1, 0, x)", "cbrt(x*y)", "xlogy(x, y)", "where((x > 1) & (y > 3), x*y, y**2)",
        "where(~((x == 0) | (y == 0)), x*y, 1)", "exprel(x*y)", "sinc(x)*exprel(y, 2)",
    ],
)  # fmt: skip
def test_printed_derivative_reads_back_as_itself(expression: str) -> None:
    from jaccli.derive.symbolic.printing import text

    model = jaccli.parse({"inputs": {"x": 1.7, "y": 2.3}, "outputs": {"f": expression}})
    for name in model.inputs:
        (entry,) = model.symbolic("f", name).expanded(500).ravel()
        again = jaccli.parse({"inputs": {"x": 1.7, "y": 2.3}, "outputs": {"f": text(entry)}})
        np.testing.assert_allclose(again.evaluate()["f"], model.jacobian("f", name), rtol=1e-12)
