"""How many identities of the literature are judged right, their wrong twins wrong, and printed, in three notations.

Run: python benchmarks/formulas.py
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import jaccli
from jaccli.derive.formula import tensor_formula

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "derive"))

from identities import IDENTITIES, spec_of


def outcome(name: str, claim: str) -> set[str]:
    report = jaccli.parse(spec_of(IDENTITIES[name], claim)).gradcheck()
    return {check.outcome for check in report.checks if check.tested == "claim"}


def judged() -> tuple[int, int]:
    """Return how many identities pass, and how many of their wrong twins fail."""
    right = sum(outcome(name, identity.right) == {"pass"} for name, identity in IDENTITIES.items())
    return right, sum(outcome(name, identity.wrong) == {"fail"} for name, identity in IDENTITIES.items())


def main() -> None:
    right, wrong = judged()
    printed, seconds = 0, list[float]()
    for name, identity in IDENTITIES.items():
        built = jaccli.parse(spec_of(identity, identity.right)).built
        start = time.perf_counter()
        formula = tensor_formula(built.graph, built.outputs["f"], built.variables[identity.wrt])
        seconds.append(time.perf_counter() - start)
        printed += formula is not None
        if formula is not None:
            print(f"{identity.source:<70.70}  d {identity.expression} / d {identity.wrt}")
            print(f"    {formula.text}\n    {formula.ascii}\n    {formula.latex}")
        else:
            print(f"{name}: no formula")
    count = len(IDENTITIES)
    print(
        f"{count} identities: {right} right ones pass, {wrong} wrong twins fail, {printed} printed in three notations"
    )
    print(f"time for a formula: median {sorted(seconds)[count // 2] * 1e3:.1f} ms, longest {max(seconds) * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
