"""A claim of a spec is held to the rounding of its own formula: that of the function excuses neither a sign nor a factor."""

from __future__ import annotations

import pytest

import jaccli

#: The inverse left Jacobian of SO(3) to second order, times a vector: where w is small, so are the entries on the diagonal.
SO3 = {
    "let": {"W": "[[0, -w[2], w[1]], [w[2], 0, -w[0]], [-w[1], w[0], 0]]"},
    "constants": {"p": [0.3, -1.2, 2.0]},
    "outputs": {"y": "p - W @ p / 2 + W @ (W @ p) / 12"},
}
FIRST = "[[0, -p[2], p[1]], [p[2], 0, -p[0]], [-p[1], p[0], 0]] / 2"
SECOND = "(outer(w, p) + (w @ p) * eye(3) - 2 * outer(p, w)) / 12"
RIGHT = f"{FIRST} + {SECOND}"


def outcome(claim: str, size: float) -> str:
    spec = {"inputs": {"w": [size, 2 * size, -1.5 * size]}, **SO3, "jacobian": {"y": {"w": claim}}}
    (found,) = (check for check in jaccli.parse(spec).gradcheck().checks if check.tested == "claim")
    return found.outcome


@pytest.mark.parametrize("size", [1e-3, 1e-6, 1e-9])
@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        pytest.param(RIGHT, "pass", id="right"),
        pytest.param(f"{FIRST} - {SECOND}", "fail", id="a sign"),
        pytest.param(f"{FIRST} + 2 * {SECOND}", "fail", id="a factor"),
        pytest.param(FIRST, "fail", id="a term"),
    ],
)
def test_a_claim_fails_by_a_small_entry_that_its_formula_could_have_right(
    claim: str, expected: str, size: float
) -> None:
    assert outcome(claim, size) == expected


def test_a_claim_whose_own_formula_loses_the_digits_is_no_failure() -> None:
    spec = {
        "inputs": {"x": 25.0},
        "outputs": {"y": "log1p(exp(-x))"},
        "jacobian": {"y": {"x": "1/(1 + exp(-x)) - 1"}},
    }
    (found,) = (check for check in jaccli.parse(spec).gradcheck().checks if check.tested == "claim")
    assert found.outcome != "fail"


@pytest.mark.parametrize(
    ("claim", "outcome", "words"),
    [
        ("sigmoid(x) - 1", "inconclusive", "right to 5 digits: cancellation in the claim"),
        ("-(1 - sigmoid(x))", "inconclusive", "right to 5 digits: cancellation in the claim"),
        ("1 - sigmoid(x)", "fail", ""),
        ("1.01*(sigmoid(x) - 1)", "fail", ""),
        ("0*x", "fail", ""),
        ("-sigmoid(-x)", "pass", ""),
    ],
)
def test_a_claim_that_cancels_is_right_to_so_many_digits(claim: str, outcome: str, words: str) -> None:
    mapping = {"inputs": {"x": 25}, "outputs": {"y": "log1p(exp(-x))"}, "jacobian": {"y": {"x": claim}}}
    (found,) = (check for check in jaccli.parse(mapping).gradcheck().checks if check.tested == "claim")
    assert found.outcome == outcome
    assert words in found.message
