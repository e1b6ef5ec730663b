"""Helpers of the room's tests: one-line functions → their references."""

from __future__ import annotations

from typing import Any

import numpy as np

import jaccli
from jaccli.certify import certified
from jaccli.derive.symbolic import local_partials
from jaccli.reference import Reference


def certified_of(expression: str, **at: Any) -> Reference:
    """Return the certified reference of an expression by its first input."""
    point = {name: np.asarray(value, dtype=float) for name, value in at.items()}
    graph, of, wrt = _parts(expression, point)
    return certified(graph, of, wrt, point, local_partials)[0]


def _parts(expression: str, point: dict[str, Any]) -> tuple[Any, Any, list[Any]]:
    built = jaccli.function(f"y = {expression}", at=point).built
    return built.graph, built.outputs["y"], [built.variables[name] for name in point]
