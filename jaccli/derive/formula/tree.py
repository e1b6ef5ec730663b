"""Formulas as trees of matrix algebra, and the constructors that keep them in normal form.

A vector is a column, its transpose a row. Numbers that scale a product stand in front of it (above or below the bar), so that
``factors`` holds matrices, columns and rows only. Trees are values: equal formulas of one form are equal trees.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

__all__ = [
    "Call", "Diagonal", "DiagonalOf", "Eye", "Hadamard", "Inner", "Inverse", "Name", "Number", "Ones", "Power", "Product", "Sum",
    "Transposed", "Tree", "as_product", "diagonal", "hadamard", "inner", "power", "product", "transposed",
]  # fmt: skip


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


Powers = Sequence[tuple[Tree, Fraction]]
ONE = Fraction(1)


def power(x: Tree, exponent: Fraction) -> Tree:
    """Return x to a positive power."""
    return x if exponent == 1 else Power(x, exponent)


def merged(parts: Powers) -> list[tuple[Tree, Fraction]]:
    """Return the parts with the powers of equal ones added."""
    found: dict[Tree, Fraction] = {}
    for x, exponent in parts:
        found[x] = found.get(x, Fraction(0)) + exponent
    return [(x, exponent) for x, exponent in found.items() if exponent]


def product(coef: Fraction, scalars: Powers, factors: Iterable[Tree]) -> Tree:
    """Return coef · Π scalars · Π factors with everything that is a number in front, flat, and without identities."""
    numbers, flat = list(scalars), list[Tree]()
    for factor in factors:
        inside = factor if isinstance(factor, Product) else None
        if inside is not None:
            coef *= inside.coef
            numbers += powers_of(inside)
        flat += inside.factors if inside is not None else (factor,)
    kept = _cancelled([factor for factor in flat if not isinstance(factor, Eye)]) or [
        Eye(flat[0].shape[0]) for _ in flat[:1]
    ]
    plain = list[tuple[Tree, Fraction]]()
    for x, exponent in numbers:
        if isinstance(x, Product) and not x.factors and exponent.denominator == 1:
            coef *= x.coef ** int(exponent)
            plain += [(y, k * exponent) for y, k in powers_of(x)]
        elif isinstance(x, Number) and exponent.denominator == 1:
            coef *= x.value ** int(exponent)
        else:
            plain.append((x, exponent))
    above = tuple(power(x, k) for x, k in merged(plain) if k > 0)
    below = tuple(power(x, -k) for x, k in merged(plain) if k < 0)
    if coef == 1 and not above and not below and len(kept) == 1:
        return kept[0]
    if coef == 1 and not below and not kept and len(above) == 1:
        return above[0]
    return Product(coef, above, below, tuple(kept))


def _cancelled(factors: list[Tree]) -> list[Tree]:
    """Return the factors without neighbours that are inverse to each other."""
    kept: list[Tree] = []
    for factor in factors:
        if kept and _inverse_of(factor) == kept[-1]:
            kept.pop()
        else:
            kept.append(factor)
    return kept


def _inverse_of(x: Tree) -> Tree | None:
    if isinstance(x, Transposed):
        inside = _inverse_of(x.x)
        return transposed(inside) if inside is not None else None
    return x.x if isinstance(x, Inverse) else Inverse(x)


def powers_of(x: Product) -> list[tuple[Tree, Fraction]]:
    """Return the numbers in front of a product, each with its power."""
    return [base_of(y) for y in x.above] + [(y, -k) for y, k in map(base_of, x.below)]


def base_of(x: Tree) -> tuple[Tree, Fraction]:
    """Return (x, k) for x to the power k."""
    return (x.x, x.exponent) if isinstance(x, Power) else (x, ONE)


def as_product(x: Tree) -> Product:
    """Return x as a product of one factor, or of one number."""
    if isinstance(x, Product):
        return x
    if isinstance(x, Number):
        return Product(x.value, (), (), ())
    return Product(ONE, (), (), (x,)) if x.shape else Product(ONE, (x,), (), ())


def hadamard(parts: Powers) -> Tree:
    """Return the product of the parts' powers, element by element; what scales a part stands in front."""
    coef, numbers, plain = ONE, list[tuple[Tree, Fraction]](), list[tuple[Tree, Fraction]]()
    for x, exponent in parts:
        if isinstance(x, Product) and exponent.denominator == 1:
            coef *= x.coef ** int(exponent)
            numbers += [(y, k * exponent) for y, k in powers_of(x)]
            x = product(ONE, (), x.factors)
        inside = (
            [*map(base_of, x.above), *((y, -k) for y, k in map(base_of, x.below))] if isinstance(x, Hadamard) else None
        )
        plain += [(y, k * exponent) for y, k in inside] if inside and exponent.denominator == 1 else [(x, exponent)]
    ones = [x for x, _ in plain if isinstance(x, Ones)]
    left = merged([(x, k) for x, k in plain if not isinstance(x, Ones)])
    above = tuple(power(x, k) for x, k in left if k > 0)
    below = tuple(power(x, -k) for x, k in left if k < 0)
    if not above and not below:
        body: Tree = ones[0] if ones else Ones(plain[0][0].shape)
    else:
        body = above[0] if len(above) == 1 and not below else Hadamard(above, below)
    return product(coef, numbers, [body])


def diagonal(x: Tree) -> Tree:
    """Return the matrix with the column x on its diagonal; what scales x stands in front."""
    if isinstance(x, Ones):
        return Eye(x.shape[0])
    if isinstance(x, Product):
        return product(x.coef, powers_of(x), [diagonal(product(ONE, (), x.factors))])
    return Diagonal(x)


def transposed(x: Tree) -> Tree:
    """Return the transpose of x, moved inwards as far as it goes."""
    match x:
        case Transposed():
            return x.x
        case Ones():
            return Ones(x.size[::-1])
        case Eye() | Diagonal():
            return x
        case Name() if x.symmetric:
            return x
        case Inverse() if isinstance(x.x, Name) and x.x.symmetric:
            return x
        case Product():
            return product(x.coef, powers_of(x), [transposed(y) for y in reversed(x.factors)])
        case Sum() if x.shape and x.shape[1] > 1:  # a column's is (a − b)ᵀ, a matrix's Aᵀ − Bᵀ
            return Sum(tuple(map(transposed, x.parts)))
    return Transposed(x) if x.shape else x


def inner(factors: Sequence[Tree]) -> Tree:
    """Return the number that a row, matrices and a column multiply to, read in the direction with fewer transposes."""
    whole = as_product(product(ONE, (), factors))
    there, back = whole.factors, as_product(transposed(whole)).factors
    best = min((there, back), key=lambda chain: (sum(isinstance(x, Transposed) for x in chain), _order(chain)))
    return product(whole.coef, [*powers_of(whole), (Inner(best), ONE)], ())


def _order(chain: Sequence[Tree]) -> str:
    return repr([x.x if isinstance(x, Transposed) else x for x in chain])
