"""Agreement along segments: what it takes beside ``torch.autograd.gradcheck``, and what it settles where values are noisy.

    python -m benchmarks.segments

Times are processor time, medians of some runs of one process; ratios are to PyTorch's own checker at the same function and point.
"""

from __future__ import annotations

import collections
import functools
import itertools
import statistics
import time
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

import jaccli
from benchmarks.differences import FIRST_ARGUMENTS, FUNCTIONS, POINTS
from benchmarks.peers.cases import NOISE, Case, scalar_case

SIZES = (3, 12, 20, 100, 400)
ERRORS = (0.0, 1e-5, 1e-3)


def processor_time(work: Callable[[], object], runs: int = 7) -> float:
    """Return the median of some runs, in seconds, after one that does not count."""
    work()
    taken = []
    for _ in range(runs):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def times() -> None:
    """Print what a right ``autograd.Function`` of n inputs takes, jaccli and PyTorch."""
    import torch

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, y_bar: Any) -> Any:
            (x,) = ctx.saved_tensors
            return 3 * x**2 * y_bar

    torch.manual_seed(0)
    print(f"{'inputs':>8s}{'jaccli ms':>12s}{'torch ms':>12s}{'ratio':>8s}  judged by")
    for n in SIZES:
        x = torch.randn(n, dtype=torch.float64, requires_grad=True)
        own = processor_time(lambda x=x: torch.autograd.gradcheck(Cube.apply, x))  # type: ignore[misc]
        ours = processor_time(lambda x=x: jaccli.gradcheck(Cube.apply, x))  # type: ignore[misc]
        route = next(c.reference_route for c in jaccli.gradcheck(Cube.apply, x).checks if c.tested == "reverse")
        print(f"{n:8d}{1e3 * ours:12.2f}{1e3 * own:12.2f}{ours / own:8.2f}  {route}")


def noise() -> None:
    """Print the outcomes for the noisy functions of ``benchmarks/peers``, the derivative given as a function, right and wrong."""
    mpmath.mp.dps = 30
    cases = list(itertools.product(FUNCTIONS.items(), POINTS))
    print(f"\n{'noise':10s}{'wrong by':>10s}{'pass':>6s}{'by segments':>13s}{'fail':>6s}{'inconclusive':>14s}")
    for label, spoil in NOISE.items():
        for error in ERRORS:
            found: collections.Counter[str] = collections.Counter()
            for (name, formula), point in cases:
                t = (*FIRST_ARGUMENTS, point)[-(formula.__code__.co_argcount - 1) :]
                case = scalar_case(name, formula, t)

                def fn(x: Any, case: Case = case, spoil: Any = spoil) -> Any:
                    return spoil(x[None], case.fn(x[None]))[0]

                slope = functools.partial(gradient, formula, len(t), 1 + error)
                report = jaccli.gradcheck(fn, case.x, jacobian=slope)
                found[report.outcome] += 1
                found["segments"] += report.ok and report.checks[0].reference_route == "segments"
            counts = (found["pass"], found["segments"], found["fail"], found["inconclusive"])
            print(f"{label:10s}{error:10g}" + "".join(f"{k:{w}d}" for k, w in zip(counts, (6, 13, 6, 14), strict=True)))


def gradient(formula: Any, n: int, factor: float, x: Any) -> Any:
    """Return the gradient of a formula of n numbers times a factor, (1, n), from 30 digits."""
    at = tuple(map(float, x))
    return factor * np.array([[_partial(formula, at, k) for k in range(n)]])


@functools.cache
def _partial(formula: Any, at: tuple[float, ...], k: int) -> float:
    unit = tuple(int(j == k) for j in range(len(at)))
    return float(mpmath.diff(lambda *x: formula(mpmath, *x), tuple(map(mpmath.mpf, at)), unit))


def network() -> None:
    """Print what a 100-100-10 tanh network by all its 11,110 parameters takes, right and with one entry wrong by 1e-4."""
    import torch

    torch.manual_seed(0)
    sizes = ((100, 100), (100,), (10, 100), (10,))
    given = [torch.randn(*size, dtype=torch.float64) / 10 for size in sizes]
    parameters = tuple(one.requires_grad_() for one in given)
    x = torch.randn(100, dtype=torch.float64)

    def fn(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        return W2 @ torch.tanh(W1 @ x + b1) + b2

    def wrong(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        if W1.requires_grad:
            W1.register_hook(lambda bar: bar * (1 + 1e-4 * (torch.arange(bar.numel()).reshape(bar.shape) == 4321)))
        return fn(W1, b1, W2, b2)

    own = processor_time(lambda: torch.autograd.gradcheck(fn, parameters), runs=3)
    for name, one in (("right", fn), ("one entry of W1 wrong by 1e-4", wrong)):
        ours = processor_time(lambda one=one: jaccli.gradcheck(one, parameters), runs=3)  # type: ignore[misc]
        report = jaccli.gradcheck(one, parameters)
        print(
            f"\nnetwork, 11,110 parameters, {name}: {ours:.3f} s, torch {own:.3f} s, ratio {ours / own:.2f}, {report.outcome}"
        )


if __name__ == "__main__":
    times()
    network()
    noise()
