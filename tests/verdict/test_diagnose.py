"""The kind of a mistake is named where one kind explains the whole block."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from jaccli.verdict import decide, diagnose

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


def test_diagnose_says_when_the_right_derivative_is_zero() -> None:
    decision = decide(np.ones(2), np.zeros(2), np.zeros(2), np.ones(2), rtol=1e-6)
    assert diagnose(np.ones(2), np.zeros(2), decision, 0) == ("JAC100", "the right derivative is zero here")
