"""A function at a kink → the elements of its inputs whose equality makes the kink: a tie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from jaccli.adapters import Subject, TroubleError
from jaccli.checker.joined_inputs import all_outputs
from jaccli.reference import input_scale
from jaccli.results.checks import Check
from jaccli.results.kinds import Outcome
from jaccli.results.names import entry_names
from jaccli.types import Array

__all__ = ["with_ties"]

STEP = 2.0**-16  # of the scale: the length over which slopes are taken
AWAY = 64.0  # steps, to where a tie still is one, or is one no longer
ALIKE = 1e-2  # of the leap of a slope: what curvature does to slopes so near
MEMBERS, GROUPS, ROWS = 16, 8, 16  # equal elements, groups of them and outputs that are looked at
REMEDY = "at a tie their slopes belong together: take all of them from one side of it, or a mean of the two sides"


def with_ties(checks: Sequence[Check], subject: Subject) -> tuple[Check, ...]:
    """Return the checks, those at a kink that is a tie saying which elements are equal.

    Law: of elements with one value, those are at a tie along each of which the slope leaps, at the point and where all of them are
         moved together, and along none of which it leaps where it alone is moved away. The kink of relu or of a norm at 0 is none.
    Cost: two evaluations for each of at most 128 elements, and as many for each of those that are at a kink.
    """
    mine = [check for check in checks if _at_kink(check)]
    if (
        not mine
        or subject.may_not_terminate
        or any(leaf.eps > 2.0**-52 for leaf in (*subject.inputs, *subject.outputs))
    ):
        return tuple(checks)
    point = np.concatenate([x.value.reshape(-1) for x in subject.inputs])
    names = [name for x in subject.inputs for name in entry_names(x.name, x.value.shape)]
    fn, found = all_outputs(subject, subject.inputs), dict[int, str]()
    for check in mine[:ROWS]:
        try:
            ties = _ties(partial(_output, fn, _row(subject, check)), point)
        except TroubleError:
            continue
        if ties:
            words = "; ".join(_words([names[k] for k in tie]) for tie in ties[:2])
            found[id(check)] = words
    return tuple(_with_words(check, found[id(check)]) if id(check) in found else check for check in checks)


def _output(fn: Callable[[Array], Array], row: int, points: Array) -> Array:
    return fn(points)[:, row]


def _at_kink(check: Check) -> bool:
    return bool(check.of and check.wrt) and (
        check.code in ("JAC114", "JAC202")
        or check.slopes is not None
        or (check.outcome == Outcome.PASS and check.at_kink)
    )


def _row(subject: Subject, check: Check) -> int:
    """Return where the worst entry's output stands among all of them."""
    start = 0
    for leaf in subject.outputs:
        if leaf.name == check.of:
            place = int(np.ravel_multi_index(check.of_index, leaf.value.shape)) if check.of_index else 0
            return start + place
        start += leaf.value.size
    return 0


def _ties(fn: Callable[[Array], Array], x: Array) -> list[list[int]]:
    """Return the groups of elements that are at a tie; fn (points, n) → (points,)."""
    step = STEP * input_scale(x)
    found = []
    for group in _equal(x):
        tied = [k for k, leap in zip(group, _leaps(fn, x, group, step), strict=True) if leap > 0]
        if len(tied) < 2:
            continue
        together, apart = x.copy(), np.repeat(x[None], len(tied), axis=0)
        together[tied] += AWAY * step[tied]
        apart[np.arange(len(tied)), tied] += AWAY * step[tied]
        here, there = (_leaps(fn, at, tied, step) for at in (x, together))
        alone = np.array([_leaps(fn, at, [k], step)[0] for at, k in zip(apart, tied, strict=True)])
        if np.all(np.abs(there - here) <= ALIKE * here) and np.all(alone <= ALIKE * here):
            found.append(tied)
    return found


def _equal(x: Array) -> list[list[int]]:
    values, where, counts = np.unique(x, return_inverse=True, return_counts=True)
    chosen = [k for k in range(len(values)) if 2 <= counts[k] <= MEMBERS][:GROUPS]
    return [[int(i) for i in np.flatnonzero(where == k)] for k in chosen]


def _leaps(fn: Callable[[Array], Array], x: Array, columns: Sequence[int], step: Array) -> Array:
    """Return by how much the slope along each column leaps at a point, 0 where that is no more than rounding or curvature."""
    moves = np.eye(x.size)[list(columns)] * step[list(columns)][:, None]
    h = step[list(columns)]
    with np.errstate(all="ignore"):
        values = fn(np.concatenate([x[None], x + moves, x - moves, x + moves / 2, x - moves / 2]))
        centre, (far, back, near, near_back) = values[0], np.split(values[1:], 4)
        leap = np.abs((far - centre) - (centre - back)) / h
        nearer = np.abs((near - centre) - (centre - near_back)) / (h / 2)
        rounding = 64 * 2.0**-52 * np.abs(values).max() / h
        kept = (np.abs(leap - nearer) <= ALIKE * leap) & (leap > rounding)  # curvature would be halved
    return np.where(kept, leap, 0.0)


def _words(names: Sequence[str]) -> str:
    listed = ", ".join(names[:3]) + " …" if len(names) > 3 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"a tie: {listed} are equal, and the slope by each leaps where they are"


def _with_words(check: Check, words: str) -> Check:
    if check.outcome == Outcome.FAIL:
        return replace(check, kink=words, help=f"{check.help}; {REMEDY}" if check.help else REMEDY)
    return replace(check, kink=words)
