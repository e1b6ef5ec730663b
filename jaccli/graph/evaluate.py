"""Graph and inputs → values, in any number system, for one point or for a whole batch of points."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jaccli.graph.ir import Expr, Graph, Node, ancestors
from jaccli.ops import ShapeError
from jaccli.types import Array

__all__ = ["COMPLEX128", "FLOAT32", "FLOAT64", "Numbers", "apply_kernel", "evaluate", "live_elements"]


@dataclass(frozen=True)
class Numbers:
    """A number system: its dtype, how literals enter it, and kernels for the ops whose own do not work in it."""

    dtype: Any
    literal: Callable[[Array], Array]
    kernels: Mapping[str, Callable[..., Any]] = field(default_factory=dict)


def _machine(dtype: Any) -> Numbers:
    def cast(x: Any) -> Any:
        return np.asarray(x).astype(dtype)

    def literal(x: Array) -> Array:
        try:
            return cast(x)
        except OverflowError:  # an exact number beyond the largest double
            return cast(np.vectorize(_double, otypes=[np.float64])(x))

    return Numbers(np.dtype(dtype), literal, {"cast": cast})


def _double(exact: Any) -> float:
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


FLOAT64, FLOAT32, COMPLEX128 = _machine(np.float64), _machine(np.float32), _machine(np.complex128)


def evaluate(
    graph: Graph, outputs: Sequence[Expr], values: Mapping[str, Any], numbers: Numbers = FLOAT64
) -> list[Array]:
    """Return the values of ``outputs``, given the leaves' values by name.

    Shapes: a leaf's value has its core shape, or batch axes to the left of it; all batched leaves carry the same number of
            batch axes, of size 1 where they are constant. What no batched leaf reaches is computed once, without batch.
    Cost:   one kernel per node that an output depends on; a value is dropped after its last use.
    Errors: KeyError naming a leaf without a value, ShapeError for a value of another core shape. Leaving an op's domain gives
            NaN or an infinity, as in NumPy.
    """
    steps = _steps(graph, tuple(output.index for output in outputs))
    slots: dict[int, Array] = {}
    kernels, literal = numbers.kernels, numbers.literal
    with np.errstate(all="ignore"):
        for index, op, kernel, inputs, params, dropped in steps:
            if op == "leaf":
                slots[index] = _leaf(graph.nodes[index], values, numbers)
                continue
            found = kernels.get(op, kernel)(*[slots[source] for source in inputs], **params)
            slots[index] = np.asarray(found) if inputs else literal(found)
            for source in dropped:
                del slots[source]
    return [slots[output.index] for output in outputs]


#: A node's index, op, kernel, inputs and parameters, and the nodes whose values are needed no more after it.
Step = tuple[int, str, Callable[..., Any], tuple[int, ...], dict[str, Any], tuple[int, ...]]
MOST_KEPT = 4  # lists of steps of one graph


def _steps(graph: Graph, outputs: tuple[int, ...]) -> list[Step]:
    """Return what is done to compute ``outputs``, in order; kept with the graph, whose nodes never change."""
    known = graph.steps.get(outputs)
    if known is not None:
        return known
    order = ancestors(graph, outputs)
    last = {source: index for index in order for source in graph.nodes[index].inputs}
    kept = set(outputs)
    found: list[Step] = []
    for index in order:
        node = graph.nodes[index]
        dropped = tuple(s for s in dict.fromkeys(node.inputs) if last[s] == index and s not in kept)
        found.append((index, node.op, node.row.kernel, node.inputs, dict(node.params), dropped))
    while len(graph.steps) >= MOST_KEPT:
        del graph.steps[next(iter(graph.steps))]
    graph.steps[outputs] = found
    return found


def _leaf(node: Node, values: Mapping[str, Any], numbers: Numbers) -> Array:
    name = dict(node.params)["name"]
    value = np.asarray(values[name])  # type: ignore[index]
    if value.ndim < len(node.shape) or value.shape[value.ndim - len(node.shape) :] != node.shape:
        raise ShapeError(f"'{name}' has shape {node.shape}, its value {value.shape}")
    return value if node.boolean else value.astype(numbers.dtype, copy=False)


def apply_kernel(node: Node, operands: Sequence[Array], numbers: Numbers = FLOAT64) -> Array:
    """Return the value of one node that is no leaf, given those of its inputs."""
    kernel = numbers.kernels.get(node.op) or node.row.kernel
    value = kernel(*operands, **dict(node.params))
    return numbers.literal(value) if node.row.kind == "nullary" else np.asarray(value)


def live_elements(graph: Graph, outputs: Sequence[Expr]) -> int:
    """Return the largest number of elements alive at once while ``outputs`` are computed, per point of a batch."""
    order = ancestors(graph, [output.index for output in outputs])
    last = {source: index for index in order for source in graph.nodes[index].inputs}
    live = peak = 0
    for index in order:
        live += graph.nodes[index].size
        peak = max(peak, live)
        live -= sum(graph.nodes[s].size for s in set(graph.nodes[index].inputs) if last[s] == index)
    return max(peak, 1)
