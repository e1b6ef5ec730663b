"""Time of a symbolic Jacobian: ours on the graph, and SymPy's Matrix.jacobian on the same function as expressions.

Measured: processor time of a 4-6-6-6-2 tanh network, derived and written with respect to its inputs, weights and biases (132
symbols); then ours alone at growing depth, with networks of width 6 and two outputs. Importing SymPy and reading the spec are
not counted.
"""

from __future__ import annotations

import argparse
import itertools
import math
import statistics
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy

import jaccli
from jaccli.derive.symbolic import Symbolic, symbolic


def network(widths: Sequence[int], rng_seed: int = 0) -> jaccli.Model:
    """Return a tanh network with one dense layer between each pair of widths, all values random."""
    rng = np.random.default_rng(rng_seed)
    inputs: dict[str, Any] = {"x": rng.standard_normal(widths[0])}
    steps, h = {}, "x"
    for k, (n, m) in enumerate(itertools.pairwise(widths), 1):
        inputs[f"W{k}"] = rng.standard_normal((m, n)) / math.sqrt(n)
        inputs[f"b{k}"] = rng.standard_normal(m)
        steps[f"z{k}"], steps[f"h{k}"], h = f"W{k} @ {h} + b{k}", f"tanh(z{k})", f"h{k}"
    return jaccli.parse({"inputs": inputs, "let": steps, "outputs": {"y": h}})


def ours(widths: Sequence[int]) -> tuple[jaccli.Model, list[Symbolic], float]:
    """Return a fresh network, its symbolic Jacobian by every variable, and the seconds that deriving and writing it took."""
    model = network(widths)
    built = model.built
    start = time.process_time()
    blocks = symbolic(built.graph, built.outputs["y"], [built.variables[name] for name in model.inputs])
    _ = blocks[0].bindings, [block.entries for block in blocks]
    return model, blocks, time.process_time() - start


def sympys(model: jaccli.Model, widths: Sequence[int]) -> tuple[Any, dict[Any, float], float]:
    """Return SymPy's Jacobian of the same network, the values of its symbols, and the seconds Matrix.jacobian took."""
    numbers: dict[Any, float] = {}

    def matrix(name: str) -> Any:
        value = model.point()[name]
        rows = value if value.ndim == 2 else value[:, None]
        symbols = sympy.Matrix(*rows.shape, lambda i, j: sympy.Symbol(f"{name}_{i}_{j}", real=True))
        numbers.update({symbols[i, j]: float(rows[i, j]) for i, j in np.ndindex(rows.shape)})
        return symbols

    h = matrix("x")
    for k in range(1, len(widths)):
        h = (matrix(f"W{k}") * h + matrix(f"b{k}")).applyfunc(sympy.tanh)
    start = time.process_time()
    return h.jacobian(sympy.Matrix(list(numbers))), numbers, time.process_time() - start


def value(expression: Any, known: dict[Any, float]) -> float:
    """Return an expression as a double; ``known`` keeps what was computed, for expressions share most of their parts."""
    if expression not in known:
        if expression.is_Number:
            known[expression] = float(expression)
        else:
            args = [value(arg, known) for arg in expression.args]
            known[expression] = {
                sympy.Add: math.fsum,
                sympy.Mul: math.prod,
                sympy.Pow: lambda xs: xs[0] ** xs[1],
                sympy.tanh: lambda xs: math.tanh(xs[0]),
            }[expression.func](args)
    return known[expression]


def compare(skip_sympy: bool, repeats: int) -> None:
    widths = (4, 6, 6, 6, 2)
    model, blocks, cold = ours(widths)
    warm = statistics.median(ours(widths)[2] for _ in range(repeats))
    columns = [block.evaluate(model.point()).reshape(2, -1) for block in blocks]
    jacobian = np.concatenate(columns, axis=1)
    print(f"4-6-6-6-2 tanh network, 2 outputs x {jacobian.shape[1]} symbols, {len(blocks[0].bindings)} bindings")
    print(f"  ours, first call in the process      {cold:10.4f} s")
    print(f"  ours, median of {repeats:3} further calls    {warm:10.4f} s")
    if skip_sympy:
        return
    theirs, numbers, seconds = sympys(model, widths)
    known = dict(numbers)
    reference = np.array([value(entry, known) for entry in theirs]).reshape(theirs.shape)
    worst = np.max(np.abs(jacobian - reference) / np.maximum(np.abs(reference), 1e-300))
    print(f"  sympy.Matrix.jacobian, one call      {seconds:10.4f} s   {seconds / warm:,.0f} times ours")
    print(f"  largest relative difference of the {jacobian.size} numbers: {worst:.1e}")


def depths(most: int, repeats: int) -> None:
    print("\nours at growing depth, width 6, two outputs, by inputs, weights and biases:")
    print(f"  {'layers':>6} {'symbols':>8} {'bindings':>9} {'seconds':>9} {'ms per layer':>13}")
    sizes, times = [], []
    depth = 4
    while depth <= most:
        runs = [ours((*(6,) * depth, 2)) for _ in range(repeats)]
        seconds = statistics.median(run[2] for run in runs)
        blocks = runs[0][1]
        symbols = sum(block.entries[0].size for block in blocks)
        print(f"  {depth:6} {symbols:8,} {len(blocks[0].bindings):9,} {seconds:9.4f} {1e3 * seconds / depth:13.2f}")
        sizes.append(math.log(depth))
        times.append(math.log(seconds))
        depth *= 2
    if len(sizes) > 1:
        print(f"  time grows as layers^{np.polyfit(sizes, times, 1)[0]:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--skip-sympy", action="store_true", help="leave out Matrix.jacobian, which takes most of a minute"
    )
    parser.add_argument("--depth", type=int, default=64, help="the largest number of layers")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    compare(options.skip_sympy, options.repeats)
    depths(options.depth, options.repeats)


if __name__ == "__main__":
    main()
