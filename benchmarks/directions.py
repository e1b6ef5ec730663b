"""One mistake among many thousand entries, many times: how often random directions find it, and where.

Run: python benchmarks/directions.py [TRIALS [ELEMENTS]], 1,000 trials of 10,000 elements by default; PyTorch's fast mode is run
beside it where torch is installed.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable

import numpy as np

import jaccli

Array = np.ndarray


class Problem:
    """f(x) = Σ c x/(1 + x²) with random x and c, and its gradient."""

    def __init__(self, n: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.x, self.c, self.n = rng.standard_normal(n), rng.standard_normal(n), n

    def value(self, x: Array) -> Array:
        """Return f for one point or a batch."""
        return (x / (1 + x * x)) @ self.c

    def gradient(self, x: Array) -> Array:
        """Return its gradient."""
        return self.c * (1 - x * x) / (1 + x * x) ** 2


def _scaled(factor: float) -> Callable[[Array, Array], Array]:
    def change(g: Array, places: Array) -> Array:
        g[places[:1]] *= factor
        return places[:1]

    return change


def _swapped(g: Array, places: Array) -> Array:
    g[places[:2]] = g[places[1::-1]]
    return places[:2]


def _zeroed(g: Array, places: Array) -> Array:
    start = int(places[0]) // 2
    block = np.arange(start, start + max(len(g) // 100, 1))
    g[block] = 0.0
    return block


MISTAKES = {
    "one entry times 2": _scaled(2.0),
    "one entry times 1.01": _scaled(1.01),
    "one entry times 1.0001": _scaled(1.0001),
    "two entries exchanged": _swapped,
    "1 % of them zero": _zeroed,
}


def trial(kind: str, problem: Problem, bound: float, seed: int) -> tuple[bool, bool, bool]:
    """Return (above the bound, found, located) for one mistake."""
    right = problem.gradient(problem.x)
    places = np.random.default_rng([seed, 1]).permutation(problem.n)
    wrong = right.copy()
    touched = MISTAKES[kind](wrong, places)
    scale = np.maximum(np.abs(problem.x), np.sqrt(np.mean(problem.x**2)))
    error = float(np.linalg.norm((wrong - right) * scale))
    report = jaccli.gradcheck(
        problem.value, problem.x, jacobian=lambda x: wrong.copy(), directions=8, seed=seed, vectorized=True
    )
    (check,) = report.checks
    return error > bound, check.outcome == "fail", bool(check.wrt_index and check.wrt_index[0] in touched)


def right_one(problem: Problem, seed: int) -> tuple[bool, float]:
    """Return whether the right gradient passes, and the bound on its row's error that holds with confidence 1 − 1e-6."""
    report = jaccli.gradcheck(
        problem.value, problem.x, jacobian=problem.gradient, directions=8, seed=seed, vectorized=True
    )
    (check,) = report.checks
    scale = np.maximum(np.abs(problem.x), np.sqrt(np.mean(problem.x**2)))
    return check.outcome == "pass", check.detectable * float(np.linalg.norm(problem.gradient(problem.x) * scale))


def fast_mode_passes(kind: str, n: int, seed: int) -> bool:
    """Return whether torch.autograd.gradcheck(fast_mode=True) accepts the mistake."""
    import torch

    problem = Problem(n, seed)
    places, c = np.random.default_rng([seed, 1]).permutation(n), torch.tensor(problem.c)

    class Sum(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):  # type: ignore[no-untyped-def]
            ctx.save_for_backward(x)
            return (c * x / (1 + x * x)).sum()

        @staticmethod
        def backward(ctx, y_bar):  # type: ignore[no-untyped-def]
            (x,) = ctx.saved_tensors
            g = problem.gradient(x.detach().numpy())
            MISTAKES[kind](g, places)
            return y_bar * torch.tensor(g)

    x = torch.tensor(problem.x, requires_grad=True)
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bool(torch.autograd.gradcheck(Sum.apply, (x,), fast_mode=True, raise_exception=False))


def main() -> None:
    """Print the table."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    n = int(float(sys.argv[2])) if len(sys.argv) > 2 else 10_000
    try:
        import torch

        torch.set_num_threads(1)
    except ImportError:
        torch = None  # type: ignore[assignment]
    print(f"{n:,} elements, 8 directions; {trials:,} trials each")
    problems = [Problem(n, seed) for seed in range(trials)] if n * trials <= 2e7 else None
    bounds = [right_one(Problem(n, seed), seed) for seed in range(trials)]
    print(f"right gradients that do not pass: {sum(not passes for passes, _ in bounds):,}")
    print("mistake                   above the bound   found   located   s / trial   torch fast mode passes")
    for kind in MISTAKES:
        start = time.perf_counter()
        pairs = ((problems[k] if problems else Problem(n, k), bounds[k][1], k) for k in range(trials))
        rows = [trial(kind, *pair) for pair in pairs]
        seconds = (time.perf_counter() - start) / trials
        above, found, located = (sum(column) for column in zip(*rows, strict=True))
        few = min(trials, 100)
        passes = f"{sum(fast_mode_passes(kind, n, k) for k in range(few))} of {few}" if torch else "not installed"
        print(f"{kind:<25} {above:>15,} {found:>7,} {located:>9,} {seconds:>11.2f}   {passes}", flush=True)
        assert all(found for above, found, _ in rows if above), "a mistake above the stated bound was not found"


if __name__ == "__main__":
    main()
