"""Beside the point: a derivative that is wrong there fails, with the place; kinks, steps, solvers and domains fail nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.results.checks import Check
from jaccli.types import Array

SIZES = [1, 3, 30]


def point(n: int, seed: int = 5) -> Array:
    return np.random.default_rng(seed).uniform(0.5, 1.5, n) * np.where(np.arange(n) % 3 == 1, -1.0, 1.0)


def only(report: jaccli.Report) -> Check:
    (check,) = report.checks
    return check


def forms(jacobian: Any) -> dict[str, Any]:
    return {"jacobian": jacobian, "vjp": lambda x, v: jacobian(x).T @ v, "jvp": lambda x, u: jacobian(x) @ u}


@pytest.mark.parametrize("form", ["jacobian", "vjp", "jvp"])
@pytest.mark.parametrize("by", [1e-5, -1.0])
@pytest.mark.parametrize("n", SIZES)
def test_a_derivative_that_is_right_at_the_point_alone_fails_beside_it(n: int, by: float, form: str) -> None:
    given = point(n)

    def jacobian(x: Array) -> Array:
        return np.diag(np.cos(x)) * (1 if np.array_equal(x, given) else 1 + by)

    check = only(jaccli.gradcheck(np.sin, given, **{form: forms(jacobian)[form]}))
    assert (check.outcome, check.failed) == ("fail", n)
    where = check.point["x"]
    assert 0 < np.max(np.abs(where - given)) < 0.5
    assert check.reference == pytest.approx(np.cos(where[check.wrt_index[0]] if n > 1 else where[0]), rel=1e-6)
    assert "beside the point given, where it is right" in check.help


@pytest.mark.parametrize("n", SIZES)
def test_a_rule_of_one_side_alone_fails_on_the_other(n: int) -> None:
    """The function is smooth; from a little above the point on its derivative is that of another one."""
    given = point(n)

    def jacobian(x: Array) -> Array:
        return np.diag(np.where(x > given + 0.005, 1.0, np.cos(x)))

    assert only(jaccli.gradcheck(np.sin, given, jacobian=jacobian)).outcome == "fail"


@pytest.mark.parametrize("n", SIZES)
def test_a_forgotten_branch_fails_beside_the_point(n: int) -> None:
    given = point(n)

    def fn(x: Array) -> Array:
        return np.where(x > given + 0.003, 3 * x, np.sin(x))

    check = only(jaccli.gradcheck(fn, given, vjp=lambda x, v: np.cos(x) * v))
    assert check.outcome == "fail"
    assert np.any(check.point["x"] > given + 0.003)


def test_the_report_shows_the_point_and_says_that_it_is_another() -> None:
    given = point(3)
    report = jaccli.gradcheck(np.sin, given, vjp=lambda x, v: np.cos(x) * v * (1 if np.array_equal(x, given) else 1.01))
    text, where = jaccli.report_text(report), only(report).point["x"]
    assert f"wrong at x = [{where[0]:.6g}" in text
    assert f"at     x = [{where[0]:.6g}" in text


def test_differences_alone_look_at_the_point_alone() -> None:
    given = point(3)

    def vjp(x: Array, v: Array) -> Array:
        return np.cos(x) * v * (1 if np.array_equal(x, given) else 1.01)

    assert jaccli.gradcheck(np.sin, given, vjp=vjp, reference="difference").ok
    assert jaccli.gradcheck(np.sin, given, vjp=vjp, reference="segments").outcome == "inconclusive"


# --- what is right


def stopped(x: Array) -> Array:
    """Return roots by Heron's method, which stops when little changes."""
    y = np.ones_like(x)
    for _ in range(60):
        y, before = 0.5 * (y + np.abs(x) / y), y
        if np.max(np.abs(y - before)) < 1e-8:
            break
    return y


def right(given: Array) -> dict[str, tuple[Any, Any]]:
    """Return functions of n numbers to n numbers, each elementwise, with their slopes."""
    s, kink = float(np.mean(np.abs(given))), given * 1.02
    return {
        "absolute values": (lambda x: np.abs(x - kink), lambda x: np.sign(x - kink)),
        "two branches": (
            lambda x: np.where(x > kink, 3 * x, np.sin(x)),
            lambda x: np.where(x > kink, 3.0, np.cos(x)),
        ),
        "a jump": (lambda x: np.sin(x) + (x > kink), np.cos),
        "stairs on a slope": (lambda x: np.floor(9 * x / s) + x * x, lambda x: 2 * x),
        "a remainder": (lambda x: np.mod(x, s), np.ones_like),
        "a quantiser": (lambda x: np.round(x / s, 1), np.zeros_like),
        "clipped": (lambda x: np.clip(x, -s, s), lambda x: 1.0 * (np.abs(x) < s)),
        "a narrow bump": (
            lambda x: x + 1e-3 * np.exp(-(((x - kink) / 1e-4) ** 2)),
            lambda x: 1 - 20 * (x - kink) / 1e-4 * np.exp(-(((x - kink) / 1e-4) ** 2)),
        ),
        "fast": (lambda x: np.sin(400 * x), lambda x: 400 * np.cos(400 * x)),
        "undefined beside the point": (
            lambda x: np.log(np.abs(x) - 0.995 * np.abs(given)),
            lambda x: np.sign(x) / (np.abs(x) - 0.995 * np.abs(given)),
        ),
        "float32 inside": (lambda x: np.sin(x.astype(np.float32)).astype(np.float64), np.cos),
        "noise": (lambda x: np.sin(x) + 1e-9 * np.mod(1e6 * np.sin(1e15 * x), 1), np.cos),
        "a solver": (stopped, lambda x: 0.5 * np.sign(x) / np.sqrt(np.abs(x))),
        "far from zero": (lambda x: 1e9 + np.sin(x), np.cos),
        "for the point alone": (np.sin, lambda x: np.cos(given)),
    }


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", list(right(point(1))))
def test_nothing_right_fails_beside_the_point(name: str, n: int) -> None:
    given = point(n, 0)
    fn, slope = right(given)[name]
    assert jaccli.gradcheck(fn, given, vjp=lambda x, v: slope(x) * v).outcome != "fail"


@pytest.mark.parametrize(
    ("domain", "fn", "slope"),
    [
        pytest.param("positive", lambda x: x * np.abs(x), lambda x: 2 * x, id="wrong outside the domain only"),
        pytest.param("unit", np.sqrt, lambda x: 0.5 / np.sqrt(x), id="undefined outside the domain"),
    ],
)
def test_a_segment_stays_inside_the_domain(domain: str, fn: Any, slope: Any) -> None:
    given = np.concatenate([[1e-3], np.linspace(0.1, 0.9, 20)])
    report = jaccli.gradcheck(fn, given, vjp=lambda x, v: slope(x) * v, domain={"x": domain})
    assert report.outcome != "fail"


def test_symmetric_matrices_stay_symmetric_beside_the_point() -> None:
    a = np.random.default_rng(2).standard_normal((5, 5))
    a = a @ a.T + 5 * np.eye(5)

    def logdet(a: Array) -> Any:
        return 2 * np.sum(np.log(np.diag(np.linalg.cholesky(a))))

    report = jaccli.gradcheck(logdet, a, jacobian=np.linalg.inv, domain={"a": "symmetric"})
    assert (report.ok, str(only(report).reference_route)) == (True, "segments")


def test_a_scale_moves_the_derivative_as_it_moves_the_function() -> None:
    x = np.full(20, 1e-6)
    report = jaccli.gradcheck(lambda x: np.sin(1 + x), x, vjp=lambda x, v: np.cos(1 + x) * v, scale=1.0)
    assert (report.ok, str(only(report).reference_route)) == (True, "segments")
