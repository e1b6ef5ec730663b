"""Derivatives by matrices that a function takes for symmetric: the failure names the domain in which they are right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import jaccli

S = np.array([[2.0, 0.3, -0.5], [0.3, 1.5, 0.2], [-0.5, 0.2, 1.8]])
C = np.array([[0.4, -1.1, 0.7], [0.2, 0.9, -0.3], [1.3, 0.1, 0.5]])
HINT = 'check with domain={"A": "symmetric"}'


def lower(A: Any) -> Any:
    """Return a sum that reads the lower triangle of a matrix only."""
    return np.sum(C * (np.tril(A) + np.tril(A, -1).T))


def both(A: Any) -> Any:
    """Return its derivative, written for both triangles."""
    return 0.5 * (C + C.T)


def quadratic(A: Any) -> Any:
    return np.sum(C * (A @ A))


def slope(A: Any) -> Any:
    return C @ A.T + A.T @ C


@pytest.mark.parametrize(("fn", "A", "jacobian", "hinted"), [
    (lower, S, both, True),
    (lower, S, lambda A: 1.01 * both(A), False),
    (lower, S + 0.1 * np.tri(3, k=-1), both, False),
    (quadratic, S, lambda A: 0.5 * (slope(A) + slope(A).T), True),
    (quadratic, S, lambda A: slope(A).T, False),
    (lambda A: np.sum(C[:2, :2] * A[0, :2, :2]), S[None], lambda A: np.zeros((1, 3, 3)), False),
], ids=["one triangle", "off by 1 %", "not symmetric", "symmetrised", "transposed", "zero"])  # fmt: skip
def test_failure_names_the_symmetric_domain(fn: Any, A: Any, jacobian: Any, hinted: bool) -> None:
    report = jaccli.gradcheck(fn, {"A": A}, jacobian=jacobian)
    assert report.outcome == "fail"
    assert [HINT in check.help for check in report.checks if check.outcome == "fail"] == [hinted]


@pytest.mark.parametrize(("factor", "outcome"), [(1.0, "pass"), (1.001, "fail")])
def test_domain_that_is_named_judges_it(factor: float, outcome: str) -> None:
    report = jaccli.gradcheck(lower, {"A": S}, jacobian=lambda A: factor * both(A), domain={"A": "symmetric"})
    assert report.outcome == outcome


@pytest.mark.parametrize("name", ["cholesky", "eigvalsh", "logdet of one triangle"])
def test_every_failing_row_of_torch_names_the_domain(name: str) -> None:
    torch = pytest.importorskip("torch")
    functions = {
        "cholesky": lambda A: torch.linalg.cholesky(A),
        "eigvalsh": lambda A: torch.linalg.eigvalsh(A),
        "logdet of one triangle": lambda A: torch.linalg.cholesky(A).diagonal().log().sum(),
    }
    report = jaccli.gradcheck(functions[name], {"A": torch.from_numpy(S)})
    rows = [check for check in report.checks if check.outcome == "fail"]
    assert (len(rows) > 1, all(HINT in check.help for check in rows)) == (True, True)


def test_failure_beside_a_symmetric_point_names_the_symmetric_domain() -> None:
    torch = pytest.importorskip("torch")
    report = jaccli.gradcheck(lambda A: torch.linalg.eigvalsh(A), {"A": torch.eye(2, dtype=torch.float64)})
    failing = [check for check in report.checks if check.outcome == "fail"]
    assert failing
    assert all("beside the point given" in check.help and HINT in check.help for check in failing)
