"""The kind of a planted mistake in a claim is named, and a mistake that only looks like it is not."""

from __future__ import annotations

from typing import Any

import pytest

import jaccli

V = {"x": [0.7, -0.2, 0.4]}
P = {"x": 0.7}
SQUARES = "x**2 * [1, 2, 5]"
PRODUCT = "x * sin(x)"
LINEAR = "x @ [[1, 2, 3], [4, 5, 6], [7, 8, 10]]"
TABLE = "[[1, 2], [3, 4], [5, 6]]"
FLOAT32 = "sin(x)"
MANY = {"x": [0.1, 0.2, 0.3, 0.4, 0.5]}

# (code, output, inputs, a claim that must get the code, a wrong claim that must not)
KINDS = [
    ("JAC100", SQUARES, V, "diag(2*x*[1, 2, 5]) * [[1.1], [1.2], [1.4]]", "2 * diag(2*x*[1, 2, 5])"),
    ("JAC101", SQUARES, V, "-diag(2*x*[1, 2, 5])", "-1.01 * diag(2*x*[1, 2, 5])"),
    ("JAC102", SQUARES, V, "diag(x*[1, 2, 5])", "diag(x*[1, 2, 5]) + diag([0.1, 0, 0])"),
    ("JAC103", LINEAR, V, "[[1, 2, 3], [4, 5, 6], [7, 8, 10]]", "[[1, 2, 3], [4, 5, 6], [7, 8, 10.1]]"),
    ("JAC104", PRODUCT, P, "sin(x)", "sin(x) + 0.01"),
    ("JAC105", PRODUCT, P, "2*sin(x) + x*cos(x)", "2.01*sin(x) + x*cos(x)"),
    ("JAC106", "sin(x) + exp(x) + x**2", P, "cos(x)", "cos(x) + exp(x)"),
    ("JAC107", f"sum((x + {TABLE})**2)", {"x": [0.7, 0.3]}, "2*(x + [1, 2])", "2*(x + [2, 3])"),
    ("JAC109", SQUARES, V, "diag(2*x*[1, 2, 5]) + [[0, 0, 0], [0, 0, 1], [0, 0, 0]]", "diag(2*x*[1, 2, 5]) + 1"),
    ("JAC110", SQUARES, V, "diag(2*x*[1, 2, 5]) * log(-1)", "diag(2*x*[1, 2, 5]) * log(3)"),
    ("JAC111", "x[::-1] * [1, 2, 5]", V, "diag([1, 2, 5])", "diag([1, 2, 6])"),
    ("JAC112", SQUARES, V, "zeros((3, 3))", "0.001 * diag(2*x*[1, 2, 5])"),
    ("JAC113", "sin(x**3)", P, "cos(x**3)", "cos(x**3) * 3*x"),
    ("JAC201", FLOAT32, {"x": 0.1}, "0.99500417709350586", "0.9950041770935"),
]  # fmt: skip


def code_of(output: str, inputs: Any, claim: str) -> tuple[str, str | None, str]:
    spec = {"inputs": inputs, "outputs": {"y": output}, "jacobian": {"y": {"x": claim}}, "check": {"rtol": 1e-9}}
    (found,) = [check for check in jaccli.parse(spec).gradcheck().checks if check.tested == "claim"]
    return found.outcome, found.code, found.help


@pytest.mark.parametrize(("code", "output", "inputs", "claim", "other"), KINDS, ids=[row[0] for row in KINDS])
def test_kind_is_named(code: str, output: str, inputs: Any, claim: str, other: str) -> None:
    assert code_of(output, inputs, claim)[:2] == ("fail", code)


@pytest.mark.parametrize(("code", "output", "inputs", "claim", "other"), KINDS, ids=[row[0] for row in KINDS])
def test_kind_is_not_named_for_what_only_looks_like_it(
    code: str, output: str, inputs: Any, claim: str, other: str
) -> None:
    outcome, found, _ = code_of(output, inputs, other)
    assert (outcome, found == code) == ("fail", False)


@pytest.mark.parametrize(
    ("output", "inputs", "claim", "code", "words"),
    [
        pytest.param("sin(3*x)", P, "cos(3*x)", "JAC102", "a third: the 3 of a cube is lost, or that of 3*x inside", id="lost 3 inside"),
        pytest.param("x**2", P, "x", "JAC102", "half: the 2 of a square is lost", id="lost 2"),
        pytest.param("x**2", P, "-x", "JAC102", "a lost minus sign, and half", id="lost 2 and sign"),
        pytest.param("sum(x**2)", MANY, "2*x/5", "JAC102", "a mean taken for a sum", id="mean for a sum"),
        pytest.param("mean(x**2)", MANY, "2*x", "JAC102", "a sum taken for a mean", id="sum for a mean"),
        pytest.param("log10(x)", P, "1/x", "JAC102", "a logarithm of the wrong base", id="log base"),
        pytest.param("sin(pi*x/180)", P, "cos(pi*x/180)", "JAC102", "radians taken for degrees", id="degrees"),
        pytest.param(PRODUCT, P, "sin(x) - x*cos(x)", "JAC101", "the term x*cos(x) has the wrong sign", id="one term"),
        pytest.param(PRODUCT, P, "x*cos(x)", "JAC104", "the term sin(x) is missing", id="the missing term is written"),
        pytest.param("sum(tanh(x))", V, "ones(3)", "JAC113", "is missing", id="a term inside an op's rule"),
        pytest.param("sum(x**2)", MANY, "2*x*(x < 0.5)", "JAC112", "zero for input 4", id="a detached element"),
        pytest.param(SQUARES, V, "diag(2*abs(x)*[1, 2, 5])", "JAC101", "1 of 9 entries", id="sign in one entry"),
        pytest.param("sum(exp(x) * [1, 2, 3])", V, "exp(x)*[1, 2.1, 3]", "JAC100", "only input [1] is wrong", id="one entry"),
        pytest.param("sum(x**2)", {"x": [1, -2, 3, -5]}, "2*x*where(x < 0, 2, 1) - (x < 0)", "JAC100", "wrong exactly where x < 0", id="negative inputs"),
        pytest.param("sum(x**2)", {"x": [1, -2, 3, -5]}, "2*x + (x < 0)", "JAC105", "the term x < 0 is one too many", id="a term too many"),
        pytest.param("sum(x**2 - x)", V, "2*x - 1 - x", "JAC105", "the term x is one too many", id="a term of the claim's own"),
        pytest.param("sum(x * sin(x))", V, "sin(x) + x*cos(x) + x*cos(x)", "JAC105", "the term x*cos(x) is counted twice", id="a term twice"),
        pytest.param("sum(log(1 + x**2))", V, "2*x/(1 - x**2)", "JAC101", "the term x**2 has the wrong sign", id="a sign in a factor"),
        pytest.param("exp(-x**2/2)", P, "exp(-x**2/2)", "JAC113", "the inner derivative, that of -x**2/2,", id="inner derivative"),
        pytest.param("sin(x**3)", P, "cos(x**3)*9*x**4", "JAC113", "3*x**2 appears twice", id="a factor twice"),
        pytest.param("sum(relu(x))", V, "ones(3)", "JAC113", "the factor (x > 0) is missing", id="a mask is lost"),
        pytest.param("sigmoid(x)", P, "sigmoid(x)", "JAC113", "the factor sigmoid(-x) is missing", id="half of a rule"),
        pytest.param("x**3", P, "3*x**2*1.00001", "JAC100", "claimed / expected = 1.00001", id="nearly right"),
        pytest.param("outer(x, x)", V, "zeros((3, 3, 3)) + stack([x, x, x])[:, :, None]", "JAC100", "compare", id="nonsense"),
    ],
)  # fmt: skip
def test_help_says_what_such_a_mistake_comes_from(output: str, inputs: Any, claim: str, code: str, words: str) -> None:
    outcome, found, help_ = code_of(output, inputs, claim)
    assert (outcome, found) == ("fail", code)
    assert words in help_


@pytest.mark.parametrize(
    ("shape", "claim", "words"),
    [
        pytest.param([2, 2], "2*x.T", "the input's axes are exchanged", id="square"),
        pytest.param([2, 3], "reshape(2*x.T, (2, 3))", "the input's axes are exchanged", id="laid out again"),
    ],
)
def test_transposed_input_axes_are_told(shape: list[int], claim: str, words: str) -> None:
    inputs = {"x": {"shape": shape, "init": "normal", "seed": 1}}
    outcome, found, help_ = code_of("sum(x**2)", inputs, claim)
    assert (outcome, found) == ("fail", "JAC103")
    assert words in help_


def test_factor_with_named_parts_is_written_out() -> None:
    spec = {
        "inputs": {"x": [0.7, -0.2, 0.4]},
        "params": {"W": {"shape": [2, 3], "init": "normal", "seed": 1}, "u": [1.0, 2.0]},
        "let": {"h": "tanh(W @ x)"},
        "outputs": {"s": "u @ h"},
        "jacobian": {"s": {"x": "W.T @ u"}},
    }
    (found,) = [check for check in jaccli.parse(spec).gradcheck().checks if check.tested == "claim"]
    assert (found.code, "the factor 1 - h**2 is missing" in found.help) == ("JAC113", True)
