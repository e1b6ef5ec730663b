"""Trees → products, powers and transposes in normal form: numbers in front, sums of equal powers, no identities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from jaccli.derive.formula.tree import (
    Diagonal,
    Eye,
    Hadamard,
    Inner,
    Inverse,
    Name,
    Number,
    Ones,
    Power,
    Product,
    Sum,
    Transposed,
    Tree,
)

__all__ = [
    "as_product",
    "base_of",
    "diagonal",
    "hadamard",
    "inner",
    "merged",
    "power",
    "powers_of",
    "product",
    "transposed",
]

ONE = Fraction(1)
Powers = Sequence[tuple[Tree, Fraction]]


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
