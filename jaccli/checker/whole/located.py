"""A module whose gradient does not add up to its values → its last wrong parameter, and a wrong entry of it, by halving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jaccli.checker.whole.pairs import Missed, Pairs, Part, everything

__all__ = ["Located", "located"]

KINK = 4.0  # times the jump of a slope: a derivative between the two sides of a kink is no mistake
STEPS = (2.0**-8, 2.0**-10, 2.0**-12)  # of a single number, for the difference that confirms an entry


@dataclass(frozen=True, slots=True)
class Located:
    """One wrong entry.

    leaf, entry  where it is
    row          the output that shows it most, None where only their weighted sum does
    before       whether the parameters before it do not add up either: what flows back through its module is wrong
    """

    leaf: int
    entry: int
    tested: float
    expected: float
    error_bar: float
    row: int | None
    before: bool
    pairs: int


def located(pairs: Pairs, number: int, h: float, missed: Missed) -> Located | None:
    """Return a wrong entry of the last parameter that is wrong; None where halving or differences do not confirm one.

    Law: the part of a pair that a set of numbers is to blame for is what the pair shows when these alone move, but for terms of
         second order; so the halves of a set share what it is off by, and one of them has at least half of it.
    Cost: a pair for each halving: log₂ of the leaves, and of the numbers of a leaf.
    """
    spent = 0
    leaves = everything(pairs.whole)

    def off(parts: Sequence[Part]) -> Missed:
        nonlocal spent
        spent += 1
        return pairs.asked(number, parts, h)

    low, high = 0, len(leaves)  # leaves[low:] is wrong, leaves[high:] is not
    while high - low > 1:
        middle = (low + high) // 2
        if off(leaves[middle:]).agrees:
            high = middle
        else:
            low = middle
    leaf = low
    before = bool(leaf) and not off(leaves[:leaf]).agrees
    start, stop = 0, leaves[leaf][1].stop
    whole = off([(leaf, slice(start, stop))]).off
    while stop - start > 1:
        middle = (start + stop) // 2
        half = off([(leaf, slice(start, middle))]).off
        start, stop, whole = (start, middle, half) if abs(half) >= abs(whole - half) else (middle, stop, whole - half)
    return _confirmed(pairs, leaf, start, before, spent)


def _confirmed(pairs: Pairs, leaf: int, entry: int, before: bool, spent: int) -> Located | None:
    """Return the entry with the difference that confirms it, None where that may be the error of the difference."""
    whole, one = pairs.whole, slice(entry, entry + 1)
    for k, part in everything(whole):
        whole.moved(k, part, None)
    step = np.array([max(abs(float(whole.base[leaf][entry])), pairs.scale[leaf])])
    found = []
    for t in STEPS:
        ends = []
        for side in (t, -t, t / 2, -t / 2):
            whole.moved(leaf, one, step, side)
            ends.append(whole.values())
        coarse, fine = (ends[0] - ends[1]) / (2 * t * step), (ends[2] - ends[3]) / (t * step)
        found.append(((4 * fine - coarse) / 3, np.abs(fine - coarse)))
    whole.moved(leaf, one, None)
    one_sided = (ends[0] + ends[1] - 2 * pairs.centre) / (t * step)  # twice the jump of the slope at a kink
    noise = 64 * np.finfo(float).eps * np.abs(pairs.centre) / (STEPS[-1] * step)
    apart = np.fmax(np.abs(found[0][0] - found[1][0]), np.abs(found[1][0] - found[2][0]))
    column = found[1][0]
    bar = np.fmax(apart, noise)
    row = int(np.argmax(np.abs(column) * (bar <= 0.1 * np.abs(column)))) if column.size > 1 else 0
    v = np.zeros_like(column)
    v[row] = 1.0
    tested = float(whole.pulled(v)[leaf][entry])
    if abs(tested - column[row]) > 2 * bar[row] + KINK * abs(one_sided[row]):
        return Located(leaf, entry, tested, float(column[row]), float(bar[row]), row, before, spent)
    v, bar = pairs.weights, bar + KINK * np.abs(one_sided)
    tested, expected, allowed = float(whole.pulled(v)[leaf][entry]), float(v @ column), float(np.abs(v) @ bar)
    if abs(tested - expected) > 2 * allowed:
        return Located(leaf, entry, tested, expected, allowed, None, before, spent)
    return None
