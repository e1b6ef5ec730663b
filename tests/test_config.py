"""``[tool.jaccli]`` of pyproject.toml: where it is looked for, what it may say, and what every mistake in it is called."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from jaccli.adapters.choose import FRAMEWORKS
from jaccli.cli import app
from jaccli.config import KEYS, Config, read_config
from jaccli.config.environment import variable as variable_of
from jaccli.errors import UsageError

ROOT = Path(__file__).parents[1]
SPEC = "inputs: {x: 2}\noutputs:\n  y: x**2\njacobian:\n  y:\n    x: %s\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("JACCLI_")]:
        monkeypatch.delenv(name)
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
    said = {"paths": ("mine",), "allow-code": True, "jobs": "2"}
    assert read_config(folder / "mine", {}) == Config(folder, project=said)


def test_config_of_no_project_is_empty(folder: Path) -> None:
    assert read_config(folder, {}) == Config()


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
        pytest.param("colour = 1", "has an unknown key `colour`; known: paths, seed, rtol, atol, points, directions, reference, timeout, framework, allow-code, ", id="unknown"),
        pytest.param('allow-code = "yes"', "`allow-code` must be true or false \\(got 'yes'\\)", id="text for a truth value"),
        pytest.param('paths = "specs"', "`paths` must be a list of texts", id="text for a list"),
        pytest.param("jobs = 1.5", '`jobs` must be a whole number from 1 to 1,000, or "auto" \\(got 1.5\\)', id="half a job"),
        pytest.param("jobs = 0", '`jobs` must be a whole number from 1 to 1,000, or "auto" \\(got 0\\)', id="no job"),
        pytest.param("seed = true", "`seed` must be a whole number from 0, not negative \\(got True\\)", id="a truth value for a number"),
        pytest.param("rtol = 1", "`rtol` must be a number between 0 and 1 \\(got 1\\)", id="rtol of one"),
        pytest.param("atol = -1", "`atol` must be a number, 0 or more \\(got -1\\)", id="an atol below zero"),
        pytest.param("rtol = nan", "`rtol` must be a number between 0 and 1 \\(got nan\\)", id="rtol of NaN"),
        pytest.param("points = 20_000", "`points` must be a whole number from 1 to 10,000", id="too many points"),
        pytest.param("timeout = -1", "`timeout` must be a positive number of seconds \\(got -1\\)", id="no time"),
        pytest.param('framework = "pytorch"', "`framework` must be .* or \"autograd\" \\(got 'pytorch'\\); did you mean `torch`\\?", id="a word"),
        pytest.param('baseline = ""', "`baseline` must be the name of a file", id="no name"),
        pytest.param("jobs = [", "cannot be read: ", id="no TOML"),
    ],
)  # fmt: skip
def test_config_says_what_is_wrong(folder: Path, text: str, message: str) -> None:
    configure(folder, text)
    with pytest.raises(UsageError, match=message):
        read_config(folder, {})


def test_config_that_is_no_table_is_an_error(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool]\njaccli = 3\n")
    with pytest.raises(UsageError, match=r"pyproject.toml: tool.jaccli must be a table \(got 3\)"):
        read_config(folder, {})


ENVIRONMENT = [
    pytest.param({"JACCLI_SEED": " 7 "}, {"seed": 7}, id="a whole number"),
    pytest.param({"JACCLI_RTOL": "1e-4", "JACCLI_TIMEOUT": "2"}, {"rtol": 1e-4, "timeout": 2.0}, id="numbers"),
    pytest.param({"JACCLI_ALLOW_CODE": "Yes"}, {"allow-code": True}, id="yes"),
    pytest.param({"JACCLI_ALLOW_CODE": "0"}, {"allow-code": False}, id="no"),
    pytest.param({"JACCLI_PATHS": "specs 'my folder'"}, {"paths": ("specs", "my folder")}, id="names with spaces"),
    pytest.param({"JACCLI_REPORT": "junit=a.xml sarif=b"}, {"report": ("junit=a.xml", "sarif=b")}, id="reports"),
    pytest.param({"JACCLI_JOBS": "auto"}, {"jobs": "auto"}, id="auto"),
    pytest.param({"JACCLI_SEED": "", "JACCLI": "1", "JACLI_SEED": "1"}, {}, id="empty, or of others"),
]


@pytest.mark.parametrize(("environ", "found"), ENVIRONMENT)
def test_environment_holds_settings(folder: Path, environ: dict[str, str], found: dict[str, object]) -> None:
    assert read_config(folder, environ).environment == found


@pytest.mark.parametrize(("environ", "message"), [
    pytest.param({"JACCLI_SED": "1"}, "the environment variable JACCLI_SED is not a setting; did you mean `JACCLI_SEED`\\?", id="misspelt"),
    pytest.param({"JACCLI_QQQ": "1"}, "JACCLI_QQQ is not a setting; known: JACCLI_PATHS, JACCLI_SEED", id="unknown"),
    pytest.param({"JACCLI_SEED": "x"}, "JACCLI_SEED must be a whole number from 0, not negative \\(got 'x'\\)", id="no number"),
    pytest.param({"JACCLI_ALLOW_CODE": "maybe"}, "JACCLI_ALLOW_CODE must be true or false \\(got 'maybe'\\)", id="neither"),
    pytest.param({"JACCLI_FAIL_ON": "nevr"}, "JACCLI_FAIL_ON must be .*; did you mean `never`\\?", id="a word"),
    pytest.param({"JACCLI_PATHS": "a 'b"}, "JACCLI_PATHS must be names with spaces between, such as specs ops.py::gelu", id="an open quote"),
])  # fmt: skip
def test_environment_says_what_is_wrong(folder: Path, environ: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_config(folder, environ)


@pytest.mark.parametrize(("key", "project", "variable", "value", "origin"), [
    ("seed", "", "", None, "default"), ("seed", "seed = 1", "", 1, "pyproject.toml"), ("seed", "seed = 1", "2", 2, "JACCLI_SEED"),
    ("seed", "", "0", 0, "JACCLI_SEED"),
])  # fmt: skip
def test_environment_goes_before_the_project(
    folder: Path, key: str, project: str, variable: str, value: object, origin: str
) -> None:
    configure(folder, project)
    config = read_config(folder, {"JACCLI_SEED": variable})
    assert (config.get(key), config.origin(key)) == (value, origin)


LAYERS = [
    pytest.param("", "", "", [], 0, id="default"),
    pytest.param("", "3", "", [], 3, id="project"),
    pytest.param("2", "3", "", [], 2, id="spec before project"),
    pytest.param("2", "3", "4", [], 4, id="environment before spec"),
    pytest.param("2", "3", "4", ["--seed", "0"], 0, id="option before all"),
]


@pytest.mark.parametrize(("spec", "project", "environment", "args", "seed"), LAYERS)
def test_seed_is_that_of_the_first_who_says_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, spec: str, project: str, environment: str, args: list[str], seed: int
) -> None:
    (folder / "mine/a.yaml").write_text(SPEC % "2*x" + (f"check: {{seed: {spec}}}\n" if spec else ""))
    configure(folder, f"seed = {project}" if project else "")
    monkeypatch.setenv("JACCLI_SEED", environment)
    assert f"(seed {seed})" in run("mine", *args).stdout


FUNCTION = """
import jaccli

@jaccli.check(x="normal(3)", vjp=lambda x, y_bar: 2.02 * x * y_bar{more})
def f(x):
    return x**2
"""


@pytest.mark.parametrize(("more", "project", "environment", "args", "code"), [
    pytest.param("", "", "", [], 1, id="default"),
    pytest.param("", "0.1", "", [], 0, id="project"),
    pytest.param(", rtol=1e-3", "0.1", "", [], 1, id="decorator before project"),
    pytest.param(", rtol=1e-3", "", "0.1", [], 0, id="environment before decorator"),
    pytest.param("", "", "0.1", ["--rtol", "1e-3"], 1, id="option before all"),
])  # fmt: skip
def test_rtol_of_a_function_is_that_of_the_first_who_says_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, more: str, project: str, environment: str, args: list[str], code: int
) -> None:
    (folder / "ops.py").write_text(FUNCTION.replace("{more}", more))
    configure(folder, f"rtol = {project}" if project else "")
    monkeypatch.setenv("JACCLI_RTOL", environment)
    assert run("ops.py::f", *args).exit_code == code


@pytest.mark.parametrize("args", [["--full"], ["--order", "2"], ["--directions", "2"]], ids=" ".join)
def test_settings_give_way_to_options_they_do_not_go_with(folder: Path, args: list[str]) -> None:
    (folder / "mine/a.yaml").write_text(SPEC % "2*x")
    configure(folder, 'directions = 3\nreference = "certified"')
    assert run("mine", *args).exit_code == 0


def test_baseline_of_the_project_is_found_from_below(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("mine/a.yaml", "--write-baseline", "known.json").exit_code == 0
    configure(folder, 'baseline = "known.json"')
    monkeypatch.chdir(folder / "mine")
    assert (read_config().baseline(), run("a.yaml").exit_code) == (str(folder / "known.json"), 1)


def test_settings_are_all_on_the_page() -> None:
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z-]+)` \|", page, re.M) == list(KEYS)
    assert re.findall(r"`(JACCLI_[A-Z_]+)`", page.partition("| `")[2]) == [variable_of(key) for key in KEYS]


@pytest.mark.parametrize("key", [key for key in KEYS if key != "paths"])
def test_every_setting_is_an_option_of_gradcheck(key: str) -> None:
    options = {
        option for parameter in typer.main.get_command(app).commands["gradcheck"].params for option in parameter.opts
    }
    assert f"--{key}" in options


def test_frameworks_that_may_be_set_are_those_there_are() -> None:
    assert set(KEYS["framework"].kind.words) == {"auto", *FRAMEWORKS}
