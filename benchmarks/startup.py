"""Time to start: wall time of three commands and of importing the peers alone, run in turn.

Measured: whole processes, from start to exit, A B C D A B C D …, so that what else the machine does falls on all alike; the
medians, and their ratio to the imports.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
IMPORTS = "import numpy, sympy, yaml, typer, rich"
COMMANDS = {
    "the imports alone": ["-c", IMPORTS],
    "jac --version": ["-m", "jaccli", "--version"],
    "jac --help": ["-m", "jaccli", "--help"],
    "jac compute specs/coffee.yaml": ["-m", "jaccli", "compute", "specs/coffee.yaml"],
}


def seconds(arguments: Sequence[str]) -> float:
    """Return how long one process takes.

    Errors: SystemExit with what it wrote, where it fails.
    """
    start = time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    elapsed = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return elapsed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    for arguments in COMMANDS.values():  # once uncounted: files into the cache, bytecode written
        seconds(arguments)
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(options.rounds):
        for name, arguments in COMMANDS.items():
            times[name].append(seconds(arguments))
    base = statistics.median(times["the imports alone"])
    print(f"{options.rounds} rounds, imports: {IMPORTS}")
    print(f"{'command':32} {'median':>9} {'fastest':>9} {'slowest':>9} {'ratio':>6}")
    for name, found in times.items():
        median = statistics.median(found)
        print(f"{name:32} {median:7.3f} s {min(found):7.3f} s {max(found):7.3f} s {median / base:6.2f}")


if __name__ == "__main__":
    main()
