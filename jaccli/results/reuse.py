"""What a change made necessary: operations computed again, and operations whose values were kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Change", "Counts", "Reuse"]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many operations of a pass were computed, and how many had kept their value; by name in the forward pass."""

    computed: int
    reused: int
    again: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reuse:
    """What was computed after these variables had changed: all of it where none had a value before."""

    changed: tuple[str, ...]
    forward: Counts
    backward: Counts


@dataclass(frozen=True, eq=False)
class Change:
    """One change, the outputs before and after it, and what it took."""

    reuse: Reuse
    before: dict[str, Any]
    after: dict[str, Any]
