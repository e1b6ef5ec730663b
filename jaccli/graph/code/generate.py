"""Nodes of a graph → lines of source, under the users' names where there are some."""

from __future__ import annotations

import builtins
import itertools
import keyword
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from jaccli.graph.code.helpers import HELPERS
from jaccli.graph.code.sources import Site, source
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.types import Array

__all__ = ["Code", "generate", "identifier"]

RESERVED = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "np", "special", *HELPERS}
SHORT = 8  # elements of an array of integers that is written where it is used


@dataclass(frozen=True)
class Code:
    """Straight-line source.

    lines      ``name = expression``, in an order that runs
    results    one name or number per output
    batched    whether each of them carries a batch axis
    constants  name → array that the lines use
    helpers    names of HELPERS that must be defined before the lines run
    """

    lines: tuple[str, ...]
    results: tuple[str, ...]
    batched: tuple[bool, ...]
    constants: Mapping[str, Array]
    helpers: tuple[str, ...]


def identifier(name: str, taken: Iterable[str] = ()) -> str:
    """Return ``name``, with underscores behind it where Python or ``taken`` has it already; example: "lambda_"."""
    taken = {*taken, *RESERVED}
    while name in taken:
        name += "_"
    return name


def generate(
    graph: Graph,
    outputs: Sequence[Expr],
    leaves: Mapping[int, str],
    *,
    batched: Iterable[int] = (),
    taken: Iterable[str] = (),
    constant: str = "c",
) -> Code:
    """Return source that computes ``outputs``.

    leaves:   node index → the name of its value; every leaf that the outputs need, and any other node that is given.
    batched:  those of them that carry one batch axis to the left of their core shape.
    taken:    names that no line may assign; ``constant`` begins those of the constants.
    """
    return _Generator(graph, leaves, set(batched), {*taken, *leaves.values()}, constant).code(outputs)


class _Generator:
    def __init__(
        self, graph: Graph, leaves: Mapping[int, str], batched: set[int], taken: set[str], constant: str
    ) -> None:
        self.graph, self.leaves, self.batched, self.taken = graph, leaves, batched, taken
        self.atoms: dict[int, str] = dict(leaves)
        self.constants: dict[str, Array] = {}
        self.known: dict[Any, str] = {}
        self.helpers: set[str] = set()
        self.steps, self.prefix = itertools.count(1), constant

    def code(self, outputs: Sequence[Expr]) -> Code:
        lines = [line for index in ancestors(self.graph, [y.index for y in outputs]) for line in self.line(index)]
        return Code(
            tuple(lines),
            tuple(self.atoms[y.index] for y in outputs),
            tuple(y.index in self.batched for y in outputs),
            self.constants,
            tuple(_with_those_they_call(self.helpers)),
        )

    def line(self, index: int) -> list[str]:
        """Return the line that computes a node; none for a leaf or a constant."""
        node = self.graph.nodes[index]
        if index in self.leaves:
            return []
        if node.op == "literal":
            self.atoms[index] = self.number(dict(node.params)["value"].array)  # type: ignore[attr-defined]
            return []
        batched = tuple(k in self.batched for k in node.inputs)
        if any(batched):
            self.batched.add(index)
        xs = tuple(self.atoms[k] for k in node.inputs)
        shapes = tuple(self.graph.nodes[k].shape for k in node.inputs)
        expression = source(Site(node, xs, shapes, batched, self.number, self.helpers))
        if node.op in ("pi", "euler"):
            self.atoms[index] = expression
            return []
        self.atoms[index] = self.name(index)
        return [f"{self.atoms[index]} = {expression}"]

    def name(self, index: int) -> str:
        wanted = self.graph.names.get(index)
        free = (f"t{k}" for k in self.steps)
        name = identifier(wanted, self.taken) if wanted else next(t for t in free if t not in self.taken)
        self.taken.add(name)
        return name

    def number(self, array: Array) -> str:
        """Return a scalar or a few indices as text, a larger array as the name of a constant."""
        if array.ndim == 0 and array.dtype.kind in "Of":
            return _float_text(array.item())
        if array.dtype.kind in "iu" and array.size <= SHORT and array.size:
            return str(array.tolist())
        key = (array.shape, array.dtype.kind, tuple(array.ravel()) if array.dtype == object else array.tobytes())
        if key not in self.known:
            name = next(c for k in itertools.count(len(self.known) + 1) if (c := f"{self.prefix}{k}") not in self.taken)
            self.known[key] = name
            self.taken.add(name)
            self.constants[name] = array
        return self.known[key]


def _float_text(number: float | Fraction) -> str:
    try:
        value = float(number)
    except OverflowError:
        value = float("inf") if number > 0 else float("-inf")
    text = "np.nan" if value != value else f"{'-' if value < 0 else ''}np.inf" if abs(value) == np.inf else repr(value)
    return f"({text})" if text.startswith("-") else text


def _with_those_they_call(helpers: set[str]) -> list[str]:
    """Return the helpers and what they call, in the order of the table, in which callees stand before their callers."""
    needed = set(helpers)
    for name in reversed(HELPERS):
        if name in needed:
            needed |= {other for other in HELPERS if f"{other}(" in HELPERS[name]}
    return [name for name in HELPERS if name in needed]
