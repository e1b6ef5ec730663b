"""Options of jac gradcheck in an empty folder, with their exit codes; what depends on a process through a real one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jaccli.cli import app, with_values

ROOT = Path(__file__).parents[2]
WRONG = "inputs: {x: 1.5, w: 2}\noutputs:\n  y: x**2 * w\n  z: x + w\njacobian:\n  y:\n    x: -2*x*w\n"
RIGHT = "inputs: {x: 1.5}\noutputs:\n  y: x**2\n"
RAN = [sys.executable, "-m", "jaccli"]


def environment() -> dict[str, str]:
    return {**os.environ, "COLUMNS": "80", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}


def jac(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RAN, *args], cwd=folder, env=environment(), capture_output=True, text=True, check=False, encoding="utf-8"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "a.yaml").write_text(WRONG)
    (tmp_path / "specs" / "b.yaml").write_text(RIGHT)
    return tmp_path


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        pytest.param(["-x", "-q"], 1, "in 1 file", id="-x stops at the first file"),
        pytest.param(["--of", "z", "specs/a.yaml"], 0, "6 passed", id="--of"),
        pytest.param(["--of", "y", "--wrt", "w", "specs/a.yaml"], 0, "3 passed", id="--of and --wrt"),
        pytest.param(["-k", "not claim"], 0, "15 passed in 2 files", id="-k"),
        pytest.param(["-k", "claim"], 1, "1 failed", id="-k claim"),
        pytest.param(["-k", "a.yaml and claim and not p0"], 5, "nothing was checked", id="-k nothing"),
        pytest.param(["--statistics"], 1, "by what was tested", id="--statistics"),
        pytest.param(["--write-baseline", "known.json"], 0, "1 failed", id="--write-baseline"),
        pytest.param(["--baseline", "absent.json"], 2, "there is no such file", id="--baseline without a file"),
        pytest.param(["-v", "specs/b.yaml"], 0, "detects", id="-v"),
        pytest.param(["--scan", "-q", "specs/a.yaml"], 1, "slope 1", id="--scan alone"),
        pytest.param(["--scan", "y/w", "specs/a.yaml"], 1, "scan of d y / d w", id="--scan of an entry"),
        pytest.param(["--smallest", "-q"], 1, "the smallest spec that still fails", id="--smallest"),
        pytest.param(["--timeout", "1e-6"], 4, "timed out", id="--timeout"),
        pytest.param(["--timeout", "0"], 2, "--timeout must be a positive number", id="--timeout 0"),
        pytest.param(["--directions", "4", "specs/b.yaml"], 0, "4 random directions", id="--directions"),
        pytest.param(
            ["--reference", "certified", "ops.py::f"],
            2,
            "functions such as ops.py::f are judged by differences",
            id="--reference of a function",
        ),
        pytest.param(
            ["--domain", "x=symmetric", "-e", "x**2"], 2, "--domain is for Python functions", id="--domain of a spec"
        ),
        pytest.param(["--directions", "4", "--full"], 2, "give one of them", id="--directions and --full"),
    ],
)
def test_option_does_what_it_says(
    folder: Path, args: list[str], code: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    for name, value in (("COLUMNS", "80"), ("NO_COLOR", "1"), ("TERM", "dumb")):
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(app, with_values(["gradcheck", *args]), catch_exceptions=False)
    assert (done.exit_code, words in done.output) == (code, True), done.output


@pytest.mark.parametrize(
    ("args", "code"),
    [(["-x", "-q"], 1), (["-k", "nothing"], 5), (["--timeout", "1e-6"], 4), (["--scan", "specs/b.yaml"], 0)],
    ids=["1", "5", "4", "0"],
)
def test_options_set_the_exit_code_of_the_process(folder: Path, args: list[str], code: int) -> None:
    assert jac(folder, "gradcheck", *args).returncode == code


def test_failures_are_kept_replayed_and_forgotten(folder: Path) -> None:
    steps = [
        jac(folder, "gradcheck").returncode,
        jac(folder, "replay").returncode,
        jac(folder, "gradcheck", "--lf").returncode,
    ]
    (folder / "specs" / "a.yaml").write_text(WRONG.replace("-2*x*w", "2*x*w"))
    steps += [jac(folder, "gradcheck", "--lf").returncode, jac(folder, "replay").returncode]
    assert steps == [1, 1, 1, 0, 5]


def test_the_smallest_spec_fails_when_it_is_run(folder: Path) -> None:
    shown = jac(folder, "gradcheck", "--smallest", "-q", "specs/a.yaml").stdout
    spec = shown.split("reads it):")[1].split("1 failed")[0]
    done = subprocess.run(
        [*RAN, "gradcheck", "-", "-q"],
        cwd=folder,
        env=environment(),
        input=spec,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "JAC101" in done.stdout) == (1, True)


#: The program, which says on standard error which output it begins to check.
TELLING = """\
import sys, jaccli.checker.specs.run as checking
from jaccli.__main__ import main
def told(checks, built, variables, of, index, *more, fill=checking._fill):
    print("begun", of, index, file=sys.stderr, flush=True)
    fill(checks, built, variables, of, index, *more)
checking._fill = told
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_interrupted_run_prints_what_it_has_finished(folder: Path) -> None:
    """The second output never ends within the test, so that the interruption falls into the middle of a file."""
    slow = "inputs:\n  x: {shape: [30, 30], init: normal, seed: 1}\n  w: 2\noutputs:\n  y: w**2\n  z: inv(x @ x.T + eye(30)) @ x\n"
    (folder / "specs" / "a.yaml").write_text(slow + "check: {points: 1000}\n")
    run = subprocess.Popen(
        [sys.executable, "-c", TELLING, "gradcheck", "specs/b.yaml", "specs/a.yaml"], cwd=folder, env=environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    assert run.stderr is not None
    assert "begun z 0\n" in run.stderr  # the first output of a.yaml is checked
    run.send_signal(signal.SIGINT)
    out, _ = run.communicate(timeout=60)
    assert (run.returncode, "specs/b.yaml" in out, "specs/a.yaml" in out, "passed" in out) == (130, True, True, True)


@pytest.mark.parametrize(("atol", "code"), [("1e-3", 0), ("1e-9", 1)])
def test_an_absolute_error_that_does_not_matter_is_an_option(
    atol: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("off.yaml").write_text("inputs: {x: 1}\noutputs: {y: sin(x)}\njacobian: {y: {x: cos(x) + 1e-4}}\n")
    found = CliRunner().invoke(app, ["gradcheck", "off.yaml", "--atol", atol])
    assert found.exit_code == code
    assert (f"--atol {float(atol):g}" in found.output) == bool(code)
    if code:
        again = CliRunner().invoke(app, ["replay", "off.yaml::y/x[claim-p0]"])
        assert (again.exit_code, "--atol 1e-09" in again.output) == (1, True)


def test_a_negative_absolute_error_is_refused() -> None:
    found = CliRunner().invoke(app, ["gradcheck", "-e", "y = x", "--at", "x=1", "--atol", "-1"])
    assert (found.exit_code, "--atol must be a number, 0 or more (got -1.0)" in found.output) == (2, True)
