"""Graph → symbolic Jacobian by SymPy's own rules: named intermediates, and the entries in terms of them.

The graph is unrolled into a list of scalar bindings, each of one op on symbols; every op is differentiated once, by SymPy, on
dummies; the chain rule then runs backwards over the bindings and names the sums it forms. The time grows linearly with the
graph, and no expression is ever simplified or expanded beyond what stays small.

This module takes values (kernels, definitions) from the op table, but none of its derivative rules: those of SymPy take their
place, so that the two can be compared.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import sympy

from jaccli.derive.sympy_table import EXPR_NAMESPACE, evaluate_bindings
from jaccli.graph.cost import weighted_operations
from jaccli.graph.ir import Expr, Graph, Node, ancestors

__all__ = ["Symbolic", "TooLarge", "symbolic"]

Array = np.ndarray[Any, Any]
MAX_BINDINGS = 20_000
MAX_OPERATIONS = 500_000  # of the unrolled graph: a product of matrices has many terms per binding
MAX_ENTRIES = 100_000  # of the Jacobian
MAX_MATRIX = 5  # an inverse is written with cofactors, whose length grows with n!
SMALL = 60  # nodes of an expression that is printed whole


class TooLarge(ValueError):  # noqa: N818  it says what the graph is, not that something broke
    """A graph whose symbolic derivative would not be worth reading; the message says what is too large."""


@dataclass(frozen=True)
class Symbolic:
    """A Jacobian block as symbols.

    bindings  (symbol, expression) in order: each expression uses inputs and earlier symbols
    entries   object array of of.shape + wrt.shape, in terms of inputs and bound symbols
    inputs    leaf name → object array of its symbols (numbers for exact constants)
    """

    bindings: tuple[tuple[Any, Any], ...]
    entries: Array
    inputs: Mapping[str, Array] = field(repr=False)

    def expanded(self, limit: int = SMALL, keep: Iterable[str] = ()) -> Array:
        """Return the entries with bindings written out, except those called as in ``keep``; None where an entry is longer.

        limit: nodes of an expression.
        """
        kept = set(keep)
        sizes: dict[Any, int] = {}
        whole: dict[Any, Any] = {}
        for symbol, expression in self.bindings:
            if symbol.name.partition("[")[0] in kept:
                continue
            sizes[symbol] = _size(expression, sizes, limit)
            if sizes[symbol] <= limit:
                whole[symbol] = expression.xreplace({s: whole[s] for s in expression.free_symbols if s in whole})
        result = np.empty(self.entries.shape, dtype=object)
        for position, entry in np.ndenumerate(self.entries):
            fits = _size(entry, sizes, limit) <= limit
            result[position] = entry.xreplace({s: whole[s] for s in entry.free_symbols if s in whole}) if fits else None
        return result

    def used(self) -> list[tuple[Any, Any]]:
        """Return the bindings the entries depend on, in order."""
        needed = {s for entry in self.entries.ravel() for s in entry.free_symbols}
        kept = []
        for symbol, expression in reversed(self.bindings):
            if symbol in needed:
                kept.append((symbol, expression))
                needed |= expression.free_symbols
        return kept[::-1]

    def evaluate(self, values: Mapping[str, Any]) -> Array:
        """Return the entries as doubles at a point given by leaf name; SymPy's expressions are walked, nothing is compiled."""
        numbers = {
            symbol: float(np.asarray(values[name])[position])
            for name, symbols in self.inputs.items()
            for position, symbol in np.ndenumerate(symbols)
            if symbol.is_Symbol
        }
        found = evaluate_bindings(self.used(), list(self.entries.ravel()), numbers)
        return np.array(found, dtype=np.float64).reshape(self.entries.shape)


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
    program = _Program(graph, exact or {})
    outputs = program.unroll(of)
    blocks = [np.empty(of.shape + x.shape, dtype=object) for x in wrt]
    for position, output in np.ndenumerate(outputs):
        suffix = "" if outputs.size == 1 else f"_{graph.names.get(of.index, 'y')}{''.join(map(str, position))}"
        bars = program.backward(output, suffix)
        for x, block in zip(wrt, blocks, strict=True):
            for place, symbol in np.ndenumerate(program.symbols[x.index]):
                block[position + place] = bars.get(symbol, sympy.S.Zero)
    bindings = tuple((b.symbol, b.expression) for b in program.bindings)
    return [Symbolic(bindings, block, program.inputs) for block in blocks]


@dataclass(frozen=True, slots=True)
class _Binding:
    symbol: Any
    expression: Any
    partials: tuple[tuple[Any, Any], ...]  # (symbol, derivative of the expression with respect to it)


class _Program:
    """The scalar bindings of a graph, and the backward pass over them."""

    def __init__(self, graph: Graph, exact: Mapping[str, Array]) -> None:
        self.graph, self.exact = graph, exact
        self.bindings: list[_Binding] = []
        self.position: dict[Any, int] = {}
        self.reserved = {*graph.inputs(), *graph.names.values()}  # a symbol is its name: no other may take one of these
        self.symbols: dict[int, Array] = {}
        self.inputs: dict[str, Array] = {}
        self.counter = itertools.count(1)

    # --- values

    def unroll(self, of: Expr) -> Array:
        lowered, root = _lower(self.graph, of)
        _refuse_large(lowered, root)
        found: dict[int, Array] = {}
        for index in ancestors(lowered, [root.index]):
            node = lowered.nodes[index]
            operands = [found[source] for source in node.inputs]
            found[index] = self.node(node, operands, lowered.names.get(index))
        for index, node in enumerate(self.graph.nodes):
            if node.op == "leaf":
                name = str(dict(node.params)["name"])
                self.symbols[index] = self.inputs.get(name) if name in self.inputs else _symbols(name, node.shape)  # type: ignore[assignment]
        return found[root.index]

    def node(self, node: Node, operands: list[Array], name: str | None) -> Array:
        params = dict(node.params)
        if node.op == "leaf":
            leaf = str(params["name"])
            self.inputs[leaf] = _numbers(self.exact[leaf]) if leaf in self.exact else _symbols(leaf, node.shape)
            return self.inputs[leaf]
        if node.op == "literal":
            return _numbers(params["value"].array)  # type: ignore[attr-defined]
        if node.op in ("pi", "euler"):
            return _scalar(sympy.pi if node.op == "pi" else sympy.E)
        if node.row.kind == "elementwise":
            return self.elementwise(node, operands, name)
        if node.op in _UNROLLED:
            return _UNROLLED[node.op](self, operands, params, name)
        moved = np.asarray(node.row.kernel(*operands, **params), dtype=object)
        return moved if node.op in _MOVES else self.bound(_sympified(moved), name)

    def elementwise(self, node: Node, operands: list[Array], name: str | None) -> Array:
        out = np.empty(node.shape, dtype=object)
        spread: list[Any] = [np.broadcast_to(operand, node.shape) for operand in operands]
        for position in np.ndindex(node.shape):
            atoms = tuple(operand[position] for operand in spread)
            if node.boolean:
                out[position] = _definition(node.op)(EXPR_NAMESPACE, *atoms)
                continue
            pattern = tuple(atom if not atom.is_Symbol else None for atom in atoms)
            dummies, value, partials = _rule(node.op, pattern)
            swap = {d: atom for d, atom in zip(dummies, atoms, strict=True) if d is not None}
            expression = value.xreplace(swap)
            symbol = self.atom(expression, name, position)
            if symbol is expression:
                out[position] = expression
                continue
            swap[_ANSWER] = symbol
            locals_ = tuple((swap[d], p.xreplace(swap)) for d, p in partials)
            out[position] = self.append(symbol, expression, locals_)
        return out

    def atom(self, expression: Any, name: str | None, position: tuple[int, ...]) -> Any:
        """Return a fresh symbol for an expression, or the expression itself where it is a symbol or a number."""
        if expression.is_Symbol or expression.is_Number or not expression.free_symbols:
            return expression
        return self.fresh(name, position)

    def fresh(self, name: str | None, position: tuple[int, ...]) -> Any:
        index = f"[{', '.join(map(str, position))}]" if position else ""
        symbol = sympy.Symbol(f"{name}{index}", real=True)
        if name and symbol not in self.position:
            return symbol
        return sympy.Symbol(next(t for k in self.counter if (t := f"t{k}") not in self.reserved), real=True)

    def append(self, symbol: Any, expression: Any, partials: tuple[tuple[Any, Any], ...]) -> Any:
        if len(self.bindings) >= MAX_BINDINGS:
            raise TooLarge(f"the graph unrolls to more than {MAX_BINDINGS:,} scalar operations")
        self.position[symbol] = len(self.bindings)
        self.bindings.append(_Binding(symbol, expression, partials))
        return symbol

    def bound(self, expressions: Array, name: str | None) -> Array:
        """Return symbols for sums of products, each differentiated by SymPy term by term."""
        out = np.empty(expressions.shape, dtype=object)
        for position, expression in np.ndenumerate(expressions):
            symbol = self.atom(expression, name, position)
            if symbol is not expression:
                self.append(symbol, expression, _term_partials(expression))
            out[position] = symbol
        return out

    # --- derivatives

    def backward(self, output: Any, suffix: str) -> dict[Any, Any]:
        """Return the derivative of one scalar with respect to every symbol it depends on; sums get names."""
        if not output.is_Symbol:
            return {}
        terms: dict[Any, list[Any]] = {output: [sympy.S.One]}
        bars: dict[Any, Any] = {}
        queue = [-self.position[output]] if output in self.position else []
        while queue:
            binding = self.bindings[-heapq.heappop(queue)]
            y_bar = self.named_sum(binding.symbol, terms.pop(binding.symbol), suffix)
            for symbol, partial in binding.partials:
                if symbol not in terms:
                    terms[symbol] = []
                    if symbol in self.position:
                        heapq.heappush(queue, -self.position[symbol])
                terms[symbol].append(self.product(y_bar, partial))
        for symbol, summands in terms.items():
            bars[symbol] = _total(summands)
        return bars

    def named_sum(self, symbol: Any, summands: list[Any], suffix: str) -> Any:
        total = _total(summands)
        if total.is_Symbol or total.is_Number:
            return total
        root, bracket, index = symbol.name.partition("[")
        root = f"{root}_bar{suffix}"
        while root in self.reserved or (name := sympy.Symbol(root + bracket + index, real=True)) in self.position:
            root += "_"
        self.append(name, total, ())
        return name

    def product(self, y_bar: Any, partial: Any) -> Any:
        """Return y_bar · partial, inside a selection's branches: what is not selected stays 0, whatever the other factor is."""
        if _selects(partial):
            return _piecewise((value * y_bar, condition) for value, condition in partial.args)
        place = self.position.get(y_bar)
        if place is not None and _selects(chosen := self.bindings[place].expression):
            return _piecewise((partial * y_bar if value != 0 else value, condition) for value, condition in chosen.args)
        return y_bar * partial


# --- the rules SymPy gives

_ANSWER = sympy.Dummy("answer", real=True)


def _definition(op: str) -> Callable[..., Any]:
    from jaccli.ops import lookup

    return lookup(op).definition or (lambda m, *xs: getattr(m, op)(*xs))


@lru_cache(maxsize=4096)
def _rule(op: str, pattern: tuple[Any, ...]) -> tuple[tuple[Any, ...], Any, tuple[tuple[Any, Any], ...]]:
    """Return (dummies, value, partials) of an elementwise op; constants of ``pattern`` stand in the value as they are."""
    dummies = tuple(sympy.Dummy(f"x{k}", real=True) if atom is None else None for k, atom in enumerate(pattern))
    value = sympy.sympify(
        _definition(op)(EXPR_NAMESPACE, *(d or atom for d, atom in zip(dummies, pattern, strict=True)))
    )
    partials = []
    for dummy in dummies:
        if dummy is None or dummy not in value.free_symbols:
            continue
        partial = sympy.diff(value, dummy)
        partial = partial.xreplace(dict.fromkeys(partial.atoms(sympy.DiracDelta), sympy.S.Zero))  # at a jump alone
        if value.is_Pow:
            partial = sympy.powsimp(partial)  # p x^(p − 1) for p x^p / x, which has no value at 0
        if not value.is_Symbol and value.is_Function:
            partial = partial.xreplace({value: _ANSWER})
        if partial != 0:
            partials.append((dummy, partial))
    return dummies, value, tuple(partials)


def _selects(expression: Any) -> bool:
    return isinstance(expression, sympy.Piecewise) and any(value == 0 for value, _ in expression.args)


def _piecewise(pairs: Iterable[tuple[Any, Any]]) -> Any:
    return sympy.Piecewise(*pairs, evaluate=False)  # evaluation would spend milliseconds on the conditions


def _total(summands: list[Any]) -> Any:
    """Return the sum; selections by the same conditions are added branch by branch."""
    if len(summands) > 1 and all(map(_selects, summands)):
        conditions, *others = [tuple(condition for _, condition in s.args) for s in summands]
        if all(other == conditions for other in others):
            values = zip(*([value for value, _ in s.args] for s in summands), strict=True)
            return _piecewise(zip((sympy.Add(*vs) for vs in values), conditions, strict=True))
    return sympy.Add(*summands)


def _term_partials(expression: Any) -> tuple[tuple[Any, Any], ...]:
    found: dict[Any, list[Any]] = {}
    for term in sympy.Add.make_args(expression):
        for symbol, partial in _product_partials(term):
            found.setdefault(symbol, []).append(partial)
    return tuple((symbol, sympy.Add(*terms)) for symbol, terms in found.items())


def _product_partials(term: Any) -> list[tuple[Any, Any]]:
    """Return the partials of one term; a product of different symbols takes the rule SymPy gave for dummies."""
    coefficient, factors = term.as_coeff_mul()
    if len(factors) < 4 and len(set(factors)) == len(factors) and all(factor.is_Symbol for factor in factors):
        dummies, partials = _product_rule(len(factors))
        swap = dict(zip(dummies, factors, strict=True))
        whole = coefficient is sympy.S.One
        swapped = (swap.get(partial) or partial.xreplace(swap) for partial in partials)
        return [(symbol, p if whole else coefficient * p) for symbol, p in zip(factors, swapped, strict=True)]
    return [(symbol, term.diff(symbol)) for symbol in sorted(term.free_symbols, key=lambda s: s.name)]


@lru_cache(maxsize=8)
def _product_rule(count: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    dummies = tuple(sympy.Dummy(f"x{k}", real=True) for k in range(count))
    return dummies, tuple(sympy.Mul(*dummies).diff(dummy) for dummy in dummies)


# --- ops that the kernels of the table cannot run on symbols

_MOVES = {"reshape", "broadcast", "transpose", "take", "concatenate"}


def _sum(program: _Program, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    return program.bound(_add_over(operands[0], params["axes"]), name)


def _add_over(x: Array, axes: Iterable[int]) -> Array:
    axes = sorted(axes)
    moved = np.moveaxis(x, axes, range(-len(axes), 0))
    kept = moved.shape[: moved.ndim - len(axes)]
    rows = moved.reshape(*kept, -1) if moved.size else np.empty((*kept, 0), dtype=object)
    out = np.empty(kept, dtype=object)
    for position in np.ndindex(kept):
        out[position] = sympy.Add(*rows[position])
    return out


def _contract(program: _Program, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    from jaccli.ops import lookup

    sides, out = params["spec"].split("->")
    summed = "".join(dict.fromkeys(c for c in sides if c not in out and c != ","))
    products = np.asarray(lookup("contract").kernel(*operands, spec=f"{sides}->{out}{summed}"), dtype=object)
    return program.bound(_add_over(products, range(-len(summed), 0)) if summed else products, name)


def _scatter(program: _Program, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    flat = np.empty(int(np.prod(params["shape"])), dtype=object)
    flat[:] = [[] for _ in flat]
    for place, value in zip(params["index"].array.ravel(), operands[0].ravel(), strict=True):
        flat[place].append(value)
    sums = np.empty(len(flat), dtype=object)
    sums[:] = [sympy.Add(*terms) for terms in flat]
    return program.bound(sums.reshape(params["shape"]), name)


def _extremum(op: str) -> Callable[..., Array]:
    def unroll(program: _Program, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
        axes = sorted(params["axes"])
        moved = np.moveaxis(operands[0], axes, range(-len(axes), 0))
        kept = moved.shape[: moved.ndim - len(axes)]
        rows = moved.reshape(*kept, -1)
        out = np.empty(kept, dtype=object)
        for position in np.ndindex(kept):
            best = rows[position][0]
            for other in rows[position][1:]:
                expression = getattr(EXPR_NAMESPACE, op)(best, other)
                symbol = program.atom(expression, None, ())
                partials = tuple((s, expression.diff(s)) for s in sorted(expression.free_symbols, key=lambda s: s.name))
                best = program.append(symbol, expression, partials) if symbol is not expression else expression
            out[position] = best
        return out

    return unroll


def _whole(program: _Program, expression: Any, name: str | None = None, position: tuple[int, ...] = ()) -> Any:
    """Return a symbol bound to ``expression``, differentiated as a whole."""
    symbol = program.atom(expression, name, position)
    if symbol is expression:
        return expression
    return program.append(
        symbol, expression, tuple((s, expression.diff(s)) for s in sorted(expression.free_symbols, key=str))
    )


def _cofactors(program: _Program, a: Array) -> tuple[Any, Array]:
    """Return the determinant and the adjugate of a matrix of symbols, bound entry by entry."""
    n = a.shape[0]
    if n > MAX_MATRIX:
        raise TooLarge(f"a {n} × {n} matrix is inverted, more than {MAX_MATRIX} × {MAX_MATRIX}")
    matrix = sympy.Matrix(n, n, list(a.ravel()))
    adjugate = np.empty((n, n), dtype=object)
    for i, j in np.ndindex(n, n):
        adjugate[i, j] = _whole(program, sympy.expand(matrix.cofactor(j, i, method="berkowitz")))
    return _whole(program, sympy.expand(matrix.det(method="berkowitz"))), adjugate


def _inv(program: _Program, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    det, adjugate = _cofactors(program, operands[0])
    out = np.empty(adjugate.shape, dtype=object)
    for position, cofactor in np.ndenumerate(adjugate):
        out[position] = _whole(program, cofactor / det, name, position)
    return out


def _det(program: _Program, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    return _scalar(_cofactors(program, operands[0])[0])


def _cofactor(program: _Program, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    return _cofactors(program, operands[0])[1].T


def _solve(program: _Program, operands: list[Array], params: dict[str, Any], name: str | None) -> Array:
    det, adjugate = _cofactors(program, operands[0])
    b = operands[1].reshape(len(adjugate), -1)
    out = np.empty(b.shape, dtype=object)
    for i, k in np.ndindex(b.shape):
        numerator = _whole(program, sympy.Add(*(adjugate[i, j] * b[j, k] for j in range(len(b)))))
        out[i, k] = _whole(program, numerator / det, name, (i, k)[: operands[1].ndim])
    return out.reshape(operands[1].shape)


_UNROLLED: dict[str, Callable[..., Array]] = {
    "sum": _sum, "contract": _contract, "scatter": _scatter, "max": _extremum("maximum"), "min": _extremum("minimum"),
    "inv": _inv, "det": _det, "cofactor": _cofactor, "solve": _solve,
}  # fmt: skip


# --- helpers


def _lower(graph: Graph, of: Expr) -> tuple[Graph, Expr]:
    """Return a copy of the graph in which special ops stand as their definition in elementary ones."""
    copy = Graph()
    made: dict[int, Expr] = {}
    for index in ancestors(graph, [of.index]):
        node = graph.nodes[index]
        xs, params = [made[source] for source in node.inputs], dict(node.params)
        definition = node.row.definition if node.row.kind == "special" else None
        made[index] = definition(*xs, **params) if definition else copy.add(node.op, xs, params)
        if index in graph.names:
            copy.names.setdefault(made[index].index, graph.names[index])
    return copy, made[of.index]


def _refuse_large(lowered: Graph, root: Expr) -> None:
    """Raise TooLarge for a graph that is going to be, before anything is unrolled."""
    operations = weighted_operations(lowered, [root])
    if operations > MAX_OPERATIONS:
        raise TooLarge(f"the graph takes {operations:,} scalar operations, more than {MAX_OPERATIONS:,}")
    nodes = [lowered.nodes[index] for index in ancestors(lowered, [root.index])]
    if sum(n.size for n in nodes if n.row.weight and n.op not in _MOVES and not n.boolean) > MAX_BINDINGS:
        raise TooLarge(f"the graph unrolls to more than {MAX_BINDINGS:,} scalar operations")


def _symbols(name: str, shape: tuple[int, ...]) -> Array:
    out = np.empty(shape, dtype=object)
    for position in np.ndindex(shape):
        index = f"[{', '.join(map(str, position))}]" if position else ""
        out[position] = sympy.Symbol(f"{name}{index}", real=True)
    return out


def _numbers(array: Array) -> Array:
    out = np.empty(array.shape, dtype=object)
    for position in np.ndindex(array.shape):
        value = array[position]
        fraction = value if isinstance(value, Fraction) else Fraction(float(value))
        out[position] = sympy.Rational(fraction.numerator, fraction.denominator)
    return out


def _scalar(value: Any) -> Array:
    out = np.empty((), dtype=object)
    out[()] = value
    return out


def _sympified(array: Array) -> Array:
    return np.vectorize(sympy.sympify, otypes=[object])(array) if array.size else array


def _size(expression: Any, sizes: Mapping[Any, int], limit: int) -> int:
    """Return how many nodes an expression has once its symbols are written out; counting stops above ``limit``."""
    total, stack = 0, [expression]
    while stack and total <= limit:
        node = stack.pop()
        total += sizes.get(node, 1) if node.is_Symbol else 1
        stack.extend(node.args)
    return total
