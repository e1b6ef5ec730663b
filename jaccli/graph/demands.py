"""What functions demand of values that no shape tells, such as labels → a message where a value is none of them.

A value that is known while the graph is built is looked at then; of any other the graph keeps the demand, and every point is held
to it before it is run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaccli.errors import Problem, SourceError, Span
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.graph.origins import describe
from jaccli.types import Array

__all__ = ["Demand", "hold"]


@dataclass(frozen=True, eq=False)
class Demand:
    """What the elements of a node must be.

    name    the function or layer that demands it
    right   values → where they are right
    wrong   what a wrong number is said to be: "is none of the 3 classes"
    """

    name: str
    x: Expr
    right: Callable[[Array], Array]
    wrong: str
    help: str

    def complaint(self, value: Any) -> str | None:
        """Return what is wrong with the first element that is, None where all are right."""
        values = np.broadcast_to(np.asarray(value, dtype=np.float64), self.x.shape)
        places = np.argwhere(~self.right(values))
        if not len(places):
            return None
        place, more = tuple(int(k) for k in places[0]), len(places) - 1
        where = f" at {list(place)}" if place else ""
        others = f", and {more} more" if more else ""
        return f"{self.name}: {values[place]:g}{where} of {describe(self.x)} {self.wrong}{others}"


def hold(graph: Graph, values: Mapping[str, Any]) -> None:
    """Hold a point, values by leaf name, to the demands of a graph; those on leaves without a value are left out.

    Cost:   nothing where no labels, indices or masks are among the inputs; else their values.
    Errors: SourceError with the place of every call that could not mean what it is given.
    """
    if graph.demands and (found := list(_unmet(graph, values))):
        raise SourceError(found)


def _unmet(graph: Graph, values: Mapping[str, Any]) -> Iterator[Problem]:
    open_ = [(demand, span) for demand, span in graph.demands if _leaves(demand.x) <= values.keys()]
    known = evaluate(graph, [demand.x for demand, _ in open_], values)
    found: dict[tuple[int, Span | None], Problem] = {}
    for (demand, span), value in zip(open_, known, strict=True):
        if message := demand.complaint(value):
            found.setdefault((demand.x.index, span), Problem("JAC007", message, span, demand.help))
    yield from found.values()


def _leaves(x: Expr) -> set[str]:
    nodes = (x.graph.nodes[k] for k in ancestors(x.graph, [x.index]))
    return {str(dict(node.params)["name"]) for node in nodes if node.op == "leaf"}
