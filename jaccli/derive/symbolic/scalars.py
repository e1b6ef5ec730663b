"""Scalar bindings in the order of their computation: symbol = expression, with its partials by the symbols in it."""

from __future__ import annotations

import itertools
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from jaccli.derive.symbolic.result import TooLarge
from jaccli.derive.symbolic.rules import term_partials
from jaccli.types import Array

__all__ = ["MAX_BINDINGS", "Binding", "Scalars"]

MAX_BINDINGS = 20_000


@dataclass(frozen=True, slots=True)
class Binding:
    """A symbol, the expression it stands for, and (symbol, derivative of the expression by it) for each symbol in that."""

    symbol: Any
    expression: Any
    partials: tuple[tuple[Any, Any], ...]


class Scalars:
    """The bindings, and where each symbol is bound.

    reserved  names that no symbol may take: a symbol is its name
    """

    def __init__(self, reserved: Container[str]) -> None:
        self.bindings: list[Binding] = []
        self.position: dict[Any, int] = {}
        self.reserved = reserved
        self.counter = itertools.count(1)

    def atom(self, expression: Any, name: str | None, position: tuple[int, ...]) -> Any:
        """Return a fresh symbol for an expression, or the expression itself where it is a symbol or a number."""
        if expression.is_Symbol or expression.is_Number or not expression.free_symbols:
            return expression
        return self.fresh(name, position)

    def fresh(self, name: str | None, position: tuple[int, ...]) -> Any:
        """Return a symbol that nothing else is called: the user's name for it, or t1, t2, …"""
        index = f"[{', '.join(map(str, position))}]" if position else ""
        symbol = sympy.Symbol(f"{name}{index}", real=True)
        if name and symbol not in self.position:
            return symbol
        return sympy.Symbol(next(t for k in self.counter if (t := f"t{k}") not in self.reserved), real=True)

    def append(self, symbol: Any, expression: Any, partials: tuple[tuple[Any, Any], ...]) -> Any:
        """Bind a symbol to an expression with its partials, and return the symbol.

        Errors: TooLarge beyond MAX_BINDINGS.
        """
        if len(self.bindings) >= MAX_BINDINGS:
            raise TooLarge(f"the graph unrolls to more than {MAX_BINDINGS:,} scalar operations")
        self.position[symbol] = len(self.bindings)
        self.bindings.append(Binding(symbol, expression, partials))
        return symbol

    def bound(self, expressions: Array, name: str | None) -> Array:
        """Return symbols for sums of products, each differentiated by SymPy term by term."""
        out = np.empty(expressions.shape, dtype=object)
        for position, expression in np.ndenumerate(expressions):
            symbol = self.atom(expression, name, position)
            if symbol is not expression:
                self.append(symbol, expression, term_partials(expression))
            out[position] = symbol
        return out
