"""A symbolic Jacobian: named intermediates and entries, written out, reduced to what is used, or evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from jaccli.derive.symbolic.forms import Form
from jaccli.derive.symbolic.scalars import Binding
from jaccli.derive.symbolic.walk import Numbers
from jaccli.types import Array

__all__ = ["Symbolic"]

LISTED = 64  # entries that are shown in a notebook
SMALL = 60  # nodes of an expression that is printed whole


class Symbolic:
    """A Jacobian block as symbols.

    bindings  (symbol, expression) in order: each expression uses inputs and earlier symbols
    entries   object array of of.shape + wrt.shape, in terms of inputs and bound symbols
    inputs    leaf name → object array of its symbols (numbers for exact constants)

    SymPy writes expressions when they are read; numbers do not wait for it.
    """

    def __init__(
        self, numbers: Numbers, count: int, forms: Array, inputs: Mapping[str, Array], written: dict[Any, Any]
    ) -> None:
        self._numbers, self._count, self._forms, self.inputs = numbers, count, forms, inputs
        self._written = written  # shared by the blocks of one output

    @cached_property
    def bindings(self) -> tuple[tuple[Any, Any], ...]:
        """The named intermediates in order."""
        return tuple((b.symbol, b.form.expression) for b in self._numbers.machine.scalars.bindings[: self._count])

    @cached_property
    def entries(self) -> Array:
        """The entries as SymPy writes them."""
        out = np.empty(self._forms.shape, dtype=object)
        for position, form in np.ndenumerate(self._forms):
            out[position] = form.expression if isinstance(form, Form) else form
        return out

    @cached_property
    def _slots(self) -> list[int]:
        return [self._numbers.machine.slot(form) for form in self._forms.ravel()]

    def expanded(self, limit: int = SMALL, keep: Iterable[str] = ()) -> Array:
        """Return the entries with bindings written out, except those called as in ``keep``; None where an entry is longer.

        limit: nodes of an expression.
        """
        if all(entry.is_Number for entry in self.entries.ravel()):
            return self.entries
        key = (limit, frozenset(keep))
        if key not in self._written:
            self._written[key] = _WrittenOut(self._bound(), *key)
        result = np.empty(self.entries.shape, dtype=object)
        for position, entry in np.ndenumerate(self.entries):
            result[position] = self._written[key].of(entry)
        return result

    def __repr__(self) -> str:
        """Return the entries, as ``[[2*x, 0], [1, y]]``, or their shape where they are many or long."""
        entries = self.expanded()
        if entries.size > LISTED or any(entry is None for entry in entries.ravel()):
            return f"<Symbolic of shape {entries.shape}>"
        return str(entries.tolist())

    def _repr_latex_(self) -> str:
        """Return the entries as mathematics for a notebook, a matrix with a row for each output, or how many there are."""
        from sympy import latex

        entries = self.expanded()
        if not 0 < entries.size <= LISTED or any(entry is None for entry in entries.ravel()):
            return f"$\\text{{{entries.size} entries; those of bindings stand for parts of them}}$"
        rows = entries.reshape(1, -1) if entries.ndim < 2 else entries.reshape(entries.shape[0], -1)
        body = " \\\\ ".join(" & ".join(latex(entry) for entry in row) for row in rows)
        return f"${latex(entries[()])}$" if not entries.shape else f"$\\begin{{pmatrix}} {body} \\end{{pmatrix}}$"

    def _bound(self) -> list[Binding]:
        """Return the bindings; SymPy may then write them in any order."""
        bindings = self._numbers.machine.scalars.bindings[: self._count]
        for binding in bindings:
            if binding.form.selects:  # in order, since what a selection is multiplied with reads the ones before it
                _ = binding.form.expression
        return bindings

    @property
    def intermediates(self) -> int:
        """How many bindings the entries depend on, which SymPy need not write for that."""
        needed = set().union(
            *(form.symbols if isinstance(form, Form) else form.free_symbols for form in self._forms.flat)
        )
        count = 0
        for binding in reversed(self._numbers.machine.scalars.bindings[: self._count]):
            if binding.symbol in needed:
                count += 1
                needed |= binding.form.symbols
        return count

    def used(self) -> list[tuple[Any, Any]]:
        """Return the bindings the entries depend on, in order."""
        bindings = self._bound()
        needed = {s for entry in self.entries.ravel() for s in entry.free_symbols}
        kept = []
        for binding in reversed(bindings):
            if binding.symbol in needed:
                kept.append((binding.symbol, binding.form.expression))
                needed |= binding.form.expression.free_symbols
        return kept[::-1]

    def evaluate(self, values: Mapping[str, Any], digits: int | None = None) -> Array:
        """Return the entries as doubles at a point given by leaf name; what other blocks have computed there is used again.

        digits: those of the arithmetic, for formulas that lose too many in doubles.
        """
        found = self._numbers.at(values).entries(self._slots, digits)
        return np.array(found, dtype=np.float64).reshape(self._forms.shape)


class _WrittenOut:
    """Expressions with bindings written out, all but those that are kept, up to a number of nodes."""

    def __init__(self, bindings: Sequence[Binding], limit: int, kept: frozenset[str]) -> None:
        self.forms = {b.symbol: b.form for b in bindings if b.symbol.name.partition("[")[0] not in kept}
        self.position = {symbol: k for k, symbol in enumerate(self.forms)}
        self.limit = limit
        self.whole: dict[Any, Any] = {}

    def of(self, expression: Any) -> Any:
        """Return an expression written out, None where it is longer.

        Cost: what is counted until the limit is met: bindings that no short entry reads are never written by SymPy.
        """
        count, stack, met = 0, [expression], set[Any]()
        while stack:
            node = stack.pop()
            if node.is_Symbol and node in self.forms:
                met.add(node)
                stack.append(self.forms[node].expression)
                continue
            count += 1
            if count > self.limit:
                return None
            stack.extend(node.args)
        for symbol in sorted(met, key=self.position.__getitem__):
            if symbol not in self.whole:
                self.whole[symbol] = self.replaced(self.forms[symbol].expression)
        return self.replaced(expression)

    def replaced(self, expression: Any) -> Any:
        """Return an expression with what its symbols stand for, which is written out already."""
        return expression.xreplace({s: self.whole[s] for s in expression.free_symbols if s in self.whole})
