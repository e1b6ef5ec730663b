"""Time to start: commands in processes of their own, beside importing the peers alone, and the share of imports.

Measured: whole processes, from start to exit, one after the other in rounds, A B C … A B C …, so that what else the machine does
falls on all alike; wall time, or with --processor the processor time, which other processes disturb less; the medians, and their
ratio to the imports. The share of imports is that of one more run's own time, from Python's ``-X importtime``.
Run: python benchmarks/startup.py; with --specs, ``jac compute`` of every shipped spec.
"""

from __future__ import annotations

import argparse
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
IMPORTS = "import numpy, sympy, yaml, typer, rich"
ALONE = "the imports alone"
COMMANDS = {
    ALONE: ["-c", IMPORTS],
    "jac --version": ["-m", "jaccli", "--version"],
    "jac --help": ["-m", "jaccli", "--help"],
    "jac validate specs/coffee.yaml": ["-m", "jaccli", "validate", "specs/coffee.yaml"],
    "jac explain specs/coffee.yaml": ["-m", "jaccli", "explain", "specs/coffee.yaml"],
    "jac graph specs/coffee.yaml": ["-m", "jaccli", "graph", "specs/coffee.yaml"],
    "jac compute specs/coffee.yaml -f csv": ["-m", "jaccli", "compute", "specs/coffee.yaml", "-f", "csv"],
    "jac compute specs/coffee.yaml": ["-m", "jaccli", "compute", "specs/coffee.yaml"],
    "jac gradcheck specs/coffee.yaml": ["-m", "jaccli", "gradcheck", "specs/coffee.yaml"],
}
_SELF = re.compile(r"^import time:\s+(\d+) \|", re.MULTILINE)


def of_specs() -> dict[str, list[str]]:
    """Return ``jac compute`` of every shipped spec that is one of its kind, and the imports alone."""
    paths = sorted(path.relative_to(ROOT) for path in (ROOT / "specs").rglob("*.yaml"))
    found = [str(path) for path in paths if "identities" not in path.parts and "least_squares" not in path.parts]
    return {
        ALONE: ["-c", IMPORTS],
        **{path.removeprefix("specs/"): ["-m", "jaccli", "compute", path] for path in found},
    }


def run(arguments: Sequence[str]) -> str:
    """Return what one process writes to standard error.

    Errors: SystemExit with that, where it fails.
    """
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stderr


def processor() -> float:
    """Return the processor time of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def seconds(arguments: Sequence[str], clock: Callable[[], float]) -> float:
    """Return how long one process takes."""
    start = clock()
    run(arguments)
    return clock() - start


def importing(arguments: Sequence[str]) -> float:
    """Return the share of a process that goes into imports, both measured in the same run."""
    start = time.perf_counter()
    found = run(["-X", "importtime", *arguments])
    return sum(map(int, _SELF.findall(found))) / 1e6 / (time.perf_counter() - start)


def table(commands: Mapping[str, Sequence[str]], rounds: int, clock: Callable[[], float]) -> None:
    """Print the median of each command, its ratio to the imports alone, and the share of its own imports."""
    for arguments in commands.values():  # once uncounted: files into the cache, bytecode written
        run(arguments)
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, arguments in commands.items():
            times[name].append(seconds(arguments, clock))
    base, width = statistics.median(times[ALONE]), max(map(len, commands))
    print(f"{rounds} rounds, imports: {IMPORTS}")
    print(f"{'command':{width}} {'median':>9} {'fastest':>9} {'slowest':>9} {'ratio':>6} {'imports':>8}")
    for name, found in times.items():
        median, share = statistics.median(found), importing(commands[name])
        numbers = f"{median:7.3f} s {min(found):7.3f} s {max(found):7.3f} s {median / base:6.2f} {share:7.0%}"
        print(f"{name:{width}} {numbers}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--processor", action="store_true", help="processor time instead of wall time")
    parser.add_argument("--specs", action="store_true", help="jac compute of every spec")
    options = parser.parse_args()
    clock = processor if options.processor else time.perf_counter
    table(of_specs() if options.specs else COMMANDS, options.rounds, clock)


if __name__ == "__main__":
    main()
