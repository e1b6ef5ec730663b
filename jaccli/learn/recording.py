"""What a pass leaves behind: whether it is recorded, and the gradients of leaves."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from jaccli.types import Array

__all__ = ["Slot", "no_grad", "recording"]

_recording: ContextVar[bool] = ContextVar("recording", default=True)
_serial = itertools.count()  # of leaves; their addresses are used again


class Slot:
    """A leaf's gradient, shared by all tapes that the leaf stands on, and its name there."""

    def __init__(self, requires_grad: bool) -> None:
        self.requires_grad = requires_grad
        self.grad: Array | None = None
        self.name = f"leaf{next(_serial)}"


def recording() -> bool:
    """Return whether what is computed now is recorded where a gradient can flow."""
    return _recording.get()


@contextmanager
def no_grad() -> Iterator[None]:
    """Within this block nothing is recorded, so that parameters can be changed."""
    token = _recording.set(False)
    try:
        yield
    finally:
        _recording.reset(token)
