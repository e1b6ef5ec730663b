"""Scalar bindings in the order of their computation: symbol = form, with its partials by the symbols in it."""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from jaccli.derive.symbolic.forms import Chain, Form, Sum, collected, product_sum, whole
from jaccli.derive.symbolic.limits import MAX_BINDINGS, MAX_STEPS, TooLarge

__all__ = ["Binding", "Partials", "Scalars"]

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
    steps     how many terms and partials were looked at
    """

    def __init__(self, reserved: Container[str]) -> None:
        self.bindings: list[Binding] = []
        self.position: dict[Any, int] = {}
        self.reserved = reserved
        self.counter = itertools.count(1)
        self.steps = 0
        self.begin()

    def begin(self) -> None:
        """Count bindings and steps anew, for another output."""
        self.most_bindings, self.most_steps = len(self.bindings) + MAX_BINDINGS, self.steps + MAX_STEPS

    def count(self, steps: int) -> None:
        """Count the terms or partials that are looked at.

        Errors: TooLarge beyond MAX_STEPS.
        """
        self.steps += steps
        if self.steps > self.most_steps:
            raise TooLarge(f"it takes more than {MAX_STEPS:,} products of partials")

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

        Errors: TooLarge beyond MAX_BINDINGS.
        """
        if len(self.bindings) >= self.most_bindings:
            raise TooLarge(f"the graph unrolls to more than {MAX_BINDINGS:,} scalar operations")
        self.position[symbol] = len(self.bindings)
        self.bindings.append(Binding(symbol, form, partials))
        return symbol

    def sum(self, terms: Iterable[tuple[Any, Sequence[Any]]], name: str | None, position: tuple[int, ...]) -> Any:
        """Return a symbol for a sum of products of atoms, (coefficient, factors) each; an atom where the sum is one."""
        terms = list(terms)
        self.count(len(terms))
        form = product_sum(collected(terms))
        if not isinstance(form, Sum):
            return form
        return self.append(self.fresh(name, position), form, _partials(form))

    def whole(self, expression: Any, name: str | None = None, position: tuple[int, ...] = ()) -> Any:
        """Return a symbol bound to an expression of SymPy, differentiated as a whole; an atom where it is one."""
        if expression.is_Symbol or not expression.free_symbols:
            return expression
        form = whole(expression)
        partials = [(s, partial_form(expression.diff(s))) for s in form.atoms]
        return self.append(self.fresh(name, position), form, partials)

    def selected(self, atom: Any) -> bool:
        """Return whether an atom is a symbol that is bound to a selection."""
        place = self.position.get(atom) if atom.is_Symbol else None
        return place is not None and self.bindings[place].form.selects

    def chosen(self, atom: Any) -> Any:
        """Return the selection that a symbol is bound to, None where it is bound to none."""
        return self.bindings[self.position[atom]].form.expression if self.selected(atom) else None

    def chain(self, parts: Sequence[tuple[Any, Any]]) -> Any:
        """Return Σ y_bar · partial, a form, or an atom where it is one."""
        if all(not isinstance(partial, Form) and not self.selected(y_bar) for y_bar, partial in parts):
            return product_sum(collected((sympy.S.One, part) for part in parts))
        found: dict[Any, Any] = {}
        for y_bar, partial in parts:
            form = partial if isinstance(partial, Form) else None
            guarded = self.selected(y_bar) or (form is not None and form.selects)
            for coefficient, factors in collected([(sympy.S.One, (y_bar,) if form is not None else (y_bar, partial))]):
                key = factors, form.key if form is not None else None, guarded
                before = found.get(key)
                found[key] = (coefficient + before[0] if before else coefficient, form)
        terms = [(c, key[0], form, key[2]) for key, (c, form) in found.items() if c is not sympy.S.Zero]
        return Chain(parts, terms, self.chosen) if terms else sympy.S.Zero


def partial_form(expression: Any) -> Any:
    """Return a derivative of SymPy's as a form, or as the atom it is."""
    return expression if expression.is_Symbol or not expression.free_symbols else whole(expression)


def _partials(form: Sum) -> Partials:
    """Return the derivatives of a sum of products: each product's by each factor is the product of the others."""
    found: dict[Any, list[Any]] = {}
    for coefficient, factors in form.terms:
        for k, factor in enumerate(factors):
            found.setdefault(factor, []).append((coefficient, factors[:k] + factors[k + 1 :]))  # sorted as they were
    return [
        (symbol, product_sum(tuple(terms) if len(terms) == 1 else collected(terms))) for symbol, terms in found.items()
    ]
