"""What lies in a checked-out tree runs no code, and reads and writes nothing outside, by itself (docs/security.md)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from jaccli.cli import app
from jaccli.cli.runs.cache import VERSION
from jaccli.tasks.pool import Pool
from jaccli.trust import is_below, is_reportable, leads_elsewhere, names_code

ROOT = Path(__file__).parents[1]
SECRET = "outputs: {y: tok3n_of_another + 1}\n"
WRONG = "inputs: {x: 2.0}\noutputs:\n  y: x**2\njacobian:\n  y:\n    x: 3*x\n"
CODE = "open('ran', 'w').close()\ndef f(x: float = 2.0): return x\ndef df(x): return 1.0\n"
RECORD = {
    "target": "evil.py::f", "name": "y/x[vjp-p0]", "code": "JAC100", "spec": "evil.py::f", "expressions": [], "at": ["x=2.0"],
    "points": 1, "seed": 0, "rtol": None, "atol": 0.0, "order": 1, "reference": "auto", "directions": None, "full": False,
    "framework": "numpy", "beside": [["jacobian", "df"]],
    "compiled": None, "sweep": [], "layouts": False, "scale": [], "domain": [],
}  # fmt: skip
ID = "evil.py::f::y/x[vjp-p0]"


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith("JACCLI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.yaml").write_text(SECRET)
    (tmp_path / "outside" / "secret.txt").write_text("tok3n_of_another: [\n")
    (tmp_path / "outside" / "secret.csv").write_text("x\ntok3n_of_another\n")
    (folder / "evil.py").write_text(CODE)
    (folder / "a.yaml").write_text(WRONG)
    return folder


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run what may run here, not in a process that is begun for it: what is permitted does not depend on where."""
    monkeypatch.setattr(Pool, "results", lambda pool, function, tasks: map(function, tasks))


def run(*args: str) -> Result:
    return CliRunner().invoke(app, list(args), catch_exceptions=False)


def keep(**changes: object) -> None:
    Path(".jaccli_cache").mkdir(exist_ok=True)
    document = {"version": VERSION, "failures": [{**RECORD, **changes}]}
    Path(".jaccli_cache/failures.json").write_text(json.dumps(document))


def configure(text: str) -> None:
    Path("pyproject.toml").write_text(f"[tool.jaccli]\n{text}\n")


def ran() -> bool:
    return Path("ran").exists()


# --- code


@pytest.mark.parametrize("command", [["replay"], ["gradcheck", "--lf"], ["gradcheck", "--lf", "a.yaml"]])
@pytest.mark.parametrize("environment", ["", "false"], ids=["nothing said", "forbidden"])
def test_a_record_runs_no_code(command: list[str], environment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    keep()
    monkeypatch.setenv("JACCLI_ALLOW_CODE", environment)
    done = run(*command)
    assert (done.exit_code in (1, 2), ran()) == (True, False)


@pytest.mark.parametrize(
    ("record", "command", "words"),
    [
        ({}, ["replay"], "a record by itself runs none; allow it with --allow-code"),
        ({}, ["replay", ID], "a record by itself runs none"),  # the name of its derivative came with it
        ({}, ["gradcheck", "--lf", "evil.py::f"], "a record by itself runs none"),
        ({"spec": "os::system", "at": ["x='touch ran'"], "beside": []}, ["replay"], "names code, os::system"),
        ({"spec": "../outside/secret.yaml", "beside": []}, ["replay"], "which lies outside this folder"),
        ({"spec": "a.yaml", "at": ["../outside/x.npz"], "beside": []}, ["replay"], "../outside/x.npz, which lies"),
        ({"spec": "", "expressions": ["y = x"], "at": ["/outside/x.npz"]}, ["gradcheck", "--lf"], "/outside/x.npz, which"),
    ],
    ids=["replay", "its id named", "its function named", "a module", "a spec elsewhere", "values elsewhere", "expression"],
)  # fmt: skip
def test_a_record_carries_no_permission(record: dict[str, object], command: list[str], words: str) -> None:
    keep(**record)
    done = run(*command)
    assert (done.exit_code, ran(), words in " ".join(done.output.split())) == (2, False, True)


def test_a_record_that_is_refused_does_not_stop_the_others() -> None:
    run("gradcheck", "a.yaml")
    rows = json.loads(Path(".jaccli_cache/failures.json").read_text())["failures"]
    Path(".jaccli_cache/failures.json").write_text(json.dumps({"version": VERSION, "failures": [RECORD, *rows]}))
    done = run("replay")
    assert (done.exit_code, ran(), "1 failed" in done.output) == (2, False, True)


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize(
    ("changes", "command", "environment"),
    [
        ({}, ["gradcheck", "--lf", "--allow-code"], ""),
        ({}, ["replay"], "true"),
        ({}, ["gradcheck", "--lf", "evil.py::f", "--jacobian", "df"], ""),
        ({"beside": []}, ["replay", ID], ""),
    ],
    ids=["option", "environment", "all named", "id named"],
)
def test_a_record_runs_code_that_the_user_allows_or_names(
    changes: dict[str, object], command: list[str], environment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(**changes)
    monkeypatch.setenv("JACCLI_ALLOW_CODE", environment)
    run(*command)
    assert ran()


@pytest.mark.parametrize("path", ["evil.py", "evil.py::f", "evil::f", "./evil.py::f"])
@pytest.mark.parametrize("setting", ["", "allow-code = true\n"], ids=["alone", "with allow-code"])
def test_paths_of_the_project_name_no_code(path: str, setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(f"{setting}paths = ['{path}']")
    for said in ("", "false"):
        monkeypatch.setenv("JACCLI_ALLOW_CODE", said)
        done = run("gradcheck")
        words = (
            "names code, and a project by itself runs none; name it on the command line, or allow it with --allow-code"
        )
        assert (done.exit_code, ran(), words in " ".join(done.output.split())) == (2, False, True)


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize(("args", "environment"), [(["--allow-code"], ""), ([], "1")], ids=["option", "environment"])
def test_paths_of_the_project_name_code_where_the_user_allows_it(
    args: list[str], environment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure('paths = ["evil.py::f"]')
    monkeypatch.setenv("JACCLI_ALLOW_CODE", environment)
    run("gradcheck", "--jacobian", "df", *args)
    assert ran()


@pytest.mark.parametrize("target", ["evil.py::f", "../tree/evil.py::f", "evil::f", "os::getcwd"])
def test_allow_code_of_the_project_allows_none(target: str) -> None:
    configure("allow-code = true")
    Path("t.yaml").write_text(f"target: {target}\ninputs: {{x: 2.0}}\noutputs: {{y: x}}\n")
    done = run("gradcheck", "t.yaml")
    assert (done.exit_code, ran(), "JAC321" in done.output) == (2, False, True)


# --- files


@pytest.mark.parametrize(
    "path", ["/etc/x.xml", "../x.xml", "link/x.xml", "there.xml", ".git/hooks/pre-commit", "a/../../x"]
)
@pytest.mark.parametrize("kind", ["junit", "markdown"])
def test_reports_of_the_project_stay_in_the_folder(path: str, kind: str, tree: Path) -> None:
    (tree / "link").symlink_to(tree.parent / "outside")
    (tree / "there.xml").symlink_to(tree.parent / "outside" / "secret.txt")
    (tree / ".git" / "hooks").mkdir(parents=True)
    configure(f"report = ['{kind}={path}']")
    done = run("gradcheck", "a.yaml")
    words = "lies outside the current folder; give it with --report on the command line, or in JACCLI_REPORT"
    assert (done.exit_code, words in " ".join(done.output.split())) == (2, True)
    assert sorted(p.name for p in (tree.parent / "outside").iterdir()) == ["secret.csv", "secret.txt", "secret.yaml"]


@pytest.mark.parametrize("how", ["option", "environment"])
def test_reports_of_the_user_lie_where_the_user_says(how: str, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure("report = ['junit=/etc/x.xml']")
    if how == "environment":
        monkeypatch.setenv("JACCLI_REPORT", "junit=../mine.xml")
    run("gradcheck", "a.yaml", *(["--report", "junit=../mine.xml"] if how == "option" else []))
    assert (tree.parent / "mine.xml").is_file()


@pytest.mark.parametrize(
    "setting", ["paths = ['../outside']", "paths = ['/etc']", "paths = ['link']", "baseline = '../b.json'"]
)
def test_the_project_names_nothing_outside_its_folder(setting: str, tree: Path) -> None:
    (tree / "link").symlink_to(tree.parent / "outside")
    configure(setting)
    done = run("gradcheck")
    assert (done.exit_code, "lies outside the project's folder" in " ".join(done.output.split())) == (2, True)


COMMANDS = [
    ["gradcheck"],
    ["validate"],
    ["compute"],
    ["explain"],
    ["graph"],
    ["gradcheck", "-f", "json"],
    ["gradcheck", "-f", "sarif"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("target", ["secret.yaml", "secret.txt"])
def test_a_spec_that_is_a_link_shows_nothing_of_what_lies_outside(command: list[str], target: str, tree: Path) -> None:
    (tree / "link.yaml").symlink_to(tree.parent / "outside" / target)
    done = run(*command, "link.yaml")
    assert (done.exit_code, "tok3n" in done.output) == (2, False)


@pytest.mark.parametrize("how", ["folder", "nothing named", "a linked folder", "absolute"])
def test_a_link_that_is_found_shows_nothing_of_what_lies_outside(how: str, tree: Path) -> None:
    if how == "a linked folder":
        (tree / "specs").symlink_to(tree.parent / "outside")
    else:
        (tree / "specs").mkdir()
        (tree / "specs" / "link.jac.yaml").symlink_to(tree.parent / "outside" / "secret.yaml")
    done = run("gradcheck", *{"folder": ["specs"], "absolute": [str(tree)]}.get(how, []))
    assert (done.exit_code, "tok3n" in done.output) == (2, False)


def test_a_link_names_what_to_do(tree: Path) -> None:
    (tree / "link.yaml").symlink_to(tree.parent / "outside" / "secret.yaml")
    shown = " ".join(run("gradcheck", "link.yaml").output.split())
    assert "link.yaml is a link that leads out of this folder" in shown
    assert "secret.yaml, if you trust the link" in shown


@pytest.mark.parametrize(
    "named", ["outside/secret.yaml", "tree/inner.yaml"], ids=["the file itself", "a link that stays"]
)
def test_what_the_user_names_is_read(named: str, tree: Path) -> None:
    (tree / "sub").mkdir()
    (tree / "sub" / "b.yaml").write_text(SECRET)
    (tree / "inner.yaml").symlink_to(tree / "sub" / "b.yaml")
    assert "tok3n" in run("validate", str(tree.parent / named)).output


@pytest.mark.parametrize("where", ["outside/settings.toml", "pyproject.toml"], ids=["beside the tree", "above it"])
def test_settings_of_a_link_that_leads_out_are_not_read(where: str, tree: Path) -> None:
    (tree.parent / where).write_text("[tool.jaccli]\ntok3n_of_another = 1\n")
    (tree / "pyproject.toml").symlink_to(tree.parent / where)
    done = run("gradcheck", "a.yaml")
    assert (done.exit_code, "tok3n" in done.output) == (2, False)
    assert "pyproject.toml is a link that leads out of its folder" in " ".join(done.output.split())


def test_settings_of_a_link_that_stays_are_read(tree: Path) -> None:
    (tree / "settings.toml").write_text("[tool.jaccli]\nseed = 7\n")
    (tree / "pyproject.toml").symlink_to("settings.toml")
    assert "(seed 7)" in run("gradcheck", "a.yaml").output


@pytest.mark.parametrize("data", ["link.csv", "folder/secret.csv", "'folder/secret.csv'", "../outside/secret.csv"])
def test_data_that_lies_outside_is_not_read(data: str, tree: Path) -> None:
    (tree / "link.csv").symlink_to(tree.parent / "outside" / "secret.csv")
    (tree / "folder").symlink_to(tree.parent / "outside")
    (tree / "d.yaml").write_text(f"inputs: {{t: 1.0}}\nconstants: {{x: {data}}}\noutputs: {{y: t * sum(x)}}\n")
    done = run("compute", "d.yaml")
    assert (done.exit_code, "lies outside the spec's folder" in done.output, "tok3n" in done.output) == (2, True, False)


def test_the_kept_failures_are_written_through_no_link(tree: Path) -> None:
    (tree / ".jaccli_cache").mkdir()
    for name in (".gitignore", "failures.json"):
        (tree / ".jaccli_cache" / name).symlink_to(tree.parent / "outside" / "secret.txt")
    run("gradcheck", "a.yaml")
    assert (tree.parent / "outside" / "secret.txt").read_text() == "tok3n_of_another: [\n"


def test_the_kept_failures_are_written_to_no_linked_folder(tree: Path) -> None:
    (tree / ".jaccli_cache").symlink_to(tree.parent / "outside")
    run("gradcheck", "a.yaml")
    assert sorted(p.name for p in (tree.parent / "outside").iterdir()) == ["secret.csv", "secret.txt", "secret.yaml"]


@pytest.mark.parametrize(
    "command",
    [
        ["init", "out.yaml", "--force"], ["gradcheck", "a.yaml", "--write-baseline", "out.yaml"],
        ["compute", "a.yaml", "-f", "json", "-o", "out.yaml"], ["gradcheck", "a.yaml", "--report", "json=out.yaml"],
        ["graph", "a.yaml", "-f", "svg", "-o", "out.yaml"],
    ],
    ids=["init", "baseline", "compute", "report", "graph"],
)  # fmt: skip
def test_a_file_is_written_in_the_place_of_a_link(command: list[str], tree: Path) -> None:
    (tree / "out.yaml").symlink_to(tree.parent / "outside" / "secret.txt")
    assert run(*command).exit_code in (0, 1)
    assert (tree.parent / "outside" / "secret.txt").read_text() == "tok3n_of_another: [\n"


# --- modules of the current folder

SHADOWS = ("pickle", "yaml", "flint", "mpmath", "json", "scipy", "random")


@pytest.mark.parametrize(
    "command",
    [
        ["-P", "-m", "jaccli", "validate", "a.yaml"],
        ["-m", "jaccli", "gradcheck", "a.yaml", "-j", "2"],
    ],
    ids=["jac", "-m, with workers"],
)
def test_no_module_of_the_current_folder_is_imported(command: list[str], tree: Path) -> None:
    for name in SHADOWS:
        (tree / f"{name}.py").write_text("open('ran', 'w').close()\n")
    environment = {name: text for name, text in os.environ.items() if name not in ("PYTHONSAFEPATH", "PYTHONPATH")}
    done = subprocess.run(
        [sys.executable, *command],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, ran()) == (int("gradcheck" in command), False), done.stderr


# --- what CI runs


def test_the_action_looks_for_no_module_in_the_checked_out_tree() -> None:
    steps = (ROOT / "action.yml").read_text()
    assert re.findall(r"python .*-m pip", steps) == ["python -P -m pip"]
    assert "${{" not in steps.split("run: |", 1)[1]  # inputs come in the environment: in the script they would be code


def test_the_hooks_take_file_names_for_file_names() -> None:
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text()
    assert hooks.count('args: ["--"]') == hooks.count("entry:")


@pytest.mark.parametrize("name", ["--report=json=x.jac.yaml", "--allow-code.jac.yaml", "-e.jac.yaml"])
def test_a_file_that_is_called_like_an_option_is_a_file(name: str, tree: Path) -> None:
    (tree / name).write_text(WRONG)
    assert run("gradcheck", "--quiet", "--", name).exit_code == 1


# --- the line itself


@pytest.mark.parametrize(
    ("text", "code"),
    [("a.yaml", False), ("a.py", True), ("a.py::f", True), ("m::f", True), ("a::b.yaml", False), ("a::b.yaml#2", False), ("specs", False)],
)  # fmt: skip
def test_names_code(text: str, code: bool) -> None:
    assert names_code(text) == code


@pytest.mark.parametrize(
    ("path", "below", "reportable"),
    [("a", True, True), ("b/../a", True, True), ("..", False, False), ("../tree/a", True, True), (".git/config", True, False), ("a\0", False, False)],
)  # fmt: skip
def test_is_below(path: str, below: bool, reportable: bool) -> None:
    assert (is_below(path, "."), is_reportable(path, ".")) == (below, reportable)


@pytest.mark.parametrize(
    ("name", "away"),
    [("a.yaml", False), ("/etc/passwd", False), ("../outside/secret.yaml", False), ("away", True), ("/dev/stdin", False), ("a\0", False), ("-", False)],
)  # fmt: skip
def test_leads_elsewhere(name: str, away: bool, tree: Path) -> None:
    (tree / "away").symlink_to(tree.parent / "outside" / "secret.yaml")
    assert leads_elsewhere(name) == away


def test_values_of_a_link_are_those_the_user_named(tree: Path) -> None:
    np.savez(tree / "v.npz", x=np.array(3.0))
    assert run("compute", "a.yaml", "--at", "v.npz").exit_code == 0
