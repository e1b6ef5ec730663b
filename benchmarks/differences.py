"""Differences with error bars against the truth: how often the verdict is wrong, and whether the error bars hold.

Measured: smooth functions at several points, scaled to outputs of 1e-8 … 1e8 and inputs of 1e-4 … 1e4. The true derivative
comes from mpmath at 50 digits. It must not FAIL, and it must not PASS when it is multiplied by 1.5 … 1.00001, errors that are all
above rtol = 1e-6. The second table does the same for functions at which simpler checkers err. The third looks at minima,
where the derivative is 0 or rounding is all there is of it; mistakes are added there, in units of f'' times the input's scale.
Each entry is judged exactly as jaccli.checker judges it. "Too small to see" counts passes of a wrong derivative whose error
is smaller than the verdict itself says it could have detected: there the rounding of the function hides it.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import mpmath
import numpy as np

from jaccli.difference import differences
from jaccli.reference import Reference, input_scale
from jaccli.verdict import Decision, decide
from jaccli.verdict.decide import FAIL, INCONCLUSIVE, PASS, Exceptions, rounding_scale

DIGITS = 50
RTOL = 1e-6
FACTORS = (1.5, 1.1, 1.01, 1.001, 1.0001, 1.00001)
OFFSETS = (1e-1, 1e-2, 1e-4, 1e-6, 1e-8, 1e-10)
OUTPUT_SCALES = (1e-8, 1e-4, 1.0, 1e4, 1e8)
INPUT_SCALES = (1e-4, 1.0, 1e4)
POINTS = (-1.7, -0.4, 0.013, 0.3, 2.9)
FIRST_ARGUMENTS = (0.7, -1.1)  # the other arguments of functions of three

Formula = Callable[..., Any]  # (module, *arguments), the module being numpy or mpmath

FUNCTIONS: dict[str, Formula] = {
    "exp(x)": lambda m, x: m.exp(x),
    "sin(x)": lambda m, x: m.sin(x),
    "cos(3x)": lambda m, x: m.cos(3 * x),
    "tanh(x)": lambda m, x: m.tanh(x),
    "sigmoid(x)": lambda m, x: 1 / (1 + m.exp(-x)),
    "softplus(x)": lambda m, x: m.log(1 + m.exp(x)),
    "log(1 + x^2)": lambda m, x: m.log(1 + x * x),
    "sqrt(1 + x^2)": lambda m, x: m.sqrt(1 + x * x),
    "1/(1 + x^2)": lambda m, x: 1 / (1 + x * x),
    "x^3 - 2x + 1": lambda m, x: x * x * x - 2 * x + 1,
    "x exp(-x^2)": lambda m, x: x * m.exp(-x * x),
    "sinh(x) - x": lambda m, x: m.sinh(x) - x,
    "x y z": lambda m, x, y, z: x * y * z,
    "log(e^x + e^y + e^z)": lambda m, x, y, z: m.log(m.exp(x) + m.exp(y) + m.exp(z)),
    "100 (y - x^2)^2 + (1 - x)^2 + z^2": lambda m, x, y, z: 100 * (y - x * x) ** 2 + (1 - x) ** 2 + z * z,
}

HARD: list[tuple[str, Formula, float]] = [
    ("sqrt(x) at 1e-8", lambda m, x: m.sqrt(x), 1e-8),
    ("log(x) at 1e-6", lambda m, x: m.log(x), 1e-6),
    ("1/x at 1e-6", lambda m, x: 1 / x, 1e-6),
    ("1e10 + x^2 at 1", lambda m, x: 1e10 + x * x, 1.0),
    ("1e10 x at 1", lambda m, x: 1e10 * x, 1.0),
    ("x^2 at 1e-9", lambda m, x: x * x, 1e-9),
    ("x^2 at 0", lambda m, x: x * x, 0.0),
    ("exp(x) at 30", lambda m, x: m.exp(x), 30.0),
    ("sin(1e3 x) at 1", lambda m, x: m.sin(1e3 * x), 1.0),
    ("sin(1e5 x) at 1", lambda m, x: m.sin(1e5 * x), 1.0),
    ("sin(64 pi x) at 1", lambda m, x: m.sin(64 * m.pi * x), 1.0),
    ("sin(4096 pi x) at 1", lambda m, x: m.sin(4096 * m.pi * x), 1.0),
    ("x + sin(4096 pi x)/4096 at 0.3", lambda m, x: x + m.sin(4096 * m.pi * x) / 4096, 0.3),
    ("x + 1e-3 sin(1e6 x) at 0.3", lambda m, x: x + 1e-3 * m.sin(1e6 * x), 0.3),
    *(
        (f"sigmoid({k:g}(x - 1)) at 1.001", lambda m, x, k=k: 1 / (1 + m.exp(-k * (x - 1))), 1.001)
        for k in (1e1, 1e2, 1e3, 1e4)
    ),
    *((f"sigmoid({k:g}(x - 1)) at 1", lambda m, x, k=k: 1 / (1 + m.exp(-k * (x - 1))), 1.0) for k in (1e4, 1e6, 1e8)),
    *(
        (f"x + bump of width {w:g} at 1", lambda m, x, w=w: x + w * m.exp(-(((x - 1) / w - 0.5) ** 2)), 1.0)
        for w in (1e-1, 1e-3, 1e-5, 1e-7)
    ),
]


MINIMA: list[tuple[str, Formula, tuple[float, ...]]] = [
    ("x^2", lambda m, x: x * x, (0.0,)),
    ("x^4", lambda m, x: x**4, (0.0,)),
    ("1 - cos(x)", lambda m, x: 1 - m.cos(x), (0.0,)),
    ("1 + x^2", lambda m, x: 1 + x * x, (0.0,)),
    ("cos(x)", lambda m, x: m.cos(x), (0.0,)),
    ("(x - 1)^2", lambda m, x: (x - 1) ** 2, (1.0,)),
    ("(x - 0.7)^2", lambda m, x: (x - 0.7) ** 2, (0.7,)),
    ("(x - 3)^2 exp(x)", lambda m, x: (x - 3) ** 2 * m.exp(x), (3.0,)),
    ("x log(x) - x", lambda m, x: x * m.log(x) - x, (1.0,)),
    ("log(cosh(x - 2))", lambda m, x: m.log(m.cosh(x - 2)), (2.0,)),
    ("x^2 + y^2", lambda m, x, y: x * x + y * y, (0.0, 0.0)),
    ("(x - 3y)^2 + (y - 0.1)^2", lambda m, x, y: (x - 3 * y) ** 2 + (y - 0.1) ** 2, (0.3, 0.1)),
    ("Rosenbrock", lambda m, x, y: 100 * (y - x * x) ** 2 + (1 - x) ** 2, (1.0, 1.0)),
    ("Booth", lambda m, x, y: (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2, (1.0, 3.0)),
    ("sqrt(1 + (x - y)^2)", lambda m, x, y: m.sqrt(1 + (x - y) ** 2), (0.3, 0.3)),
]


#: Roundings inside the function that differences must not take for its slope, each at several points.
CANCELLATION: list[tuple[str, Formula, tuple[float, ...]]] = [
    ("(1 - cos(x))/x^2", lambda m, x: (1 - m.cos(x)) / x**2, (1e-2, 1e-3, 1e-4, 1e-5, 3e-6, 1e-6)),
    ("(x - sin(x))/x^3", lambda m, x: (x - m.sin(x)) / x**3, (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)),
    ("(exp(x) - 1)/x", lambda m, x: (m.exp(x) - 1) / x, (1e-2, 1e-4, 1e-6, 1e-8)),
    ("log(1 + x)/x", lambda m, x: m.log(1 + x) / x, (1e-2, 1e-4, 1e-6, 1e-8)),
    ("log(1 + exp(x))", lambda m, x: m.log(1 + m.exp(x)), (-5.0, -20.0, -30.0, -34.0, -36.0, -40.0, 40.0)),
    ("1 - sigmoid(x)", lambda m, x: 1 - 1 / (1 + m.exp(-x)), (5.0, 20.0, 30.0, 34.0, 38.0, 40.0)),
    ("log(cosh(x))", lambda m, x: m.log(m.cosh(x)), (1e-1, 1e-3, 1e-5, 1e-7, 1e-9)),
    ("sqrt(1 + x^2) - 1", lambda m, x: m.sqrt(1 + x * x) - 1, (1e-1, 1e-3, 1e-5, 1e-7, 1e-9)),
    ("(1e8 + x) - 1e8", lambda m, x: (1e8 + x) - 1e8, (1.0, 1e-3, 1e-7, 1e-9)),
    ("1e8 + sin(x)", lambda m, x: 1e8 + m.sin(x), (1.0, 1e-3, 1e3)),
    ("1e16 + x", lambda m, x: 1e16 + x, (1.0, 100.0)),
    ("log(1 + x)", lambda m, x: m.log(1 + x), (1e-3, 1e-8, 1e-12, 1e-14, 1e-16)),
    ("tanh(x)", lambda m, x: m.tanh(x), (1.0, 10.0, 15.0)),
]


@dataclass(frozen=True)
class Case:
    """One function at one point, ready to be differenced, its true gradient, and wrong ones."""

    name: str
    fn: Callable[[Any], Any]  # (points, n) → (points, 1)
    x: Any
    truth: Any
    mistakes: dict[str, Any]  # how it is wrong → the wrong gradient


def case(
    name: str, formula: Formula, t: Sequence[float], out_scale: float = 1.0, in_scale: float = 1.0, flat: bool = False
) -> Case:
    """Return out_scale · formula(x / in_scale) at x = in_scale · t; the truth is that of the doubles x and the scales."""
    x = np.array(t) * in_scale

    def fn(points: Any) -> Any:
        return (out_scale * formula(np, *(points / in_scale).T))[:, None]

    def exact(*arguments: Any) -> Any:
        return out_scale * formula(mpmath, *(mpmath.mpf(a) / in_scale for a in arguments))

    at = tuple(mpmath.mpf(float(value)) for value in x)
    truth = np.array([[float(mpmath.diff(exact, at, order)) for order in orders(x.size, 1)]])
    if not flat:
        return Case(name, fn, x, truth, {f"times {factor}": factor * truth for factor in FACTORS})
    curvature = np.array([[float(mpmath.diff(exact, at, order)) for order in orders(x.size, 2)]])
    size = np.maximum(np.abs(curvature), out_scale) * input_scale(x)  # x^4 is flatter than its curvature can say
    return Case(name, fn, x, truth, {f"plus {offset:g} f''s": truth + offset * size for offset in OFFSETS})


def orders(n: int, order: int) -> list[tuple[int, ...]]:
    """Return the multi-indices of the n unmixed derivatives of an order."""
    return [tuple(map(int, order * unit)) for unit in np.eye(n)]


def scaled_cases() -> Iterator[Case]:
    for (name, formula), point in itertools.product(FUNCTIONS.items(), POINTS):
        arity = formula.__code__.co_argcount - 1
        t = (*FIRST_ARGUMENTS, point)[-arity:]
        for out_scale, in_scale in itertools.product(OUTPUT_SCALES, INPUT_SCALES):
            title = f"{out_scale:g} * {name} at {tuple(t)} * {in_scale:g}"
            yield case(title, formula, t, out_scale, in_scale)


def hard_cases() -> Iterator[Case]:
    for name, formula, x in HARD:
        yield case(name, formula, (x,))


def flat_cases() -> Iterator[Case]:
    for name, formula, t in MINIMA:
        yield case(f"{name} at {t}", formula, t, flat=True)


def cancelling_cases() -> Iterator[Case]:
    for name, formula, at in CANCELLATION:
        for x in at:
            yield case(f"{name} at {x:g}", formula, (x,))


def judge(item: Case, reference: Reference, tested: Any) -> Decision:
    """Return the decision on each entry, as the pipeline's Judge finds it."""
    scale_of_x = input_scale(item.x)
    scale = rounding_scale(item.fn(item.x[None, :])[0], reference.value, scale_of_x, reference.reach(item.x))
    return decide(
        tested, reference.value, reference.error_bar, scale,
        rtol=RTOL,
        known=Exceptions(
            low=reference.low, high=reference.high, reason=reference.reason, rounding=reference.rounding, by_values=True
        ),
    )  # fmt: skip


@dataclass
class Tally:
    """Counts over entries, and the cases that must not happen."""

    cases: int = 0
    entries: int = 0
    evaluations: int = 0
    seconds: float = 0.0
    outcomes: dict[str, Any] = field(
        default_factory=dict
    )  # how the derivative is wrong → counts of PASS, FAIL, INCONCLUSIVE
    unseen: Counter[str] = field(
        default_factory=Counter
    )  # passes whose error is below what the verdict says it can detect
    believed: int = 0
    covered: int = 0
    tightest: float = 0.0  # the largest error in error bars
    alarms: list[str] = field(default_factory=list)

    def add(self, item: Case) -> Any:
        """Judge one case, right and wrong; return the outcomes of the right derivative."""
        start = time.perf_counter()
        reference = differences(item.fn, item.x, rtol=RTOL)
        self.seconds += time.perf_counter() - start
        self.cases += 1
        self.entries += item.truth.size
        self.evaluations += reference.evaluations
        self.measure_bars(item, reference)
        right = judge(item, reference, item.truth).outcome
        self.count("right", right)
        self.note(right == FAIL, item, reference, "right derivative FAILS")
        for label, wrong in item.mistakes.items():
            decision = judge(item, reference, wrong)
            differs = wrong != item.truth
            self.count(label, decision.outcome[differs])
            passed = (decision.outcome == PASS) & differs
            with np.errstate(all="ignore"):
                error = np.abs(wrong - item.truth) / np.abs(reference.value)
            hidden = passed & (error < decision.detectable) & (decision.detectable > 2 * RTOL)
            self.unseen[label] += int(np.sum(hidden))
            self.note(passed & ~hidden, item, reference, f"derivative {label} PASSES")
        return right

    def count(self, label: str, outcome: Any) -> None:
        """Add outcomes to the row of a label."""
        self.outcomes[label] = self.outcomes.get(label, 0) + np.bincount(outcome.ravel(), minlength=3)

    def measure_bars(self, item: Case, reference: Reference) -> None:
        """Compare what the error bars promise with the truth."""
        known = (reference.reason == "") & np.isfinite(reference.error_bar)
        errors, bars = np.abs(reference.value - item.truth), reference.error_bar.copy()
        if reference.rounding is not None:  # what a function that nothing moves may hide
            bars += reference.rounding
        self.believed += int(np.sum(known))
        self.covered += int(np.sum(errors[known] <= bars[known]))
        with np.errstate(all="ignore"):
            ratios = np.where(errors > 0, errors / bars, 0.0)[known]
        self.tightest = max(self.tightest, float(np.max(ratios, initial=0.0)))
        self.note(known & (errors > bars), item, reference, "error bar too short")

    def note(self, where: Any, item: Case, reference: Reference, what: str) -> None:
        """Keep the entries at which something happened that must not."""
        for place in zip(*np.nonzero(where), strict=True):
            value, bar = reference.value[place], reference.error_bar[place]
            self.alarms.append(
                f"{what}: {item.name}, entry {place[1]}: truth {item.truth[place]:.17g}, "
                f"difference {value:.17g} ± {bar:.1e}, reason '{reference.reason[place]}'"
            )

    def show(self, title: str) -> None:
        """Print the counts, and every case that must not happen."""
        each = self.evaluations / self.entries
        print(f"{title}: {self.cases:,} cases, {self.entries:,} entries", end="")
        print(f", {each:.1f} evaluations an entry, {self.seconds:.1f} s")
        print(
            f"  {'derivative':14} {'pass':>6} {'fail':>6} {'inconclusive':>13} {'mistaken':>9} {'too small to see':>17}"
        )
        for label, counts in self.outcomes.items():
            mistaken = counts[FAIL] if label == "right" else counts[PASS] - self.unseen[label]
            share = counts[INCONCLUSIVE] / max(counts.sum(), 1)
            middle = f"{counts[PASS]:6} {counts[FAIL]:6} {counts[INCONCLUSIVE]:6} {share:6.1%}"
            print(f"  {label:14} {middle} {mistaken:9} {self.unseen[label]:17}")
        held = f"{self.covered} of {self.believed} hold the truth"
        print(f"  error bars: {held}; largest error {self.tightest:.2g} error bars")
        for alarm in self.alarms:
            print(f"  ! {alarm}")


TABLES = {
    "smooth functions at all scales": scaled_cases,
    "hard functions": hard_cases,
    "at minima": flat_cases,
    "roundings inside": cancelling_cases,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="name the undecided entries of the right derivatives")
    options = parser.parse_args()
    np.seterr(over="ignore")  # 1 / (1 + exp(1e8)) is 0, as meant
    mpmath.mp.dps = DIGITS
    alarms = 0
    for title, cases in TABLES.items():
        tally = Tally()
        for item in cases():
            right = tally.add(item)
            if options.list and np.any(right == INCONCLUSIVE):
                found = differences(item.fn, item.x, rtol=RTOL)
                print(f"  ? {item.name}: {found.value} ± {found.error_bar} {found.reason}, truth {item.truth}")
        tally.show(title)
        alarms += len(tally.alarms)
    return 1 if alarms else 0


if __name__ == "__main__":
    raise SystemExit(main())
