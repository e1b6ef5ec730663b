"""The verdict: planted mistakes fail down to 0.05 %, right derivatives pass, and what cannot be known is inconclusive."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from jaccli.verdict.decide import FAIL, INCONCLUSIVE, PASS, Exceptions, decide, rounding_scale

EPS = 2.0**-52


def one(tested: float, value: float, bar: float = 0.0, scale: float = 1.0, **options: Any) -> tuple[int, str]:
    arrays = [np.array([[number]]) for number in (tested, value, bar, scale)]
    numbers = {name: options.pop(name) for name in ("rtol", "eps", "kappa") if name in options}
    known = Exceptions(**{name: value if value is True else np.array([[value]]) for name, value in options.items()})
    found = decide(*arrays, known=known, **{"rtol": 1e-6, **numbers})
    return int(found.outcome[0, 0]), str(found.reason[0, 0])


@pytest.mark.parametrize(
    ("tested", "value", "bar", "outcome"),
    [
        pytest.param(1.0, 1.0, 0.0, PASS, id="equal"),
        pytest.param(1.0 + 5e-7, 1.0, 0.0, PASS, id="inside rtol"),
        pytest.param(1.0005, 1.0, 1e-9, FAIL, id="0.05 % off"),
        pytest.param(1.00001, 1.0, 1e-9, FAIL, id="1e-5 off"),
        pytest.param(-1.0, 1.0, 1e-9, FAIL, id="wrong sign"),
        pytest.param(0.0, 1.0, 1e-9, FAIL, id="missing"),
        pytest.param(1.00001, 1.0, 1e-4, INCONCLUSIVE, id="the bar is wider than the error"),
        pytest.param(1.0, 1.0, 1e-4, INCONCLUSIVE, id="no power, no pass"),
        pytest.param(0.0, 0.0, 0.0, PASS, id="right zero"),
        pytest.param(1e-9, 0.0, 1e-14, FAIL, id="small number where zero is right"),
        pytest.param(1e-14, 0.0, 1e-14, PASS, id="rounding where zero is right"),
    ],
)
def test_decide_weighs_the_residual_against_the_bar(tested: float, value: float, bar: float, outcome: int) -> None:
    assert one(tested, value, bar)[0] == outcome


@pytest.mark.parametrize(
    ("tested", "value", "own", "outcome"),
    [
        pytest.param(1.5, 1.0, 0.0, INCONCLUSIVE, id="the slope of 1e16 + x, which no double of f shows"),
        pytest.param(0.0, 1e-3, 0.0, INCONCLUSIVE, id="a small slope beside a large value"),
        pytest.param(1e4, 1.0, 0.0, FAIL, id="beyond all rounding"),
        pytest.param(1.0, 1.0, 0.0, PASS, id="right"),
        pytest.param(0.0, 1e-3, 1e-3, PASS, id="a saturated tanh, whose slope 1 - h**2 is zero in doubles"),
        pytest.param(1e-2, 0.0, 0.0, PASS, id="a zero to rounding"),
    ],
)
def test_decide_lets_a_large_value_hide_no_slope_that_is_known(
    tested: float, value: float, own: float, outcome: int
) -> None:
    assert one(tested, value, scale=1e16, kappa=64.0, routes_off=own)[0] == outcome


@pytest.mark.parametrize(
    ("tested", "outcome"),
    [
        pytest.param(1.05, PASS, id="fifty times what the program's own derivatives miss"),
        pytest.param(1.08, INCONCLUSIVE, id="eighty times"),
    ],
)
def test_decide_lets_a_claim_miss_by_64_times_what_the_routes_do(tested: float, outcome: int) -> None:
    assert one(tested, 1.0, scale=1e16, kappa=64.0, routes_off=1e-3)[0] == outcome


@pytest.mark.parametrize(
    ("eps", "outcome"),
    [pytest.param(2.0**-10, INCONCLUSIVE, id="half precision"), pytest.param(2.0**-23, PASS, id="float32")],
)
def test_decide_passes_by_rounding_in_half_precision_nothing_but_a_zero(eps: float, outcome: int) -> None:
    assert one(1.1, 1.0, 1e-3, scale=0.1 / eps, rtol=2e-2, eps=eps, kappa=8.0)[0] == outcome
    assert one(0.001, 0.0, 1e-3, scale=0.1 / eps, rtol=2e-2, eps=eps, kappa=8.0)[0] == PASS


@pytest.mark.parametrize(
    ("tested", "measured", "outcome"),
    [
        pytest.param(-1.0, 1e-15, FAIL, id="a sign that no rounding of the claim excuses"),
        pytest.param(1.001, 1e-15, FAIL, id="a small mistake likewise"),
        pytest.param(1.001, 1e-2, INCONCLUSIVE, id="within the claim's own rounding"),
        pytest.param(1.0, 1e-15, PASS, id="right"),
        pytest.param(-1.0, math.inf, INCONCLUSIVE, id="unknown"),
    ],
)
def test_decide_holds_a_claim_to_its_own_rounding_where_it_is_measured(
    tested: float, measured: float, outcome: int
) -> None:
    own = {"routes_off": 0.0, "measured": measured}
    assert one(tested, 1.0, scale=1e16, kappa=64.0, **own)[0] == outcome


@pytest.mark.parametrize(
    ("tested", "outcome", "reason"),
    [
        pytest.param(0.0, PASS, "", id="the slope of a tread"),
        pytest.param(1.0, INCONCLUSIVE, "staircase", id="the trend"),
        pytest.param(0.5, INCONCLUSIVE, "staircase", id="between the two"),
        pytest.param(2.0, FAIL, "", id="neither"),
    ],
)
def test_decide_leaves_what_a_staircase_follows_open(tested: float, outcome: int, reason: str) -> None:
    sides = {"low": 0.0, "high": 1.1, "leap": 0.1}
    assert one(tested, 0.0, 0.0, by_values=True, **sides) == (outcome, reason)


@pytest.mark.parametrize(
    ("tested", "outcome"),
    [
        pytest.param(5000.0, INCONCLUSIVE, id="could be wrong by its whole size"),
        pytest.param(1.0, PASS, id="moves the function by less than its rounding"),
        pytest.param(0.0, PASS, id="zero"),
        pytest.param(1e5, FAIL, id="beyond all rounding"),
    ],
)
def test_decide_passes_nothing_that_could_be_wrong_by_its_whole_size(tested: float, outcome: int) -> None:
    assert one(tested, 73.0, bar=600.0, scale=1e16)[0] == outcome


@pytest.mark.parametrize(
    ("tested", "value", "bar", "scale", "outcome"),
    [
        pytest.param(1.0, 1.0, 1e-6, 1e8, PASS, id="right"),
        pytest.param(1.0001, 1.0, 1e-6, 1e9, INCONCLUSIVE, id="off by less than the rounding of a large value allows"),
        pytest.param(1.01, 1.0, 1e-6, 1e8, FAIL, id="off by more"),
        pytest.param(1.0, 1.0, 1e-4, 1e9, INCONCLUSIVE, id="an error bar wider than the tolerance"),
        pytest.param(1.0 + 5e-6, 1.0, 3e-5, 1e9, PASS, id="within a quarter of the bar"),
        pytest.param(1.0 + 2e-5, 1.0, 3e-5, 1e9, INCONCLUSIVE, id="beyond a quarter of the bar"),
        pytest.param(0.0, 0.0, 1e-7, 1e9, PASS, id="zero to rounding"),
        pytest.param(1e-9, 1e-9, 1e-17, 1e6, PASS, id="a small derivative"),
        pytest.param(-1e-9, 1e-9, 1e-17, 1e4, INCONCLUSIVE, id="the sign of a small derivative beside a large value"),
    ],
)
def test_decide_by_values_passes_no_more_than_rtol(
    tested: float, value: float, bar: float, scale: float, outcome: int
) -> None:
    assert one(tested, value, bar, scale, by_values=True)[0] == outcome


def test_decide_measures_a_zero_by_the_largest_input() -> None:
    small = {"by_values": True, "zero_scale": 1.0}
    assert one(1e-9, 0.0, 1e-12, scale=1e12, **small)[0] == INCONCLUSIVE
    assert one(1e-15, 0.0, 1e-12, scale=1e12, **small)[0] == PASS


@pytest.mark.parametrize(
    ("tested", "value", "outcome", "reason"),
    [
        pytest.param(math.nan, 1.0, FAIL, "non-finite", id="nan against a number"),
        pytest.param(math.inf, 1.0, FAIL, "non-finite", id="infinity against a number"),
        pytest.param(1.0, math.nan, INCONCLUSIVE, "domain", id="no reference"),
        pytest.param(math.inf, math.inf, INCONCLUSIVE, "domain", id="two infinities never agree"),
        pytest.param(math.nan, math.nan, INCONCLUSIVE, "domain", id="two nans never agree"),
    ],
)
def test_decide_never_passes_what_is_not_finite(tested: float, value: float, outcome: int, reason: str) -> None:
    assert one(tested, value) == (outcome, reason)


@pytest.mark.parametrize(
    ("tested", "outcome"),
    [
        pytest.param(0.0, PASS, id="left slope"),
        pytest.param(2.0, PASS, id="right slope"),
        pytest.param(1.0, PASS, id="between"),
        pytest.param(2.1, FAIL, id="above both"),
        pytest.param(-0.1, FAIL, id="below both"),
        pytest.param(math.nan, INCONCLUSIVE, id="nan"),
    ],
)
def test_decide_accepts_a_subgradient_only_between_the_slopes(tested: float, outcome: int) -> None:
    assert one(tested, 1.0, math.inf, low=0.0, high=2.0, reason="kink")[0] == outcome


@pytest.mark.parametrize("reason", ["kink", "domain", "step window"])
def test_decide_leaves_an_entry_with_a_reason_open(reason: str) -> None:
    assert one(1.0, 1.0, math.inf, reason=reason) == (INCONCLUSIVE, reason)


def test_decide_shows_a_failure_before_an_open_entry() -> None:
    found = decide(np.array([1.0, 5.0, 2.0]), np.array([1.0, 4.0, 2.0]), np.array([1.0, 0, 0]), np.ones(3), rtol=1e-6)
    assert found.worst == 1


def test_decide_states_the_smallest_error_it_could_see() -> None:
    found = decide(np.array([2.0]), np.array([2.0]), np.array([1e-7]), np.array([1.0]), rtol=1e-6)
    assert found.detectable[0] == pytest.approx((2e-6 + 1e-7) / 2)


def test_rounding_scale_sums_over_all_inputs() -> None:
    found = rounding_scale(np.array([2.0]), np.zeros((1, 2)), np.array([1.0, 4.0]), np.array([6.0]))
    np.testing.assert_array_equal(found, [[8.0, 2.0]])


def test_decide_is_a_no_false_alarm_rule_at_large_offsets() -> None:
    rounding = 200 * EPS * 1e10  # f = 1e10 + x²: the derivative 6 drowns in the rounding of f
    assert one(6.0, 6.0 + rounding, rounding, scale=1e10)[0] != FAIL
