"""The complex step: right to the last digits where the function is analytic, and not accepted where it plainly is not."""

from __future__ import annotations

import numpy as np
import pytest

import jaccli
from jaccli import UsageError
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check
from jaccli.difference import complex_step


def of(fn, *x):
    x = np.array(x, dtype=float)
    return complex_step(fn, x, np.real(fn(x[None].astype(complex)))[0])


def test_complex_step_agrees_with_the_exact_exponential() -> None:
    found = of(np.exp, 0.3, -2.0)
    np.testing.assert_allclose(found.value, np.diag(np.exp([0.3, -2.0])), rtol=1e-15)


def test_complex_step_error_bars_hold_the_truth() -> None:
    found = of(lambda x: np.sin(x) * 1e3, 1.2)
    assert abs(found.value[0, 0] - 362.3577544766736) <= found.error_bar[0, 0]  # 1000 cos(1.2) to 16 digits, mpmath


@pytest.mark.parametrize(
    ("fn", "reason"),
    [
        pytest.param(lambda x: np.conj(x) * 1e-40 / np.imag(x), "domain", id="infinite at the point"),
        pytest.param(lambda x: x + np.sqrt(np.abs(np.imag(x))), "not analytic", id="two steps differ"),
        pytest.param(
            lambda x: np.where(np.imag(x) > 0, x + 1, x), "not analytic", id="another value beside the real line"
        ),
    ],
)
def test_complex_step_refuses_what_is_not_analytic(fn, reason) -> None:
    with np.errstate(all="ignore"):
        found = of(fn, 0.5)
    assert (found.reason[0, 0], found.error_bar[0, 0]) == (reason, np.inf)


def test_complex_step_judges_an_analytic_spec() -> None:
    model = jaccli.function("y = tanh(W @ x)", at={"W": np.ones((2, 3)), "x": np.ones(3)})
    report = check(model.built, CheckOptions(at={"W": np.ones((2, 3)), "x": np.ones(3)}, reference="complex-step"))
    assert {(c.outcome, c.reference_route) for c in report.checks} == {("pass", "complex step")}


def test_complex_step_of_a_kinked_op_says_which() -> None:
    model = jaccli.function("y = relu(x)")
    with pytest.raises(UsageError, match="--reference complex-step: relu is not analytic; use certified or difference"):
        check(model.built, CheckOptions(at={"x": 1.0}, reference="complex-step"))
