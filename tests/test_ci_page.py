"""The recipes of docs/ci.md, the action and the hooks use commands, options, formats and settings that there are."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import typer
import yaml

from jaccli.cli import app
from jaccli.cli.runs.reports import FORMATS
from jaccli.config import KEYS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.S | re.M)
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def lines() -> list[str]:
    """Return every command line of jac in blocks of the page, in the action's script, and in the hooks."""
    texts = [text for _, text in BLOCKS] + [step["run"] for step in ACTION["runs"]["steps"]]
    found = [line for text in texts for line in re.findall(r"(?:^|[ -])(jac [a-z]+ [^\n#`]*)", text, re.M)]
    return list(dict.fromkeys([*found, *(hook["entry"] for hook in HOOKS)]))


@pytest.mark.parametrize("line", lines())
def test_recipe_uses_options_that_there_are(line: str) -> None:
    _, name, *words = shlex.split(line)
    known = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    assert [word for word in words if word.startswith("-") and len(word) > 1 and word not in known] == []


@pytest.mark.parametrize("word", re.findall(r"--report ([a-z]+)=", PAGE + str(ACTION)))
def test_recipe_asks_for_reports_that_there_are(word: str) -> None:
    assert word in FORMATS


def test_page_has_all_formats_and_settings_that_there_are() -> None:
    assert [name for name in FORMATS if f"`{name}`" not in PAGE] == []
    (text,) = [text for kind, text in BLOCKS if kind == "toml"]
    assert set(tomllib.loads(text)["tool"]["jaccli"]) <= set(KEYS)


@pytest.mark.parametrize("text", [text for kind, text in BLOCKS if kind == "yaml"])
def test_recipe_is_yaml(text: str) -> None:
    assert yaml.safe_load(text)


@pytest.mark.parametrize("name", ["specs/a.yaml", "deep/specs/b.yml", "a.jac.yaml", "x/y.jac.json"])
def test_hooks_are_for_specs(name: str) -> None:
    assert all(re.search(hook["files"], name) for hook in HOOKS)


@pytest.mark.parametrize("name", ["a.yaml", ".github/workflows/a.yml", "specs.yaml", "specs/a.py", "data.json"])
def test_hooks_leave_other_files_alone(name: str) -> None:
    assert not any(re.search(hook["files"], name) for hook in HOOKS)


def test_inputs_of_the_action_never_stand_in_its_script() -> None:
    assert [step["run"] for step in ACTION["runs"]["steps"] if "${{" in step["run"]] == []
