"""Scalar bindings in the order of their computation: symbol = form, with its partials by the symbols in it."""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from jaccli.derive.symbolic.forms import Chain, Form, Sum, collected, product_sum, whole
from jaccli.derive.symbolic.limits import MAX_BINDINGS, TooLarge

__all__ = ["Binding", "Partials", "Scalars"]

Array = np.ndarray[Any, Any]
Partials = Sequence[tuple[Any, Any]]  # (symbol, derivative by it: a form, or an atom)


@dataclass(frozen=True, slots=True)
class Binding:
    """A symbol, the form it stands for, and (symbol, derivative of the form by it) for each symbol in that."""

    symbol: Any
    form: Form
    partials: Partials


class Scalars:
    """The bindings, and where each symbol is bound.

    reserved  names that no symbol may take: a symbol is its name
    limit     how many bindings there may be
    """

    def __init__(self, reserved: Container[str]) -> None:
        self.bindings: list[Binding] = []
        self.position: dict[Any, int] = {}
        self.reserved = reserved
        self.counter = itertools.count(1)
        self.limit = MAX_BINDINGS

    def fresh(self, name: str | None, position: tuple[int, ...]) -> Any:
        """Return a symbol that nothing else is called: the user's name for it, or t1, t2, …"""
        if name:
            index = f"[{', '.join(map(str, position))}]" if position else ""
            symbol = sympy.Symbol(f"{name}{index}", real=True)
            if symbol not in self.position:
                return symbol
        return sympy.Symbol(next(t for k in self.counter if (t := f"t{k}") not in self.reserved), real=True)

    def append(self, symbol: Any, form: Form, partials: Partials) -> Any:
        """Bind a symbol to a form with its partials, and return the symbol.

        Errors: TooLarge beyond the limit.
        """
        if len(self.bindings) >= self.limit:
            raise TooLarge(f"the graph unrolls to more than {MAX_BINDINGS:,} scalar operations")
        self.position[symbol] = len(self.bindings)
        self.bindings.append(Binding(symbol, form, partials))
        return symbol

    def sum(self, terms: Iterable[tuple[Any, Sequence[Any]]], name: str | None, position: tuple[int, ...]) -> Any:
        """Return a symbol for a sum of products of atoms, (coefficient, factors) each; an atom where the sum is one."""
        form = product_sum(collected(terms))
        if not isinstance(form, Sum):
            return form
        return self.append(self.fresh(name, position), form, _partials(form))

    def whole(self, expression: Any, name: str | None = None, position: tuple[int, ...] = ()) -> Any:
        """Return a symbol bound to an expression of SymPy, differentiated as a whole; an atom where it is one."""
        if expression.is_Symbol or not expression.free_symbols:
            return expression
        form = whole(expression)
        partials = [(s, partial_form(expression.diff(s))) for s in form.symbols]
        return self.append(self.fresh(name, position), form, partials)

    def chosen(self, symbol: Any) -> Any:
        """Return the expression that a symbol is bound to, None where it is bound to none, or to no selection."""
        place = self.position.get(symbol)
        if place is None or not (form := self.bindings[place].form).selects:
            return None
        return form.expression

    def chain(self, parts: Sequence[tuple[Any, Any]]) -> Any:
        """Return Σ y_bar · partial, a form, or an atom where it is one."""
        found: dict[Any, Any] = {}
        for y_bar, partial in parts:
            place = self.position.get(y_bar) if y_bar.is_Symbol else None
            chosen = place is not None and self.bindings[place].form.selects
            form = partial if isinstance(partial, Form) else None
            guarded = chosen or (form is not None and form.selects)
            for coefficient, factors in collected([(sympy.S.One, (y_bar,) if form is not None else (y_bar, partial))]):
                key = factors, form.key if form is not None else None, guarded
                before = found.get(key)
                found[key] = (coefficient + before[0] if before else coefficient, form)
        terms = [(c, key[0], form, key[2]) for key, (c, form) in found.items() if c is not sympy.S.Zero]
        if all(form is None for *_, form, _ in terms) and len(terms) < 2:
            atom = product_sum(tuple((c, factors) for c, factors, *_ in terms))
            if not isinstance(atom, Form):
                return atom
        return Chain(parts, terms, self.chosen)


def partial_form(expression: Any) -> Any:
    """Return a derivative of SymPy's as a form, or as the atom it is."""
    return expression if expression.is_Symbol or not expression.free_symbols else whole(expression)


def _partials(form: Sum) -> Partials:
    """Return the derivatives of a sum of products: each product's by each factor is the product of the others."""
    found: dict[Any, list[Any]] = {}
    for coefficient, factors in form.terms:
        for k, factor in enumerate(factors):
            found.setdefault(factor, []).append((coefficient, factors[:k] + factors[k + 1 :]))
    return [(symbol, product_sum(collected(terms))) for symbol, terms in found.items()]
