"""A difference of a column and a vector in a loss is told, with both shapes; what is meant is not."""

from __future__ import annotations

import pytest

import jaccli
from jaccli.graph.broadcasts import stretched

A, T = [[1.0], [2.0], [3.0]], [1.0, 2.0, 2.5]
SILENT = [
    pytest.param({"inputs": {"a": A, "t": T}, "outputs": {"loss": "mean((a - t)**2)"}}, id="a mean of squares"),
    pytest.param({"inputs": {"a": A, "t": T}, "outputs": {"loss": "sum(abs(t - a))"}}, id="the other way round"),
    pytest.param({"inputs": {"X": [[1.0], [2.0], [3.0]], "w": [[2.0]]}, "constants": {"t": T}, "outputs": {"loss": "sum((X @ w - t)**2)"}}, id="a prediction"),
]  # fmt: skip
MEANT = [
    pytest.param({"inputs": {"x": T}, "outputs": {"s": "sum((x[:, None] - x)**2)"}}, id="a column made of a vector"),
    pytest.param({"inputs": {"a": A, "t": T}, "outputs": {"d": "a - t"}}, id="a matrix as output"),
    pytest.param({"inputs": {"a": A, "t": 1.0}, "outputs": {"s": "sum(a - t)"}}, id="a number"),
    pytest.param({"inputs": {"a": A, "t": T}, "outputs": {"s": "sum(a[:, 0] - t)"}}, id="mended"),
    pytest.param({"inputs": {"a": [[1.0]], "t": [2.0]}, "outputs": {"s": "sum(a - t)"}}, id="one element"),
    pytest.param({"inputs": {"a": [[1.0, 2.0], [3.0, 4.0]], "t": [1.0, 2.0]}, "outputs": {"s": "sum(a - t)"}}, id="rows"),
]  # fmt: skip


@pytest.mark.parametrize("spec", SILENT)
def test_a_silent_matrix_is_told(spec: dict) -> None:
    (sentence,) = stretched(jaccli.parse(spec).built)
    assert ("(3, 1)" in sentence, "(3,)" in sentence, "(3, 3)" in sentence) == (True, True, True)


@pytest.mark.parametrize("spec", MEANT)
def test_what_is_meant_is_not_told(spec: dict) -> None:
    assert stretched(jaccli.parse(spec).built) == ()


def test_it_stands_in_the_text_of_a_report() -> None:
    spec = {"inputs": {"a": A, "t": T}, "outputs": {"loss": "mean((a - t)**2)"}}
    text = " ".join(jaccli.report_text(jaccli.parse(spec).gradcheck()).split())
    assert "`a` (shape (3, 1)) minus `t` (shape (3,)) has shape (3, 3)" in text
