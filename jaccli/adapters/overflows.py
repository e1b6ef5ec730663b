"""A call of someone's function → the operations in it that overflow: finite numbers in, an infinite one out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path
from typing import Any, cast

import numpy as np

__all__ = ["calm", "overflows"]

#: Operations of PyTorch that have no pole at which they would be infinite as well.
TORCH = frozenset(
    "exp exp2 expm1 cosh sinh pow square mul add sub sum prod mm bmm mv dot addmm baddbmm cumsum cumprod".split()  # noqa: SIM905
)
LIBRARIES = "site-packages"  # where code lies that is not the user's
_seen: ContextVar[list[str] | None] = ContextVar("overflows that are being looked for", default=None)


@contextmanager
def overflows() -> Iterator[list[str]]:
    """Yield a list that is told of each operation of NumPy (by its line) and of PyTorch (by its name) that overflows inside.

    Law: a division by zero is no overflow.
    """
    seen: list[str] = []
    token = _seen.set(seen)
    try:
        with calm(), _watched(seen):
            yield seen
    finally:
        _seen.reset(token)


def calm() -> AbstractContextManager[Any]:
    """Return the state in which NumPy warns of nothing, and tells ``overflows`` of overflows where they are looked for."""
    seen = _seen.get()
    if seen is None:
        return np.errstate(all="ignore")

    def tell(kind: str, flag: int) -> None:
        frame = sys._getframe(1)
        while LIBRARIES in Path(frame.f_code.co_filename).parts and frame.f_back is not None:
            frame = frame.f_back
        seen.append(f"in line {frame.f_lineno} of {Path(frame.f_code.co_filename).name}")

    return np.errstate(divide="ignore", invalid="ignore", under="ignore", over="call", call=tell)


def _watched(seen: list[str]) -> AbstractContextManager[Any]:
    """Return a context in which PyTorch's operations are looked at, where PyTorch is loaded at all."""
    torch = sys.modules.get("torch")
    if torch is None:
        return nullcontext()
    from torch.utils import _python_dispatch

    mode: Any = _python_dispatch.TorchDispatchMode

    class Watch(mode):  # type: ignore[misc]
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            found = func(*args, **(kwargs or {}))
            name = func.overloadpacket.__name__.rstrip("_")
            if name in TORCH and _infinite(torch, [found]) and not _infinite(torch, args):
                seen.append(f"in {name}")
            return found

    made: Any = Watch
    return cast(AbstractContextManager[Any], made())


def _infinite(torch: Any, values: Any) -> bool:
    parts = [x for x in values if isinstance(x, torch.Tensor) and x.is_floating_point()]
    return any(bool(torch.any(torch.isinf(x) | torch.isnan(x))) for x in parts)
