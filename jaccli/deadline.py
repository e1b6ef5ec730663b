"""Seconds → an end to whatever runs longer, even where it would never return."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

__all__ = ["TimedOut", "deadline"]

LEAST = 1e-6  # seconds: a timer of zero would never ring
CLOSE = 1e-3  # seconds before its time at which an outer timer may seem to ring
AGAIN = 0.5  # seconds until the next interruption, should the code have swallowed the first


class TimedOut(BaseException):
    """The time was over."""


@contextmanager
def deadline(seconds: float | None) -> Iterator[None]:
    """Run the block, and raise TimedOut in it once ``seconds`` have passed; None sets no limit.

    Law: a timer of the operating system interrupts the main thread between two steps of Python, however deep in loops or waits;
         a call into compiled code is interrupted when it returns. Elsewhere than in the main thread, or without such timers
         (Windows), nothing is limited. A timer that is running, as that of pytest-timeout, rings when it would have. Where the
         code swallows TimedOut, as Python itself does in destructors and some callbacks, it comes again, at the end at the latest.
    """
    if seconds is None or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    over = rung = False
    outer = _Outer(*signal.getitimer(signal.ITIMER_REAL), signal.getsignal(signal.SIGALRM))

    def ring(number: int, frame: FrameType | None) -> None:
        nonlocal rung
        if outer.due:
            outer.ring(number, frame)
            first = min(end - time.monotonic(), outer.left)  # it had nothing to raise
            signal.setitimer(signal.ITIMER_REAL, max(LEAST, first), AGAIN)
        elif not over:
            rung = True
            raise TimedOut

    end = time.monotonic() + seconds
    before = signal.signal(signal.SIGALRM, ring)
    try:
        first = max(LEAST, min(seconds, outer.left))
        signal.setitimer(signal.ITIMER_REAL, first, AGAIN)  # inside, for a short one rings before the next line
        yield
        if rung:
            raise TimedOut
    finally:
        try:
            over = True
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            if math.isfinite(outer.left):
                signal.setitimer(signal.ITIMER_REAL, max(LEAST, outer.left), outer.interval)


@dataclass
class _Outer:
    """The timer that was running when another one was set: its seconds, 0 for none, and what they end with."""

    seconds: float
    interval: float
    handler: Any
    start: float = field(default_factory=time.monotonic)
    rung: bool = False

    @property
    def left(self) -> float:
        """The seconds until it rings, or rings again; infinite where it does not."""
        wait = self.interval if self.rung else self.seconds
        return wait - (time.monotonic() - self.start) if wait else math.inf

    @property
    def due(self) -> bool:
        """Whether it is to ring now."""
        return self.left <= CLOSE

    def ring(self, number: int, frame: FrameType | None) -> None:
        """Call its handler, which raises as a rule."""
        self.rung, self.start = True, time.monotonic()
        if callable(self.handler):
            self.handler(number, frame)
