"""``[tool.jaccli]`` of pyproject.toml: where it is looked for, what it may say, and what every mistake in it is called."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from jaccli.cli import app
from jaccli.config import Config, read_config
from jaccli.errors import UsageError

SPEC = "inputs: {x: 2}\noutputs:\n  y: x**2\njacobian:\n  y:\n    x: %s\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/a.yaml").write_text(SPEC % "3*x")
    return tmp_path


def configure(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.jaccli]\n{text}\n")


def run(*args: str):
    return CliRunner().invoke(app, ["gradcheck", *args], catch_exceptions=False)


def test_config_is_that_of_the_nearest_folder_above(folder: Path) -> None:
    configure(folder, 'paths = ["mine"]\nallow-code = true\njobs = 2')
    assert read_config(folder / "mine") == Config(folder, paths=("mine",), allow_code=True, jobs="2")


def test_config_of_no_project_is_empty(folder: Path) -> None:
    assert read_config(folder).paths == ()


def test_paths_are_checked_where_nothing_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(folder, 'paths = ["mine"]')
    assert run().exit_code == 1
    monkeypatch.chdir(folder / "mine")
    assert run().exit_code == 1


@pytest.mark.parametrize(("text", "args", "code"), [
    ('fail-on = "never"', [], 0), ('fail-on = "never"', ["--fail-on", "fail"], 1), ('report = ["junit=j.xml"]', [], 1), ("jobs = 2", [], 1),
])  # fmt: skip
def test_the_command_line_goes_before_the_config(folder: Path, text: str, args: list[str], code: int) -> None:
    configure(folder, text)
    assert run("mine", *args).exit_code == code
    assert (folder / "j.xml").exists() == ("junit" in text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("allow_code = true", r"\[tool.jaccli\] has an unknown key `allow_code`; did you mean `allow-code`\?", id="an underscore"),
        pytest.param("pths = []", r"has an unknown key `pths`; did you mean `paths`\?", id="misspelt"),
        pytest.param("colour = 1", "has an unknown key `colour`; known: paths, allow-code, jobs, fail-on, baseline, report", id="unknown"),
        pytest.param('allow-code = "yes"', "`allow-code` must be true or false \\(got 'yes'\\)", id="text for a truth value"),
        pytest.param('paths = "specs"', "`paths` must be a list of texts", id="text for a list"),
        pytest.param("jobs = 1.5", '`jobs` must be a whole number or "auto"', id="half a job"),
        pytest.param("jobs = [", "cannot be read: ", id="no TOML"),
    ],
)  # fmt: skip
def test_config_says_what_is_wrong(folder: Path, text: str, message: str) -> None:
    configure(folder, text)
    with pytest.raises(UsageError, match=message):
        read_config(folder)


@pytest.mark.parametrize(("text", "message"), [
    ('fail-on = "sometimes"', "--fail-on must be one of fail, inconclusive, never (got sometimes)"), ("jobs = 0", "-j must be auto or a whole number from 1 to 1000 (got 0)"),
])  # fmt: skip
def test_values_of_the_config_are_refused_like_those_of_the_command_line(folder: Path, text: str, message: str) -> None:
    configure(folder, text)
    done = run("mine")
    assert (done.exit_code, message in done.stderr) == (2, True)
