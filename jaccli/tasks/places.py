"""Where tasks are done → the place: processes of this machine, or any executor, with the same results in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import dataclass, field
from typing import Any, Protocol

from jaccli.tasks.pool import Lost
from jaccli.tasks.sent import alone, sent

__all__ = ["GONE", "OnExecutor", "Place", "in_words"]

LOOK = 1.0  # seconds between two looks whether there is still somebody at work
GONE = "has no result: {}; what was finished before is kept"


class Place(Protocol):
    """Where tasks are done."""

    def results(self, function: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[Any]:
        """Yield ``function(task)`` for each task in order, or Lost or Raised where there is no result."""


@dataclass(slots=True)
class OnExecutor:
    """Any executor whose workers may start processes: each task goes to one, and there into a process of its own.

    timeout: seconds for one task
    names:   task → the files it is about, which a worker must have as well
    missing: what keeps all tasks from being done, "" while nothing does; asked about once a second
    """

    executor: Executor
    timeout: float | None = None
    names: Callable[[Any], Sequence[str]] = lambda task: ()
    missing: Callable[[], str] = lambda: ""
    futures: list[Future[Any]] = field(default_factory=list)

    def results(self, function: Callable[[Any], Any], tasks: Sequence[Any]) -> Iterator[Any]:
        """Yield ``function(task)`` for each task in order, or Lost or Raised where there is no result.

        function: importable on the workers by its name.
        """
        waiting = [self._begun(function, task) for task in tasks]
        self.futures += [one for one in waiting if isinstance(one, Future)]
        for one in waiting:
            yield self._result(one) if isinstance(one, Future) else one

    def cancel(self) -> None:
        """Let go of what is not finished."""
        for future in self.futures:
            future.cancel()

    def _begun(self, function: Callable[[Any], Any], task: Any) -> Future[Any] | Lost:
        try:
            return self.executor.submit(alone, sent(function, task, self.timeout, self.names(task)))
        except Exception as error:  # broken, or shut down
            return Lost(GONE.format(in_words(error)))

    def _result(self, future: Future[Any]) -> Any:
        while True:
            try:
                return future.result(LOOK)
            except TimeoutError as error:
                if future.done():
                    return Lost(GONE.format(in_words(error)))
                if missing := self.missing():
                    return Lost(GONE.format(missing))
            except CancelledError:
                return Lost(GONE.format(self.missing() or "the executor has cancelled it"))
            except Exception as error:  # of the executor: what the task itself raised comes as Raised
                return Lost(GONE.format(self.missing() or in_words(error)))


def in_words(error: BaseException) -> str:
    """Return the kind of an exception, and the first line of what it says."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
