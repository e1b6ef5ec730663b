"""A task as it travels to another machine, and what is done with it there: in a process of its own, in the same folder.

Its files are the same there, or it is not begun.
What arrives is trusted no more than here: it is the same function of this program with the same settings, and the same rules say
what it may run and read. Who may send tasks to a worker is for the executor to say: whoever reaches it runs code there.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from jaccli.tasks.pool import Lost, Pool

__all__ = ["Sent", "alone", "digests", "identity", "sent"]

Identity = tuple[str, str]  # versions of this program and of Python
CHUNK = 2**20


@dataclass(frozen=True, slots=True)
class Sent:
    """A task that travels.

    payload  the function and its argument, not yet unpacked: a worker of another version may not be able to
    folder   the one names are relative to
    files    path → SHA-256 of what it names here
    """

    payload: bytes
    timeout: float | None
    sender: Identity
    folder: str
    files: tuple[tuple[str, str], ...] = ()


def identity() -> Identity:
    """Return what must be the same on both sides: the version of this program, and of Python without its last part."""
    return str(import_module("jaccli").__version__), ".".join(platform.python_version_tuple()[:2])


def digests(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the SHA-256 of those names that are files."""
    return tuple((name, found) for name in names if (found := _digest(name)))


def sent(function: Callable[[Any], Any], task: Any, timeout: float | None, names: Iterable[str] = ()) -> Sent:
    """Return a task ready to travel; names: the files that it is about."""
    return Sent(pickle.dumps((function, task)), timeout, identity(), os.getcwd(), digests(names))


def alone(one: Sent) -> Any:
    """Return the result of a task, computed in a process of its own beside this one; Lost or Raised where there is none."""
    if reason := _refusal(one):
        return Lost(reason)
    with Pool(1, one.timeout, _still_wanted()) as pool:
        (found,) = pool.results(_there, [one])
    return found


def _there(one: Sent) -> Any:
    os.chdir(one.folder)
    function, task = pickle.loads(one.payload)
    return function(task)


def _refusal(one: Sent) -> str:
    """Return why a task is not begun here, "" where it is."""
    here = identity()
    for what, mine, other in zip(("jaccli", "Python"), here, one.sender, strict=True):
        if mine != other:
            return f"was not begun: the worker on {_place()} has {what} {mine}, and this run {other}"
    if not os.path.isdir(one.folder):
        return f"was not begun: there is no folder {one.folder} on {_place()}; workers need the same files at the same place"
    for name, digest in one.files:
        found = _digest(os.path.join(one.folder, name))
        if found != digest:
            what = "is another file" if found else "is not there"
            return f"was not begun: {name} {what} on {_place()}; workers need the same files at the same place"
    return ""


def _place() -> str:
    return f"{socket.gethostname()} (process {os.getpid()})"


def _digest(path: str) -> str:
    try:
        if not os.path.isfile(path):
            return ""
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""


def _still_wanted() -> Callable[[], bool] | None:
    """Return what tells whether dask still wants the task of this thread; None where it is not one of dask's."""
    try:
        from distributed import get_worker
        from distributed import worker as home

        worker, key = get_worker(), home.thread_state.key  # type: ignore[attr-defined]
    except (ImportError, ValueError, AttributeError):
        return None

    def wanted() -> bool:
        known = worker.state.tasks.get(key)
        return known is not None and known.state == "executing"

    return wanted
