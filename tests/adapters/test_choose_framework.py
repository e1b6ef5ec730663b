"""Which framework is asked for, and what is said where it cannot be had."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import jaccli
from jaccli.adapters.choose import FRAMEWORKS
from jaccli.adapters.framework import library
from jaccli.errors import MissingLibrary

X = np.array([0.5, -1.0])


@pytest.mark.parametrize("extra", [name for name in FRAMEWORKS if name != "numpy"])
def test_gradcheck_names_the_extra_of_a_framework_that_is_not_installed(extra: str, monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, extra, None)
    with pytest.raises(MissingLibrary, match=rf"'framework' '{extra}' needs .*; try: pip install 'jaccli\[{extra}\]'"):
        jaccli.gradcheck(np.sin, X, framework=extra)


def test_library_returns_what_is_installed() -> None:
    assert library("numpy", "NumPy", "numpy") is np


def test_gradcheck_refuses_a_framework_it_does_not_know() -> None:
    with pytest.raises(jaccli.UsageError, match="'framework' 'torhc' is not one jaccli checks; did you mean `torch`"):
        jaccli.gradcheck(np.sin, X, framework="torhc")


@pytest.mark.parametrize(
    ("domain", "match"),
    [
        ({"y": "positive"}, "'domain' names `y`; inputs: x"),
        ({"x": "postive"}, "'domain' 'postive' is not known; did you mean `positive`"),
    ],
)
def test_gradcheck_refuses_a_domain_it_does_not_know(domain: dict[str, str], match: str) -> None:
    with pytest.raises(jaccli.UsageError, match=match):
        jaccli.gradcheck(lambda x: np.sin(x), X, jacobian=lambda x: np.diag(np.cos(x)), domain=domain)


def test_gradcheck_says_that_a_point_lies_outside_its_domain() -> None:
    report = jaccli.gradcheck(lambda x: np.sin(x), X, jacobian=lambda x: np.diag(np.cos(x)), domain={"x": "positive"})
    assert [(check.code, check.message) for check in report.checks] == [
        ("JAC304", "input `x` is not positive, as 'domain' says")
    ]


def test_gradcheck_takes_derivatives_by_hand_along_a_domain() -> None:
    A = np.array([[2.0, 0.5], [0.5, 1.0]])
    lower = jaccli.gradcheck(
        lambda A: np.linalg.cholesky(A).sum(), A, jacobian=_cholesky_sum, domain={"A": "symmetric"}
    )
    assert lower.ok, jaccli.report_text(lower)


def _cholesky_sum(A: Any) -> Any:
    """Return the gradient of the sum of a Cholesky factor by complex steps of its three elements, lower triangle only."""
    J = np.zeros((2, 2))
    for i, j in ((0, 0), (1, 0), (1, 1)):
        (a, b), c = A[0].astype(complex), complex(A[1, 1])
        a, b, c = a + 1e-20j * ((i, j) == (0, 0)), b + 1e-20j * ((i, j) == (1, 0)), c + 1e-20j * ((i, j) == (1, 1))
        first = a**0.5
        J[i, j] = (first + b / first + (c - (b / first) ** 2) ** 0.5).imag / 1e-20
    return J
