"""The kind of a mistake is named where one kind explains the whole block."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from jaccli.verdict import decide, diagnose
from jaccli.verdict.evidence import Evidence
from jaccli.verdict.factors import cause

J = np.array([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    ("tested", "code"),
    [
        pytest.param(-J, "JAC101", id="sign"),
        pytest.param(2 * J, "JAC102", id="factor 2"),
        pytest.param(1.01 * J, "JAC102", id="factor 1.01"),
        pytest.param(J.T, "JAC103", id="transposed"),
        pytest.param(0 * J, "JAC112", id="detached"),
        pytest.param(np.where(J == 3, np.nan, J), "JAC110", id="nan"),
        pytest.param(J + np.array([[0, 0], [0, 1.0]]), "JAC100", id="one wrong entry"),
    ],
)
def test_diagnose_names_the_mistake(tested: Any, code: str) -> None:
    decision = decide(tested, J, 1e-9 * np.abs(J), np.ones_like(J), rtol=1e-6)
    assert diagnose(tested, J, decision, 1)[0] == code


@pytest.mark.parametrize(
    ("tested", "code", "words"),
    [
        pytest.param(-2 * J, "JAC102", "expected = -2; a lost minus sign, and twice", id="sign and factor"),
        pytest.param(2 * J, "JAC102", "expected = 2; twice", id="factor alone"),
        pytest.param(J * [[-1], [1]], "JAC101", "expected = -1.000 in 2 of 4 entries", id="sign of a row"),
        pytest.param(J * [[2], [1]], "JAC102", "expected = 2 in 2 of 4 entries; twice", id="factor of a row"),
    ],
)
def test_diagnose_says_which_sign_and_factor(tested: Any, code: str, words: str) -> None:
    decision = decide(tested, J, 1e-9 * np.abs(J), np.ones_like(J), rtol=1e-6)
    found, help_ = diagnose(tested, J, decision, 1)
    assert (found, words in help_) == (code, True), help_


@pytest.mark.parametrize(
    ("ratio", "length", "words"),
    [
        (5.0, 5, "5, the rows: a sum taken for a mean"),
        (1 / 4, 4, "1/4, the rows: a mean taken for a sum"),
        (3.0, 3, "three times: the 3 of a cube"),
        (1 / 2, 2, "half: the 2 of a square"),
    ],
)
def test_cause_of_a_length_that_is_no_power_is_a_mean(ratio: float, length: int, words: str) -> None:
    assert str(cause(ratio, {"the rows": length})).startswith(words)


def test_diagnose_says_when_the_right_derivative_is_zero() -> None:
    decision = decide(np.ones(2), np.zeros(2), np.zeros(2), np.ones(2), rtol=1e-6)
    assert diagnose(np.ones(2), np.zeros(2), decision, 0) == ("JAC100", "the right derivative is zero here")


BLOCK = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])
WRONG = BLOCK + np.array([[0.1, 0.23, 0.41, 0.7], [0.2, 0.31, 0.13, 0.6]])  # no factor, no sign


def help_of(wrong: Any, z: Any = ()) -> str:
    """Return the help on a block that is wrong where ``wrong`` says, beside a value ``z`` of the graph."""
    tested = np.where(np.array(wrong, dtype=bool), WRONG, BLOCK)
    decision = decide(tested, BLOCK, 1e-9 * BLOCK, np.ones_like(BLOCK), rtol=1e-6)
    patterns = {"z": np.array(z, dtype=float)} if len(z) else {}
    return diagnose(tested, BLOCK, decision, 1, Evidence(patterns=patterns))[1]


@pytest.mark.parametrize(
    ("wrong", "z", "words"),
    [
        pytest.param(
            [[0, 1, 0, 1]] * 2, [1, -1, 2, -2], "wrong exactly where z < 0", id="columns where it is negative"
        ),
        pytest.param(
            [[1, 0, 1, 0]] * 2, [1, -1, 2, -2], "wrong exactly where z > 0", id="columns where it is positive"
        ),
        pytest.param([[1, 0, 1, 0]] * 2, [1, 0, 2, 0], "wrong exactly where z > 0", id="and zero elsewhere"),
        pytest.param([[0, 1, 1, 1]] * 2, [1, -1, 2, -2], "", id="others as well"),
        pytest.param(
            [[0, 0, 0, 1]] * 2, [1, 1, 2, -2], "only input 3 is wrong, in 2 entries", id="one column is no pattern"
        ),
        pytest.param([[0, 0, 0, 0], [1, 1, 0, 1]], (), "only output 1 is wrong, in 3 entries", id="a row"),
        pytest.param([[1, 0, 0, 1], [1, 1, 0, 1]], (), "", id="several of both"),
        pytest.param([[1, 1, 1, 1]] * 2, [1, -1, 2, -2], "", id="all of them"),
    ],
)
def test_diagnose_says_where_the_wrong_entries_are(wrong: Any, z: Any, words: str) -> None:
    found = help_of(wrong, z)
    assert words in found
    assert ("only" in found or "exactly" in found) == bool(words)


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (57.29577951308232, "radians taken for degrees"),
        (0.017453292519943295, "degrees taken for radians"),
        (2.302585092994046, "log 10"),
        (0.15915494309189535, "an angle's 2π is lost"),
        (2.0003, ""),
    ],
)
def test_a_factor_is_traced_to_its_cause(factor: float, words: str) -> None:
    found = cause(-factor, {})
    assert found is None if not words else words in str(found)


A = np.array([[1.0, 3e-5, -2e-5], [1e-5, -2.0, 4e-5], [-6e-5, 2e-5, 0.5]])  # what a loose tolerance makes of a diagonal
OFF = np.array([1e-4, -3e-4, 2e-4])


@pytest.mark.parametrize(
    ("tested", "named"),
    [
        pytest.param(np.diag(np.diag(A) * (1 + OFF)), True, id="a solver of many equations"),
        pytest.param(A * (1 + np.outer(OFF, [1, 2, 3])), True, id="every entry a little"),
        pytest.param(np.diag(np.diag(A)), False, id="what is small is forgotten"),
        pytest.param(np.diag(np.diag(A)) * (1 + 0.1 * np.outer([1, 2, 3], [1, 1, 1])), False, id="far off"),
        pytest.param(A + 0.3 * np.outer([0, 1, 0], [0, 0, 1]), False, id="one entry, far off"),
    ],
)
def test_small_errors_that_nothing_explains_are_those_of_a_solver(tested: Any, named: bool) -> None:
    decision = decide(tested, A, 1e-9 * np.abs(A), np.ones_like(A), rtol=1e-6)
    help_ = diagnose(tested, A, decision, 1)[1]
    assert ("a solver or an iteration that stops early" in help_) == named, help_
