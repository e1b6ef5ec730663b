"""Constants of an op → TooLarge where SymPy, which computes exactly with them, would write out an unreadably long number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from jaccli.derive.symbolic.limits import TooLarge

__all__ = ["MAX_BITS", "refuse_long"]

MAX_BITS = 16_384  # of a numerator or denominator: five thousand digits
MAX_SIZE = 1_000.0  # of an argument of gamma and its like, whose values are products of so many numbers


def refuse_long(op: str, atoms: Sequence[Any]) -> None:
    """Raise TooLarge before an op of constants is computed, where its exact value would be too long.

    Law: a power has |exponent| times the bits of its base; arithmetic adds the bits of its operands, which have been looked at.
         What is not rational counts with the numbers in it.
    """
    if any(bits(atom) > MAX_BITS for atom in atoms):
        raise TooLarge(f"an exact constant has more than {MAX_BITS:,} binary digits")
    if atoms and any(atom.free_symbols for atom in atoms):
        base_alone = op == "pow" and not atoms[0].free_symbols
        exponent_alone = op == "pow" and not atoms[1].free_symbols and abs(_size(atoms[1])) > MAX_BITS
        if base_alone or not exponent_alone:
            return
    if op == "pow" and bits(atoms[0]) * min(abs(_size(atoms[1])), math.inf) > MAX_BITS:
        raise TooLarge(f"the exact power of two constants has more than {MAX_BITS:,} binary digits")
    written = op in _PRODUCTS or (op == "exp" and any(not atom.is_Rational for atom in atoms))  # exp(9 log(2)) is 2^9
    if written and any(abs(_size(atom)) > MAX_SIZE for atom in atoms):
        raise TooLarge(f"`{op}` of an exact constant beyond {MAX_SIZE:g} is not written out")


#: Ops whose value at a whole number SymPy writes out, as a factorial or a sum of so many fractions.
_PRODUCTS = frozenset({"gamma", "lgamma", "beta", "polygamma"})


def bits(number: Any) -> int:
    """Return the length of the longest whole number in a constant, 0 where there is none."""
    found = [number] if number.is_Rational else number.atoms() if not number.free_symbols else ()
    return max((max(int(n.p).bit_length(), int(n.q).bit_length()) for n in found if n.is_Rational), default=0)


def _size(number: Any) -> float:
    """Return a rational constant as a double, infinite where it is none or too large."""
    if number.free_symbols:
        return 0.0
    if not number.is_Rational:
        return max((abs(_size(part)) for part in number.atoms() if part.is_Rational), default=0.0)
    try:
        return float(int(number.p) / int(number.q))
    except OverflowError:
        return math.inf
