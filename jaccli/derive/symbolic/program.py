"""Graph → scalar bindings, and the chain rule backwards over them."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from jaccli.derive.symbolic.arrays import numbers, scalar, symbols, sympified
from jaccli.derive.symbolic.exact import refuse_long
from jaccli.derive.symbolic.result import Symbolic, TooLarge
from jaccli.derive.symbolic.rules import ANSWER, definition, piecewise, rule, selects, total
from jaccli.derive.symbolic.scalars import MAX_BINDINGS, Scalars
from jaccli.derive.symbolic.table import EXPR_NAMESPACE
from jaccli.derive.symbolic.unrolled import MOVES, UNROLLED
from jaccli.graph.cost import weighted_operations
from jaccli.graph.ir import Expr, Graph, Node, ancestors
from jaccli.ops import lookup
from jaccli.types import Array

__all__ = ["Program", "covers", "symbolic"]

MAX_OPERATIONS = 500_000  # of the unrolled graph: a product of matrices has many terms per binding
MAX_ENTRIES = 100_000  # of the Jacobian
_ARITHMETIC = ("add", "sub", "mul", "div")  # whose rules are the same for every number, and are found once


def symbolic(graph: Graph, of: Expr, wrt: list[Expr], exact: Mapping[str, Array] | None = None) -> list[Symbolic]:
    """Return the symbolic Jacobian of ``of`` with respect to each variable.

    Shapes: entries of of.shape + x.shape.
    exact:  leaf name → array of Fractions, for constants that enter as numbers instead of symbols.
    Cost:   one binding per element of the graph, one backward pass over them per element of ``of``.
    Errors: TooLarge where the graph unrolls to too many bindings or inverts a large matrix.
    """
    entries = of.node.size * sum(x.node.size for x in wrt)
    if entries > MAX_ENTRIES:
        raise TooLarge(f"the Jacobian has {entries:,} entries, more than {MAX_ENTRIES:,}")
    program = Program(graph, exact or {})
    outputs = program.unroll(of)
    blocks = [np.empty(of.shape + x.shape, dtype=object) for x in wrt]
    for position, output in np.ndenumerate(outputs):
        suffix = "" if outputs.size == 1 else f"_{graph.names.get(of.index, 'y')}{''.join(map(str, position))}"
        bars = program.backward(output, suffix)
        for x, block in zip(wrt, blocks, strict=True):
            for place, symbol in np.ndenumerate(program.variable(x)):
                block[position + place] = bars.get(symbol, sympy.S.Zero)
    bindings = tuple((b.symbol, b.expression) for b in program.scalars.bindings)
    written: dict[Any, Any] = {}
    return [Symbolic(bindings, block, program.inputs, written) for block in blocks]


class Program:
    """The scalar bindings of a graph, and the backward pass over them."""

    def __init__(self, graph: Graph, exact: Mapping[str, Array]) -> None:
        self.graph, self.exact = graph, exact
        self.scalars = Scalars(graph.taken)
        self.inputs: dict[str, Array] = {}

    # --- values

    def unroll(self, of: Expr) -> Array:
        """Return the symbols of ``of``, with a binding for each scalar on the way."""
        lowered, root = lower(self.graph, of)
        _refuse_large(lowered, root)
        found: dict[int, Array] = {}
        for index in ancestors(lowered, [root.index]):
            node = lowered.nodes[index]
            operands = [found[source] for source in node.inputs]
            found[index] = self.node(node, operands, lowered.names.get(index))
        return found[root.index]

    def variable(self, x: Expr) -> Array:
        """Return the symbols of a leaf, whether or not the unrolled output depends on it."""
        name = str(dict(x.node.params)["name"])
        if name not in self.inputs:
            self.inputs[name] = symbols(name, x.shape)
        return self.inputs[name]

    def node(self, node: Node, operands: list[Array], name: str | None) -> Array:
        """Return the symbols of one node, given those of its operands."""
        params = dict(node.params)
        if node.op == "leaf":
            leaf = str(params["name"])
            self.inputs[leaf] = numbers(self.exact[leaf]) if leaf in self.exact else symbols(leaf, node.shape)
            return self.inputs[leaf]
        if node.op == "literal":
            return numbers(params["value"].array)  # type: ignore[attr-defined]
        if node.op in ("pi", "euler"):
            return scalar(sympy.pi if node.op == "pi" else sympy.E)
        if node.row.kind == "elementwise":
            return self.elementwise(node, operands, name)
        if node.op in UNROLLED:
            return UNROLLED[node.op](self.scalars, operands, params, name)
        moved = np.asarray(node.row.kernel(*operands, **params), dtype=object)
        return moved if node.op in MOVES else self.scalars.bound(sympified(moved), name)

    def elementwise(self, node: Node, operands: list[Array], name: str | None) -> Array:
        """Return a symbol for each element, bound to the op's definition."""
        out = np.empty(node.shape, dtype=object)
        spread: list[Any] = [np.broadcast_to(operand, node.shape) for operand in operands]
        for position in np.ndindex(node.shape):
            atoms = tuple(operand[position] for operand in spread)
            if node.boolean:
                out[position] = definition(node.row)(EXPR_NAMESPACE, *atoms)
                continue
            refuse_long(node.op, atoms)
            plain = node.op in _ARITHMETIC
            pattern = tuple(None if plain or atom.is_Symbol else atom for atom in atoms)
            dummies, value, partials = rule(node.row, pattern)
            swap = {d: atom for d, atom in zip(dummies, atoms, strict=True) if d is not None}
            expression = value.xreplace(swap)
            symbol = self.scalars.atom(expression, name, position)
            if symbol is expression:
                out[position] = expression
                continue
            swap[ANSWER] = symbol
            locals_ = tuple((swap[d], p.xreplace(swap)) for d, p in partials if swap[d].is_Symbol)
            out[position] = self.scalars.append(symbol, expression, locals_)
        return out

    # --- derivatives

    def backward(self, output: Any, suffix: str) -> dict[Any, Any]:
        """Return the derivative of one scalar with respect to every symbol it depends on; sums get names."""
        if not output.is_Symbol:
            return {}
        terms: dict[Any, list[Any]] = {output: [sympy.S.One]}
        bars: dict[Any, Any] = {}
        position = self.scalars.position
        queue = [-position[output]] if output in position else []
        while queue:
            binding = self.scalars.bindings[-heapq.heappop(queue)]
            y_bar = self.named_sum(binding.symbol, terms.pop(binding.symbol), suffix)
            for symbol, partial in binding.partials:
                if symbol not in terms:
                    terms[symbol] = []
                    if symbol in position:
                        heapq.heappush(queue, -position[symbol])
                terms[symbol].append(self.product(y_bar, partial))
        for symbol, summands in terms.items():
            bars[symbol] = total(summands)
        return bars

    def named_sum(self, symbol: Any, summands: list[Any], suffix: str) -> Any:
        """Return the sum of a cotangent's parts under a name of its own, where it is worth one."""
        whole = total(summands)
        if whole.is_Symbol or whole.is_Number:
            return whole
        root, bracket, index = symbol.name.partition("[")
        root = f"{root}_bar{suffix}"
        while (name := sympy.Symbol(root + bracket + index, real=True)) in self.scalars.position or (
            root in self.scalars.reserved
        ):
            root += "_"
        self.scalars.append(name, whole, ())
        return name

    def product(self, y_bar: Any, partial: Any) -> Any:
        """Return y_bar · partial, inside a selection's branches: what is not selected stays 0, whatever the other factor is."""
        if selects(partial):
            return piecewise((value * y_bar, condition) for value, condition in partial.args)
        place = self.scalars.position.get(y_bar)
        if place is not None and selects(chosen := self.scalars.bindings[place].expression):
            return piecewise((partial * value if value != 0 else value, condition) for value, condition in chosen.args)
        return y_bar * partial


def lower(graph: Graph, of: Expr) -> tuple[Graph, Expr]:
    """Return a copy of the graph in which special ops stand as their definition in elementary ones."""
    copy = Graph()
    made: dict[int, Expr] = {}
    for index in ancestors(graph, [of.index]):
        node = graph.nodes[index]
        xs, params = [made[source] for source in node.inputs], dict(node.params)
        definition = node.row.definition if node.row.kind == "special" else None
        made[index] = definition(*xs, **params) if definition else copy.add(node.op, xs, params)
        if index in graph.names:
            copy.name(made[index], graph.names[index])
    return copy, made[of.index]


def covers(op: str) -> bool:
    """Return whether SymPy knows what an op means: by a definition, by name, or unrolled into scalars."""
    row = lookup(op)
    if row.kind == "elementwise":
        return row.boolean or row.definition is not None or hasattr(EXPR_NAMESPACE, op)
    return op in UNROLLED or op in MOVES or row.kind == "nullary" or row.definition is not None


def _refuse_large(lowered: Graph, root: Expr) -> None:
    """Raise TooLarge for a graph that is going to be, before anything is unrolled."""
    operations = weighted_operations(lowered, [root])
    if operations > MAX_OPERATIONS:
        raise TooLarge(f"the graph takes {operations:,} scalar operations, more than {MAX_OPERATIONS:,}")
    nodes = [lowered.nodes[index] for index in ancestors(lowered, [root.index])]
    # the derivative has half as many bindings again or more, and takes half a minute to find that out
    if 1.5 * sum(n.size for n in nodes if n.row.weight and n.op not in MOVES and not n.boolean) > MAX_BINDINGS:
        raise TooLarge(f"the graph unrolls to more than {MAX_BINDINGS:,} scalar operations")
