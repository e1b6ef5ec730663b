"""A tool of GradBench's protocol: messages as lines of JSON on standard input, a response for each on standard output.

Run: python benchmarks/gradbench/tool.py, by a mediator such as ``python -m benchmarks.gradbench`` or GradBench's own.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

# before NumPy is loaded: GradBench measures one thread unless it is asked for more
if "--multithreaded" not in sys.argv:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[2]))


def timed(run: Callable[[], Any], runs: int, seconds: float) -> tuple[Any, list[int]]:
    """Return the last result, and the nanoseconds of each run: at least so many runs, and so many seconds altogether."""
    took: list[int] = []
    result = None
    while len(took) < runs or sum(took) < seconds * 1e9:
        start = time.perf_counter_ns()
        result = run()
        took.append(time.perf_counter_ns() - start)
    return result, took


def evaluated(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the response to an evaluate message: its output and a timing for each run, or why there is none."""
    from benchmarks.gradbench.evals import EVALS

    input = message["input"]
    runs = input if isinstance(input, Mapping) else {}
    try:
        function = EVALS[message["module"]][message["function"]]
        result, took = timed(function.read(input), runs.get("min_runs", 1), runs.get("min_seconds", 0))
        output = function.write(result)
    except Exception:
        return {"success": False, "error": traceback.format_exc()}
    timings = [{"name": "evaluate", "nanoseconds": each} for each in took]
    return {"success": True, "output": output, "timings": timings}


def known(module: str) -> bool:
    """Return whether there is an eval of this name, with everything loaded that its functions import."""
    from benchmarks.gradbench.evals import EVALS

    for function in EVALS["hello"].values():
        function.write(function.read(1.0)())
    return module in EVALS


def response(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is answered to a message."""
    answer: dict[str, Any] = {"id": message["id"]}
    if message["kind"] == "start":
        answer["tool"] = "jaccli"
    elif message["kind"] == "define":
        answer["success"] = known(message["module"])
    elif message["kind"] == "evaluate":
        answer |= evaluated(message)
    return answer


def main(read: TextIO = sys.stdin, write: TextIO = sys.stdout) -> int:
    for line in read:
        print(json.dumps(response(json.loads(line))), file=write, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
