"""An exception that nobody foresaw: a row of its spec that asks for a report; all others are checked, and every report is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from jaccli.checker.specs import run as checking
from jaccli.cli import app

RIGHT = "inputs: {x: 2}\noutputs:\n  y: x**2\n"
CRASHING = "inputs: {x: 2}\noutputs:\n  boom: x**2\n"
BROKEN = "inputs: {x: 2}\noutputs:\n  y: sinn(x)\n"
WRONG = f"{RIGHT}jacobian:\n  y:\n    x: 3*x\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of specs of which one raises while it is checked."""
    real = checking.judged_outputs

    def judged(built: Any, options: Any) -> Any:
        if "boom" in built.outputs:
            raise RuntimeError("planted")
        return real(built, options)

    monkeypatch.setattr(checking, "judged_outputs", judged)
    monkeypatch.chdir(tmp_path)
    for name, text in {"right": RIGHT, "crashing": CRASHING, "broken": BROKEN, "wrong": WRONG}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


def run(*args: str) -> Any:
    return CliRunner().invoke(app, ["gradcheck", *args], catch_exceptions=False)


@pytest.mark.parametrize(
    "others",
    [
        pytest.param(["right"], id="beside a right one"),
        pytest.param(["wrong"], id="before 1"),
        pytest.param(["broken"], id="before 2"),
        pytest.param([], id="alone"),
    ],
)
def test_internal_error_is_3_whatever_else_there_is(folder: Path, others: list[str]) -> None:
    assert run("crashing.yaml", *(f"{name}.yaml" for name in others)).exit_code == 3


def test_internal_error_leaves_the_verdicts_of_the_others(folder: Path) -> None:
    done = run("crashing.yaml", "right.yaml", "-f", "json")
    rows = [(check["file"], check["outcome"], check["code"]) for check in json.loads(done.stdout)["results"]]
    assert rows == [("crashing.yaml", "error", "JAC399"), *[("right.yaml", "pass", None)] * 3]


def test_internal_error_leaves_the_other_documents_of_its_file(folder: Path) -> None:
    (folder / "both.yaml").write_text(f"{CRASHING}---\n{RIGHT}")
    assert "1 error, 3 passed in 1 file" in run("both.yaml").stdout


def test_internal_error_is_in_every_report(folder: Path) -> None:
    formats = ("json", "junit", "sarif", "github", "markdown")
    assert run("crashing.yaml", "right.yaml", *(f"--report={name}={name}.out" for name in formats)).exit_code == 3
    assert [("JAC399" in (folder / f"{name}.out").read_text()) for name in formats] == [True] * len(formats)


def test_internal_error_says_where_and_asks_for_a_report(folder: Path) -> None:
    shown = run("crashing.yaml").stdout
    assert "RuntimeError: planted (" in shown
    assert "specs/run.py:" in shown
    assert (
        "this is a bug in jaccli, please report it with this message, what was checked, and the versions: jaccli"
        in shown
    )


def test_internal_error_while_a_spec_is_read_is_a_row_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(path: str) -> Any:
        raise RecursionError(path)

    monkeypatch.setattr("jaccli.checker.specs.run.load_each", load)
    done = run("right.yaml")
    assert (done.exit_code, "JAC399 internal error: right.yaml" in done.stdout) == (3, True)
