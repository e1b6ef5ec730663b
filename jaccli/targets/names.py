"""``ops.py::gelu``, ``mypkg.ops::gelu`` and ``mypkg.ops:gelu`` → the file or module, and the function in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jaccli.errors import UsageError
from jaccli.trust import names_code as is_target

__all__ = ["Target", "is_target", "target_of"]

_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


@dataclass(frozen=True, slots=True)
class Target:
    """A Python file or module, and a function of it; without one, every function that is decorated."""

    place: str
    function: str = ""

    @property
    def is_file(self) -> bool:
        """Whether the place is a file, and not a module's name."""
        return self.place.endswith(".py")

    def __str__(self) -> str:
        return f"{self.place}::{self.function}" if self.function else self.place


def target_of(text: str) -> Target:
    """Return the place and the function that ``text`` names.

    Errors: UsageError where it is neither FILE.py[::FUNCTION] nor MODULE::FUNCTION.
    """
    place, colons, function = text.partition("::")
    if not colons and not text.endswith(".py"):
        place, colons, function = text.partition(":")
    function = function.replace("::", ".")
    fits = place.endswith(".py") or (_MODULE.fullmatch(place) and function)
    if not fits or (colons and not _MODULE.fullmatch(function)):
        raise UsageError(f"{text} names no function; write FILE.py::FUNCTION or MODULE::FUNCTION")
    return Target(place, function)
