"""Every exit code, through a real subprocess; and what a start of the program imports."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from consoles import PROGRESS

ROOT = Path(__file__).parents[2]
RIGHT = "inputs: {x: 1.5}\noutputs:\n  y: x**2\njacobian:\n  y:\n    x: 2*x\n"
WRONG = RIGHT.replace("2*x", "-2*x")
OPEN = "inputs: {x: 0}\noutputs:\n  y: sqrt(x)\n"


def jac(*args: str, cwd: Path = ROOT, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "COLUMNS": "80", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "jaccli", *args]
    return subprocess.run(
        command, cwd=cwd, env=env, input=stdin, capture_output=True, text=True, check=False, encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("spec", "args", "code"),
    [
        pytest.param(RIGHT, [], 0, id="0 right"),
        pytest.param("inputs: {x: 2}\noutputs: {y: x}\n", [], 0, id="0 an output that is an input"),
        pytest.param(WRONG, [], 1, id="1 a derivative is wrong"),
        pytest.param(WRONG, ["--fail-on", "never"], 0, id="0 wrong, but --fail-on never"),
        pytest.param("inputs: {x: 1}\noutputs: {y: sinn(x)}\n", [], 2, id="2 broken spec"),
        pytest.param(RIGHT, ["--of", "z"], 2, id="2 unknown output"),
        pytest.param(RIGHT, ["--nonsense"], 2, id="2 unknown option"),
        pytest.param(RIGHT, ["--rtol", "0"], 2, id="2 bad option value"),
        pytest.param(RIGHT, ["--at", "x"], 2, id="2 bad --at"),
        pytest.param("inputs:\n  x:\noutputs: {y: x}\n", [], 2, id="2 an input without a value"),
        pytest.param(OPEN, [], 4, id="4 nothing decided"),
        pytest.param("constants: {c: 1}\noutputs: {y: 2*c}\n", [], 5, id="5 nothing to check"),
    ],
)
def test_gradcheck_exit_code(tmp_path: Path, spec: str, args: list[str], code: int) -> None:
    (tmp_path / "a.yaml").write_text(spec)
    done = jac("gradcheck", "a.yaml", *args, cwd=tmp_path)
    assert done.returncode == code, done.stdout + done.stderr


def test_gradcheck_without_any_spec_is_5(tmp_path: Path) -> None:
    assert jac("gradcheck", cwd=tmp_path).returncode == 5


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        pytest.param("sum([1, 1e-9]*sin(x))", 0, id="what carries next to nothing"),
        pytest.param("1e10 + sin(x)", 4, id="a diagonal, beside zeros that are decided"),
        pytest.param("sqrt(x - 1)", 4, id="one of two"),
    ],
)
def test_gradcheck_in_part_decided(tmp_path: Path, expression: str, code: int) -> None:
    (tmp_path / "a.yaml").write_text(f"inputs: {{x: [1, 2]}}\noutputs:\n  y: {expression}\n")
    command = ("gradcheck", "a.yaml", "--reference", "difference")
    assert jac(*command, cwd=tmp_path).returncode == code
    assert jac(*command, "--fail-on", "inconclusive", cwd=tmp_path).returncode == 4


def test_gradcheck_checks_the_other_files_beside_a_broken_one(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("outputs: {y: 1 +}\n")
    (tmp_path / "b.yaml").write_text(RIGHT)
    done = jac("gradcheck", "a.yaml", "b.yaml", cwd=tmp_path)
    assert (done.returncode, "4 passed" in done.stdout) == (2, True)


def test_gradcheck_internal_error_is_3(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(RIGHT)
    code = (
        "import sys, jaccli.checker.judge as j; j.References = None\n"
        "sys.argv = ['jac', 'gradcheck', 'a.yaml']; from jaccli.__main__ import main; main()"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "bug in jaccli" in done.stdout) == (3, True)


def opened_by_a_reader(pipe: Path, seconds: float = 60) -> int:
    """Return the writing end of a named pipe as soon as somebody reads from it."""
    end = time.monotonic() + seconds
    while True:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody reads yet
            assert time.monotonic() < end, f"{pipe.name} was not read"
            time.sleep(0.01)


def interrupted(process: subprocess.Popen[str]) -> str:
    """Interrupt a process, again where Python lost the first signal between two reads, and return what it still wrote."""
    for _ in range(6):
        process.send_signal(signal.SIGINT)
        try:
            return process.communicate(timeout=10)[0]
        except subprocess.TimeoutExpired:
            continue
    process.kill()
    return ""


def test_gradcheck_interrupted_is_130_and_keeps_what_is_done(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(RIGHT)
    os.mkfifo(tmp_path / "b.yaml")  # reading it waits for words that never come
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "jaccli", "gradcheck", "a.yaml", "b.yaml"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        writer = opened_by_a_reader(tmp_path / "b.yaml")
        rest = interrupted(process)
        os.close(writer)
    assert (process.returncode, "4 passed" in rest, "a.yaml" in first) == (130, True, True)


@pytest.mark.parametrize(
    ("args", "code"),
    [
        pytest.param(["compute", "specs/coffee.yaml"], 0, id="compute"),
        pytest.param(["compute"], 2, id="compute without a spec"),
        pytest.param(["compute", "nowhere.yaml"], 2, id="no such file"),
        pytest.param(["compute", "specs"], 2, id="a folder"),
        pytest.param(["compute", "specs/coffee.yaml", "--route", "sideways"], 2, id="unknown route"),
        pytest.param(["compute", "specs/coffee.yaml", "--order", "3"], 2, id="unknown order"),
        pytest.param(["compute", "specs/coffee.yaml", "--at", "x1=[1, 2]"], 2, id="--at of the wrong shape"),
        pytest.param(["compute", "specs/coffee.yaml", "--at", "x1=.nan"], 2, id="--at nan"),
        pytest.param(["validate", "specs"], 0, id="validate"),
        pytest.param(["rule", "JAC101"], 0, id="rule"),
        pytest.param(["rule", "JAC999"], 2, id="unknown rule"),
    ],
)
def test_command_exit_code(args: list[str], code: int) -> None:
    done = jac(*args)
    assert done.returncode == code, done.stdout + done.stderr


def test_results_go_to_stdout_and_trouble_to_stderr(tmp_path: Path) -> None:
    done = jac("compute", "-", stdin="inputs: {x: 1}\noutputs: {y: 2x}\n", cwd=tmp_path)
    assert (done.stdout, "<stdin>:2:14" in done.stderr) == ("", True)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        pytest.param(["compute", "specs/feedforward.yaml", "--wrt", "b"], b"ds/db = u .* (1 - h^2)", id="formula"),
        pytest.param(["graph", "specs/relu_neuron.yaml"], b"v 2*x  2.0  <- 1.0  of x", id="arrows"),
    ],
)
def test_ascii_console_gets_plain_letters(args: list[str], words: bytes) -> None:
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT), "COLUMNS": "80"}
    done = subprocess.run([sys.executable, "-m", "jaccli", *args], cwd=ROOT, env=env, capture_output=True, check=False)
    assert (done.returncode, words in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("args", "forbidden"),
    [
        pytest.param(["--version"], ["typer", "numpy", "sympy", "rich", "yaml"], id="version"),
        pytest.param(["--help"], ["numpy", "sympy", "yaml"], id="help"),
        pytest.param(["gradcheck", "--help"], ["numpy", "sympy", "yaml"], id="help of a command"),
    ],
)
def test_start_imports_nothing_heavy(args: list[str], forbidden: list[str]) -> None:
    code = (
        "import sys, atexit\n"
        f"atexit.register(lambda: print('LOADED', [m for m in {forbidden!r} if m in sys.modules]))\n"
        f"sys.argv = ['jac', *{args!r}]\n"
        "from jaccli.__main__ import main; main()"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert "LOADED []" in done.stdout, done.stdout + done.stderr


def test_a_closed_pipe_is_not_a_wrong_derivative() -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "jaccli", "gradcheck", "specs", "-v"]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        trouble = PROGRESS.sub("", process.stderr.read().decode())  # a slow machine hears what is being done
        code = process.wait(timeout=60)
    assert (code, trouble) == (141, "")


def test_a_check_of_some_rows_says_so() -> None:
    shown = jac("gradcheck", str(ROOT / "specs" / "networks" / "digits.yaml"), "--wrt", "logits.b").stdout
    assert "checked on the first 8 of the data's 1,797 rows (n)" in shown


def test_python_m_jaccli_answers_its_version() -> None:
    from jaccli import __version__

    assert jac("--version").stdout == f"jaccli {__version__}\n"
