"""Kinds of points told apart by slopes alone, and verdicts beside a kink: how often they are right.

First table: 200 random points of each of 13 kinds, at random sizes of the input and the output; the kind that jaccli.difference
finds is compared with the one that was planted. Second table: relu at distances of 1e-1 … 1e-12 to either side of its kink, bare,
scaled and on top of other terms; its right derivative must never FAIL, and no other slope may PASS.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from jaccli.difference import differences
from jaccli.difference.kinks import kinds_at
from jaccli.reference import input_scale
from jaccli.types import Array
from jaccli.verdict.decide import FAIL, PASS, Exceptions, decide, rounding_scale

POINTS = 200
RTOL = 1e-6
Scalar = Callable[[Array], Array]

#: What is planted → (the kind it must be found to be, function of t that has it at t = 0).
KINDS: dict[str, tuple[str, Scalar]] = {
    "sin(t + 1)": ("smooth", lambda t: np.sin(t + 1)),
    "t^2": ("smooth", lambda t: t * t),
    "t |t|": ("smooth", lambda t: t * np.abs(t)),
    "|t|^1.5": ("smooth", lambda t: np.abs(t) ** 1.5),
    "exp(t) + t^3": ("smooth", lambda t: np.exp(t) + t**3),
    "relu(t)": ("kink", lambda t: np.maximum(t, 0)),
    "|t| + sin(t)": ("kink", lambda t: np.abs(t) + np.sin(t)),
    "max(t, -t/2)": ("kink", lambda t: np.maximum(t, -t / 2)),
    "step(t)": ("jump", lambda t: (t > 0) * 1.0),
    "sign(t) + t": ("jump", lambda t: np.sign(t) + t),
    "sqrt(|t|)": ("cusp", lambda t: np.sqrt(np.abs(t))),
    "cbrt(t)": ("cusp", lambda t: np.cbrt(t)),
    "sqrt(t)": ("edge", lambda t: np.sqrt(t)),
}


def planted(rng: np.random.Generator, fn: Scalar) -> tuple[Callable[[Array], Array], Array]:
    """Return the function with its special point moved to a random place, and that place."""
    x = float(rng.uniform(-2, 2)) * 10.0 ** rng.integers(-4, 5)
    size = abs(x) * 10.0 ** rng.uniform(-1, 1)
    height = 10.0 ** rng.uniform(-8, 8)
    return lambda points: height * fn((points[:, :1] - x) / size), np.array([x])


def classification() -> int:
    """Print how many points of each kind were found to be it; return how many were not."""
    wrong = 0
    print(f"{'function at t = 0':18} {'kind':8} {'right':>9}   taken for")
    for name, (kind, fn) in KINDS.items():
        rng = np.random.default_rng(0)
        with np.errstate(all="ignore"):
            found = Counter(str(kinds_at(*planted(rng, fn))[0, 0]) for _ in range(POINTS))
        others = ", ".join(f"{count} {other}" for other, count in found.items() if other != kind)
        wrong += POINTS - found[kind]
        print(f"{name:18} {kind:8} {found[kind]:5}/{POINTS}   {others}")
    share = 1 - wrong / (POINTS * len(KINDS))
    print(f"all: {POINTS * len(KINDS) - wrong:,} of {POINTS * len(KINDS):,}, {share:.2%}")
    return wrong


RELUS: dict[str, tuple[Scalar, Scalar]] = {  # function of t, and its derivative
    "relu(t)": (lambda t: np.maximum(t, 0), lambda t: (t > 0) * 1.0),
    "1e6 relu(t)": (lambda t: 1e6 * np.maximum(t, 0), lambda t: 1e6 * (t > 0)),
    "3 + relu(t)": (lambda t: 3 + np.maximum(t, 0), lambda t: (t > 0) * 1.0),
    "sin(t) + relu(t)": (lambda t: np.sin(t) + np.maximum(t, 0), lambda t: np.cos(t) + (t > 0)),
    "relu(t)^2 + |t|": (lambda t: np.maximum(t, 0) ** 2 + np.abs(t), lambda t: 2 * np.maximum(t, 0) + np.sign(t)),
    "exp(t) + 1e-3 |t|": (lambda t: np.exp(t) + 1e-3 * np.abs(t), lambda t: np.exp(t) + 1e-3 * np.sign(t)),
}


def beside() -> int:
    """Print the verdicts on the right slope, and on those of the other side and half way; return how many are wrong."""
    mistakes = 0
    print(f"{'distance':>9} {'right: pass':>12} {'fail':>5} {'open':>5} {'wrong: pass':>12} {'fail':>5} {'open':>5}")
    for power in range(1, 13):
        counts = np.zeros((2, 3), dtype=int)
        for (fn, slope), side, kink in ((r, s, k) for r in RELUS.values() for s in (1, -1) for k in (1.0, 0.3, -7.0)):
            x = np.array([kink + side * 10.0**-power])
            t = x[0] - kink
            right, other = float(slope(t)), float(slope(-t))
            for row, tested in ((0, right), (1, other), (1, 0.5 * (right + other))):
                counts[row, verdict(lambda points, fn=fn, kink=kink: fn(points[:, :1] - kink), x, tested)] += 1
        mistakes += counts[0, FAIL] + counts[1, PASS]
        print(f"{10.0**-power:9.0e} {counts[0, 0]:12} {counts[0, 1]:5} {counts[0, 2]:5} ", end="")
        print(f"{counts[1, 0]:11} {counts[1, 1]:5} {counts[1, 2]:5}")
    return mistakes


def verdict(fn: Callable[[Array], Array], x: Array, tested: float) -> int:
    """Return the outcome of a derivative of a function of one number."""
    with np.errstate(all="ignore"):
        found = differences(fn, x, rtol=RTOL)
        scale = rounding_scale(fn(x[None, :])[0], found.value, input_scale(x), found.reach(x))
        decision = decide(
            np.array([[tested]]), found.value, found.error_bar, scale,
            rtol=RTOL, known=Exceptions(low=found.low, high=found.high, reason=found.reason, by_values=True),
        )  # fmt: skip
    return int(decision.outcome[0, 0])


def main() -> int:
    wrong = classification()
    print()
    mistakes = beside()
    return 1 if mistakes or wrong > 0.001 * POINTS * len(KINDS) else 0


if __name__ == "__main__":
    raise SystemExit(main())
