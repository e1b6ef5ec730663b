"""Blocks with many columns: every planted mistake is found by random directions and named, right derivatives pass."""

from __future__ import annotations

from typing import Any

import pytest

import jaccli
from jaccli.checker.options import CheckOptions
from jaccli.checker.specs.run import check

N = 10_000
RIGHT = "(cos(x) + 0.1*sin(x))*exp(0.1*x)"


def claimed(claim: str, seed: int = 0, **options: Any) -> Any:
    model = jaccli.parse(
        {
            "inputs": {"x": {"shape": [N], "init": "normal", "seed": 3}},
            "let": {"k": f"arange({N})"},
            "outputs": {"s": "sum(sin(x)*exp(0.1*x))"},
            "jacobian": {"s": {"x": claim}},
        }
    )
    report = check(model.built, CheckOptions(directions=8, seed=seed, **options))
    return {found.tested: found for found in report.checks}


@pytest.fixture(scope="module")
def right() -> Any:
    return claimed(RIGHT)


@pytest.mark.parametrize("route", ["forward", "reverse", "claim"])
def test_large_block_passes_with_a_guarantee(right: Any, route: str) -> None:
    assert (right[route].outcome, right[route].decided) == ("pass", N)
    assert "with confidence 1 - 1e-06" in right[route].guarantee


@pytest.mark.parametrize(("factor", "seed"), [("2", 0), ("1.01", 1), ("1.0001", 2), ("0", 3)])
def test_large_block_names_the_one_wrong_entry(factor: str, seed: int) -> None:
    found = claimed(f"{RIGHT}*where(k == {1234 + 2345 * seed}, {factor}, 1)", seed)["claim"]
    assert (found.outcome, found.wrt_index, found.guarantee) == ("fail", (1234 + 2345 * seed,), None)


def test_large_block_finds_two_swapped_columns() -> None:
    swapped = f"where(k == 10, ({RIGHT})[20], where(k == 20, ({RIGHT})[10], {RIGHT}))"
    found = claimed(swapped)["claim"]
    assert (found.outcome, found.wrt_index[0] in (10, 20)) == ("fail", True)


def test_large_block_finds_a_zeroed_part() -> None:
    found = claimed(f"{RIGHT}*where(k < 300, 0, 1)")["claim"]
    assert (found.outcome, found.wrt_index[0] < 300) == ("fail", True)


def test_large_block_finds_a_small_factor_everywhere() -> None:
    assert claimed(f"1.0005*{RIGHT}")["claim"].outcome == "fail"


def test_large_block_is_the_same_for_the_same_seed(right: Any) -> None:
    assert claimed(RIGHT)["forward"].abs_error == right["forward"].abs_error


def test_large_block_takes_other_directions_for_another_seed(right: Any) -> None:
    assert claimed(RIGHT, seed=1)["forward"].value != right["forward"].value


def test_large_block_is_chosen_where_differences_cost_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    from jaccli.checker.references import certified
    from jaccli.checker.specs import graph_problem

    monkeypatch.setattr(graph_problem, "BUDGET", 1e3)
    monkeypatch.setattr(certified, "BALL_BUDGET", 1.0)
    model = jaccli.parse({"inputs": {"x": [0.1] * 50}, "outputs": {"y": "tanh(x)"}})
    routes = [{c.reference_route for c in check(model.built, CheckOptions(full=full)).checks} for full in (False, True)]
    assert (routes[0] >= {"segments"}, routes[1]) == (True, {"difference"})


def test_large_block_of_many_rows_checks_reverse_mode_by_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    from jaccli.checker.directions import products as large

    monkeypatch.setattr(large, "MAX_ROWS", 0)
    model = jaccli.parse({"inputs": {"x": {"shape": [40], "init": "normal"}}, "outputs": {"y": "tanh(x)"}})
    (found,) = [c for c in check(model.built, CheckOptions(directions=8)).checks if c.tested == "reverse"]
    assert (found.outcome, "8 random pairs" in (found.guarantee or "")) == ("pass", True)
