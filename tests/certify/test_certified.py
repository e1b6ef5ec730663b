"""Certified references: kinks, edges of domains, what differences cannot decide, and the precision left behind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from references import certified_of

import jaccli
from jaccli.certify import DisagreementError, balls
from jaccli.reference import Reference


@pytest.mark.parametrize(
    ("expression", "x", "low", "high"),
    [
        pytest.param("relu(x)", 0.0, 0.0, 1.0, id="relu"),
        pytest.param("abs(x)", 0.0, -1.0, 1.0, id="abs"),
        pytest.param("maximum(x, 3*x)", 0.0, 1.0, 3.0, id="tie of maximum"),
        pytest.param("where(x > 0, x, -2*x)", 0.0, -2.0, 1.0, id="where"),
        pytest.param("relu(2*x + 3)", -1.5, 0.0, 2.0, id="relu of a sum"),
        pytest.param("exp(abs(x)) - 1", 0.0, -1.0, 1.0, id="kink inside a smooth function"),
    ],
)
def test_on_a_kink_both_slopes_are_known(expression: str, x: float, low: float, high: float) -> None:
    found = certified_of(expression, x=x)
    assert found.reason[0, 0] == "kink"
    np.testing.assert_allclose([found.low[0, 0], found.high[0, 0]], [low, high], atol=1e-15)


@pytest.mark.parametrize("expression", ["relu(x) - relu(-x)", "maximum(x, x)", "abs(x)*x", "max([x, x])"])
def test_choices_that_cancel_are_no_kink(expression: str) -> None:
    found = certified_of(expression, x=0.0)
    assert (found.reason[0, 0], np.isfinite(found.error_bar[0, 0])) == ("", True)


@pytest.mark.parametrize("expression", ["where(x > 0, x + 1, x)", "sign(x)", "where(x != 0, x + 1, 0)"])
def test_a_jump_has_no_slopes(expression: str) -> None:
    found = certified_of(expression, x=0.0)
    assert (found.reason[0, 0], np.isnan(found.low[0, 0])) == ("kink", True)


@pytest.mark.parametrize(
    ("expression", "x"), [("log(x)", -1.0), ("log(x)", 0.0), ("sqrt(x)", 0.0), ("1/x", 0.0), ("arcsin(x)", 2.0)]
)
def test_outside_the_domain_nothing_is_certified(expression: str, x: float) -> None:
    found = certified_of(expression, x=x)
    assert (found.reason[0, 0], found.error_bar[0, 0]) == ("domain", np.inf)


@pytest.mark.parametrize(
    ("expression", "x", "truth"),
    [
        pytest.param("(1 + x) - 1", 1e-30, 1.0, id="vanishes in a sum"),
        pytest.param("log(1 + x) - x", 1e-25, -1e-25, id="cancellation needs more bits"),
        pytest.param("1e10 + x**2", 3.0, 6.0, id="large offset"),
    ],
)
def test_precision_grows_until_the_value_is_known(expression: str, x: float, truth: float) -> None:
    found = certified_of(expression, x=x)
    np.testing.assert_allclose(found.value, truth, rtol=1e-12)


@pytest.mark.parametrize("name", ["bits", "failure"])
def test_the_global_precision_is_left_as_it_was(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = balls.flint().ctx.prec
    if name == "failure":
        monkeypatch.setattr("jaccli.certify.series._tangent", lambda x: balls.ball(1.5))
        with pytest.raises(DisagreementError):
            certified_of("sin(x)", x=1.0)
    else:
        certified_of("log(1 + x) - x", x=1e-25)
    assert balls.flint().ctx.prec == before


# --- verdicts


@pytest.mark.parametrize("distance", [0.0, 1e-7, 1e-9, 1e-12, 1e-15, -1e-7, -1e-9, -1e-12, -1e-15])
@pytest.mark.parametrize("expression", ["relu(x - 1)", "relu(10*x - 10)", "abs(x - 1)", "maximum(x, 1)"])
def test_beside_a_kink_no_right_slope_fails_and_no_wrong_one_passes(distance: float, expression: str) -> None:
    x = 1.0 + distance
    model = jaccli.function(f"y = {expression}", at={"x": x})
    assert "fail" not in {check.outcome for check in model.gradcheck(at={"x": x}).checks}
    scale = 10.0 if "10" in expression else 1.0
    left, right = (-1.0 if "abs" in expression else 0.0), scale
    wrong = {0.0: [1.5 * scale, left - 0.5]}.get(distance, [left if distance > 0 else right, 1.5 * scale])
    for claim in wrong:
        spec = {"inputs": {"x": x}, "outputs": {"y": expression}, "jacobian": {"y": {"x": claim}}}
        (found,) = [check for check in jaccli.parse(spec).gradcheck().checks if check.tested == "claim"]
        assert found.outcome in (("fail",) if abs(distance) > 1e-14 or distance == 0 else ("fail", "inconclusive"))


UNDECIDED_BY_DIFFERENCES = {
    "1e10 + x**2": 3.0,
    "log(1 + x)": 1e-12,
    "sin(1e3*x)": 0.7,
    "sin(1e8*x)": 0.7,
    "(1 + x) - 1": 1e-20,
    "1e-8*sin(4096*x)": 0.3,
}


@pytest.mark.parametrize("expression", UNDECIDED_BY_DIFFERENCES)
def test_what_differences_leave_open_is_decided(expression: str) -> None:
    model = jaccli.parse({"inputs": {"x": UNDECIDED_BY_DIFFERENCES[expression]}, "outputs": {"y": expression}})
    assert {check.outcome for check in model.gradcheck().checks} == {"pass"}


@pytest.mark.parametrize("expression", UNDECIDED_BY_DIFFERENCES)
def test_what_differences_leave_open_fails_when_it_is_wrong(expression: str) -> None:
    spec: dict[str, Any] = {"inputs": {"x": UNDECIDED_BY_DIFFERENCES[expression]}, "outputs": {"y": expression}}
    right = float(jaccli.parse(spec).jacobian("y", "x", route="symbolic"))
    spec["jacobian"] = {"y": {"x": 1.0005 * right}}
    (found,) = [check for check in jaccli.parse(spec).gradcheck().checks if check.tested == "claim"]
    assert (found.outcome, found.reference_route) == ("fail", "certified")


def test_ill_conditioned_derivatives_raise_no_alarm() -> None:
    """Beside a zero of cos(1e8 x) rounding of 1e8 x moves the slope by more than rtol; the balls of 53 bits know."""
    x = (np.round(1e8 / np.pi) + 0.5) * np.pi / 1e8
    report = jaccli.parse({"inputs": {"x": float(x)}, "outputs": {"y": "sin(1e8*x)"}}).gradcheck()
    assert "fail" not in {check.outcome for check in report.checks}


def test_two_references_that_exclude_each_other_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from jaccli.checker.references import function as references

    def broken(*args: Any, **options: Any) -> Reference:
        found = differences(*args, **options)
        return Reference(**{**{k: getattr(found, k) for k in found.__dataclass_fields__}, "value": found.value * 1.01})

    differences = references.differences
    monkeypatch.setattr(references, "differences", broken)
    report = jaccli.function("y = sin(x)").gradcheck(at={"x": 1.0})
    assert {(check.outcome, check.code) for check in report.checks} == {("error", "JAC301")}


def test_two_certified_ways_that_exclude_each_other_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jaccli.certify.series._tangent", lambda x: balls.ball(1.5))
    report = jaccli.function("y = sin(x)").gradcheck(at={"x": 1.0})
    assert {(check.outcome, check.code) for check in report.checks} == {("error", "JAC301")}


def test_compute_gives_certified_values_with_their_radius() -> None:
    from jaccli.compute.compute import compute

    model = jaccli.parse({"inputs": {"x": [0.5, 0.0]}, "outputs": {"y": "relu(x) + sin(x)"}})
    found = compute(model.built, route="certified")
    np.testing.assert_array_equal(model.jacobian("y", "x", route="certified"), found.blocks[0].value)
    assert found.notes == ("d y / d x: 1 values cannot be certified (kink or domain)",)


def test_compute_says_how_wide_the_balls_are() -> None:
    from jaccli.compute.compute import compute

    (note,) = compute(jaccli.function("y = sin(x)").built, at={"x": 1.0}, route="certified").notes
    assert note == "d y / d x is certified: each value ± 5e-17 at most"
