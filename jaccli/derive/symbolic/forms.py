"""Expressions of scalars as templates with atoms in place: combined and counted as they are, written out by SymPy on demand.

An atom is a symbol, an exact number of SymPy, or a condition. What stands here never calls SymPy's arithmetic on anything that
has a symbol, which takes most of the time of a symbolic derivative, until somebody reads ``expression``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from typing import Any

import sympy

from jaccli.derive.symbolic.rules import piecewise, selects, total

__all__ = ["Chain", "Fill", "Form", "Sum", "Template", "collected", "filled", "product_sum", "template", "whole"]

Terms = tuple[tuple[Any, tuple[Any, ...]], ...]  # (coefficient, factors) each


class Template:
    """An expression on dummies, equal to itself alone; ``selects`` as in ``rules.selects``."""

    def __init__(self, dummies: tuple[Any, ...], expression: Any) -> None:
        self.dummies, self.expression = dummies, expression

    @cached_property
    def selects(self) -> bool:
        """Whether it is a choice with 0 on one side."""
        return selects(self.expression)


@lru_cache(maxsize=4096)
def template(dummies: tuple[Any, ...], expression: Any) -> tuple[Template, tuple[int, ...]]:
    """Return the template of an expression on those dummies that it holds, and their positions among all of them."""
    free = expression.free_symbols
    positions = tuple(k for k, dummy in enumerate(dummies) if dummy in free)
    return Template(tuple(dummies[k] for k in positions), expression), positions


class Form:
    """An expression that is no atom; ``key`` is equal for forms that are equal."""

    key: Any
    selects = False

    @cached_property
    def expression(self) -> Any:
        """The form as SymPy writes it."""
        return self.written()

    def written(self) -> Any:
        """Return the SymPy expression."""
        raise NotImplementedError

    @property
    def symbols(self) -> set[Any]:
        """The symbols in the expression, which need not be written for that."""
        raise NotImplementedError


class Fill(Form):
    """A template with an atom in place of each dummy."""

    def __init__(self, template: Template, atoms: tuple[Any, ...]) -> None:
        self.template, self.atoms = template, atoms
        self.key = template, atoms
        self.selects = template.selects

    def written(self) -> Any:
        """Return the template's expression with the atoms."""
        return self.template.expression.xreplace(dict(zip(self.template.dummies, self.atoms, strict=True)))

    @property
    def symbols(self) -> set[Any]:
        """Those of the atoms."""
        return set().union(*(atom.free_symbols for atom in self.atoms))


class Sum(Form):
    """A sum of products of symbols, each with an exact coefficient."""

    def __init__(self, terms: Terms) -> None:
        self.terms = self.key = terms

    def written(self) -> Any:
        """Return the sum."""
        return sympy.Add(*(multiplied(coefficient, factors) for coefficient, factors in self.terms))

    @property
    def symbols(self) -> set[Any]:
        """The factors."""
        return {factor for _, factors in self.terms for factor in factors}


class Chain(Form):
    """A cotangent: the sum of y_bar · partial over all uses of a symbol.

    parts   (y_bar, partial), both an atom or the latter a form, as they are written
    terms   (coefficient, symbols, form or None, guarded) each, as they are computed; a guarded factor of 0 stays 0
    chosen  symbol → the expression of its binding where that is a selection
    """

    def __init__(self, parts: Sequence[tuple[Any, Any]], terms: Sequence[Any], chosen: Callable[[Any], Any]) -> None:
        self.parts, self.terms, self.chosen = parts, terms, chosen
        self.key = tuple(terms)
        self.selects = all(guarded for *_, guarded in terms)

    def written(self) -> Any:
        """Return the sum of the products."""
        return total([self.product(y_bar, _expression(partial)) for y_bar, partial in self.parts])

    @property
    def symbols(self) -> set[Any]:
        """Those of the terms; inside a selection they are what SymPy writes."""
        if any(guarded for *_, guarded in self.terms):
            return set(self.expression.free_symbols)
        found = {factor for _, factors, _, _ in self.terms for factor in factors}
        return found.union(*(form.symbols for _, _, form, _ in self.terms if form is not None))

    def product(self, y_bar: Any, partial: Any) -> Any:
        """Return y_bar · partial, inside a selection's branches: what is not selected stays 0, whatever the other factor is."""
        if selects(partial):
            return piecewise((value * y_bar, condition) for value, condition in partial.args)
        if selects(chosen := self.chosen(y_bar)):
            return piecewise((partial * value if value != 0 else value, condition) for value, condition in chosen.args)
        return multiplied(sympy.S.One, (y_bar, partial))


def multiplied(coefficient: Any, factors: Sequence[Any]) -> Any:
    """Return the product as ``sympy.Mul`` gives it.

    Different symbols are put together as they are, in the order of their names, which is SymPy's: its own way looks for powers to
    be joined and numbers to be multiplied, and takes half of the time in which a network's derivative is written.
    """
    if all(type(factor) is sympy.Symbol for factor in factors) and coefficient.is_Rational and coefficient:
        ordered = sorted(factors, key=_name)
        if all(a.name != b.name for a, b in itertools.pairwise(ordered)):
            args = ordered if coefficient is sympy.S.One else [coefficient, *ordered]
            return args[0] if len(args) == 1 else sympy.Mul._from_args(args, is_commutative=True)
    return sympy.Mul(coefficient, *factors)


def _expression(x: Any) -> Any:
    return x.expression if isinstance(x, Form) else x


def whole(expression: Any) -> Fill:
    """Return an expression of SymPy as a form."""
    symbols = tuple(sorted(expression.free_symbols, key=str))
    return Fill(Template(symbols, expression), symbols)


def filled(made: tuple[Template, tuple[int, ...]], atoms: Sequence[Any]) -> Any:
    """Return a template with the atoms it takes from ``atoms``: a form, or an atom where that is one."""
    one, positions = made
    used = tuple(atoms[k] for k in positions)
    if not used:
        return one.expression
    if one.expression is one.dummies[0]:
        return used[0]
    if any(atom.is_Symbol or atom.free_symbols for atom in used):
        return Fill(one, used)
    return Fill(one, used).expression


def collected(terms: Iterable[tuple[Any, Sequence[Any]]]) -> Terms:
    """Return a sum of products with equal products added, numbers multiplied and zeros left out."""
    found: dict[tuple[Any, ...], Any] = {}
    for coefficient, atoms in terms:
        factors = []
        for atom in atoms:
            if atom.is_Symbol:
                factors.append(atom)
            elif atom is not sympy.S.One:
                coefficient = coefficient * atom
        if len(factors) > 1:
            factors.sort(key=_name)
        key = tuple(factors)
        before = found.get(key)
        found[key] = coefficient if before is None else before + coefficient
    return tuple((c, factors) for factors, c in found.items() if c is not sympy.S.Zero)


def _name(symbol: Any) -> str:
    return symbol.name


def product_sum(terms: Terms) -> Any:
    """Return a collected sum of products: a form, or an atom where that is one."""
    if not terms:
        return sympy.S.Zero
    if len(terms) == 1:
        ((coefficient, factors),) = terms
        if not factors:
            return coefficient
        if len(factors) == 1 and coefficient is sympy.S.One:
            return factors[0]
    return Sum(terms)
