"""A built spec → a backward pass one can watch, at its point or along a training run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jaccli.compute.explain import lines_of, place_of, point_of
from jaccli.errors import UsageError
from jaccli.graph.build import Built
from jaccli.graph.ir import ancestors
from jaccli.learn.axes import axis_words
from jaccli.learn.naming import element
from jaccli.learn.stations import outline, stations, uses
from jaccli.learn.watching import Entry, Watch
from jaccli.results.watched import Fold, Moment, Watched, Words
from jaccli.spec.points import Point

__all__ = ["watched"]

MOST = 2_000  # nodes that a browser can lay out in a second or two once they are unfolded
MOVING = 1_000  # nodes times steps of a training run; where there are more, layers and named steps are shown, and not their insides
FLOWS = 6  # backward passes that are kept: of the first entries of the outputs
LINES = 400  # of a spec that are shown


def watched(
    built: Built,
    *,
    of: str | None = None,
    at: Mapping[str, Any] | None = None,
    point: Point | None = None,
    run: Sequence[tuple[int, Mapping[str, Any]]] = (),
    losses: Sequence[float] = (),
) -> Watched:
    """Return the graph of all outputs, or of the entry ``of``, with both passes.

    point:  the values of everything, instead of the spec's with ``at`` over them.
    run:    steps of a training run and the parameters there; without it there is one moment.
    losses: of every step of it.
    Errors: UsageError for an unknown name, an input without a value, or a graph too large to be looked at.
    """
    graph, entries, others = built.graph, *_entries(built, of)
    order = ancestors(graph, [entry.output.index for entry in entries])
    if len(order) > MOST:
        raise UsageError(
            f"a page of {len(order):,} operations, more than {MOST:,}, cannot be looked at: ask for one output with --of, "
            "or use smaller sizes and fewer steps; jac graph -f text has no limit"
        )
    point = point_of(built, at) if point is None else point
    roles = {variable.name: variable.role for variable in built.spec.variables}
    outputs = [entry.output.index for entry in entries]
    seen = (graph, order, outputs, roles, lines_of(built), axis_words(graph, order, _words(built)))
    folds: list[Fold] = []
    if len(order) * len(run) > MOVING:
        found, between = outline(*seen)
    else:
        found, folds = stations(*seen)
        between = uses(graph, [station.index for station in found])
    wrt = [built.variables[name] for name in built.differentiable]
    watch = Watch(graph, [station.index for station in found], between, entries, wrt)
    moments: list[Moment] = [watch.at({**point, **parameters}, step) for step, parameters in run] or [watch.at(point)]
    source = built.spec.source.text.splitlines()[:LINES]
    title = built.spec.title or built.spec.name
    return Watched(title, tuple(found), watch.uses, tuple(folds), tuple(moments), tuple(source), tuple(losses), others)


def _entries(built: Built, of: str | None) -> tuple[list[Entry], int]:
    """Return the entries whose backward passes are shown, and how many others there are."""
    if of is not None:
        name, flat = place_of(built, "output", of)
        output = built.outputs[name]
        return [Entry(element(name, output.shape, flat), output, flat)], 0
    every = [(name, output, k) for name, output in built.outputs.items() for k in range(output.node.size)]
    moving = [row for row in every if not row[1].node.boolean]
    if not moving:
        raise UsageError("the spec has no outputs that could be differentiated")
    first = [row for row in moving if row[2] == 0]  # every output is drawn, large ones with their first entry
    chosen = [*first, *(row for row in moving if row[2])][: max(FLOWS, len(first))]
    chosen.sort(key=moving.index)
    return [Entry(element(name, output.shape, k), output, k) for name, output, k in chosen], len(moving) - len(chosen)


def _words(built: Built) -> dict[int, Words]:
    given: dict[int, Words] = {built.variables[v.name].index: (v.entries,) for v in built.spec.variables if v.entries}
    outputs = {
        built.outputs[f.name].index: (f.entries,) for f in built.spec.outputs if f.entries and f.name in built.outputs
    }
    return outputs | given
