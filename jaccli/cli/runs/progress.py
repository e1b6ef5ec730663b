"""What takes longer than a second says what it is doing, on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

__all__ = ["Bar", "draws", "working"]

PATIENCE = 1.0  # seconds before a bar is worth looking at
SILENCE = 5.0  # seconds without a word after which a line is written where there is no terminal
LONGER = 2.0  # how many times longer the next silence is


def draws(console: Console) -> bool:
    """Return whether something that moves may be drawn: colours alone (FORCE_COLOR) make a pipe no terminal."""
    return console.is_terminal and not console.is_dumb_terminal and bool(console.file.isatty())


class Bar:
    """Says which file is checked and how many are done; is taken away for results, and leaves nothing behind.

    counted: whether it is known how much of the work is done.
    """

    def __init__(self, err: Console, names: Sequence[str], doing: str = "checking", counted: bool = True) -> None:
        self.err, self.names, self.doing, self.done, self.words = err, list(names), doing, 0, ""
        self.lock, self.shown, self.start = threading.RLock(), False, time.monotonic()
        self.bar = _bar(err, counted) if draws(err) else None
        self.wait = SILENCE
        if self.bar is not None:
            self.task = self.bar.add_task(self._now(), total=max(len(self.names), 1) if counted else None)
        self.timer = self._timer(PATIENCE if self.bar is not None else SILENCE)

    def part(self, done: int, parts: int) -> None:
        """Note how many outputs and points of the present file are done."""
        if self.bar is not None:
            self.bar.update(self.task, completed=self.done + done / max(parts, 1), description=self._now())

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
            if self.bar is not None and self.shown and self.done < len(self.names):
                self.bar.start()

    def close(self) -> None:
        """Take the bar away for good."""
        self.timer.cancel()
        with self.lock:
            self.shown, self.wait = False, 0.0
            if self.bar is not None:
                self.bar.stop()
                self.bar = None

    def _timer(self, seconds: float) -> threading.Timer:
        timer = threading.Timer(seconds, self._show)
        timer.daemon = True
        timer.start()
        return timer

    def _now(self) -> str:
        return f"{self.doing} {self.names[self.done]}" if self.done < len(self.names) else self.doing

    def _show(self) -> None:
        with self.lock:
            if self.bar is not None:
                self.shown = True
                self.bar.start()
            elif self.wait:
                of = f", {self.done} of {len(self.names)} done" if len(self.names) > 1 else self.words
                self.err.print(f"{self._now()}: {time.monotonic() - self.start:.0f} s so far{of}", soft_wrap=True)
                self.wait *= LONGER
                self.timer = self._timer(self.wait)


@contextmanager
def working(err: Console, doing: str, name: str) -> Iterator[Bar]:
    """Say within this block that ``doing`` ``name`` goes on, where it takes long.

    What is yielded has room for ``words`` that a line ends with.
    """
    bar = Bar(err, [name], doing, counted=False)
    try:
        yield bar
    finally:
        bar.close()


def _bar(err: Console, counted: bool) -> Progress:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    words = TextColumn("{task.description}", markup=False)
    share = (TextColumn("{task.percentage:>3.0f} %"),) if counted else ()
    left = (TextColumn("left"), TimeRemainingColumn()) if counted else ()
    columns = (words, BarColumn(bar_width=20), *share, TimeElapsedColumn(), *left)
    return Progress(*columns, console=err, transient=True, refresh_per_second=4)
