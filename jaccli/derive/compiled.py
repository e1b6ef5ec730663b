"""Outputs → their values, with a gradient or a product of the Hessian, as one compiled function: define once, run many times."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaccli.derive.forward import jvp
from jaccli.derive.reverse import vjp
from jaccli.graph.ir import Expr
from jaccli.graph.static import Program, compile_program, folded
from jaccli.types import Array

__all__ = ["GradientAndProduct", "ValueAndGradient", "compiled_values", "gradient_and_product", "value_and_gradient"]


@dataclass(frozen=True, eq=False)
class ValueAndGradient:
    """A compiled function of values by name; ``shapes`` are those of the gradient's parts, which ``reached`` depend on."""

    program: Program
    shapes: Mapping[str, tuple[int, ...]]
    reached: tuple[str, ...]

    def __call__(self, values: Mapping[str, Any]) -> tuple[float, dict[str, Array]]:
        """Return the value, and the gradient by variable, 0 where the value does not depend on it.

        Errors: KeyError naming a leaf without a value, ShapeError for a value of another shape.
        """
        value, *found = self.program(values)
        gradient = dict(zip(self.reached, found, strict=True))
        return float(value), {
            name: gradient[name] if name in gradient else np.zeros(shape) for name, shape in self.shapes.items()
        }


def value_and_gradient(of: Expr, wrt: Mapping[str, Expr], varying: Collection[str] = ()) -> ValueAndGradient:
    """Return the function that gives the number ``of`` and its gradient by ``wrt``: forward and reverse pass in one.

    varying: the names of constants that runs change all the same, as the rows of a batch.
    Cost: at most five times that of the value in weighted operations; compiled once, and what depends on constants alone is
          computed then.
    """
    bars = vjp(of.graph, {of.index: of.graph.literal(1)}, list(wrt.values()))
    reached = {name: bar for name, bar in zip(wrt, bars, strict=True) if bar is not None}
    outputs = folded(of.graph, [of, *reached.values()], varying)
    program = compile_program(outputs[0].graph, outputs)
    return ValueAndGradient(program, {name: x.shape for name, x in wrt.items()}, tuple(reached))


def compiled_values(of: Sequence[Expr]) -> Callable[[Mapping[str, Any]], list[Array]]:
    """Return the compiled function of values by name that gives ``of``; what depends on constants alone is computed already.

    Shapes: those of ``of``; arrays that nobody else holds.
    """
    outputs = folded(of[0].graph, list(of))
    program = compile_program(outputs[0].graph, outputs)

    def run(values: Mapping[str, Any]) -> list[Array]:
        found = program(values)
        return [_of_shape(y, x.shape) for y, x in zip(found, of, strict=True)]

    return run


@dataclass(frozen=True, eq=False)
class GradientAndProduct:
    """A compiled function of values and of tangents by name; ``parts`` says for each variable which results are its own."""

    program: Program
    tangents: Mapping[str, str]
    shapes: Mapping[str, tuple[int, ...]]
    parts: Mapping[str, tuple[int | None, int | None]]

    def __call__(
        self, values: Mapping[str, Any], tangents: Mapping[str, Array]
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """Return the gradient and the Hessian's product with the tangents, by variable."""
        given = {self.tangents[name]: dx for name, dx in tangents.items()}
        found = self.program({**values, **given})

        def part(name: str, side: int) -> Array:
            place = self.parts[name][side]
            return np.zeros(self.shapes[name]) if place is None else _of_shape(found[place], self.shapes[name])

        return {name: part(name, 0) for name in self.parts}, {name: part(name, 1) for name in self.parts}


def gradient_and_product(of: Expr, wrt: Mapping[str, Expr]) -> GradientAndProduct:
    """Return the function that gives the gradient of the number ``of`` by ``wrt`` and the Hessian's product with tangents.

    Cost: one pass forward over reverse, which computes once what both need; compiled once.
    """
    graph = of.graph
    bars = vjp(graph, {of.index: graph.literal(1)}, list(wrt.values()))
    seeds = {x.index: graph.leaf(f"{x.index}_dot", x.shape) for x in wrt.values()}
    pushed = iter(jvp(graph, [bar for bar in bars if bar is not None], seeds))
    results: list[Expr] = []
    parts: dict[str, tuple[int | None, int | None]] = {}
    for name, bar in zip(wrt, bars, strict=True):
        sides: list[int | None] = []
        for result in (bar, next(pushed) if bar is not None else None):
            sides.append(None if result is None else len(results))
            results += [] if result is None else [result]
        parts[name] = sides[0], sides[1]
    outputs = folded(graph, results)
    program = compile_program(outputs[0].graph if outputs else graph, outputs)
    names = {name: f"{x.index}_dot" for name, x in wrt.items()}
    return GradientAndProduct(program, names, {name: x.shape for name, x in wrt.items()}, parts)


def _of_shape(value: Array, shape: tuple[int, ...]) -> Array:
    return value if value.shape == shape else np.array(np.broadcast_to(value, shape))
