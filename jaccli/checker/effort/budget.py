"""The seconds of one call → what each of its parts may take of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from jaccli.adapters import Trouble
from jaccli.deadline import TimedOut, deadline
from jaccli.results.checks import Check, Report
from jaccli.results.kinds import Outcome

__all__ = ["Budget", "confirmed"]

T = TypeVar("T")
LEAST = 1e-3  # seconds that a part is given when nothing is left: a timer of zero would never ring


@dataclass(frozen=True, slots=True)
class Budget:
    """The time limit of a call, None for none; it runs from when it is made."""

    seconds: float | None = None
    start: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, timeout: float | Budget | None) -> Budget:
        """Return a limit that begins now, or one that has begun."""
        return timeout if isinstance(timeout, Budget) else cls(timeout)

    @property
    def left(self) -> float | None:
        """The seconds that are left, a little where none are."""
        return None if self.seconds is None else max(LEAST, self.seconds - (time.monotonic() - self.start))

    @property
    def over(self) -> bool:
        """Whether nothing is left."""
        return self.left is not None and self.left <= LEAST

    @property
    def trouble(self) -> Trouble:
        """Why something was not done in time."""
        return Trouble(
            "JAC208", f"the {self.seconds:g} s of the time limit were over", "raise it, or check a smaller size"
        )

    def limited(self, work: Callable[[], T], parts: int = 1) -> T | Trouble:
        """Return the result of ``work``, or a trouble where the time ran out; parts: how many pieces share the time that is left.

        Law:    a part gets its even share of what is left, so that one which never returns leaves the others their time.
        Errors: whatever ``work`` raises.
        """
        if self.over:
            return self.trouble
        try:
            with deadline(None if self.left is None else self.left / max(parts, 1)):
                return work()
        except TimedOut:
            return self.trouble


def confirmed(again: Report, first: Sequence[Check]) -> Report:
    """Return the report on a function that was checked again, with what passed at first where there was no time left for it."""
    passed = {check.id: check for check in first if check.outcome == Outcome.PASS}
    checks = (passed.get(check.id, check) if check.code == "JAC208" else check for check in again.checks)
    return replace(again, checks=tuple(checks))
