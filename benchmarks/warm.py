"""Warm Jacobians: all four blocks of a tanh network by its parameters, against JAX, PyTorch and code written by hand.

Measured in one process, the sides taking turns, the fastest of the rounds each, in seconds of the clock and, since a busy machine
does not matter to it, of the processor; JAX is asked for the finished result (``block_until_ready``), in doubles.
The code by hand is NumPy: tanh, a row scale, outer products, zeros with a filled diagonal.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

import jaccli

SIZES = [(16, 32, 10), (64, 64, 10), (100, 100, 10)]  # inputs, hidden units, outputs
NAMES = ("W", "b", "V", "c")
ROUNDS, CALLS = 15, 100


def network(n: int, h: int, m: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        "x": rng.normal(size=n), "W": rng.normal(size=(h, n)) / np.sqrt(n), "b": rng.normal(size=h),
        "V": rng.normal(size=(m, h)) / np.sqrt(h), "c": rng.normal(size=m),
    }  # fmt: skip


def spec(values: dict[str, np.ndarray]) -> dict[str, Any]:
    params = {name: {"shape": list(values[name].shape)} for name in NAMES}
    return {"inputs": {"x": values["x"]}, "params": params, "outputs": {"y": "tanh(V @ tanh(W @ x + b) + c)"}}


def ours(values: dict[str, np.ndarray]) -> Callable[[], Any]:
    return partial(jaccli.parse(spec(values)).compile_jacobian("y", NAMES), *(values[name] for name in NAMES))


def by_hand(values: dict[str, np.ndarray]) -> Callable[[], Any]:
    x, W, b, V, c = (values[name] for name in ("x", *NAMES))
    at = np.arange(len(c))

    def run() -> tuple[np.ndarray, ...]:
        h = np.tanh(W @ x + b)
        slope = 1 - np.tanh(V @ h + c) ** 2
        by_b = slope[:, None] * V * (1 - h * h)
        by_V, by_c = np.zeros((len(c), *V.shape)), np.zeros((len(c), len(c)))
        by_V[at, at], by_c[at, at] = slope[:, None] * h, slope
        return by_b[:, :, None] * x, by_b, by_V, by_c

    return run


def jax_side(values: dict[str, np.ndarray]) -> Callable[[], Any] | None:
    try:
        import jax
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    given = [jax.numpy.asarray(values[name]) for name in ("x", *NAMES)]
    jac = jax.jit(
        jax.jacrev(lambda x, W, b, V, c: jax.numpy.tanh(V @ jax.numpy.tanh(W @ x + b) + c), argnums=(1, 2, 3, 4))
    )
    return lambda: jax.block_until_ready(jac(*given))


def torch_side(values: dict[str, np.ndarray]) -> Callable[[], Any] | None:
    try:
        import torch
    except ImportError:
        return None
    given = [torch.tensor(values[name]) for name in ("x", *NAMES)]
    jac = torch.func.jacrev(lambda x, W, b, V, c: torch.tanh(V @ torch.tanh(W @ x + b) + c), argnums=(1, 2, 3, 4))
    return lambda: jac(*given)


def fastest(sides: list[Callable[[], Any]], clock: Callable[[], float]) -> list[float]:
    """Return the seconds of one call for each side, the shortest of the rounds."""
    best = [np.inf] * len(sides)
    for _ in range(ROUNDS):
        for k, run in enumerate(sides):
            start = clock()
            for _ in range(CALLS):
                run()
            best[k] = min(best[k], (clock() - start) / CALLS)
    return best


def cold(make: Callable[[dict[str, np.ndarray]], Callable[[], Any] | None]) -> float:
    """Return the seconds of the processor from the sizes of a network that is new to the first result, imports apart."""
    values = network(17, 33, 9)
    start = time.process_time()
    run = make(values)
    assert run is not None
    run()
    return time.process_time() - start


def table(makers: Mapping[str, Any], clock: Callable[[], float], title: str) -> float:
    """Print a row for each network; return the largest difference of a block from the code by hand."""
    print(f"{title:>12}" + "".join(f"{name:>18}" for name in makers) + f"{'/ hand':>9}{'/ JAX':>9}{'/ torch':>9}")
    worst = 0.0
    for size in SIZES:
        values = network(*size)
        sides = {name: run for name, make in makers.items() if (run := make(values)) is not None}
        blocks = {name: [np.asarray(block) for block in run()] for name, run in sides.items()}
        for found in blocks.values():
            for one, other in zip(found, blocks["by hand"], strict=True):
                worst = max(worst, float(np.abs(one - other).max()))
        took = dict(zip(sides, fastest(list(sides.values()), clock), strict=True))
        cells = "".join(f"{1e6 * took[name]:15.1f} µs" if name in took else f"{'-':>18}" for name in makers)
        others = [name for name in makers if name != "jaccli"]
        ratios = "".join(f"{took['jaccli'] / took[name]:9.2f}" if name in took else f"{'-':>9}" for name in others)
        print(f"{'-'.join(map(str, size)):>12}{cells}{ratios}")
    return worst


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    makers = {"jaccli": ours, "by hand": by_hand, "jax.jit(jacrev)": jax_side, "torch.func": torch_side}
    worst = max(table(makers, time.perf_counter, "clock"), table(makers, time.process_time, "processor"))
    print(f"largest difference from the code by hand: {worst:.0e}")
    mine = min(cold(ours) for _ in range(5))
    theirs = f", jax {1e3 * cold(jax_side):.1f} ms" if jax_side(network(2, 2, 2)) is not None else ""
    print(f"cold, from parsing to the first result: jaccli {1e3 * mine:.1f} ms{theirs}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
