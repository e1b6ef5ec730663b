"""Named formulas and numbers → the formulas' values: in doubles, and in more digits where doubles would lose too many of theirs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy

from jaccli.derive.symbolic.table import doubles, high_precision

__all__ = ["evaluate_bindings"]

DIGITS = (30, 60, 120, 240, 480)  # tried in turn, until two walks agree and neither has lost half of its digits
AGREE = 1e-15
#: A sum this much smaller than a term of it, or a logarithm this near to 0, has lost half of what a check of 1e-6 may lose.
CANCELLED = 2.0**-16
VANISHING = (sympy.Mul, sympy.Pow, sympy.exp, sympy.erfc)  # that are 0 only where an operand is, but for underflow
LEAST = float(np.finfo(np.float64).tiny)


@dataclass
class _Walk:
    """One walk in one kind of numbers; ``lost`` is set where an operation overflows, underflows or cancels."""

    table: Mapping[Any, Any]
    make: Callable[[Any], Any]
    cancelled: float = CANCELLED
    lost: bool = False

    def entries(
        self, bindings: Sequence[tuple[Any, Any]], entries: Sequence[Any], known: Mapping[Any, Any]
    ) -> list[float]:
        memo: dict[Any, Any] = dict(known)
        for symbol, expression in bindings:
            memo[symbol] = self.number(expression, memo)
        return [_double(self.number(entry, memo)) for entry in entries]

    def number(self, expression: Any, memo: dict[Any, Any]) -> Any:
        """Return the value of one expression; post-order, with every subexpression computed once."""
        stack = [expression]
        while stack:
            node = stack[-1]
            if node in memo:
                stack.pop()
                continue
            if node.is_Rational:
                memo[node] = self.rational(Fraction(int(node.p), int(node.q)))
            elif node.is_NumberSymbol:
                memo[node] = self.make(node.evalf(500)) if self.make is mpmath.mpf else self.make(float(node))
            elif not node.args and node not in (sympy.true, sympy.false):  # SymPy's nan, oo, zoo and I: no real numbers
                memo[node] = self.make("nan")
            elif node in (sympy.true, sympy.false):
                memo[node] = node == sympy.true
            else:
                pairs = isinstance(node, sympy.Piecewise)
                parts = [part for pair in node.args for part in pair.args] if pairs else node.args
                missing = [part for part in parts if part not in memo]
                if missing:
                    stack.extend(missing)
                    continue
                memo[node] = (
                    self.chosen(node, memo) if pairs else self.applied(node, [memo[part] for part in node.args])
                )
            stack.pop()
        return memo[expression]

    def rational(self, exact: Fraction) -> Any:
        if self.make is mpmath.mpf:
            return mpmath.mpf(exact.numerator) / exact.denominator
        return self.make(_double(exact))

    def chosen(self, node: Any, memo: Mapping[Any, Any]) -> Any:
        return next((memo[value] for value, condition in node.args if memo[condition]), self.make(0))

    def applied(self, node: Any, args: list[Any]) -> Any:
        try:
            value = self.table[node.func](*args)
        except (ZeroDivisionError, ValueError, OverflowError, TypeError):
            return self.make("nan")
        if isinstance(value, mpmath.mpc):  # complex: outside the real domain
            return self.make("nan")
        self.lost = self.lost or _lossy(node.func, value, args, self.cancelled)
        return value


def _lossy(function: Any, value: Any, args: Sequence[Any], cancelled: float) -> bool:
    """Return whether numbers may have lost half of their digits, or all of them, in one operation."""
    if function is sympy.Add:
        return bool(abs(value) < cancelled * max(map(abs, args), default=0.0))
    if function is sympy.log:
        return bool(abs(value) < cancelled)
    if isinstance(value, mpmath.mpf):  # of any size
        return False
    if math.isinf(value):
        return all(map(math.isfinite, args))
    return abs(value) < LEAST and function in VANISHING and all(args)


def evaluate_bindings(
    bindings: Sequence[tuple[Any, Any]], entries: Sequence[Any], values: Mapping[Any, float], digits: int | None = None
) -> list[float]:
    """Return the entries as doubles, given numbers for the inputs' symbols; computed with so many digits, if given.

    Otherwise doubles come first; where they give something not finite (exp(800) / exp(801)), overflow on the way, or cancel
    (1 + erf(x) at -8), the same walk is done with 30 digits and more, and no bound on the exponent, until two walks agree. An
    infinity stays where that walk has no number either: 1 / sqrt(x) at 0.
    """
    if digits is not None:
        return _precise(bindings, entries, values, digits)[0]
    walk = _Walk(doubles(), np.float64)
    with np.errstate(all="ignore"):
        found = walk.entries(bindings, entries, {s: np.float64(v) for s, v in values.items()})
    if not walk.lost and all(map(math.isfinite, found)):
        return found
    precise = _settled(bindings, entries, values)
    return [a if math.isnan(b) and not math.isnan(a) else b for a, b in zip(found, precise, strict=True)]


def _settled(bindings: Sequence[tuple[Any, Any]], entries: Sequence[Any], values: Mapping[Any, float]) -> list[float]:
    """Return the entries from the first walk that agrees with the one before it, with half of its digits."""
    last, _ = _precise(bindings, entries, values, DIGITS[0])
    for digits in DIGITS[1:]:
        found, lost = _precise(bindings, entries, values, digits)
        if not lost and all(_agree(a, b) for a, b in zip(last, found, strict=True)):
            return found
        last = found
    return last


def _agree(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= AGREE * abs(b)


def _precise(
    bindings: Sequence[tuple[Any, Any]], entries: Sequence[Any], values: Mapping[Any, float], digits: int
) -> tuple[list[float], bool]:
    """Return the entries, and whether half of the digits may be lost."""
    with mpmath.workdps(digits):
        known = {symbol: mpmath.mpf(value) for symbol, value in values.items()}
        walk = _Walk(high_precision(), mpmath.mpf, 10.0 ** (-digits / 2))
        return walk.entries(bindings, entries, known), walk.lost


def _double(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
