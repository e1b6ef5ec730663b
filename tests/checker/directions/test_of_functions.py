"""Functions with many inputs: random directions are chosen by cost, find planted mistakes, name them, and say what they prove."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jaccli

N = 5_000
RNG = np.random.default_rng(5)
X, C = RNG.standard_normal(N), RNG.standard_normal(N)
Gradient = Callable[[Any], Any]


def f(x: Any) -> Any:
    return (x / (1 + x * x)) @ C  # a product of matrices rounds the rows of a batch differently


def right(x: Any) -> Any:
    return C * (1 - x * x) / (1 + x * x) ** 2


def changed(change: Callable[[Any], Any]) -> Gradient:
    def gradient(x: Any) -> Any:
        g = right(x)
        change(g)
        return g

    return gradient


def _times(factor: float) -> Gradient:
    return changed(lambda g: g.__setitem__(1234, factor * g[1234]))


def _exchanged(g: Any) -> None:
    g[[10, 20]] = g[[20, 10]]


def _zeroed(g: Any) -> None:
    g[300:350] = 0.0


def only(**options: Any) -> Any:
    (found,) = jaccli.gradcheck(f, X, vectorized=True, **{"directions": 8, **options}).checks
    return found


def test_directions_pass_a_right_gradient_with_a_guarantee() -> None:
    found = only(jacobian=right)
    assert (found.outcome, found.decided, "8 random directions" in found.guarantee) == ("pass", N, True)


@pytest.mark.parametrize(
    ("gradient", "code", "place"),
    [
        pytest.param(_times(2.0), "JAC102", {1234}, id="twice"),
        pytest.param(_times(-1.0), "JAC101", {1234}, id="sign"),
        pytest.param(_times(0.0), "JAC112", {1234}, id="zero"),
        pytest.param(_times(1.0005), "JAC100", {1234}, id="0.05 % off"),
        pytest.param(_times(np.nan), "JAC110", {1234}, id="not a number"),
        pytest.param(changed(_exchanged), "JAC111", {10, 20}, id="exchanged"),
        pytest.param(changed(_zeroed), "JAC112", set(range(300, 350)), id="a block of zeros"),
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_directions_find_and_name_a_mistake(gradient: Gradient, code: str, place: set[int], seed: int) -> None:
    found = only(jacobian=gradient, seed=seed)
    assert (found.outcome, found.code, found.wrt_index[0] in place) == ("fail", code, True)


@pytest.mark.parametrize("form", ["jacobian", "vjp", "jvp"])
@pytest.mark.parametrize(("factor", "outcome"), [(1.0, "pass"), (1.0005, "fail")])
def test_directions_judge_every_form_of_a_derivative(form: str, factor: float, outcome: str) -> None:
    forms = {
        "jacobian": lambda x: factor * right(x),
        "vjp": lambda x, v: v * factor * right(x),
        "jvp": lambda x, dx: factor * right(x) @ dx,
    }
    assert only(**{form: forms[form]}).outcome == outcome


def test_directions_judge_a_vjp_of_many_rows_by_pairs() -> None:
    x = X[:400]
    report = jaccli.gradcheck(np.sin, x, vjp=lambda x, v: np.cos(x) * v, directions=8)
    assert (report.outcome, "8 random pairs" in report.checks[0].guarantee) == ("pass", True)


def test_directions_by_pairs_fail_a_wrong_vjp() -> None:
    x = X[:400]
    assert jaccli.gradcheck(np.sin, x, vjp=lambda x, v: 1.0005 * np.cos(x) * v, directions=8).outcome == "fail"


def test_directions_are_chosen_where_columns_would_take_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    from jaccli.checker.effort import costs
    from jaccli.checker.segments.stage import AlongSegments

    monkeypatch.setattr(costs, "MAX_CALLS", 1)
    monkeypatch.setattr(AlongSegments, "ask", lambda self, inputs: None)
    routes = [
        jaccli.gradcheck(np.sin, X[:100], jacobian=lambda x: np.diag(np.cos(x)), full=full).checks[0].reference_route
        for full in (False, True)
    ]
    assert routes == ["directions", "difference"]


def test_directions_are_not_taken_for_few_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    from jaccli.checker.effort import costs
    from jaccli.checker.segments.stage import AlongSegments

    monkeypatch.setattr(costs, "MAX_CALLS", 1)
    monkeypatch.setattr(AlongSegments, "ask", lambda self, inputs: None)
    report = jaccli.gradcheck(np.sin, X[:60], jacobian=lambda x: np.diag(np.cos(x)))
    assert report.checks[0].reference_route == "difference"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"directions": 0}, "'directions' must be a whole number from 1 to 1000"),
        ({"directions": 8, "full": True}, "give one of them"),
    ],
)
def test_directions_that_make_no_sense_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(jaccli.UsageError, match=words):
        jaccli.gradcheck(np.sin, X, jacobian=np.cos, **options)


def test_directions_report_a_function_that_raises_beside_the_point() -> None:
    def narrow(x: Any) -> Any:
        if x[0] != X[0]:
            raise ValueError("outside")
        return np.sum(x)

    (found,) = jaccli.gradcheck(narrow, X, jacobian=np.ones_like, directions=4).checks
    assert (found.outcome, "ValueError" in found.message) == ("inconclusive", True)


# --- inputs of sizes from 1e-6 to 1e6

M = 600
SIZE = 10.0 ** RNG.uniform(-6, 6, M)
SPREAD, WEIGHTS = X[:M] * SIZE, C[:M]
PLACES = np.argsort(np.abs(np.where(np.abs(X[:M]) > 0.5, SPREAD, np.nan)))[
    [5, 150, 350]
]  # the rest is near zero by accident


def spread(change: float = 1.0, place: int = 0) -> Any:
    """Return the check of Σ c z/(1 + z²), z the inputs in units of their sizes, with one entry multiplied."""

    def gradient(x: Any) -> Any:
        z = x / SIZE
        g = WEIGHTS * (1 - z * z) / (1 + z * z) ** 2 / SIZE
        g[place] *= change
        return g

    def fn(x: Any) -> Any:
        z = x / SIZE
        return (z / (1 + z * z)) @ WEIGHTS

    (found,) = jaccli.gradcheck(fn, SPREAD, jacobian=gradient, directions=8, vectorized=True).checks
    return found


def test_directions_pass_a_right_gradient_by_inputs_of_many_sizes() -> None:
    found = spread()
    assert (found.outcome, found.detectable < 1e-7) == ("pass", True)


def test_directions_say_in_how_many_groups_inputs_were_moved() -> None:
    assert "in any of 6 groups of inputs of like size" in spread().guarantee


@pytest.mark.parametrize("factor", [2.0, 1.01, 1.0001])
@pytest.mark.parametrize("place", PLACES, ids=["small", "middling", "large"])
def test_directions_find_one_wrong_entry_among_inputs_of_many_sizes(factor: float, place: int) -> None:
    found = spread(factor, int(place))
    assert (found.outcome, found.wrt_index) == ("fail", (int(place),))


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_directions_leave_open_what_the_function_cannot_show(factor: float) -> None:
    def gradient(x: Any) -> Any:
        g = 2 * WEIGHTS * x
        g[PLACES[0]] *= factor  # its square vanishes beside 1e12
        return g

    report = jaccli.gradcheck(lambda x: x**2 @ WEIGHTS, SPREAD, jacobian=gradient, directions=8, vectorized=True)
    assert report.checks[0].outcome == "inconclusive"


def test_directions_look_at_a_sum_by_steps_of_the_largest_inputs() -> None:
    report = jaccli.gradcheck(lambda x: x @ WEIGHTS, SPREAD, jacobian=lambda x: WEIGHTS, directions=8, vectorized=True)
    assert (report.outcome, report.checks[0].detectable < 1e-5) == ("pass", True)
