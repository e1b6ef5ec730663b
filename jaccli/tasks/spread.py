"""A Python function or many of them, and an executor → the same answers in the same order, from wherever its workers are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jaccli.adapters import Subject, Trouble
from jaccli.adapters.subject import Batch, Values
from jaccli.errors import UsageError
from jaccli.tasks.places import GONE, in_words
from jaccli.tasks.pool import Lost
from jaccli.types import Array

__all__ = ["check_executor", "each", "spread"]

UNSENDABLE = ("pickle", "Pickling", "serializ", "Serializ")
NAMED = "define it in a module that workers can import, or use an executor that sends code, as dask and loky do"


def check_executor(executor: Any) -> None:
    """Raise UsageError for what is no executor."""
    if not callable(getattr(executor, "submit", None)):
        raise UsageError(
            f"'executor' must have submit(), as those of concurrent.futures and dask's Client.get_executor() "
            f"(got a {type(executor).__name__})"
        )


def each(executor: Executor | None, function: Callable[[Any], Any], tasks: Sequence[Any]) -> list[Any]:
    """Return ``function(task)`` for each task in order, Lost where a worker has given none; here where there is no executor."""
    if executor is None:
        return [function(task) for task in tasks]
    futures: list[Any] = []
    for task in tasks:
        try:
            futures.append(executor.submit(function, task))
        except Exception as error:  # broken, or shut down
            futures.append(_lost(error))
    found = []
    try:
        for future in futures:
            try:
                found.append(future if isinstance(future, Lost) else future.result())
            except Exception as error:
                found.append(_lost(error))
    finally:
        for future in futures[len(found) :]:  # of an interrupted call
            if not isinstance(future, Lost):
                future.cancel()
    return found


def _lost(error: BaseException) -> Lost:
    words = in_words(error)
    return Lost(
        f"could not be sent to a worker: {words}; {NAMED}"
        if any(w in words for w in UNSENDABLE)
        else GONE.format(words)
    )


def spread(subject: Subject, executor: Executor | None) -> Subject:
    """Return a function with the points of its differences evaluated by an executor, each by itself; as it is without one.

    Law: the numbers are those of one process: a point is evaluated by the same call wherever that is. A function whose batches
         cost hardly more than a point stays here.
    """
    if executor is None or subject.cheap_batches:
        return subject
    check_executor(executor)
    return replace(subject, values=_Spread(executor, subject.values, sum(y.value.size for y in subject.outputs)))


@dataclass(frozen=True, slots=True)
class _Spread:
    """The values at many points, each asked of a worker; (points, m)."""

    executor: Executor
    values: Values
    size: int

    def __call__(self, points: Mapping[str, Array]) -> Batch:
        count = len(next(iter(points.values())))
        tasks = [(self.values, {name: part[k : k + 1] for name, part in points.items()}) for k in range(count)]
        parts = [self._part(found) for found in each(self.executor, _at, tasks)]
        trouble = next((part.trouble for part in parts if part.trouble), None)
        return Batch(np.concatenate([part.values for part in parts]), trouble)

    def _part(self, found: Batch | Lost) -> Batch:
        if isinstance(found, Batch):
            return found
        return Batch(np.full((1, self.size), np.nan), Trouble("JAC322", f"an evaluation {found.reason}"))


def _at(task: tuple[Values, Mapping[str, Array]]) -> Batch:
    values, point = task
    return values(point)
