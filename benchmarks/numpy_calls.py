"""How many calls of the language mean what NumPy and SciPy mean by the same text, in value and in derivative.

Run: python benchmarks/numpy_calls.py
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

from jaccli.graph.functions import FUNCTIONS

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "graph"))

from calls import CALLS, mismatch

__all__ = ["CALLS", "functions_called", "mismatches"]


def mismatches() -> dict[str, str]:
    """Return the calls that differ from NumPy's, and how."""
    return {call: problem for call in CALLS if (problem := mismatch(call)) is not None}


def functions_called() -> set[str]:
    """Return the functions of the language that the calls hold."""
    return {name for call in CALLS for name in re.findall(r"(\w+)\(", call)} & set(FUNCTIONS)


def main() -> None:
    start = time.perf_counter()
    found = mismatches()
    for call, problem in found.items():
        print(f"{call}: {problem}")
    seconds = time.perf_counter() - start
    print(f"{len(functions_called())} functions, {len(CALLS)} calls, {len(found)} mismatches, {seconds:.1f} s")


if __name__ == "__main__":
    main()
