"""Graph → a Jacobian block as matrix calculus in the user's names, such as uᵀ diag(tanh′(z)) W.

A formula is a sum of products read off the paths from the output to the variable. Each factor carries its text and a rule for
its number, and a formula is handed out only after its product has been compared with the Jacobian at random points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jaccli.derive.jacobian import jacobian
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, Graph, Node, ancestors

__all__ = ["TensorFormula", "tensor_formula"]

Array = np.ndarray[Any, Any]
Values = Mapping[int, Array]
MAX_TERMS, MAX_FACTORS = 4, 8
MAX_SIZE = 4_000  # elements of a value: the check multiplies matrices out, diag(v) among them


@dataclass(frozen=True)
class TensorFormula:
    """A Jacobian block in matrix notation, and what the derivative functions in it stand for."""

    text: str
    where: tuple[str, ...]


@dataclass(frozen=True)
class _Factor:
    text: str
    number: Callable[[Values], Array]  # always a matrix: vectors are columns, their transposes rows
    transposed: str  # the text of the transpose
    where: str | None = None
    tight: bool = False  # needs no brackets when transposed


@dataclass(frozen=True)
class _Term:
    sign: int
    factors: tuple[_Factor, ...]

    def times(self, *factors: _Factor) -> _Term:
        return replace(self, factors=self.factors + factors)


class _NoFormulaError(Exception):
    pass


def tensor_formula(graph: Graph, of: Expr, wrt: Expr) -> TensorFormula | None:
    """Return the block ∂of/∂wrt in matrix notation, or None where it has none that is short and checked.

    Shapes: of a number or a vector, wrt a vector or, for a number, a matrix.
    """
    if len(of.shape) > 1 or len(wrt.shape) > 2 - len(of.shape) or not wrt.shape:
        return None
    if max(graph.nodes[index].size for index in ancestors(graph, [of.index])) > MAX_SIZE:
        return None
    try:
        walk = _Walk(graph, wrt)
        terms = walk.terms(of)
    except _NoFormulaError:
        return None
    if not terms or not _holds(graph, of, wrt, terms, walk.outer):
        return None
    words, wheres = [], list[str]()
    for term in terms:
        factors = (
            [factor.transposed for factor in reversed(term.factors)] if walk.outer else [f.text for f in term.factors]
        )
        text = " ".join(factors) or "I"
        words.append((" − " if term.sign < 0 else " + ") + text)
        wheres += [factor.where for factor in term.factors if factor.where]
    joined = "".join(words)
    joined = joined[3:] if joined.startswith(" + ") else "−" + joined[3:]
    return TensorFormula(joined, tuple(dict.fromkeys(wheres)))


def _holds(graph: Graph, of: Expr, wrt: Expr, terms: Sequence[_Term], outer: bool) -> bool:
    """Return whether the formula gives the Jacobian at three random points."""
    rng = np.random.default_rng(0)
    leaves = graph.inputs()
    needed = [Expr(graph, index) for index in ancestors(graph, [of.index])]
    for _ in range(3):
        values = {name: rng.standard_normal(x.shape) for name, x in leaves.items()}
        numbers = dict(zip((x.index for x in needed), evaluate(graph, needed, values), strict=True))
        truth = jacobian(graph, of, [wrt], values, "reverse")[0]
        found = sum((term.sign * _product(term, numbers, outer, truth) for term in terms), np.zeros(truth.shape))
        with np.errstate(all="ignore"):
            size = np.max(np.abs(truth), initial=0.0)
            if not np.all(np.isfinite(truth)) or np.max(np.abs(found - truth), initial=0.0) > 1e-9 * (size + 1e-300):
                return False
    return True


def _product(term: _Term, numbers: Values, outer: bool, like: Array) -> Array:
    with np.errstate(all="ignore"):
        product = np.eye(1 if not term.factors else term.factors[0].number(numbers).shape[0])
        for factor in term.factors:
            product = product @ factor.number(numbers)
    return (
        (product.T if outer else product).reshape(like.shape)
        if product.size == like.size
        else np.full(like.shape, np.nan)
    )


class _Walk:
    """Collects, from the output down to the variable, the factors of every path."""

    def __init__(self, graph: Graph, wrt: Expr) -> None:
        self.graph, self.wrt = graph, wrt
        self.outer = len(wrt.shape) == 2
        self.active = {wrt.index}
        for index, node in enumerate(graph.nodes):
            if not node.boolean and any(source in self.active for source in node.inputs):
                self.active.add(index)

    def terms(self, of: Expr) -> list[_Term]:
        if of.index not in self.active:
            return []
        finished: list[_Term] = []
        open_ = [(of.index, _Term(1, ()))]
        while open_:
            index, term = open_.pop(0)
            if index == self.wrt.index:
                finished.append(term)
            else:
                open_ += [(source, longer) for source, longer in self.step(index, term) if source in self.active]
            if len(finished) + len(open_) > MAX_TERMS or len(term.factors) > MAX_FACTORS:
                raise _NoFormulaError
        return finished

    def step(self, index: int, term: _Term) -> list[tuple[int, _Term]]:
        node = self.graph.nodes[index]
        rule = _STEPS.get(node.op)
        if rule is not None:
            return rule(self, index, node, term)
        if node.row.kind == "elementwise" and len(node.inputs) == 1 and len(node.shape) == 1:
            return [(node.inputs[0], term.times(self.slope(index, node)))]
        raise _NoFormulaError

    # --- factors

    def name(self, index: int) -> str:
        """Return how a value is called in formulas: its name, or its text where that is short."""
        known = self.graph.names.get(index)
        if known is None:
            span = self.graph.spans.get(index)
            known = span.text[span.column - 1 : span.end_column - 1] if span and span.line == span.end_line else ""
            if not known.isidentifier() or len(known) > 12:
                raise _NoFormulaError
        return known

    def vector(self, index: int) -> _Factor:
        """Return a value of the graph as a column."""
        name = self.name(index)
        return _Factor(name, lambda v: v[index].reshape(-1, 1), f"{name}ᵀ")

    def row(self, index: int) -> _Factor:
        """Return a vector as a row."""
        name = self.name(index)
        return _Factor(f"{name}ᵀ", lambda v: v[index].reshape(1, -1), name)

    def matrix(self, index: int) -> _Factor:
        name = self.name(index)
        return _Factor(name, lambda v: v[index], f"{name}ᵀ")

    def turned(self, index: int) -> _Factor:
        name = self.name(index)
        return _Factor(f"{name}ᵀ", lambda v: v[index].T, name)

    def diagonal(self, index: int) -> _Factor:
        text = f"diag({self.name(index)})"
        return _Factor(text, lambda v: np.diag(v[index]), text)

    def slope(self, index: int, node: Node) -> _Factor:
        """Return diag(f′(z)) for h = f(z), and what f′ is."""
        z, op = node.inputs[0], node.op
        argument, known = self.name(z), _SLOPES.get(op)
        if known is None:
            raise _NoFormulaError
        words, number = known
        h = self.graph.names.get(index, f"{op}({argument})")
        text = f"diag({op}′({argument}))"
        where = f"{op}′({argument}) = {words.format(z=argument, h=h)}"
        return _Factor(text, lambda v: np.diag(number(v[z], v[index])), text, where)


_SLOPES: dict[str, tuple[str, Callable[[Array, Array], Array]]] = {
    "relu": ("[{z} > 0]", lambda z, h: (z > 0).astype(float)),
    "sigmoid": ("{h} (1 − {h})", lambda z, h: h * (1 - h)),
    "tanh": ("1 − {h}²", lambda z, h: 1 - h * h),
    "exp": ("{h}", lambda z, h: h),
    "log": ("1/{z}", lambda z, h: 1 / z),
    "sin": ("cos({z})", lambda z, h: np.cos(z)),
    "cos": ("−sin({z})", lambda z, h: -np.sin(z)),
    "sqrt": ("1/(2 {h})", lambda z, h: 0.5 / h),
    "softplus": ("sigmoid({z})", lambda z, h: 1 / (1 + np.exp(-z))),
}

Step = Callable[[_Walk, int, Node, _Term], list[tuple[int, _Term]]]


def _add(walk: _Walk, index: int, node: Node, term: _Term) -> list[tuple[int, _Term]]:
    if any(walk.graph.nodes[source].shape != node.shape for source in node.inputs):
        raise _NoFormulaError
    signs = (1, -1 if node.op == "sub" else 1)
    return [(source, replace(term, sign=term.sign * sign)) for source, sign in zip(node.inputs, signs, strict=True)]


def _mul(walk: _Walk, index: int, node: Node, term: _Term) -> list[tuple[int, _Term]]:
    left, right = node.inputs
    if len(node.shape) != 1 or walk.graph.nodes[left].shape != walk.graph.nodes[right].shape:
        raise _NoFormulaError
    return [(a, term.times(walk.diagonal(b))) for a, b in ((left, right), (right, left)) if a in walk.active]


def _contract(walk: _Walk, index: int, node: Node, term: _Term) -> list[tuple[int, _Term]]:
    """Steps through u·v, W @ x and x @ W; a matrix on the way is the variable itself, or there is no formula."""
    left, right = node.inputs
    steps = []
    spec = str(dict(node.params)["spec"])
    kind = _canonical(spec)
    for operand, other, first in ((left, right, True), (right, left, False)):
        if operand not in walk.active:
            continue
        if kind == "a,a->":
            steps.append((operand, term.times(walk.row(other))))
        elif kind == "ab,b->a" and not first:
            steps.append((operand, term.times(walk.matrix(other))))
        elif kind == "a,ab->b" and first:
            steps.append((operand, term.times(walk.turned(other))))
        elif operand == walk.wrt.index and kind == "ab,b->a":  # s̄ᵀ W x: the gradient is s̄ xᵀ, printed transposed
            steps.append((operand, replace(term, factors=(walk.vector(other), *term.factors))))
        else:
            raise _NoFormulaError
    return steps


def _canonical(spec: str) -> str:
    letters: dict[str, str] = {}
    return "".join(letters.setdefault(c, "abcdefgh"[len(letters)]) if c.isalpha() else c for c in spec)


def _softmax(walk: _Walk, index: int, node: Node, term: _Term) -> list[tuple[int, _Term]]:
    if len(node.shape) != 1:
        raise _NoFormulaError
    p = walk.name(index)
    text = f"(diag({p}) − {p} {p}ᵀ)"
    factor = _Factor(text, lambda v: np.diag(v[index]) - np.outer(v[index], v[index]), text)
    return [(node.inputs[0], term.times(factor))]


def _sum(walk: _Walk, index: int, node: Node, term: _Term) -> list[tuple[int, _Term]]:
    size = walk.graph.nodes[node.inputs[0]].shape
    if len(size) != 1:
        raise _NoFormulaError
    return [(node.inputs[0], term.times(_Factor("1ᵀ", lambda v: np.ones((1, size[0])), "1")))]


def _logsumexp(walk: _Walk, index: int, node: Node, term: _Term) -> list[tuple[int, _Term]]:
    z = node.inputs[0]
    if len(walk.graph.nodes[z].shape) != 1:
        raise _NoFormulaError
    name = walk.name(z)

    def number(v: Values) -> Array:
        return np.exp(v[z] - v[index]).reshape(1, -1)

    return [(z, term.times(_Factor(f"softmax({name})ᵀ", number, f"softmax({name})")))]


def _neg(walk: _Walk, index: int, node: Node, term: _Term) -> list[tuple[int, _Term]]:
    return [(node.inputs[0], replace(term, sign=-term.sign))]


_STEPS: dict[str, Step] = {
    "add": _add, "sub": _add, "mul": _mul, "neg": _neg, "contract": _contract, "softmax": _softmax, "sum": _sum,
    "logsumexp": _logsumexp,
}  # fmt: skip
