"""A document → a file, written completely or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jaccli.cli.console import say
from jaccli.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from jaccli.report.words.painted import Line

__all__ = ["painted", "save", "written"]


def save(path: str, document: str | bytes, option: str = "-o ") -> None:
    """Write ``document`` beside the file and put it in its place once it is complete.

    Errors: UsageError saying why the file cannot be written; what stood there before still does.
    """
    target = Path(path)
    if os.path.isdir(target):  # False for what is not a path, of which the system says more
        raise UsageError(f"{option}{path}: is a folder; name a file in it")
    if not os.path.isdir(target.parent):
        raise UsageError(f"{option}{path}: the folder {target.parent} does not exist; make it first")
    data = document.encode() if isinstance(document, str) else document
    temporary = None
    try:
        if os.path.exists(target) and not os.path.isfile(target):  # a device or a pipe cannot be replaced
            target.write_bytes(data)
            return
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(target)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not a path"
        raise UsageError(f"{option}{path}: cannot be written: {reason}") from None
    finally:
        if temporary:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()


def written(document: str, path: str | None) -> None:
    """Write a document to a file and say so, or to standard output where no file is named."""
    if path is None:
        say(document, end="")
        return
    save(path, document)
    say(f"wrote {path}")


def painted(lines: Sequence[Line], path: str | None, out: Console) -> None:
    """Write lines to a file, or to standard output, where they have their colours if it shows any."""
    from jaccli.report.words.painted import plain, rich_text

    if path is None and out.color_system is not None and not out.no_color:
        out.print(rich_text(lines), soft_wrap=True)
    else:
        written(plain(lines), path)
