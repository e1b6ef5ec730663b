"""Power series: every coefficient that is told is right to 50 digits, at any length; what is not known is never a zero."""

from __future__ import annotations

from typing import Any

import mpmath
import pytest

from jaccli.certify import composed, series
from jaccli.certify.balls import ball, flint, precision, terms
from jaccli.certify.functions import plain

LENGTH = 13  # more than the ten coefficients to which python-flint cuts series by itself
BITS = 900
FUNCTIONS: dict[str, Any] = {
    "exp": mpmath.exp, "log": mpmath.log, "sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan, "arcsin": mpmath.asin,
    "arccos": mpmath.acos, "arctan": mpmath.atan, "sqrt": mpmath.sqrt, "erf": mpmath.erf, "erfc": mpmath.erfc, "gamma": mpmath.gamma,
    "sinh": mpmath.sinh, "cosh": mpmath.cosh, "tanh": mpmath.tanh, "arcsinh": mpmath.asinh, "arctanh": mpmath.atanh,
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), "lgamma": lambda x: mpmath.log(abs(mpmath.gamma(x))),
    "digamma": mpmath.digamma, "arccosh": mpmath.acosh,
}  # fmt: skip
#: Where a function is tried beside 0.3: its zeros and rims, both signs, large arguments.
POINTS: dict[str, list[float]] = {
    "arccosh": [1.5, 40.0], "log": [0.3, 1.0, 1e-3], "sqrt": [0.3, 9.0], "gamma": [0.3, -2.5, 7.0], "lgamma": [0.3, -2.5, 1.0, 2.0],
    "digamma": [0.3, -2.5, 20.0], "cbrt": [0.3, -2.0], "arcsin": [0.3, 0.0, -0.9], "arccos": [0.3, 0.0], "arctanh": [0.3, 0.0, -0.9],
    "arcsinh": [0.3, 0.0, -3.0],
}  # fmt: skip


def m() -> Any:
    """Return the functions of the number system of series."""
    return series.series_functions()


def line(x: Any, length: int, slope: int = 1) -> Any:
    return flint().arb_series([ball(x), ball(slope)], length)


def assert_series(found: Any, f: Any, x: float, slope: int = 1) -> None:
    """Assert that a series is that of t ↦ f(x + slope t): at t = 10⁻¹² its sum is the value, but for the terms after its last."""
    with mpmath.workdps(250):
        t, coefficients = mpmath.mpf(10) ** -12, [_digits(found[k]) for k in range(found.prec)]
        total = mpmath.fsum(c * t**k for k, c in enumerate(coefficients))
        assert abs(total - f(x + slope * t)) <= 10**6 * max(map(abs, coefficients)) * t**found.prec


def _digits(x: Any) -> Any:
    return mpmath.mpf(x.mid().str(230, radius=False))


@pytest.mark.parametrize(
    ("name", "x"), [pytest.param(n, x, id=f"{n} at {x:g}") for n in FUNCTIONS for x in POINTS.get(n, [0.3, 0.0, -1.25])]
)
def test_coefficients_beyond_the_cap_are_those_of_50_digits(name: str, x: float) -> None:
    with precision(BITS), terms(LENGTH):
        found = m()[name](line(x, LENGTH))
    assert found.prec == LENGTH
    assert_series(found, FUNCTIONS[name], x)


@pytest.mark.parametrize("x", [2.0, 0.3, -2.5, 40.0])
@pytest.mark.parametrize("order", [0, 1, 7, 8, 9, 20, 60, 100])
def test_polygamma_is_right_at_every_order(order: int, x: float) -> None:
    with precision(1200):
        own, found = plain().polygamma(order, ball(x)), m()["polygamma"](order, line(x, 3))
    with mpmath.workdps(400):
        truths = [_polygamma(order + k, x) / mpmath.factorial(k) for k in range(3)]
        for told, truth in zip([own, *(found[k] for k in range(3))], [truths[0], *truths], strict=True):
            assert abs(_digits(told) - truth) <= mpmath.mpf(10) ** -50 * abs(truth)


def _polygamma(order: int, x: float) -> Any:
    """Return ψ⁽ⁿ⁾(x) by Hurwitz's zeta function, with x moved to the right of zero first."""
    if not order:
        return mpmath.digamma(x)
    count = max(0, int(mpmath.ceil(-x)) + 1)
    poles = mpmath.fsum(1 / (mpmath.mpf(x) + k) ** (order + 1) for k in range(count))
    return (-1) ** (order + 1) * mpmath.factorial(order) * (poles + mpmath.zeta(order + 1, mpmath.mpf(x) + count))


# --- common zeros

QUOTIENTS: dict[str, tuple[Any, Any, float]] = {
    "sin(x)/x": (lambda f, x: f["sin"](x), lambda f, x: x, 0.0),
    "(1 - cos(x))/x": (lambda f, x: 1 - f["cos"](x), lambda f, x: x, 0.0),
    "(1 - cos(x))/x**2": (lambda f, x: 1 - f["cos"](x), lambda f, x: x * x, 0.0),
    "(exp(x) - 1)/x": (lambda f, x: f["exp"](x) - 1, lambda f, x: x, 0.0),
    "(x**2 - 1)/(x - 1)": (lambda f, x: x * x - 1, lambda f, x: x - 1, 1.0),
    "x/x": (lambda f, x: x, lambda f, x: x, 0.0),
    "sin(x)**2/x": (lambda f, x: f["sin"](x) * f["sin"](x), lambda f, x: x, 0.0),
    "(x - sin(x))/x**3": (lambda f, x: x - f["sin"](x), lambda f, x: x * x * x, 0.0),
    "x/tan(x)": (lambda f, x: x, lambda f, x: f["tan"](x), 0.0),
    "log(x)/(x - 1)": (lambda f, x: f["log"](x), lambda f, x: x - 1, 1.0),
    "erf(x)/tanh(x)": (lambda f, x: f["erf"](x), lambda f, x: f["tanh"](x), 0.0),
}
EXACT = {
    name: getattr(mpmath, {"arctan": "atan"}.get(name, name))
    for name in ("sin", "cos", "exp", "tan", "log", "erf", "tanh")
}


@pytest.mark.parametrize("slope", [1, -1], ids=["ahead", "behind"])
@pytest.mark.parametrize("name", QUOTIENTS)
def test_quotient_of_common_zeros_is_that_of_50_digits(name: str, slope: int) -> None:
    above, below, x = QUOTIENTS[name]
    with precision(BITS), terms(LENGTH):
        z = line(x, LENGTH, slope)
        found = m()["divide"](above(m(), z), below(m(), z))
    assert found.prec >= LENGTH - 3
    assert_series(found, lambda t: above(EXACT, t) / below(EXACT, t), x, slope)


UNKNOWN: dict[str, Any] = {
    "a quotient of two zeros of one order": lambda f, x: f["divide"](x, x),
    "zero to all known orders, over x": lambda f, x: f["divide"](x * x, x),
    "a pole": lambda f, x: f["divide"](1 + x, x),
    "a pole and more": lambda f, x: f["divide"](1, x) + x,
    "a pole of a function": lambda f, x: f["gamma"](x),
    "log at 0": lambda f, x: f["log"](x),
    "sqrt at 0": lambda f, x: f["sqrt"](x),
    "an even power below 2": lambda f, x: f["pow"](x, 0.5),
    "a quotient of what is not quite zero": lambda f, x: f["divide"](x, x + flint().arb(0, 1e-30)),
    "a jump at 0": lambda f, x: f["sign"](x * x),
    "a choice that first order leaves open": lambda f, x: f["where"](f["greater"](x * x, 0), 5 * x + 1, x),
    "of order 0": lambda f, x: f["divide"](f["divide"](x, x), x - 0),
}  # fmt: skip


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_two_coefficients_do_not_tell_is_unknown_and_no_zero(name: str) -> None:
    with precision(106):
        assert not series._tangent(UNKNOWN[name](m(), line(0, 2))).is_finite()


@pytest.mark.parametrize("n", [2, 3, 5])
def test_power_by_a_ball_around_a_whole_number_keeps_what_it_may_begin_with(n: int) -> None:
    with precision(106), terms(LENGTH):
        p = ball(n * n).sqrt() + flint().arb(0, 2.0**-90)
        found = m()["pow"](line(0, LENGTH), p)
    assert found.prec == n  # x ** n is not zero in the n-th coefficient, which is not known


SIGNS = [
    pytest.param([0, 0, 0, 2], 4, 1, id="third order"),
    pytest.param([0, 0, -1], 4, -1, id="second order"),
    pytest.param([0, 0], 2, None, id="zero as far as is known"),
    pytest.param([0, -1], 2, -1, id="by the tangent"),
    pytest.param([3, -1], 2, 1, id="by the value"),
]


@pytest.mark.parametrize(("coefficients", "length", "sign"), SIGNS)
def test_sign_beside_the_point_is_that_of_the_first_coefficient(
    coefficients: list[int], length: int, sign: int | None
) -> None:
    assert series._sign(flint().arb_series(coefficients, length)) == sign


NORMS = {
    "along one axis": ([0, 1], [0], "1"),
    "along a diagonal": ([0, 3], [0, 4], "5"),
    "of second order": ([0, 0, 3], [0, 0, 4], "0"),
    "of two orders": ([0, -2], [0, 0, 7], "2"),
}


@pytest.mark.parametrize("name", NORMS)
def test_norm_at_zero_is_that_of_the_direction(name: str) -> None:
    first, second, slope = NORMS[name]
    found = composed.norm([flint().arb_series(first, 5), flint().arb_series(second, 5)])
    assert (found[0].is_zero(), found[1].contains(flint().arb(slope)), found.prec >= 4) == (True, True, True)
