"""A progress bar on standard error: how far a run is, and how long it will still take."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

__all__ = ["Bar"]

PATIENCE = 1.0  # seconds before a bar is worth looking at


class Bar:
    """A bar that appears on a terminal after a second, is taken away for results, and leaves nothing behind."""

    def __init__(self, err: Console, files: int) -> None:
        self.files, self.done = files, 0
        self.lock, self.shown = threading.Lock(), False
        self.bar = _bar(err) if err.is_terminal and not err.is_dumb_terminal else None
        if self.bar is not None:
            self.task = self.bar.add_task("checking", total=max(files, 1))
            self.timer = threading.Timer(PATIENCE, self._show)
            self.timer.daemon = True
            self.timer.start()

    def part(self, done: int, parts: int) -> None:
        """Note how many outputs and points of the present file are done."""
        if self.bar is not None:
            self.bar.update(self.task, completed=self.done + done / max(parts, 1))

    def file(self) -> None:
        """Note that a file is done."""
        self.done += 1
        self.part(0, 1)

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Take the bar away while results are written."""
        with self.lock:
            if self.bar is not None and self.shown:
                self.bar.stop()
            yield
            if self.bar is not None and self.shown and self.done < self.files:
                self.bar.start()

    def close(self) -> None:
        """Take the bar away for good."""
        if self.bar is not None:
            self.timer.cancel()
            with self.lock:
                self.shown = False
                self.bar.stop()
                self.bar = None

    def _show(self) -> None:
        with self.lock:
            if self.bar is not None:
                self.shown = True
                self.bar.start()


def _bar(err: Console) -> Progress:
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("checking"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn())
    left = (TextColumn("left"), TimeRemainingColumn())
    return Progress(*columns, *left, console=err, transient=True, refresh_per_second=4)
