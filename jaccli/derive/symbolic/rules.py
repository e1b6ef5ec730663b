"""Ops → their partials, each differentiated once by SymPy on dummies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import sympy

from jaccli.derive.symbolic.table import EXPR_NAMESPACE
from jaccli.ops import Op

__all__ = ["ANSWER", "definition", "piecewise", "rule", "selects", "term_partials", "total"]

ANSWER = sympy.Dummy("answer", real=True)


def definition(row: Op) -> Callable[..., Any]:
    """Return an op's value in another number system's functions."""
    return row.definition or (lambda m, *xs: getattr(m, row.name)(*xs))


@lru_cache(maxsize=4096)
def rule(row: Op, pattern: tuple[Any, ...]) -> tuple[tuple[Any, ...], Any, tuple[tuple[Any, Any], ...]]:
    """Return (dummies, value, partials) of an elementwise op; constants of ``pattern`` stand in the value as they are.

    Law: it is kept for the row itself, never for its name, so that a row which is exchanged is derived anew.
    """
    dummies = tuple(sympy.Dummy(f"x{k}", real=True) if atom is None else None for k, atom in enumerate(pattern))
    value = sympy.sympify(
        definition(row)(EXPR_NAMESPACE, *(d or atom for d, atom in zip(dummies, pattern, strict=True)))
    )
    partials = []
    for dummy, domain in zip(dummies, row.domains, strict=True):
        if dummy is None or dummy not in value.free_symbols or domain == "whole":  # an order is no variable
            continue
        partial = sympy.diff(value, dummy)
        partial = partial.xreplace(dict.fromkeys(partial.atoms(sympy.DiracDelta), sympy.S.Zero))  # at a jump alone
        if value.is_Pow:
            partial = sympy.powsimp(partial)  # p x^(p − 1) for p x^p / x, which has no value at 0
        if not value.is_Symbol and value.is_Function:
            partial = partial.xreplace({value: ANSWER})
        if partial != 0:
            partials.append((dummy, partial))
    return dummies, value, tuple(partials)


def selects(expression: Any) -> bool:
    """Return whether an expression is a choice with 0 on one side, whose other side must not be multiplied out."""
    return isinstance(expression, sympy.Piecewise) and any(value == 0 for value, _ in expression.args)


def piecewise(pairs: Iterable[tuple[Any, Any]]) -> Any:
    """Return a choice among (value, condition) pairs as it stands."""
    return sympy.Piecewise(*pairs, evaluate=False)  # evaluation would spend milliseconds on the conditions


def total(summands: list[Any]) -> Any:
    """Return the sum; selections by the same conditions are added branch by branch."""
    if len(summands) > 1 and all(map(selects, summands)):
        conditions, *others = [tuple(condition for _, condition in s.args) for s in summands]
        if all(other == conditions for other in others):
            values = zip(*([value for value, _ in s.args] for s in summands), strict=True)
            return piecewise(zip((sympy.Add(*vs) for vs in values), conditions, strict=True))
    return sympy.Add(*summands)


def term_partials(expression: Any) -> tuple[tuple[Any, Any], ...]:
    """Return (symbol, partial) for a sum of products, each term differentiated by SymPy."""
    found: dict[Any, list[Any]] = {}
    for term in sympy.Add.make_args(expression):
        for symbol, partial in _product_partials(term):
            found.setdefault(symbol, []).append(partial)
    return tuple((symbol, sympy.Add(*terms)) for symbol, terms in found.items())


def _product_partials(term: Any) -> list[tuple[Any, Any]]:
    """Return the partials of one term; a product of different symbols takes the rule SymPy gave for dummies."""
    coefficient, factors = term.as_coeff_mul()
    if len(factors) < 4 and len(set(factors)) == len(factors) and all(factor.is_Symbol for factor in factors):
        dummies, partials = _product_rule(len(factors))
        swap = dict(zip(dummies, factors, strict=True))
        whole = coefficient is sympy.S.One
        swapped = (swap.get(partial) or partial.xreplace(swap) for partial in partials)
        return [(symbol, p if whole else coefficient * p) for symbol, p in zip(factors, swapped, strict=True)]
    return [(symbol, term.diff(symbol)) for symbol in sorted(term.free_symbols, key=lambda s: s.name)]


@lru_cache(maxsize=8)
def _product_rule(count: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    dummies = tuple(sympy.Dummy(f"x{k}", real=True) for k in range(count))
    return dummies, tuple(sympy.Mul(*dummies).diff(dummy) for dummy in dummies)
