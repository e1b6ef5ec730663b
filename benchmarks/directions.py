"""One mistake among many thousand entries, many times: how often random directions find it, and where.

Run: python benchmarks/directions.py [TRIALS [ELEMENTS [spread]]], 1,000 trials of 10,000 elements by default; ``spread`` gives the
inputs sizes from 1e-6 to 1e6. Ctrl-C prints the trials that are done. PyTorch's fast mode is run beside it where it is installed.
With 10^6 elements MALLOC_TOP_PAD_=1000000000 and MALLOC_MMAP_THRESHOLD_=1000000000 in the environment save half of the time.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from jaccli.checker.directions.judge import Directions, Probes, dense
from jaccli.results.checks import Check
from jaccli.types import Array

COUNT, RTOL = 8, 1e-6
PEERS = 100  # trials of PyTorch's fast mode
LARGE = 100_000  # elements, above which only one wrong entry at a time is planted


class Problem:
    """f(x) = Σ c z/(1 + z²), z = x/size, with random z and c, and its gradient; all sizes are 1, or spread over twelve decades."""

    def __init__(self, n: int, seed: int, spread: bool) -> None:
        rng = np.random.default_rng(seed)
        z, self.c, self.n = rng.standard_normal(n), rng.standard_normal(n), n
        self.size = 10.0 ** rng.uniform(-6, 6, n) if spread else np.ones(n)
        self.x = z * self.size
        self.weights = self.c / self.size

    def values(self, points: Array) -> Array:
        """Return f for a batch of points, (points, 1)."""
        z = points / self.size
        return (z / (1 + z * z)) @ self.c[:, None]

    def gradient(self) -> Array:
        """Return its gradient."""
        z = self.x / self.size
        return self.weights * (1 - z * z) / (1 + z * z) ** 2

    def places(self, seed: int) -> Array:
        """Return the elements in a random order."""
        return np.random.default_rng([seed, 1]).permutation(self.n)


def _scaled(factor: float, rank: Callable[[int], int] | None = None) -> Callable[[Array, Array, Array], Array]:
    def change(g: Array, x: Array, places: Array) -> Array:
        """Multiply one entry: a random one, or that by the element of a rank among the sizes."""
        k = places[:1] if rank is None else np.argsort(np.abs(x))[rank(len(x))][None]
        g[k] *= factor
        return k

    return change


def _swapped(g: Array, x: Array, places: Array) -> Array:
    g[places[:2]] = g[places[1::-1]]
    return places[:2]


def _zeroed(g: Array, x: Array, places: Array) -> Array:
    start = int(places[0]) // 2
    block = np.arange(start, start + max(len(g) // 100, 1))
    g[block] = 0.0
    return block


def _small(n: int) -> int:
    return n // 50


def _large(n: int) -> int:
    return n - n // 10


MISTAKES = {
    "one entry times 2": _scaled(2.0),
    "one entry times 1.01": _scaled(1.01),
    "one entry times 1.0001": _scaled(1.0001),
    "two entries exchanged": _swapped,
    "1 % of them zero": _zeroed,
}
SPREAD = {
    f"a {size} input's times {factor}": _scaled(factor, rank)
    for size, rank in (("small", _small), ("large", _large))
    for factor in (2.0, 1.01, 1.0001)
}


@dataclass
class Trial:
    """One problem with its directions: what differences along them give is the same for all mistakes."""

    problem: Problem
    seed: int

    def __post_init__(self) -> None:
        p = self.problem
        value = p.values(p.x[None])[0]
        self.directions = Directions(p.values, p.x, value, (), (p.n,), "x", self.seed, COUNT, RTOL)
        self.probes: Probes = self.directions.looked()
        self.right = p.gradient()
        _, self.rows = self.directions.rows(dense(self.right[None]), self.probes)

    def judged(self, gradient: Array) -> Check:
        """Return the verdict on a gradient."""
        blank = Check(
            target="", outcome="skipped", of="y", wrt="x", tested="jacobian", point={}, file="", entries=self.problem.n
        )
        return self.directions.judged(blank, dense(gradient[None]), self.probes)

    def above(self, wrong: Array) -> bool:
        """Return whether a mistake is larger than what the guarantee of the right gradient allows."""
        error = (wrong - self.right) * self.probes.strata.scale
        parts = [np.linalg.norm(error[members]) for members in self.probes.strata.members]
        return any(part > bound for part, bound in zip(parts, self.rows.bound[0], strict=True))

    def mistaken(self, change: Callable[[Array, Array, Array], Array]) -> tuple[bool, bool, bool]:
        """Return (above the bound, found, located) for one mistake."""
        wrong = self.right.copy()
        touched = change(wrong, self.problem.x, self.problem.places(self.seed))
        check = self.judged(wrong)
        return self.above(wrong), check.outcome == "fail", bool(check.wrt_index and check.wrt_index[0] in touched)


def fast_mode_passes(change: Callable[[Array, Array, Array], Array], problem: Problem, seed: int) -> bool:
    """Return whether torch.autograd.gradcheck(fast_mode=True) accepts the mistake."""
    import torch

    c, size = torch.tensor(problem.c), torch.tensor(problem.size)
    wrong = problem.gradient()
    change(wrong, problem.x, problem.places(seed))

    class Sum(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):  # type: ignore[no-untyped-def]
            z = x / size
            return (c * z / (1 + z * z)).sum()

        @staticmethod
        def backward(ctx, y_bar):  # type: ignore[no-untyped-def]
            return y_bar * torch.tensor(wrong)

    x = torch.tensor(problem.x, requires_grad=True)
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bool(torch.autograd.gradcheck(Sum.apply, (x,), fast_mode=True, raise_exception=False))


def main() -> None:
    """Print the table."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    n = int(float(sys.argv[2])) if len(sys.argv) > 2 else 10_000
    spread = sys.argv[3:] == ["spread"]
    mistakes = SPREAD if spread else MISTAKES
    try:
        import torch

        torch.set_num_threads(1)
    except ImportError:
        torch = None  # type: ignore[assignment]
    mistakes = dict(list(mistakes.items())[:3]) if n > LARGE else mistakes
    found: dict[str, list[tuple[bool, bool, bool]]] = {kind: [] for kind in mistakes}
    right, seconds, passes, bounds = Counter[str](), Counter[str](), Counter[str](), []
    try:
        for seed in range(trials):
            start = time.perf_counter()
            trial = Trial(Problem(n, seed, spread), seed)
            outcome, one, accepted = trial.judged(trial.right).outcome, {}, {}
            middle = time.perf_counter()
            for kind, change in mistakes.items():
                one[kind] = trial.mistaken(change)
                accepted[kind] = bool(torch) and seed < PEERS and fast_mode_passes(change, trial.problem, seed)
            passes.update(kind for kind, one_passes in accepted.items() if one_passes)
            right[outcome] += 1
            bounds.append(trial.rows.detectable)
            seconds["right"] += middle - start
            seconds["wrong"] += time.perf_counter() - middle
            for kind, row in one.items():
                found[kind].append(row)
    except KeyboardInterrupt:
        trials = len(bounds)
    sizes = ", of sizes 1e-6 to 1e6" if spread else ""
    print(f"{n:,} elements{sizes}, {COUNT} directions; {trials:,} trials each")
    print(f"right gradients that pass: {right['pass']:,}; bounds {min(bounds):.0e} to {max(bounds):.0e} of their size")
    each = seconds["wrong"] / trials / len(mistakes)
    print(f"seconds a trial: {seconds['right'] / trials:.2f} for the right gradient, {each:.2f} for each wrong one")
    print("mistake                         above the bound   found   located   torch fast mode passes")
    for kind, rows in found.items():
        above, seen, located = (sum(column) for column in zip(*rows, strict=True))
        peer = f"{passes[kind]} of {min(trials, PEERS)}" if torch else "not installed"
        print(f"{kind:<31} {above:>15,} {seen:>7,} {located:>9,}   {peer}", flush=True)
        assert all(seen for above, seen, _ in rows if above), "a mistake above the stated bound was not found"


if __name__ == "__main__":
    main()
