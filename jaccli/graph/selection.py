"""Which outputs and variables of a spec are looked at, and the exact numbers of its constants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from jaccli.errors import UsageError, suggestion
from jaccli.graph.build import Built
from jaccli.spec.points import labelled
from jaccli.spec.schema import Spec
from jaccli.types import Array

__all__ = ["Selection", "exact_constants", "select"]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which blocks to look at; empty means all."""

    of: tuple[str, ...] = ()
    wrt: tuple[str, ...] = ()


def select(built: Built, selection: Selection) -> tuple[list[str], list[str]]:
    """Return the outputs and variables a selection names.

    Errors: UsageError for a name the spec does not have.
    """
    return (
        _named(built.spec, selection.of, list(built.outputs), "output"),
        _named(built.spec, selection.wrt, built.differentiable, "input or param"),
    )


def _named(spec: Spec, wanted: Sequence[str], known: list[str], what: str) -> list[str]:
    for name in wanted:
        if name not in known:
            near = labelled(spec, name) or suggestion(name, known) or f"known: {', '.join(known)}"
            raise UsageError(f"`{name}` is not an {what}; {near}")
    return [name for name in known if not wanted or name in wanted]


def exact_constants(spec: Spec) -> dict[str, Array]:
    """Return the constants whose exact numbers are known, which enter symbolic derivatives as numbers; true is 1."""
    exact = {v.name: v.value for v in spec.variables if v.role == "constant" and v.value is not None}
    return {
        name: value if value.dtype == object else np.vectorize(Fraction, otypes=[object])(value.astype(int))
        for name, value in exact.items()
        if value.dtype in (object, bool) and value.size
    }
