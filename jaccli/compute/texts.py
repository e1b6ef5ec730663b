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

__all__ = [
    "MAX_SYMBOLIC",
    "MAX_TEXTS",
    "elements_of",
    "second_texts",
    "symbolic_texts",
    "worth_writing",
    "written_texts",
]

MAX_SYMBOLIC = 5_000  # elements of a graph whose symbolic derivative is still worth waiting for
MAX_TOGETHER = 20_000  # those of all outputs of a spec, each counted for itself
NAMED = 120  # nodes of an entry in the user's own steps
MAX_TEXTS = 144  # entries of a block that are written out


def elements_of(graph: Graph, output: Expr) -> int:
    """Return the number of elements of all nodes that ``output`` is made of."""
    return sum(graph.nodes[index].size for index in ancestors(graph, [output.index]))


def worth_writing(built: Built, outputs: Sequence[str]) -> frozenset[str]:
    """Return the outputs whose symbolic derivatives are worth waiting for: the first ones, where there are very many."""
    left, found = MAX_TOGETHER, []
    for of in outputs:
        if left <= 0:
            break
        count = _elements_up_to(built.graph, built.outputs[of], MAX_SYMBOLIC)
        if count is not None:
            left -= count
            found.append(of)
    return frozenset(found)


def _elements_up_to(graph: Graph, output: Expr, most: int) -> int | None:
    """Return the number of elements as ``elements_of`` does, None where they are more than ``most``; counting stops there."""
    stack, seen, count = [output.index], {output.index}, 0
    while stack:
        node = graph.nodes[stack.pop()]
        count += node.size
        if count > most:
            return None
        new = [source for source in node.inputs if source not in seen]
        seen.update(new)
        stack.extend(dict.fromkeys(new))
    return count


def symbolic_texts(
    built: Built, output: Expr, xs: list[Expr], must: bool, worth: bool = True, point: Point | None = None
) -> list[Any]:
    """Return the symbolic Jacobians, or Nones where they would not be worth reading.

    must:  whether they were asked for by name.
    worth: whether there is time for them, with all other outputs.
    """
    from jaccli.derive.symbolic import TooLarge, symbolic

    small = worth and any(output.node.size * x.node.size <= MAX_TEXTS for x in xs)
    small = small and _elements_up_to(built.graph, output, MAX_SYMBOLIC) is not None
    if not small and not must:
        return [None] * len(xs)
    try:
        return [*symbolic(built.graph, output, xs, exact_constants(built.spec), point)]
    except TooLarge as error:
        if must:
            raise UsageError(f"--route symbolic: {error}; forward and reverse do not depend on it") from None
        return [None] * len(xs)


def written_texts(found: Any, x: Expr, output: Expr, lets: Sequence[str], most: int | None = None) -> dict[str, Any]:
    """Return a block's texts: in the inputs alone, and, where that is long, in the user's own steps.

    most: intermediates beyond which entries that are long in both ways are not written, only counted.
    """
    from jaccli.derive.symbolic.printing import text

    if found is None or output.node.size * x.node.size > MAX_TEXTS:
        return {}
    whole, named = found.expanded(), found.expanded(NAMED, keep=lets)
    written = all(entry is not None for entry in named.ravel())
    symbolic = _each(lambda e: None if e is None else text(e), whole)
    if not written and most is not None and (count := found.intermediates) > most:
        return {"symbolic": symbolic, "intermediates": count}
    return {
        "symbolic": symbolic,
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
