"""NumPy functions of nested dicts, lists and tuples, with derivatives by hand of the same structure."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np
import pytest

import jaccli

W, X, B = np.array([[0.3, -0.7], [0.2, 0.9]]), np.array([0.5, 2.0]), np.array([1.5, -1.0])
Pair = namedtuple("Pair", ["W", "b"])


def layer(p: Any, x: Any) -> Any:
    return p["W"] @ x + p["more"][0] * p["power"]


P = {"W": W, "more": [B, "name"], "power": 2}


def layer_vjp(inputs: Any, g: Any) -> Any:
    p, x = inputs
    return {"W": np.outer(g, x), "more": [g * p["power"], None], "power": None}, p["W"].T @ g


def layer_jvp(inputs: Any, d: Any) -> Any:
    (p, x), (dp, dx) = inputs, d
    return dp["W"] @ x + p["W"] @ dx + dp["more"][0] * p["power"]


def layer_jacobian(p: Any, x: Any) -> Any:
    return {"W": np.einsum("ij,k->ijk", np.eye(2), x), "more": [2 * np.eye(2)]}, p["W"]


def split(p: Any) -> Any:
    return {"a": (p.W @ p.b, [p.b * 3.0]), "n": 3}


def split_vjp(p: Any, g: Any) -> Any:
    (first, (second,)) = g["a"]
    return Pair(np.outer(first, p.b), p.W.T @ first + 3.0 * second)


def split_jacobian(p: Any) -> Any:
    rows = Pair(np.einsum("ij,k->ijk", np.eye(2), p.b), p.W)
    return {"a": (rows, [Pair(np.zeros((2, 2, 2)), 3.0 * np.eye(2))]), "n": None}


@pytest.mark.parametrize(
    ("fn", "inputs", "claims", "blocks"),
    [
        (layer, (P, X), {"vjp": layer_vjp, "jvp": layer_jvp}, ["y/p.W", "y/p.more.0", "y/x"]),
        (layer, {"p": P, "x": X}, {"jacobian": layer_jacobian}, ["y/p.W", "y/p.more.0", "y/x"]),
        (split, (Pair(W, X),), {"vjp": lambda i, g: (split_vjp(i[0], g),), "jacobian": lambda p: split_of_one(p)},
         ["a.0/p.W", "a.0/p.b", "a.1.0/p.W", "a.1.0/p.b"]),
        (lambda p: (p["W"] @ X, p["W"][0]), {"p": {"W": W}},
         {"vjp": lambda i, g: {"p": {"W": np.outer(g[0], X) + np.outer([1.0, 0.0], g[1])}}}, ["y0/p.W", "y1/p.W"]),
        (lambda x: {"a": {"b": x * x}}, X, {"jvp": lambda x, dx: {"a": {"b": 2.0 * x * dx}}}, ["a.b/x"]),
    ],
    ids=["products", "jacobian by name", "named tuple", "tuple of outputs", "nested output alone"],
)  # fmt: skip
def test_gradcheck_passes_nested_derivatives_that_are_right(
    fn: Any, inputs: Any, claims: Any, blocks: list[str]
) -> None:
    report = jaccli.gradcheck(fn, inputs, **claims)
    assert report.outcome == "pass", jaccli.report_text(report)
    assert sorted({f"{c.of}/{c.wrt}" for c in report.checks if c.wrt and c.tested in claims}) == blocks


def split_of_one(p: Any) -> Any:
    """Return the Jacobian for inputs in a tuple of one: each row is one as well."""
    rows = split_jacobian(p)
    first, (second,) = rows["a"]
    return {"a": ((first,), [(second,)]), "n": None}


@pytest.mark.parametrize("factor", [1.0005, -1.0])
def test_gradcheck_fails_a_nested_derivative_with_a_planted_mistake(factor: float) -> None:
    def wrong(inputs: Any, g: Any) -> Any:
        p_bar, x_bar = layer_vjp(inputs, g)
        return {**p_bar, "more": [factor * p_bar["more"][0], None]}, x_bar

    report = jaccli.gradcheck(layer, (P, X), vjp=wrong)
    assert [(check.of, check.wrt) for check in report.checks if check.outcome == "fail"] == [("y", "p.more.0")]


@pytest.mark.parametrize(
    ("vjp", "message"),
    [
        (lambda i, g: ({"more": [g]}, g), "what is returned for the inputs has nothing at `p.W`"),
        (lambda i, g: (g, g), "what is returned for the inputs has nothing at `p.W`"),
        (lambda i, g: None, "`vjp` returned None (forgotten return?)"),
        (lambda i, g: g, "what is returned for the inputs is an array of shape (2,), expected 2 parts: p, x"),
        (lambda i, g: [g, g, g], "what is returned for the inputs has 3 parts, expected 2: p, x"),
        (lambda i, g: ({"W": g, "more": [g]}, g), "`vjp` returns shape (2,) for `p.W`, expected (2, 2)"),
    ],
    ids=["missing", "no dict", "none", "bare array", "three parts", "shape"],
)
def test_gradcheck_says_where_a_nested_derivative_does_not_fit(vjp: Any, message: str) -> None:
    check = jaccli.gradcheck(layer, (P, X), vjp=vjp).checks[0]
    assert (check.outcome, message in check.message) == ("error", True), check.message


def test_gradcheck_names_the_function_and_its_inputs_as_they_are_nested() -> None:
    report = jaccli.gradcheck(layer, (P, X), vjp=layer_vjp)
    assert (
        "::layer" in report.checks[0].id,
        "gradcheck(layer, (p, x), vjp=layer_vjp" in report.checks[0].rerun,
    ) == (True, True)


def test_jacobian_takes_nested_inputs_apart() -> None:
    assert np.allclose(jaccli.jacobian(layer, (P, X)).value["y", "x"], W)


def test_gradcheck_refuses_two_arrays_of_one_name() -> None:
    (check,) = jaccli.gradcheck(
        lambda p: p["a.b"] * p["a"]["b"], ({"a.b": X, "a": {"b": B}},), vjp=lambda i, g: i
    ).checks
    assert (check.code, check.message) == ("JAC304", "two arrays are both called `p.a.b`")
