"""Formulas as trees of matrix algebra; ``normal`` makes them in normal form.

A vector is a column, its transpose a row. Numbers that scale a product stand in front of it (above or below the bar), so that
``factors`` holds matrices, columns and rows only. Trees are values: equal formulas of one form are equal trees.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

__all__ = [
    "Call",
    "Diagonal",
    "DiagonalOf",
    "Eye",
    "Hadamard",
    "Inner",
    "Inverse",
    "Name",
    "Number",
    "Ones",
    "Power",
    "Product",
    "Sum",
    "Transposed",
    "Tree",
]


@dataclass(frozen=True)
class Tree:
    """A formula; ``shape`` is () for a number, else (rows, columns)."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        raise NotImplementedError


@dataclass(frozen=True)
class Name(Tree):
    """A value that the user, or the formula itself (dX), has a name for; ``key`` finds its number."""

    text: str
    key: int
    size: tuple[int, ...]
    symmetric: bool = False

    @property
    def shape(self) -> tuple[int, ...]:  # noqa: D102
        return self.size


@dataclass(frozen=True)
class Number(Tree):
    """An exact number."""

    value: Fraction

    @property
    def shape(self) -> tuple[int, ...]:  # noqa: D102
        return ()


@dataclass(frozen=True)
class Ones(Tree):
    """A column, row or matrix of ones."""

    size: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:  # noqa: D102
        return self.size


@dataclass(frozen=True)
class Eye(Tree):
    """The identity."""

    n: int

    @property
    def shape(self) -> tuple[int, ...]:  # noqa: D102
        return (self.n, self.n)


@dataclass(frozen=True)
class Transposed(Tree):
    """The transpose of ``x``."""

    x: Tree

    @property
    def shape(self) -> tuple[int, ...]:  # noqa: D102
        return self.x.shape[::-1]


@dataclass(frozen=True)
class Inverse(Tree):
    """The inverse of the matrix ``x``."""

    x: Tree

    @property
    def shape(self) -> tuple[int, ...]:  # noqa: D102
        return self.x.shape


@dataclass(frozen=True)
class Diagonal(Tree):
    """The matrix with the column ``x`` on its diagonal."""

    x: Tree

    @property
    def shape(self) -> tuple[int, ...]:  # noqa: D102
        return (self.x.shape[0], self.x.shape[0])


@dataclass(frozen=True)
class DiagonalOf(Tree):
    """The diagonal of the matrix ``x`` as a column."""

    x: Tree

    @property
    def shape(self) -> tuple[int, ...]:  # noqa: D102
        return (self.x.shape[0], 1)


@dataclass(frozen=True)
class Call(Tree):
    """A named function of its arguments: of each element, or det, tr, norm, sum …"""

    name: str
    args: tuple[Tree, ...]
    size: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:  # noqa: D102
        return self.size


@dataclass(frozen=True)
class Power(Tree):
    """Every element of ``x`` to the power ``exponent``, a positive number."""

    x: Tree
    exponent: Fraction

    @property
    def shape(self) -> tuple[int, ...]:  # noqa: D102
        return self.x.shape


@dataclass(frozen=True)
class Hadamard(Tree):
    """The product of ``above`` divided by that of ``below``, element by element."""

    above: tuple[Tree, ...]
    below: tuple[Tree, ...]

    @property
    def shape(self) -> tuple[int, ...]:  # noqa: D102
        return (self.above + self.below)[0].shape


@dataclass(frozen=True)
class Inner(Tree):
    """The number that a row times a column (with matrices between them) is."""

    factors: tuple[Tree, ...]

    @property
    def shape(self) -> tuple[int, ...]:  # noqa: D102
        return ()


@dataclass(frozen=True)
class Product(Tree):
    """coef · above/below · factors: numbers times a matrix product; a number itself where there are no factors."""

    coef: Fraction
    above: tuple[Tree, ...]
    below: tuple[Tree, ...]
    factors: tuple[Tree, ...]

    @property
    def shape(self) -> tuple[int, ...]:  # noqa: D102
        return (self.factors[0].shape[0], self.factors[-1].shape[1]) if self.factors else ()


@dataclass(frozen=True)
class Sum(Tree):
    """The sum of ``parts``; signs are in their coefficients."""

    parts: tuple[Tree, ...]

    @property
    def shape(self) -> tuple[int, ...]:  # noqa: D102
        return max((part.shape for part in self.parts), key=len)
