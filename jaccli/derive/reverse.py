"""Graph → graph of its cotangents: reverse mode, backpropagation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jaccli.derive.forward import scaled
from jaccli.derive.sums import total
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.ops import lookup
from jaccli.ops.rules import RULES

__all__ = ["covers", "partial", "pull_back", "reached_from", "vjp"]


def vjp(graph: Graph, cotangents: Mapping[int, Expr], wrt: Sequence[Expr]) -> list[Expr | None]:
    """Append the cotangents of ``wrt`` to ``graph``; return one per variable, None where it is zero everywhere.

    cotangents: node index of an output → its cotangent, a node of the same shape.
    Law:    x_bar = Σ (∂y/∂x)ᵀ · y_bar over the nodes y that use x.
    Cost:   one rule per operand between ``wrt`` and the outputs; for a scalar output at most five times the function in
            weighted operations (tests/derive/test_cost.py counts them).
    Source: Griewank & Walther, Evaluating Derivatives (2008), section 3.2.
    """
    order = ancestors(graph, cotangents)
    active = reached_from(graph, order, {x.index for x in wrt})
    terms: dict[int, list[Expr]] = {index: [y_bar] for index, y_bar in cotangents.items()}
    totals: dict[int, Expr | None] = {}
    for index in reversed(order):
        if index not in active or index not in terms:
            continue
        y_bar, sources = total(terms.pop(index)), graph.nodes[index].inputs
        totals[index] = y_bar
        if y_bar is None or not sources:
            continue
        back = _pulling_back(graph, index)
        for position, source in enumerate(sources):
            x_bar = back(position, y_bar) if source in active else None
            if x_bar is not None:
                terms.setdefault(source, []).append(x_bar)
    return [totals.get(x.index) for x in wrt]


def covers(op: str) -> bool:
    """Return whether reverse mode has a rule for an op; one without operands needs none."""
    return lookup(op).kind == "nullary" or op in RULES


def reached_from(graph: Graph, order: Sequence[int], sources: set[int]) -> set[int]:
    """Return the nodes in ``order`` that depend on ``sources``, themselves included; truth values depend on nothing."""
    reached = set(sources)
    for index in order:
        if not graph.nodes[index].boolean and any(source in reached for source in graph.nodes[index].inputs):
            reached.add(index)
    return reached


def pull_back(graph: Graph, index: int, position: int, y_bar: Any, operand: Callable[[Expr], Any] = lambda x: x) -> Any:
    """Append what ``y_bar`` of node ``index`` gives to its operand at ``position``; None where that is zero everywhere.

    operand: what the rule is given for a node where ``y_bar`` is something else than a node, with operations of its own.
    """
    return _pulling_back(graph, index, operand)(position, y_bar)


def partial(graph: Graph, index: int, position: int) -> Expr | int | None:
    """Return the partial of an elementwise node by its operand at ``position``: a node, 1, -1, or None where it is zero."""
    found = RULES[graph.nodes[index].op].partials[position]
    if found is None or isinstance(found, int):
        return found
    return found(Expr(graph, index), *(Expr(graph, source) for source in graph.nodes[index].inputs))


def _pulling_back(graph: Graph, index: int, operand: Callable[[Expr], Any] = lambda x: x) -> Callable[[int, Any], Any]:
    """Return ``pull_back`` of one node; its operands, of which there may be many, are looked at once."""
    node = graph.nodes[index]
    y, xs = operand(Expr(graph, index)), tuple(operand(Expr(graph, source)) for source in node.inputs)
    kind, rules, params = node.row.kind, RULES[node.op], dict(node.params)
    if kind == "special":
        return lambda position, y_bar: rules.vjp[position](y, xs, y_bar, **params)
    if kind == "linear":
        transpose, shapes = rules.transpose, [x.shape for x in xs]
        assert transpose is not None
        return lambda position, y_bar: transpose(y_bar, position, shapes, **params)

    def elementwise(position: int, y_bar: Expr) -> Expr | None:
        factor = partial(graph, index, position)
        return None if factor is None else scaled(y_bar, factor)

    return elementwise
