"""A graph → what can be watched of it: its nodes, the uses between them, and what folds into what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jaccli.graph.ir import Block, Graph
from jaccli.learn.folding import View, fold, written
from jaccli.learn.naming import node_names, operation, whole_texts
from jaccli.results.watched import Fold, Station, Use, Words

__all__ = ["BACK", "outline", "rule_words", "stations", "uses"]

#: What a node does to a gradient on its way back, in words; {x} is the operand, {y} the node.
BACK = {
    "add": "a sum hands the gradient to each of its terms",
    "sub": "the second term gets the gradient with a minus sign",
    "mul": "each factor gets the gradient times the other factor",
    "div": "x/y: 1/y to x, −x/y² to y",
    "neg": "the gradient with a minus sign",
    "pow": "n·xⁿ⁻¹",
    "exp": "exp is its own derivative: times {y}",
    "log": "times 1/{x}",
    "sqrt": "times 1/(2·{y})",
    "tanh": "times 1 − {y}²",
    "sigmoid": "times {y}·(1 − {y})",
    "sin": "times cos({x})",
    "cos": "times −sin({x})",
    "relu": "only where {x} > 0; elsewhere nothing comes back",
    "abs": "times the sign of {x}",
    "square": "times 2·{x}",
    "contract": "each operand gets the gradient times the other operand: x̄ = Wᵀ ȳ, W̄ = ȳ xᵀ",
    "broadcast": "what was repeated is added up",
    "sum": "every summand gets the same gradient",
    "reshape": "the same numbers in the old shape",
    "transpose": "transposed back",
    "take": "back to the places that were taken; the others get 0",
    "concatenate": "each part gets its own piece",
    "where": "only the branch that was taken",
    "max": "all to the largest element",
    "min": "all to the smallest element",
    "maximum": "all to the larger operand",
    "minimum": "all to the smaller operand",
    "softmax": "p ⊙ (ȳ − pᵀȳ)",
    "logsumexp": "times softmax({x})",
    "cast": "nothing: truth values have no derivative",
}


def rule_words(op: str, operands: Sequence[str], name: str) -> str:
    """Return in words what a node does to a gradient on its way back; empty for an op without a sentence."""
    return BACK.get(op, "").format(x=operands[0] if operands else "", y=name)


def uses(graph: Graph, shown: Sequence[int]) -> list[tuple[Use, int | None]]:
    """Return the uses between the nodes that are shown, each with its position among the operands."""
    there = set(shown)
    return [
        (Use(source, index, False), position)
        for index in shown
        for position, source in enumerate(graph.nodes[index].inputs)
        if source in there
    ]


def outline(
    graph: Graph,
    order: Sequence[int],
    outputs: Sequence[int],
    roles: Mapping[str, str],
    lines: Mapping[int, int],
    words: Mapping[int, Words],
) -> tuple[list[Station], list[tuple[Use, int | None]]]:
    """Return a box for each layer and named step, and the uses between them; arguments as in ``stations``.

    The position of a use is None where it leads through nodes that have no box.
    """
    names = node_names(graph, order)
    groups, sources = fold(graph, order, names, View(1, join=False))
    found = []
    for group in groups:
        node, index = graph.nodes[group.index], group.index
        role = "output" if index in outputs else "step" if node.inputs else roles.get(names[index], "constant")
        span = graph.spans.get(index)
        line = lines.get(index, span.line if span else None)
        does = "" if not node.inputs else group.kind if group.leaves else written(graph, group, sources[index], names)
        found.append(Station(index, group.name, does, "", role, line, None, words[index]))
    between = [(Use(s, index, False), _position(graph, index, s)) for index, made in sources.items() for s in made]
    return found, between


def _position(graph: Graph, index: int, source: int) -> int | None:
    inputs = graph.nodes[index].inputs
    return inputs.index(source) if inputs.count(source) == 1 else None


def stations(
    graph: Graph,
    order: Sequence[int],
    outputs: Sequence[int],
    roles: Mapping[str, str],
    lines: Mapping[int, int],
    words: Mapping[int, Words],
) -> tuple[list[Station], list[Fold]]:
    """Return the nodes of ``order`` that are worth a box, and the folds they lie in.

    order:  all that the outputs are made of.
    roles:  leaf → input, param or constant.
    lines:  where the leaves are declared.
    """
    names, texts = node_names(graph, order), whole_texts(graph, order)
    shown = [index for index in order if graph.nodes[index].op != "literal" or index in outputs]
    folds, places = _folds(graph, shown, outputs, names)
    found = []
    for index in shown:
        node = graph.nodes[index]
        operands = [names[source] for source in node.inputs]
        does = (texts.get(index) or operation(node.op, operands, 80)) if operands else ""
        role = "output" if index in outputs else "step" if operands else roles.get(names[index], "constant")
        span = graph.spans.get(index)
        line = lines.get(index, span.line if span else None)
        rule = rule_words(node.op, operands, names[index])
        found.append(Station(index, names[index], does, rule, role, line, places.get(index), words[index]))
    return found, folds


def _folds(
    graph: Graph, shown: Sequence[int], outputs: Sequence[int], names: Mapping[int, str]
) -> tuple[list[Fold], dict[int, int]]:
    """Return the folds of at least two nodes, and the innermost one of each node that lies in one."""
    texts = whole_texts(graph, shown)
    called = {index: texts.get(index, names[index]) if index not in graph.names else names[index] for index in shown}
    paths = {
        index: _path(graph, index, owner, called) for index, owner in sorted(_owners(graph, shown, outputs).items())
    }
    members = dict[tuple[tuple[str, str], ...], int]()
    for path in paths.values():
        for k in range(1, len(path) + 1):
            members[path[:k]] = members.get(path[:k], 0) + 1
    folds, place = list[Fold](), dict[tuple[tuple[str, str], ...], int]()
    for path in sorted((path for path, count in members.items() if count > 1), key=len):
        outer = next((place[path[:k]] for k in range(len(path) - 1, 0, -1) if path[:k] in place), None)
        place[path] = len(folds)
        folds.append(Fold(path[-1][0], path[-1][1], outer))
    inner = {i: next((place[p[:k]] for k in range(len(p), 0, -1) if p[:k] in place), None) for i, p in paths.items()}
    return folds, {index: fold for index, fold in inner.items() if fold is not None}


def _path(graph: Graph, index: int, owner: int, names: Mapping[int, str]) -> tuple[tuple[str, str], ...]:
    block: Block | None = graph.blocks.get(index)
    layers = tuple((layer.name, layer.kind) for layer in block.line) if block else ()
    return layers if layers or not graph.nodes[owner].inputs else ((names[owner], "step"),)


def _owners(graph: Graph, shown: Sequence[int], outputs: Sequence[int]) -> dict[int, int]:
    """Return for each node the named step that alone is made with it; itself where there is none, or it has a name."""
    owner, users = dict[int, set[int]](), dict[int, set[int]]()
    found = dict[int, int]()
    for index in reversed(shown):
        node = graph.nodes[index]
        over = users.get(index, set())
        shown_alone = index in graph.names or not node.inputs or index in outputs or len(over) != 1
        shown_alone = shown_alone or (index not in graph.blocks and next(iter(over)) in graph.blocks)
        found[index] = index if shown_alone else next(iter(over))
        owner[index] = {found[index]}
        for source in node.inputs:
            users.setdefault(source, set()).update(owner[index])
    return found
