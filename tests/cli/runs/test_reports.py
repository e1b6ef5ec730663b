"""``-f`` and ``--report`` of ``jac gradcheck``: what goes where, and what is refused before the work begins."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from jaccli.cli import app

WRONG = "inputs: {x: 2}\noutputs:\n  f: x**2\njacobian:\n  f:\n    x: x\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in (("COLUMNS", "80"), ("NO_COLOR", "1"), ("TERM", "dumb")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(WRONG, encoding="utf-8")
    return tmp_path


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["gradcheck", "a.yaml", *args], catch_exceptions=False)


def test_report_writes_beside_the_table(folder: Path) -> None:
    done = run("--report", "junit=junit.xml", "--report", "json=run.json")
    assert (done.exit_code, "1 failed, 3 passed" in done.stdout) == (1, True)
    assert ElementTree.parse(folder / "junit.xml").getroot().get("failures") == "1"
    assert json.loads((folder / "run.json").read_text())["summary"]["fail"] == 1


def test_format_alone_is_all_that_is_shown() -> None:
    assert ElementTree.fromstring(run("-f", "junit").stdout).get("failures") == "1"


def test_report_to_github_follows_the_table() -> None:
    lines = run("--report", "github").stdout.splitlines()
    assert lines[-1].startswith("::error file=a.yaml,line=6,endLine=6,col=8,endColumn=9,title=JAC102 wrong factor")


def test_nothing_but_annotations_is_a_command_on_github(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.yaml").rename(folder / "::add-mask::a.yaml")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    done = CliRunner().invoke(app, ["gradcheck", ".", "--report", "github"], catch_exceptions=False)
    lines = [line.strip() for line in done.stdout.splitlines()]
    commands = [k for k, line in enumerate(lines) if line.startswith("::")]
    token = lines[0].removeprefix("::stop-commands::")
    resumed = lines.index(f"::{token}::")
    assert (commands[0], len(token), [k for k in commands if k > resumed]) == (0, 32, [len(lines) - 1])
    assert any("::add-mask::a.yaml" in line for line in lines[1:resumed])


def test_report_to_the_step_summary_keeps_what_is_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = folder / "summary.md"
    summary.write_text("# before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    run("--report", f"markdown={summary}")
    assert summary.read_text().startswith("# before\n## jac gradcheck: failed\n")


def test_report_of_what_cannot_be_checked_holds_why(folder: Path) -> None:
    run("--at", "q=1", "--report", "json=run.json")
    (problem,) = json.loads((folder / "run.json").read_text())["problems"]
    assert problem["code"] == "JAC300"


def test_report_goes_to_a_device(folder: Path) -> None:
    assert run("--report", "json=/dev/null").exit_code == 1


def test_a_report_that_fails_in_the_end_is_told() -> None:
    done = run("--report", "json=/dev/full")
    assert (done.exit_code, done.stderr.strip()) == (
        2,
        "error: --report json=/dev/full: cannot be written: No space left on device",
    )


REFUSED = [
    pytest.param(["-f", "jnit"], "-f must be one of table, json, jsonl, junit, sarif, github, gitlab, concise, html, markdown (got jnit); did you mean `junit`?", id="unknown format"),
    pytest.param(["--report", "jnit=a.xml"], "--report jnit=a.xml: did you mean `junit`?", id="unknown format of a report"),
    pytest.param(["--report", "xml"], "--report xml: FORMAT[=PATH], the formats are json, jsonl, junit, sarif, github, gitlab, concise, html, markdown", id="no format"),
    pytest.param(["--report", "junit:a.xml"], "--report junit:a.xml: write junit=a.xml", id="a colon"),
    pytest.param(["--report", "junit="], "--report junit= names no file; write --report junit=FILE", id="no file"),
    pytest.param(["--report", "junit=."], "--report junit=.: is a folder; name a file in it", id="a folder"),
    pytest.param(["--report", "junit=a.yaml/b"], "--report junit=a.yaml/b: a.yaml is not a folder", id="below a file"),
    pytest.param(["--report", "junit"], "--report junit would go to standard output, where something else stands; give it a file, --report junit=FILE, or write it alone with -f junit", id="two on standard output"),
    pytest.param(["-f", "json", "--report", "github"], "--report github would go to standard output, where something else stands; give it a file, --report github=FILE, or write it alone with -f github", id="beside JSON"),
    pytest.param(["--report", "json=a", "--report", "junit=./a"], "--report names one file twice; give each document a file of its own", id="one file twice"),
]  # fmt: skip


@pytest.mark.parametrize(("args", "message"), REFUSED)
def test_report_is_refused_at_once(args: list[str], message: str) -> None:
    done = run(*args)
    assert (done.exit_code, done.stdout, done.stderr.strip()) == (2, "", f"error: {message}")
