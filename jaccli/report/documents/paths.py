"""File names → the form that CI services expect: relative to the repository, with slashes; nothing where there is no file."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from jaccli.report.words.plain import printable

__all__ = ["relative", "uri"]


def relative(file: str) -> str | None:
    """Return a file as seen from the current folder; None for ``<stdin>`` and anything else that is not a file."""
    if not file or file.startswith("<"):
        return None
    path = Path(file)
    if path.is_absolute():
        try:
            path = path.relative_to(Path.cwd())
        except ValueError:
            return None
    return path.as_posix()


def uri(file: str) -> str | None:
    """Return the relative URI of a file, percent-encoded; None where there is no file below the current folder."""
    path = relative(file)
    if path is None:
        return None
    try:
        return quote(path.encode("utf-8", "surrogateescape"), safe="/")  # a name that is no UTF-8, byte by byte
    except UnicodeEncodeError:
        return quote(printable(path), safe="/")
