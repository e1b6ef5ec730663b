"""A Jacobian block as matrix calculus, in three notations."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TensorFormula"]


@dataclass(frozen=True)
class TensorFormula:
    """A Jacobian block in matrix notation: in Unicode, in ASCII and in LaTeX, and what it takes for granted."""

    text: str
    ascii: str
    latex: str
    where: tuple[str, ...] = ()
