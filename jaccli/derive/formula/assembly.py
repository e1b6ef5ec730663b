"""Products over indices → matrix products: summed labels are removed one by one, as chains, traces and Hadamard products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from jaccli.derive.formula import algebra
from jaccli.derive.formula.normal import diagonal, hadamard, inner, product, transposed
from jaccli.derive.formula.reading import Reader, axes_of
from jaccli.derive.formula.terms import Factor, NoFormulaError, Term, collected
from jaccli.derive.formula.tree import Call, DiagonalOf, Eye, Inverse, Name, Number, Ones, Product, Tree
from jaccli.graph.ir import Expr

__all__ = ["Assembler"]

ONE = Fraction(1)
MAX_DEPTH = 12  # of unnamed values inside each other
COMPARISONS = {"greater": ">", "greater_equal": "≥", "less": "<", "less_equal": "≤", "equal": "=", "not_equal": "≠"}
COMPOSITE = (
    "add",
    "sub",
    "mul",
    "neg",
    "div",
    "contract",
    "transpose",
    "broadcast",
    "reshape",
    "sum",
    "take",
    "scatter",
    "solve",
)


@dataclass
class Assembler:
    """Writes terms and nodes of one graph as trees; each node once. ``symmetric`` says which nodes are their own transpose."""

    reader: Reader
    symmetric: Any = lambda index: False
    trees: dict[int, Tree] = field(default_factory=dict)
    depth: int = 0

    def sum(self, terms: Sequence[Term], out: tuple[int, ...]) -> Tree:
        """Return a sum of terms as a tree whose rows and columns are the labels ``out``."""
        return algebra.total([_Puzzle(self, term, out).solved() for term in collected(terms)])

    def node(self, index: int) -> Tree:
        """Return a node's value as a tree: its name, or what it is made of."""
        if index not in self.trees:
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise NoFormulaError
            self.trees[index] = self._node(index)
            self.depth -= 1
        return self.trees[index]

    def _node(self, index: int) -> Tree:
        graph = self.reader.graph
        node, name = graph.nodes[index], self.reader.name(index)
        shape = (*node.shape, 1) if len(node.shape) == 1 else node.shape
        if len(shape) > 2:
            raise NoFormulaError
        if name is not None:
            return Name(name, index, shape, len(shape) == 2 and shape[0] == shape[1] > 1 and self.symmetric(index))
        number = Expr(graph, index).constant
        if number is not None:
            return Number(number)
        if node.op in ("pi", "euler"):
            return Call("π" if node.op == "pi" else "e", (), ())
        if node.op in COMPOSITE or (node.op == "pow" and Expr(graph, node.inputs[1]).constant is not None):
            labels = self.reader.labels.new(node.shape)
            return self.sum(self.reader.summands(index, labels), labels)
        if node.op in ("leaf", "literal", "concatenate", "cofactor"):
            raise NoFormulaError
        args = tuple(self.node(source) for source in node.inputs)
        if node.op == "inv":
            return args[0].x if isinstance(args[0], Inverse) else Inverse(args[0])
        if node.op == "cast":
            return args[0]
        if node.op in COMPARISONS:
            return Call(COMPARISONS[node.op], args, shape)
        if node.op in ("norm", "logsumexp", "softmax", "max", "min") and len(axes_of(node, graph)) < len(
            graph.nodes[node.inputs[0]].shape
        ):
            raise NoFormulaError
        return Call(node.op, args, shape)


class _Puzzle:
    """One term: vectors and matrices lie on its labels, and are joined until only the labels of the result are left."""

    def __init__(self, assembler: Assembler, term: Term, out: tuple[int, ...]) -> None:
        self.out, self.coef, self.bound = out, term.coef, set(term.bound)
        self.sizes = assembler.reader.labels.sizes
        self.scalars: list[tuple[Tree, Fraction]] = []
        self.vectors: dict[int, list[tuple[Tree, Fraction]]] = {}
        self.matrices: list[tuple[Tree, int, int]] = []
        for factor in term.factors:
            self.place(factor, assembler)
        self.matrices += [(Eye(self.sizes[a]), a, b) for a, b in term.deltas]

    def place(self, factor: Factor, assembler: Assembler) -> None:
        if factor.slope:
            p = assembler.node(factor.node)
            spread = algebra.total([diagonal(p), product(Fraction(-1), (), [p, transposed(p)])])
            self.matrices += [(spread, factor.labels[0], factor.labels[1])] * self.whole(factor.power)
            return
        if len(factor.labels) > 2:
            raise NoFormulaError
        tree = assembler.node(factor.node)
        if not factor.labels:
            self.scalars.append((tree, factor.power))
        elif len(factor.labels) == 1:
            self.vectors.setdefault(factor.labels[0], []).append((tree, factor.power))
        elif factor.power.denominator == 1 and 0 < factor.power <= 4:
            self.matrices += [(tree, factor.labels[0], factor.labels[1])] * int(factor.power)
        else:
            self.matrices.append((hadamard([(tree, factor.power)]), factor.labels[0], factor.labels[1]))

    def whole(self, power: Fraction) -> int:
        if power.denominator != 1 or power < 1:
            raise NoFormulaError
        return int(power)

    def on(self, label: int) -> list[tuple[Tree, int, int]]:
        return [m for m in self.matrices if label in m[1:]]

    def vector(self, label: int) -> Tree:
        """Return the column on a label, ones where there is none."""
        for m in [m for m in self.matrices if m[1] == m[2] == label]:
            self.matrices.remove(m)
            self.vectors.setdefault(label, []).append((DiagonalOf(m[0]), ONE))
        parts = self.vectors.pop(label, [])
        found = hadamard(parts) if parts else Ones((self.sizes[label], 1))
        if isinstance(found, Product):  # what scales it scales the whole
            self.coef *= found.coef
            self.scalars += [(product(ONE, [(x, ONE) for x in found.above], ()), ONE)] if found.above else []
            self.scalars += [(x, Fraction(-1)) for x in found.below]
            found = product(ONE, (), found.factors)
        return found

    def solved(self) -> Tree:
        while self.bound:
            self.join_pairs()
            label = min(self.bound, key=lambda k: (self.rank(k), k))
            self.bound.discard(label)
            self.remove(label)
        self.join_pairs()
        return self.result()

    def rank(self, label: int) -> int:
        """Return how soon a label should go: ends of chains, then links, then lone sums."""
        count = sum(m[1] != m[2] for m in self.on(label))
        return {1: 0, 2: 1, 0: 2}.get(count, 3)

    def join_pairs(self) -> None:
        """Join matrices on the same two labels element by element, unless a trace is going to join them."""
        for k, (tree, a, b) in enumerate(self.matrices):
            for other in self.matrices[k + 1 :]:
                if a != b and {a, b} == set(other[1:]) and not self.traced(a, b):
                    self.matrices.remove(other)
                    turned = other[0] if other[1] == a else transposed(other[0])
                    if isinstance(tree, Eye) or isinstance(turned, Eye):
                        full = turned if isinstance(tree, Eye) else tree
                        joined: Tree = diagonal(DiagonalOf(full))
                    else:
                        joined = hadamard([(tree, ONE), (turned, ONE)])
                    self.matrices[k] = (joined, a, b)
                    return self.join_pairs()
        return None

    def traced(self, a: int, b: int) -> bool:
        return {a, b} <= self.bound and any(len(self.on(k)) == 2 for k in (a, b))

    def remove(self, label: int) -> None:
        links = [m for m in self.on(label) if m[1] != m[2]]
        loops = [m for m in self.on(label) if m[1] == m[2]]
        if not links and len(loops) == 1 and label not in self.vectors:
            self.matrices.remove(loops[0])
            self.scalars.append(_trace(loops[0][0]))
        elif not links:
            self.scalars.append(self.lone(label))
        elif len(links) == 1:
            end, other = _towards(links[0], label)
            column = self.vector(label)
            self.matrices.remove(links[0])
            self.vectors.setdefault(other, []).append((product(ONE, (), [end, column]), ONE))
        elif len(links) == 2:
            (left, a), (right, b) = (_towards(link, label) for link in links)
            middle = [] if label not in self.vectors and not loops else [diagonal(self.vector(label))]
            for link in links:
                self.matrices.remove(link)
            self.matrices.append((product(ONE, (), [left, *middle, transposed(right)]), a, b))
        else:
            raise NoFormulaError

    def lone(self, label: int) -> tuple[Tree, Fraction]:
        """Return the sum over a label that carries vectors only."""
        self.vectors.setdefault(label, [])
        parts = self.vectors[label]
        if len(parts) == 1 and parts[0][1] == 2:
            parts[:] = [(parts[0][0], ONE), (parts[0][0], ONE)]
        if len(parts) > 1 and any(power > 0 for _, power in parts):
            first = next(part for part in parts if part[1] > 0)
            parts.remove(first)
            rest = self.vector(label)
            return inner([transposed(hadamard([first])), rest]), ONE
        column = self.vector(label)
        return Call("sum", (column,), ()), ONE

    def result(self) -> Tree:
        if len(self.out) > 2:
            raise NoFormulaError
        factors: list[Tree] = []
        if len(self.out) == 1:
            factors = [self.vector(self.out[0])]
        elif self.out:
            i, j = self.out
            found = [m for m in self.matrices if {m[1], m[2]} == {i, j}]
            left = self.vector(i) if self.laden(i) else None
            right = self.vector(j) if self.laden(j) else None
            if found and isinstance(found[0][0], Eye):
                both = [(v, ONE) for v in (left, right) if v is not None]
                factors = [diagonal(hadamard(both))] if both else [found[0][0]]
            elif found:
                tree = found[0][0] if found[0][1] == i else transposed(found[0][0])
                factors = [*([diagonal(left)] if left else []), tree, *([diagonal(right)] if right else [])]
            else:
                factors = [left or Ones((self.sizes[i], 1)), transposed(right or Ones((self.sizes[j], 1)))]
            for m in found:
                self.matrices.remove(m)
        if self.matrices or any(self.vectors.values()):
            raise NoFormulaError
        return product(self.coef, self.scalars, factors)

    def laden(self, label: int) -> bool:
        return label in self.vectors or any(m[1] == m[2] == label for m in self.matrices)


def _towards(link: tuple[Tree, int, int], label: int) -> tuple[Tree, int]:
    """Return a matrix turned so that its columns are ``label``, and the label of its rows."""
    tree, a, b = link
    return (tree, a) if b == label else (transposed(tree), b)


def _trace(tree: Tree) -> tuple[Tree, Fraction]:
    return Call("tr", (tree,), ()), ONE
