"""``jaccli.gradcheck`` of Python functions: planted mistakes fail, right derivatives pass, and user code never breaks a run."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli import UsageError

X = np.array([0.5, -1.0, 2.0])
W = np.array([[0.3, -0.7, 1.1], [0.2, 0.9, -0.4], [-1.3, 0.6, 0.8], [0.1, -0.2, 0.5]])


def softplus(x: Any) -> Any:
    return np.log1p(np.exp(x))


def softplus_jacobian(x: Any) -> Any:
    return np.diag(1 / (1 + np.exp(-x)))


def layer(W: Any, x: Any) -> Any:
    return np.tanh(W @ x)


def layer_vjp(inputs: Any, y_bar: Any) -> Any:
    W, x = inputs
    z_bar = y_bar * (1 - layer(W, x) ** 2)
    return np.outer(z_bar, x), W.T @ z_bar


def layer_jvp(inputs: Any, dx: Any) -> Any:
    (W, x), (dW, dx) = inputs, dx
    return (1 - layer(W, x) ** 2) * (dW @ x + W @ dx)


def outcomes(report: Any) -> set[str]:
    return {check.outcome for check in report.checks}


def codes(report: Any) -> list[str | None]:
    return [check.code for check in report.checks if check.outcome not in ("pass", "skipped")]


def test_gradcheck_passes_a_right_jacobian() -> None:
    assert jaccli.gradcheck(softplus, X, jacobian=softplus_jacobian).ok


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        pytest.param(lambda J: -J, "JAC101", id="sign"),
        pytest.param(lambda J: 2 * J, "JAC102", id="factor"),
        pytest.param(lambda J: 0 * J, "JAC112", id="zero"),
        pytest.param(lambda J: J + np.nan, "JAC110", id="nan"),
    ],
)
def test_gradcheck_finds_a_planted_mistake(wrong: Callable[[Any], Any], code: str) -> None:
    report = jaccli.gradcheck(softplus, X, jacobian=lambda x: wrong(softplus_jacobian(x)))
    assert (report.outcome, codes(report)) == ("fail", [code])


@pytest.mark.parametrize("size", [1e-2, 5e-4, 1e-5])
@pytest.mark.parametrize(
    "where", [np.eye(3), np.eye(3, k=1), np.ones((3, 3))], ids=["diagonal", "beside", "everywhere"]
)
def test_gradcheck_finds_small_mistakes(size: float, where: Any) -> None:
    assert jaccli.gradcheck(softplus, X, jacobian=lambda x: softplus_jacobian(x) + size * where).outcome == "fail"


def test_gradcheck_passes_right_products() -> None:
    report = jaccli.gradcheck(layer, (W, X), vjp=layer_vjp, jvp=layer_jvp)
    assert (outcomes(report), len(report.checks)) == ({"pass"}, 6)


@pytest.mark.parametrize(
    ("fn", "inputs", "vjp"),
    [
        pytest.param(lambda x: x @ x, X, lambda x, y_bar: 2 * x, id="ignores y_bar"),
        pytest.param(lambda x: x * x, X, lambda x, y_bar: 2 * x * abs(y_bar), id="takes its size"),
        pytest.param(lambda x: x * x, X, lambda x, y_bar: 2 * x * y_bar.sum(), id="sums it"),
        pytest.param(lambda x: x * x, X, lambda x, y_bar: (None,), id="none is zero"),
    ],
)
def test_gradcheck_fails_a_vjp_that_misuses_its_cotangent(fn: Any, inputs: Any, vjp: Any) -> None:
    assert jaccli.gradcheck(fn, inputs, vjp=vjp).outcome == "fail"


def test_gradcheck_says_that_jvp_and_vjp_disagree() -> None:
    report = jaccli.gradcheck(layer, (W, X), vjp=layer_vjp, jvp=lambda i, d: 1.0005 * layer_jvp(i, d))
    assert codes(report).count("JAC108") == 2


@pytest.mark.parametrize(
    ("fn", "inputs", "jacobian", "names"),
    [
        pytest.param(lambda a, b: a * b, (2.0, 3.0), lambda a, b: (b, a), ["y/a", "y/b"], id="scalars in a tuple"),
        pytest.param(
            lambda *, a, b: a @ b,
            {"a": W, "b": X},
            lambda *, a, b: {"a": np.einsum("ik,j->ikj", np.eye(4), b), "b": a},
            ["y/a", "y/b"],
            id="mapping",
        ),
        pytest.param(
            lambda x: {"s": np.sum(x), "q": x * x},
            X,
            lambda x: {"s": np.ones(3), "q": np.diag(2 * x)},
            ["s/x", "q/x"],
            id="dict of outputs",
        ),
        pytest.param(
            lambda x: (np.sum(x), x * x), X, lambda x: (np.ones(3), np.diag(2 * x)), ["y0/x", "y1/x"], id="tuple of outputs"
        ),
        pytest.param(lambda x: [x[0] * x[1], x[2]], X, lambda x: [[x[1], x[0], 0], [0, 0, 1]], ["y/x"], id="lists"),
        pytest.param(lambda x, k: x**k, (X, 3), lambda x, k: np.diag(k * x ** (k - 1)), ["y/x"], id="integer left alone"),
        pytest.param(lambda x: math.sin(x), 0.7, lambda x: math.cos(x), ["y/x"], id="Python float"),
        pytest.param(lambda x: np.sin(x), np.array(0.7), lambda x: np.cos(x), ["y/x"], id="0-d array"),
        pytest.param(lambda x: x.sum(), W[::2, ::-1].T, lambda x: np.ones((3, 2)), ["y/x"], id="not contiguous"),
        pytest.param(lambda x: x @ x, np.broadcast_to(2.0, 3), lambda x: 2 * x, ["y/x"], id="broadcast"),
        pytest.param(lambda y: 2 * y, 1.5, lambda y: 2.0, ["out/y"], id="an input called y"),
        pytest.param(
            lambda a, b: a.sum() + b, (np.zeros(0), 1.0), lambda a, b: (np.zeros(0), 1.0), ["y/b"], id="an empty input"
        ),
    ],
)  # fmt: skip
def test_gradcheck_takes_what_numpy_users_write(fn: Any, inputs: Any, jacobian: Any, names: list[str]) -> None:
    report = jaccli.gradcheck(fn, inputs, jacobian=jacobian)
    assert [(f"{c.of}/{c.wrt}", c.outcome) for c in report.checks] == [(name, "pass") for name in names]


def test_gradcheck_evaluates_a_vectorized_function_in_batches() -> None:
    calls = []

    def fn(W: Any, x: Any) -> Any:
        calls.append(len(x))
        return np.tanh((W @ x[..., None])[..., 0])

    report = jaccli.gradcheck(fn, (W, X), vjp=layer_vjp, vectorized=True)
    assert (outcomes(report), len(calls) < 60) == ({"pass"}, True)


def test_gradcheck_judges_float32_by_its_own_precision() -> None:
    x = X.astype(np.float32)
    right, wrong = (jaccli.gradcheck(softplus, x, jacobian=lambda x, k=k: k * softplus_jacobian(x)) for k in (1, 1.01))
    assert (right.outcome, wrong.outcome, right.checks[0].rtol) == ("pass", "fail", 1e-3)


def test_gradcheck_recognises_float32_inside() -> None:
    def fn(x: Any) -> Any:
        return np.float64(np.float32(np.sum(np.sin(x))))

    assert jaccli.gradcheck(fn, X, jacobian=np.cos).checks[-1].reference_route == "segments"
    assert codes(jaccli.gradcheck(fn, X, jacobian=np.cos, reference="difference")) == ["JAC201"]
    assert codes(jaccli.gradcheck(fn, X, jacobian=lambda x: (1 + 1e-5) * np.cos(x))) == ["JAC201"]
    assert jaccli.gradcheck(fn, X, jacobian=np.cos, rtol=1e-3).ok
    assert jaccli.gradcheck(fn, X, jacobian=lambda x: 1.01 * np.cos(x), rtol=1e-3).outcome == "fail"


def test_gradcheck_works_around_a_function_that_changes_its_input() -> None:
    def fn(x: Any) -> Any:
        x *= 2
        return x.sum()

    x = X.copy()
    report = jaccli.gradcheck(fn, x, jacobian=lambda x: np.full(3, 2.0))
    assert (codes(report), report.checks[-1].outcome, x.tolist()) == (["JAC306"], "pass", X.tolist())


def test_gradcheck_notices_a_random_function() -> None:
    rng = np.random.default_rng(0)
    report = jaccli.gradcheck(lambda x: x * (1 + 1e-9 * rng.standard_normal(3)), X, jacobian=lambda x: np.eye(3))
    assert (codes(report)[0], report.ok, "fail" in outcomes(report)) == ("JAC204", False, False)


def flaky(x: Any) -> Any:
    if x[0] != 0.5:
        raise ValueError("only here")
    return x * 2


def test_gradcheck_leaves_open_only_what_the_function_refuses() -> None:
    (check,) = jaccli.gradcheck(flaky, X, jacobian=lambda x: 2 * np.eye(3)).checks
    assert (check.outcome, check.decided, check.entries) == ("inconclusive", 6, 9)
    assert "beside the point, `flaky` raised ValueError: only here" in check.message


def _raise(*_: Any) -> Any:
    raise RuntimeError("broken")


def _grow(x: Any) -> Any:
    return x if x[0] == 0.5 else np.append(x, 1.0)


JUST = {"jacobian": lambda x: np.eye(3)}


@pytest.mark.parametrize(
    ("fn", "inputs", "given", "code", "message"),
    [
        pytest.param(_raise, X, JUST, "JAC302", r"`_raise` raised RuntimeError: broken, in .*test_api.py:\d+: raise R", id="fn"),
        pytest.param(softplus, X, {"jacobian": _raise}, "JAC302", "`jacobian` raised RuntimeError: broken", id="jacobian"),
        pytest.param(softplus, X, {"vjp": _raise}, "JAC302", "`vjp` raised RuntimeError: broken", id="vjp"),
        pytest.param(softplus, X, {"jvp": _raise}, "JAC302", "`jvp` raised RuntimeError: broken", id="jvp"),
        pytest.param(softplus, X, {"jacobian": np.eye(3)}, "JAC302", r"`jacobian` must be callable \(got a ndarray\)", id="no function"),
        pytest.param(lambda x: None, X, JUST, "JAC303", "output `y` is None", id="nothing returned"),
        pytest.param(lambda x: x.astype(int), X, JUST, "JAC303", r"no output with a derivative: `y` has dtype int64", id="integers"),
        pytest.param(lambda x: (), X, JUST, "JAC303", "the answer is empty", id="no outputs"),
        pytest.param(lambda x: x + 0j, X, JUST, "JAC303", r"`y` is complex \(complex128\)", id="complex output"),
        pytest.param(lambda x: [x, x[:1]], X, JUST, "JAC303", "output `y` is not an array", id="ragged list"),
        pytest.param(lambda x: "no", X, JUST, "JAC303", "output `y` has dtype <U2", id="text"),
        pytest.param(_grow, X, JUST, "JAC303", r"changes its shape between calls: \(3,\), then \(4,\)", id="shape change"),
        pytest.param(lambda: 1.0, (), JUST, "JAC304", "there are no inputs", id="no inputs"),
        pytest.param(lambda n: 1.0 * n, 3, JUST, "JAC304", "nothing to differentiate: `n` has dtype int64", id="integer input"),
        pytest.param(softplus, X + 0j, JUST, "JAC304", "input `x` is complex", id="complex input"),
        pytest.param(softplus, X.astype(object), JUST, "JAC304", "input `x` has dtype object", id="objects"),
        pytest.param(softplus, X * np.nan, JUST, "JAC304", "input `x` holds NaN or infinity", id="nan input"),
        pytest.param(lambda x: W @ x, X, {"jacobian": lambda x: W.T}, "JAC305", r"has shape \(3, 4\), expected \(4, 3\)", id="transposed"),
        pytest.param(softplus, X, {"vjp": lambda x, y: 1.0}, "JAC305", r"`vjp` returns shape \(\) for `x`, expected \(3,\)", id="cotangent"),
        pytest.param(softplus, X, {"jvp": lambda x, dx: W}, "JAC305", r"`jvp` returns shape \(4, 3\) for `y`, expected \(3,\)", id="tangent"),
        pytest.param(layer, (W, X), {"vjp": lambda i, y: W}, "JAC303", r"is an array of shape \(4, 3\), expected 2 parts: W, x", id="one cotangent of two"),
        pytest.param(softplus, X, {"jacobian": lambda x: "J"}, "JAC303", "is not a real array: dtype <U1", id="text for a Jacobian"),
        pytest.param(np.sum, X, {**JUST, "vectorized": True}, "JAC303", r"with vectorized=True .* shape \(\)", id="not vectorized"),
    ],
)  # fmt: skip
def test_gradcheck_turns_trouble_into_an_error_row(fn: Any, inputs: Any, given: Any, code: str, message: str) -> None:
    report = jaccli.gradcheck(fn, inputs, **given)
    assert (report.outcome, report.checks[0].code) == ("error", code)
    with pytest.raises(AssertionError, match=message):
        jaccli.assert_gradients(fn, inputs, **given)


def test_gradcheck_goes_on_with_the_other_derivatives() -> None:
    report = jaccli.gradcheck(layer, (W, X), vjp=layer_vjp, jvp=_raise)
    assert [c.outcome for c in report.checks if c.tested == "vjp"] == ["pass", "pass"]


@pytest.mark.parametrize(
    ("call", "match"),
    [
        pytest.param({"fn": 3, "jacobian": np.cos}, r"'fn' must be callable \(got a int\)", id="fn"),
        pytest.param(
            {"fn": np.sin},
            "there is no derivative to check: give 'jacobian', 'vjp' or 'jvp'; jaccli.jacobian",
            id="nothing",
        ),
        pytest.param(
            {"fn": np.sin, "jacobian": np.cos, "rtol": 2}, r"'rtol' must lie between 0 and 1 \(got 2\)", id="rtol"
        ),
        pytest.param({"fn": np.sin, "jacobian": np.cos, "seed": -1}, r"'seed' must be a whole number", id="seed"),
        pytest.param(
            {"fn": np.sin, "jacobian": np.cos, "framework": "numpi"}, r"did you mean `numpy`\?", id="framework"
        ),
    ],
)
def test_gradcheck_refuses_a_call_that_makes_no_sense(call: Any, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        jaccli.gradcheck(inputs=X, **call)


def test_gradcheck_shows_the_line_of_the_derivative() -> None:
    (check,) = jaccli.gradcheck(softplus, X, jacobian=lambda x: -softplus_jacobian(x)).checks
    assert check.span is not None
    assert "lambda x: -softplus_jacobian(x)" in check.span.text


def test_assert_gradients_carries_what_the_terminal_shows() -> None:
    with pytest.raises(AssertionError, match=r"(?s)JAC101 wrong sign: d y\[2\] / d x\[2\].*1 failed"):
        jaccli.assert_gradients(softplus, X, jacobian=lambda x: -softplus_jacobian(x))


def test_assert_gradients_is_silent_where_all_is_right() -> None:
    jaccli.assert_gradients(softplus, X, jacobian=softplus_jacobian)


def test_gradcheck_is_the_same_in_every_run() -> None:
    first, second = (jaccli.gradcheck(layer, (W, X), vjp=layer_vjp, jvp=layer_jvp, seed=3) for _ in range(2))
    assert [(c.value, c.error_bar) for c in first.checks] == [(c.value, c.error_bar) for c in second.checks]


# --- a function without a derivative


def test_jacobian_is_within_its_error_bars() -> None:
    found = jaccli.jacobian(np.sin, X)
    assert np.all(np.abs(found.array - np.diag(np.cos(X))) <= found.error_bar["y", "x"])


def test_jacobian_has_a_block_for_every_output_and_input() -> None:
    found = jaccli.jacobian(lambda a, b: (a * b, a[0] + b), (X, 2 * X))
    assert [block.shape for block in found.value.values()] == [(3, 3)] * 4


def test_jacobian_leaves_open_what_it_does_not_know() -> None:
    found = jaccli.jacobian(np.abs, np.array([0.0, 1.0]))
    assert (found.reason["y", "x"][0, 0], np.isnan(found.array[0, 0]), found.array[1, 1]) == (
        "kink",
        True,
        pytest.approx(1.0),
    )


def test_jacobian_says_which_blocks_there_are() -> None:
    with pytest.raises(UsageError, match=r"take one, value\['y', 'a'\] or \['y', 'b'\]"):
        _ = jaccli.jacobian(lambda a, b: a * b, (X, X)).array


def test_jacobian_refuses_what_cannot_be_differentiated() -> None:
    with pytest.raises(UsageError, match="JAC304 there is nothing to differentiate"):
        jaccli.jacobian(np.sin, np.array([1, 2]))


@pytest.mark.parametrize(("off", "outcome"), [(0.9e-3, "pass"), (1.1e-3, "fail")])
def test_an_entry_within_atol_passes(off: float, outcome: str) -> None:
    report = jaccli.gradcheck(np.sin, X, jacobian=lambda x: np.diag(np.cos(x) + off), atol=1e-3)
    assert report.outcome == outcome
    assert "atol=0.001" in report.checks[0].rerun


@pytest.mark.parametrize("atol", [-1e-9, float("nan"), float("inf")])
def test_atol_is_a_number_that_is_not_negative(atol: float) -> None:
    with pytest.raises(jaccli.UsageError, match=r"'atol' must be a number, 0 or more \(got "):
        jaccli.gradcheck(np.sin, X, jacobian=lambda x: np.diag(np.cos(x)), atol=atol)
