"""exprel and sinc, with their derivatives, against 60 digits and more: at 0, beside it, at the zeros of the sine, and at every size."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

import jaccli
from jaccli.certify.balls import ball, flint, precision, terms
from jaccli.certify.functions import plain
from jaccli.certify.series import series_functions
from jaccli.derive.symbolic.removable import exprel_long, sinc_long
from jaccli.ops.removable import exprel, sinc

ORDERS = (0, 1, 2, 3, 5, 10, 50, 100)
SMALL = (1e-300, -1e-300, 1e-9, 0.1, -0.1, 0.5, -0.9, 1.25, -1.75)
LARGE = (2.5, 3.125, -5.0, 9.75, 20.3, -45.5, 99.0, 101.0, -102.25, 300.0, -700.0)
FAR = (-1e16, -1e100, 712.0)


def integral(n: int, x: Any, angle: bool) -> Any:
    """Return the integral of tⁿ exp(xt), or of tⁿ cos(πxt + nπ/2), by the series of its integrand; both DLMF 13.4.1 and 16.5.2 say so."""
    with mpmath.workdps(mpmath.mp.dps + 320):  # digits of a real part beside an imaginary one of 1e-300
        z = mpmath.mpc(0, mpmath.pi * x) if angle else mpmath.mpf(x)
        total = mpmath.hyp1f1(n + 1, n + 2, z) / (n + 1)
        return (mpmath.pi**n * (mpmath.j**n * total).real) if angle else total


@pytest.mark.parametrize("n", ORDERS)
def test_exprel_and_its_derivatives_have_their_digits(n: int) -> None:
    for x in (0.0, *SMALL, *LARGE):
        with mpmath.workdps(60):
            truth = float(integral(n, x, False))
        assert exprel(n, x) == pytest.approx(truth, rel=1e-14, abs=0), x


@pytest.mark.parametrize("n", ORDERS)
def test_sinc_and_its_derivatives_have_their_digits(n: int) -> None:
    for x in (0.0, *SMALL, *LARGE):
        with mpmath.workdps(60):
            truth = float(integral(n, x, True))
        amplitude = np.pi**n / (n + 1 + np.pi * abs(x))  # between its zeros
        assert sinc(n, x) == pytest.approx(truth, rel=2e-14, abs=1e-15 * amplitude if abs(x) >= 0.1 else 0), x


def test_exprel_overflows_where_it_must_and_no_sooner() -> None:
    with np.errstate(over="ignore"):
        found = exprel(0, np.array([712.0, 717.0, -1e300]))
    with mpmath.workdps(60):
        np.testing.assert_allclose(found, [float(integral(0, 712.0, False)), np.inf, 1e-300], rtol=1e-13)


def test_sinc_is_zero_at_whole_numbers_and_one_at_zero() -> None:
    np.testing.assert_array_equal(sinc(0, np.array([0.0, 1.0, -7.0, 1e16, 1e300])), [1, 0, 0, 0, 0])


def test_single_precision_is_computed_in_double() -> None:
    found = exprel(1, np.float32(0.1))
    assert found.dtype == np.float32
    assert found == np.float32(exprel(1, float(np.float32(0.1))))


@pytest.mark.parametrize("n", [0, 1, 2, 7])
@pytest.mark.parametrize("x", [0.0, 1e-300, -0.3, 2.5, -40.25])
def test_long_numbers_and_balls_agree_with_the_integral(n: int, x: float) -> None:
    for angle, long, name in ((False, exprel_long, "exprel"), (True, sinc_long, "sinc")):
        with precision(400), terms(3), mpmath.workdps(60):
            own = getattr(plain(), name)(n, ball(x))
            line = flint().arb_series([ball(x), ball(1)], 3)
            series = series_functions()[name](n, line)
            told = [own, *(series[k] * int(mpmath.factorial(k)) for k in range(3))]
            truths = [integral(n + k, x, angle) for k in (0, 0, 1, 2)]
            assert abs(long(n, mpmath.mpf(x)) - truths[0]) <= mpmath.mpf(10) ** -40 * abs(truths[0])
            for found, truth in zip(told, truths, strict=True):
                middle = mpmath.mpf(found.mid().str(70, radius=False))
                assert abs(middle - truth) <= mpmath.mpf(10) ** -50 * abs(truth) + mpmath.mpf(10) ** -400


@pytest.mark.parametrize("name", ["exprel", "sinc"])
@pytest.mark.parametrize("n", [0, 1, 4])
def test_balls_around_zero_hold_the_values_at_their_rims(name: str, n: int) -> None:
    with precision(106):
        wide = getattr(plain(), name)(n, flint().arb(0, 1e-3))
        for x in (-1e-3, 0.0, 1e-3):
            assert wide.contains(getattr(plain(), name)(n, ball(x)))


@pytest.mark.parametrize(("expression", "right", "wrong"), [("exprel(x)", "1/2", "1/2 + 1e-5"), ("sinc(x)", "0", "1e-5"), ("exprel(x, 1)", "1/3", "1/2"), ("x*sinc(x)", "1", "0")])  # fmt: skip
def test_claims_at_the_hole_are_judged(expression: str, right: str, wrong: str) -> None:
    def claimed(claim: str) -> str:
        spec = {"inputs": {"x": 0.0}, "outputs": {"y": expression}, "jacobian": {"y": {"x": claim}}}
        return next(check.outcome for check in jaccli.parse(spec).gradcheck().checks if check.tested == "claim")

    assert (claimed(right), claimed(wrong)) == ("pass", "fail")
