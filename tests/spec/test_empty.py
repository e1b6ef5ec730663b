"""Arrays of no elements: every command ends with a result or with words, never with a crash."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from jaccli.cli import app

EXPRESSIONS = [
    "sum(x)", "mean(x)", "max(x)", "norm(x)", "x @ x", "A @ x", "sum(A, axis=0)", "max(A, axis=0)", "max(A, axis=1)", "A.T @ A", "A @ A.T",
    "concatenate([x, t])", "softmax(x)", "where(x > 0, x, 0)", "x[0]", "det(S)", "inv(S)", "solve(S, x)", "cholesky(S)", "outer(x, t)",
]  # fmt: skip
INPUTS = "inputs:\n  x: {shape: [0]}\n  A: {shape: [3, 0]}\n  S: {shape: [0, 0]}\n  t: [1.0, 2.0]\n"
MADE = "inputs: {s: 2.0, t: [1.0, 2.0]}\nlet:\n  x: s*ones(0)\n  A: s*ones((3, 0))\n  S: s*ones((0, 0))\n"


@pytest.mark.parametrize(
    ("start", "command"),
    [(MADE, "compute"), (MADE, "gradcheck"), (MADE, "explain"), (MADE, "graph"), (INPUTS, "compute")],
    ids=["compute", "gradcheck", "explain", "graph", "inputs"],
)
def test_commands_end_in_words_where_arrays_are_empty(
    start: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    codes = {}
    for expression in EXPRESSIONS:
        Path("a.yaml").write_text(f'{start}outputs: {{y: "{expression}"}}\n')
        done = CliRunner().invoke(app, [command, "a.yaml"])
        codes[expression] = done.exit_code
        assert isinstance(done.exception, SystemExit | None), expression
        assert "Traceback" not in done.output, expression
    assert {expression: code for expression, code in codes.items() if code not in (0, 2, 4, 5)} == {}
    assert start == INPUTS or 0 in codes.values()
