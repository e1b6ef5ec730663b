"""Kinks where elements are equal are called ties, and no other kinks are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli


def kinks(fn: Any, inputs: Any, **claims: Any) -> dict[str, set[str]]:
    """Return what is said of the kink, by outcome."""
    found: dict[str, set[str]] = {}
    for check in jaccli.gradcheck(fn, inputs, **claims).checks:
        found.setdefault(check.outcome, set()).add(check.kink)
    return found


def larger(x: Any, y: Any) -> Any:
    return np.where(x > y, x, y)


def one_sided(x: Any, y: Any) -> Any:
    return np.diag(1.0 * (x > y)), np.diag(1.0 * (x <= y))


def both(x: Any, y: Any) -> Any:
    return np.diag(1.0 * (x >= y)), np.diag(1.0 * (x <= y))


def in_order(x: Any) -> Any:
    return np.eye(len(x))[np.argsort(x)]


def every(x: Any) -> Any:
    return (np.sort(x)[:, None] == x).astype(float)


X, Y = np.array([1.0, 2.0]), np.array([1.0, 3.0])
PAIR, SAME = np.array([2.0, 2.0, 1.0, 3.0]), "{} are equal, and the slope by each leaps where they are"
TIES = {
    "the larger of two, one side": (larger, (X, Y), one_sided, "pass", "x[0] and y[0]"),
    "the larger of two, both": (larger, (X, Y), both, "fail", "x[0] and y[0]"),
    "sort, in order": (np.sort, PAIR, in_order, "pass", "a[0] and a[1]"),
    "sort, every equal one": (np.sort, PAIR, every, "fail", "a[0] and a[1]"),
    "median": (lambda x: np.sort(x)[1], np.array([2.0, 2.0, 1.0]), lambda x: np.array([1.0, 1, 0]), "fail", "x[0] and x[1]"),
    "distance": (lambda x: np.abs(x[0] - x[1]), np.array([0.3, 0.3]), lambda x: np.array([0.5, -0.5]), "pass", "x[0] and x[1]"),
    "three": (np.max, np.array([1.0, 1.0, 1.0]), lambda a: np.array([1.0, 1.0, 1.0]), "fail", "a[0], a[1] and a[2]"),
}  # fmt: skip


@pytest.mark.parametrize("name", TIES)
def test_tie_is_named_with_its_elements(name: str) -> None:
    fn, inputs, jacobian, outcome, names = TIES[name]
    assert f"a tie: {SAME.format(names)}" in kinks(fn, inputs, jacobian=jacobian)[outcome]


NONE = {
    "relu at 0": (lambda x: np.sum(np.maximum(x, 0)), np.zeros(2), lambda x: np.array([0.5, 0.5])),
    "relu at 0, wrong": (lambda x: np.sum(np.maximum(x, 0)), np.zeros(2), lambda x: np.array([2.0, 0.5])),
    "norm at 0": (lambda x: np.sqrt(np.sum(x**2)), np.zeros(3), lambda x: np.zeros(3)),
    "a constant": (lambda x: np.sum(np.minimum(x, 2.0)), np.array([2.0, 2.0]), lambda x: np.array([1.0, 0.0])),
    "smooth": (lambda x: np.prod(x), np.array([2.0, 2.0]), lambda x: np.array([2.0, 3.0])),
    "kinks apart": (lambda x: np.abs(x[0] - 1) + np.abs(x[1] - 1), np.array([1.0, 1.0]), lambda x: np.array([0.0, 3.0])),
}  # fmt: skip


@pytest.mark.parametrize("name", NONE)
def test_other_kinks_are_no_ties(name: str) -> None:
    fn, x, jacobian = NONE[name]
    assert {words for found in kinks(fn, x, jacobian=jacobian).values() for words in found} == {""}


def test_ties_of_torch_are_named() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'jaccli[torch]'")
    found = kinks(lambda x: torch.topk(x, 2).values, torch.tensor([2.0, 2.0, 1.0], dtype=torch.float64))
    assert f"a tie: {SAME.format('x[0] and x[1]')}" in found["pass"]
