"""Seconds → an end to whatever runs longer, even where it would never return."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["TimedOut", "deadline"]

AGAIN = 0.5  # seconds until the next interruption, should the code have swallowed the first


class TimedOut(BaseException):
    """The time was over."""


@contextmanager
def deadline(seconds: float | None) -> Iterator[None]:
    """Run the block, and raise TimedOut in it once ``seconds`` have passed; None sets no limit.

    Law: a timer of the operating system interrupts the main thread between two steps of Python, however deep in loops or waits;
         a call into compiled code is interrupted when it returns. Elsewhere than in the main thread, or without such timers
         (Windows), nothing is limited.
    """
    if seconds is None or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    over = False

    def ring(number: int, frame: FrameType | None) -> None:
        if not over:
            raise TimedOut

    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)  # inside, for a short one rings before the next line
        yield
    finally:
        try:
            over = True
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
