"""Work that could not be done → the reason, and the check that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from jaccli.adapters import Trouble
from jaccli.deadline import TimedOut, deadline
from jaccli.results.checks import Check

__all__ = ["limited", "unchecked"]

T = TypeVar("T")


def limited(timeout: float | None, work: Callable[[], T]) -> T | Trouble:
    """Return what ``work`` gives, or that there was no time for it.

    timeout: in seconds; None for no limit.
    Errors:  whatever ``work`` raises.
    """
    try:
        with deadline(timeout):
            return work()
    except TimedOut:
        return Trouble("JAC208", f"the {timeout:g} s of the time limit were over", "raise it, or check a smaller size")


def unchecked(blank: Check, trouble: Trouble) -> Check:
    """Return ``blank`` with the reason why there is no verdict."""
    return replace(blank, outcome=trouble.outcome, code=trouble.code, said=trouble.message, help=trouble.help)
