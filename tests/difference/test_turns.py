"""Eigenvectors turn their sign within a scale of a matrix: those leaps are no steps of lost digits, and the slope is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.results.kinds import Outcome

MATRICES = range(6)


def weighted_vectors(number: int) -> tuple[Any, Any]:
    numpy = pytest.importorskip("autograd.numpy")
    rng = np.random.default_rng([11, number])
    a, weights = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))

    def fn(a: Any) -> Any:
        return numpy.sum(weights * numpy.linalg.eigh((a + a.T) / 2)[1])

    return fn, a + a.T


@pytest.mark.parametrize("number", MATRICES)
def test_gradcheck_passes_eigenvectors_that_turn_their_sign(number: int) -> None:
    fn, a = weighted_vectors(number)
    assert jaccli.gradcheck(fn, a, framework="autograd").outcome == Outcome.PASS


@pytest.mark.parametrize("factor", [1.0005, -1.0, 0.0])
@pytest.mark.parametrize("number", MATRICES[:2])
def test_gradcheck_fails_wrong_derivatives_of_eigenvectors_that_turn_their_sign(number: int, factor: float) -> None:
    autograd = pytest.importorskip("autograd")
    fn, a = weighted_vectors(number)
    report = jaccli.gradcheck(fn, a, jacobian=lambda a: factor * autograd.jacobian(fn)(a), framework="numpy")
    assert report.outcome == Outcome.FAIL


@pytest.mark.parametrize(("factor", "outcome"), [(1.0, Outcome.PASS), (1.0005, Outcome.FAIL), (5 / 3, Outcome.FAIL)])
@pytest.mark.parametrize("m", [2.0, 2.5, 0.9])
def test_gradcheck_judges_a_remainder_by_its_modulus(m: float, factor: float, outcome: Outcome) -> None:
    number = 3.65 * m
    report = jaccli.gradcheck(
        lambda m: np.mod(number, m), np.array([m]), jacobian=lambda m: np.array([[-3.0 * factor]])
    )
    assert report.outcome == outcome
