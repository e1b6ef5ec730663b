"""A block of a spec → what its graph knows for naming a mistake: structure, terms, uses, slices, sizes, signs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaccli.checker.mistakes.repairs import repairs
from jaccli.checker.mistakes.rewritten import replayed
from jaccli.derive.jacobian import jacobian
from jaccli.derive.reverse import vjp
from jaccli.graph.build import Built
from jaccli.graph.evaluate import evaluate, live_elements
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.graph.origins import describe
from jaccli.graph.sparsity import structure
from jaccli.graph.words import written
from jaccli.spec.points import Point
from jaccli.types import Array
from jaccli.verdict import Evidence, Factor, Other, Term

__all__ = ["evidence"]

MAX_TERMS = 40  # terms of sums that are tried, nearest to the result first
MAX_FACTORS = 20  # products that are tried, nearest to the result first
MAX_INNER = 40  # steps whose own derivative may be what is lost
MAX_NUMBERS = 20_000_000  # numbers alive while all terms are computed: a fifth of a gigabyte
MAX_PLACES = 64  # positions along a broadcast axis that are looked at one by one


def evidence(
    built: Built,
    of: str,
    wrt: str,
    point: Point,
    claim: Expr | None = None,
    others: Callable[[], Sequence[Other]] = tuple,
) -> Evidence:
    """Return what is known of the block d ``of`` / d ``wrt`` at ``point``, beside the numbers.

    others: the same block at other points.

    claim: the formula that is under test, where it is one.
    Cost: one batched evaluation of the reverse pass for all terms, one reverse pass each for uses and slices.
    """
    graph, output, x = built.graph, built.outputs[of], built.variables[wrt]
    repaired = tuple(repairs(claim, point)) if claim is not None else ()
    if output.node.size * x.node.size * MAX_TERMS > MAX_NUMBERS:
        return Evidence(sizes=_sizes(built), patterns=_patterns(built, point), repairs=repaired, others=others)
    return Evidence(
        structure=structure(output, x),
        terms=tuple(_terms(graph, output, x, point)),
        factors=(*_factors(graph, output, x, point), *_inner(graph, output, x, point)),
        uses=tuple(_uses(graph, output, x, point)),
        slices=tuple(_slices(graph, output, x, point)),
        sizes=_sizes(built),
        patterns=_patterns(built, point),
        repairs=repaired,
        others=others,
    )


def _sizes(built: Built) -> dict[str, int]:
    named = {f"the size of `{name}`": size for name, size in built.spec.dims.items()}
    nodes = {**built.variables, **built.lets, **built.outputs}
    return named | {f"the number of elements of `{name}`": x.node.size for name, x in nodes.items()}


def _patterns(built: Built, point: Point) -> dict[str, Array]:
    nodes = {**built.variables, **built.lets}
    found = evaluate(built.graph, list(nodes.values()), point)
    return {name: np.asarray(value) for name, value in zip(nodes, found, strict=True) if np.size(value) > 1}


# --- terms and factors: what the reverse pass adds and multiplies, with one operand at a time left out


@dataclass(frozen=True, slots=True)
class _ReversePass:
    """The cotangent of a variable as nodes, those made for it, and the leaf it begins with."""

    graph: Graph
    output: Expr
    x: Expr
    bar: Expr
    order: tuple[int, ...]  # the nodes that the function itself does not have
    y_bar: int

    def blocks(self, changed: Expr, switches: Mapping[str, Array], point: Point) -> list[Array]:
        """Return the block for every row of the switches, values of the leaves that ``changed`` has beside the reverse pass."""
        m, count = self.output.node.size, len(next(iter(switches.values())))
        values: dict[str, Any] = {**point, **{name: column[:, None] for name, column in switches.items()}}
        values[f"{self.output.index}_bar"] = np.eye(m).reshape(1, m, *self.output.shape)
        (found,) = evaluate(self.graph, [changed], values)
        full = np.broadcast_to(found, (count, m, *self.x.shape))
        return list(full.reshape(count, *self.output.shape, *self.x.shape))

    def affordable(self, changed: Expr, count: int) -> bool:
        return live_elements(self.graph, [changed]) * self.output.node.size * count <= MAX_NUMBERS


def _reverse_pass(graph: Graph, output: Expr, x: Expr) -> _ReversePass | None:
    y_bar = graph.leaf(f"{output.index}_bar", output.shape)
    (bar,) = vjp(graph, {output.index: y_bar}, [x])
    if bar is None:
        return None
    primal = set(ancestors(graph, [output.index]))
    order = tuple(index for index in ancestors(graph, [bar.index]) if index not in primal)
    return _ReversePass(graph, output, x, bar, order, y_bar.index)


def _terms(graph: Graph, output: Expr, x: Expr, point: Point) -> list[Term]:
    """Return what each operand of an addition contributes: a factor on each of them, 0 in turn."""
    back = _reverse_pass(graph, output, x)
    sums = [i for i in back.order if graph.nodes[i].op in ("add", "sub")][-MAX_TERMS // 2 :] if back else []
    parts = [(index, position) for index in sums for position in (0, 1)]
    if back is None or not parts:
        return []
    switches = {part: graph.leaf(f"factor_{k}") for k, part in enumerate(parts)}

    def scaled(index: int, position: int, operands: Sequence[Expr]) -> Expr:
        switch = switches.get((index, position))
        return operands[position] if switch is None else _with(operands[position], "mul", switch)

    changed = replayed(graph, back.bar, back.order, {}, scaled)
    if not back.affordable(changed, len(parts)):
        return []
    off = np.vstack([np.ones(len(parts)), 1 - np.eye(len(parts))])
    blocks = back.blocks(changed, {f"factor_{k}": off[:, k] for k in range(len(parts))}, point)
    words = [_words(graph, graph.nodes[index].inputs[position], back.y_bar) for index, position in parts]
    return [
        Term(f"the term {text}" if text else "a term of the derivative", blocks[0] - block)
        for text, block in zip(words, blocks[1:], strict=True)
    ]


def _factors(graph: Graph, output: Expr, x: Expr, point: Point) -> list[Factor]:
    """Return the block without each factor of the chain rule, and with its square: an exponent on each of them, 0 and 2 in turn.

    A factor is an operand of a product other than a cotangent, or the choice of a where whose other side is 0.
    """
    back = _reverse_pass(graph, output, x)
    if back is None:
        return []
    carried = _dependent(graph, back)
    parts = [part for i in back.order for part in _factor_places(graph, i, carried)][-MAX_FACTORS:]
    switches = {part: graph.leaf(f"exponent_{k}") for k, part in enumerate(parts)}

    def raised(index: int, position: int, operands: Sequence[Expr]) -> Expr:
        switch = switches.get((index, position))
        if switch is None:
            return operands[position]
        if graph.nodes[index].op == "where":  # where(c, a, 0) becomes where(c, a, a)
            return operands[position] + _with(operands[1], "mul", _with(-switch, "add", graph.literal(1)))
        return _with(operands[position], "pow", switch)

    changed = replayed(graph, back.bar, back.order, {}, raised)
    count = len(parts)
    if not parts or not back.affordable(changed, 2 * count):
        return []
    exponents = 1 + np.vstack([np.zeros(count), -np.eye(count), np.eye(count)])
    blocks = back.blocks(changed, {f"exponent_{k}": exponents[:, k] for k in range(count)}, point)
    found = []
    for k, (index, position) in enumerate(parts):
        chosen = graph.nodes[index].op == "where"
        text = _words(graph, graph.nodes[index].inputs[0 if chosen else position], back.y_bar)
        words = f"the factor {f'({text})' if chosen else text}" if text else "a factor of the chain rule"
        found.append(Factor(words, lost=blocks[1 + k], twice=None if chosen else blocks[1 + count + k]))
    return found


def _inner(graph: Graph, output: Expr, x: Expr, point: Point) -> list[Factor]:
    """Return the derivative with respect to each step of the shape of ``x``: what is left where its own derivative is lost."""
    reached = [i for i in ancestors(graph, [output.index])[-MAX_INNER:] if i not in (x.index, output.index)]
    steps = [Expr(graph, i) for i in reached if graph.nodes[i].shape == x.shape and graph.nodes[i].inputs]
    wanted = [u for u in steps if not u.node.boolean and x.index in ancestors(graph, [u.index])]
    if not wanted:
        return []
    y_bar = graph.leaf(f"{output.index}_bar", output.shape)
    found = [
        (u, bar) for u, bar in zip(wanted, vjp(graph, {output.index: y_bar}, wanted), strict=True) if bar is not None
    ]
    factors = []
    for u, bar in found:
        back = _ReversePass(graph, output, x, bar, (), y_bar.index)
        text = written(u)
        if text and back.affordable(bar, 1):
            (block,) = back.blocks(bar, {"unused": np.ones(1)}, point)
            factors.append(Factor(f"the inner derivative, that of {text},", lost=block, twice=None))
    return factors


def _dependent(graph: Graph, back: _ReversePass) -> set[int]:
    """Return the nodes of the reverse pass that carry the cotangent."""
    carried = {back.y_bar}
    for index in back.order:
        if any(source in carried for source in graph.nodes[index].inputs):
            carried.add(index)
    return carried


def _factor_places(graph: Graph, index: int, carried: set[int]) -> list[tuple[int, int]]:
    node = graph.nodes[index]
    if node.op in ("mul", "div"):
        return [(index, k) for k, source in enumerate(node.inputs) if source not in carried]
    if node.op == "where" and node.inputs[1] in carried and _is_zero(Expr(graph, node.inputs[2])):
        return [(index, 2)]
    return []


def _is_zero(x: Expr) -> bool:
    while x.node.op == "broadcast":
        x = Expr(x.graph, x.node.inputs[0])
    return x.constant == 0


def _words(graph: Graph, index: int, y_bar: int) -> str | None:
    return written(Expr(graph, index), {y_bar})


def _with(operand: Expr, op: str, switch: Expr) -> Expr:
    """Return an elementwise op of an operand and a number."""
    return operand.apply(op, switch)


# --- uses: the variable as a leaf of its own wherever an operation takes it


def _uses(graph: Graph, output: Expr, x: Expr, point: Point) -> list[Term]:
    order = ancestors(graph, [output.index])
    places = [(i, k) for i in order for k, source in enumerate(graph.nodes[i].inputs) if source == x.index]
    if not 2 < len(places) <= MAX_PLACES:
        return []
    leaves = {place: graph.leaf(f"{x.index}_use_{n}", x.shape) for n, place in enumerate(places)}
    apart = replayed(graph, output, order, {}, lambda index, k, sources: leaves.get((index, k), sources[k]))
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
    apart = replayed(graph, output, order, {used[0]: leaf}, lambda index, k, sources: sources[k])
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
