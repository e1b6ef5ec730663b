"""An entry of the language: a function, what it is made of, and by which routes it is differentiated."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ROUTES", "Entry"]

#: Routes by which a derivative can be had, and their letters in the table.
ROUTES = {"forward": "f", "reverse": "r", "symbolic": "s", "balls": "b"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One function of the language, or one operation that it has no function for.

    names    the name, then those that mean the same
    call     how it is called
    about    what comes back
    ops      the operations it is made of
    domain   where its operands must lie, "" for everywhere
    kink     the derivative that is taken where it jumps, "" where it does not
    routes   of ROUTES, those that have a rule for all its operations
    """

    names: tuple[str, ...]
    call: str
    about: str
    ops: tuple[str, ...]
    domain: str
    kink: str
    routes: tuple[str, ...]
