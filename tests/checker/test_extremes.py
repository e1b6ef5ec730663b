"""Derivatives at sizes from 1e-300 to 1e300, at ties and at saturation: every route has the digits that the function has."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

import jaccli
from jaccli.compute.compute import compute

ROUTES = ("forward", "reverse", "symbolic")
SIZES = (1e-300, 0.3, 40.0, 800.0, 1e16, 1e160, 1e300)
BOTH = [sign * size for size in SIZES for sign in (1, -1)]
#: expression of x, at the points where the function has a value that does not cancel
SCALARS: dict[str, list[float]] = {
    "expm1(x)": [x for x in BOTH if x < 700],
    "exp(x)": [x for x in BOTH if x < 700],
    "log1p(x)": [x for x in BOTH if x > -1],
    "sigmoid(x)": [-40.0, -0.3, 7.0, 40.0, 300.0],
    "softplus(x)": BOTH,
    "silu(x)": BOTH,
    "mish(x)": BOTH,
    "gelu(x)": [*BOTH, -37.0, -20.0, -8.0],
    "gelu(x, approximate='tanh')": [x for x in BOTH if x > -3 or x < -40],
    "elu(x)": [*BOTH, 0.0],
    "selu(x)": BOTH,
    "softsign(x)": BOTH,
    "ndtr(x)": [*BOTH, -37.0],
    "log_sigmoid(x)": BOTH,
    "logit(x)": [1e-300, 1e-20, 0.3, 0.5, 1 - 2.0**-40],
    "arctanh(x)": [1e-300, 0.3, 1 - 2.0**-40, 2.0**-40 - 1],
    "arctan(x)": BOTH,
    "arcsinh(x)": BOTH,
    "arctan2(x, 2*x)": BOTH,
    "arctan2(x, 1e-160)": BOTH,
    "hypot(x, 3*x)": [x for x in BOTH if abs(x) < 1e300],
    "norm([x, 3*x])": [x for x in BOTH if abs(x) < 1e300],
    "logaddexp(x, x)": [*BOTH, 1e10],
    "logaddexp2(x, x + 1)": [0.3, 40.0, 1e10],
    "std([x, 2*x, 4*x])": [x for x in BOTH if abs(x) < 1e300],
    "exprel(x)": [0.0, *[x for x in BOTH if x < 700], 1e-5, 712.0],
    "exprel(x, 3)": [0.0, 1e-300, 0.3, -0.3, -40.0, 40.0, 712.0],
    "sinc(x)": [0.0, 1e-300, 1e-5, -0.3, 0.3, 40.0, -40.0, 800.25, 1e16],
    "sinc(x, 2)": [0.0, 1e-300, 1e-5, 0.3, -40.0, 800.25],
    "binary_cross_entropy_with_logits(x, 1)": BOTH,
    "binary_cross_entropy_with_logits(x, 0)": BOTH,
    "gammaln(x)": [1e-300, 0.3, 7.0, 800.0, 1e16],
}
#: expression of the vector x, and the vector
VECTORS: list[tuple[str, list[float]]] = [
    ("norm(x)", [1e-300, 2e-300]),
    ("norm(x)", [1e-170, 2e-170, 3e-170]),
    ("norm(x)", [1e170, -2e170]),
    ("logsumexp(x)", [1e16, 1e16]),
    ("logsumexp(x)", [1e10, 1e10]),
    ("logsumexp(x)", [800.0, 0.0, 1.0]),
    ("logsumexp(x)", [-1e5, -1e5]),
    ("log_softmax(x)", [1e16, 1e16, 1e16]),
    ("softmax(x)", [800.0, 800.0]),
    ("std(x)", [1e-170, 3e-170]),
    ("std(x)", [1e170, 3e170]),
]


def relative_error(found: Any, truth: Any) -> float:
    """Return the largest error in units of the value; what is below the normal doubles may be rounded to nothing."""
    found, truth = np.asarray(found), np.asarray(truth)
    assert np.all(np.isfinite(found))
    return float(np.max(np.abs(found - truth) / (np.abs(truth) + 1e-300)))


@pytest.mark.parametrize("expression", SCALARS)
def test_derivative_of_a_number_has_its_digits_at_every_size(expression: str) -> None:
    model = jaccli.parse({"inputs": {"x": 1.0}, "outputs": {"y": expression}})
    for x in SCALARS[expression]:
        truth = model.jacobian("y", "x", {"x": x}, "certified")
        errors = [relative_error(model.jacobian("y", "x", {"x": x}, route), truth) for route in ROUTES]
        assert max(errors) < 2e-13 * max(1, min(abs(x), 800)), (x, errors)


@pytest.mark.parametrize(("expression", "x"), [pytest.param(*row, id=f"{row[0]} at {row[1]}") for row in VECTORS])
def test_derivative_of_a_vector_has_its_digits_at_every_size(expression: str, x: list[float]) -> None:
    model = jaccli.parse({"inputs": {"x": x}, "outputs": {"y": expression}})
    truth = model.jacobian("y", "x", route="certified")
    assert max(relative_error(model.jacobian("y", "x", route=route), truth) for route in ROUTES) < 1e-12


@pytest.mark.parametrize("far", [40.0, 180.0, 600.0])
def test_symbolic_softmax_keeps_its_digits_where_it_is_saturated(far: float) -> None:
    model = jaccli.parse({"inputs": {"x": [0.0, far]}, "outputs": {"y": "softmax(x)"}})
    with mpmath.workdps(600):
        p = 1 / (1 + mpmath.exp(-mpmath.mpf(far)))
        slope = float(p * (1 - p))
    assert relative_error(model.jacobian("y", "x", route="symbolic"), [[slope, -slope], [-slope, slope]]) < 1e-12


@pytest.mark.parametrize("route", ["forward", "reverse"])
@pytest.mark.parametrize(
    ("expression", "x"),
    [
        pytest.param("std(where(x > 0, -1.3, x))", [-1.3, 2.0, 3.0], id="a standard deviation of what is constant"),
        pytest.param("std(x)", [0.1, 0.1, 0.1], id="std at a tie"),
        pytest.param("std(x, ddof=1)", [1e16, 1e16], id="std of large equal numbers"),
        pytest.param("var(x)", [0.5, 0.5], id="var at a tie"),
        pytest.param("norm(x)", [0.0, 0.0], id="norm at 0"),
        pytest.param("norm(x - mean(x))", [2.0, 2.0], id="norm of what cancels"),
        pytest.param("hypot(x[0], x[1])", [0.0, 0.0], id="hypot at 0"),
    ],
)
def test_derivative_at_a_tie_is_flat_and_no_nan(expression: str, x: list[float], route: str) -> None:
    model = jaccli.parse({"inputs": {"x": x}, "outputs": {"y": expression}})
    np.testing.assert_allclose(model.jacobian("y", "x", route=route), 0.0, atol=1e-15)


OUTSIDE = ["logit(x)", "log(x)", "log1p(x - 1)", "log2(x)*3 + x", "arctanh(x)", "sqrt(x)", "arcsin(x)", "x**0.3"]


@pytest.mark.parametrize("route", ["auto", "forward", "reverse", "symbolic"])
@pytest.mark.parametrize("expression", OUTSIDE)
def test_where_the_value_is_nan_there_is_no_derivative(expression: str, route: str) -> None:
    model = jaccli.parse({"inputs": {"x": -1.5}, "outputs": {"y": expression}})
    (block,) = compute(model.built, route=route).blocks
    assert np.isnan(model.jacobian("y", "x", route=route))
    assert np.isnan(block.value)


def test_other_rows_than_those_without_a_value_keep_their_derivatives() -> None:
    model = jaccli.parse({"inputs": {"x": [-1.5, 2.0]}, "outputs": {"y": "logit(x/4)"}})
    np.testing.assert_allclose(model.jacobian("y", "x"), [[np.nan, np.nan], [0.0, 1.0]])


@pytest.mark.parametrize("x", [-800.0, -40.0, -0.3, 0.0, 7.0, 40.0, 700.0])
@pytest.mark.parametrize("t", [0.0, 0.25, 1.0])
def test_cross_entropy_of_logits_has_its_digits(x: float, t: float) -> None:
    model = jaccli.function("y = binary_cross_entropy_with_logits(x, t)", at={"x": x, "t": t})
    with mpmath.workdps(400):
        truth = float(mpmath.log1p(mpmath.exp(mpmath.mpf(x))) - mpmath.mpf(t) * x)
    assert float(model.evaluate()["y"]) == pytest.approx(truth, rel=1e-15, abs=0)
