"""Python functions on executors: the same reports as here, and rows for what a worker could not do."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest
from tasks_to_do import behave, cubes, ends, slopes, wrong_slopes

import jaccli
from jaccli.tasks.places import OnExecutor
from jaccli.tasks.pool import Lost

X = np.linspace(0.5, 2.0, 4)


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as found:
        yield found


def calls() -> list[dict[str, Any]]:
    return [
        {"fn": cubes, "inputs": X, "jacobian": slopes},
        {"fn": cubes, "inputs": X + 1, "jacobian": wrong_slopes},
        {"fn": cubes, "inputs": X, "jacobian": slopes, "reference": "difference"},
    ]


def told(reports: Any) -> list[Any]:
    return [
        [(c.id, c.outcome, c.code, c.message, repr(c.value), repr(c.abs_error)) for c in one.checks] for one in reports
    ]


def test_reports_are_the_same_for_every_number_of_workers(processes: Executor) -> None:
    here = jaccli.gradcheck_all(calls())
    assert [report.ok for report in here] == [True, False, True]
    assert told(jaccli.gradcheck_all(calls(), executor=processes)) == told(here)


def test_options_hold_for_all_calls_and_a_call_goes_before_them() -> None:
    one, two = jaccli.gradcheck_all([calls()[0], {**calls()[0], "seed": 3}], seed=7)
    assert (one.seed, two.seed) == (7, 3)


def test_pairs_are_calls() -> None:
    found = jaccli.gradcheck_all([(cubes, X), (cubes, X + 1)], jacobian=slopes)
    assert [report.ok for report in found] == [True, True]


@pytest.mark.parametrize("call", [cubes, (cubes,), {"fn": cubes}, None])
def test_what_is_no_call_is_refused(call: Any) -> None:
    with pytest.raises(jaccli.UsageError, match="a call must be"):
        jaccli.gradcheck_all([call])


@pytest.mark.parametrize("use", [
    lambda bad: jaccli.gradcheck_all([(cubes, X)], executor=bad, jacobian=slopes),
    lambda bad: jaccli.gradcheck(cubes, X, slopes, executor=bad),
    lambda bad: jaccli.jacobian(cubes, X, executor=bad),
    lambda bad: jaccli.sweep(cubes, points, {"n": 3}, executor=bad, jacobian=slopes),
])  # fmt: skip
def test_what_is_no_executor_is_refused(use: Any) -> None:
    with pytest.raises(jaccli.UsageError, match=r"'executor' must have submit\(\).*got a int"):
        use(4)


def points(n: int) -> Any:
    return X[:n]


def test_columns_of_one_function_have_the_numbers_of_one_process(processes: Executor) -> None:
    here, there = jaccli.jacobian(cubes, X), jaccli.jacobian(cubes, X, executor=processes)
    assert np.array_equal(here.array, there.array)
    assert all(np.array_equal(bar, there.error_bar[block]) for block, bar in here.error_bar.items())
    assert told([jaccli.gradcheck(cubes, X, wrong_slopes, executor=processes)]) == told(
        [jaccli.gradcheck(cubes, X, wrong_slopes)]
    )


def test_columns_are_evaluated_at_one_time() -> None:
    """The first evaluation waits for a second one to begin."""
    second = threading.Event()
    known: set[int] = set()

    def meets(x: Any) -> Any:
        if threading.current_thread() is not threading.main_thread():
            known.add(threading.get_ident())
            if len(known) > 1:
                second.set()
            assert second.wait(30)
        return cubes(x)

    with ThreadPoolExecutor(4) as threads:
        assert jaccli.gradcheck(meets, X, slopes, executor=threads, reference="difference").ok
    assert len(known) > 1


def test_sizes_of_a_sweep_go_to_workers(processes: Executor) -> None:
    sizes = {"n": [1, 2, 4]}
    here = jaccli.sweep(cubes, cut, sizes, jacobian=slopes)
    assert told([jaccli.sweep(cubes, cut, sizes, jacobian=slopes, executor=processes)]) == told([here])


def cut(n: int) -> Any:
    return X[:n]


def test_worker_that_ends_is_a_row() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as one:
        (good, bad) = jaccli.gradcheck_all(
            [{"fn": cubes, "inputs": X}, {"fn": ends, "inputs": X}], executor=one, jacobian=slopes
        )
        (later,) = jaccli.gradcheck_all([(cubes, X)], executor=one, jacobian=slopes)
    assert good.ok
    for report in (bad, later):
        assert [(c.outcome, c.code) for c in report.checks] == [("error", "JAC322")]
    assert "BrokenProcessPool" in bad.checks[0].message


def test_function_that_cannot_be_sent_is_told(processes: Executor) -> None:
    (report,) = jaccli.gradcheck_all([(lambda x: x**3, X)], executor=processes, jacobian=slopes)
    assert "could not be sent to a worker" in report.checks[0].message
    assert "define it in a module that workers can import" in report.checks[0].message


# --- the place that the command line uses


class Broken(Executor):
    """An executor that does nothing right."""

    def __init__(self, how: str) -> None:
        self.how = how

    def submit(self, *_: Any) -> Future[Any]:
        if self.how == "submit":
            raise RuntimeError("cannot schedule new futures after shutdown")
        future: Future[Any] = Future()
        if self.how == "cancel":
            future.cancel()
        elif self.how == "raise":
            future.set_exception(OSError("no route\nto host"))
        elif self.how == "time":
            future.set_exception(TimeoutError())
        return future


@pytest.mark.parametrize(("how", "words"), [
    ("submit", "RuntimeError: cannot schedule new futures after shutdown"), ("cancel", "the executor has cancelled it"),
    ("raise", "OSError: no route"), ("time", "TimeoutError"), ("silent", "it is gone"),
])  # fmt: skip
def test_what_an_executor_loses_is_told(how: str, words: str) -> None:
    place = OnExecutor(Broken(how), missing=lambda: "it is gone" if how == "silent" else "")
    assert list(place.results(behave, ["a"])) == [Lost(f"has no result: {words}; what was finished before is kept")]


def test_tasks_of_an_executor_run_in_processes_of_their_own(processes: Executor) -> None:
    found = list(OnExecutor(processes, 60.0).results(behave, ["pid", "exit", "b"]))
    assert found[1:] == [Lost("ended the process with exit code 3"), "b"]
    assert found[0] != str(os.getpid())
