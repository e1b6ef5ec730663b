"""More workers: how much of each is used, and how evenly shards by recorded seconds are filled.

The checks wait instead of computing, so that one machine can hold 64 worker processes: what is measured is what handing out,
sending and collecting costs. Efficiency is the time of one check alone, times checks, over workers times the time of all.
Shards are filled by the seconds that the shipped specs took in this run, and judged by those of a second one.

Run: python -m benchmarks.workers
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

import jaccli
from jaccli.cli.runs.shards import costs_of, shard_of

HERE = Path(__file__).parents[1]
WAIT = 0.1  # seconds of one call
X = np.linspace(0.5, 2.0, 4)


def slow_cubes(x: np.ndarray) -> np.ndarray:
    """Return x³ after a while."""
    time.sleep(WAIT)
    return x**3


def slopes(x: np.ndarray) -> np.ndarray:
    """Return its Jacobian."""
    return np.diag(3 * x**2)


def efficiency(workers: int, each: int) -> None:
    """Print what ``each`` checks for every worker take."""
    call = {"fn": slow_cubes, "inputs": X, "jacobian": slopes}
    jaccli.gradcheck(**call)
    start = time.perf_counter()
    jaccli.gradcheck(**call)
    alone = time.perf_counter() - start
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as executor:
        jaccli.gradcheck_all([call] * workers, executor=executor)  # what is imported, and sent, once
        start = time.perf_counter()
        found = jaccli.gradcheck_all([call] * (each * workers), executor=executor)
        seconds = time.perf_counter() - start
    assert all(report.ok for report in found)
    print(
        f"{workers:>7}  {each * workers:>6}  {alone:>7.2f}  {seconds:>7.2f}  {alone * each / seconds:>10.0%}",
        flush=True,
    )


def recorded(folder: Path, number: int, workers: int) -> tuple[dict[str, float], float]:
    """Return the seconds of each shipped spec, and of the whole run."""
    file = folder / f"timings-{number}.json"
    command = [
        sys.executable,
        "-m",
        "jaccli",
        "gradcheck",
        "specs",
        "-q",
        "-j",
        str(workers),
        "--write-timings",
        str(file),
    ]
    start = time.perf_counter()
    subprocess.run(command, cwd=HERE, check=False, capture_output=True)
    return json.loads(file.read_text())["seconds"], time.perf_counter() - start


def main() -> None:
    print("workers  checks  alone s    all s  efficiency")
    for workers, each in ((1, 2), (2, 2), (64, 2)):
        efficiency(workers, each)
    with tempfile.TemporaryDirectory() as name:
        first, one = recorded(Path(name), 1, 1)
        second, _ = recorded(Path(name), 2, 1)
        _, two = recorded(Path(name), 3, 2)
    print(f"\njac gradcheck specs: -j 1 {one:.1f} s, -j 2 {two:.1f} s, efficiency {one / two / 2:.0%}")
    print("\nshards  fullest/emptiest by the seconds they were made of, by those of another run, by counted work alone")
    costs, counted = costs_of(first, first), costs_of(first, {})
    for count in (2, 4, 8):
        ratios = []
        for by, seconds in ((costs, first), (costs, second), (counted, second)):
            loads = [sum(seconds[one] for one in shard_of(by, k + 1, count)) for k in range(count)]
            ratios.append(max(loads) / min(loads))
        print(f"{count:>6}  " + "  ".join(f"{ratio:.2f}" for ratio in ratios))


if __name__ == "__main__":
    main()
