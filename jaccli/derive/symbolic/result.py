"""A symbolic Jacobian: named intermediates and entries, written out, reduced to what is used, or evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jaccli.derive.symbolic.walk import evaluate_bindings
from jaccli.types import Array

__all__ = ["Symbolic", "TooLarge"]

SMALL = 60  # nodes of an expression that is printed whole


class TooLarge(ValueError):  # noqa: N818  it says what the graph is, not that something broke
    """A graph whose symbolic derivative would not be worth reading; the message says what is too large."""


@dataclass(frozen=True)
class Symbolic:
    """A Jacobian block as symbols.

    bindings  (symbol, expression) in order: each expression uses inputs and earlier symbols
    entries   object array of of.shape + wrt.shape, in terms of inputs and bound symbols
    inputs    leaf name → object array of its symbols (numbers for exact constants)
    """

    bindings: tuple[tuple[Any, Any], ...]
    entries: Array
    inputs: Mapping[str, Array] = field(repr=False)
    _written: dict[Any, Any] = field(
        default_factory=dict, repr=False, compare=False
    )  # shared by the blocks of one output

    def expanded(self, limit: int = SMALL, keep: Iterable[str] = ()) -> Array:
        """Return the entries with bindings written out, except those called as in ``keep``; None where an entry is longer.

        limit: nodes of an expression.
        """
        if all(entry.is_Number for entry in self.entries.ravel()):
            return self.entries
        key = (limit, frozenset(keep))
        if key not in self._written:
            self._written[key] = self._written_out(*key)
        sizes, whole = self._written[key]
        result = np.empty(self.entries.shape, dtype=object)
        for position, entry in np.ndenumerate(self.entries):
            fits = _size(entry, sizes, limit) <= limit
            result[position] = entry.xreplace({s: whole[s] for s in entry.free_symbols if s in whole}) if fits else None
        return result

    def _written_out(self, limit: int, kept: frozenset[str]) -> tuple[dict[Any, int], dict[Any, Any]]:
        """Return the size of every binding that is not kept, written out, and those that stay small themselves."""
        sizes: dict[Any, int] = {}
        whole: dict[Any, Any] = {}
        for symbol, expression in self.bindings:
            if symbol.name.partition("[")[0] in kept:
                continue
            sizes[symbol] = _size(expression, sizes, limit)
            if sizes[symbol] <= limit:
                whole[symbol] = expression.xreplace({s: whole[s] for s in expression.free_symbols if s in whole})
        return sizes, whole

    def used(self) -> list[tuple[Any, Any]]:
        """Return the bindings the entries depend on, in order."""
        needed = {s for entry in self.entries.ravel() for s in entry.free_symbols}
        kept = []
        for symbol, expression in reversed(self.bindings):
            if symbol in needed:
                kept.append((symbol, expression))
                needed |= expression.free_symbols
        return kept[::-1]

    def evaluate(self, values: Mapping[str, Any], digits: int | None = None) -> Array:
        """Return the entries as doubles at a point given by leaf name; SymPy's expressions are walked, nothing is compiled.

        digits: those of the arithmetic, for formulas that lose too many in doubles.
        """
        numbers = {
            symbol: float(np.asarray(values[name])[position])
            for name, symbols in self.inputs.items()
            for position, symbol in np.ndenumerate(symbols)
            if symbol.is_Symbol
        }
        found = evaluate_bindings(self.used(), list(self.entries.ravel()), numbers, digits)
        return np.array(found, dtype=np.float64).reshape(self.entries.shape)


def _size(expression: Any, sizes: Mapping[Any, int], limit: int) -> int:
    """Return how many nodes an expression has once its symbols are written out; counting stops above ``limit``."""
    total, stack = 0, [expression]
    while stack and total <= limit:
        node = stack.pop()
        total += sizes.get(node, 1) if node.is_Symbol else 1
        stack.extend(node.args)
    return total
