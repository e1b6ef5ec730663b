"""The pattern of one output's Jacobian, and how few products give it."""

from __future__ import annotations

from dataclasses import dataclass

from jaccli.types import Array

__all__ = ["Declared", "Sparsity"]


@dataclass(frozen=True, eq=False)
class Declared:
    """A pattern that somebody declared, held against the structure and the values at one point.

    wrong    entries outside it that are certainly not zero at the point: (row, column, value)
    unseen   other entries outside it to which a path of operations leads
    spare    entries in it to which no path leads
    """

    wrong: tuple[tuple[int, int, float], ...]
    unseen: int
    spare: int


@dataclass(frozen=True, eq=False)
class Sparsity:
    """Which entries of the Jacobian of ``of`` can be different from zero, its variables side by side.

    shape            elements of the output, elements of all variables
    sizes            elements of each variable
    rows, columns    of each entry, row by row
    column_colours   the product J · v in which a column is, -1 for none; row_colours likewise for Jᵀ · u
    selected         for each column of these products the one that it is, where they are by selected elements of the variables
    """

    of: str
    wrt: tuple[str, ...]
    shape: tuple[int, int]
    sizes: tuple[int, ...]
    rows: Array
    columns: Array
    column_colours: Array
    row_colours: Array
    declared: Declared | None = None
    selected: Array | None = None

    @property
    def count(self) -> int:
        """The number of entries that can be different from zero."""
        return len(self.rows)

    @property
    def forward(self) -> int:
        """The number of products J · v."""
        return int(self.column_colours.max(initial=-1)) + 1

    @property
    def reverse(self) -> int:
        """The number of products Jᵀ · u."""
        return int(self.row_colours.max(initial=-1)) + 1

    @property
    def dense(self) -> int:
        """The products that a matrix without zeros would take: one for each row or column, whichever are fewer."""
        return min(self.shape)
