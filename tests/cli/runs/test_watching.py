"""``--watch``: a fresh process after every change, and an end by Ctrl-C."""

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
from jaccli.cli.runs.watching import snapshot

ROOT = Path(__file__).parents[3]
SPEC = "inputs: {x: 2}\noutputs:\n  y: x**2\njacobian:\n  y:\n    x: %s\n"


def wait_for(path: Path, text: str, seconds: float = 60) -> str:
    end = time.monotonic() + seconds
    while text not in (shown := path.read_text()):
        assert time.monotonic() < end, shown
        time.sleep(0.05)
    return shown


def test_watch_checks_again_after_a_change_and_ends_with_130(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SPEC % "3*x")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "jaccli", "gradcheck", "a.yaml", "--watch"]
    with (tmp_path / "out").open("w") as out, (tmp_path / "err").open("w") as err:
        process = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=out, stderr=err, start_new_session=True)
        try:
            wait_for(tmp_path / "out", "1 failed, 3 passed")
            wait_for(tmp_path / "err", "watching for changes")
            (tmp_path / "a.yaml").write_text(SPEC % "2*x")
            wait_for(tmp_path / "out", "4 passed")
            assert "a.yaml changed" in (tmp_path / "err").read_text()
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) == 130
        finally:
            process.kill()


def wait_until_it_exists(path: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, f"{path.name} was not written"
        time.sleep(0.05)


def test_watch_ends_a_run_that_hangs(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("import threading\nopen('began', 'w').close()\nthreading.Event().wait()\n")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "jaccli", "gradcheck", "m.py", "--watch"]
    with (tmp_path / "out").open("w") as out, (tmp_path / "err").open("w") as err:
        process = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=out, stderr=err, start_new_session=True)
        try:
            wait_until_it_exists(tmp_path / "began")
            (tmp_path / "m.py").write_text(
                "import jaccli\n@jaccli.check(x=1.0, jacobian=lambda x: 1.0)\ndef f(x):\n    return x\n"
            )
            wait_for(tmp_path / "out", "1 passed")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


def test_watch_looks_for_no_module_in_the_current_folder(tmp_path: Path) -> None:
    (tmp_path / "yaml.py").write_text("open('ran', 'w').close()\n")
    (tmp_path / "a.yaml").write_text(SPEC % "2*x")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "NO_COLOR": "1"}
    command = [sys.executable, "-P", "-m", "jaccli", "gradcheck", "a.yaml", "--watch"]
    with (tmp_path / "out").open("w") as out:
        process = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=out, stderr=out, start_new_session=True)
        try:
            wait_for(tmp_path / "out", "4 passed")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("change", ["deleted", "made", "broken", "a folder"])
def test_watch_goes_on_when_files_come_and_go(tmp_path: Path, change: str) -> None:
    (tmp_path / "specs").mkdir()
    for name in "ab":
        (tmp_path / f"specs/{name}.yaml").write_text(SPEC % "2*x")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "jaccli", "gradcheck", "--watch"]
    with (tmp_path / "out").open("w") as out:
        process = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=out, stderr=out, start_new_session=True)
        try:
            wait_for(tmp_path / "out", "watching for changes")
            expected = _changed(tmp_path / "specs", change)
            wait_for(tmp_path / "out", expected)
            assert process.poll() is None
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


def _changed(specs: Path, change: str) -> str:
    """Change the specs, and return what the next run says."""
    if change == "deleted":
        (specs / "b.yaml").unlink()
        return "4 passed in 1 file"
    if change == "made":
        (specs / "c.yaml").write_text(SPEC % "2*x")
        return "12 passed in 3 files"
    if change == "broken":
        (specs / "b.yaml").write_text("inputs: {x: 2}\noutputs: {y: 2x}\n")
        return "1 error, 4 passed in 2 files"
    for name in "ab":
        (specs / f"{name}.yaml").unlink()
    specs.rmdir()
    return "no specs found"


@pytest.mark.parametrize("args", [["-e", "y = x", "--at", "x=1"], ["-"]])
def test_watch_needs_files(args: list[str]) -> None:
    done = CliRunner().invoke(app, ["gradcheck", "--watch", *args])
    assert (done.exit_code, "--watch looks at files" in done.stderr) == (2, True)


def test_snapshot_leaves_out_hidden_and_build_folders(tmp_path: Path) -> None:
    for name in ("a.yaml", ".git/b.yaml", "build/c.py", "sub/d.py", "e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert sorted(Path(name).name for name in snapshot([tmp_path])) == ["a.yaml", "d.py"]
