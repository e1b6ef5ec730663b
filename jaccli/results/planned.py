"""How derivatives are going to be computed, before anything is."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Pass", "Planned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One way of getting a Jacobian: its name, how often the graph is run, and what that costs."""

    route: str
    passes: int
    operations: int
    memory: int | None = None  # bytes alive at once, where counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """How the derivatives of one output are going to be computed.

    function    operations of the output's value alone
    rejected    the other mode, where there is one
    symbols     whether SymPy writes the entries out, and why not
    """

    of: str
    wrt: tuple[str, ...]
    rows: int
    columns: int
    function: int
    chosen: Pass
    rejected: Pass | None
    why: str
    symbols: str
