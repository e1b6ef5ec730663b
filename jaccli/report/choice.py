"""A format by its name or by the suffix of the file it goes to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from jaccli.errors import UsageError, suggestion

__all__ = ["format_of"]


def format_of(name: str | None, output: str | None, formats: Mapping[str, tuple[str, ...]]) -> str:
    """Return the name of the format: the one given, else that of the file's suffix, else the first.

    formats: the suffixes of each, the usual one first.
    Errors: UsageError for a name or a suffix that none has.
    """
    if name is not None:
        if name in formats:
            return name
        near = suggestion(name, formats)
        raise UsageError(f"-f must be one of {', '.join(formats)} (got {name}){f'; {near}' if near else ''}")
    suffix = PurePath(output or "").suffix.lower()
    if not suffix:
        return next(iter(formats))
    for known, suffixes in formats.items():
        if suffix in suffixes:
            return known
    usual = ", ".join(suffixes[0] for suffixes in formats.values())
    raise UsageError(f"-o {output}: the suffix names no format ({usual}); give one with -f")
