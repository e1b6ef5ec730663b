"""Bindings → a program of numbers: each form becomes a step on numbered slots once, to be run at any number of points."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import sympy

from jaccli.derive.symbolic.forms import Chain, Fill, Form, Sum, whole
from jaccli.derive.symbolic.scalars import Scalars
from jaccli.types import Array

__all__ = ["Machine"]

#: The values of all slots, and the walk that computes them → the value of one slot.
Step = Callable[[list[Any], Any], Any]


class Machine:
    """The steps of a list of bindings; a slot's step reads slots before it alone.

    steps  how the value of each slot is computed
    needs  the slots that each step reads
    """

    def __init__(self, scalars: Scalars, inputs: Mapping[str, Array]) -> None:
        self.scalars, self.inputs = scalars, inputs
        self.steps: list[Step] = []
        self.needs: list[tuple[int, ...]] = []
        self.slots: dict[Any, int] = {}
        self.done = 0
        self.leaves: dict[Any, tuple[str, tuple[int, ...]]] = {}

    def slot(self, x: Any) -> int:
        """Return the slot of an atom or a form."""
        if (found := self.slots.get(x)) is not None:
            return found
        if isinstance(x, Form):
            return self.form(x)
        place = self.scalars.position.get(x)
        if place is None:
            self.slots[x] = self.leaf(x) if x.is_Symbol else self.form(whole(x))
            return self.slots[x]
        bindings = self.scalars.bindings
        while self.done <= place:
            binding = bindings[self.done]
            self.done += 1
            self.slots[binding.symbol] = self.form(binding.form)
        return self.slots[x]

    def leaf(self, symbol: Any) -> int:
        """Return the slot of an input's symbol."""
        if symbol not in self.leaves:
            self.leaves = {
                s: (name, place)
                for name, array in self.inputs.items()
                for place, s in np.ndenumerate(array)
                if s.is_Symbol
            }
        name, place = self.leaves[symbol]
        return self.put(lambda v, walk: walk.given(name, place), ())

    def form(self, form: Form) -> int:
        """Return a new slot for a form."""
        step, needs = self.step(form)
        return self.put(step, needs)

    def put(self, step: Step, needs: Iterable[int]) -> int:
        """Append a step; return its slot."""
        self.steps.append(step)
        self.needs.append(tuple(needs))
        return len(self.steps) - 1

    def step(self, form: Any) -> tuple[Step, tuple[int, ...]]:
        """Return the step of a form, and the slots that it reads."""
        if isinstance(form, Fill):
            template, slots = form.template, tuple(map(self.slot, form.atoms))
            return (lambda v, walk: walk.filled(template, [v[k] for k in slots])), slots
        if isinstance(form, Sum):
            parts: Sequence[Any] = [(c, factors, None, False) for c, factors in form.terms]
        else:
            assert isinstance(form, Chain)
            parts = form.terms
        terms = [(self.factors(c, factors), self.inner(inner), guarded) for c, factors, inner, guarded in parts]
        slots = tuple({k for factors, inner, _ in terms for k in (*factors, *(inner[1] if inner else ()))})
        run = [(factors, inner[0] if inner else None, guarded) for factors, inner, guarded in terms]
        return (lambda v, walk: walk.summed(run, v)), slots

    def inner(self, form: Form | None) -> tuple[Step, tuple[int, ...]] | None:
        """Return the step of a form inside a term."""
        return self.step(form) if form is not None else None

    def factors(self, coefficient: Any, symbols: tuple[Any, ...]) -> tuple[int, ...]:
        """Return the slots of a product, its coefficient first unless it is 1."""
        slots = tuple(map(self.slot, symbols))
        return slots if coefficient is sympy.S.One else (self.slot(coefficient), *slots)

    def order(self, wanted: Sequence[int], known: Sequence[bool] | None = None) -> list[int]:
        """Return the slots that ``wanted`` need, themselves included, in the order of their computation; none that is known."""
        needed = {k for k in wanted if not (known and known[k])}
        stack = list(needed)
        while stack:
            for k in self.needs[stack.pop()]:
                if k not in needed and not (known and known[k]):
                    needed.add(k)
                    stack.append(k)
        return sorted(needed)
