"""Agreement along segments: what it takes beside ``torch.autograd.gradcheck``, and what it settles where values are noisy.

    python -m benchmarks.segments

Times are processor time, medians of some runs of one process; ratios are to PyTorch's own checker at the same function and point.
"""

from __future__ import annotations

import collections
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import jaccli

SIZES = (3, 12, 20, 100, 400)
NOISE = (("float32 inside", None), ("1e-12", 1e-12), ("1e-8", 1e-8), ("1e-5", 1e-5))
FACTORS = (1.0, 1 + 1e-5, 1.001)
FUNCTIONS: tuple[tuple[Callable[..., Any], Callable[..., Any]], ...] = (
    (np.sin, np.cos),
    (np.exp, np.exp),
    (lambda x: x**3, lambda x: 3 * x**2),
    (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    (lambda x: np.log(1 + x**2), lambda x: 2 * x / (1 + x**2)),
)
POINTS = (0.3, 0.7, 1.3, 2.1)


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


def noisy(fn: Callable[..., Any], sigma: float | None) -> Callable[[Any], Any]:
    """Return a function whose values are rounded to float32, or have relative noise that depends on the point alone."""

    def values(x: Any) -> Any:
        y = fn(x)
        if sigma is None:
            return np.float64(np.float32(y))
        seed = int(np.frombuffer(np.asarray(x, dtype=float).tobytes(), dtype=np.uint64)[0] % 2**63)
        return y * (1 + sigma * np.random.default_rng(seed).standard_normal())

    return values


def noise() -> None:
    """Print the outcomes of derivatives of one number, right and wrong, beside noisy values."""
    print(f"\n{'noise':16s}{'derivative':>14s}{'pass':>6s}{'by segments':>13s}{'fail':>6s}{'inconclusive':>14s}")
    for name, sigma in NOISE:
        for factor in FACTORS:
            found: collections.Counter[str] = collections.Counter()
            for (fn, slope), point in ((pair, p) for pair in FUNCTIONS for p in POINTS):
                report = jaccli.gradcheck(
                    noisy(fn, sigma), np.array(point), jacobian=lambda x, s=slope, f=factor: f * s(x)
                )
                found[report.outcome] += 1
                found["segments"] += report.ok and report.checks[0].reference_route == "segments"
            counts = (found["pass"], found["segments"], found["fail"], found["inconclusive"])
            print(f"{name:16s}{factor:14g}" + "".join(f"{k:{w}d}" for k, w in zip(counts, (6, 13, 6, 14), strict=True)))


if __name__ == "__main__":
    times()
    noise()
