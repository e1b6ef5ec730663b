"""Derivatives of one output by several inputs that are at ties → whether they are one subgradient together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from jaccli.adapters import Leaf, Subject
from jaccli.pipeline.together import Apart, apart_together
from jaccli.reference import Reference
from jaccli.report.computed import entry_names

__all__ = ["at_tie", "joined_apart", "joined_names"]

Array = np.ndarray[Any, Any]
Tie = tuple[Array, Reference]  # what is tested, (m, n), and what judges it


def at_tie(reference: Reference) -> bool:
    """Return whether the point is itself a kink along one of the inputs."""
    return bool(np.any(np.isfinite(reference.low) & ~np.isfinite(reference.error_bar)))


def joined_apart(
    subject: Subject, inputs: Sequence[Leaf], ties: Mapping[str, Tie], rows: slice, rtol: float
) -> Apart | None:
    """Return a direction of all ``inputs`` along which they are no subgradient together; see ``apart_together``."""
    ends = np.cumsum([x.value.size for x in inputs])
    x = np.concatenate([leaf.value.reshape(-1) for leaf in inputs])

    def fn(points: Array) -> Array:
        by_name = {
            leaf.name: points[:, end - leaf.value.size : end].reshape(-1, *leaf.value.shape)
            for leaf, end in zip(inputs, ends, strict=True)
        }
        return subject.values(by_name).values[:, rows]

    parts = [ties[leaf.name] for leaf in inputs]
    names = ("value", "error_bar", "low", "high", "reason", "curvature")
    stacked: dict[str, Any] = {name: np.hstack([getattr(part, name) for _, part in parts]) for name in names}
    whole = replace(parts[0][1], rounding=None, **stacked)
    return apart_together(fn, x, np.hstack([tested for tested, _ in parts]), whole, rtol)


def joined_names(inputs: Sequence[Leaf]) -> list[str]:
    """Return what the elements of all inputs are called."""
    return [name for leaf in inputs for name in entry_names(leaf.name, leaf.value.shape)]
