"""What is known of targets and class numbers when the graph is built → an error where a loss could not mean them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jaccli.graph.functions.arguments import BuildError, known
from jaccli.graph.ir import Expr
from jaccli.graph.origins import describe

__all__ = ["check_classes", "check_targets"]

Array = np.ndarray[Any, Any]


def check_classes(name: str, t: Expr, count: int) -> None:
    """Refuse class numbers, where they are known, that are not 0, 1 … ``count`` − 1."""
    _check(
        name, t, lambda v: (v == np.floor(v)) & (v >= 0) & (v < count),
        f"is none of the {count} classes", f"count the classes from 0 to {count - 1}",
    )  # fmt: skip


def check_targets(name: str, t: Expr, right: Callable[[Array], Array], words: str) -> None:
    """Refuse targets, where they are known, that are not ``right``; ``words`` say what they must be."""
    _check(name, t, right, f"is not {words}", f"the targets of {name} are {words}")


def _check(name: str, t: Expr, right: Callable[[Array], Array], wrong: str, help_: str) -> None:
    data = t.graph.data.get(t.index)
    data = known(t) if data is None else data
    if data is None or not np.size(data):
        return
    values = np.broadcast_to(np.asarray(data, dtype=np.float64), t.shape)
    places = np.argwhere(~right(values))
    if len(places):
        place, more = tuple(int(k) for k in places[0]), len(places) - 1
        where = f" at {list(place)}" if place else ""
        others = f", and {more} more" if more else ""
        raise BuildError(f"{name}: {values[place]:g}{where} of {describe(t)} {wrong}{others}", help_, about=(t,))
