"""Functions of mpmath → the same, with their limits where the result would take all memory, as exp(exp(5e8)) does."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from jaccli.ops.reflection import FAR, reflected

__all__ = ["bounded"]

GROWTH = 1_100  # bits of an exponent, more than any double has: exp(1e300) keeps its digits, and exp of that has none
TURNS = 20_000  # bits of an angle: it is reduced by as many digits of π


def bounded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function of mpmath that is called ``name``, with its limit, or NaN, for arguments that are too large."""
    limit = _LIMITS.get(name)
    return function if limit is None else functools.wraps(function)(functools.partial(limit, name, function))


def _bits(x: Any) -> int:
    """Return the size of a finite number as a power of two, and 0 for the others, which need no digits."""
    import mpmath

    return int(mpmath.mag(x)) if x and mpmath.isfinite(x) else 0  # an integer: it may itself be no double


def _growing(name: str, function: Callable[..., Any], x: Any) -> Any:
    import mpmath

    if _bits(x) <= GROWTH:
        return function(x)
    return {"exp": mpmath.inf if x > 0 else mpmath.mpf(0), "sinh": mpmath.sign(x) * mpmath.inf}.get(name, mpmath.inf)


def _gamma(name: str, function: Callable[..., Any], x: Any) -> Any:
    import mpmath

    if _bits(x) <= GROWTH:
        return function(x)
    return mpmath.inf if x > 0 else mpmath.nan


def _turning(name: str, function: Callable[..., Any], x: Any) -> Any:
    import mpmath

    return function(x) if _bits(x) <= TURNS else mpmath.nan


def _psi(name: str, function: Callable[..., Any], n: Any, x: Any) -> Any:
    """Return a derivative of digamma, by its mirror image where mpmath would add as many terms as x is long."""
    import mpmath

    if not (mpmath.isfinite(x) and x < FAR):
        return function(n, x)
    if x == mpmath.floor(x):
        return mpmath.nan
    return reflected(int(n), function(n, 1 - x), mpmath.cospi(x) / mpmath.sinpi(x), mpmath.pi)


def _power(name: str, function: Callable[..., Any], base: Any, exponent: Any) -> Any:
    """Return the power; where the exponent times log |base| is beyond any double, what it tends to."""
    import mpmath

    if base == 1:
        return base
    if not base or not mpmath.isfinite(base) or _bits(exponent) + _bits(mpmath.log(abs(base))) <= GROWTH:
        return function(base, exponent)
    if base < 0:
        return mpmath.nan
    return mpmath.inf if (base > 1) == (exponent > 0) else mpmath.mpf(0)


_LIMITS: Mapping[str, Callable[..., Any]] = {
    "power": _power,
    "gamma": _gamma,
    **dict.fromkeys(("psi", "polygamma"), _psi),
    **dict.fromkeys(("exp", "sinh", "cosh"), _growing),
    **dict.fromkeys(("sin", "cos", "tan"), _turning),
}
