"""How much memory there is: of the machine, or of the container that the program runs in where that is less."""

from __future__ import annotations

import math
import os
from pathlib import Path

__all__ = ["free_memory", "not_enough", "total_memory"]

GROUP = Path("/sys/fs/cgroup")
MEMINFO = Path("/proc/meminfo")


def total_memory() -> float:
    """Return the bytes of memory that there are; infinity where the system does not say."""
    try:
        machine = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf
        machine = math.inf
    return min(machine, _number("memory.max"))


def free_memory() -> float:
    """Return the bytes of memory that nobody uses; infinity where the system does not say."""
    try:
        lines = MEMINFO.read_text().splitlines()
        machine = 1024.0 * float(next(line.split()[1] for line in lines if line.startswith("MemAvailable:")))
    except (OSError, StopIteration, ValueError, IndexError):
        machine = math.inf
    limit, used = _number("memory.max"), _number("memory.current")
    return min(machine, max(0.0, limit - used) if math.isfinite(used) else limit)


def not_enough(error: MemoryError) -> str:
    """Return the words for memory that was not to be had."""
    said = str(error)
    return f"there is not enough memory{f': {said}' if said else ''}; use smaller arrays, or ask for fewer derivatives at once"


def _number(name: str) -> float:
    """Return what a file of the control group says; infinity where there is none, or no limit."""
    try:
        return float((GROUP / name).read_text())
    except (OSError, ValueError):  # no limit is written as a word
        return math.inf
