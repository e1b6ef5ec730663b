"""Values that are not finite, and matrices that are nearly singular: which step, which entry, why."""

from __future__ import annotations

from typing import Any

import pytest

import jaccli
from jaccli.compute.compute import compute

SENTENCES = [
    pytest.param({"x": -1.0}, "log(x)", "`f` (a number) is nan at this point: `x` is -1 there", id="log of a negative number"),
    pytest.param({"x": [1.0, -3.0]}, "sum(log(x + 1))", "`log(x + 1)` (shape (2,)) is nan in entry [1] at this point: `x + 1` is -2 there", id="entry"),
    pytest.param({"x": -2.0, "k": 0.5}, "x**k", "`f` (a number) is nan at this point: `x` is -2 and `k` is 0.5 there", id="root of a negative number"),
    pytest.param({"x": [2.0, 1.0]}, "sum(1/(x - 1))", "`1/(x - 1)` (shape (2,)) is inf in entry [1] at this point: `x - 1` is 0 there", id="division by zero"),
    pytest.param({"x": 1000.0}, "exp(x)", "`f` (a number) is inf at this point: `x` is 1000 there", id="overflow"),
    pytest.param({"A": [[1.0, 2.0], [2.0, 4.0]]}, "inv(A)", "is nan in entry [0, 0] at this point: `A` is singular, with rank 1 of 2 and condition number", id="inverse"),
    pytest.param({"A": [[1.0, 2.0], [2.0, 4.0]], "b": [1.0, 2.0]}, "solve(2*A, b)", ": `2*A` is singular, with rank 1 of 2", id="solution"),
    pytest.param({"A": [[1.0, 2.0], [2.0, 4.0]]}, "logdet(A)", "is -inf at this point: `A` is singular, with rank 1 of 2", id="logdet"),
    pytest.param({"A": [[1.0, 2.0], [2.0, 1.0]]}, "cholesky(A)", ": `A` is not positive definite, its smallest eigenvalue is -1", id="cholesky"),
    pytest.param({"A": [[1.0, 2.0], [2.0, 4.0000000001]]}, "inv(A)", "`A` is nearly singular, condition number 2.5e+11: about 4 of 16 digits of inv(A) can be trusted", id="nearly singular"),
    pytest.param({"A": [[1.0, 0.0], [0.0, 1e-17]], "b": [1.0, 1.0]}, "solve(A, b)", "condition number 1.0e+17: no digit of the solution can be trusted", id="singular to double precision"),
]  # fmt: skip


@pytest.mark.parametrize(("at", "text", "sentence"), SENTENCES)
def test_compute_says_where_and_why(at: dict[str, Any], text: str, sentence: str) -> None:
    (note,) = compute(jaccli.parse({"inputs": at, "outputs": {"f": text}}).built, texts=False).notes
    assert sentence in note


@pytest.mark.parametrize("text", ["inv(A)", "det(A)", "cholesky(A)"])
def test_compute_is_silent_about_a_regular_matrix(text: str) -> None:
    found = jaccli.parse({"inputs": {"A": [[4.0, 1.0], [1.0, 3.0]]}, "outputs": {"f": text}})
    assert not compute(found.built, texts=False).notes


@pytest.mark.parametrize("text", ["cholesky(A)", "log(A)", "inv(A - A)"])
def test_gradcheck_decides_nothing_where_the_value_is_not_defined_and_says_why(text: str) -> None:
    found = jaccli.parse({"inputs": {"A": [[-1.0, 2.0], [2.0, 1.0]]}, "outputs": {"f": text}})
    undecided = [check for check in found.gradcheck().checks if check.tested == "forward"]
    assert [(check.outcome, check.code, "at this point: " in check.help) for check in undecided] == [
        ("inconclusive", "JAC205", True)
    ]
