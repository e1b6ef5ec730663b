"""An output and its variables → their Jacobians as one compiled function of arrays: what runs again and again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaccli.derive.factored import Assembly, NotFactoredError, assembly, factored_jacobian
from jaccli.derive.jacobian import plan
from jaccli.graph.cost import weighted_operations
from jaccli.graph.ir import Expr
from jaccli.graph.static import Program, compile_program, folded
from jaccli.types import Array

__all__ = ["JacobianFunction", "by_factors", "jacobian_function"]

MOST_FACTORS = 8  # of one product that are looked at apart: a product of more is looked at itself


@dataclass(frozen=True, eq=False)
class JacobianFunction:
    """A compiled function of the values of ``leaves``, in their order."""

    program: Program

    @property
    def leaves(self) -> tuple[str, ...]:
        """The names whose values it takes."""
        return tuple(name for name, _, _ in self.program.leaves)

    def __call__(self, values: Sequence[Array]) -> tuple[Array, ...]:
        """Return the Jacobians, arrays that nobody else holds; none where a value or a factor of a slope is not finite.

        Where something is infinite or NaN, zeros of a pattern and the rows of a value without derivative need a closer look.
        """
        with np.errstate(all="ignore"):
            return self.program.run(*values)


def jacobian_function(of: Expr, wrt: Sequence[Expr]) -> JacobianFunction | None:
    """Return the function that gives the Jacobian of ``of`` by each of ``wrt``; None where unit seeds are as good.

    Law:  equal to ``derive.jacobian.jacobian`` to the last few ulps wherever it returns one.
    Cost: factors are chosen where their weighted operations are no more than those of unit seeds by the cheaper mode.
    """
    try:
        ends = _ends(of, wrt)
    except NotFactoredError:
        return None
    seeded = sum(each.operations for each in plan(of.graph, of, wrt))
    factored = weighted_operations(of.graph, _arrays(ends)) + sum(end.written for end in ends)
    return _compiled(of, ends) if factored <= seeded else None


def by_factors(of: Expr, wrt: Sequence[Expr]) -> JacobianFunction:
    """Return the same function whatever it costs.

    Errors: NotFactoredError where the graph has an op whose rule terms cannot serve.
    """
    return _compiled(of, _ends(of, wrt))


def _ends(of: Expr, wrt: Sequence[Expr]) -> list[Assembly]:
    terms = factored_jacobian(of, wrt)
    return [assembly(found, of.shape + x.shape) for found, x in zip(terms, wrt, strict=True)]


def _arrays(ends: Sequence[Assembly]) -> list[Expr]:
    return [term.array for end in ends for term in end.terms]


def _compiled(of: Expr, ends: Sequence[Assembly]) -> JacobianFunction:
    looked_at = _guards(of, _arrays(ends))
    guards, outputs = len(looked_at), folded(of.graph, [*looked_at, *_arrays(ends)])
    graph = outputs[0].graph
    copied = compile_program(graph, outputs[guards:]).copied

    def ending(names: Sequence[str], bind: Callable[[Any], str]) -> tuple[list[str], str]:
        squares = [_square(name, len(x.shape)) for name, x in zip(names[:guards], outputs[:guards], strict=True)]
        lines = [f"if not {' + '.join(squares)} < {bind(np.inf)}: return ()"]
        start = 0
        for k, end in enumerate(ends):
            stop = start + len(end.terms)
            owned = start < stop and not copied[start]
            lines += end.lines(f"j{k}", names[guards + start : guards + stop], owned, bind)
            start = stop
        return lines, "".join(f"j{k}, " for k in range(len(ends)))

    return JacobianFunction(compile_program(graph, outputs, ending=ending))


def _square(name: str, rank: int) -> str:
    """Return the source of a number that is finite only if all elements of an array are."""
    if rank == 0:
        return f"{name} * {name}"
    return f"{name}.dot({name})" if rank == 1 else f"(g := {name}.ravel()).dot(g)"


def _guards(of: Expr, arrays: Sequence[Expr]) -> list[Expr]:
    """Return the nodes that are finite only if no entry can be NaN: the value, and of products the factors."""
    ends = {x.index for x in arrays}
    found = {of.index: of}
    for array in arrays:
        for x in _factors(array, ends - {array.index}):
            found.setdefault(x.index, x)
    return [x for x in found.values() if x.constant is None] or [of]


def _factors(x: Expr, ends: Collection[int]) -> list[Expr]:
    """Return nodes of which ``x`` is a product without a sum, where they have fewer elements together; else itself.

    ends: nodes that are looked at anyway.
    """
    stack, found = [x], list[Expr]()
    while stack and len(found) + len(stack) <= MOST_FACTORS:
        y = stack.pop()
        if _is_product(y) and y.index not in ends:
            stack += [Expr(y.graph, source) for source in y.node.inputs]
        else:
            found.append(y)
    return found if not stack and sum(y.node.size for y in found) < x.node.size else [x]


def _is_product(x: Expr) -> bool:
    if x.node.op == "contract":
        sides, out = str(dict(x.node.params)["spec"]).split("->")
        return set(sides) - {","} == set(out)
    return x.node.op in ("mul", "neg", "reshape", "transpose", "broadcast")
