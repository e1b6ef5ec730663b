"""Steps and numbers → values: in doubles, and in more digits where doubles would lose too many of theirs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
import sympy

from jaccli.derive.symbolic.forms import Template
from jaccli.derive.symbolic.machine import Machine
from jaccli.derive.symbolic.table import doubles, high_precision

__all__ = ["Numbers"]

DIGITS = (30, 60, 120, 240, 480)  # tried in turn, until two walks agree and neither has lost half of its digits
AGREE = 1e-15
#: A sum this much smaller than a term of it, or a logarithm this near to 0, has lost half of what a check of 1e-6 may lose.
CANCELLED = 2.0**-16
#: What a sum that cancels is moved by, in units of its largest term, to see whether an entry depends on the digits that it lost:
#: eight roundings in doubles; in d digits 10^(−d/2), where an entry that keeps its AGREE is right to 15 digits.
ROUNDINGS = 2.0**-50
STEADY = 1e-12
VANISHING = (sympy.Mul, sympy.Pow, sympy.exp, sympy.erfc)  # that are 0 only where an operand is, but for underflow
LEAST = float(np.finfo(np.float64).tiny)
MOST = float(np.finfo(np.float64).max)


@lru_cache(maxsize=4096)
def _compiled(template: Template) -> tuple[list[Any], list[tuple[Any, tuple[int, ...]]]]:
    """Return the constants of a template and its operations, (SymPy function, places of its operands) each.

    A place counts the dummies first, then the constants, then the operations; every subexpression is computed once.
    """
    nodes = [n for n in dict.fromkeys(sympy.postorder_traversal(template.expression)) if n not in template.dummies]
    nodes = [n for n in nodes if not isinstance(n, sympy.functions.elementary.piecewise.ExprCondPair)]
    constants = [n for n in nodes if not n.args]
    applied = [n for n in nodes if n.args]
    places = {node: k for k, node in enumerate((*template.dummies, *constants, *applied))}
    operations = []
    for node in applied:
        chosen = isinstance(node, sympy.Piecewise)
        parts = [part for pair in node.args for part in pair.args] if chosen else node.args
        operations.append((node.func, tuple(places[part] for part in parts)))
    return constants, operations


class Walk:
    """One walk in one kind of numbers.

    values     the input values, by leaf name
    noise      what a sum that cancels is moved by, relative to its largest term; its sign turns from one to the next
    lost       set where an operation overflows or underflows
    cancelled  set where a sum cancels, or a logarithm is near 0
    """

    def __init__(
        self,
        table: Mapping[Any, Any],
        make: Callable[[Any], Any],
        values: Mapping[str, Any],
        small: float,
        noise: float = 0.0,
    ) -> None:
        self.table, self.make, self.values, self.small, self.noise = table, make, values, small, noise
        self.exact = make is mpmath.mpf
        self.lost = self.cancelled = False
        self.prepared: dict[Template, tuple[list[Any], list[Any]]] = {}

    def given(self, name: str, place: tuple[int, ...]) -> Any:
        """Return one number of an input."""
        return self.make(float(np.asarray(self.values[name])[place]))

    # --- templates

    def filled(self, template: Template, args: list[Any]) -> Any:
        """Return the value of a template whose dummies have these values."""
        found = self.prepared.get(template)
        if found is None:
            constants, operations = _compiled(template)
            run = [(function, self.table.get(function), places) for function, places in operations]
            found = self.prepared[template] = [self.constant(c) for c in constants], run
        memory = [*args, *found[0]]
        for function, compute, places in found[1]:
            memory.append(self.applied(function, compute, [memory[k] for k in places]))
        return memory[-1]

    def constant(self, node: Any) -> Any:
        if node.is_Rational:
            return self.rational(Fraction(int(node.p), int(node.q)))
        if node.is_NumberSymbol:
            return self.make(node.evalf(500)) if self.exact else self.make(float(node))
        if node in (sympy.true, sympy.false):
            return node == sympy.true
        return self.make("nan")  # SymPy's nan, oo, zoo and I: no real numbers

    def rational(self, exact: Fraction) -> Any:
        if self.exact:
            return mpmath.mpf(exact.numerator) / exact.denominator
        return self.make(_double(exact))

    def applied(self, function: Any, compute: Any, args: list[Any]) -> Any:
        if function is sympy.Piecewise:
            pairs = zip(args[::2], args[1::2], strict=True)
            return next((value for value, condition in pairs if condition), self.make(0))
        try:
            value = compute(*args)
        except (ZeroDivisionError, ValueError, OverflowError, TypeError):
            return self.make("nan")
        if isinstance(value, mpmath.mpc):  # complex: outside the real domain
            return self.make("nan")
        if value.__class__ is np.float64:
            value = float(value)
        if function is sympy.Add:
            return self.added(value, args)
        if function is sympy.log:
            return self.added(value, [self.make(1)])
        self.lost = self.lost or self.out_of_range(function, value, args)
        return value

    # --- sums of products

    def summed(self, terms: Sequence[tuple[tuple[int, ...], Any, bool]], v: list[Any]) -> Any:
        """Return Σ of products of slots and of the value of a step, if there is one; a guarded factor of 0 makes its term 0."""
        parts = [self.product(*term, v) for term in terms]
        if len(parts) == 1:
            return parts[0]
        value = sum(parts, self.make(0))
        return self.added(value, parts)

    def added(self, value: Any, parts: Sequence[Any]) -> Any:
        """Return a sum, moved by the noise where it cancels."""
        if abs(value) < self.small * (largest := max(map(abs, parts), default=0.0)):
            self.cancelled = True
            self.noise = -self.noise
            return value + self.noise * largest if self.noise else value
        if not self.exact and math.isinf(value):
            self.lost = self.lost or all(map(math.isfinite, parts))
        return value

    def product(self, factors: tuple[int, ...], inner: Any, guarded: bool, v: list[Any]) -> Any:
        value = inner(v, self) if inner is not None else None
        if guarded and (value == 0 or any(v[k] == 0 for k in factors)):
            return self.make(0)
        for k in factors:
            value = v[k] if value is None else value * v[k]
        if value is None:
            return self.make(1)
        if not self.exact and not LEAST <= abs(value) <= MOST:
            args = [v[k] for k in factors] + ([inner(v, self)] if inner is not None else [])
            self.lost = self.lost or self.out_of_range(sympy.Mul, value, args)
        return value

    def out_of_range(self, function: Any, value: Any, args: Sequence[Any]) -> bool:
        """Return whether a double has overflowed, or lost digits below the least normal one."""
        if self.exact or LEAST <= abs(value) <= MOST:
            return False
        if math.isinf(value):
            return all(map(math.isfinite, args))
        return abs(value) < LEAST and function in VANISHING and all(args)


class Evaluation:
    """The doubles of a machine's slots at one point, and which of them may have lost digits, computed as they are asked for."""

    def __init__(self, machine: Machine, values: Mapping[str, Any]) -> None:
        self.machine, self.values = machine, values
        self.walk = Walk(doubles(), float, values, CANCELLED)
        self.v: list[Any] = []
        self.known: list[bool] = []
        self.lost: set[int] = set()  # what depends on a number out of range
        self.cancelled: set[int] = set()  # what depends on a sum that cancels

    def entries(self, slots: Sequence[int], digits: int | None = None) -> list[float]:
        """Return the values of slots as doubles, computed with so many digits, if given.

        Otherwise doubles come first; those that are not finite (exp(800) / exp(801)), overflow on the way, or depend on what a
        sum has lost (1 + erf(x) at -8), are computed with 30 digits and more, and no bound on the exponent, until two walks
        agree. An infinity stays where that walk has no number either: 1 / sqrt(x) at 0.
        """
        if digits is not None:
            return _precise(self.machine, slots, self.values, digits)[0]
        self.compute(slots)
        found = {k: _double(self.v[k]) for k in slots}
        doubtful = [k for k, value in found.items() if k in self.lost or not math.isfinite(value)]
        doubtful += self.unsteady([k for k in found if k in self.cancelled and k not in doubtful])
        if doubtful:
            precise = _settled(self.machine, doubtful, self.values)
            found |= {k: b if not math.isnan(b) or math.isnan(found[k]) else found[k] for k, b in precise.items()}
        return [found[k] for k in slots]

    def compute(self, slots: Sequence[int]) -> None:
        """Compute the values of slots, and of what they need, that are not known yet."""
        steps, needs = self.machine.steps, self.machine.needs
        missing = len(steps) - len(self.v)
        self.v += [None] * missing
        self.known += [False] * missing
        with np.errstate(all="ignore"):
            for k in self.machine.order(slots, self.known):
                self.walk.lost = self.walk.cancelled = False
                self.v[k], self.known[k] = steps[k](self.v, self.walk), True
                if self.walk.lost or not self.lost.isdisjoint(needs[k]):
                    self.lost.add(k)
                if self.walk.cancelled or not self.cancelled.isdisjoint(needs[k]):
                    self.cancelled.add(k)

    def unsteady(self, slots: Sequence[int]) -> list[int]:
        """Return those slots whose values move by more than STEADY when every sum that cancels moves by some roundings."""
        if not slots:
            return []
        noisy = Walk(doubles(), float, self.values, CANCELLED, ROUNDINGS)
        v = list(self.v)
        with np.errstate(all="ignore"):
            for k in self.machine.order(slots):
                if k in self.cancelled:
                    v[k] = self.machine.steps[k](v, noisy)
        return [k for k in slots if not abs(v[k] - self.v[k]) <= STEADY * abs(self.v[k])]


class Numbers:
    """A machine, and its doubles at the point where it was evaluated last: blocks of one output have much in common."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.last: tuple[Any, Evaluation | None] = None, None

    def at(self, values: Mapping[str, Any]) -> Evaluation:
        """Return the evaluation at a point."""
        arrays = {name: np.asarray(values[name], dtype=np.float64) for name in self.machine.inputs if name in values}
        key = tuple((name, array.tobytes()) for name, array in arrays.items())
        if self.last[1] is None or self.last[0] != key:
            self.last = key, Evaluation(self.machine, arrays)
        return self.last[1]  # type: ignore[return-value]


def _settled(machine: Machine, slots: Sequence[int], values: Mapping[str, Any]) -> dict[int, float]:
    """Return the values from the first walk that agrees with the one before it, with half of its digits."""
    last, _ = _precise(machine, slots, values, DIGITS[0])
    for digits in DIGITS[1:]:
        found, cancelled = _precise(machine, slots, values, digits)
        if all(map(_agree, last, found)) and (
            not cancelled or all(map(_agree, found, _precise(machine, slots, values, digits, 10.0 ** (-digits / 2))[0]))
        ):
            return dict(zip(slots, found, strict=True))
        last = found
    return dict(zip(slots, last, strict=True))


def _agree(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= AGREE * abs(b)


def _precise(
    machine: Machine, slots: Sequence[int], values: Mapping[str, Any], digits: int, noise: float = 0.0
) -> tuple[list[float], bool]:
    """Return the values of slots, and whether half of the digits may be lost."""
    v: list[Any] = [None] * len(machine.steps)
    with mpmath.workdps(digits):
        walk = Walk(high_precision(), mpmath.mpf, values, 10.0 ** (-digits / 2), noise)
        for k in machine.order(slots):
            v[k] = machine.steps[k](v, walk)
        return [_double(v[k]) for k in slots], walk.cancelled


def _double(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
