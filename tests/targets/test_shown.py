"""``--scan`` and ``--smallest`` of functions in files: a picture of a wrong derivative, and a program that shows it again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from jaccli.checker.functions.files import check_target
from jaccli.checker.options import CheckOptions
from jaccli.errors import UsageError
from jaccli.results.checks import Report

ROOT = Path(__file__).parents[2]
NUMPY = """
import jaccli
import numpy as np

def layer(x, W):
    return np.tanh(x @ W)

def layer_vjp(inputs, y_bar):
    x, W = inputs
    z_bar = y_bar * (1 - np.tanh(x @ W) ** 2)
    return z_bar @ W.T, x.T @ z_bar / len(x)

@jaccli.check(x="normal(4)", k=2.345, n=3, vjp=lambda inputs, y_bar: {
    "x": y_bar * inputs["k"], "k": 1.0005 * sum(y_bar * inputs["x"]),
})
def marked(x, *, k, n):
    return k * x

@jaccli.check(x=np.linspace(0.1, 2.3, 5, dtype=np.float32), jacobian=lambda x: np.diag(1.01 / x))
def single(x):
    return np.log(x)

@jaccli.check(x=[0.5, 1.0], jacobian=lambda x: np.diag(np.cos(x)))
def right(x):
    return np.sin(x)
"""
TORCH = """
import torch

class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, y_bar):
        return y_bar * 2.9 * ctx.saved_tensors[0] ** 2

def cube(x=torch.tensor([[1.234, -0.5]], dtype=torch.float64)):
    return Cube.apply(x)
"""
JAX = """
import jax
import jax.numpy as jnp

@jax.custom_vjp
def cube(x):
    return x**3

cube.defvjp(lambda x: (x**3, x), lambda x, y_bar: (y_bar * 2.9 * x**2,))
"""
TENSORFLOW = """
import tensorflow as tf

@tf.custom_gradient
def cube(x):
    return x**3, lambda y_bar: y_bar * 2.9 * x**2
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("n", NUMPY), ("t", TORCH), ("j", JAX), ("f", TENSORFLOW)):
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


def checked(name: str, **options: object) -> Report:
    given = {"at": ("x=normal(2, 3)",), "scan": "first", "smallest": True, **options}
    return check_target(name, CheckOptions(**given))  # type: ignore[arg-type]


def ran(folder: Path, program: str) -> str:
    (folder / "shown.py").write_text(program)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "shown.py"], cwd=folder, env=env, capture_output=True, text=True, check=True)
    return done.stdout


LAYER = {"at": ("x=normal(2, 3)", "W=normal(3, 2)"), "derivatives": {"vjp": "layer_vjp"}}
CASES = [
    pytest.param("n.py::layer", LAYER, "JAC102", "", id="numpy"),
    pytest.param("n.py::marked", {"at": ()}, "JAC100", "", id="numpy, numbers, by the decorator, off by 0.05 %"),
    pytest.param("n.py::single", {"at": ()}, "JAC102", "", id="numpy, float32"),
    pytest.param("t.py::cube", {"at": ()}, "JAC102", "torch", id="torch"),
    pytest.param("t.py::Cube", {}, "JAC102", "torch", id="torch, the class"),
    pytest.param("j.py::cube", {}, "JAC102", "jax", id="jax"),
    pytest.param("f.py::cube", {}, "JAC102", "tensorflow", id="tensorflow"),
]


@pytest.mark.parametrize(("name", "options", "code", "library"), CASES)
def test_smallest_is_a_program_that_fails_in_the_same_way(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, options: dict[str, object], code: str, library: str
) -> None:
    if library:
        pytest.importorskip(library, reason=f"pip install 'jaccli[{library}]'")
    report = checked(name, **options)
    assert re.search(rf"^{code} .*FAIL", ran(folder, report.smallest), re.S | re.M)
    assert report.scan is not None
    assert abs(report.scan.slope - 1) < 0.1


def test_smallest_has_small_inputs() -> None:
    assert "inputs = (np.array([[" in (text := checked("n.py::layer", **LAYER).smallest)
    assert len(text.split("inputs = ")[1].splitlines()[0]) < 70


def test_nothing_is_smallest_where_nothing_fails_and_the_scan_is_of_the_first_entry() -> None:
    report = checked("n.py::right", at=())
    assert report.smallest == ""
    assert report.scan is not None
    assert (report.scan.entry.startswith("d y"), report.scan.slope > 1.9) == (True, True)


def test_scan_is_of_the_entry_that_is_named() -> None:
    report = checked("n.py::layer", **LAYER, scan="y[1, 0]/W[2, 0]")
    assert report.scan is not None
    assert report.scan.entry == "d y[1, 0] / d W[2, 0]"


def test_scan_of_float32_stops_at_its_rounding() -> None:
    report = checked("n.py::single", at=(), scan="y[0]/x[0]", rtol=0.1)
    assert report.scan is not None
    assert abs(report.scan.excess[0] + 0.1) < 0.02  # 1 % of 1/0.1


@pytest.mark.parametrize(("entry", "message"), [
    ("z/W", "--scan z/W: `z` is not an output; known: y"), ("y[0, 0]/w[0, 0]", r"`w` is not an input; did you mean `W`\?"),
    ("y[0, 0]/W[9, 9]", r"`W` has shape \(3, 2\), and no element \[9, 9\]"), ("y", "an entry is written OUTPUT/INPUT"),
])  # fmt: skip
def test_scan_of_an_entry_that_there_is_not_is_refused(entry: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        checked("n.py::layer", **LAYER, scan=entry)
