"""Cost of a gradient in units of its function: weighted operations of reverse mode, for every scalar output of the specs.

Measured: the operations (weights as in jaccli.graph.cost) of the value, and of the value with its gradient by all inputs and
params together; nothing is timed. The ratio stays below 5 (Griewank & Walther, Evaluating Derivatives, 2008, section 3.3).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import jaccli
from jaccli.derive.reverse import vjp
from jaccli.graph.cost import weighted_operations

BOUND = 5.0


def gradient_cost(model: jaccli.Model, of: str) -> tuple[int, int]:
    """Return the weighted operations of a scalar output, and of it with its gradient."""
    graph, output = model.built.graph, model.built.outputs[of]
    bars = vjp(graph, {output.index: graph.literal(1)}, [model.built.variables[name] for name in model.inputs])
    return weighted_operations(graph, [output]), weighted_operations(graph, [output, *filter(None, bars)])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent.parent / "specs")
    options = parser.parse_args()
    print(f"{'spec':24} {'output':8} {'variables':>9} {'value':>9} {'with gradient':>14} {'ratio':>6}")
    worst = 0.0
    for path in sorted(options.folder.glob("*.yaml")):
        model = jaccli.load(path)
        for of, output in model.built.outputs.items():
            if output.shape == ():
                value, gradient = gradient_cost(model, of)
                elements = sum(model.built.variables[name].node.size for name in model.inputs)
                worst = max(worst, gradient / value)
                print(f"{path.stem:24} {of:8} {elements:9,} {value:9,} {gradient:14,} {gradient / value:6.2f}")
    print(f"largest ratio {worst:.2f}, bound {BOUND:g}: {'kept' if worst <= BOUND else 'BROKEN'}")
    return 0 if worst <= BOUND else 1


if __name__ == "__main__":
    raise SystemExit(main())
