"""Graph and outputs → a function of the leaves' values, compiled from one line per node."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaccli.graph.evaluate import apply_kernel, live_elements
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.graph.static.lifetimes import Lifetimes, lifetimes
from jaccli.graph.static.lines import LINES, Line
from jaccli.graph.static.memory import hold_on_to
from jaccli.ops import ShapeError
from jaccli.types import Array

__all__ = ["Ending", "Program", "compile_program"]

#: The outputs' names, and what binds an object to a name → the lines that come after theirs, and what is returned.
Ending = Callable[[Sequence[str], Callable[[Any], str]], tuple[list[str], str]]


@dataclass(frozen=True, eq=False)
class Program:
    """A compiled function: ``run`` takes the leaves' values in the order of ``leaves`` and returns those of the outputs.

    source  its text: names are numbers of nodes, so nothing of a spec stands in it
    copied  whether each output may share memory with an argument, a constant or another output
    """

    leaves: tuple[tuple[str, tuple[int, ...], bool], ...]
    run: Callable[..., tuple[Any, ...]]
    copied: tuple[bool, ...]
    source: str

    def __call__(self, values: Mapping[str, Any]) -> list[Array]:
        """Return the outputs, given the leaves' values by name; arrays that nobody else holds.

        Errors: KeyError naming a leaf without a value, ShapeError for a value of another core shape.
        """
        with np.errstate(all="ignore"):
            found = self.run(*(_checked(values[name], name, shape, boolean) for name, shape, boolean in self.leaves))
        return [np.array(y) if copy else np.asarray(y) for y, copy in zip(found, self.copied, strict=True)]


def _checked(value: Any, name: str, shape: tuple[int, ...], boolean: bool) -> Array:
    array = np.asarray(value)
    if array.ndim < len(shape) or array.shape[array.ndim - len(shape) :] != shape:
        raise ShapeError(f"'{name}' has shape {shape}, its value {array.shape}")
    return array if boolean else array.astype(np.float64, copy=False)


def compile_program(
    graph: Graph, outputs: Sequence[Expr], batched: Collection[str] = (), ending: Ending | None = None
) -> Program:
    """Return the function that computes ``outputs`` in doubles.

    batched: names of leaves whose values carry batch axes; what they reach is computed by the kernels, which know batches.
    ending:  what becomes of the outputs, where they are not returned as they are.
    Cost:    about as long as five runs of ``evaluate``; the memory of a value is free again after its last use.
    """
    return _Writer(graph, [y.index for y in outputs], batched).program(ending)


class _Writer:
    def __init__(self, graph: Graph, outputs: Sequence[int], batched: Collection[str]) -> None:
        self.graph, self.outputs = graph, outputs
        self.order = ancestors(graph, outputs)
        self.batched = _reached(graph, self.order, batched)
        self.lives: Lifetimes = lifetimes(graph, self.order, set(outputs), self.batched)
        self.names: dict[int, str] = {}
        self.free: list[str] = []
        self.bound: dict[str, Any] = {}
        self.known: dict[int, str] = {}

    def program(self, ending: Ending | None = None) -> Program:
        leaves = [i for i in self.order if self.graph.nodes[i].op == "leaf"]
        lines = []
        for position, index in enumerate(self.order):
            if line := self.line(position, index):
                lines.append(line)
        results = [self.names[i] for i in self.outputs]
        more, returned = ending(results, self.bind) if ending else ([], "".join(f"{name}, " for name in results))
        text = "\n    ".join(
            [f"def run({', '.join(self.names[i] for i in leaves)}):", *lines, *more, f"return ({returned})"]
        )
        exec(compile(text, "<graph>", "exec"), self.bound)
        hold_on_to(8 * live_elements(self.graph, [Expr(self.graph, i) for i in self.outputs]))
        described = [dict(self.graph.nodes[i].params) for i in leaves]
        return Program(
            tuple((str(d["name"]), d["shape"], bool(d["boolean"])) for d in described),  # type: ignore[misc]
            self.bound["run"],
            self.copied(),
            text,
        )

    def copied(self) -> tuple[bool, ...]:
        roots = [self.lives.root[i] for i in self.outputs]
        return tuple(
            root is None or roots.count(root) > 1 or root != i for root, i in zip(roots, self.outputs, strict=True)
        )

    def line(self, position: int, index: int) -> str | None:
        """Return the line that computes a node; none for a leaf, a constant or an implied broadcast."""
        node = self.graph.nodes[index]
        if node.op == "leaf":
            self.names[index] = f"x{index}"
            return None
        if node.row.kind == "nullary":
            self.names[index] = self.bind(apply_kernel(node, [])[()])
            return None
        if index in self.lives.implied:
            self.names[index] = self.names[node.inputs[0]]
            return None
        target = self.target(position, index)
        text = f"{self.call(index)}, out={self.names[target]})" if target is not None else self.expression(index)
        self.release(position, index)
        self.names[index] = self.free.pop() if self.free else f"t{index}"
        return f"{self.names[index]} = {text}"

    def expression(self, index: int) -> str:
        node = self.graph.nodes[index]
        if index not in self.batched:
            if not node.shape and (sign := _SIGNS.get(node.op)):
                return sign.format(*self.xs(index))
            row = LINES.get(node.op)
            if row and (text := row(self.site(index))):
                return text
        return f"{self.call(index)})"

    def call(self, index: int) -> str:
        """Return the call of a node's kernel, without its closing bracket."""
        node = self.graph.nodes[index]
        more = f", **{self.bind(dict(node.params))}" if node.params else ""
        return f"{self.bind(node.row.kernel)}({', '.join(self.xs(index))}{more}"

    def xs(self, index: int) -> tuple[str, ...]:
        return tuple(self.names[s] for s in self.graph.nodes[index].inputs)

    def site(self, index: int) -> Line:
        sources = [Expr(self.graph, s) for s in self.graph.nodes[index].inputs]
        return Line(
            self.graph.nodes[index],
            self.xs(index),
            tuple(x.shape for x in sources),
            tuple(x.constant for x in sources),
            self.bind,
        )

    def bind(self, thing: Any) -> str:
        """Return the name under which the function finds an object."""
        name = self.known.get(id(thing))
        if name is None:
            name = self.known[id(thing)] = f"c{len(self.bound)}"
            self.bound[name] = thing
        return name

    def target(self, position: int, index: int) -> int | None:
        """Return the operand whose memory the value of an elementwise node can take, being needed no more."""
        node = self.graph.nodes[index]
        if (
            index in self.batched
            or node.boolean
            or not node.shape
            or not isinstance(node.row.kernel, np.ufunc)
            or node.op in LINES
        ):
            return None
        for source in node.inputs:
            operand, root = self.graph.nodes[source], self.lives.root[source]
            same = operand.shape == node.shape and not operand.boolean and source not in self.lives.implied
            if same and root == source and self.lives.ends[root] == position:
                return source
        return None

    def release(self, position: int, index: int) -> None:
        """Give back the variables of operands that are used here for the last time."""
        for holder in {self.lives.holder[s] for s in self.graph.nodes[index].inputs}:
            if self.lives.last[holder] == position and self.names[holder].startswith("t"):
                self.free.append(self.names[holder])


#: Arithmetic of numbers, which Python's operators do faster than calls.
_SIGNS = {"neg": "-{0}", "add": "{0} + {1}", "sub": "{0} - {1}", "mul": "{0} * {1}", "div": "{0} / {1}"}


def _reached(graph: Graph, order: Sequence[int], batched: Collection[str]) -> set[int]:
    reached: set[int] = set()
    for index in order:
        node = graph.nodes[index]
        if (node.op == "leaf" and dict(node.params)["name"] in batched) or any(s in reached for s in node.inputs):
            reached.add(index)
    return reached
