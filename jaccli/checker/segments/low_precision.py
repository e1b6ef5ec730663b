"""A derivative in low precision whose function cannot run in float64 → whether it misses the values by more than rounding does.

Values in float32, float16 or bfloat16 leave no room for steps. Along a segment of half the input's size they move by far more than
their spacing, and their rounding is known: a number that is rounded once is off by a uniform share of half a spacing. What a right
derivative misses the values by is such noise; what a wrong one misses them by has one sign on all segments.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from jaccli.adapters import Derivative, Leaf
from jaccli.checker.problem import Problem
from jaccli.checker.references.function import Differenced
from jaccli.reference import input_scale
from jaccli.results.checks import Check
from jaccli.results.kinds import JudgedBy, Outcome
from jaccli.results.numbers import error as short_number
from jaccli.types import Array

__all__ = ["Misses", "applies", "failed", "misses", "student"]

SEGMENTS = 16
HALVES = (0.4, 0.1)  # of the input's size: an error of the quadrature is not the same for both, a mistake is
NODES = 7
ALPHA = 1e-7  # the probability that a right derivative is failed, for each of the four looks that must agree
ALIKE = 2.0  # the shares that two lengths, and two draws, find may differ by so much
LEAST = 4.0  # machine epsilons of what moves: no smaller share is called a mistake


@dataclass(frozen=True, slots=True)
class Misses:
    """By what share a derivative misses what moves, on the average over segments, and how sure that is.

    t   the share in units of its own scatter, or of that of rounding where this is larger
    """

    share: float
    t: float


def misses(problem: Problem, differences: Differenced, y: Leaf, x: Leaf, derivative: Derivative) -> Misses | None:
    """Return the share that a derivative misses, None where none is beyond rounding.

    Law:    residuals r = (⟨v, f(b) − f(a)⟩ − ∫⟨Jᵀv, dx⟩) / ⟨v, f(b) − f(a)⟩ with v along f(b) − f(a). Their mean over segments is
            compared with their scatter, and with that of rounding each value and each product once, whichever is larger, by
            Student's t; two lengths of segments, and two draws of them, must all show about the same share.
    Cost:   32 segments of each length: 2 evaluations and 7 products each.
    Errors: Trouble where the user's code raises.
    """
    found: list[Misses] = []
    for draw in range(2):
        for half in HALVES:
            one = _looked(problem, differences, y, x, derivative, half, draw)
            if one is None or abs(one.t) < student(SEGMENTS - 1) or abs(one.share) < LEAST * max(x.eps, y.eps):
                return None
            found.append(one)
    shares = [one.share for one in found]
    alike = max(shares) <= ALIKE * min(shares) if min(shares) > 0 else min(shares) >= ALIKE * max(shares)
    return min(found, key=lambda one: abs(one.t)) if alike else None


def _looked(
    problem: Problem, differences: Differenced, y: Leaf, x: Leaf, derivative: Derivative, half: float, draw: int
) -> Misses | None:
    residuals, rounding = np.array(list(_segments(problem, differences, y, x, derivative, half, draw))).T
    if not np.all(np.isfinite(residuals)):
        return None
    scatter = math.sqrt(max(float(np.var(residuals, ddof=1)), float(np.mean(rounding**2))) / SEGMENTS)
    share = float(np.mean(residuals))
    return Misses(share, share / scatter if scatter else math.copysign(math.inf, share))


def _segments(
    problem: Problem, differences: Differenced, y: Leaf, x: Leaf, derivative: Derivative, half: float, draw: int
) -> Iterator[tuple[float, float]]:
    """Yield the residual of each segment and the standard deviation of its rounding, both as shares of what moves."""
    fn, rows, flat = differences.function(x), problem.rows[y.name], x.value.reshape(-1)
    words = f"low precision {draw}:{y.name}/{x.name}"
    rng = np.random.default_rng([problem.seed, zlib.crc32(words.encode())])
    steps = half * rng.standard_normal((SEGMENTS, flat.size)) * input_scale(flat)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    for step in steps:
        a, b = (_realised(x, flat + side * step) for side in (-1, 1))
        below, above = fn(np.stack([a, b]))[:, rows]
        moved = above - below
        v = _realised(y, moved / max(float(np.linalg.norm(moved)), np.finfo(float).tiny))
        expected = float(v @ moved)
        variance = float(np.sum(v**2 * (_spacing(y, above) ** 2 + _spacing(y, below) ** 2))) / 12
        total = 0.0
        for t, w in zip(0.5 * (nodes + 1), 0.5 * weights, strict=True):
            slope = _product(derivative, x, y, _realised(x, a + t * (b - a)), v)
            total += float(w * (slope @ (b - a)))
            variance += float(w**2 * np.sum((_spacing(x, slope) * (b - a)) ** 2)) / 12
        yield (expected - total) / expected if expected else math.nan, math.sqrt(variance) / abs(expected or 1.0)


def _product(derivative: Derivative, x: Leaf, y: Leaf, point: Array, v: Array) -> Array:
    assert derivative.at is not None
    here = derivative.at({x.name: point.reshape(x.value.shape)})
    assert here.vjp is not None
    found = here.vjp({y.name: v.reshape(y.value.shape)})[x.name]
    return np.asarray(found, dtype=np.float64).reshape(-1)


def _bits(leaf: Leaf) -> int:
    """Return the digits of a leaf's precision, those of the leading one not counted."""
    return -math.frexp(leaf.eps)[1] + 1


def _realised(leaf: Leaf, values: Array) -> Array:
    """Return values rounded to a leaf's precision."""
    mantissa, exponent = np.frexp(values)
    bits = _bits(leaf) + 1
    return np.asarray(np.ldexp(np.round(np.ldexp(mantissa, bits)), exponent - bits))


def _spacing(leaf: Leaf, values: Array) -> Array:
    """Return the distance of neighbouring numbers of a leaf's precision, (m,)."""
    return np.asarray(np.ldexp(leaf.eps, np.frexp(values)[1] - 1))


def student(freedom: int, alpha: float = ALPHA) -> float:
    """Return the value that Student's t of so many degrees of freedom exceeds with probability alpha, to either side.

    Source: Hill, "Algorithm 396: Student's t-quantiles", CACM 13 (1970), the expansion in the normal quantile; for 15 degrees it is
            9.47 where the exact value is 9.48.
    """
    z = NormalDist().inv_cdf(1 - alpha / 2)
    g = [
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    ]
    return z + sum(term / freedom ** (k + 1) for k, term in enumerate(g))


def failed(blank: Check, found: Misses) -> Check:
    """Return the failure of a derivative that misses the values by more than rounding does."""
    share = short_number(abs(found.share))
    more = "less" if found.share > 0 else "more"
    return replace(
        blank, outcome=Outcome.FAIL, code="JAC100", value=1 - found.share, reference=1.0, error_bar=abs(found.share / found.t),
        abs_error=abs(found.share), tolerance=0.0, decided=blank.entries, failed=1, open_share=0.0,
        reference_route=JudgedBy.SEGMENTS, evaluations=4 * SEGMENTS * len(HALVES) * 2,
        help=f"along segments the derivative gives {share} of a move {more} than the values do, {abs(found.t):.0f} times the "
        "rounding of this precision; the values shown are shares of a move",
    )  # fmt: skip


def applies(problem: Problem, y: Leaf, x: Leaf, derivative: Derivative) -> bool:
    """Return whether a derivative is one that only its own precision can judge."""
    subject = problem.subject
    coarse = max(x.eps, y.eps) > 2.0**-52 and not subject.in_float64 and not subject.may_not_terminate
    return problem.black_box and coarse and derivative.at is not None and derivative.vjp is not None
