"""Work on the workers of dask, on this machine: the same rows, and what becomes of them where something breaks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tasks_to_do import behave, marked
from typer.testing import CliRunner, Result

from jaccli.cli import app
from jaccli.errors import UsageError
from jaccli.tasks import sent as sent_
from jaccli.tasks.cluster import on_cluster
from jaccli.tasks.pool import Lost, Raised

distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed")

SPECS = Path(__file__).parents[2] / "specs"
NAMES = [str(SPECS / f"{name}.yaml") for name in ("coffee", "relu_neuron")]
HANGS = "import threading\ndef f(x=1.0):\n    threading.Event().wait()\ndf = f\n"
MIXED = """\
import os, time, jaccli

def marked(fn):
    return jaccli.check(x=1.5, jacobian=lambda x: 2 * x)(fn)

@marked
def before(x):
    return x**2

@marked
def ends(x):
    os._exit(7)

@marked
def wrong(x):
    return x**2.001
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address="127.0.0.1:0") as found:
        yield found


@pytest.fixture
def own_cluster() -> Iterator[Any]:
    """A cluster that a test may break."""
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as found:
        yield found


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in (("COLUMNS", "80"), ("NO_COLOR", "1"), ("TERM", "dumb")):
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["gradcheck", *args], catch_exceptions=False)


def rows(done: Result) -> list[dict[str, Any]]:
    return json.loads(done.stdout)["results"]


def test_numbers_are_those_of_one_process(cluster: Any) -> None:
    assert rows(run(*NAMES, "-f", "json", "--cluster", cluster.scheduler_address)) == rows(run(*NAMES, "-f", "json"))


def test_functions_that_end_badly_cost_their_row_alone(cluster: Any, folder: Path) -> None:
    (folder / "mixed.py").write_text(MIXED)
    done = run("mixed.py", "-f", "json", "--cluster", cluster.scheduler_address)
    found = {row["id"]: row["outcome"] for row in rows(done)}
    assert found == {
        "mixed.py::before::y/x[jacobian-p0]": "pass",
        "mixed.py::ends": "error",
        "mixed.py::wrong::y/x[jacobian-p0]": "fail",
    }
    assert done.exit_code == 2


def test_order_is_kept_and_each_task_has_a_process_of_its_own(cluster: Any) -> None:
    with on_cluster(cluster.scheduler_address, 60.0, lambda task: ()) as place:
        found = list(place.results(behave, ["a", "exit", "pid", "raise", "pid", "b"]))
    assert (found[0], found[1], found[5]) == ("a", Lost("ended the process with exit code 3"), "b")
    assert isinstance(found[3], Raised)
    assert found[2] != found[4]


def test_task_that_hangs_is_ended_and_the_others_go_on(cluster: Any) -> None:
    with on_cluster(cluster.scheduler_address, 5.0, lambda task: ()) as place:
        assert list(place.results(behave, ["hang", "a"])) == [Lost("took longer than 5 s"), "a"]


def test_what_nobody_waits_for_any_more_is_ended(cluster: Any, folder: Path) -> None:
    with on_cluster(cluster.scheduler_address, None, lambda task: ()) as place:
        found = place.results(marked, [str(folder / "pid")])
        threading.Thread(target=lambda: next(found, None), daemon=True).start()
        pid = int(_eventually(lambda: (folder / "pid").read_text()))
    _eventually(lambda: not _alive(pid))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _eventually(look: Any, seconds: float = 30.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if found := look():
                return found
        except OSError:
            pass
        time.sleep(0.1)
    pytest.fail("it did not happen")


def test_killed_worker_costs_nothing(own_cluster: Any) -> None:
    """Its tasks are done again by others, in the same order."""
    pids = [worker.pid for worker in own_cluster.workers.values()]
    timer = threading.Timer(1.0, lambda: os.kill(pids[0], signal.SIGKILL))
    timer.start()
    with on_cluster(own_cluster.scheduler_address, 60.0, lambda task: ()) as place:
        assert list(place.results(behave, ["slow", "slow", "a", "b"])) == ["slow", "slow", "a", "b"]
    timer.join()


def test_lost_scheduler_leaves_rows_and_what_was_finished(own_cluster: Any) -> None:
    with on_cluster(own_cluster.scheduler_address, 60.0, lambda task: ()) as place:
        results = place.results(behave, ["a", "hang", "hang", "hang"])
        assert next(results) == "a"
        own_cluster.close()
        left = list(results)
    assert [type(one) for one in left] == [Lost] * 3
    assert {one.reason for one in left} == {
        "has no result: the connection to the scheduler is lost; what was finished before is kept"
    }


def test_no_worker_left_is_told(own_cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jaccli.tasks.cluster.ALONE", 1.0)
    with on_cluster(own_cluster.scheduler_address, 60.0, lambda task: ()) as place:
        results = place.results(behave, ["a", "hang"])
        assert next(results) == "a"
        own_cluster.scale(0)
        (left,) = results
    assert left == Lost("has no result: no worker is left; what was finished before is kept")


def test_code_that_workers_do_not_have_is_told(cluster: Any, folder: Path) -> None:
    (folder / "m.py").write_text("def f(x=1.0):\n    return x\ndef df(x):\n    return 1.0\n")
    before = os.getcwd()
    with on_cluster(cluster.scheduler_address, 60.0, lambda task: ["m.py"]) as place:
        one = sent_.sent(behave, "a", 60.0, ["m.py"])
        (folder / "m.py").write_text("# another\n")
        assert "m.py is another file on" in place.executor.submit(sent_.alone, one).result().reason
        (folder / "m.py").unlink()
        assert "m.py is not there on" in place.executor.submit(sent_.alone, one).result().reason
    assert os.getcwd() == before


def test_module_that_workers_cannot_import_is_a_row(
    cluster: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "only_here.py").write_text("def f(x=1.0):\n    return x\ndef df(x):\n    return 1.0\n")
    monkeypatch.syspath_prepend(str(folder))
    done = run("only_here::f", "--jacobian", "df", "-f", "json", "--cluster", cluster.scheduler_address)
    text = done.stdout + done.stderr
    assert done.exit_code == 2
    assert "only_here" in text
    assert "cannot" in text or "no module" in text.lower()


@pytest.mark.parametrize(("place", "what"), [(0, "jaccli"), (1, "Python")])
def test_task_of_another_version_is_not_begun(
    cluster: Any, monkeypatch: pytest.MonkeyPatch, place: int, what: str
) -> None:
    mine = sent_.identity()
    other = tuple("9.9" if k == place else one for k, one in enumerate(mine))
    with on_cluster(cluster.scheduler_address, 60.0, lambda task: ()) as found:
        monkeypatch.setattr("jaccli.tasks.sent.identity", lambda: other)
        (lost,) = found.results(behave, ["a"])
    assert f"has {what} {mine[place]}, and this run 9.9" in lost.reason


@pytest.mark.parametrize(("place", "what"), [(0, "jaccli"), (1, "Python")])
def test_worker_of_another_version_is_refused(
    cluster: Any, monkeypatch: pytest.MonkeyPatch, place: int, what: str
) -> None:
    mine = sent_.identity()
    other = tuple("9.9" if k == place else one for k, one in enumerate(mine))
    calls = iter([other])
    monkeypatch.setattr("jaccli.tasks.cluster._own_identity", lambda: next(calls, other))
    with (
        pytest.raises(UsageError, match=rf"has {what} {mine[place]}, and this run 9\.9"),
        on_cluster(cluster.scheduler_address, 60.0, lambda task: ()),
    ):
        pass


def test_scheduler_without_workers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jaccli.tasks.cluster.CONNECT", 2.0)
    with distributed.LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as empty:
        done = run(NAMES[0], "--cluster", empty.scheduler_address)
    assert done.exit_code == 2
    assert "the scheduler has no workers; start some with `dask worker tcp://" in done.stderr


def test_address_that_nobody_listens_at_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jaccli.tasks.cluster.CONNECT", 1.0)
    done = run(NAMES[0], "--cluster", "tcp://127.0.0.1:9")
    assert done.exit_code == 2
    assert "--cluster tcp://127.0.0.1:9: no scheduler answers" in done.stderr
    assert "start it with `dask scheduler`" in done.stderr


@pytest.mark.parametrize("address", ["localhost:8786", "tcp//x", "http://127.0.0.1:8786", "tcp://", ""])
def test_what_is_no_address_is_refused(address: str) -> None:
    done = run(NAMES[0], "--cluster", address)
    assert done.exit_code == 2
    assert "--cluster must be the address of a dask scheduler" in done.stderr


def test_spec_runs_no_code_on_a_worker_either(cluster: Any, folder: Path) -> None:
    (folder / "ops.py").write_text("open('ran', 'w').close()\ndef f(x):\n    return x\n")
    (folder / "s.yaml").write_text("target: ops.py::f\ninputs: {x: 2}\noutputs: {y: x}\n")
    done = run("s.yaml", "--cluster", cluster.scheduler_address)
    assert (done.exit_code, (folder / "ran").exists()) == (run("s.yaml").exit_code, False)


def test_interrupted_run_keeps_what_is_finished(cluster: Any, folder: Path) -> None:
    (folder / "a.yaml").write_text("inputs: {x: 2}\noutputs: {y: x**2}\n")
    (folder / "h.py").write_text(HANGS)
    command = [sys.executable, "-m", "jaccli", "gradcheck", "a.yaml", "h.py::f", "--jacobian", "df"]
    process = subprocess.Popen(
        [*command, "--cluster", cluster.scheduler_address, "--report", "json=out.json", "-v"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    seen = ""
    while "y/x" not in seen:
        line = process.stdout.readline()
        assert line, seen
        seen += line
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert {row["outcome"] for row in json.loads((folder / "out.json").read_text())["results"]} == {"pass"}
