"""Derivatives of one output by several inputs that are at ties → the checks, where they are no subgradient together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from jaccli.adapters import Leaf, Subject
from jaccli.checker.joined_inputs import all_outputs
from jaccli.checker.subgradients.joint import apart_together, told
from jaccli.reference import Reference, side_by_side
from jaccli.results.checks import Check
from jaccli.results.names import entry_names
from jaccli.types import Array

__all__ = ["Tie", "at_tie", "held_together"]

Tie = tuple[Array, Reference]  # what is tested, (m, n), and what judges it


def at_tie(reference: Reference) -> bool:
    """Return whether the point is itself a kink along one of the elements of an input."""
    return bool(np.any(np.isfinite(reference.low) & ~np.isfinite(reference.error_bar)))


def held_together(
    checks: Sequence[Check], subject: Subject, y: Leaf, rows: slice, ties: Mapping[str, Tie], rtol: float
) -> list[Check]:
    """Return the checks of one output, failed where together they are no subgradient, as (1, 1) for maximum(a, b).

    checks: of one derivative.
    rows:   those of ``y`` among all outputs.
    ties:   input → what passed there at a kink.
    Law:    see ``apart_together``.
    Errors: Trouble where the function raises beside the point.
    """
    inputs = [x for x in subject.inputs if x.name in ties]
    if len(inputs) < 2:
        return list(checks)
    fn, point = all_outputs(subject, inputs), np.concatenate([x.value.reshape(-1) for x in inputs])
    tested = np.concatenate([ties[x.name][0] for x in inputs], axis=1)
    reference = side_by_side([ties[x.name][1] for x in inputs])
    apart = apart_together(lambda points: fn(points)[:, rows], point, tested, reference, rtol)
    if apart is None:
        return list(checks)
    names = [name for x in inputs for name in entry_names(x.name, x.value.shape)]
    return [told(check, apart, names, y.value.shape) if check.wrt in ties else check for check in checks]
