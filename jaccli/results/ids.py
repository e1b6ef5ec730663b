"""The ids of checks: built here, compared elsewhere, and never taken apart."""

from __future__ import annotations

__all__ = ["check_id", "check_name", "id_of"]


def check_name(of: str, wrt: str, tested: str, point: int) -> str:
    """Return the name of a check within its target; example: ``check_name("s", "b", "reverse", 0)  # "s/b[reverse-p0]"``."""
    return f"{of}{'/' if wrt else ''}{wrt}[{tested}-p{point}]"


def check_id(target: str, of: str, wrt: str, tested: str, point: int) -> str:
    """Return the id of a check; example: ``specs/ner.yaml::s/b[reverse-p0]``."""
    return id_of(target, check_name(of, wrt, tested, point))


def id_of(target: str, name: str) -> str:
    """Return the id of a check by its name, and of what is checked as a whole by none."""
    return f"{target}::{name}" if name else target
