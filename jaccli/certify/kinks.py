"""Graph and point → its kinks: how far each choice is from tipping, and which one is nearest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaccli.certify.balls import ball, each, leaf_balls, precision, sign_of
from jaccli.certify.functions import plain
from jaccli.certify.kernels import UNSUPPORTED, number_system
from jaccli.errors import Span
from jaccli.graph.evaluate import FLOAT64, Numbers, evaluate
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.graph.origins import written
from jaccli.types import Array

__all__ = ["Kink", "Touch", "nearest_kink", "plain_numbers", "touches"]

NEAREST = 8  # candidates whose distance is computed
BITS = 106  # for distances: the sign of a margin that doubles cannot tell from zero


@dataclass(frozen=True)
class Kink:
    """A choice of the graph near a point.

    margin    what is zero at the kink, in units of the op's operand
    distance  how far the inputs must move to reach it, to first order: |margin| / |its gradient|
    """

    op: str
    text: str
    span: Span | None
    margin: float
    distance: float

    def __str__(self) -> str:
        where = f"in {self.text}" if self.text else ""
        place = f"in line {self.span.line}" if self.span and not self.span.file.startswith("<") else ""
        return " ".join(part for part in (self.op, where, place) if part)


@dataclass(frozen=True)
class Touch:
    """What a precision can tell of the choices at a point: none is open, some are exactly zero, some are undecided."""

    value: Array
    exact: bool
    unclear: bool

    @property
    def any(self) -> bool:
        """Whether any choice is open."""
        return self.exact or self.unclear


def plain_numbers() -> Numbers:
    """Return the number system of plain balls for the kernels of the op table."""
    return number_system(plain(), ball)


def touches(graph: Graph, of: Expr, wrt: Sequence[Expr], values: Mapping[str, Array]) -> Touch:
    """Return the value of ``of`` in balls of the current precision, and whether a choice on the way is open in them."""
    nodes = _kinked(graph, of, wrt)
    sources = {source for index in nodes for source in graph.nodes[index].inputs}
    wanted = sorted({of.index, *sources, *nodes})
    found = dict(
        zip(
            wanted,
            evaluate(graph, [Expr(graph, k) for k in wanted], leaf_balls(graph, values), plain_numbers()),
            strict=True,
        )
    )
    signs = [s for k in nodes for s in each(sign_of, _margin(graph, k, found)).ravel()]
    return Touch(np.broadcast_to(found[of.index], of.shape).reshape(-1), any(s == 0 for s in signs), None in signs)


def _kinked(graph: Graph, of: Expr, wrt: Sequence[Expr]) -> list[int]:
    """Return the nodes with a kink that ``of`` depends on and that depend on a variable."""
    moving = {x.index for x in wrt}
    found = []
    for index in ancestors(graph, [of.index]):
        node = graph.nodes[index]
        if moving.intersection(node.inputs):
            moving.add(index)
            if node.row.kink is not None:
                found.append(index)
    return found


def _margin(graph: Graph, index: int, values: Mapping[int, Array]) -> Array:
    """Return what is zero where the node has its kink, for each of its elements."""
    node = graph.nodes[index]
    xs = [values[source] for source in node.inputs]
    if node.op in ("max", "min"):
        return _gaps(xs[0], dict(node.params)["axes"], 1 if node.op == "max" else -1)  # type: ignore[arg-type]
    if node.row.kind == "elementwise":
        return each(node.row.kink, *xs)  # type: ignore[arg-type]
    return np.asarray(values[index], dtype=object)  # norm: its kink is where it is zero


def _gaps(x: Array, axes: tuple[int, ...], sense: int) -> Array:
    """Return by how much the largest element (the smallest, for ``sense`` −1) leads the one after it."""
    moved = np.moveaxis(x, sorted(axes), range(-len(axes), 0))
    rows = moved.reshape(*moved.shape[: moved.ndim - len(axes)], -1)
    out = np.empty(rows.shape[:-1], dtype=object)
    for position in np.ndindex(out.shape):
        order = _leaders(rows[position], sense)
        out[position] = 1 if len(order) < 2 else sense * (rows[position][order[0]] - rows[position][order[1]])
    return each(ball, out)


def _leaders(row: Array, sense: int) -> list[int]:
    return sorted(range(len(row)), key=lambda k: -sense * _middle(row[k]))[:2]


def _middle(x: Any) -> float:
    return float(x.mid()) if hasattr(x, "mid") else float(x)


# --- the nearest one


def nearest_kink(
    graph: Graph,
    of: Expr,
    wrt: Sequence[Expr],
    values: Mapping[str, Array],
    gradient: Callable[[Expr], Sequence[Array]],
) -> Kink | None:
    """Return the kink that the smallest move of the variables reaches, None where nothing on the way has one.

    gradient: node of shape () → its derivative by each variable; how it is computed is the caller's choice.
    """
    candidates = _candidates(graph, of, wrt, values)
    found = [_kink(graph, index, position, margin, gradient) for margin, index, position in candidates[:NEAREST]]
    return min(found, key=lambda kink: kink.distance, default=None)


def _candidates(
    graph: Graph, of: Expr, wrt: Sequence[Expr], values: Mapping[str, Array]
) -> list[tuple[float, int, tuple[int, ...]]]:
    """Return (|margin|, node, position) in ascending order."""
    nodes = _kinked(graph, of, wrt)
    wanted = sorted({*(s for k in nodes for s in graph.nodes[k].inputs), *nodes})
    if UNSUPPORTED.keys().isdisjoint(graph.nodes[index].op for index in ancestors(graph, wanted)):
        with precision(BITS):
            found = _margins(graph, nodes, wanted, leaf_balls(graph, values), plain_numbers())
    else:
        found = _margins(graph, nodes, wanted, values, FLOAT64)
    return sorted(item for item in found if np.isfinite(item[0]))


def _margins(
    graph: Graph, nodes: list[int], wanted: list[int], values: Mapping[str, Array], numbers: Numbers
) -> list[tuple[float, int, tuple[int, ...]]]:
    known = dict(zip(wanted, evaluate(graph, [Expr(graph, k) for k in wanted], values, numbers), strict=True))
    return [
        (abs(_middle(margin)), index, position)
        for index in nodes
        for position, margin in np.ndenumerate(_margin(graph, index, known))
    ]


def _kink(
    graph: Graph, index: int, position: tuple[int, ...], margin: float, gradient: Callable[[Expr], Sequence[Array]]
) -> Kink:
    node = graph.nodes[index]
    slope = float(
        np.sqrt(sum(float(np.sum(np.square(part))) for part in gradient(_margin_node(graph, index, position))))
    )
    distance = margin / slope if slope > 0 else 0.0 if margin == 0 else np.inf
    return Kink(node.op, written(Expr(graph, index)) or "", graph.spans.get(index), margin, float(distance))


def _margin_node(graph: Graph, index: int, position: tuple[int, ...]) -> Expr:
    """Return one element of a node's margin as a node."""
    from jaccli.ops import Literal
    from jaccli.ops.notation import reshape, take

    node = graph.nodes[index]
    xs = [Expr(graph, source) for source in node.inputs]
    whole = node.row.kink(*xs) if node.row.kind == "elementwise" else Expr(graph, index)  # type: ignore[misc]
    if not whole.shape:
        return whole
    place = int(np.ravel_multi_index(position, whole.shape))
    return reshape(take(whole, Literal(np.array(place))), ())
