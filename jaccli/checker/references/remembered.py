"""A function that is evaluated at many points, some of them again and again → the same, asked once for each point."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jaccli.types import Array

__all__ = ["remembered"]

Function = Callable[[Array], Array]
MOST = 2**22  # numbers that are kept, 32 MiB of them


def remembered(fn: Function) -> Function:
    """Return ``fn`` with the values of the points that it was asked for before; it must give the same ones again.

    Shapes: fn (points, n) → (points, m).
    Law:    points are equal where all their bytes are. Once MOST numbers are kept, no more are.
    """
    known: dict[bytes, Array] = {}
    kept = 0

    def once(points: Array) -> Array:
        nonlocal kept
        keys = [point.tobytes() for point in np.ascontiguousarray(points)]
        first = {key: k for k, key in reversed(list(enumerate(keys))) if key not in known}
        fresh = sorted(first.values())
        values = fn(points[fresh]) if fresh else np.zeros((0, 0))
        got = dict(zip([keys[k] for k in fresh], values, strict=True))
        result = np.stack([got[key] if key in got else known[key] for key in keys])
        if kept < MOST:
            known.update((key, value.copy()) for key, value in got.items())
            kept += len(got) * (points.shape[1] + result.shape[1])
        return result

    return once
