"""The bound that random directions prove: its factor, how often it holds, and what fails or stays open."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from jaccli.difference import along
from jaccli.verdict.decide import FAIL, INCONCLUSIVE, PASS
from jaccli.verdict.guarantee import Rows, bound_factor, judge_rows, pair_factor, sentence


@pytest.mark.parametrize(("rows", "expected"), [(1, 4.45), (10_000, 14.2)])
def test_bound_factor_of_eight_directions(rows: int, expected: float) -> None:
    assert bound_factor(rows, 8) == pytest.approx(expected, rel=5e-3)


def test_bound_factor_keeps_its_promise(rng: np.random.Generator) -> None:
    alpha, trials = 0.05, 20_000
    largest = np.abs(rng.standard_normal((trials, 4))).max(axis=1)  # residuals of an error row of size 1
    missed = np.mean(bound_factor(1, 4, alpha) * largest < 1)
    assert missed == pytest.approx(alpha, abs=0.01)


def test_pair_factor_keeps_its_promise_for_an_error_of_rank_one(rng: np.random.Generator) -> None:
    alpha, trials = 0.05, 20_000
    largest = np.abs(rng.standard_normal((trials, 4)) * rng.standard_normal((trials, 4))).max(axis=1)
    assert np.mean(pair_factor(4, alpha) * largest < 1) == pytest.approx(alpha, abs=0.01)


MATRIX = np.array([[1.0, -2.0, 3.0], [0.5, 0.25, -0.125]])


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        pytest.param(0.0, PASS, id="right"),
        pytest.param(1e-3, FAIL, id="0.1 %"),
        pytest.param(1e-8, INCONCLUSIVE, id="below rtol, above noise"),
    ],
)
def test_judge_rows_weighs_a_row(error: float, outcome: int, rng: np.random.Generator) -> None:
    u = rng.standard_normal((8, 3))
    reference = along(lambda points: points @ MATRIX.T, np.ones(3), u)
    tested = (MATRIX + error * np.array([[1.0], [0.0]])) @ u.T
    rows = judge_rows(tested, reference, MATRIX.sum(axis=1), rtol=1e-6, factor=bound_factor(2, 8))
    assert rows.outcome.tolist() == [[outcome], [PASS]]


def test_judge_rows_decides_nothing_where_no_direction_is_known(rng: np.random.Generator) -> None:
    u = rng.standard_normal((8, 3))
    reference = along(lambda points: points @ MATRIX.T, np.ones(3), u)
    unknown = replace(reference, reason=np.full(reference.value.shape, "kink", dtype=object))
    rows = judge_rows(MATRIX @ u.T, unknown, np.ones(2), rtol=1e-6, factor=4.45)
    assert rows.outcome.tolist() == [[INCONCLUSIVE], [INCONCLUSIVE]]


@pytest.mark.parametrize(
    ("size", "tested", "outcome"),
    [
        pytest.param(1e-3, 1.0, PASS, id="a bound of 0.1 %"),
        pytest.param(1e-4, 1.0, INCONCLUSIVE, id="a bound of 2 %"),
        pytest.param(1e-6, 1.0, INCONCLUSIVE, id="a bound of the row's size"),
        pytest.param(3e-7, 0.0, INCONCLUSIVE, id="half of the entries missing"),
        pytest.param(1e-15, 1.0, PASS, id="zero to rounding"),
        pytest.param(0.0, 1.0, PASS, id="zero"),
    ],
)
def test_judge_rows_passes_no_row_whose_bound_is_worthless(
    size: float, tested: float, outcome: int, rng: np.random.Generator
) -> None:
    matrix, u = size * np.ones((1, 4)), rng.standard_normal((8, 4))
    right = along(lambda points: points @ matrix.T, np.ones(4), u)
    clear = np.full((1, 8), "", dtype=object)
    noisy = replace(right, value=matrix @ u.T, error_bar=np.full((1, 8), 5e-7), reason=clear)
    claimed = matrix * np.array([1.0, 1.0, tested, tested])
    rows = judge_rows(claimed @ u.T, noisy, np.array([1e6]), rtol=1e-6, factor=bound_factor(1, 8))
    assert rows.outcome.tolist() == [[outcome]]


def test_judge_rows_knows_the_curvature_of_a_row_without_a_slope(rng: np.random.Generator) -> None:
    u = rng.standard_normal((8, 4))
    flat = along(lambda points: points @ np.zeros((4, 1)), np.ones(4), u)
    known = replace(
        flat, error_bar=np.zeros((1, 8)), curvature=np.ones((1, 8)), reason=np.full((1, 8), "", dtype=object)
    )
    rows = judge_rows(np.full((1, 8), 1e-14), known, np.zeros(1), rtol=1e-6, factor=bound_factor(1, 8))
    assert rows.outcome.tolist() == [[PASS]]


@pytest.mark.parametrize(("small", "outcome"), [(0.9e-15, INCONCLUSIVE), (0.0, PASS)])
def test_judge_rows_passes_small_inputs_beside_others_only_as_exact_zeros(
    small: float, outcome: int, rng: np.random.Generator
) -> None:
    u = rng.standard_normal((16, 4))
    reference = along(lambda points: points @ np.zeros((4, 1)), np.ones(4), u)
    value = np.concatenate([np.ones((1, 8)), np.full((1, 8), 1e-15)], axis=1)
    clear = np.full((1, 16), "", dtype=object)
    known = replace(reference, value=value, error_bar=np.zeros((1, 16)), curvature=np.zeros((1, 16)), reason=clear)
    tested = np.concatenate([np.ones((1, 8)), np.full((1, 8), small)], axis=1)
    rows = judge_rows(tested, known, np.ones(1), rtol=1e-6, factor=bound_factor(2, 8), own_steps=(True, True))
    assert rows.outcome.tolist() == [[PASS, outcome]]


def test_sentence_states_its_numbers(rng: np.random.Generator) -> None:
    u = rng.standard_normal((8, 3))
    reference = along(lambda points: points @ MATRIX.T, np.ones(3), u)
    rows = judge_rows(MATRIX @ u.T, reference, np.ones(2), rtol=1e-6, factor=bound_factor(2, 8))
    pattern = r"with confidence 1 - 1e-06 no row of 2 is off by more than \de-1\d of its size, .*8 random directions, seed 7, 110 "
    assert re.match(pattern, sentence(rows, 8, 7, 110))


def test_the_row_that_is_shown_is_a_failure_before_an_open_one_before_the_largest_residual() -> None:
    residual = np.array([[[0.1, 0.9]], [[0.2, 0.1]], [[0.3, 0.6]]])
    one = np.ones((3, 1))
    made = [
        Rows(np.array(outcome)[:, None], residual, np.ones((3, 1, 2)), one, one, one < 0)
        for outcome in ([PASS, INCONCLUSIVE, FAIL], [PASS, INCONCLUSIVE, PASS], [PASS, PASS, PASS])
    ]
    assert [rows.worst for rows in made] == [(2, 0, 1), (1, 0, 0), (0, 0, 1)]
