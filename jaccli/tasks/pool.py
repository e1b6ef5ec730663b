"""Tasks → results in the same order, by processes of their own: one that dies or takes too long costs its task alone.

The processes are spawned, never forked, so that no library is copied half-way through its work. Each has one BLAS thread: otherwise
they would wait for one another's, and the last digits of a sum may depend on the number of threads.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jaccli.tasks.relay import Relay, written_to

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

__all__ = ["THREADS", "Lost", "Pool", "Raised", "cpus", "surroundings"]

#: What OpenMP, OpenBLAS, MKL, Accelerate and numexpr read when they are loaded.
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


#: Without PYTHONSAFEPATH a process looks for its first modules in the current folder, and a file pickle.py there would run.
SAFE_PATH = "PYTHONSAFEPATH"
#: Variable → what it is where the user has not set it. JAX makes float32 of float64 inputs otherwise, and a float32 gradient shows
#: no error below a thousandth; TensorFlow tells of processors and of graphics cards that are not there.
SURROUNDINGS = {**dict.fromkeys(THREADS, "1"), "JAX_ENABLE_X64": "1", "TF_CPP_MIN_LOG_LEVEL": "3", SAFE_PATH: "1"}
READY = "ready"  # the first word of a process
LOOK = 0.5  # seconds between two looks whether a task is still wanted
STARTING = threading.Lock()  # several threads of a worker may start processes, with variables that are this process's


@dataclass(frozen=True, slots=True)
class Lost:
    """A task without a result: what became of its process."""

    reason: str


@dataclass(frozen=True, slots=True)
class Raised:
    """A task whose function raised: a mistake of this program, with its traceback."""

    text: str


def cpus() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    connection: Connection
    relay: Relay | None
    number: int | None = None  # of its task
    deadline: float = float("inf")
    ready: bool = False  # until then its time does not count


@dataclass(slots=True)
class Pool:
    """At most ``jobs`` processes, each doing one task at a time; ``timeout`` in seconds is for one task.

    wanted: asked now and then, where there is one: whether anybody still waits for the results.
    """

    jobs: int
    timeout: float | None = None
    wanted: Callable[[], bool] | None = None
    workers: list[_Worker] = field(default_factory=list)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for (
            worker
        ) in self.workers:  # first of all: a second Ctrl-C may come at any time, and Python waits for its children
            worker.process.kill()
        for worker in self.workers:
            self._end(worker)

    def results(self, function: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[Any]:
        """Yield ``function(task)`` for each task in order, or Lost or Raised where there is no result."""
        waiting = deque(enumerate(tasks))
        done: dict[int, Any] = {}
        for number in range(len(tasks)):
            while number not in done:
                self._feed(function, waiting)
                done.update(self._collect())
            yield done.pop(number)

    def _feed(self, function: Callable[[Any], Any], waiting: deque[tuple[int, Any]]) -> None:
        """Give every free worker a task, after making as many as there are tasks for."""
        busy = sum(worker.number is not None for worker in self.workers)
        while len(self.workers) < min(self.jobs, busy + len(waiting)):
            self.workers.append(_start())
        for worker in [worker for worker in self.workers if worker.number is None]:
            if waiting:
                worker.number, task = waiting.popleft()
                worker.deadline = self._end_of_time() if worker.ready else float("inf")
                with contextlib.suppress(OSError):  # it has died: the next look at it says so
                    worker.connection.send((function, task))

    def _collect(self) -> dict[int, Any]:
        """Wait for results, and return those that have come in by the numbers of their tasks."""
        from multiprocessing.connection import wait

        busy = [worker for worker in self.workers if worker.number is not None]
        first = min(worker.deadline for worker in busy) - time.monotonic()
        handles = [handle for worker in busy for handle in (worker.connection, worker.process.sentinel)]
        patience = min(first, LOOK if self.wanted is not None else float("inf"))
        wait(handles, None if patience == float("inf") else max(patience, 0.0))
        found = {worker.number: self._result(worker) for worker in busy}
        return {number: result for number, result in found.items() if number is not None and result is not None}

    def _result(self, worker: _Worker) -> Any:
        """Return the result of a worker, or what became of it; None while it is at work."""
        try:
            if worker.connection.poll():
                result = worker.connection.recv()
                if not worker.ready:
                    worker.ready, worker.deadline = True, self._end_of_time()
                    return None
                worker.number = None
                return result
        except (EOFError, OSError):
            worker.process.join(1.0)  # its pipe is closed first
        if not worker.process.is_alive():
            return self._lost(worker, _ending(worker.process.exitcode))
        if self.wanted is not None and not self.wanted():
            return self._lost(worker, "was ended, since nobody waits for it any more")
        if time.monotonic() >= worker.deadline:
            return self._lost(worker, f"took longer than {self.timeout:g} s")
        return None

    def _end_of_time(self) -> float:
        return time.monotonic() + self.timeout if self.timeout else float("inf")

    def _lost(self, worker: _Worker, reason: str) -> Lost:
        self._end(worker)
        self.workers.remove(worker)
        return Lost(reason)

    def _end(self, worker: _Worker) -> None:
        worker.connection.close()
        worker.process.kill()
        worker.process.join()
        if worker.relay is not None:
            worker.relay.close()


def _ending(code: int | None) -> str:
    if code is None or code >= 0:
        return f"ended the process with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


@contextlib.contextmanager
def surroundings() -> Iterator[None]:
    """Let processes that begin here load BLAS with one thread, and JAX with float64, unless the user has said otherwise."""
    missing = {name: text for name, text in SURROUNDINGS.items() if name not in os.environ}
    os.environ.update(missing)
    try:
        yield
    finally:
        for name in missing:
            os.environ.pop(name, None)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Let processes that begin here import what they need without a Ctrl-C; this process gets it afterwards.

    The mask is for them, who inherit it. Here any other thread may take the signal, and Python would stop this one half-way.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    with _later(signal.SIGINT) if threading.current_thread() is threading.main_thread() else contextlib.nullcontext():
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _later(number: int) -> Iterator[None]:
    """Let a signal act after this block, as it does elsewhere."""
    come: list[Any] = []
    before = signal.signal(number, lambda *_: come.append(number))
    try:
        yield
    finally:
        signal.signal(number, before if before is not None else signal.SIG_DFL)
    if come:
        signal.raise_signal(number)


@contextlib.contextmanager
def _allowed_children() -> Iterator[None]:
    """Let a process begin here where this one is a daemon of multiprocessing's, as the workers of dask are.

    Daemons have no children since these would outlive them; ours end with their parent (``_end_with_parent``).
    """
    from multiprocessing import process

    config: dict[str, Any] = process.current_process()._config  # type: ignore[attr-defined]
    daemon = config.pop("daemon", None)
    try:
        yield
    finally:
        if daemon is not None:
            config["daemon"] = daemon


def _start() -> _Worker:
    import multiprocessing  # with sockets, which one process does not need

    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    relay = Relay(context) if os.name == "posix" else None
    outlet = relay.outlet if relay is not None else None
    process = context.Process(target=_serve, args=(there, outlet, SAFE_PATH in os.environ), name="jaccli")
    with STARTING, surroundings(), _undisturbed(), _allowed_children():
        process.start()
    there.close()
    if relay is not None:
        relay.start()
    return _Worker(process, here, relay)


# --- in the other process


def _serve(connection: Connection, outlet: Connection | None, safe_path: bool) -> None:
    """Do tasks until the pipe is closed; what the user's code prints goes to ``outlet``, or to standard error.

    safe_path: whether the user has set PYTHONSAFEPATH; otherwise it was for the start of this process, and not for what it starts.
    """
    if not safe_path:
        os.environ.pop(SAFE_PATH, None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(OSError, ValueError):
        written_to(outlet)
    connection.send(READY)
    while True:
        try:
            function, task = connection.recv()
        except (EOFError, OSError):
            return
        connection.send(_done(function, task))


def _done(function: Callable[[Any], Any], task: Any) -> Any:
    folder = os.getcwd()
    try:
        return function(task)
    except Exception:
        return Raised(traceback.format_exc())
    except BaseException as error:  # of the user's code: this process does not take Ctrl-C
        return Lost(f"raised {type(error).__name__}")
    finally:
        os.chdir(folder)  # what the user's code has changed is not to reach the next task


def _end_with_parent() -> None:
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
