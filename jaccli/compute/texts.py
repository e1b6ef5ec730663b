"""Derivatives of a spec as text, where they are short enough to be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jaccli.errors import UsageError
from jaccli.graph.build import Built
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.graph.selection import exact_constants
from jaccli.spec.points import Point
from jaccli.types import Array

__all__ = ["MAX_SYMBOLIC", "MAX_TEXTS", "elements_of", "second_texts", "symbolic_texts", "written_texts"]

MAX_SYMBOLIC = 5_000  # elements of a graph whose symbolic derivative is still worth waiting for
NAMED = 120  # nodes of an entry in the user's own steps
MAX_TEXTS = 144  # entries of a block that are written out


def elements_of(graph: Graph, output: Expr) -> int:
    """Return the number of elements of all nodes that ``output`` is made of."""
    return sum(graph.nodes[index].size for index in ancestors(graph, [output.index]))


def symbolic_texts(built: Built, output: Expr, xs: list[Expr], must: bool, point: Point | None = None) -> list[Any]:
    """Return the symbolic Jacobians, or Nones where they would not be worth reading."""
    from jaccli.derive.symbolic import TooLarge, symbolic

    small = elements_of(built.graph, output) <= MAX_SYMBOLIC and any(
        output.node.size * x.node.size <= MAX_TEXTS for x in xs
    )
    if not small and not must:
        return [None] * len(xs)
    try:
        return [*symbolic(built.graph, output, xs, exact_constants(built.spec), point)]
    except TooLarge as error:
        if must:
            raise UsageError(f"--route symbolic: {error}; forward and reverse do not depend on it") from None
        return [None] * len(xs)


def written_texts(found: Any, x: Expr, output: Expr, lets: Sequence[str]) -> dict[str, Any]:
    """Return a block's texts: in the inputs alone, and, where that is long, in the user's own steps."""
    from jaccli.derive.symbolic.printing import text

    if found is None or output.node.size * x.node.size > MAX_TEXTS:
        return {}
    whole, named = found.expanded(), found.expanded(NAMED, keep=lets)
    written = all(entry is not None for entry in named.ravel())
    return {
        "symbolic": _each(lambda e: None if e is None else text(e), whole),
        "named": _each(text, named if written else found.entries),
        "bindings": () if written else tuple((s.name, text(e)) for s, e in found.used()),
    }


def _each(make: Any, array: Array) -> Array:
    out = np.empty(array.shape, dtype=object)
    for position in np.ndindex(array.shape):
        out[position] = make(array[position])
    return out


def second_texts(built: Built, output: Expr, x: Expr, x2: Expr) -> Array | None:
    """Return the texts of the second derivatives where the first ones are short; SymPy differentiates them again."""
    from jaccli.derive.symbolic.printing import text

    found = symbolic_texts(built, output, [x], must=False)[0]
    if found is None or output.node.size * x.node.size * x2.node.size > MAX_TEXTS:
        return None
    whole = found.expanded()
    if any(entry is None for entry in whole.ravel()):
        return None
    symbols = found.inputs.get(built.graph.names[x2.index])
    out = np.empty(whole.shape + x2.shape, dtype=object)
    for position in np.ndindex(whole.shape):
        for place in np.ndindex(x2.shape):
            out[position + place] = text(whole[position].diff(symbols[place])) if symbols is not None else "0"
    return out
