"""jaccli beside other gradient checkers, on the same functions in the same run; prints the tables of docs/comparison.md.

Needs the peers: ``pip install torch==2.13.0 jax numdifftools``; SciPy comes with jaccli. Every tool judges, with its own
defaults and in float64, the same NumPy function with the same claimed Jacobian. A case counts as passed or failed as a whole.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mpmath
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.peers import speed
from benchmarks.peers.cases import SUITES, Case
from benchmarks.peers.tools import Counted, tools


@dataclass
class Score:
    """What one tool said about the cases of one suite."""

    right: Counter[str | None] = field(default_factory=Counter)
    wrong: dict[float, Counter[str | None]] = field(default_factory=dict)
    points: int = 0
    entries: int = 0
    seconds: float = 0.0

    def add(self, tool: Any, case: Case) -> None:
        """Judge the right Jacobian and the wrong ones."""
        fn = Counted(case)
        start = time.perf_counter()
        verdict = tool(fn, case, case.truth)
        self.seconds += time.perf_counter() - start
        self.right[verdict] += 1
        if verdict is not None:
            self.points += fn.points
            self.entries += case.truth.size
        for size, claim in case.wrong.items():
            if np.any(claim != case.truth):
                self.wrong.setdefault(size, Counter())[tool(Counted(case), case, claim)] += 1


def table(title: str, scores: dict[str, Score]) -> None:
    """Print a suite's table."""
    sizes = list(dict.fromkeys(size for score in scores.values() for size in score.wrong))
    heads = " | ".join(f"wrong by {size:g}" for size in sizes)
    some = next(iter(scores.values()))
    print(f"\n### {title}: {sum(some.right.values()):,} cases\n")
    print(f"| | right fails | right inconclusive | {heads} | inconclusive | evaluations per entry | ms per check |")
    print("|---|---|---|" + "---|" * (len(sizes) + 3))
    for name, score in scores.items():
        if set(score.right) == {None}:
            continue
        passed = " | ".join(f"{score.wrong[size]['pass']:,}" for size in sizes)
        undecided = sum(counts["open"] for counts in score.wrong.values())
        judged = sum(count for verdict, count in score.right.items() if verdict)
        each, ms = score.points / score.entries, 1e3 * score.seconds / judged
        print(
            f"| {name} | {score.right['fail']:,} | {score.right['open']:,} | {passed} | {undecided:,} | {each:.1f} | {ms:.1f} |"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take every Nth case only")
    parser.add_argument(
        "--suite", action="append", choices=[*(s.split()[0] for s in SUITES), "speed"], help="by its first word"
    )
    parser.add_argument("--list", action="store_true", help="name the cases jaccli gets wrong or leaves open")
    options = parser.parse_args()
    np.seterr(all="ignore")
    mpmath.mp.dps = 50
    mistakes = 0
    found = tools()
    print("Columns 'wrong by' count wrong derivatives that PASS.")
    for title, cases in SUITES.items():
        if options.suite and title.split()[0] not in options.suite:
            continue
        scores = {name: Score() for name in found}
        for case in list(cases())[:: options.every]:
            for name, tool in found.items():
                before = Counter(scores[name].right)
                scores[name].add(tool, case)
                verdict = next(iter(scores[name].right - before))
                if options.list and name == "jaccli" and verdict != "pass":
                    print(f"  {verdict}: {case.name}")
        table(title, scores)
        own = scores["jaccli"]
        mistakes += own.right["fail"] + sum(counts["pass"] for counts in own.wrong.values())
    if not options.suite or "speed" in options.suite:
        speed.main()
    return 1 if mistakes else 0


if __name__ == "__main__":
    raise SystemExit(main())
