"""Time against size: reading, building, evaluating and differentiating specs of many `let` lines, and of many outputs.

Measured: the fastest processor time of some rounds per step and size, in one process, and the exponent p of the time ~ size^p
fitted between the two largest sizes (1 is linear; fixed costs make the small sizes look better than that). With --commands, whole
processes.
Run: python benchmarks/scaling.py
"""

from __future__ import annotations

import argparse
import gc
import math
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from jaccli.derive.jacobian import jacobian
from jaccli.graph.build import Built, build
from jaccli.graph.evaluate import evaluate
from jaccli.spec.points import given_point
from jaccli.spec.reader import read_spec
from jaccli.spec.source import Source

Step = Callable[[dict[str, Any]], None]


def chain(lines: int) -> str:
    """Return a spec of ``lines`` steps, each made of the two before it."""
    steps = "".join(f"  s{k}: 0.5*sin(s{k - 1}) + 0.25*s{max(k - 2, 0)}*x\n" for k in range(1, lines + 1))
    return f"inputs:\n  x: 0.5\n  s0: 1.5\nlet:\n{steps}outputs:\n  y: s{lines}\n"


def fan(outputs: int) -> str:
    """Return a spec of ``outputs`` numbers, each of two inputs of its own neighbourhood."""
    inputs = "".join(f"  x{k}: 0.{k + 1}\n" for k in range(10))
    rows = "".join(f"  y{k}: sin({k + 1}*x{k % 10}) * x{(k + 3) % 10}\n" for k in range(outputs))
    return f"inputs:\n{inputs}outputs:\n{rows}"


def read(state: dict[str, Any]) -> None:
    state["problems"] = []
    state["spec"] = read_spec(Source("spec.yaml", state["text"]), None, state["problems"])


def make(state: dict[str, Any]) -> None:
    state["built"] = build(state["spec"], state["problems"])
    state["point"] = given_point(state["spec"])


def values(state: dict[str, Any]) -> None:
    built: Built = state["built"]
    evaluate(built.graph, list(built.outputs.values()), state["point"])


def derivatives(route: str) -> Step:
    def step(state: dict[str, Any]) -> None:
        built: Built = state["built"]
        xs = [built.variables[name] for name in built.differentiable]
        for output in built.outputs.values():
            jacobian(built.graph, output, xs, state["point"], route)

    return step


STEPS: dict[str, Step] = {
    "read": read,
    "build": make,
    "evaluate": values,
    "reverse": derivatives("reverse"),
    "forward": derivatives("forward"),
}


def seconds(text: str, rounds: int) -> list[float]:
    """Return how long each step takes on a spec: the fastest of ``rounds``, each from the text on."""
    best = [math.inf] * len(STEPS)
    for _ in range(rounds):
        state: dict[str, Any] = {"text": text}
        for position, step in enumerate(STEPS.values()):
            gc.collect()
            start = time.process_time()
            step(state)
            best[position] = min(best[position], time.process_time() - start)
    return best


def table(title: str, write: Callable[[int], str], sizes: Sequence[int], rounds: int) -> None:
    """Print the times of all sizes, and the exponents."""
    print(f"{title:>12}" + "".join(f"{name:>12}" for name in STEPS))
    found = []
    for size in sizes:
        found.append(seconds(write(size), max(1, min(rounds, 20_000 // size))))
        print(f"{size:12,}" + "".join(f"{t:10.4f} s" for t in found[-1]), flush=True)
    ratio = math.log(sizes[-1] / sizes[-2])
    exponents = [math.log(large / small) / ratio for small, large in zip(found[-2], found[-1], strict=True)]
    print(f"{'exponent':>12}" + "".join(f"{p:12.2f}" for p in exponents) + "\n")


#: Whole commands → the specs they are run on.
COMMANDS = {
    "compute": ["compute"],
    "compute -f json": ["compute", "-f", "json"],
    "gradcheck": ["gradcheck", "-q"],
}


def command_seconds(arguments: Sequence[str], text: str) -> float:
    """Return the processor time of one process that reads a spec from standard input."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "jaccli", *arguments, "-"]
    subprocess.run(command, input=text, text=True, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def commands(title: str, write: Callable[[int], str], sizes: Sequence[int], chosen: Sequence[str]) -> None:
    """Print the processor time of whole commands, start-up included."""
    print(f"{title:>12}" + "".join(f"{name:>18}" for name in chosen))
    for size in sizes:
        found = [command_seconds(COMMANDS[name], write(size)) for name in chosen]
        print(f"{size:12,}" + "".join(f"{t:16.2f} s" for t in found), flush=True)
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--largest", type=int, default=10_000, help="let lines of the largest spec")
    parser.add_argument("--commands", action="store_true", help="whole commands instead, in processor time")
    options = parser.parse_args()
    if options.commands:
        commands("let lines", chain, [100, 1_000, 10_000], ["compute", "compute -f json"])
        commands("let lines", chain, [100, 1_000], ["gradcheck"])
        commands("outputs", fan, [100, 300, 1_000], [*COMMANDS])
        return
    sizes = [10**k for k in range(1, 6) if 10**k <= options.largest]
    table("let lines", chain, sizes, options.rounds)
    table("outputs", fan, [10, 100, 1_000], options.rounds)


if __name__ == "__main__":
    main()
