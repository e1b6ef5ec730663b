"""A built spec → what a learner is shown: both passes, the Jacobian for sentences, the paths to an entry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.derive.jacobian import jacobian
from jaccli.derive.reverse import vjp
from jaccli.errors import UsageError
from jaccli.graph.build import Built
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.graph.selection import Selection, select
from jaccli.learn.drawing import Drawing, draw
from jaccli.learn.folding import MANY, View, fold, written
from jaccli.learn.naming import element, node_names
from jaccli.learn.passes import Nodes, passes
from jaccli.learn.paths import TooManyEntriesError, paths
from jaccli.results.explained import MAX_TRAILS, Explained, Passes, Slope, Trail
from jaccli.spec.points import Point

__all__ = ["drawing", "explain", "lines_of", "place_of", "point_of"]

MAX_SLOPES = 20  # more sentences nobody reads
_ENTRY = re.compile(r"\s*(?P<name>[\w.]+)\s*(?:\[(?P<index>[\d,\s]+)\])?\s*\Z")


def explain(
    built: Built,
    *,
    of: str | None = None,
    wrt: tuple[str, ...] = (),
    entry: str | None = None,
    at: Mapping[str, Any] | None = None,
    full: bool = False,
    depth: int | None = None,
    unfold: tuple[str, ...] = (),
) -> Explained:
    """Return both passes of one entry of an output, sentences for a small Jacobian, and the paths to ``entry``.

    of:    an output, or one of its entries, such as ``y[0]``; the first where none is given.
    entry: an entry of the Jacobian, such as ``s/b[2]``.
    depth, unfold: as in View; every operation where there are few, or ``full``.
    Errors: UsageError for a name or index the spec does not have, or an input without a value.
    """
    top, _, below = (entry or "").partition("/")
    if entry and not below:
        raise UsageError(f"--entry must be an output and an input, such as s/b[2] (got {entry})")
    name, flat = place_of(built, "output", top or of or _first(built))
    _, variables = select(built, Selection((name,), wrt))
    point, output = point_of(built, at), built.outputs[name]
    order = ancestors(built.graph, [output.index])
    whole = full or (depth is None and not unfold and len(order) <= MANY)
    view = View(None if whole else _depth(depth), frozenset(unfold), join=False)
    found, title = _passes(built, name, flat, variables, point, _nodes(built, order, view))
    return Explained(
        name=built.spec.title or built.spec.name,
        passes=found,
        slopes=_slopes(built, variables, point),
        trail=_trail(built, output, flat, title, below, point) if entry else None,
        full=full,
        others=output.node.size - 1,
    )


def drawing(
    built: Built,
    *,
    of: str | None = None,
    at: Mapping[str, Any] | None = None,
    folded: bool | None = None,
    depth: int | None = None,
    unfold: tuple[str, ...] = (),
    most: int | None = None,
) -> Drawing:
    """Return the graph of all outputs, or of one of them, or one of its entries, with values and gradients.

    of:     what is differentiated; the first output, or its first entry, where all are drawn.

    folded: only layers and named steps; by default those of networks, and where there are many nodes.
    depth, unfold: as in View.
    most:   how many boxes can be looked at.
    Errors: UsageError for a name or index the spec does not have, an input without a value, or more boxes.
    """
    name, flat = place_of(built, "output", of or _first(built))
    graph, output = built.graph, built.outputs[name]
    drawn = [output.index] if of else list(dict.fromkeys(y.index for y in built.outputs.values()))
    order = ancestors(graph, drawn)
    if folded is None:
        folded = depth is not None or bool(unfold) or len(order) > MANY or any(i in graph.blocks for i in order)
    view = View(_depth(depth) if folded else None, frozenset(unfold))
    found = fold(graph, order, node_names(graph, order), view)
    if most is not None and len(found[0]) > most:
        less = "leave out --no-fold" if not folded else "unfold less"
        raise UsageError(
            f"a picture of {len(found[0]):,} boxes, more than {most}, cannot be looked at: {less}, open one layer with "
            "--unfold NAME, or write -f text, dot or mermaid"
        )
    shown = [group.index for group in found[0]]
    nodes = Nodes(shown, frozenset(_plain(graph, order, shown)) if not folded else frozenset(), {}, whole=not folded)
    seen, _ = _passes(built, name, flat, built.differentiable, point_of(built, at), nodes)
    roles = {variable.name: variable.role for variable in built.spec.variables}
    return draw(graph, drawn, built.spec.title or built.spec.name, seen, found, roles)


def _depth(depth: int | None) -> int:
    if depth is not None and depth < 1:
        raise UsageError(f"--depth must be at least 1 (got {depth}): 1 shows layers, 2 the layers inside them")
    return 1 if depth is None else depth


def _nodes(built: Built, order: Sequence[int], view: View) -> Nodes:
    """Return the nodes of the passes: those of ``view``, and the parameters that are folded into its layers."""
    graph = built.graph
    names = node_names(graph, order)
    groups, sources = fold(graph, order, names, view)
    whole = view.depth is None
    shown = sorted({index for group in groups for index in (group.index, *group.leaves)})
    made = {} if whole else {g.index: written(graph, g, sources[g.index], names) for g in groups}
    return Nodes(shown, frozenset(_plain(graph, order, shown) if whole or view.unfold else ()), made, whole)


def _plain(graph: Graph, order: Sequence[int], shown: Sequence[int]) -> Iterator[int]:
    """Yield the nodes of which every use is between nodes that are shown."""
    seen = {*shown, *(index for index in order if graph.nodes[index].op == "literal")}
    users = dict[int, list[int]]()
    for index in order:
        for source in graph.nodes[index].inputs:
            users.setdefault(source, []).append(index)
    for index in shown:
        if all(user in seen and seen.issuperset(graph.nodes[user].inputs) for user in users.get(index, ())):
            yield index


def _passes(built: Built, name: str, flat: int, variables: list[str], point: Point, nodes: Nodes) -> tuple[Passes, str]:
    """Return the passes of one entry of an output, and what the entry is called."""
    output = built.outputs[name]
    seed = np.zeros(output.shape)
    seed[np.unravel_index(flat, output.shape)] = 1.0
    title = element(name, output.shape, flat)
    wrt = [built.variables[v] for v in variables]
    return passes(built.graph, output, title, seed, wrt, point, nodes, lines_of(built)), title


def _first(built: Built) -> str:
    if not built.outputs:
        raise UsageError("the spec has no outputs")
    return next(iter(built.outputs))


def lines_of(built: Built) -> dict[int, int]:
    """Return the line of the spec that declares each leaf."""
    return {built.variables[v.name].index: v.span.line for v in built.spec.variables if v.span}


def point_of(built: Built, at: Mapping[str, Any] | None) -> Point:
    """Return the value of every variable.

    Errors: UsageError for one without.
    """
    point = built.point(at)
    for variable in built.spec.variables:
        if variable.name not in point:
            raise UsageError(f"`{variable.name}` has no value: give `value:` in the spec, or --at {variable.name}=…")
    return point


def place_of(built: Built, what: str, text: str) -> tuple[str, int]:
    """Return the name and flat index that a text such as ``b[2]`` means; without an index, the first element."""
    match = _ENTRY.match(text)
    if match is None:
        raise UsageError(f"`{text}` is not an {what}: write a name, and an index where it is an array, such as b[2]")
    name = match["name"]
    selection = Selection(of=(name,)) if what == "output" else Selection(wrt=(name,))
    select(built, selection)
    shape = (built.outputs if what == "output" else built.variables)[name].shape
    if match["index"] is None:
        if not np.prod(shape):
            raise UsageError(f"`{name}` has no entries")
        return name, 0
    index = tuple(int(k) for k in match["index"].split(",") if k.strip())
    if len(index) != len(shape) or any(k >= n for k, n in zip(index, shape, strict=True)):
        raise UsageError(f"`{text.strip()}` does not exist: {name} has shape {shape}")
    return name, int(np.ravel_multi_index(index, shape)) if shape else 0


def _slopes(built: Built, variables: list[str], point: Point) -> tuple[Slope, ...]:
    """Return the Jacobian entry by entry where all of it is small enough to be read in words."""
    xs = [built.variables[v] for v in variables]
    if sum(y.node.size for y in built.outputs.values()) * sum(x.node.size for x in xs) > MAX_SLOPES:
        return ()
    labels = {v.name: v.label for v in built.spec.variables} | {f.name: f.label for f in built.spec.outputs}
    slopes = []
    for of, y in built.outputs.items():
        for v, x, block in zip(variables, xs, jacobian(built.graph, y, xs, point), strict=True):
            straight = _is_constant(built, y, x)
            for (i, k), slope in np.ndenumerate(block.reshape(y.node.size, x.node.size)):
                slopes.append(Slope(_called(of, y, i, labels), _called(v, x, k, labels), float(slope), straight))
    return tuple(slopes)


def _called(name: str, x: Expr, flat: int, labels: Mapping[str, str | None]) -> str:
    place = element(name, x.shape, flat)
    return f"{labels[name]} ({place})" if labels.get(name) else place


def _is_constant(built: Built, y: Expr, x: Expr) -> bool:
    """Return whether the derivative is the same at every point: no input or param enters its graph."""
    seed = built.graph.leaf(f"{y.index}_bar", y.shape)
    (bar,) = vjp(built.graph, {y.index: seed}, [x])
    moving = {built.variables[name].index for name in built.differentiable}
    return bar is None or not moving.intersection(ancestors(built.graph, [bar.index]))


def _trail(built: Built, output: Expr, flat: int, title: str, below: str, point: Point) -> Trail:
    name, k = place_of(built, "input or param", below)
    if name not in built.differentiable:
        raise UsageError(f"`{name}` is a constant: nothing is differentiated with respect to it")
    x = built.variables[name]
    entry = float(jacobian(built.graph, output, [x], point)[0].reshape(output.node.size, -1)[flat, k])
    try:
        found, trouble = paths(built.graph, output, flat, x, k, point, MAX_TRAILS), None
    except TooManyEntriesError as error:
        found, trouble = None, str(error)
    return Trail(title, element(name, x.shape, k), found, entry, trouble)
