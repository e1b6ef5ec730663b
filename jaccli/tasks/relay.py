"""Output of another process → this one's standard error, with control characters made visible."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

from jaccli.report.words.plain import shown

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnContext

__all__ = ["Relay", "written_to"]

LONGEST = 100_000  # bytes of a line before it is written in parts
PATIENCE = 1.0  # seconds for what is still to come when the process has ended; what it has started may live on


class Relay:
    """The end of a pipe at which a thread reads, and ``outlet``, the end that the other process is given."""

    def __init__(self, context: SpawnContext) -> None:
        self.inlet, self.outlet = context.Pipe(duplex=False)
        self.thread = threading.Thread(target=self._read, daemon=True)

    def start(self) -> None:
        """Read from now on; the other process has its end."""
        self.outlet.close()
        self.thread.start()

    def close(self) -> None:
        """Write what has come before the process ended."""
        self.thread.join(PATIENCE)

    def _read(self) -> None:
        kept = b""
        while data := _received(self.inlet):
            *lines, kept = (kept + data).split(b"\n")
            lines += [kept] if len(kept) > LONGEST else []
            kept = b"" if len(kept) > LONGEST else kept
            _write(lines)
        _write([kept] if kept else [])


def _received(inlet: Connection) -> bytes:
    try:
        return os.read(inlet.fileno(), 65536)
    except OSError:
        return b""


def _write(lines: list[bytes]) -> None:
    """Write lines; a carriage return begins one too, as it does in logs."""
    text = "".join(f"{line.decode('utf-8', 'replace')}\n" for line in lines)
    try:
        print(shown(text.replace("\r\n", "\n").replace("\r", "\n")), end="", file=sys.stderr, flush=True)
    except (OSError, ValueError, AttributeError):  # nobody listens any more
        return


def written_to(outlet: Connection | None) -> None:
    """Let what this process writes to its standard streams go to ``outlet``; to standard error where there is none."""
    if outlet is None:
        os.dup2(2, 1)
    else:
        os.dup2(outlet.fileno(), 1)
        os.dup2(outlet.fileno(), 2)
        outlet.close()
    sys.stdout = sys.stderr
