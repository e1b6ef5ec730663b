"""Inputs that are small beside constants of 1 are moved by steps of the scale that the user gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import jaccli
from jaccli.cli import app

X = np.array([1e-6, -2e-6, 3e-6])
FACTOR = np.array([0.3, 1.1, -0.7])


def spread(x: Any) -> Any:
    """Return what t-SNE starts with: the logarithm of sums of 1/(1 + d²), at distances of 1e-6."""
    d = (x[:, None] - x[None, :]) ** 2
    return np.log(np.sum(1 / (1 + d))) + np.sum(FACTOR * np.log1p(d).sum(1))


def slope(x: Any) -> Any:
    d = x[:, None] - x[None, :]
    q = 1 / (1 + d**2)
    first = -4 * np.sum(d * q**2, axis=1) / np.sum(q)
    return first + 2 * np.sum((FACTOR[:, None] + FACTOR[None, :]) * d * q, axis=1)


def test_without_a_scale_small_inputs_are_open() -> None:
    assert jaccli.gradcheck(spread, X, jacobian=slope).outcome == "inconclusive"


@pytest.mark.parametrize(("factor", "outcome"), [(1.0, "pass"), (1.01, "fail")])
@pytest.mark.parametrize("scale", [1.0, {"x": 0.5}, np.array([1.0, 2.0, 0.5])], ids=["number", "by input", "array"])
def test_scale_decides(scale: Any, factor: float, outcome: str) -> None:
    report = jaccli.gradcheck(spread, {"x": X}, jacobian=lambda x: factor * slope(x), scale=scale, rtol=1e-4)
    assert report.outcome == outcome, jaccli.report_text(report)


def test_scale_shows_the_point_that_was_given() -> None:
    report = jaccli.gradcheck(spread, {"x": X}, jacobian=lambda x: 2 * slope(x), scale=1.0, rtol=1e-4)
    failed = report.checks[0]
    assert (failed.point["x"].tolist(), "scale=1" in failed.rerun) == (X.tolist(), True)


def test_scale_holds_for_a_framework() -> None:
    torch = pytest.importorskip("torch")

    def fn(x: Any) -> Any:
        d = (x[:, None] - x[None, :]) ** 2
        return torch.log((1 / (1 + d)).sum()) + torch.log1p(d).sum()

    assert jaccli.gradcheck(fn, {"x": torch.from_numpy(X)}, scale={"x": 1.0}, rtol=1e-4).ok


@pytest.mark.parametrize(("scale", "message"), [
    ({"z": 1.0}, "'scale' names `z`; inputs: x"), (-1.0, r"'scale' of `x` must be positive \(got -1\)"),
    (np.ones(2), r"'scale' of `x` has shape \(2,\), expected a number or \(3,\)"), ("wide", r"'scale' of `x` has shape \(\)"),
], ids=["name", "sign", "shape", "word"])  # fmt: skip
def test_scale_that_does_not_fit_is_refused(scale: Any, message: str) -> None:
    with pytest.raises(jaccli.UsageError, match=message):
        jaccli.gradcheck(spread, {"x": X}, jacobian=slope, scale=scale)


def test_scale_is_for_doubles() -> None:
    with pytest.raises(jaccli.UsageError, match="'scale' is for functions that run in float64"):
        jaccli.gradcheck(np.sin, X.astype(np.float32), jacobian=lambda x: np.diag(np.cos(x)), scale=1.0)


PROGRAM = """
import numpy as np
import jaccli
def f(x):
    return np.sum(np.log1p((x[:, None] - x[None, :]) ** 2))
def df(x):
    d = x[:, None] - x[None, :]
    return 4 * np.sum(d / (1 + d**2), axis=1)
@jaccli.check(x=np.array([1e-6, -2e-6, 3e-6]), jacobian=lambda x: df(x), scale=1.0, rtol=1e-4)
def g(x):
    return 1 + f(x)
def h(x):
    return 1 + f(x)
"""


@pytest.mark.parametrize(("line", "code"), [
    (["f.py::g"], 0),
    (["f.py::h", "--jacobian", "df", "--at", "x=[1e-6, -2e-6, 3e-6]", "--rtol", "1e-4"], 4),
    (["f.py::h", "--jacobian", "df", "--at", "x=[1e-6, -2e-6, 3e-6]", "--rtol", "1e-4", "--scale", "x=1"], 0),
    (["f.py::h", "--jacobian", "df", "--at", "x=[1e-9]", "--scale", "z=1"], 2),
    (["f.py::h", "--jacobian", "df", "--at", "x=[1e-9]", "--scale", "x=-1"], 2),
    (["-e", "y = x**2", "--at", "x=1", "--scale", "x=1"], 2),
], ids=["decorator", "without", "option", "no such input", "negative", "expression"])  # fmt: skip
def test_scale_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: list[str], code: int) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f.py").write_text(PROGRAM)
    done = CliRunner().invoke(app, ["gradcheck", *line])
    assert done.exit_code == code, done.output
