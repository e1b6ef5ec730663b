"""Ops → their partials, each differentiated once by SymPy on dummies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import sympy

from jaccli.derive.symbolic.table import EXPR_NAMESPACE
from jaccli.ops import Op

__all__ = ["ANSWER", "definition", "piecewise", "rule", "selects", "total"]

ANSWER = sympy.Dummy("answer", real=True)


def definition(row: Op) -> Callable[..., Any]:
    """Return an op's value in another number system's functions."""
    return row.definition or (lambda m, *xs: getattr(m, row.name)(*xs))


@lru_cache(maxsize=4096)
def rule(row: Op, pattern: tuple[Any, ...]) -> tuple[tuple[Any, ...], Any, tuple[tuple[Any, Any], ...]]:
    """Return (dummies, value, partials) of an elementwise op; constants of ``pattern`` stand in the value as they are.

    Law: it is kept for the row itself, never for its name, so that a row which is exchanged is derived anew.
    """
    dummies = tuple(
        None if atom is not None else sympy.Dummy(f"x{k}", real=None if domain == "boolean" else True)
        for k, (atom, domain) in enumerate(zip(pattern, row.domains, strict=True))
    )
    value = sympy.sympify(
        definition(row)(EXPR_NAMESPACE, *(d or atom for d, atom in zip(dummies, pattern, strict=True)))
    )
    partials = []
    for dummy, domain in zip(dummies, row.domains, strict=True):
        if dummy is None or dummy not in value.free_symbols or domain in ("whole", "boolean"):
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
