"""Arrays of no elements: every command ends with a result or with words, never with a crash."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

import jaccli
from jaccli.cli import app
from jaccli.errors import SourceError

EXPRESSIONS = [
    "sum(x)", "mean(x)", "max(x)", "norm(x)", "x @ x", "A @ x", "sum(A, axis=0)", "max(A, axis=0)", "max(A, axis=1)", "A.T @ A", "A @ A.T",
    "concatenate([x, t])", "softmax(x)", "where(x > 0, x, 0)", "x[0]", "det(S)", "inv(S)", "solve(S, x)", "cholesky(S)", "outer(x, t)",
]  # fmt: skip
INPUTS = "inputs:\n  x: {shape: [0]}\n  A: {shape: [3, 0]}\n  S: {shape: [0, 0]}\n  t: [1.0, 2.0]\n"
MADE = "inputs: {s: 2.0, t: [1.0, 2.0]}\nlet:\n  x: s*ones(0)\n  A: s*ones((3, 0))\n  S: s*ones((0, 0))\n"


def refused(start: str, expression: str) -> bool:
    """Return whether the language refuses an expression of empty arrays, in words."""
    try:
        jaccli.parse({**yaml.safe_load(start), "outputs": {"y": expression}})
    except SourceError:
        return True
    return False


@pytest.mark.parametrize("start", [MADE, INPUTS], ids=["made", "inputs"])
def test_expressions_of_empty_arrays_are_read_or_refused_in_words(start: str) -> None:
    known = [expression for expression in EXPRESSIONS if not refused(start, expression)]
    assert 0 < len(known) < len(EXPRESSIONS)


@pytest.mark.parametrize(
    ("start", "command"),
    [(MADE, "compute"), (MADE, "gradcheck"), (MADE, "explain"), (MADE, "graph"), (INPUTS, "compute")],
    ids=["compute", "gradcheck", "explain", "graph", "inputs"],
)
def test_commands_end_in_words_where_arrays_are_empty(
    start: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for wanted, codes in ((False, (0, 4, 5)), (True, (2,))):
        chosen = [expression for expression in EXPRESSIONS if refused(start, expression) == wanted]
        outputs = "".join(f'  y{k}: "{expression}"\n' for k, expression in enumerate(chosen))
        Path("a.yaml").write_text(f"{start}outputs:\n{outputs}")
        done = CliRunner().invoke(app, [command, "a.yaml"])
        assert isinstance(done.exception, SystemExit | None), chosen
        assert ("Traceback" in done.output, done.exit_code in codes) == (False, True), done.output
