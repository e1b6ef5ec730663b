"""The path of a spec → the operations that its check is going to take, counted before it runs."""

from __future__ import annotations

from jaccli.checker.effort.demand import checked_demand
from jaccli.checker.options import CheckOptions, in_force, judged_outputs, points_of
from jaccli.errors import JaccliError
from jaccli.graph.load import load_each
from jaccli.graph.selection import select

__all__ = ["operations_of"]


def operations_of(path: str) -> float | None:
    """Return the operations of all documents of a spec file at the options of the spec; None where it cannot be used."""
    try:
        found = 0.0
        for built in load_each(path):
            if isinstance(built, JaccliError):
                return None
            options = in_force(CheckOptions(), built.spec)
            outputs, variables = judged_outputs(built, options), select(built, options.selection)[1]
            points = len(points_of(built, options))
            found += checked_demand(
                built, outputs, variables, points, options.directions, options.full, options.order
            ).operations
        return found
    except Exception:  # whatever is wrong with it, its check says so
        return None
