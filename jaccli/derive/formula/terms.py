"""Products over indices, such as δ_ij x_k or A_ij x_j summed over j: what derivatives are made of before they become matrices.

This is Ricci calculus: the derivative of every op is a short sum of such products, and the chain rule multiplies them.
Source: Laue, Mitterreiter & Giesen, Computing Higher Order Derivatives of Matrix and Tensor Expressions (2018), section 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

__all__ = ["Factor", "Labels", "NoFormulaError", "Term", "collected", "normalised", "times"]

Label = int
MAX_FACTORS = 24


class NoFormulaError(Exception):
    """A value or derivative that has no short formula."""


@dataclass
class Labels:
    """Hands out labels for indices, and knows how far each runs."""

    sizes: list[int] = field(default_factory=list)

    def new(self, shape: Sequence[int]) -> tuple[Label, ...]:
        """Return a fresh label for each axis."""
        start = len(self.sizes)
        self.sizes += shape
        return tuple(range(start, len(self.sizes)))


@dataclass(frozen=True)
class Factor:
    """The element of a node's value at ``labels``, to a power; a softmax's Jacobian where ``slope`` is true."""

    node: int
    labels: tuple[Label, ...]
    power: Fraction = Fraction(1)
    slope: bool = False


@dataclass(frozen=True)
class Term:
    """coef · Π factors · Π δ, summed over the labels in ``bound``."""

    coef: Fraction = Fraction(1)
    factors: tuple[Factor, ...] = ()
    deltas: tuple[tuple[Label, Label], ...] = ()
    bound: frozenset[Label] = frozenset()


def times(*terms: Term) -> Term:
    """Return the product of the terms; none of them may bind a label that another one leaves free."""
    coef = Fraction(1)
    for term in terms:
        coef *= term.coef
    return Term(
        coef,
        sum((term.factors for term in terms), ()),
        sum((term.deltas for term in terms), ()),
        frozenset().union(*(term.bound for term in terms)),
    )


def normalised(term: Term, sizes: Sequence[int], bound: Iterable[Label] = ()) -> Term:
    """Return the term, with the labels of ``bound`` summed over as well, without deltas that a sum removes.

    Law: Σ_j δ_ij t_j = t_i; equal factors join their powers; a sum over a label that nothing carries is its size.
    """
    summed = set(term.bound | set(bound))
    names: dict[Label, Label] = {}

    def resolved(label: Label) -> Label:
        while label in names:
            label = names[label]
        return label

    kept = []
    for first, second in term.deltas:
        a, b = resolved(first), resolved(second)
        if a == b:
            continue
        if a in summed or b in summed:
            gone, left = (a, b) if a in summed else (b, a)
            names[gone] = left
            summed.discard(gone)
        else:
            kept.append((min(a, b), max(a, b)))
    powers: dict[tuple[int, tuple[Label, ...], bool], Fraction] = {}
    for factor in term.factors:
        key = (factor.node, tuple(map(resolved, factor.labels)), factor.slope)
        powers[key] = powers.get(key, Fraction(0)) + factor.power
    factors = tuple(Factor(node, labels, power, slope) for (node, labels, slope), power in powers.items() if power)
    if len(factors) > MAX_FACTORS:
        raise NoFormulaError
    carried = {label for factor in factors for label in factor.labels} | {label for pair in kept for label in pair}
    coef = term.coef
    for label in summed - carried:
        coef *= sizes[label]
    deltas = tuple(dict.fromkeys((resolved(a), resolved(b)) for a, b in kept))
    return Term(coef, factors, deltas, frozenset(summed & carried))


def canonical(term: Term) -> Term:
    """Return the term with its factors in order and its bound labels numbered from −1 downwards, where that is easy to see."""
    ordered = sorted(
        term.factors, key=lambda f: (f.node, f.slope, f.power, [k if k not in term.bound else -1 for k in f.labels])
    )
    names: dict[Label, Label] = {}
    for factor in ordered:
        for label in factor.labels:
            if label in term.bound:
                names.setdefault(label, -1 - len(names))
    renamed = tuple(replace(f, labels=tuple(names.get(k, k) for k in f.labels)) for f in ordered)
    return Term(term.coef, renamed, tuple(sorted(term.deltas)), frozenset(names.values()))


def collected(terms: Sequence[Term]) -> list[Term]:
    """Return the terms with equal products added."""
    found: dict[Term, tuple[Term, Fraction]] = {}
    for term in terms:
        key = replace(canonical(term), coef=Fraction(1))
        first, coef = found.get(key, (term, Fraction(0)))
        found[key] = (first, coef + term.coef)
    return [replace(term, coef=coef) for term, coef in found.values() if coef]
