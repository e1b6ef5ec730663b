"""The elementwise functions on truncated power series of any length: those FLINT has, and others composed of them.

A series a₀ + a₁ ε + … + O(εⁿ) says nothing of its n-th coefficient and those after it: they are unknown, never zero. Quotients of
series that are zero to a common order k have k coefficients less.
"""

from __future__ import annotations

import math
from typing import Any

from jaccli.certify.balls import ball, flint, sign_of, terms
from jaccli.certify.functions import divide as divide_balls
from jaccli.certify.functions import log_gamma_coefficients, plain

__all__ = [
    "COMPOSED",
    "NATIVE",
    "coefficient",
    "divide",
    "general_power",
    "is_series",
    "lifted",
    "norm",
    "nowhere",
    "step",
]


def is_series(x: Any) -> bool:
    """Return whether x is a power series, and no plain number."""
    return isinstance(x, flint().arb_series)


def lifted(x: Any) -> Any:
    """Return a series as it is, a number as a ball."""
    return x if is_series(x) else ball(x)


def coefficient(x: Any, k: int) -> Any:
    """Return the coefficient of εᵏ, not a number where the series says nothing of it."""
    if is_series(x):
        return x[k] if k < x.prec else flint().arb.nan()
    return ball(x) if k == 0 else ball(0)


def nowhere() -> Any:
    """Return the series of what has no value."""
    return flint().arb_series([ball(math.nan)], 1)


def _series(coefficients: list[Any], length: int) -> Any:
    return flint().arb_series(coefficients[:length], length)


def _order(x: Any) -> int:
    """Return how many leading coefficients are exactly zero: of all that are known, where no other one is."""
    return next((k for k in range(x.prec) if not x[k].is_zero()), x.prec)


def _shifted(x: Any, order: int) -> Any:
    """Return x / εᵏ for a series whose first k coefficients are zero."""
    return _series([x[k] for k in range(order, x.prec)], x.prec - order)


def divide(x: Any, y: Any) -> Any:
    """Return x / y; zeros at ε = 0 that both have are taken out, and what has a pole is not a number.

    Law: of a quotient of two series known to O(εⁿ), with a divisor of order k, n − k coefficients are known (l'Hôpital's rule).
    """
    x, y = lifted(x), lifted(y)
    order = _order(y) if is_series(y) else 0
    if not order:
        return divide_balls(x, y)
    if not is_series(x):
        return _series([], y.prec - order) if x.is_zero() else nowhere()
    if order == y.prec or _order(x) < order:
        return nowhere()
    return divide_balls(_shifted(x, order), _shifted(y, order))


# --- functions FLINT knows on series

NATIVE: dict[str, Any] = {
    "exp": lambda x: x.exp(), "log": lambda x: x.log(), "sin": lambda x: x.sin(), "cos": lambda x: x.cos(),
    "tan": lambda x: x.tan(), "arcsin": lambda x: x.asin(), "arccos": lambda x: x.acos(), "arctan": lambda x: x.atan(),
    "sqrt": lambda x: x.sqrt(), "erf": lambda x: x.erf(), "erfc": lambda x: x.erfc(), "gamma": lambda x: x.gamma(),
}  # fmt: skip


# --- functions composed of those


def _sinh(x: Any) -> Any:
    e = x.exp()
    return (e - 1 / e) / 2


def _cosh(x: Any) -> Any:
    e = x.exp()
    return (e + 1 / e) / 2


def _tanh(x: Any) -> Any:
    return 1 - 2 / (1 + (2 * x).exp())


def _arcsinh(x: Any) -> Any:
    if coefficient(x, 0) < 0:
        return -_arcsinh(-x)
    return (x + (x * x + 1).sqrt()).log()


def _arccosh(x: Any) -> Any:
    return (x + (x - 1).sqrt() * (x + 1).sqrt()).log()


def _arctanh(x: Any) -> Any:
    return ((1 + x).log() - (1 - x).log()) / 2


def _cbrt(x: Any) -> Any:
    sign = sign_of(coefficient(x, 0))
    return sign * ((sign * x).log() / 3).exp() if sign else nowhere()


def _arctan2(y: Any, x: Any) -> Any:
    y, x = lifted(y), lifted(x)
    side, height, half = sign_of(coefficient(x, 0)), sign_of(coefficient(y, 0)), flint().arb.pi() / 2
    if side == 1:
        return (y / x).atan()
    if height:
        return height * half - (x / y).atan()
    return nowhere()


def general_power(x: Any, p: Any) -> Any:
    """Return exp(p log x); where x is zero and p > 1, the zeros that the power begins with."""
    if not is_series(x) and not is_series(p):
        return plain().pow(x, p)
    if not coefficient(x, 0).is_zero() or is_series(p):
        return (p * x.log()).exp()
    known = min(_order(x) * p, ball(x.prec)).lower() if p > 1 else ball(0)
    return _series([], int(known.ceil().unique_fmpz())) if known.is_finite() and known > 0 else nowhere()


def step(x: Any, on_balls: Any) -> Any:
    """Return a step function's value: its derivative is zero between the steps, and nowhere at one."""
    constant_term = coefficient(x, 0)
    value = on_balls(constant_term)
    return (
        value if value.is_exact() and not (constant_term - value).contains(0) else nowhere() if is_series(x) else value
    )


def norm(xs: Any) -> Any:
    """Return √Σ x²; of what is zero at ε = 0, the norm of what is left without the common power of ε > 0."""
    xs = [lifted(x) for x in xs]
    moving = [x for x in xs if is_series(x)]
    still = [x for x in xs if not is_series(x) and not x.is_zero()]
    order = 0 if still or not moving else min(map(_order, moving))
    total = sum((x * x for x in (*still, *(_shifted(x, order) if order else x for x in moving))), ball(0))
    if not order:
        return total.sqrt()
    rest = total.sqrt() if total.prec else total
    return _series([ball(0)] * order + [rest[k] for k in range(rest.prec)], rest.prec + order)


def _expanded(coefficients: list[Any], x: Any) -> Any:
    """Return Σ cₖ (x − x₀)ᵏ, the function with these Taylor coefficients at x₀."""
    h = _series([ball(0)] + [x[k] for k in range(1, x.prec)], x.prec)
    total = _series([coefficients[-1]], x.prec)
    for c in reversed(coefficients[:-1]):
        total = total * h + c
    return total


def _polygamma_of(order: int, x: Any) -> Any:
    """Return ψ⁽ⁿ⁾(x), the derivative of order n + 1 of log Γ."""
    found = log_gamma_coefficients(coefficient(x, 0), order + 1 + x.prec)
    return _expanded([found[order + 1 + k] * (math.perm(order + 1 + k, order + 1)) for k in range(x.prec)], x)


def _lgamma(x: Any) -> Any:
    return _expanded(log_gamma_coefficients(coefficient(x, 0), x.prec), x)


def _quotient(name: str, above: Any, at_zero: Any) -> Any:
    """Return the function (n, x) → n-th derivative of above(x)/x on series, by its Taylor coefficients at x₀.

    Law: by a quotient of series far from 0; near it, where that would cancel, by the values of its derivatives; at 0 at_zero(k).
    """

    def coefficients(x: Any, length: int) -> list[Any]:
        if x.is_zero():
            return [at_zero(k) for k in range(length)]
        if not abs(x) > 1:
            return [getattr(plain(), name)(k, x) / math.factorial(k) for k in range(length)]
        with terms(length):
            line = flint().arb_series([x, ball(1)], length)
            found = divide_balls(above(line), line)
            return [found[k] for k in range(length)]

    def function(n: Any, x: Any) -> Any:
        order = int(ball(n).unique_fmpz())
        found = coefficients(coefficient(x, 0), order + x.prec)
        return _expanded([found[order + k] * math.perm(order + k, order) for k in range(x.prec)], x)

    return function


def _sinc_at_zero(k: int) -> Any:
    return (-1) ** (k // 2) * flint().arb.pi() ** k / math.factorial(k + 1) if k % 2 == 0 else ball(0)


COMPOSED: dict[str, Any] = {
    "sinh": _sinh, "cosh": _cosh, "tanh": _tanh, "arcsinh": _arcsinh, "arccosh": _arccosh,
    "arctanh": _arctanh, "cbrt": _cbrt, "arctan2": _arctan2, "lgamma": _lgamma,
    "digamma": lambda x: _polygamma_of(0, x), "polygamma": lambda n, x: _polygamma_of(int(ball(n).unique_fmpz()), x),
    "exprel": _quotient("exprel", lambda x: x.exp() - 1, lambda k: 1 / ball(math.factorial(k + 1))),
    "sinc": _quotient("sinc", lambda x: (flint().arb.pi() * x).sin() / flint().arb.pi(), _sinc_at_zero),
}  # fmt: skip
