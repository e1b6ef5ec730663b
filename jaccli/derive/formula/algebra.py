"""Sums of products: equal terms are collected, common factors taken out, plus signs come first."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm

from jaccli.derive.formula.normal import ONE, as_product, base_of, diagonal, hadamard, powers_of, product
from jaccli.derive.formula.tree import Diagonal, Eye, Hadamard, Number, Ones, Product, Sum, Transposed, Tree

__all__ = ["total"]


def total(terms: Sequence[Tree]) -> Tree:
    """Return the sum of the terms in normal form."""
    flat = [as_product(x) for term in terms for x in (term.parts if isinstance(term, Sum) else (term,))]
    coefs: dict[Product, Fraction] = {}
    for x in flat:
        bare = Product(ONE, x.above, x.below, x.factors)
        coefs[bare] = coefs.get(bare, Fraction(0)) + x.coef
    parts = [Product(c, x.above, x.below, x.factors) for x, c in coefs.items() if c]
    parts.sort(key=lambda x: (x.coef < 0, _turned(x)))
    if not parts:
        return Number(Fraction(0))
    if len(parts) == 1:
        return _tidy(parts[0])
    return _numbers_out(parts)


def _turned(x: Product) -> bool:
    """Return whether a term is the later one of A + Aᵀ."""
    return bool(x.factors) and isinstance(x.factors[0], Transposed)


def _tidy(x: Product) -> Tree:
    return product(x.coef, powers_of(x), x.factors)


def _numbers_out(parts: list[Product]) -> Tree:
    """Take numbers that all terms share out of the sum."""
    tables = [dict(powers_of(x)) for x in parts]
    common = []
    for y in tables[0]:
        powers = [table.get(y, Fraction(0)) for table in tables]
        least = min(powers, key=abs)
        if least and all((k > 0) == (least > 0) for k in powers):
            common.append((y, least))
    coefs = [x.coef for x in parts]
    shared = Fraction(gcd(*(c.numerator for c in coefs)), 1) / lcm(*(c.denominator for c in coefs))
    if any(c.denominator != coefs[0].denominator for c in coefs):
        shared = ONE
    if not common and shared == 1:
        return _factors_out(parts)
    less = [(y, -k) for y, k in common]
    rest = [as_product(product(x.coef / shared, [*powers_of(x), *less], x.factors)) for x in parts]
    return (
        product(shared, common, [_factors_out(rest)] if rest[0].factors else ())
        if rest[0].factors
        else product(shared, [*common, (_factors_out(rest), ONE)], ())
    )


def _factors_out(parts: list[Product]) -> Tree:
    """Take matrices that all terms share on one side out of the sum, then those that some share."""
    if all(len(x.factors) == 1 and isinstance(x.factors[0], Diagonal | Eye) for x in parts) and any(
        isinstance(x.factors[0], Diagonal) for x in parts
    ):
        return diagonal(total([product(x.coef, powers_of(x), [_on_diagonal(x.factors[0])]) for x in parts]))
    if len({x.factors for x in parts}) == 1 and not parts[0].factors:
        return Sum(tuple(map(_tidy, parts)))
    for side, cut in ((-1, slice(None, -1)), (0, slice(1, None))):
        shared = _shared(parts, side)
        if shared is not None:
            inside = total([_without(x, cut, shared, side) for x in parts])
            order = [inside, shared] if side else [shared, inside]
            return product(ONE, (), order) if inside.shape else product(ONE, [(inside, ONE)], [shared])
    if all(len(x.factors) == 1 and _elements(x.factors[0]) is not None for x in parts):
        tables = [dict(_elements(x.factors[0]) or ()) for x in parts]
        both = [(y, ONE) for y in tables[0] if all(table.get(y, 0) >= 1 for table in tables)]
        if both and any(isinstance(x.factors[0], Hadamard) for x in parts):
            less = [(y, -ONE) for y, _ in both]
            rest = [product(x.coef, powers_of(x), [hadamard([(x.factors[0], ONE), *less])]) for x in parts]
            return hadamard([*both, (total(rest), ONE)])
    return _some_share(parts)


def _elements(x: Tree) -> list[tuple[Tree, Fraction]] | None:
    if isinstance(x, Hadamard):
        return [*map(base_of, x.above), *((y, -k) for y, k in map(base_of, x.below))]
    return [base_of(x)]


def _on_diagonal(x: Tree) -> Tree:
    return x.x if isinstance(x, Diagonal) else Ones((x.shape[0], 1))


def _shared(parts: Sequence[Product], side: int) -> Tree | None:
    """Return the first or last factor that all terms have, if it leaves something to add."""
    first = parts[0].factors[side]
    if any(x.factors[side] != first for x in parts) or isinstance(first, Eye):
        return None
    if all(len(x.factors) == 1 for x in parts):
        return first if any(x.above or x.below for x in parts) and any(powers_of(x) for x in parts) else None
    return first


def _without(x: Product, cut: slice, shared: Tree, side: int) -> Tree:
    size = shared.shape[0] if side else shared.shape[1]
    return product(x.coef, powers_of(x), x.factors[cut] or (Eye(size),))


def _some_share(parts: list[Product]) -> Tree:
    for side in (-1, 0):
        groups: dict[Tree, list[Product]] = {}
        for x in parts:
            groups.setdefault(x.factors[side], []).append(x)
        if len(groups) < len(parts) and len(groups) > 1:
            found = []
            for group in groups.values():
                long = len(group) > 1 and all(len(x.factors) > 1 and not powers_of(x) for x in group)
                found += [_factors_out(group)] if long else [_tidy(x) for x in group]
            if len(found) < len(parts):
                return Sum(tuple(found))
    return Sum(tuple(map(_tidy, parts)))
