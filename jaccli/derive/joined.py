"""Many outputs of one graph → all their Jacobians by forward mode at once, where that is less work than a pass back from each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.derive.forward import jvp
from jaccli.derive.jacobian import Plan, in_batches
from jaccli.graph.cost import weighted_operations
from jaccli.graph.evaluate import FLOAT64, evaluate
from jaccli.graph.ir import Expr, Graph
from jaccli.types import Array

__all__ = ["forward_of_all", "worth_joining"]


def worth_joining(graph: Graph, outputs: Sequence[Expr], wrt: Sequence[Expr]) -> bool:
    """Return whether forward mode for all outputs together takes fewer operations than a pass back from each of their elements.

    Outputs that are made of one another, as the states of a long recurrence are, share what leads to them in forward mode alone.
    Cost: linear in the graph; counting ends as soon as the passes are known to be more.
    """
    columns = sum(x.node.size for x in wrt)
    if len(outputs) < 2 or not columns:
        return False
    together, apart = columns * weighted_operations(graph, outputs), 0
    for output in sorted(outputs, key=lambda y: -y.index):  # the last ones are made of the most
        apart += output.node.size * weighted_operations(graph, [output])
        if apart > together:
            return True
    return False


def forward_of_all(
    graph: Graph, outputs: Sequence[Expr], wrt: Sequence[Expr], values: Mapping[str, Any]
) -> list[list[Array]]:
    """Return for each output its Jacobian by each variable.

    Shapes: of.shape + x.shape each.
    Cost:   one jvp of all outputs for each element of the variables, in batches that stay under the memory cap.
    """
    found: list[list[Array]] = [[] for _ in outputs]
    for x in wrt:
        seed = graph.leaf(f"{x.index}_dot", x.shape)
        tangents = tuple(jvp(graph, outputs, {x.index: seed}))
        plan = Plan("forward", seed, tangents, x.node.size)
        columns = in_batches(graph, plan, tangents, x.shape, values, FLOAT64, evaluate)
        for blocks, of, column in zip(found, outputs, columns, strict=True):
            if column is None:
                blocks.append(np.zeros(of.shape + x.shape))
                continue
            by_column = column.reshape(x.shape + of.shape)
            order = (*range(len(x.shape), by_column.ndim), *range(len(x.shape)))
            blocks.append(by_column.transpose(order).copy())
    return found
