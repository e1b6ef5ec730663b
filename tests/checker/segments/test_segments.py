"""Agreement along segments: what is right passes without a difference, and nothing that is wrong does."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.checker.segments.bounds import flat_factor
from jaccli.types import Array
from jaccli.verdict.guarantee import pair_factor

RNG = np.random.default_rng(7)
N = 30
A = RNG.standard_normal((20, N)) / 5
X = RNG.uniform(0.5, 1.5, N)


def layer(x: Array) -> Array:
    return np.tanh(A @ x)


def slopes(x: Array) -> Array:
    return (1 - np.tanh(A @ x) ** 2)[:, None] * A


def forms(jacobian: Any) -> dict[str, Any]:
    return {"jacobian": jacobian, "vjp": lambda x, v: jacobian(x).T @ v, "jvp": lambda x, u: jacobian(x) @ u}


def routes(report: jaccli.Report) -> dict[str, str]:
    return {check.tested: str(check.reference_route) for check in report.checks if check.tested != "jvp·vjp"}


def test_right_derivatives_of_every_form_pass_along_segments() -> None:
    report = jaccli.gradcheck(layer, X, **forms(slopes))
    assert (report.ok, set(routes(report).values())) == (True, {"segments"})
    assert all(
        re.search("along [24] segments", check.guarantee or "") for check in report.checks if check.tested != "jvp·vjp"
    )


def one_entry(x: Array, by: float) -> Array:
    matrix = slopes(x).copy()
    matrix[3, 5] *= 1 + by
    return matrix


def one_row(x: Array, by: float) -> Array:
    matrix = slopes(x).copy()
    matrix[4] *= 1 + by
    return matrix


def one_column(x: Array, by: float) -> Array:
    matrix = slopes(x).copy()
    matrix[:, 7] *= 1 + by
    return matrix


def at_the_point_alone(x: Array, by: float) -> Array:
    return slopes(x) * (1 + by * np.array_equal(x, X))


def odd(x: Array, by: float) -> Array:
    return slopes(x) + by * np.sign(np.sum(x - X)) * A


def everywhere(x: Array, by: float) -> Array:
    return slopes(x) * (1 + by)


@pytest.mark.parametrize("form", ["jacobian", "vjp", "jvp"])
@pytest.mark.parametrize("by", [1e-5, 1e-3, 0.5, -1.0, -2.0])
@pytest.mark.parametrize("planted", [one_entry, one_row, one_column, at_the_point_alone, everywhere])
def test_no_mistake_passes_along_segments(planted: Any, by: float, form: str) -> None:
    given = forms(lambda x: planted(x, by))
    report = jaccli.gradcheck(layer, X, **{"vjp": given["vjp"], form: given[form]})
    found = {check.tested: check for check in report.checks}
    assert (found[form].outcome, str(found[form].reference_route)) == ("fail", "difference")


@pytest.mark.parametrize("by", [1e-5, 1e-3, 0.5])
def test_a_mistake_that_changes_its_sign_at_the_point_does_not_agree(by: float) -> None:
    report = jaccli.gradcheck(layer, X, vjp=lambda x, v: odd(x, by).T @ v)
    assert routes(report) == {"vjp": "difference"}


@pytest.mark.parametrize(
    "product",
    [
        pytest.param(lambda x, v: slopes(x).T @ np.clip(v, -2, 2), id="clipped"),
        pytest.param(lambda x, v: slopes(x).T @ np.maximum(v, 0), id="positive cotangents only"),
        pytest.param(lambda x, v: slopes(x).T @ np.ones_like(v), id="cotangent ignored"),
        pytest.param(lambda x, v: slopes(x).T @ v + 1e-4, id="a constant added"),
    ],
)
def test_what_is_no_product_does_not_agree(product: Any) -> None:
    report = jaccli.gradcheck(layer, X, vjp=product)
    assert report.outcome == "fail"


def test_a_jvp_that_clips_its_tangent_does_not_agree() -> None:
    given = forms(slopes)
    report = jaccli.gradcheck(layer, X, vjp=given["vjp"], jvp=lambda x, u: slopes(x) @ np.clip(u, -2, 2))
    assert {check.tested: check.outcome for check in report.checks if check.tested == "vjp"} == {"vjp": "pass"}
    assert report.outcome == "fail"


def test_a_function_that_never_returns_far_off_leaves_time_for_differences() -> None:
    def layer_near_by(x: Array) -> Array:
        while np.max(np.abs(x - X)) > 1e-3:
            pass
        return layer(x)

    report = jaccli.gradcheck(layer_near_by, X, vjp=forms(slopes)["vjp"], timeout=1.0)
    assert report.outcome == "inconclusive"
    assert {check.code for check in report.checks} == {"JAC208"}


def small_columns(x: Array) -> Array:
    return np.tanh(A @ x) + 1e-7 * np.sin(x[:1])


@pytest.mark.parametrize(("factor", "outcome"), [(1.0, "pass"), (1.01, "fail"), (0.0, "fail")])
def test_columns_much_smaller_than_others_move_by_themselves(factor: float, outcome: str) -> None:
    def fn(x: Array) -> Array:
        return np.concatenate([np.tanh(A[:, 1:] @ x[1:]), [1e-7 * np.sin(x[0])]])

    def product(x: Array, v: Array) -> Array:
        matrix = (1 - np.tanh(A[:, 1:] @ x[1:]) ** 2)[:, None] * A[:, 1:]
        return np.concatenate([[factor * 1e-7 * np.cos(x[0]) * v[-1]], matrix.T @ v[:-1]])

    assert jaccli.gradcheck(fn, X, vjp=product).outcome == outcome


def test_a_column_that_is_said_to_be_zero_is_moved() -> None:
    def without_the_first(x: Array, v: Array) -> Array:
        found = slopes(x).T @ v
        found[0] = 0.0
        return found

    assert jaccli.gradcheck(layer, X, vjp=without_the_first).outcome == "fail"


def test_a_row_that_does_not_move_is_zero() -> None:
    def fn(x: Array) -> Array:
        return np.concatenate([layer(x), [1.0]])

    def product(extra: float) -> Any:
        return lambda x, v: slopes(x).T @ v[:-1] + extra * v[-1] * x

    assert routes(jaccli.gradcheck(fn, X, vjp=product(0.0))) == {"vjp": "segments"}
    assert routes(jaccli.gradcheck(fn, X, vjp=product(1e-6))) == {"vjp": "difference"}
    assert jaccli.gradcheck(fn, X, vjp=product(1e-3)).outcome == "fail"


def test_kinks_near_by_take_shorter_segments() -> None:
    weights = RNG.standard_normal((40, N))
    point = RNG.standard_normal(N)

    def product(factor: float) -> Any:
        def vjp(x: Array, v: Array) -> Array:
            on = (weights @ x > 0).astype(float)
            on[on.argmax()] *= factor
            return np.asarray(weights.T @ (on * v))

        return vjp

    right = jaccli.gradcheck(lambda x: np.maximum(weights @ x, 0), point, vjp=product(1.0))
    wrong = jaccli.gradcheck(lambda x: np.maximum(weights @ x, 0), point, vjp=product(1.0001))
    assert (right.ok, wrong.outcome) == (True, "fail")


def test_a_jacobian_for_the_point_alone_is_judged_there() -> None:
    matrix = slopes(X)
    report = jaccli.gradcheck(layer, X, jacobian=lambda x: matrix)
    assert (report.ok, routes(report)) == (True, {"jacobian": "difference"})


def test_random_functions_right_and_wrong() -> None:
    """The share of right derivatives that segments settle is what a slice of random layers showed; no wrong one passes."""
    settled = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        m, n = int(rng.integers(3, 40)), int(rng.integers(12, 60))
        w = rng.standard_normal((m, n)) / np.sqrt(n)
        x = rng.standard_normal(n) * 10 ** rng.uniform(-3, 3)
        i, j = int(rng.integers(m)), int(rng.integers(n))

        def product(x: Array, v: Array, w: Array = w, factor: float = 1.0, i: int = i, j: int = j) -> Array:
            changed = w.copy()
            changed[i, j] *= factor
            return np.asarray(changed.T @ (np.cos(w @ x) * v))

        def fn(x: Array, w: Array = w) -> Array:
            return np.sin(w @ x)

        right = jaccli.gradcheck(fn, x, vjp=product)
        wrong = jaccli.gradcheck(fn, x, vjp=lambda x, v, p=product: p(x, v, factor=1.001))
        assert right.outcome != "fail"
        assert wrong.outcome != "pass"
        settled += routes(right)["vjp"] == "segments"
    assert settled >= 14


@pytest.mark.parametrize("pairs", [4, 6])
def test_factor_of_pairs_is_that_of_products_of_normals(pairs: int) -> None:
    assert flat_factor(pairs, 1e-6) == pytest.approx(pair_factor(pairs, 1e-6), rel=2e-2)


def test_two_pairs_find_what_the_factor_says() -> None:
    """Of a million errors of size one, two pairs leave about one below 1/c."""
    rng = np.random.default_rng(0)
    products = rng.standard_normal((10**6, 2)) * rng.standard_normal((10**6, 2))
    missed = np.sum(np.all(np.abs(products) <= 1 / flat_factor(2, 1e-4), axis=1))
    assert 50 <= missed <= 160  # a hundred are expected


# --- one input along segments beside another entry by entry

LEFT, RIGHT = np.random.default_rng(3).normal(size=3), np.random.default_rng(4).normal(size=(3, 4))


def product_by(at_left: float, at_right: float, most: float = np.inf) -> Any:
    def vjp(left: Any, right: Any, y_bar: Any) -> Any:
        y_bar = np.clip(y_bar, -most, most)
        return at_left * (right @ y_bar), at_right * np.outer(left, y_bar)

    return vjp


@pytest.mark.parametrize(
    ("vjp", "codes"),
    [
        pytest.param(product_by(1.0, 1.0), set(), id="right"),
        pytest.param(product_by(1.01, 1.0), {("left", "JAC102")}, id="a factor by the vector"),
        pytest.param(product_by(1.0, 1.01), {("right", "JAC102")}, id="a factor by the matrix"),
        pytest.param(product_by(1.0, 1.0, 5.0), {("left", "JAC115")}, id="a clip"),
    ],
)
def test_one_input_along_segments_beside_another_entry_by_entry(vjp: Any, codes: set[Any]) -> None:
    report = jaccli.gradcheck(lambda left, right: left @ right, (LEFT, RIGHT), vjp=vjp)
    assert {(check.wrt, check.code) for check in report.checks if check.outcome == "fail"} == codes
    assert bool(codes) or {check.reference_route for check in report.checks} == {"segments", "difference"}
