"""Graph → graph of its tangents: forward mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from jaccli.graph.ir import Expr, Graph, Node, ancestors
from jaccli.ops import lookup
from jaccli.ops.notation import where
from jaccli.ops.rules import RULES

__all__ = ["covers", "jvp"]


def jvp(graph: Graph, outputs: Sequence[Expr], tangents: Mapping[int, Expr]) -> list[Expr | None]:
    """Append the tangents of ``outputs`` to ``graph``; return one per output, None where it is zero everywhere.

    tangents: node index → its tangent, a node of the same shape.
    Law:    dy = Σ ∂y/∂x · dx over the operands x that carry a tangent.
    Cost:   one rule per node between the tangents and the outputs.
    Source: Griewank & Walther, Evaluating Derivatives (2008), section 3.1.
    """
    found: dict[int, Expr] = dict(tangents)
    for index in ancestors(graph, [output.index for output in outputs]):
        node = graph.nodes[index]
        if index in found or node.boolean or not any(source in found for source in node.inputs):
            continue
        tangent = _tangent(graph, index, node, found)
        if tangent is not None:
            found[index] = tangent
    return [found.get(output.index) for output in outputs]


def covers(op: str) -> bool:
    """Return whether forward mode has a rule for an op; one without operands needs none, and a linear one is its own."""
    row = lookup(op)
    return row.kind in ("linear", "nullary") or op in RULES


def _tangent(graph: Graph, index: int, node: Node, found: Mapping[int, Expr]) -> Expr | None:
    y, xs = Expr(graph, index), [Expr(graph, source) for source in node.inputs]
    dxs = [found.get(source) for source in node.inputs]
    row, params = node.row, dict(node.params)
    if row.kind == "linear":
        filled = [dx if dx is not None else zeros_like(x) for x, dx in zip(xs, dxs, strict=True)]
        return filled[0].apply(node.op, *filled[1:], **params)
    rules, terms = RULES[node.op], []
    for position, dx in enumerate(dxs):
        if dx is not None and row.kind == "special":
            terms.append(rules.jvp[position](y, tuple(xs), dx, **params))
        elif dx is not None and (partial := rules.partials[position]) is not None:
            terms.append(scaled(dx, partial if isinstance(partial, int) else partial(y, *xs)))
    return add_all(terms)


def scaled(d: Expr, partial: Expr | int) -> Expr:
    """Return a tangent or cotangent times a partial, without a node for 1 and -1.

    Law: a product with a selection is made inside it, where(c, p, 0) · d = where(c, p · d, 0), so that what is not selected
         stays 0 even where the other factor is not finite: where(x > 0, sqrt(x), 0) is flat at x = -1.
    """
    if not isinstance(partial, int) and _selects(partial):
        return _inside(partial, lambda branch: branch * d)
    if _selects(d):
        return _inside(d, lambda branch: _times(partial, branch))
    return _times(partial, d)


def _times(partial: Expr | int, d: Expr) -> Expr:
    if isinstance(partial, int):
        return -d if partial == -1 else d
    return partial * d


def _inside(selection: Expr, product: Callable[[Expr], Expr]) -> Expr:
    condition, *branches = operands(selection)
    return where(condition, *(branch if branch.constant == 0 else product(branch) for branch in branches))


def operands(x: Expr) -> list[Expr]:
    """Return the nodes that ``x`` is made of."""
    return [Expr(x.graph, source) for source in x.node.inputs]


def _selects(x: Expr) -> bool:
    """Return whether ``x`` is where(c, …, 0) or where(c, 0, …)."""
    return x.node.op == "where" and any(branch.constant == 0 for branch in operands(x)[1:])


def zeros_like(x: Expr) -> Expr:
    """Return zeros of the shape of ``x``."""
    zero = x.graph.literal(0)
    return zero.apply("broadcast", shape=x.shape, rank=0) if x.shape else zero


def add_all(terms: Sequence[Expr]) -> Expr | None:
    """Return the sum of ``terms``, None for an empty sum."""
    total: Expr | None = None
    for term in terms:
        total = term if total is None else _sum(total, term)
    return total


def _sum(a: Expr, b: Expr) -> Expr:
    """Return a + b; two selections by one condition are added inside it, where that takes no more than one addition."""
    if _selects(a) and _selects(b) and a.node.inputs[0] == b.node.inputs[0]:
        condition, *pairs = zip(operands(a), operands(b), strict=True)
        if any(0 in (x.constant, y.constant) for x, y in pairs):
            return where(condition[0], *(x + y for x, y in pairs))
    return a + b
