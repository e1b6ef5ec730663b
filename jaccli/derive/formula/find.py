"""The search for formulas: derive, assemble, check, write; what is wrong or too long is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from jaccli.derive.formula.assembly import Assembler
from jaccli.derive.formula.numbers import number, times
from jaccli.derive.formula.reading import Reader
from jaccli.derive.formula.rules import derivatives, softmax_slope
from jaccli.derive.formula.samples import Sample, samples
from jaccli.derive.formula.terms import Factor, NoFormulaError, Term, collected, normalised
from jaccli.derive.formula.terms import times as multiplied
from jaccli.derive.formula.tree import Name, Tree
from jaccli.derive.formula.writer import ASCII, LATEX, UNICODE, Notation, write
from jaccli.graph.cost import weighted_operations
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.results.formula import TensorFormula
from jaccli.types import Array

__all__ = ["tensor_formula", "tensor_formulas"]

MAX_TEXT = 100  # characters that are worth reading
MAX_OPERATIONS = 3_000_000_000  # of the output, weighted: the check evaluates it and its gradient
MANY_OPERATIONS = 10_000_000  # above this, one random point instead of three
CLOSE = 1e-7  # of the largest element: a factor wrong by 0.05 % is 5,000 times that
TANGENT = -1  # the key of dX


def tensor_formula(graph: Graph, of: Expr, wrt: Expr, fixed: Mapping[str, Array] | None = None) -> TensorFormula | None:
    """Return the block ∂of/∂wrt in matrix notation, or None where it has none that is short and holds."""
    return tensor_formulas(graph, of, [wrt], fixed)[0]


def tensor_formulas(
    graph: Graph, of: Expr, wrt: Sequence[Expr], fixed: Mapping[str, Array] | None = None
) -> list[TensorFormula | None]:
    """Return the blocks ∂of/∂x of one output in matrix notation, None for each that has none.

    fixed: values of constants, of which a formula may use what is true of them (that a target sums to 1).
    Cost:  one sweep of rules for all variables; one gradient of the output at three points.
    """
    order = ancestors(graph, [of.index])
    if all(not graph.nodes[index].shape for index in order) or len(of.shape) > 2:
        return [None] * len(wrt)
    operations = weighted_operations(graph, [of])
    empty = any(graph.nodes[k].size == 0 for k in order)  # there is nothing to check a formula with
    if operations > MAX_OPERATIONS or empty:
        return [None] * len(wrt)
    hidden = frozenset({of.index}) if graph.nodes[of.index].op in _SPELLED_OUT else frozenset()
    reader = Reader(graph, hidden=hidden)
    out, found = derivatives(reader, of, wrt)
    if not any(found):
        return [None] * len(wrt)
    points = samples(graph, of, wrt, fixed or {}, 1 if operations > MANY_OPERATIONS else 3)
    search = _Search(reader, of, out, points, graph.names, frozenset(fixed or {}))
    return [search.formula(k, x, *each) if each else None for k, (x, each) in enumerate(zip(wrt, found, strict=True))]


#: Outputs of these ops appear in their own derivative by what they are, not by name: det(X) X⁻ᵀ.
_SPELLED_OUT = (
    "leaf", "det", "inv", "norm", "add", "sub", "mul", "div", "neg", "pow", "contract", "sum", "solve", "transpose", "take",
    "scatter", "logdet", "logsumexp", "reshape", "broadcast",
)  # fmt: skip


class _Search:
    """The blocks of one output."""

    def __init__(
        self,
        reader: Reader,
        of: Expr,
        out: tuple[int, ...],
        points: list[Sample],
        names: Mapping[int, str],
        fixed: frozenset[str],
    ) -> None:
        self.reader, self.of, self.out, self.points, self.names, self.fixed = reader, of, out, points, names, fixed
        self.notes: dict[str, None] = {}

    def formula(self, position: int, x: Expr, labels: tuple[int, ...], terms: list[Term]) -> TensorFormula | None:
        if not self.points or len(x.shape) > 2:
            return None
        candidates = []
        for version in self.versions(terms):
            self.notes = {}
            try:
                tree, mapped = self.tree(x, labels, version)
                if self.holds(tree, mapped, position, x):
                    text = self.written(tree, mapped, UNICODE)
                    if len(text) <= MAX_TEXT:
                        candidates.append((len(text), text, tree, mapped, tuple(self.notes)))
            except (NoFormulaError, np.linalg.LinAlgError, RecursionError):
                continue
        if not candidates:
            return None
        _, text, tree, mapped, notes = min(candidates, key=lambda c: c[0])
        return TensorFormula(text, self.written(tree, mapped, ASCII), self.written(tree, mapped, LATEX), notes)

    def versions(self, terms: list[Term]) -> list[list[Term]]:
        """Return the terms as they are, and with every softmax's Jacobian multiplied out."""
        if not any(factor.slope for term in terms for factor in term.factors):
            return [terms]
        return [terms, self.spread(terms)]

    def spread(self, terms: list[Term]) -> list[Term]:
        done, open_ = list[Term](), list(terms)
        while open_:
            term = open_.pop(0)
            slope = next((factor for factor in term.factors if factor.slope), None)
            if slope is None:
                done.append(term)
                continue
            fewer = replace(slope, power=slope.power - 1)
            rest = replace(
                term, factors=tuple(f for f in (*(g for g in term.factors if g is not slope), fewer) if f.power)
            )
            node = self.reader.graph.nodes[slope.node]
            local = softmax_slope(self.reader, slope.node, node, slope.labels[:1], slope.labels[1:])
            open_ += [normalised(multiplied(rest, part), self.reader.labels.sizes) for part in local]
        return collected(done)

    def tree(self, x: Expr, labels: tuple[int, ...], terms: list[Term]) -> tuple[Tree, Name | None]:
        """Return the formula: an array in the shape of the block, or, for three axes and more, what a small dX becomes."""
        assembler = Assembler(self.reader, self.symmetric)
        terms = [self.simplified(term, {*self.out, *labels}) for term in terms]
        if len(self.out) + len(labels) <= 2:
            return assembler.sum(terms, (*self.out, *labels)), None
        shape = (*x.shape, 1) if len(x.shape) == 1 else x.shape
        tangent = Name(f"d{self.names.get(x.index, 'X')}", TANGENT, shape)
        assembler.trees[TANGENT] = tangent
        sizes = self.reader.labels.sizes
        mapped = [
            normalised(multiplied(term, Term(factors=(Factor(TANGENT, labels),))), sizes, labels) for term in terms
        ]
        return assembler.sum(mapped, self.out), tangent

    def simplified(self, term: Term, free: set[int]) -> Term:
        """Return the term with sums that are always the same number replaced by it: Σp = 1 of a softmax."""
        for factor in term.factors:
            alone = [
                k for k in factor.labels
                if k in term.bound and factor.labels.count(k) == 1 and sum(k in f.labels for f in term.factors) == 1
            ]  # fmt: skip
            if len(alone) == 1 and factor.power == 1 and not factor.slope and len(factor.labels) <= 2:
                constant = self.constant_sum(factor, factor.labels.index(alone[0]))
                if constant is not None:
                    rest = tuple(f for f in term.factors if f is not factor)
                    return normalised(replace(term, coef=term.coef * constant, factors=rest, bound=term.bound - set(alone)),
                                   self.reader.labels.sizes)  # fmt: skip
        return term

    def constant_sum(self, factor: Factor, axis: int) -> Fraction | None:
        sums = [np.sum(point.value(factor.node), axis=axis) for point in self.points]
        first = round(float(np.ravel(sums[0])[0]))
        if any(np.max(np.abs(value - first)) > 1e-12 * max(1.0, float(np.max(np.abs(self.points[0].value(factor.node)))))
               for value in sums):  # fmt: skip
            return None
        if self.given(factor.node):
            if first != 1:  # 50 of 150 flowers: true of these data, but not worth knowing
                return None
            name = self.names.get(factor.node, "…")
            each = f"every {('column', 'row')[axis]} of {name} sums to 1"
            self.notes[each if len(factor.labels) == 2 else f"Σ {name} = 1"] = None
        return Fraction(first)

    def given(self, index: int) -> bool:
        """Return whether a node depends on the spec's constants only, so that what is true of it may not be elsewhere."""
        graph = self.reader.graph
        leaves = [graph.nodes[k] for k in ancestors(graph, [index]) if graph.nodes[k].op == "leaf"]
        return bool(leaves) and all(dict(leaf.params)["name"] in self.fixed for leaf in leaves)

    def symmetric(self, index: int) -> bool:
        node = self.reader.graph.nodes[index]
        if node.op == "leaf" and not self.given(index):
            return False
        values = [point.value(index) for point in self.points]
        same = all(np.allclose(value, value.T, rtol=1e-12, atol=0) for value in values)
        if same and self.given(index):
            name = self.names.get(index, "…")
            self.notes[f"{name} = {name}ᵀ"] = None
        return same

    def holds(self, tree: Tree, mapped: Name | None, position: int, x: Expr) -> bool:
        """Return whether the formula gives the derivative at the random points, in a random direction for large blocks."""
        rng, decided = np.random.default_rng(1), False
        with np.errstate(all="ignore"):
            for point in self.points:
                truth = point.bars[position]
                assert truth is not None
                values = _Values(point)
                if not self.of.shape:
                    found, expected = _shaped(number(tree, values), x.shape), np.asarray(truth)
                else:
                    dx = rng.standard_normal(x.shape)
                    column = dx.reshape(-1, 1) if dx.ndim < 2 else dx
                    values.extra[TANGENT] = column
                    if mapped is not None:
                        dy = number(tree, values)
                    else:
                        dy = times(tree, column, values) if x.shape else number(tree, values) * dx
                    found = np.sum(_shaped(dy, self.of.shape) * point.y_bar)
                    expected = np.asarray(np.sum(truth * dx))
                size = np.max(np.abs(expected), initial=0.0) if not self.of.shape else np.sqrt(np.sum(truth**2))
                if not np.max(np.abs(found - expected), initial=0.0) <= CLOSE * size:
                    return False
                decided = decided or bool(size)  # where every relu is silent, anything times 0 holds
        return decided

    def written(self, tree: Tree, mapped: Name | None, notation: Notation) -> str:
        text = write(tree, notation)
        return f"{write(mapped, notation)} {notation.arrow} {text}" if mapped is not None else text


class _Values(Mapping[int, Array]):
    """The numbers of names at a point."""

    def __init__(self, point: Sample) -> None:
        self.point, self.extra = point, dict[int, Array]()

    def __getitem__(self, key: int) -> Array:
        return self.extra[key] if key in self.extra else self.point.value(key)

    def __iter__(self) -> Any:
        return iter(self.extra)

    def __len__(self) -> int:
        return len(self.extra)


def _shaped(value: Any, shape: tuple[int, ...]) -> Array:
    """Return a formula's value in the shape of a block; a number stands for no array."""
    array = np.asarray(value, dtype=float)
    if array.size != int(np.prod(shape)):
        raise NoFormulaError
    return array.reshape(shape)
