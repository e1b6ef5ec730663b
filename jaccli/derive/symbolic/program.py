"""Graph → scalar bindings, and the chain rule backwards over them."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import sympy

from jaccli.derive.symbolic.applied import apply
from jaccli.derive.symbolic.arrays import numbers, scalar, symbols
from jaccli.derive.symbolic.elimination import ELIMINATED, MAX_CLOSED, pivots
from jaccli.derive.symbolic.forms import Form
from jaccli.derive.symbolic.limits import MAX_BINDINGS, MAX_ENTRIES, MAX_OPERATIONS, TooLarge
from jaccli.derive.symbolic.machine import Machine
from jaccli.derive.symbolic.result import Symbolic
from jaccli.derive.symbolic.rules import definition
from jaccli.derive.symbolic.scalars import Scalars
from jaccli.derive.symbolic.table import EXPR_NAMESPACE
from jaccli.derive.symbolic.unrolled import MOVES, UNROLLED
from jaccli.derive.symbolic.walk import Numbers
from jaccli.graph.cost import weighted_operations
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, Graph, Node, ancestors
from jaccli.ops import lookup
from jaccli.types import Array

__all__ = ["Derivation", "covers", "symbolic"]


def symbolic(
    graph: Graph,
    of: Expr,
    wrt: list[Expr],
    exact: Mapping[str, Array] | None = None,
    point: Mapping[str, Any] | None = None,
) -> list[Symbolic]:
    """Return the symbolic Jacobian of ``of`` with respect to each variable.

    Shapes: entries of of.shape + x.shape.
    exact:  leaf name → array of Fractions, for constants that enter as numbers instead of symbols.
    point:  where the pivots of an elimination are chosen; without it they are what is not zero everywhere.
    Cost:   one binding per element of the graph, one backward pass over them per element of ``of``.
    Errors: TooLarge where the graph unrolls to too many bindings, or their derivatives take too many steps.
    """
    return Derivation(graph, exact).blocks(of, wrt, point)


class Derivation:
    """The symbolic derivatives of a graph's nodes, each derived once: for all outputs, variables and points."""

    def __init__(self, graph: Graph, exact: Mapping[str, Array] | None = None) -> None:
        self.graph, self.exact = graph, exact or {}
        self.lowered, self.made = Graph(), dict[int, Expr]()
        self.refused: dict[int, str] = {}
        self.programs: dict[tuple[Any, ...], _Program] = {}

    def blocks(self, of: Expr, wrt: Sequence[Expr], point: Mapping[str, Any] | None = None) -> list[Symbolic]:
        """Return the Jacobian of ``of`` with respect to each variable, as ``symbolic`` does."""
        entries = of.node.size * sum(x.node.size for x in wrt)
        if entries > MAX_ENTRIES:
            raise TooLarge(f"the Jacobian has {entries:,} entries, more than {MAX_ENTRIES:,}")
        root = self.lower(of)
        nodes = ancestors(self.lowered, [root.index])
        _refuse_large(self.lowered, root, nodes)
        program = self.program(self.orders(nodes, point))
        if root.index not in self.refused:
            try:
                return program.blocks(root, nodes, wrt)
            except TooLarge as error:
                self.refused[root.index] = str(error)
        raise TooLarge(self.refused[root.index])

    def program(self, orders: Mapping[int, tuple[int, ...]]) -> _Program:
        """Return the bindings with these pivots, those of other outputs included."""
        key = tuple(sorted(orders.items()))
        if key not in self.programs:
            self.programs[key] = _Program(self.lowered, self.graph.taken, self.exact, orders)
        return self.programs[key]

    def lower(self, of: Expr) -> Expr:
        """Return a node of a copy of the graph in which special ops stand as their definition in elementary ones."""
        graph, made, copy = self.graph, self.made, self.lowered
        for index in ancestors(graph, [of.index]):
            if index in made:
                continue
            node = graph.nodes[index]
            xs, params = [made[source] for source in node.inputs], dict(node.params)
            definition = node.row.definition if node.row.kind == "special" else None
            made[index] = definition(*xs, **params) if definition else copy.add(node.op, xs, params)
            if index in graph.names:
                copy.name(made[index], graph.names[index])
        return made[of.index]

    def orders(self, nodes: Sequence[int], point: Mapping[str, Any] | None) -> dict[int, tuple[int, ...]]:
        """Return node → the rows of its matrix in the order of elimination at a point, for matrices that are eliminated."""
        graph = self.lowered
        found = [k for k in nodes if graph.nodes[k].op in ELIMINATED]
        matrices = {k: Expr(graph, graph.nodes[k].inputs[0]) for k in found}
        matrices = {k: a for k, a in matrices.items() if a.shape[-1] > MAX_CLOSED}
        if not matrices or point is None:
            return {}
        with np.errstate(all="ignore"):
            values = evaluate(graph, list(matrices.values()), point)
        return {k: pivots(np.broadcast_to(a, matrices[k].shape)) for k, a in zip(matrices, values, strict=True)}


class _Program:
    """The scalar bindings of a graph, with one choice of pivots, and the backward passes over them."""

    def __init__(
        self, graph: Graph, taken: Any, exact: Mapping[str, Array], orders: Mapping[int, tuple[int, ...]]
    ) -> None:
        self.graph, self.exact, self.orders = graph, exact, orders
        self.scalars = Scalars(taken)
        self.inputs: dict[str, Array] = {}
        self.numbers = Numbers(Machine(self.scalars, self.inputs))
        self.found: dict[int, Array] = {}
        self.bars: dict[int, tuple[list[dict[Any, Any]], int, dict[Any, Any]]] = {}
        self.made: dict[tuple[int, int], Symbolic] = {}

    def blocks(self, root: Expr, nodes: Sequence[int], wrt: Sequence[Expr]) -> list[Symbolic]:
        """Return the blocks of one output; what was derived for it, or on the way to another, is used again."""
        for x in wrt:
            self.variable(x)
        if root.index not in self.bars:
            self.scalars.begin()
            self.unroll(nodes)
            self.bars[root.index] = self.backward_passes(root), len(self.scalars.bindings), {}
        for x in wrt:
            if (root.index, x.index) not in self.made:
                self.made[root.index, x.index] = self.block(root, x)
        return [self.made[root.index, x.index] for x in wrt]

    def block(self, root: Expr, x: Expr) -> Symbolic:
        """Return the block of one variable."""
        rows, count, written = self.bars[root.index]
        symbols = self.variable(x).ravel()
        block = np.empty((len(rows), len(symbols)), dtype=object)
        for k, bars in enumerate(rows):
            block[k] = [self.scalars.chain(bars[s]) if s in bars else sympy.S.Zero for s in symbols]
        return Symbolic(self.numbers, count, block.reshape(root.shape + x.shape), self.inputs, written)

    # --- values

    def unroll(self, nodes: Sequence[int]) -> None:
        """Find the symbols of nodes in topological order, with a binding for each scalar on the way."""
        for index in nodes:
            if index not in self.found:
                node = self.graph.nodes[index]
                operands = [self.found[source] for source in node.inputs]
                self.found[index] = self.node(node, index, operands, self.graph.names.get(index))

    def variable(self, x: Expr) -> Array:
        """Return the symbols of a leaf, whether or not the unrolled output depends on it."""
        name = str(dict(x.node.params)["name"])
        if name not in self.inputs:
            self.inputs[name] = symbols(name, x.shape)
        return self.inputs[name]

    def node(self, node: Node, index: int, operands: list[Array], name: str | None) -> Array:
        """Return the symbols of one node, given those of its operands."""
        params = dict(node.params)
        if node.op == "leaf":
            leaf = str(params["name"])
            if leaf not in self.inputs or leaf in self.exact:
                self.inputs[leaf] = numbers(self.exact[leaf]) if leaf in self.exact else symbols(leaf, node.shape)
            return self.inputs[leaf]
        if node.op == "literal":
            return numbers(params["value"].array)  # type: ignore[attr-defined]
        if node.op in ("pi", "euler"):
            return scalar(sympy.pi if node.op == "pi" else sympy.E)
        if node.row.kind == "elementwise":
            return self.elementwise(node, operands, name)
        if node.op in MOVES:
            return np.asarray(node.row.kernel(*operands, **params), dtype=object)
        if index in self.orders:
            params["order"] = self.orders[index]
        return UNROLLED[node.op](self.scalars, operands, params, name)

    def elementwise(self, node: Node, operands: list[Array], name: str | None) -> Array:
        """Return a symbol for each element, bound to the op's definition."""
        out = np.empty(node.shape, dtype=object)
        spread: list[Any] = [np.broadcast_to(operand, node.shape) for operand in operands]
        for position in np.ndindex(node.shape):
            atoms = tuple(operand[position] for operand in spread)
            if node.boolean:
                out[position] = definition(node.row)(EXPR_NAMESPACE, *atoms)
            else:
                out[position] = apply(self.scalars, node.row, atoms, name, position)
        return out

    # --- derivatives

    def backward_passes(self, root: Expr) -> list[dict[Any, Any]]:
        """Return the derivatives of each element of an output, by symbol."""
        outputs, name = self.found[root.index], self.graph.names.get(root.index, "y")
        first = not self.bars
        rows = []
        for position, output in np.ndenumerate(outputs):
            place = "" if outputs.size == 1 else "".join(map(str, position))
            rows.append(self.backward(output, "" if first and outputs.size == 1 else f"_{name}{place}"))
        return rows

    def backward(self, output: Any, suffix: str) -> dict[Any, list[tuple[Any, Any]]]:
        """Return the derivative of one scalar by every symbol that is no binding, as the parts of a chain; sums get names."""
        if not output.is_Symbol:
            return {}
        scalars, position = self.scalars, self.scalars.position
        parts: dict[Any, list[tuple[Any, Any]]] = {output: [(sympy.S.One, sympy.S.One)]}
        queue = [-position[output]] if output in position else []
        while queue:
            binding = scalars.bindings[-heapq.heappop(queue)]
            y_bar = self.named_sum(binding.symbol, parts.pop(binding.symbol), suffix)
            if y_bar is sympy.S.Zero:
                continue
            scalars.count(len(binding.partials))
            for symbol, partial in binding.partials:
                if symbol not in parts:
                    parts[symbol] = []
                    if symbol in position:
                        heapq.heappush(queue, -position[symbol])
                parts[symbol].append((y_bar, partial))
        return parts

    def named_sum(self, symbol: Any, summands: list[Any], suffix: str) -> Any:
        """Return the sum of a cotangent's parts under a name of its own, where it is worth one."""
        form = self.scalars.chain(summands)
        if not isinstance(form, Form):
            return form
        root, bracket, index = symbol.name.partition("[")
        root = f"{root}_bar{suffix}"
        while (name := sympy.Symbol(root + bracket + index, real=True)) in self.scalars.position or (
            root in self.scalars.reserved
        ):
            root += "_"
        return self.scalars.append(name, form, ())


def covers(op: str) -> bool:
    """Return whether SymPy knows what an op means: by a definition, by name, or unrolled into scalars."""
    row = lookup(op)
    if row.kind == "elementwise":
        return row.boolean or row.definition is not None or hasattr(EXPR_NAMESPACE, op)
    return op in UNROLLED or op in MOVES or row.kind == "nullary" or row.definition is not None


def _refuse_large(lowered: Graph, root: Expr, nodes: Sequence[int]) -> None:
    """Raise TooLarge for a graph that is going to be, before anything is unrolled."""
    operations = weighted_operations(lowered, [root])
    if operations > MAX_OPERATIONS:
        raise TooLarge(f"the graph takes {operations:,} scalar operations, more than {MAX_OPERATIONS:,}")
    found = [lowered.nodes[index] for index in nodes]
    # the derivative has half as many bindings again or more, and takes half a minute to find that out
    if 1.5 * sum(n.size for n in found if n.row.weight and n.op not in MOVES and not n.boolean) > MAX_BINDINGS:
        raise TooLarge(f"the graph unrolls to more than {MAX_BINDINGS:,} scalar operations")
