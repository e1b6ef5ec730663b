"""Right numbers in the wrong places are named, with the order that they are in, along the right side of the block."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from jaccli.types import Array
from jaccli.verdict import decide, diagnose

J: Array = np.random.default_rng(7).uniform(1.0, 9.0, (3, 4))
FOUR: Array = np.random.default_rng(8).uniform(1.0, 9.0, (2, 3, 2, 3))


def named(tested: Any, value: Array, rank: int) -> tuple[str, str]:
    decision = decide(tested, value, 1e-9 * np.abs(value), np.ones_like(value), rtol=1e-6)
    return diagnose(tested, value, decision, rank)


@pytest.mark.parametrize(
    ("tested", "words"),
    [
        (J[[1, 0, 2]], "the outputs are right but in another order; place 0 holds that of 1, 1 holds that of 0"),
        (J[:, [0, 3, 2, 1]], "place k holds that of -k (modulo the length)"),
        (J[:, [3, 1, 2, 0]], "the inputs are right but in another order; place 0 holds that of 3, 3 holds that of 0"),
        (J[:, ::-1], "the inputs are right but in another order; place k holds that of n - 1 - k"),
        (J[::-1], "the outputs are right but in another order; place k holds that of n - 1 - k"),
    ],
    ids=["rows", "frequencies", "columns", "columns turned round", "rows turned round"],
)
def test_diagnose_names_the_order_of_rows_or_columns(tested: Array, words: str) -> None:
    code, help_ = named(tested, J, 1)
    assert (code, words in help_) == ("JAC111", True)


def test_diagnose_says_along_which_axis_an_order_runs_backwards() -> None:
    code, help_ = named(FOUR[:, ::-1], FOUR, 2)
    assert (code, "place k holds that of n - 1 - k along axis 1" in help_) == ("JAC111", True)


def test_diagnose_names_no_order_of_what_is_not_decided() -> None:
    tested, error = J[[1, 0, 2]], np.where(np.arange(12).reshape(J.shape) == 11, np.inf, 1e-9 * J)
    decision = decide(tested, J, error, np.ones_like(J), rtol=1e-6)
    assert diagnose(tested, J, decision, 1)[0] != "JAC111"


@pytest.mark.parametrize(
    "tested",
    [J[[0, 0, 2]], J[:, [0, 1, 1, 3]], J[[1, 0, 2]] + np.eye(3, 4), J[[1, 2, 0]][:, [1, 0, 2, 3]]],
    ids=["a row twice", "a column twice", "not all of them", "both"],
)
def test_diagnose_names_no_order_that_does_not_explain_all(tested: Array) -> None:
    assert named(tested, J, 1)[0] != "JAC111"


@pytest.mark.parametrize(
    ("axes", "words"),
    [
        ((0, 1, 3, 2), "the input's axes are exchanged"),
        ((1, 0, 2, 3), "the output's axes are exchanged"),
        ((2, 3, 0, 1), "the transpose of the right one"),
        ((3, 2, 1, 0), "output and input axes are mixed up"),
    ],
    ids=["input", "output", "transpose", "mixed"],
)
def test_diagnose_names_the_axes(axes: tuple[int, ...], words: str) -> None:
    code, help_ = named(FOUR.transpose(axes).reshape(FOUR.shape), FOUR, 2)
    assert (code, words in help_) == ("JAC103", True)
