"""A block of a spec → what its graph knows for naming a mistake: structure, terms, uses, slices, sizes, signs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.derive.jacobian import jacobian
from jaccli.derive.reverse import vjp
from jaccli.graph.build import Built
from jaccli.graph.evaluate import evaluate, live_elements
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.graph.origins import describe
from jaccli.graph.sparsity import structure
from jaccli.graph.words import written
from jaccli.spec.points import Point
from jaccli.verdict import Evidence, Term

__all__ = ["evidence"]

Array = np.ndarray[Any, Any]
MAX_TERMS = 40  # terms of sums that are tried, nearest to the result first
MAX_NUMBERS = 20_000_000  # numbers alive while all terms are computed: a fifth of a gigabyte
MAX_PLACES = 64  # positions along a broadcast axis that are told apart


def evidence(built: Built, of: str, wrt: str, point: Point) -> Evidence:
    """Return what is known of the block d ``of`` / d ``wrt`` at ``point``, beside the numbers.

    Cost: one batched evaluation of the reverse pass for all terms, one reverse pass each for uses and slices.
    """
    graph, output, x = built.graph, built.outputs[of], built.variables[wrt]
    if output.node.size * x.node.size * MAX_TERMS > MAX_NUMBERS:
        return Evidence(sizes=_sizes(built), patterns=_patterns(built, point))
    return Evidence(
        structure=structure(output, x),
        terms=tuple(_terms(graph, output, x, point)),
        uses=tuple(_uses(graph, output, x, point)),
        slices=tuple(_slices(graph, output, x, point)),
        sizes=_sizes(built),
        patterns=_patterns(built, point),
    )


def _sizes(built: Built) -> dict[str, int]:
    named = {f"the size of `{name}`": size for name, size in built.spec.dims.items()}
    nodes = {**built.variables, **built.lets, **built.outputs}
    return named | {f"the number of elements of `{name}`": x.node.size for name, x in nodes.items()}


def _patterns(built: Built, point: Point) -> dict[str, Array]:
    nodes = {**built.variables, **built.lets}
    found = evaluate(built.graph, list(nodes.values()), point)
    return {name: np.asarray(value) for name, value in zip(nodes, found, strict=True) if np.size(value) > 1}


# --- terms: every sum that the reverse pass forms, with one of its two parts left out


def _terms(graph: Graph, output: Expr, x: Expr, point: Point) -> list[Term]:
    y_bar = graph.leaf(f"{output.index}_bar", output.shape)
    (bar,) = vjp(graph, {output.index: y_bar}, [x])
    if bar is None:
        return []
    primal = set(ancestors(graph, [output.index]))
    order = [index for index in ancestors(graph, [bar.index]) if index not in primal]
    sums = [index for index in order if graph.nodes[index].op in ("add", "sub")][-MAX_TERMS // 2 :]
    parts = [(index, position) for index in sums for position in (0, 1)]
    switched = _with_factors(graph, bar, order, parts)
    if not parts or live_elements(graph, [switched]) * output.node.size * len(parts) > MAX_NUMBERS:
        return []
    blocks = _without_each(graph, switched, len(parts), output, x, point)
    words = [written(Expr(graph, graph.nodes[index].inputs[position]), {y_bar.index}) for index, position in parts]
    return [
        Term(f"the term {text}" if text else "a term of the derivative", blocks[0] - block)
        for text, block in zip(words, blocks[1:], strict=True)
    ]


def _with_factors(graph: Graph, bar: Expr, order: Sequence[int], parts: Sequence[tuple[int, int]]) -> Expr:
    """Return ``bar`` computed again with a factor, a leaf of its own, on each of ``parts``: a sum and one of its operands."""
    factors = {part: graph.leaf(f"factor_{k}") for k, part in enumerate(parts)}

    def scale(index: int, position: int, operand: Expr) -> Expr:
        factor = factors.get((index, position))
        return operand if factor is None else operand * factor if not operand.shape else operand.apply("mul", factor)

    return _replayed(graph, bar, order, {}, scale)


def _replayed(
    graph: Graph,
    result: Expr,
    order: Sequence[int],
    replaced: Mapping[int, Expr],
    operand: Callable[[int, int, Expr], Expr],
) -> Expr:
    """Return ``result`` with the nodes of ``order`` made again: of replaced ones, and of operands as ``operand`` gives them."""
    made = dict(replaced)
    for index in order:
        node = graph.nodes[index]
        if index not in made and node.inputs:
            sources = [made.get(source, Expr(graph, source)) for source in node.inputs]
            operands = [operand(index, position, source) for position, source in enumerate(sources)]
            made[index] = graph.add(node.op, operands, dict(node.params))
    return made.get(result.index, result)


def _without_each(graph: Graph, switched: Expr, count: int, output: Expr, x: Expr, point: Point) -> list[Array]:
    """Return the block with all factors 1, and with each of them 0 in turn; batch axes: factors, then seeds."""
    m = output.node.size
    values: dict[str, Any] = dict(point)
    for k in range(count):
        values[f"factor_{k}"] = np.where(np.arange(count + 1) == k + 1, 0.0, 1.0)[:, None]
    values[f"{output.index}_bar"] = np.eye(m).reshape(1, m, *output.shape)
    (found,) = evaluate(graph, [switched], values)
    return list(np.broadcast_to(found, (count + 1, m, *x.shape)).reshape(count + 1, *output.shape, *x.shape))


# --- uses: the variable as a leaf of its own wherever an operation takes it


def _uses(graph: Graph, output: Expr, x: Expr, point: Point) -> list[Term]:
    order = ancestors(graph, [output.index])
    places = [(i, k) for i in order for k, source in enumerate(graph.nodes[i].inputs) if source == x.index]
    if not 2 < len(places) <= MAX_PLACES:
        return []
    leaves = {place: graph.leaf(f"{x.index}_use_{n}", x.shape) for n, place in enumerate(places)}
    apart = _replayed(graph, output, order, {}, lambda index, position, source: leaves.get((index, position), source))
    name = str(dict(x.node.params)["name"])
    values = {**point, **{f"{x.index}_use_{n}": point[name] for n in range(len(places))}}
    blocks = jacobian(graph, apart, list(leaves.values()), values, "reverse")
    return [
        Term(f"the use in {describe(Expr(graph, index))}", block)
        for (index, _), block in zip(places, blocks, strict=True)
    ]


# --- slices: the repeated variable as a leaf of its own, one position of the repetition at a time


def _slices(graph: Graph, output: Expr, x: Expr, point: Point) -> list[Term]:
    order = ancestors(graph, [output.index])
    used = [i for i in order if x.index in graph.nodes[i].inputs]
    if len(used) != 1 or graph.nodes[used[0]].op != "broadcast":
        return []
    wide = graph.nodes[used[0]]
    leaf = graph.leaf(f"{x.index}_repeated", wide.shape)
    apart = _replayed(graph, output, order, {used[0]: leaf}, lambda index, position, source: source)
    repeated = np.broadcast_to(point[str(dict(x.node.params)["name"])], wide.shape)
    (block,) = jacobian(graph, apart, [leaf], {**point, f"{x.index}_repeated": repeated}, "reverse")
    core = (1,) * (len(wide.shape) - len(x.shape)) + x.shape
    axes = [k for k, (old, new) in enumerate(zip(core, wide.shape, strict=True)) if old != new]
    return [term for axis in axes for term in _along(block, len(output.shape) + axis, axes, output, x)]


def _along(block: Array, axis: int, axes: Sequence[int], output: Expr, x: Expr) -> list[Term]:
    count, others = block.shape[axis], tuple(len(output.shape) + k for k in axes)
    terms = []
    for k in range(min(count, MAX_PLACES)):
        part = block.take([k], axis=axis).sum(axis=others, keepdims=True).reshape(output.shape + x.shape)
        terms.append(Term(f"position {k} of {count}", part))
    return terms
