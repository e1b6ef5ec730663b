"""Arrays that no variable enters; each takes first an Expr of the graph it is to belong to."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from jaccli.graph.functions.arguments import MAX_EXACT, BuildError, limit, static_int, static_shape, truth
from jaccli.graph.ir import Expr
from jaccli.ops import Literal
from jaccli.ops.notation import broadcast


def constant(like: Expr, name: str, *args: Any, **kwargs: Any) -> Expr:
    """Return zeros, ones, full, eye, arange or linspace in the graph of ``like``."""
    return CONSTANTS[name](like, *args, **kwargs)


def _filled(number: int) -> Callable[..., Expr]:
    def macro(like: Expr, shape: Any) -> Expr:
        sizes = static_shape(shape)
        if any(n < 0 for n in sizes):
            raise BuildError(f"a size cannot be negative: {sizes}", "use sizes of at least 0")
        return broadcast(like.graph.literal(number), sizes)

    return macro


def _sizes(rows: Any, columns: Any) -> tuple[int, int]:
    sizes = static_shape([rows, columns if columns is not None else rows])
    if min(sizes) < 0:
        raise BuildError(f"a size cannot be negative: {sizes}", "use sizes of at least 0")
    return sizes[0], sizes[1]


def _eye(like: Expr, N: Any, M: Any = None, k: Any = None) -> Expr:
    return like.graph.literal(np.eye(*_sizes(N, M), static_int(k, "`k`") if k is not None else 0))


def _tri(like: Expr, N: Any, M: Any = None, k: Any = None) -> Expr:
    return like.graph.literal(np.tri(*_sizes(N, M), static_int(k, "`k`") if k is not None else 0))


def _identity(like: Expr, n: Any) -> Expr:
    return _eye(like, n)


def _arange(like: Expr, start: Any, stop: Any = None, step: Any = None) -> Expr:
    low, high, by = (_exact(v, "arange") if v is not None else None for v in (start, stop, step))
    first, last, by = (Fraction(0), low, by) if high is None else (low, high, by)
    by = Fraction(1) if by is None else by
    if not by:
        raise BuildError("arange: the step is 0", "give another step")
    count = max(math.ceil((last - first) / by), 0)  # type: ignore[operator]
    limit((count,))
    return _progression(like, first, by, count)


def _linspace(like: Expr, start: Any, stop: Any, num: Any = None, endpoint: Any = True) -> Expr:
    low, high = _exact(start, "linspace"), _exact(stop, "linspace")
    count = static_int(num, "`num`") if num is not None else 50
    if count < 1:
        raise BuildError("linspace: `num` must be at least 1", "ask for at least one number")
    limit((count,))
    return _progression(like, low, (high - low) / max(count - truth(endpoint, "endpoint"), 1), count)


def _exact(value: Any, name: str) -> Fraction:
    number = value.constant if isinstance(value, Expr) else None
    if number is None:
        raise BuildError(f"{name}: the bounds must be numbers known in advance", "write numbers or names from `dims:`")
    return number


def _progression(like: Expr, first: Fraction | None, step: Fraction | None, count: int) -> Expr:
    """Return ``count`` numbers, exact ones unless they are many."""
    assert first is not None
    assert step is not None
    if count > MAX_EXACT:
        return like.graph.literal(Literal(float(first) + float(step) * np.arange(count)))
    array = np.empty(count, dtype=object)
    array[:] = [first + k * step for k in range(count)]
    return like.graph.literal(Literal(array))


CONSTANTS: dict[str, Callable[..., Expr]] = {
    "zeros": _filled(0), "ones": _filled(1), "eye": _eye, "identity": _identity, "tri": _tri, "arange": _arange,
    "linspace": _linspace,
}  # fmt: skip
