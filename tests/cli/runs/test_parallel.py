"""Work in processes of their own: Python functions that end badly, ``-j``, ``--shard``, through the command line."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from jaccli.cli import app
from jaccli.tasks.pool import THREADS, Lost, Pool, Raised, _undisturbed, surroundings

SPECS = Path(__file__).parents[3] / "specs"
BAD = """\
import os, sys, jaccli

def marked(fn):
    return jaccli.check(x=1.5, jacobian=lambda x: 2 * x)(fn)

@marked
def before(x):
    return x**2

@marked
def ends(x):
    os._exit(0)

@marked
def killed(x):
    os.kill(os.getpid(), 9)

@marked
def leaves(x):
    sys.exit(0)

@marked
def interrupts(x):
    raise KeyboardInterrupt

@marked
def prints(x):
    print("{", flush=True)
    os.write(1, b"}")
    return x**2

@marked
def wrong(x):
    return x**2.001
"""
EXPECTED = {
    "bad.py::before::y/x[jacobian-p0]": ("pass", None),
    "bad.py::ends": ("error", "JAC322"),
    "bad.py::killed": ("error", "JAC322"),
    "bad.py::leaves": ("error", "JAC302"),
    "bad.py::interrupts": ("error", "JAC322"),
    "bad.py::prints::y/x[jacobian-p0]": ("pass", None),
    "bad.py::wrong::y/x[jacobian-p0]": ("fail", "JAC102"),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in (("COLUMNS", "80"), ("NO_COLOR", "1"), ("TERM", "dumb")):
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.py").write_text(BAD)
    return tmp_path


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["gradcheck", *args], catch_exceptions=False)


def read(*args: str) -> list[dict[str, object]]:
    return json.loads(run(*args, "-f", "json").stdout)["results"]


def test_functions_that_end_badly_are_rows_and_the_rest_goes_on() -> None:
    done = run("bad.py", "-f", "json")
    found = {row["id"]: (row["outcome"], row["code"]) for row in json.loads(done.stdout)["results"]}
    assert {name: found[name][0] for name in found} == {name: outcome for name, (outcome, _) in EXPECTED.items()}
    assert [found[name][1] for name in EXPECTED if EXPECTED[name][0] == "error"] == [
        "JAC322",
        "JAC322",
        "JAC302",
        "JAC322",
    ]
    assert done.exit_code == 2


def test_a_failing_function_is_replayed(folder: Path) -> None:
    assert run("bad.py::wrong").exit_code == 1
    again = CliRunner().invoke(app, ["replay", "--allow-code", "-f", "json"], catch_exceptions=False)
    assert [row["id"] for row in json.loads(again.stdout)["results"]] == ["bad.py::wrong::y/x[jacobian-p0]"]


@pytest.mark.parametrize(("text", "message"), [
    ("import threading\nthreading.Event().wait()\n", "importing m.py takes longer than --timeout"),
    ("import threading\ndef f(x=1.0):\n    threading.Event().wait()\ndf = f\n", "the 2 s of the time limit were over"),
])  # fmt: skip
def test_what_hangs_is_ended_by_the_timeout(folder: Path, text: str, message: str) -> None:
    (folder / "m.py").write_text(text)
    done = run("m.py::f", "--jacobian", "df", "--timeout", "2", "-f", "jsonl")
    assert message in done.stdout


def test_a_function_that_changes_the_folder_does_not_move_the_next_one(folder: Path) -> None:
    (folder / "m.py").write_text("import os\nos.chdir('/')\ndef f(x=1.0):\n    return x\ndef df(x):\n    return 1.0\n")
    found = {str(row["id"]): row["outcome"] for row in read("m.py::f", "bad.py::before", "--jacobian", "df")}
    assert found["m.py::f::y/x[jacobian-p0]"] == "pass"


def test_a_function_that_is_named_twice_is_checked_once() -> None:
    assert len(read("bad.py::before", "./bad.py::before", "bad.py::before")) == 2


def test_a_file_that_ends_the_process_on_import_is_a_row(folder: Path) -> None:
    (folder / "m.py").write_text("import os\nos._exit(0)\n")
    done = run("m.py")
    assert (done.exit_code, "checking m.py ended the process with exit code 0" in done.stdout) == (2, True)


def test_numbers_are_the_same_for_every_number_of_workers() -> None:
    names = ["coffee", "feedforward", "museums", "softmax_cross_entropy", "wrong_on_purpose"]
    specs = [str(SPECS / f"{name}.yaml") for name in names]
    assert read(*specs) == read(*specs, "-j", "3")


def test_no_module_of_the_current_folder_runs_in_a_worker(folder: Path) -> None:
    """A spec alone runs no code, also where a file beside it is called like a module of Python's own."""
    for name in ("pickle", "socket", "runpy", "numpy", "yaml", "sympy"):
        (folder / f"{name}.py").write_text("open('ran', 'w').close()\n")
    for name in "ab":
        (folder / f"{name}.yaml").write_text("inputs: {x: 2}\noutputs: {y: x**2}\n")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "jaccli", "gradcheck", "a.yaml", "b.yaml", "-j", "2"], check=False,
        cwd=folder, env={**os.environ, "PYTHONPATH": str(SPECS.parent)}, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, (folder / "ran").exists()) == (0, False), done.stderr


def test_stdin_is_read_by_this_process() -> None:
    spec = "inputs: {x: 2}\noutputs: {y: x**2}\n"
    done = CliRunner().invoke(app, ["gradcheck", "-", "-j", "2"], input=spec, catch_exceptions=False)
    assert (done.exit_code, "3 passed" in done.stdout) == (0, True)


# --- shards


def test_shards_of_a_run_are_all_of_it(folder: Path) -> None:
    for name in "abc":
        (folder / f"{name}.yaml").write_text("inputs: {x: 2}\noutputs: {y: x**2}\n")
    whole = {str(row["id"]) for row in read(".")}
    parts = [{str(row["id"]) for row in read(".", "--shard", f"{k}/2")} for k in (1, 2)]
    assert (parts[0] | parts[1], parts[0] & parts[1], all(parts)) == (whole, set(), True)


def test_an_empty_shard_is_no_failure_and_is_told(folder: Path) -> None:
    (folder / "a.yaml").write_text("inputs: {x: 2}\noutputs: {y: x**2}\n")
    done = [run("a.yaml", "--shard", f"{k}/2") for k in (1, 2)]
    assert ([d.exit_code for d in done], sum("is empty" in d.stderr for d in done)) == ([0, 0], 1)


@pytest.mark.parametrize(
    "args", [["--shard", "3/2"], ["--shard", "0/2"], ["--shard", "1"], ["--shard", "a/b"], ["--shard", "1/0"]]
)
def test_shard_is_refused(args: list[str]) -> None:
    done = run(*args)
    assert (done.exit_code, done.stderr.strip()) == (
        2,
        f"error: --shard must be I/N with I from 1 to N, such as 1/4 (got {args[1]})",
    )


@pytest.mark.parametrize("jobs", ["0", "-1", "two", "1.5", "100000"])
def test_jobs_are_refused(jobs: str) -> None:
    done = run("-j", jobs)
    assert (done.exit_code, done.stderr.strip()) == (
        2,
        f"error: -j must be auto or a whole number from 1 to 1000 (got {jobs})",
    )


# --- the pool


def behave(task: str) -> str | None:
    match task:
        case "raise":
            raise ValueError("of the task")
        case "exit":
            os._exit(3)
        case "hang":
            threading.Event().wait()
        case "threads":
            return ",".join(os.environ.get(name, "") for name in THREADS)
        case "safe path":
            return os.environ.get("PYTHONSAFEPATH", "unset")
    return task


def test_pool_keeps_the_order_and_goes_on_after_a_loss() -> None:
    with Pool(2, timeout=10) as pool:
        found = list(pool.results(behave, ["a", "exit", "b", "raise", "c"]))
    assert found[:3] == ["a", Lost("ended the process with exit code 3"), "b"]
    assert isinstance(found[3], Raised)
    assert "ValueError: of the task" in found[3].text
    assert found[4] == "c"


def test_pool_ends_what_takes_too_long() -> None:
    with Pool(1, timeout=2) as pool:
        assert list(pool.results(behave, ["hang", "a"])) == [Lost("took longer than 2 s"), "a"]


def test_pool_gives_a_task_its_time_from_when_its_process_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first look at the clock, as the task is given out, is 100 s before every other: so long the process takes to start."""
    looks = itertools.count()
    monkeypatch.setattr("jaccli.tasks.pool.time", SimpleNamespace(monotonic=lambda: 100.0 if next(looks) else 0.0))
    with Pool(1, timeout=2) as pool:
        assert list(pool.results(behave, ["a"])) == ["a"]


def test_pool_leaves_no_process_and_no_variable_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in THREADS:
        monkeypatch.delenv(name, raising=False)
    with Pool(1) as pool:
        assert list(pool.results(behave, ["threads"])) == [",".join(["1"] * len(THREADS))]
        (process,) = [worker.process for worker in pool.workers]
    assert (process.is_alive(), [name for name in THREADS if name in os.environ]) == (False, [])


@pytest.mark.parametrize("said", [None, "1"])
def test_what_a_task_starts_finds_the_search_path_that_the_user_wants(
    monkeypatch: pytest.MonkeyPatch, said: str | None
) -> None:
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    if said is not None:
        monkeypatch.setenv("PYTHONSAFEPATH", said)
    with Pool(1) as pool:
        assert list(pool.results(behave, ["safe path"])) == [said or "unset"]


def test_threads_that_the_user_has_set_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    with surroundings():
        assert os.environ["OMP_NUM_THREADS"] == "7"
    assert os.environ["OMP_NUM_THREADS"] == "7"


def test_an_interruption_that_another_thread_takes_waits_until_a_process_has_begun() -> None:
    go, done = threading.Event(), threading.Event()

    def interrupt() -> None:  # as the threads of a library do, which were there before
        go.wait()
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        done.set()

    threading.Thread(target=interrupt).start()
    begun = []

    def begin() -> None:
        with _undisturbed():
            go.set()
            done.wait()
            begun.append(sum(range(10_000)))  # Python looks for signals here

    with pytest.raises(KeyboardInterrupt):
        begin()
    assert begun
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
