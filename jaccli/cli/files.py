"""A document → a file, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from jaccli.errors import UsageError

__all__ = ["save"]


def save(path: str, document: str | bytes, option: str = "-o ") -> None:
    """Write ``document`` beside the file and put it in its place once it is complete.

    Errors: UsageError saying why the file cannot be written; what stood there before still does.
    """
    target = Path(path)
    if target.is_dir():
        raise UsageError(f"{option}{path}: is a folder; name a file in it")
    if not target.parent.is_dir():
        raise UsageError(f"{option}{path}: the folder {target.parent} does not exist; make it first")
    data = document.encode() if isinstance(document, str) else document
    temporary = None
    try:
        if target.exists() and not target.is_file():  # a device or a pipe cannot be replaced
            target.write_bytes(data)
            return
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(target)
    except OSError as error:
        raise UsageError(f"{option}{path}: cannot be written: {error.strerror}") from None
    finally:
        if temporary:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
