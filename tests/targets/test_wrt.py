"""``--wrt y`` of a function of several inputs: the others are held, and the derivative by y alone is enough."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from jaccli.cli import app

ODE = """
import numpy as np
def f(t, y):
    return np.array([y[1], -np.sin(y[0]) * np.cos(t)])
def jac(t, y):
    return np.array([[0.0, 1.0], [-np.cos(y[0]) * np.cos(t), 0.0]])
def wrong(t, y):
    return np.array([[0.0, 1.0], [np.cos(y[0]) * np.cos(t), 0.0]])
def vjp(t, y, y_bar):
    return jac(t, y).T @ y_bar
def both(t, y):
    return np.array([0.0, np.sin(y[0]) * np.sin(t)]), jac(t, y)
"""


@pytest.mark.parametrize(("options", "code"), [
    (["--jacobian", "jac", "--wrt", "y"], 0),
    (["--jacobian", "wrong", "--wrt", "y"], 1),
    (["--vjp", "vjp", "--wrt", "y"], 0),
    (["--jacobian", "both", "--wrt", "y"], 0),
    (["--jacobian", "both", "--wrt", "t"], 0),
    (["--jacobian", "both"], 0),
    (["--jacobian", "jac"], 2),
    (["--jacobian", "jac", "--wrt", "z"], 2),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")  # fmt: skip
def test_wrt_holds_the_other_inputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ode.py").write_text(ODE)
    line = ["gradcheck", "ode.py::f", "--at", "t=0.3", "--at", "y=[0.5, 0.2]", *options]
    done = CliRunner().invoke(app, line)
    assert done.exit_code == code, done.output


@pytest.mark.parametrize("form", ["jacobian", "vjp"])
def test_a_derivative_by_one_input_alone_is_told_how_the_others_are_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ode.py").write_text(
        ODE.replace("def jac(", "def jacobian(").replace("jac(t, y).T", "jacobian(t, y).T")
    )
    line = ["gradcheck", "ode.py::f", "--at", "t=0.3", "--at", "y=[0.5, 0.2]", f"--{form}", form]
    shown = " ".join(CliRunner().invoke(app, line).output.split())
    assert "if it is that by `y` alone, hold the others: --wrt y" in shown
    (tmp_path / "same.py").write_text(
        ODE.replace("def jac(", "def jacobian(").replace("jac(t, y).T", "jacobian(t, y).T")
    )
    line = ["gradcheck", "same.py::f", "--at", "t=[0.3, 0.1]", "--at", "y=[0.5, 0.2]", f"--{form}", form]
    assert "--wrt y, in Python" not in " ".join(CliRunner().invoke(app, line).output.split())  # t has the shape of y
