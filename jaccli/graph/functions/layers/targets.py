"""Targets, class numbers and masks → an error where a loss or a layer could not mean them: at once, or when values are given."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jaccli.graph.demands import Demand
from jaccli.graph.functions.arguments import BuildError, known
from jaccli.graph.ir import Expr
from jaccli.types import Array

__all__ = ["check_classes", "check_mask", "check_targets"]


def check_classes(name: str, t: Expr, count: int) -> None:
    """Refuse class numbers that are not 0, 1 … ``count`` − 1."""
    t.graph.count_with(t.index)
    _check(
        name, t, lambda v: (v == np.floor(v)) & (v >= 0) & (v < count),
        f"is none of the {count} classes", f"count the classes from 0 to {count - 1}",
    )  # fmt: skip


def check_targets(name: str, t: Expr, right: Callable[[Array], Array], words: str) -> None:
    """Refuse targets that are not ``right``; ``words`` say what they must be."""
    _check(name, t, right, f"is not {words}", f"the targets of {name} are {words}")


def check_mask(name: str, mask: Expr) -> None:
    """Refuse a mask of attention that does not hold truth values."""
    _check(
        name, mask, lambda v: (v == 0) | (v == 1), "is neither 1, attended to, nor 0",
        "write 1 and 0, or truth values; of a mask that is added to the scores, as PyTorch's of floats are, that is mask > -1",
    )  # fmt: skip


def _check(name: str, t: Expr, right: Callable[[Array], Array], wrong: str, help_: str) -> None:
    demand = Demand(name, t, right, wrong, help_)
    data = known(t)
    if data is None:
        t.graph.demand(demand)
    elif np.size(data) and (message := demand.complaint(data)):
        raise BuildError(message, help_, about=(t,))
