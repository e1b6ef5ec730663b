"""The address of a scheduler of dask → a place for tasks, once it has answered and its workers are found fit."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from jaccli.errors import UsageError, suggestion
from jaccli.tasks.places import OnExecutor
from jaccli.tasks.sent import identity

__all__ = ["on_cluster"]

CONNECT = 10.0  # seconds for a scheduler to answer, and for its workers
ALONE = (
    30.0  # seconds without a single worker after which tasks are given up: a worker that was killed comes back sooner
)
SCHEMES = ("tcp", "tls", "ucx", "ws", "wss")
SCHEDULER = "start it with `dask scheduler`, and workers with `dask worker {}`"


@contextmanager
def on_cluster(address: str, timeout: float | None, names: Callable[[Any], Sequence[str]]) -> Iterator[OnExecutor]:
    """Yield the place whose tasks run on the workers of a scheduler, each in a process of its own.

    timeout: seconds for one task.
    Errors:  UsageError where dask is not installed, nobody listens at the address, there is no worker, or one that has another
             version of this program or of Python.
    """
    _checked(address)
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("--cluster needs dask: pip install 'jaccli[dask]'") from None
    with _silent():
        try:
            client: Any = cast(Any, Client)(address, timeout=CONNECT, set_as_default=False)
        except (OSError, ValueError) as error:
            words = str(error).splitlines()[0]
            raise UsageError(
                f"--cluster {address}: no scheduler answers ({words}); {SCHEDULER.format(address)}"
            ) from None
        try:
            _fit(client, address)
            place = OnExecutor(client.get_executor(pure=False), timeout, names, _Missing(client))
            try:
                yield place
            finally:
                place.cancel()
        finally:
            client.close(timeout=2)


def _checked(address: str) -> None:
    scheme, colons, rest = address.partition("://")
    if not colons or not rest or scheme not in SCHEMES:
        hint = (suggestion(scheme, SCHEMES) if colons else "") or "such as tcp://127.0.0.1:8786"
        raise UsageError(f"--cluster must be the address of a dask scheduler, {hint} (got {address})")


def _fit(client: Any, address: str) -> None:
    """Refuse a cluster without workers, or with one that is of another version."""
    try:
        client.wait_for_workers(1, timeout=CONNECT)
    except TimeoutError:
        raise UsageError(
            f"--cluster {address}: the scheduler has no workers; start some with `dask worker {address}`"
        ) from None
    for worker, found in client.run(identity, on_error="return").items():
        if isinstance(found, BaseException):
            raise UsageError(f"the worker {worker} cannot run jaccli: {found}; install it there, in this version")
        for what, mine, other in zip(("jaccli", "Python"), _own_identity(), found, strict=True):
            if mine != other:
                raise UsageError(
                    f"the worker {worker} has {what} {other}, and this run {mine}: numbers could differ; use one version"
                )


def _own_identity() -> tuple[str, str]:
    return identity()


class _Missing:
    """What keeps tasks from being done: a lost scheduler, or no worker for a while."""

    def __init__(self, client: Any) -> None:
        self.client, self.since = client, 0.0

    def __call__(self) -> str:
        """Return the reason, "" where there is none."""
        if self.client.status != "running":
            return "the connection to the scheduler is lost"
        if self.client.nthreads():
            self.since = 0.0
            return ""
        self.since = self.since or time.monotonic()
        return "no worker is left" if time.monotonic() - self.since > ALONE else ""


@contextmanager
def _silent() -> Iterator[None]:
    """Keep dask from writing tracebacks of lost connections: they are rows here."""
    logger = logging.getLogger("distributed")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)
