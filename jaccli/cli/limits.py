"""The work and memory a spec may take: from an option, else the environment, the project, or the default."""

from __future__ import annotations

from jaccli.config import Config
from jaccli.errors import UsageError

__all__ = ["MEMORY", "OPERATIONS", "limits_of"]

OPERATIONS = 1e11  # about a minute of one core (checker/effort/demand.py)
MEMORY = 8.0  # gigabytes
GIGABYTE = 10**9


def limits_of(config: Config, operations: float | None, memory: float | None) -> tuple[float, float]:
    """Return the operations and the bytes that a spec may take.

    Errors: UsageError for an option that is no positive number.
    """
    for option, value in (("--max-operations", operations), ("--max-memory", memory)):
        if value is not None and not value > 0:
            raise UsageError(f"{option} must be a positive number (got {value:g})")
    most = operations or config.get("max-operations") or OPERATIONS
    return float(most), float(memory or config.get("max-memory") or MEMORY) * GIGABYTE
