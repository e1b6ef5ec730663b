"""The graph: an append-only, hash-consed list of nodes. Everything else is an interpretation of this list.

A node's inputs come before it, so a loop over indices is a topological order and nothing recurses.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from jaccli.errors import Span
from jaccli.ops import Literal, Op, lookup

__all__ = ["Block", "Expr", "Graph", "Node", "ancestors"]

Shape = tuple[int, ...]
MAX_EXPONENT = 1_000  # of a literal power: x**9**9 is a mistake or an attack


@dataclass(frozen=True, slots=True)
class Node:
    """One application of an op: indices of earlier nodes, static parameters, and the core shape of the value."""

    op: str
    inputs: tuple[int, ...]
    params: tuple[tuple[str, Hashable], ...]
    shape: Shape
    boolean: bool = False

    @property
    def row(self) -> Op:
        """The op's row in the table."""
        return lookup(self.op)

    @property
    def size(self) -> int:
        """The number of elements of the value."""
        return math.prod(self.shape)


TIME_STEP = "time step"  # the kind of a block that is one step of a sequence


@dataclass(frozen=True)
class Block:
    """A layer of a network: its name, its kind, and the layer it stands in; ``repeat`` counts as none."""

    name: str
    kind: str
    outer: Block | None = None

    @property
    def line(self) -> list[Block]:
        """The layers it stands in, from the outermost to itself."""
        line, block = [self], self.outer
        while block is not None:
            line.append(block)
            block = block.outer
        return line[::-1]


@dataclass(eq=False)
class Graph:
    """The list of nodes, with the span each came from, the names users gave, and the layer it belongs to.

    whole:   names of leaves that are, or lead to, indices or class numbers.
    fixed:   the values of leaves that no run changes, such as labels, by which shapes and indices may be told.
    demands: what must be true of values that a run is given (graph/demands.py), and the place that demands it.
    """

    nodes: list[Node] = field(default_factory=list)
    spans: dict[int, Span] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    blocks: dict[int, Block] = field(default_factory=dict)
    data: dict[int, Any] = field(default_factory=dict, repr=False)  # what is known of leaves while the graph is built
    leaves: dict[str, int] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set, repr=False)  # every name of a leaf or of another node
    fixed: dict[int, Any] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    demands: list[tuple[Any, Span | None]] = field(default_factory=list, repr=False)
    steps: dict[tuple[int, ...], Any] = field(default_factory=dict, repr=False)  # of runs, kept by graph/evaluate.py
    _known: dict[Hashable, int] = field(default_factory=dict, repr=False)

    def leaf(self, name: str, shape: Shape = (), boolean: bool = False) -> Expr:
        """Return the node whose value is supplied under ``name`` when the graph runs."""
        return self.add("leaf", (), {"name": name, "shape": tuple(shape), "boolean": boolean})

    def literal(self, value: Any) -> Expr:
        """Return a constant: a number (kept exact) or an array."""
        if isinstance(value, int | float | Fraction):
            value = Fraction(value)
        return self.add("literal", (), {"value": value if isinstance(value, Literal) else Literal(value)})

    def add(self, op: str, operands: Sequence[Expr], params: dict[str, Any]) -> Expr:
        """Return the node of ``op`` on ``operands``; an equal node is found again instead of made.

        Elementwise, a scalar that is not a literal is repeated by a node of its own: core ranks are equal, and its cotangent
        is a sum.
        Errors: ShapeError where the op cannot take operands of these shapes.
        """
        row, nodes = lookup(op), self.nodes
        inputs = tuple([operand.index for operand in operands])
        shapes = [nodes[index].shape for index in inputs]
        if row.kind == "elementwise" and shapes.count(shapes[0]) < len(shapes):
            inputs = tuple([operand.index for operand in _levelled(operands)])
            shapes = [nodes[index].shape for index in inputs]
        items = tuple(sorted(params.items())) if params else ()
        key = (op, inputs, items)
        index = self._known.get(key)
        if index is None:
            boolean = row.boolean or bool(params.get("boolean", False))
            nodes.append(Node(op, inputs, items, row.shape(*shapes, **params), boolean))
            index = self._known[key] = len(nodes) - 1
            if op == "leaf":
                self.leaves[params["name"]] = index
                self.taken.add(params["name"])
        return Expr(self, index)

    def name(self, x: Expr, name: str) -> None:
        """Call a node by the name a user gave it, if it has none yet."""
        self.names.setdefault(x.index, name)
        self.taken.add(name)

    def seen(self, index: int) -> Any:
        """Return the value of a node that is known while the graph is built, None where it is not."""
        return self.data.get(index)

    def demand(self, demand: Any) -> None:
        """Keep what must be true of the values of a node."""
        self.demands.append((demand, None))

    def count_with(self, index: int) -> None:
        """Note that a node is an index or a class number, and so is what it is computed from."""
        leaves = (self.nodes[k] for k in ancestors(self, [index]))
        self.whole |= {str(dict(node.params)["name"]) for node in leaves if node.op == "leaf"}

    def place(self, since: tuple[int, int], span: Span) -> None:
        """Note where the nodes and demands come from that were added since there were so many."""
        for position in range(since[0], len(self.nodes)):
            self.spans.setdefault(position, span)
        for k in range(since[1], len(self.demands)):
            demand, known = self.demands[k]
            self.demands[k] = (demand, known or span)

    def enclose(self, since: int, block: Block) -> None:
        """Put the nodes added since there were so many into a layer, and steps of time that have none yet as well."""
        known = dict[Block, Block]()
        for position in range(since, len(self.nodes)):
            inner = self.blocks.get(position)
            if inner is None:
                self.blocks[position] = block
            elif inner.kind == TIME_STEP and inner.outer is None:
                name = f"{block.name}{inner.name[inner.name.index('[') :]}"
                self.blocks[position] = known.setdefault(inner, Block(name, TIME_STEP, block))

    def time_steps(self) -> str:
        """Return how the next sequence of time steps is called: ``steps1``, ``steps2`` …"""
        known = {block.name.partition("[")[0] for block in self.blocks.values() if block.kind == TIME_STEP}
        return f"steps{len(known) + 1}"

    @property
    def extent(self) -> tuple[int, int]:
        """How many nodes and demands there are."""
        return len(self.nodes), len(self.demands)

    def is_boolean(self, name: str) -> bool:
        """Return whether the leaf called ``name`` holds truth values."""
        return name in self.leaves and self.nodes[self.leaves[name]].boolean

    def inputs(self) -> dict[str, Expr]:
        """Return the leaves by name."""
        return {name: Expr(self, index) for name, index in self.leaves.items()}


def ancestors(graph: Graph, outputs: Iterable[int]) -> list[int]:
    """Return the indices of the nodes that ``outputs`` depend on, themselves included, in ascending order.

    Cost: one look at each of them and its inputs; the rest of the graph, which other outputs may need, is not touched.
    """
    stack = list(outputs)
    needed = set(stack)
    while stack:
        for source in graph.nodes[stack.pop()].inputs:
            if source not in needed:
                needed.add(source)
                stack.append(source)
    return sorted(needed)


@dataclass(frozen=True, slots=True)
class Expr:
    """A handle on a node; arithmetic with numbers and other handles appends nodes.

    Operands of elementwise arithmetic have equal shapes, or are scalars. Arithmetic among literal numbers is exact and
    folded; x * 1, x + 0, x / 1 and x ** 1 are x, and x ** 0 is 1.
    """

    graph: Graph
    index: int

    @property
    def node(self) -> Node:
        """The node itself."""
        return self.graph.nodes[self.index]

    @property
    def shape(self) -> Shape:
        """The core shape of the value."""
        return self.node.shape

    @property
    def constant(self) -> Fraction | None:
        """The exact number of a scalar literal, else None."""
        node = self.node
        return node.params[0][1].scalar if node.op == "literal" else None  # type: ignore[attr-defined]

    def apply(self, op: str, *others: Any, **params: Any) -> Expr:
        """Return ``op`` of this node and the others."""
        return self.graph.add(op, (self, *map(self._lift, others)), params)

    def _lift(self, other: Any) -> Expr:
        return other if isinstance(other, Expr) else self.graph.literal(other)

    def _number(self) -> Expr:
        return self.apply("cast") if self.node.boolean else self

    def _combine(self, op: str, left: Any, right: Any) -> Expr:
        x, y = self._lift(left)._number(), self._lift(right)._number()
        a, b = x.constant, y.constant
        if a is None and b is None:
            return x.apply(op, y)
        if a is not None and b is not None and (folded := _fold(op, a, b)) is not None:
            return self.graph.literal(folded)
        if b == _RIGHT_UNIT.get(op) and b is not None:
            return x
        if a == _LEFT_UNIT.get(op) and a is not None:
            return y
        if op == "pow" and b == 0:
            return _repeated(self.graph.literal(1), x.shape)
        return x.apply(op, y)

    def __add__(self, other: Any) -> Expr:
        return self._combine("add", self, other)

    def __radd__(self, other: Any) -> Expr:
        return self._combine("add", other, self)

    def __sub__(self, other: Any) -> Expr:
        return self._combine("sub", self, other)

    def __rsub__(self, other: Any) -> Expr:
        return self._combine("sub", other, self)

    def __mul__(self, other: Any) -> Expr:
        return self._combine("mul", self, other)

    def __rmul__(self, other: Any) -> Expr:
        return self._combine("mul", other, self)

    def __truediv__(self, other: Any) -> Expr:
        return self._combine("div", self, other)

    def __rtruediv__(self, other: Any) -> Expr:
        return self._combine("div", other, self)

    def __pow__(self, other: Any) -> Expr:
        return self._combine("pow", self, other)

    def __rpow__(self, other: Any) -> Expr:
        return self._combine("pow", other, self)

    def __neg__(self) -> Expr:
        x = self._number()
        return self.graph.literal(-x.constant) if x.constant is not None else x.apply("neg")

    def __gt__(self, other: Any) -> Expr:
        return self.apply("greater", other)

    def __ge__(self, other: Any) -> Expr:
        return self.apply("greater_equal", other)

    def __lt__(self, other: Any) -> Expr:
        return self.apply("less", other)

    def __le__(self, other: Any) -> Expr:
        return self.apply("less_equal", other)


def _levelled(operands: Sequence[Expr]) -> list[Expr]:
    """Return the operands of an elementwise op with every scalar but literals repeated to the common shape."""
    full = max((operand.shape for operand in operands), key=len)
    return [x if x.shape or x.node.op == "literal" else _repeated(x, full) for x in operands]


def _repeated(x: Expr, shape: Shape) -> Expr:
    return x.apply("broadcast", shape=shape, rank=0) if shape else x


_RIGHT_UNIT = {"add": 0, "sub": 0, "mul": 1, "div": 1, "pow": 1}
_LEFT_UNIT = {"add": 0, "mul": 1}


def _fold(op: str, a: Fraction, b: Fraction) -> Fraction | None:
    """Return the exact value of an operation on two numbers, or None where it has none or would be long to write."""
    if op == "pow":
        whole = b.denominator == 1 and abs(b) <= MAX_EXPONENT and (a or b >= 0)
        return a ** int(b) if whole and _bits(a) * abs(b) <= 4096 else None
    if op == "div" and b == 0:
        return None
    value = {"add": a.__add__, "sub": a.__sub__, "mul": a.__mul__, "div": a.__truediv__}[op](b)
    return value if _bits(value) <= 4096 else None


def _bits(a: Fraction) -> int:
    return max(a.numerator.bit_length(), a.denominator.bit_length())
