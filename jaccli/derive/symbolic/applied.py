"""An elementwise op and its atoms → a symbol bound to the op's definition, with the partials that SymPy derived for the op once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sympy
from sympy.logic.boolalg import Boolean

from jaccli.derive.symbolic.exact import refuse_long
from jaccli.derive.symbolic.forms import Form, filled, template, whole
from jaccli.derive.symbolic.rules import ANSWER, rule
from jaccli.derive.symbolic.scalars import Scalars
from jaccli.ops import Op

__all__ = ["apply"]

ARITHMETIC = ("neg", "add", "sub", "mul", "div")  # whose rules are the same for every number, and are found once
SIMPLE = (sympy.S.Zero, sympy.S.One, sympy.S.NegativeOne)  # with which arithmetic has a shorter result


def apply(
    scalars: Scalars, row: Op, atoms: Sequence[Any], name: str | None = None, position: tuple[int, ...] = ()
) -> Any:
    """Return a symbol for an op on atoms; an atom where the op's value is one."""
    symbols = [atom for atom in atoms if atom.is_Symbol]
    if len(symbols) < len(atoms):
        refuse_long(row.name, atoms)
    plain = row.name in ARITHMETIC
    pattern = tuple(None if plain or _varies(atom) else atom for atom in atoms)
    dummies, value, partials = rule(row, pattern)
    if plain and (products := _products(dummies, value)) is not None:
        return scalars.sum([(c, [atoms[k] for k in places]) for c, places in products], name, position)
    made = filled(template(dummies, value), atoms)
    if isinstance(made, Form) and _shortens(atoms, symbols, plain):
        expression = made.expression
        made = whole(expression) if expression.free_symbols and not expression.is_Symbol else expression
    if not isinstance(made, Form):
        return made
    symbol = scalars.fresh(name, position)
    places = {dummy: atom for dummy, atom in zip(dummies, atoms, strict=True) if dummy is not None}
    wide, known = (*dummies, ANSWER), (*atoms, symbol)
    found = [(places[d], filled(template(wide, p), known)) for d, p in partials if places[d].is_Symbol]
    return scalars.append(symbol, made, found)


def _varies(atom: Any) -> bool:
    """Return whether an atom is a symbol, or a condition that is not decided."""
    return bool(atom.is_Symbol or (isinstance(atom, Boolean) and atom.free_symbols))


def _shortens(atoms: Sequence[Any], symbols: Sequence[Any], plain: bool) -> bool:
    """Return whether SymPy may write the op on these atoms shorter than on symbols that differ."""
    numbers = [atom for atom in atoms if atom.is_number] if plain else []
    return len(set(symbols)) < len(symbols) or any(number in SIMPLE or not number.is_Rational for number in numbers)


@lru_cache(maxsize=64)
def _products(dummies: tuple[Any, ...], value: Any) -> tuple[tuple[Any, tuple[int, ...]], ...] | None:
    """Return a definition as a sum of products of operands, (coefficient, their positions) each; None where it is none."""
    found = []
    for term in sympy.Add.make_args(value):
        coefficient, factors = term.as_coeff_mul()
        if not all(factor in dummies for factor in factors):
            return None
        found.append((coefficient, tuple(dummies.index(factor) for factor in factors)))
    return tuple(found)
