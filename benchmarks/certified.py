"""Certified Jacobians: time for networks and every spec, and verdicts on rows and columns of very different scales.

Measured: one certified Jacobian by all inputs and params (53 and 106 bits, and the comparison of the two ways), after a warm-up;
then, for random tanh maps whose rows and columns are scaled by factors from 1e-6 to 1e6, the share of entries that the reference
decides, for right derivatives and for derivatives with one entry wrong by a factor of 1 + 1e-4.
"""

from __future__ import annotations

import argparse
import itertools
import time
from pathlib import Path
from typing import Any

import numpy as np

import jaccli
from jaccli.certify import certified, work
from jaccli.derive.symbolic import local_partials
from jaccli.reference import Reference, input_scale
from jaccli.verdict.decide import FAIL, PASS, Exceptions, decide, rounding_scale

EPS = 2.0**-52


def references(model: jaccli.Model, of: str, names: list[str]) -> list[Reference]:
    built = model.built
    return certified(built.graph, built.outputs[of], [built.variables[n] for n in names], model.point(), local_partials)


def network(*sizes: int) -> jaccli.Model:
    params: dict[str, Any] = {}
    let, last = {}, "x"
    for k, (a, b) in enumerate(itertools.pairwise(sizes)):
        params |= {f"W{k}": {"shape": [b, a], "init": "glorot"}, f"b{k}": {"shape": [b], "init": "normal"}}
        let[f"h{k}"] = f"tanh(W{k} @ {last} + b{k})"
        last = f"h{k}"
    inputs = {"x": {"shape": [sizes[0]], "init": "normal"}}
    return jaccli.parse({"inputs": inputs, "params": params, "let": let, "outputs": {"y": last}})


def timed(name: str, model: jaccli.Model, of: str, names: list[str]) -> None:
    variables = [model.built.variables[n] for n in names]
    start = time.perf_counter()
    found = references(model, of, names)
    took = time.perf_counter() - start
    entries, directions = sum(r.value.size for r in found), sum(r.value.shape[1] for r in found)
    operations = work(model.built.graph, model.built.outputs[of], variables)
    print(
        f"{name:34} {entries:9,} {directions:10,} {operations:11,} {1e3 * took:8.1f} {1e3 * took / max(directions, 1):10.3f}"
    )


def ill_scaled(rng: np.random.Generator, count: int) -> tuple[int, int, int, int]:
    """Return (entries, right ones that pass, planted mistakes found, planted mistakes below the allowance for rounding)."""
    entries = decided = found = small = 0
    for _ in range(count):
        rows, columns = (10.0 ** rng.uniform(-6, 6, n) for n in (4, 5))
        at = {"x": rng.normal(size=5) / columns}
        maps = {"A": rng.normal(size=(4, 5)) * columns, "r": rows}
        spec = {"inputs": {"x": at["x"]}, "constants": maps, "outputs": {"y": "r * tanh(A @ x)"}}
        model = jaccli.parse(spec)
        (reference,) = references(model, "y", ["x"])
        right = model.jacobian("y", "x", route="reverse")
        wrong, place = right.copy(), (rng.integers(4), rng.integers(5))
        wrong[place] *= 1 + 1e-4
        entries += right.size
        decided += int(np.sum(_outcome(model, right, reference) == PASS))
        found += int(_outcome(model, wrong, reference)[place] == FAIL)
        small += int(1e-4 * abs(right[place]) <= reference.kappa * EPS * _scale(model, reference)[place])
    return entries, decided, found, small


def _outcome(model: jaccli.Model, tested: Any, reference: Reference) -> Any:
    known, scale = Exceptions(rounding=reference.rounding, reason=reference.reason), _scale(model, reference)
    return decide(
        tested, reference.value, reference.error_bar, scale, rtol=1e-6, kappa=reference.kappa, known=known
    ).outcome


def _scale(model: jaccli.Model, reference: Reference) -> Any:
    x = model.point()["x"]
    return rounding_scale(model.evaluate()["y"], reference.value, input_scale(x), reference.reach(x))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=50, help="ill-scaled maps")
    options = parser.parse_args()
    references(network(2, 2), "y", ["x"])
    print(f"{'':34} {'entries':>9} {'directions':>10} {'operations':>11} {'ms':>8} {'ms / dir.':>10}")
    for sizes in ((20, 10), (100, 100, 10)):
        model, name = network(*sizes), "-".join(map(str, sizes))
        timed(f"network {name}, by x", model, "y", ["x"])
        timed(f"network {name}, by all", model, "y", model.inputs)
    for path in sorted((Path(__file__).parent.parent / "specs").glob("*.yaml")):
        model = jaccli.load(path)
        of = model.outputs[0]
        if work(model.built.graph, model.built.outputs[of], [model.built.variables[n] for n in model.inputs]) < 1e6:
            timed(f"{path.stem}: {of}", model, of, model.inputs)
    entries, decided, found, small = ill_scaled(np.random.default_rng(0), options.count)
    print(f"ill-scaled maps: {decided} of {entries} right entries pass, {found} of {options.count} wrong by 1e-4 fail")
    print(f"planted mistakes that rounding may cause (below kappa eps S): {small}")
    return 0 if decided == entries and found + small >= options.count else 1


if __name__ == "__main__":
    raise SystemExit(main())
