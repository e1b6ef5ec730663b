"""``--watch``: the command again, each time in a fresh process, whenever a file changes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jaccli.cli.console import say
from jaccli.errors import UsageError

if TYPE_CHECKING:
    from jaccli.cli.runs.settings import Settings

__all__ = ["snapshot", "watch", "watched"]

INTERVAL = 0.3  # seconds between two looks
SUFFIXES = frozenset({".yaml", ".yml", ".json", ".py", ".csv", ".npy", ".npz", ".toml"})
LEFT_OUT = frozenset({"build", "dist", "node_modules", "site-packages", "venv", "env", "__pycache__"})
INTERRUPTED = 130
#: Modules are not looked for in the current folder, where a file called yaml.py may lie, unless this process does so too.
_SAFE = [] if sys.path[:1] in ([""], [os.getcwd()]) else ["-P"]


def watch(arguments: Sequence[str], folders: Sequence[Path]) -> int:
    """Run ``jac`` with the arguments, and again after each change below the folders, until it is interrupted; return 130."""
    command = [sys.executable, *_SAFE, "-m", "jaccli", *arguments]
    try:
        while True:
            before = snapshot(folders)
            with _started(command) as process:
                after = _until_change(before, folders, process)
            changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
            more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
            say(f"\n--- {changed[0]}{more} changed\n", error=True)
    except KeyboardInterrupt:
        return INTERRUPTED


def watched(settings: Settings, arguments: Sequence[str]) -> int:
    """Run the command line that asked for ``--watch`` again and again, without it.

    Errors: UsageError where there is nothing that could change.
    """
    if settings.expressions or "-" in settings.specs:
        raise UsageError("--watch looks at files: give specs or functions, no expressions and no standard input")
    named = [Path(name.partition("::")[0]) for name in settings.specs]
    folders = {Path(), *(path if os.path.isdir(path) else path.parent for path in named)}
    return watch([argument for argument in arguments if argument != "--watch"], sorted(folders))


def _until_change(
    before: Mapping[str, tuple[int, int]], folders: Sequence[Path], process: subprocess.Popen[bytes]
) -> Mapping[str, tuple[int, int]]:
    """Return the files as they are after the first change; a run that is not over by then is ended by the caller."""
    warned = False
    while (after := snapshot(folders)) == before:
        if not warned and process.poll() is not None:
            print("watching for changes; Ctrl-C ends", file=sys.stderr, flush=True)
            warned = True
        time.sleep(INTERVAL)
    return after


@contextlib.contextmanager
def _started(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in a session of its own, which is ended with all of its processes."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=os.name == "posix")
    try:
        yield process
    finally:
        if process.poll() is None:
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL) if os.name == "posix" else process.kill()
        process.wait()


def snapshot(folders: Sequence[Path]) -> dict[str, tuple[int, int]]:
    """Return time and size of every file that may matter below the folders, by name."""
    return {entry.path: (found.st_mtime_ns, found.st_size) for folder in folders for entry, found in _files(folder)}


def _files(folder: Path) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
    waiting = [str(folder)]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting += [entry.path] if entry.name[0] != "." and entry.name not in LEFT_OUT else []
                elif Path(entry.name).suffix in SUFFIXES:
                    with contextlib.suppress(OSError):
                        yield entry, entry.stat()
