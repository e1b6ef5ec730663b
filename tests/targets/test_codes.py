"""Every code that a function in a file can draw, planted in one; terms and patterns (JAC104 to 107, 109, 113) need the graph of a spec."""

from __future__ import annotations

from pathlib import Path

import pytest

from jaccli.checker.functions.files import check_target
from jaccli.checker.options import CheckOptions

NUMPY = """
import time
import jaccli
import numpy as np

rng = np.random.default_rng(0)
A = np.array([[1.0, 2.0], [3.0, 4.0]])

def planted(fn, **more):
    return jaccli.check(**{"x": np.array([0.3, 0.7]), **more})(fn)

JAC100 = planted(lambda x: x**3, vjp=lambda x, v: v * x**3)
JAC101 = planted(lambda x: np.cos(x), vjp=lambda x, v: v * np.sin(x))
JAC102 = planted(lambda x: x**2, vjp=lambda x, v: v * x)
JAC103 = planted(lambda x: A @ x, vjp=lambda x, v: A @ v)
JAC108 = planted(lambda x: x**3, vjp=lambda x, v: 3 * x**2 * v, jvp=lambda x, dx: 3.0015 * x**2 * dx)
JAC110 = planted(lambda x: x**2, jacobian=lambda x: np.diag([2 * x[0], np.nan]))
JAC111 = planted(lambda x: x * np.array([1.0, 2.0]), jacobian=lambda x: np.array([[0.0, 2.0], [1.0, 0.0]]))
JAC112 = planted(lambda x: x**2, vjp=lambda x, v: 0 * v)
JAC115 = planted(lambda x: x**3, vjp=lambda x, v: 3 * x**2 * np.clip(v, -5, 5))
JAC201 = planted(lambda x: np.float64(np.float32(np.sum(np.sin(x)))), vjp=lambda x, v: v * 1.00001 * np.cos(x))
JAC202 = planted(lambda x: 1000 + abs(x - 1), x=np.array([1.00000000001]), vjp=lambda x, v: v)
JAC203 = planted(np.sin, x=np.array([1e15]), vjp=lambda x, v: np.cos(x) * v)
JAC204 = planted(lambda x: x**3 + 1e-6 * rng.random(), vjp=lambda x, v: 3 * x**2 * v)
JAC205 = planted(lambda x: np.sqrt(x), x=np.array([0.0]), vjp=lambda x, v: v / 2 / np.sqrt(x))
JAC207 = planted(
    lambda x: 1e12 * np.sin(x[0]) + np.sin(x[1]), jacobian=lambda x: np.array([1e12 * np.cos(x[0]), np.cos(x[1])])
)
JAC208 = planted(lambda x: time.sleep(9), vjp=lambda x, v: v)
JAC302 = planted(lambda x: x.cube(), vjp=lambda x, v: v)
JAC303 = planted(lambda x: x > 1, vjp=lambda x, v: v)
JAC304 = planted(lambda x: x, x=np.array([1, 2]), vjp=lambda x, v: v)
JAC305 = planted(lambda x: x, vjp=lambda x, v: v[:1])
JAC206 = planted(lambda x: np.log(1 + x), x=np.array([1e-14]), vjp=lambda x, v: v / (1 + x))
def JAC306(x):
    x *= 2
    return x
JAC306 = planted(JAC306, vjp=lambda x, v: 2 * v)

class Mute(Exception):
    def __str__(self):
        raise ValueError

def mute(x):
    raise Mute
mute = planted(mute, vjp=lambda x, v: v)
"""
TORCH = """
import torch

class Function(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

class Single(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx, y_bar):
        (x,) = ctx.saved_tensors
        return y_bar * x.float().cos().double()

class Random(Function):
    @staticmethod
    def backward(ctx, y_bar):
        (x,) = ctx.saved_tensors
        return y_bar * 3 * x**2 * (1 + torch.rand(1))

class Consumed(Function):
    @staticmethod
    def backward(ctx, y_bar):
        (x,) = ctx.saved_tensors
        x.data.mul_(2)
        return y_bar * 3 * x**2

class Detached(Function):
    @staticmethod
    def backward(ctx, y_bar):
        return torch.zeros_like(y_bar)

class Right(Function):
    @staticmethod
    def backward(ctx, y_bar):
        (x,) = ctx.saved_tensors
        return y_bar * 3 * x**2
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "n.py").write_text(NUMPY)
    (tmp_path / "t.py").write_text(TORCH)
    return tmp_path


def codes(name: str, **options: object) -> set[tuple[str | None, str]]:
    report = check_target(name, CheckOptions(**options))  # type: ignore[arg-type]
    return {(check.code, check.outcome) for check in report.checks}


PLANTED = {
    "fail": ["JAC100", "JAC101", "JAC102", "JAC103", "JAC108", "JAC110", "JAC111", "JAC112", "JAC115"],
    "inconclusive": ["JAC201", "JAC202", "JAC203", "JAC204", "JAC205", "JAC206", "JAC207", "JAC208", "JAC306"],
    "error": ["JAC302", "JAC303", "JAC304", "JAC305"],
}


@pytest.mark.parametrize(("code", "outcome"), [(code, outcome) for outcome, found in PLANTED.items() for code in found])
def test_code_is_drawn_by_a_function_in_a_file(code: str, outcome: str) -> None:
    assert (code, outcome) in codes(f"n.py::{code}", timeout=1.0 if code == "JAC208" else None)


@pytest.mark.parametrize(("name", "code", "outcome"), [
    ("Single", "JAC201", "inconclusive"), ("Random", "JAC204", "error"), ("Consumed", "JAC204", "error"), ("Detached", "JAC112", "fail"),
    ("Right", None, "pass"),
])  # fmt: skip
def test_code_is_drawn_by_a_backward_in_a_file(name: str, code: str | None, outcome: str) -> None:
    pytest.importorskip("torch", reason="pip install 'jaccli[torch]'")
    assert (code, outcome) in codes(f"t.py::{name}", at=("x=normal(5)",))


def test_an_exception_without_words_is_a_row_like_others() -> None:
    assert codes("n.py::mute") == {("JAC302", "error")}
