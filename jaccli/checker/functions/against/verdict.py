"""What a kernel and its reference gave → pass, fail or inconclusive, which term is off, and how large an error was visible."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from jaccli.checker.functions.against.noise import Noise, noise_of
from jaccli.checker.functions.against.pair import DRAWS, Looks, Terms
from jaccli.checker.functions.against.shares import Share, axis_shares, share, sure, threshold
from jaccli.results.kinds import Outcome
from jaccli.types import Array

__all__ = ["ALONE", "MOST", "Verdict", "judged"]

#: An entry is off where it is so at that many points: roundings do not come again, nor do choices that tip.
MOST = DRAWS // 2
TINY = 8.0  # smallest numbers of a format: what is above them a right kernel does not lose throughout
ALONE = 0.1  # conditions: below, a kernel rounds its answer alone, and no choice of it tips


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one array that a kernel returns.

    entry     the worst entry, with what both gave at the given point and how far off rounding may put it
    off       how many entries are off at most of the points
    elsewhere at how many points entries are off, others at each, by more than would pass for rounding
    wrong     the term, or the whole, that is off by a share, and that share
    where     the row, column or head that is off by itself
    visible   the smallest share of the whole that would have been seen, and of single entries
    control   the standard deviations at which a planted error of that size was seen, and that size
    """

    outcome: Outcome
    noise: Noise
    entry: int
    value: float
    reference: float
    limit: float
    off: int = 0
    elsewhere: int = 0
    wrong: Share | None = None
    where: tuple[int, int, Share] | None = None
    visible: tuple[float, float] = (math.nan, math.nan)
    control: tuple[float, float] = (math.nan, math.nan)
    shares: Mapping[str, Share] = field(default_factory=dict)
    zero: bool = False  # whether the reference is zero throughout, and what was judged is as well


def judged(looks: Looks, terms: Sequence[Terms], shape: tuple[int, ...], rtol: float, planting: bool = True) -> Verdict:
    """Return the verdict on what a kernel gave.

    terms: for each draw the terms of the reference by name, (n,) each; () where none are known.
    Law:   it fails where entries are off at most of the points, or where a share of the whole, of a term, or of a slice is beyond
           what a right kernel shows in one of a million checks. It passes where neither is so, what would have been seen is
           below ``rtol``, and an error of that size, planted, is seen. Zeros throughout fail, unless the formula itself gives
           them in that format.
    planting: whether an error is planted into what the kernel gave, and all of it judged again.
    """
    patterns = _patterns(looks, terms)
    residual = looks.residual
    finite = bool(np.all(np.isfinite(residual)))
    noise = _rounding(looks, patterns) if finite else noise_of(looks)
    with np.errstate(invalid="ignore"):
        beyond = ~(np.abs(residual) <= noise.limit)
    times = np.sum(beyond, axis=0)
    times = np.where(np.isfinite(looks.kernel[0]), times, DRAWS)
    with np.errstate(invalid="ignore"):
        first = np.nan_to_num(np.abs(residual[0]) / noise.limit[0], nan=1e9, posinf=1e9)
    entry = int(np.argmax(times + 1e-9 * np.minimum(first, 1e9)))
    one = looks.kernel[0, entry], looks.reference[0, entry], noise.limit[0, entry]
    off = int(np.sum(times >= MOST))
    if not finite:
        return Verdict(Outcome.FAIL if off else Outcome.INCONCLUSIVE, noise, entry, *one, off=off)
    if not np.any(looks.reference) and not off:
        unknown = bool(np.any(looks.unknown))
        return Verdict(Outcome.INCONCLUSIVE if unknown else Outcome.PASS, noise, entry, *one, zero=not unknown)
    if not np.any(looks.kernel) and np.any(np.abs(looks.reference) >= TINY * looks.spacing):
        zero = bool(np.all(np.abs(looks.lost + looks.reference) <= looks.spacing))  # the formula, in that format
        lost = (math.inf, math.inf)
        return Verdict(
            Outcome.INCONCLUSIVE if zero else Outcome.FAIL, noise, entry, *one, off=off, visible=lost, zero=zero
        )
    found = _shares(residual, patterns, noise)
    slices = list(axis_shares("slice", residual, looks.reference, noise, shape))
    beyond_all = threshold(DRAWS, len(found) + len(slices))
    wrong = max((s for s in found.values() if abs(s.z) > beyond_all), key=lambda s: s.explains, default=None)
    least = looks.eps * max(1.0, noise.level)  # a number that a whole slice is made of, as of a table, may be rounded
    far = (s for s in slices if abs(s[2].z) > beyond_all and abs(s[2].share) > least)
    where = max(far, key=lambda s: s[2].explains, default=None)
    if wrong is not None and where is not None:  # what explains more is what is wrong
        wrong, where = (wrong, None) if wrong.explains >= where[2].explains else (None, where)
    whole = found.get("")
    seen = math.inf if whole is None else sure(whole, beyond_all), _floor(looks, noise)
    control = _control(looks, terms, shape, rtol, seen[0]) if planting else (math.inf, seen[0])
    seen = max(seen[0], control[1]), seen[1]
    elsewhere = _elsewhere(looks, beyond, min(seen[1] if noise.level < ALONE else max(seen[1], rtol), 1e9))
    sharp = max(seen) <= rtol and control[0] > 0 and elsewhere < MOST and not np.any(looks.unknown)
    failed = off > 0 or wrong is not None or where is not None
    outcome = Outcome.FAIL if failed else Outcome.PASS if sharp else Outcome.INCONCLUSIVE
    return Verdict(outcome, noise, entry, *one, off, elsewhere, wrong, where, seen, control, found)


def _rounding(looks: Looks, patterns: Mapping[str, Array]) -> Noise:
    """Return the rounding of a kernel, without the share of a pattern that is the same at all points: that is none."""
    noise = noise_of(looks)
    for _ in range(2):
        found = _shares(looks.residual, patterns, noise)
        most = max(found.values(), key=lambda s: s.explains, default=None)
        if most is None or not np.isfinite(most.share):
            return noise
        noise = noise_of(replace(looks, kernel=looks.kernel - most.share * patterns[most.name]))
    return noise


def _patterns(looks: Looks, terms: Sequence[Terms]) -> dict[str, Array]:
    """Return the whole, which has no name, and each term that is there in all draws, (draws, n) each."""
    names = [name for name in (terms[0] if terms else ()) if all(name in each for each in terms)]
    known = {name: np.nan_to_num(np.stack([each[name] for each in terms]), posinf=0.0, neginf=0.0) for name in names}
    return {"": looks.reference, **{name: np.where(looks.unknown, 0.0, term) for name, term in known.items()}}


def _shares(residual: Array, patterns: Mapping[str, Array], noise: Noise) -> dict[str, Share]:
    """Return the share of each pattern."""
    found = {name: share(name, residual, pattern, noise) for name, pattern in patterns.items()}
    return {name: one for name, one in found.items() if one is not None}


def _floor(looks: Looks, noise: Noise) -> float:
    """Return the share of the whole array's size that the entries hidden by rounding may be off by, each by its own limit."""
    size = float(np.sqrt(np.sum(np.square(looks.reference))))
    return float(np.sqrt(np.sum(np.square(noise.limit)))) / size if size else math.inf


def _elsewhere(looks: Looks, beyond: Array, least: float) -> int:
    """Return at how many points the entries that are off are more than a share of all entries."""
    off = np.linalg.norm(np.where(beyond, looks.residual, 0.0), axis=1)
    return int(np.sum(np.any(beyond, axis=1) & (off > least * np.linalg.norm(looks.reference, axis=1))))


def _control(
    looks: Looks, terms: Sequence[Terms], shape: tuple[int, ...], rtol: float, size: float
) -> tuple[float, float]:
    """Return how clearly an error of a size is seen that is planted into what the kernel gave, 0 where it is not, and that size.

    Law: what was planted is judged like any kernel: its rounding is measured anew. Where that hides it, twice and four times as
         much are tried, and that is what is claimed.
    """
    for more in (1, 2, 4) if math.isfinite(size) else ():
        there = looks.kernel + more * size * looks.reference
        found = judged(replace(looks, kernel=there), terms, shape, rtol, planting=False)
        whole = found.shares.get("")
        if whole is not None and found.outcome == Outcome.FAIL:
            return abs(whole.z), more * size
    return 0.0, size
