"""An output of a spec → its derivatives under test: the program's own by three routes, and what the spec claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from jaccli.adapters import Derivative, Trouble
from jaccli.adapters.subject import Blocks
from jaccli.derive.forward import jvp
from jaccli.derive.jacobian import carried_out, hessian, plan
from jaccli.derive.products import vjp_at
from jaccli.graph.build import Built
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr
from jaccli.graph.selection import exact_constants
from jaccli.results.kinds import Label
from jaccli.spec.points import Point
from jaccli.types import Array

if TYPE_CHECKING:
    from jaccli.derive.symbolic import Symbolic

__all__ = ["Routes", "claims", "hessians"]

UNDISTURBED = "forward and reverse mode do not depend on it"


class Routes:
    """The program's own derivatives of one output at a point."""

    def __init__(self, built: Built, of: str, point: Point) -> None:
        self.built, self.of, self.point = built, of, point
        self.graph, self.output = built.graph, built.outputs[of]
        self.formulas: dict[str, Symbolic] = {}

    def derivatives(self) -> tuple[Derivative, ...]:
        """Return forward mode, reverse mode and the symbolic route."""
        return (
            Derivative(Label.FORWARD, blocks=self.by("forward"), jvp=self.jvp, program=True, at=partial(self.at, 0)),
            Derivative(Label.REVERSE, blocks=self.by("reverse"), vjp=self.vjp, program=True, at=partial(self.at, 1)),
            Derivative(
                Label.SYMBOLIC, blocks=self.symbolic, precise=self.with_digits, program=True, at=partial(self.at, 2)
            ),
        )

    def at(self, which: int, point: Mapping[str, Array]) -> Derivative:
        """Return one of the derivatives at a point where some variables have other values."""
        return Routes(self.built, self.of, {**self.point, **point}).derivatives()[which]

    def by(self, mode: str) -> Callable[[Sequence[str]], Blocks]:
        """Return what gives the Jacobians by some variables in one mode."""

        def blocks(names: Sequence[str]) -> Blocks:
            kept, variables = self.built.kept, [self.built.variables[name] for name in names]
            key = f"{mode} {self.of} {list(names)}"
            if key not in kept:  # the derived graph serves all points
                kept[key] = plan(self.graph, self.output, variables, mode)
            found = carried_out(self.graph, kept[key], self.output, variables, self.point)
            return {(self.of, name): block for name, block in zip(names, found, strict=True)}

        return blocks

    def jvp(self, tangents: Mapping[str, Array]) -> dict[str, Array]:
        """Return J dx by forward mode."""
        ((name, dx),) = tangents.items()
        x = self.built.variables[name]
        seed = self.graph.leaf(f"{x.index}_dot", x.shape)
        (dy,) = jvp(self.graph, [self.output], {x.index: seed})
        if dy is None:
            return {self.of: np.zeros(self.output.shape)}
        (found,) = evaluate(self.graph, [dy], {**self.point, f"{x.index}_dot": dx})
        return {self.of: np.broadcast_to(found, self.output.shape)}

    def vjp(self, cotangents: Mapping[str, Array]) -> Mapping[str, Array]:
        """Return Jᵀ v by reverse mode, of the variables that are asked for."""
        return _Pulled(self, cotangents[self.of])

    def symbolic(self, names: Sequence[str]) -> Blocks:
        """Return the symbolic Jacobians as numbers, or why there are none."""
        from jaccli.derive.symbolic import Derivation, TooLarge

        variables, kept = [self.built.variables[name] for name in names], self.built.kept
        if "symbolic" not in kept:
            kept["symbolic"] = Derivation(self.graph, exact_constants(self.built.spec))
        try:
            found = kept["symbolic"].blocks(self.output, variables, self.point)
        except TooLarge as error:
            trouble = Trouble("JAC009", f"no symbolic derivative: {error}", UNDISTURBED)
            return {(self.of, name): trouble for name in names}
        self.formulas |= dict(zip(names, found, strict=True))
        return {(self.of, name): block.evaluate(self.point) for name, block in zip(names, found, strict=True)}

    def with_digits(self, name: str, digits: int) -> Array:
        """Return a symbolic Jacobian evaluated with so many digits."""
        return np.asarray(self.formulas[name].evaluate(self.point, digits))


class _Pulled(dict[str, Array]):
    """The cotangents of variables, each computed when it is asked for."""

    def __init__(self, routes: Routes, y_bar: Array) -> None:
        super().__init__()
        self.routes, self.y_bar = routes, y_bar

    def __missing__(self, name: str) -> Array:
        r = self.routes
        seed = {r.output.index: self.y_bar.reshape(r.output.shape)}
        (x_bar,) = vjp_at(r.graph, seed, [r.built.variables[name]], r.point)
        self[name] = x_bar
        return x_bar


def claims(built: Built, of: str, point: Point) -> tuple[Derivative, ...]:
    """Return what the spec claims of one output, as one derivative by the variables that it has a claim for."""
    claimed: dict[str, Expr] = {claim.wrt: expr for claim, expr in built.claims if claim.of == of}
    if not claimed:
        return ()

    def blocks(names: Sequence[str]) -> Blocks:
        exprs = [claimed[name] for name in names]
        found = evaluate(built.graph, exprs, point)
        return {
            (of, name): np.broadcast_to(value, expr.shape)
            for name, expr, value in zip(names, exprs, found, strict=True)
        }

    def at(moved: Mapping[str, Array]) -> Derivative:
        (there,) = claims(built, of, {**point, **moved})
        return there

    return (Derivative(Label.CLAIM, blocks=blocks, inputs=tuple(claimed), at=at),)


def hessians(built: Built, of: str, first: str, point: Point) -> Derivative:
    """Return the derivatives of the gradient by one variable, by forward over reverse."""

    def blocks(names: Sequence[str]) -> Blocks:
        output, x = built.outputs[of], built.variables[first]
        return {(of, name): hessian(built.graph, output, x, built.variables[name], point) for name in names}

    def at(moved: Mapping[str, Array]) -> Derivative:
        return hessians(built, of, first, {**point, **moved})

    return Derivative(Label.HESSIAN, blocks=blocks, program=True, at=at)
