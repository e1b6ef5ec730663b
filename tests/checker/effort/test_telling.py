"""A long check of a function says how far it is, in counted calls, and a short one says nothing."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest

from jaccli.adapters import Task, adapt
from jaccli.checker.effort.telling import telling
from jaccli.checker.functions.from_function import check_function

X = np.linspace(0.5, 1.5, 3)
SUBJECT = adapt(Task(np.sin, X, vjp=lambda x, y_bar: np.cos(x) * y_bar), "numpy")


def test_telling_counts_evaluations_and_products() -> None:
    out = io.StringIO()
    with telling(SUBJECT, "f.py::sin", out, every=1e-3) as told:
        assert check_function(told).ok
        while "evaluations" not in out.getvalue():
            time.sleep(1e-3)
    last = out.getvalue().splitlines()[-1]
    assert last.startswith("checking f.py::sin: ")
    assert "evaluations (easy differences take 27), " in last
    assert last.endswith(" products with derivatives (a Jacobian takes 3)")


def test_telling_changes_no_verdict() -> None:
    with telling(SUBJECT, "f", io.StringIO()) as told:
        assert [c.outcome for c in check_function(told).checks] == [c.outcome for c in check_function(SUBJECT).checks]


@pytest.mark.parametrize("every", [5.0, 60.0])
def test_telling_is_silent_where_a_check_ends_before(every: float) -> None:
    out = io.StringIO()
    with telling(SUBJECT, "f", out, every) as told:
        check_function(told)
    assert not out.getvalue()
