"""Matrix calculus: the printed block is the Jacobian, in the user's names, or there is no print."""

from __future__ import annotations

from typing import Any

import pytest

import jaccli
from jaccli.derive.formula import tensor_formula

SPEC = {
    "inputs": {"x": {"shape": [3], "init": "normal"}},
    "params": {
        "W": {"shape": [4, 3], "init": "glorot"}, "b": {"shape": [4], "init": "normal"}, "u": {"shape": [4], "init": "normal"},
        "k": 2,
    },
    "let": {"z": "W @ x + b", "h": "tanh(z)", "r": "relu(z)", "p": "softmax(u)"},
}  # fmt: skip


def formula(output: str, wrt: str) -> str | None:
    built = jaccli.parse({**SPEC, "outputs": {"s": output}}).built
    found = tensor_formula(built.graph, built.outputs["s"], built.variables[wrt])
    return found.text if found else None


@pytest.mark.parametrize(
    ("output", "wrt", "text"),
    [
        ("u @ h", "b", "uᵀ diag(tanh′(z))"),
        ("u @ r", "b", "uᵀ diag(relu′(z))"),
        ("u @ h", "x", "uᵀ diag(tanh′(z)) W"),
        ("u @ h", "W", "diag(tanh′(z)) u xᵀ"),
        ("u @ h", "u", "hᵀ"),
        ("p @ h", "u", "hᵀ (diag(p) − p pᵀ)"),
        ("W @ x", "x", "W"),
        ("x @ W.T", "x", None),
        ("logsumexp(z) - u @ z", "b", "softmax(z)ᵀ − uᵀ"),
        ("logsumexp(z) - u @ z", "W", "softmax(z) xᵀ − u xᵀ"),
        ("u @ (h * r)", "u", None),
        ("-(u @ h)", "u", "−hᵀ"),
        ("sum(u * h)", "u", "1ᵀ diag(h)"),
        ("h", "b", "diag(tanh′(z))"),
        ("k * u @ h", "b", None),
        ("W", "x", None),
        ("u @ h", "k", None),
    ],
)
def test_tensor_formula_is_what_a_textbook_writes(output: str, wrt: str, text: str | None) -> None:
    assert formula(output, wrt) == text


def test_tensor_formula_says_what_a_slope_stands_for() -> None:
    built = jaccli.parse({**SPEC, "outputs": {"s": "u @ h"}}).built
    found: Any = tensor_formula(built.graph, built.outputs["s"], built.variables["b"])
    assert found.where == ("tanh′(z) = 1 − h²",)


def test_tensor_formula_that_is_wrong_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    from jaccli.derive import formula as module

    monkeypatch.setitem(module._SLOPES, "tanh", ("1 − {h}", lambda z, h: 1 - 1.0005 * h * h))
    assert formula("u @ h", "b") is None
