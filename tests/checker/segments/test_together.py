"""Several inputs that move along one segment: what is right agrees at once, and what is wrong by one of them does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.types import Array

RNG = np.random.default_rng(11)
LEFT, RIGHT, SHIFT = RNG.normal(size=(4, 6)), RNG.normal(size=(6, 5)), RNG.normal(size=(4, 5))
INPUTS = {"left": LEFT, "right": RIGHT, "shift": SHIFT}


def layer(left: Array, right: Array, shift: Array) -> Array:
    return np.tanh(left @ right + shift)


def parts(left: Array, right: Array, shift: Array, y_bar: Array) -> dict[str, Array]:
    bar = y_bar * (1 - layer(left, right, shift) ** 2)
    return {"left": bar @ right.T, "right": left.T @ bar, "shift": bar}


def forms(changed: Any) -> dict[str, Any]:
    """Return a vjp whose parts were changed: (part, inputs) → part, by name; and the jvp that is its transpose."""

    def vjp(left: Array, right: Array, shift: Array, y_bar: Array) -> Any:
        found = parts(left, right, shift, y_bar)
        point = {"left": left, "right": right, "shift": shift}
        return tuple(changed(name, part, point) for name, part in found.items())

    return {"vjp": vjp}


def outcomes(report: jaccli.Report) -> dict[str, str]:
    return {check.wrt: str(check.outcome) for check in report.checks if check.tested == "vjp"}


def test_right_derivatives_agree_along_segments_in_all_inputs() -> None:
    report = jaccli.gradcheck(layer, (LEFT, RIGHT, SHIFT), **forms(lambda name, part, point: part))
    assert report.ok
    assert all("in all inputs" in (check.guarantee or "") for check in report.checks)


@pytest.mark.parametrize("by", [1e-5, 1e-3, -1.0, -2.0])
@pytest.mark.parametrize("wrong", INPUTS)
def test_one_entry_by_one_input_that_is_wrong_fails_there_alone(wrong: str, by: float) -> None:
    def changed(name: str, part: Array, point: Any) -> Array:
        share = np.zeros(part.shape)
        share[1, 2] = by
        return part * (1 + share) if name == wrong else part

    report = jaccli.gradcheck(layer, (LEFT, RIGHT, SHIFT), **forms(changed))
    assert outcomes(report) == {name: "fail" if name == wrong else "pass" for name in INPUTS}


@pytest.mark.parametrize("wrong", INPUTS)
def test_what_is_wrong_at_the_point_alone_or_to_one_side_of_it_fails(wrong: str) -> None:
    def at_the_point(name: str, part: Array, point: Any) -> Array:
        here = all(np.array_equal(point[one], INPUTS[one]) for one in INPUTS)
        return part * 1.001 if name == wrong and here else part

    def one_side(name: str, part: Array, point: Any) -> Array:
        return part * 1.01 if name == wrong and point[wrong][0, 0] > INPUTS[wrong][0, 0] else part

    for changed in (at_the_point, one_side):
        report = jaccli.gradcheck(layer, (LEFT, RIGHT, SHIFT), **forms(changed))
        assert outcomes(report)[wrong] == "fail"


def test_errors_of_two_inputs_that_would_cancel_do_not() -> None:
    """Both parts are off by the same, with opposite signs: a step by which both inputs move alike would not see it."""
    size = np.linspace(0.5, 1.5, 20)

    def fn(a: Array, b: Array) -> Array:
        return np.sin(a) + np.sin(b)

    def vjp(a: Array, b: Array, y_bar: Array) -> Any:
        return (np.cos(a) + 1e-4) * y_bar, (np.cos(b) - 1e-4) * y_bar

    report = jaccli.gradcheck(fn, (size, size.copy()), vjp=vjp)
    assert outcomes(report) == {"a": "fail", "b": "fail"}


@pytest.mark.parametrize(("factor", "passes"), [(1.0, True), (1.01, False), (0.0, False)])
def test_an_input_that_hardly_moves_a_row_is_not_lost_beside_another(factor: float, passes: bool) -> None:
    """Row 0 is moved by ``b`` 1e-8 times as much as by ``a``; all columns have the same size."""
    n = 14
    a, b = RNG.normal(size=n), RNG.normal(size=n)
    by_a, by_b = RNG.normal(size=(3, n)), RNG.normal(size=(3, n))
    by_b[0] *= 1e-8
    tested = by_b.copy()
    tested[0] *= factor

    def vjp(a: Array, b: Array, y_bar: Array) -> Any:
        return by_a.T @ (np.cos(by_a @ a) * y_bar), tested.T @ y_bar

    report = jaccli.gradcheck(lambda a, b: np.sin(by_a @ a) + by_b @ b, (a, b), vjp=vjp)
    assert outcomes(report)["a"] == "pass"
    assert (outcomes(report)["b"] == "pass") <= passes


def test_two_outputs_and_both_modes_of_a_framework_agree_at_once() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
    left, right = (torch.tensor(one, requires_grad=True) for one in (LEFT, RIGHT))
    report = jaccli.gradcheck(lambda left, right: (torch.tanh(left @ right), (left @ right).sum()), (left, right))
    by_segments = [check for check in report.checks if check.tested in ("reverse", "forward")]
    assert report.ok
    assert len(by_segments) == 8
    assert {str(check.reference_route) for check in by_segments} == {"segments"}
