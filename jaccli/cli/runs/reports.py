"""``--report FORMAT[=PATH]`` → documents of the finished run, in files or on standard output."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jaccli.cli.console import command, say
from jaccli.cli.files import save
from jaccli.errors import UsageError, suggestion

if TYPE_CHECKING:
    from jaccli.results.run import Run

__all__ = ["FORMATS", "Request", "read_requests"]

#: A test compares them with DOCUMENTS.
FORMATS = ("json", "jsonl", "junit", "sarif", "github", "gitlab", "concise", "html", "markdown")
BESIDE_A_TABLE = ("github", "concise", "markdown")  # what people or a log can read on standard output after the table


@dataclass(frozen=True, slots=True)
class Request:
    """One document that is asked for; without a path it goes to standard output."""

    name: str
    path: str | None = None

    def write(self, run: Run) -> None:
        """Write the document.

        Errors: UsageError where the file cannot be written.
        """
        from jaccli.report.documents import document

        text = document(self.name, run)
        if self.path is None:
            (command if self.name == "github" else partial(say, end=""))(text)
        elif _is_step_summary(self.path):  # what the step wrote before stays
            _append(self.path, text)
        else:
            _made(Path(self.path).parent, self.name)
            save(self.path, text, f"--report {self.name}=")


def read_requests(texts: Sequence[str], output_format: str) -> tuple[Request, ...]:
    """Return what ``--report`` asks for.

    Errors: UsageError for an unknown format, a file that could not be written, or two documents in one place.
    """
    requests = tuple(map(_request, texts))
    shown = [request for request in requests if request.path is None]
    for request in shown:
        if output_format != "table" or request.name not in BESIDE_A_TABLE or len(shown) > 1:
            raise UsageError(
                f"--report {request.name} would go to standard output, where something else stands; "
                f"give it a file, --report {request.name}=FILE, or write it alone with -f {request.name}"
            )
    places = [os.path.abspath(request.path) for request in requests if request.path is not None]
    if len(set(places)) < len(places):
        raise UsageError("--report names one file twice; give each document a file of its own")
    return requests


def _request(text: str) -> Request:
    name, equals, path = text.partition("=")
    if name not in FORMATS:
        other, colon, rest = text.partition(":")
        hint = f"write {other}={rest}" if colon and other in FORMATS else suggestion(name, FORMATS)
        raise UsageError(f"--report {text}: {hint or 'FORMAT[=PATH], the formats are ' + ', '.join(FORMATS)}")
    if equals and not path:
        raise UsageError(f"--report {text} names no file; write --report {name}=FILE")
    if path:
        _writable(text, Path(path))
    return Request(name, path or None)


def _writable(text: str, path: Path) -> None:
    """Refuse a file that could not be written, before the work begins."""
    folder = path.parent
    try:
        reason = (
            "is a folder; name a file in it" if path.is_dir()
            else f"{_nearest(folder)} is not a folder" if not _nearest(folder).is_dir()
            else "cannot be written; check its permissions" if not _may_write(path)
            else ""
        )  # fmt: skip
    except (OSError, ValueError):
        reason = "is not a path"
    if reason:
        raise UsageError(f"--report {text}: {reason}")


def _may_write(path: Path) -> bool:
    return os.access(path if os.path.exists(path) and not os.path.isfile(path) else _nearest(path.parent), os.W_OK)


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest above it that exists."""
    return next((one for one in (folder, *folder.parents) if os.path.lexists(one)), folder)


def _made(folder: Path, name: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--report {name}=: the folder {folder} cannot be made: {error.strerror}") from None


def _is_step_summary(path: str) -> bool:
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    return bool(summary) and os.path.abspath(path) == os.path.abspath(summary or "")


def _append(path: str, text: str) -> None:
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"--report markdown={path}: cannot be written: {error.strerror}") from None
