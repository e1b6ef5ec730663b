"""Random specs: forward, reverse and symbolic Jacobians against those of HIPS autograd or of JAX, in doubles.

Run: python benchmarks/fuzz.py --count 2000 --seed 0 --against autograd

The specs are drawn by tests/graph/random_specs.py: functions of each element, reductions, products, indexing, broadcasting,
selections, norms, linear algebra and layers. Python itself reads the same text with functions of the other library, which
differentiates it by its own rules (tests/graph/other_libraries.py). What counts as a disagreement stands in
tests/graph/second_opinion.py; each is printed with its spec, and the command then ends with 1. The k-th spec of a seed does not
depend on the count. JAX compiles every spec, which takes half a second.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "graph"))

from other_libraries import library
from random_specs import specs
from second_opinion import compared


def main() -> int:
    parser = argparse.ArgumentParser(description="Jacobians of random specs against JAX or HIPS autograd.")
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--against", choices=("autograd", "jax"), default="autograd")
    given = parser.parse_args()
    other, lines, found = library(given.against), Counter[str](), Counter[str]()
    for number, spec in enumerate(specs(given.seed, given.count)):
        lines.update(spec.kinds)
        try:
            outcome = compared(spec, other)
        except Exception as error:
            found["errors"] += 1
            print(f"spec {number}: {type(error).__name__}: {error}\n  {spec.lines}, {spec.output}")
            continue
        found["compared"] += 1
        found["with a symbolic Jacobian"] += outcome.symbolic
        for route, size in outcome.wrong.items():
            found["disagreements"] += 1
            print(f"spec {number}: {route} differs by {size:.1e}\n  {spec.lines}, {spec.output}\n  {spec.inputs}")
    print(f"{found['compared']:,} of {given.count:,} specs compared with {given.against}, seed {given.seed}:")
    print(f"{found['with a symbolic Jacobian']:,} have a symbolic Jacobian too")
    print(f"{found['errors']} errors, {found['disagreements']} disagreements beyond rounding")
    print("lines: " + ", ".join(f"{kind} {n:,}" for kind, n in lines.most_common()))
    return int(found["errors"] + found["disagreements"] > 0)


if __name__ == "__main__":
    sys.exit(main())
