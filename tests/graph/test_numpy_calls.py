"""Hundreds of calls mean what NumPy means by the same text: the values to a few ulps, the derivatives by difference."""

from __future__ import annotations

import calls
import numpy as np
import pytest
from calls import CALLS, mismatch


@pytest.mark.parametrize("call", CALLS)
def test_call_means_what_numpy_means(call: str) -> None:
    assert mismatch(call) is None


def test_there_are_hundreds_of_different_calls() -> None:
    assert len(set(CALLS)) == len(CALLS) >= 400


def test_a_wrong_value_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(calls.NAMES, "sin", lambda a: np.sin(a) * (1 + 1e-14))
    assert "values" in str(mismatch("sin(p)"))


def test_a_wrong_derivative_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(calls.NAMES, "sin", lambda a: np.sin(np.real(a)) + 1.0005j * np.cos(np.real(a)) * np.imag(a))
    assert "derivative" in str(mismatch("sin(p)"))
