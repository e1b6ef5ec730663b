"""Graph → the same values and Jacobians by the eager engine, pass by pass: what the static engine is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.learn.tape import Tape, Tensor, tensor
from jaccli.types import Array

__all__ = ["eager_jacobian", "replay"]


def replay(graph: Graph, outputs: Sequence[Expr], leaves: Mapping[str, Tensor]) -> list[Tensor]:
    """Return ``outputs`` recorded on a new tape, given the leaves by name."""
    tape = Tape()
    made: dict[int, Expr] = {}
    for index in ancestors(graph, [output.index for output in outputs]):
        node = graph.nodes[index]
        if node.op == "leaf":
            made[index] = tape.take_over(leaves[str(dict(node.params)["name"])])
        else:
            made[index] = tape.add(node.op, [made[source] for source in node.inputs], dict(node.params))
    return [Tensor(tape, made[output.index].index) for output in outputs]


def eager_jacobian(graph: Graph, of: Expr, wrt: Sequence[Expr], values: Mapping[str, Any]) -> list[Array]:
    """Return one Jacobian per variable, by one backward pass per element of ``of``.

    Shapes: of.shape + x.shape each.
    """
    names = {str(dict(x.node.params)["name"]) for x in wrt}
    leaves = {name: tensor(value, requires_grad=name in names) for name, value in values.items()}
    variables = [leaves[str(dict(x.node.params)["name"])] for x in wrt]
    blocks = [np.zeros(of.shape + x.shape) for x in wrt]
    (y,) = replay(graph, [of], leaves)
    for place in np.ndindex(of.shape) if y.requires_grad else ():
        y_bar = np.zeros(of.shape)
        y_bar[place] = 1.0
        y.backward(y_bar)
        for block, x in zip(blocks, variables, strict=True):
            if x.grad is not None:
                block[place] = x.grad
            x.zero_grad()
    return blocks
