"""Functions of mpmath with arguments whose result would take all memory: their limits, at once; others as they are."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import jaccli
from jaccli.ops.gamma import polygamma
from jaccli.ops.huge import GROWTH, bounded

CASES = [
    ("exp", [2.0], mpmath.exp(2)), ("exp", ["1e500"], mpmath.inf), ("exp", ["-1e500"], 0), ("sinh", ["-1e500"], -mpmath.inf),
    ("cosh", ["-1e500"], mpmath.inf), ("tanh", ["1e500"], 1), ("gamma", ["1e500"], mpmath.inf), ("gamma", [5.0], 24),
    ("power", [2.0, "1e500"], mpmath.inf), ("power", [0.5, "1e500"], 0), ("power", [2.0, "-1e500"], 0), ("power", [1.0, "1e500"], 1),
    ("power", [0.0, "1e500"], 0), ("power", [3.0, 4.0], 81), ("power", ["1e500", 2.0], mpmath.mpf("1e1000")), ("log", ["1e500"], mpmath.log("1e500")),
    ("exp", ["1e300"], mpmath.exp(mpmath.mpf("1e300"))), ("exp", ["inf"], mpmath.inf), ("exp", ["-inf"], 0), ("power", [1 + 2.0**-40, 2.0**41], mpmath.power(1 + 2.0**-40, 2.0**41)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "value"), CASES)
def test_bounded(name: str, arguments: list[object], value: object) -> None:
    assert bounded(name, getattr(mpmath, name))(*map(mpmath.mpf, arguments)) == value


@pytest.mark.parametrize(("name", "argument"), [("sin", 2), ("cos", 2), ("tan", 2), ("power", -3)])
def test_bounded_has_no_value_where_none_is_to_be_had(name: str, argument: int) -> None:
    huge = mpmath.mpf(2) ** 100_000
    arguments = (mpmath.mpf(argument), huge) if name == "power" else (huge,)
    assert mpmath.isnan(bounded(name, getattr(mpmath, name))(*arguments))


@pytest.mark.parametrize(("bits", "finite"), [(GROWTH - 1, True), (GROWTH, False)])
def test_limit_of_growth(bits: int, finite: bool) -> None:
    assert bool(mpmath.isfinite(bounded("exp", mpmath.exp)(mpmath.mpf(2) ** bits))) == finite


def test_ratios_of_exponentials_of_doubles_keep_their_digits() -> None:
    exp = bounded("exp", mpmath.exp)
    assert exp(mpmath.mpf(1e300)) / (1 + exp(mpmath.mpf(1e300))) == 1


def test_exponentials_of_exponentials_have_no_digits() -> None:
    exp = bounded("exp", mpmath.exp)
    assert exp(exp(exp(mpmath.mpf(1e300)))) == mpmath.inf


# --- derivatives of digamma far to the left


@pytest.mark.parametrize("n", [1, 2, 3, 8, 21])
@pytest.mark.parametrize("x", [-31.75, -32.75, -40.625, -99.9375])
def test_polygamma_left_of_zero_is_that_of_its_sum(n: int, x: float) -> None:
    with mpmath.workdps(50):
        truth = mpmath.psi(n, mpmath.mpf(x))
        assert bounded("psi", mpmath.psi)(n, mpmath.mpf(x)) == pytest.approx(truth, rel=1e-40)
    assert polygamma(n, x) == pytest.approx(float(truth), rel=1e-13)


def test_polygamma_has_no_value_at_its_poles_and_keeps_its_shape() -> None:
    found = polygamma(np.array(1), np.array([-50.0, -1e300, 2.0]))
    assert (found.shape, list(np.isinf(found))) == ((3,), [True, True, False])
    assert mpmath.isnan(bounded("polygamma", mpmath.psi)(1, mpmath.mpf(-50)))


@pytest.mark.parametrize("expression", ["digamma(x)", "gamma(x)", "lgamma(x)", "polygamma(1, x)", "polygamma(3, x)"])
@pytest.mark.parametrize("x", [-1e6 - 0.5, -1e9 - 0.5, -1e300, 1e300])
def test_checks_of_gamma_and_its_like_end_at_any_size(expression: str, x: float) -> None:
    assert jaccli.parse({"inputs": {"x": x}, "outputs": {"y": expression}}).gradcheck().outcome in (
        "pass",
        "inconclusive",
    )
