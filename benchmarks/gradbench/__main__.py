"""A mediator of GradBench's protocol: small evals with reference values of our own, or an eval and a tool that are programs.

Without options, this project's tool answers the small evals, and a row is printed for each function: the mean seconds of a run,
the largest difference from the reference relative to max(1, |a| + |b|), and whether it is below 1e-4, as GradBench asks. The exit
status is 1 where it is not. ``--eval COMMAND`` takes the messages from a program, such as an eval of GradBench's repository, and
passes the answers on; ``--tool COMMAND`` asks another tool.

Run: python -m benchmarks.gradbench
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.gradbench.references import cases

TOLERANCE = 1e-4
TOOL = [sys.executable, str(Path(__file__).parent / "tool.py")]


class Process:
    """A program that answers a line with a line."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()

    def write(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.rstrip("\n") + "\n")
        self.process.stdin.flush()

    def read(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def ask(self, message: Mapping[str, Any]) -> Any:
        self.write(json.dumps(message))
        return json.loads(self.read())


def difference(expected: Any, actual: Any) -> float:
    """Return the largest relative difference of two JSON values of one form; infinite where their forms differ."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        same = expected.keys() == actual.keys()
        return max((difference(expected[k], actual[k]) for k in expected), default=0.0) if same else float("inf")
    if isinstance(expected, list) and isinstance(actual, list):
        same = len(expected) == len(actual)
        return max(map(difference, expected, actual), default=0.0) if same else float("inf")
    if isinstance(expected, list | dict) or isinstance(actual, list | dict):
        return float("inf")
    found = abs(expected - actual) / max(1.0, abs(expected) + abs(actual))
    return float("inf") if found != found else found


def own(tool: Process, runs: int, seconds: float) -> Iterator[tuple[str, str, float, float]]:
    """Yield eval, function, mean seconds and difference of each case; NaN and infinity where the tool failed."""
    tool.ask({"id": 0, "kind": "start"})
    defined: set[str] = set()
    for number, (module, function, input, expected) in enumerate(cases(), 1):
        if module not in defined:
            defined.add(module)
            tool.ask({"id": -number, "kind": "define", "module": module})
        input = input | {"min_runs": runs, "min_seconds": seconds} if isinstance(input, dict) else input
        answer = tool.ask({"id": number, "kind": "evaluate", "module": module, "function": function, "input": input})
        if not answer["success"]:
            print(answer.get("error", ""), file=sys.stderr)
            yield module, function, float("nan"), float("inf")
            continue
        yield module, function, mean(answer), difference(expected, answer["output"])


def mean(answer: Mapping[str, Any]) -> float:
    took = [1e-9 * t["nanoseconds"] for t in answer["timings"] if t["name"] == "evaluate"]
    return sum(took) / len(took)


def passed_on(source: Process, tool: Process) -> Iterator[tuple[str, str, float, bool]]:
    """Yield eval, function with the input's name, mean seconds and the eval's own judgement of each evaluate message."""
    asked: dict[int, tuple[str, str, float]] = {}
    while line := source.read():
        message = json.loads(line)
        answer = tool.ask(message)
        source.write(json.dumps(answer))
        if message["kind"] == "evaluate":
            name = f"{message['function']} {message.get('description', '')}".strip()
            asked[message["id"]] = message["module"], name, mean(answer) if answer["success"] else float("nan")
            if not answer["success"]:
                print(answer.get("error", ""), file=sys.stderr)
                yield *asked[message["id"]], False
        elif message["kind"] == "analysis" and message["of"] in asked:
            yield *asked[message["of"]], message["valid"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", type=shlex.split, default=TOOL, help="the command of a tool")
    parser.add_argument("--eval", type=shlex.split, help="the command of an eval")
    parser.add_argument("--min-runs", type=int, default=1)
    parser.add_argument("--min-seconds", type=float, default=0.0)
    options = parser.parse_args()
    right, total = True, 0.0
    with Process(options.tool) as tool:
        if options.eval:
            with Process(options.eval) as source:
                for module, function, seconds, valid in passed_on(source, tool):
                    print(f"{module:8}{function:36}{seconds:12.6f} s  {'valid' if valid else 'INVALID'}", flush=True)
                    right, total = right and valid, total + seconds
            print(f"score {1 / total if total else 0:.4g}, of {total:.6f} s")
        else:
            for module, function, seconds, apart in own(tool, options.min_runs, options.min_seconds):
                valid = apart <= TOLERANCE
                right = right and valid
                print(f"{module:8}{function:12}{seconds:12.6f} s{apart:10.1e}  {'valid' if valid else 'INVALID'}")
    return 0 if right else 1


if __name__ == "__main__":
    raise SystemExit(main())
