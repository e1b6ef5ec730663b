"""Streams that are closed or full, names that are no path, and an interruption: an exit code and one line, never a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jaccli.cli import app

WRONG = "inputs: {x: 2.0}\noutputs:\n  y: x**2\njacobian:\n  y:\n    x: 3*x\n"
JAC = f"{sys.executable} -P -m jaccli"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(WRONG)
    return tmp_path


def shell(line: str) -> tuple[int, str]:
    done = subprocess.run(line, shell=True, capture_output=True, check=False, timeout=100)
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


def no_traceback(shown: str) -> bool:
    return not any(word in shown for word in ("Traceback", "internal error", "Exception ignored"))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.parametrize("command", ["gradcheck a.yaml", "compute a.yaml -f json", "--help", "--version"])
def test_a_full_disk_is_said_in_one_line(command: str) -> None:
    code, shown = shell(f"{JAC} {command} > /dev/full")
    assert (code, shown) == (2, "error: the output cannot be written: No space left on device\n")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.parametrize(("redirected", "code"), [("> /dev/full 2>&1", 2), ("2> /dev/full", 1)])
def test_a_full_disk_for_errors_too_is_an_exit_code(redirected: str, code: int) -> None:
    assert shell(f"{JAC} gradcheck a.yaml {redirected}")[0] == code


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("gradcheck - <&-", 2), ("gradcheck a.yaml >&-", 1), ("gradcheck a.yaml <&- >&- 2>&-", 1), ("gradcheck no.yaml 2>&-", 2),
    ],
)  # fmt: skip
def test_streams_that_are_closed_do_no_harm(line: str, code: int) -> None:
    found, shown = shell(f"{JAC} {line}")
    assert (found, no_traceback(shown)) == (code, True), shown


LONG = "n" * 260
NAMES = [
    pytest.param(["gradcheck", f"{LONG}.yaml"], id="gradcheck"), pytest.param(["validate", LONG], id="validate"),
    pytest.param(["compute", f"{LONG}.yaml"], id="compute"), pytest.param(["explain", f"a.yaml#{LONG}"], id="a part"),
    pytest.param(["graph", "a.yaml", "-o", f"{LONG}.svg"], id="-o"), pytest.param(["init", LONG], id="init"),
    pytest.param(["init", LONG, "--force"], id="init --force"),
    pytest.param(["compute", "a.yaml", "--at", f"{LONG}.npz"], id="--at"),
    pytest.param(["gradcheck", "a.yaml", "--report", f"json={LONG}"], id="--report"),
    pytest.param(["gradcheck", "a.yaml", "--baseline", LONG], id="--baseline"),
    pytest.param(["gradcheck", "a.yaml", "--write-baseline", LONG], id="--write-baseline"),
    pytest.param(["gradcheck", "a/" * 3000], id="a long path"), pytest.param(["gradcheck", "a\0b"], id="a NUL"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", NAMES)
def test_names_that_are_too_long_are_refused_in_words(arguments: list[str]) -> None:
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert (done.exit_code, no_traceback(done.output)) == (2, True), done.output


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "junit", "sarif", "github", "gitlab", "markdown"])
def test_names_that_are_no_text_are_shown_somehow(form: str, folder: Path) -> None:
    name = os.fsdecode(b"b\xff.yaml")
    try:
        Path(name).write_text(WRONG)
    except OSError:
        pytest.skip("the file system wants text")
    done = CliRunner().invoke(app, ["gradcheck", name, "-f", form], catch_exceptions=False)
    assert (done.exit_code, no_traceback(done.output)) == (1, True)


INTERRUPTED = """
import signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
sys.argv = ["jac", "gradcheck", "a.yaml"]
from jaccli.__main__ import main
main()
"""


@pytest.mark.parametrize("name", ["jaccli.cli", "typer", "numpy", "yaml"])
def test_an_interruption_while_modules_are_imported_is_one_word(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(name=name)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, no_traceback(done.stderr)) == (130, True), done.stderr
    assert "interrupted" in done.stderr or "nothing was checked" in done.stdout


def test_an_interruption_while_processes_begin_is_told_by_none_of_them(folder: Path) -> None:
    (folder / "f.py").write_text("import time\nopen('begun', 'w').close()\ntime.sleep(60)\n")
    command = [sys.executable, "-m", "jaccli", "gradcheck", "f.py::f", "-j", "2"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not (folder / "begun").exists() and process.poll() is None:
        time.sleep(0.02)  # until the sign is there
    os.killpg(process.pid, signal.SIGINT)
    shown = process.communicate(timeout=60)[1]
    assert (process.returncode, no_traceback(shown)) == (130, True), shown


@pytest.mark.parametrize("columns", ["0", "1", "7"])
@pytest.mark.parametrize("command", ["gradcheck a.yaml", "compute a.yaml", "--help"])
def test_a_terminal_without_a_width_is_written_to_all_the_same(command: str, columns: str) -> None:
    shown = shell(f"COLUMNS={columns} {JAC} {command}")[1]
    assert sum(len(line) > 10 for line in shown.splitlines()) > 3


@pytest.mark.parametrize("command", ["gradcheck {}/a.yaml", "compute -e 'y = x' --at x=1", "init", "--help"])
def test_a_folder_that_is_no_longer_there_is_said_in_one_line(command: str, folder: Path) -> None:
    code, shown = shell(f"mkdir gone && cd gone && rmdir ../gone && {JAC} {command.format(folder)}")
    assert (code, shown.splitlines()) == (
        2,
        ["error: the current folder cannot be read, or is no longer there; change to another one"],
    )
