"""A spec and the points it was looked at → the branches of its choices that no point has taken: nothing is known of those."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from jaccli.errors import short
from jaccli.graph.build import Built
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, ancestors
from jaccli.graph.origins import typed
from jaccli.spec.points import Point
from jaccli.types import Array

__all__ = ["unvisited"]

MAX_CHOICES = 200  # of a spec, whose operands are held at once
#: Elementwise op → the words for either side: above and below zero, or the larger operand.
_SIDES = {
    "relu": ("above 0", "below 0"), "abs": ("above 0", "below 0"), "sign": ("above 0", "below 0"),
    "maximum": ("the first operand", "the second operand"), "minimum": ("the second operand", "the first operand"),
}  # fmt: skip
#: Op → how a choice is written that is no part of another function.
_WRITTEN: dict[str, tuple[str, ...]] = {
    "where": ("where(",), "relu": ("relu(", "np.relu("), "abs": ("abs(", "fabs(", "absolute("), "sign": ("sign(",),
    "maximum": ("maximum(", "fmax("), "minimum": ("minimum(", "fmin("),
}  # fmt: skip
#: Comparison → what the left operand is where it is true, and where it is false.
_COMPARED = {
    "greater": ("above", "below"), "greater_equal": ("above", "below"),
    "less": ("below", "above"), "less_equal": ("below", "above"),
}  # fmt: skip


def unvisited(built: Built, outputs: Sequence[str], points: Sequence[Point]) -> tuple[tuple[str, ...], int]:
    """Return a sentence for each side of a where, relu, abs, sign, maximum or minimum that no element took at any point.

    The number is that of the choices that were not looked at, since there are too many.

    Law: choices that constants alone decide, and sides that a tie takes, are left out.
    Cost: one evaluation of the choices at each point.
    """
    roots = [built.outputs[of].index for of in outputs] + [
        expr.index for claim, expr in built.claims if claim.of in outputs
    ]
    variables = {built.variables[name].index for name in built.differentiable}
    reached = ancestors(built.graph, roots)
    moved = _moved(built, reached, variables)
    every = [Expr(built.graph, i) for i in reached if i in moved and built.graph.nodes[i].op in ("where", *_SIDES)]
    choices = every[:MAX_CHOICES]
    seen = [_sides(choices, built, point) for point in points]
    found: dict[str, None] = {}
    for k, choice in enumerate(choices):
        first, second = (any(sides[k][side] for sides in seen) for side in (0, 1))
        if first != second:
            found |= dict.fromkeys(_words(choice, second))
    return tuple(found), len(every) - len(choices)


def _moved(built: Built, reached: Sequence[int], variables: set[int]) -> set[int]:
    """Return the nodes that an input or a param enters."""
    moved = set(variables)
    for index in reached:
        if any(source in moved for source in built.graph.nodes[index].inputs):
            moved.add(index)
    return moved


def _sides(choices: Sequence[Expr], built: Built, point: Point) -> list[tuple[bool, bool]]:
    """Return for each choice whether any element takes its first side, and whether any takes its second."""
    operands = [Expr(built.graph, source) for choice in choices for source in choice.node.inputs[:2]]
    needed = list({x.index: x for x in operands}.values())
    with np.errstate(all="ignore"):
        values = (
            dict(zip((x.index for x in needed), evaluate(built.graph, needed, point), strict=True)) if needed else {}
        )
    return [
        _side(choice, [values[source] for source in choice.node.inputs[:2] if source in values]) for choice in choices
    ]


def _side(choice: Expr, values: list[Array]) -> tuple[bool, bool]:
    if choice.node.op == "where":
        return bool(np.any(values[0])), not np.all(values[0])
    left, right = values if len(values) == 2 else (values[0], 0.0)
    return bool(np.any(left > right)), bool(np.any(left < right))


def _words(choice: Expr, first: bool) -> Iterator[str]:
    """Yield the sentence for a choice; ``first`` where it is the first side that nothing took."""
    op, graph = choice.node.op, choice.graph
    text = typed(choice)
    name = f"`{short(text, 50)}`" if text else f"a {op}"
    condition = Expr(graph, choice.node.inputs[0])
    inside = typed(condition) if op == "where" else None
    if op == "where" and not condition.node.inputs:
        return
    if text and not text.startswith(_WRITTEN[op]):
        yield from _within(choice, name, first)
    elif inside and text and inside in text:
        yield f"`{short(inside, 50)}` was never {'true' if first else 'false'}"
    elif op == "where":  # or its condition was written elsewhere first, and is that one
        yield f"the condition of {name} was never {'true' if first else 'false'}"
    elif op in ("maximum", "minimum"):
        yield f"{name} never took {_SIDES[op][0 if first else 1]}"
    else:
        yield f"the argument of {name} was never {_SIDES[op][0 if first else 1]}"


def _within(choice: Expr, name: str, first: bool) -> Iterator[str]:
    """Yield the sentence for a choice inside a function that is written by another name, as those of clip and elu are.

    Only where two things are equal, as x and y are 0 in xlogy(x, y), it says nothing: that is a point and no branch.
    """
    held, missing = choice, "below" if first else "above"
    if choice.node.op == "where":
        held = Expr(choice.graph, choice.node.inputs[0])
        if held.node.op not in _COMPARED:
            if not _only_equal(held):
                yield f"the condition of {name} was never {'true' if first else 'false'}"
            return
        missing = _COMPARED[held.node.op][0 if first else 1]
    elif choice.node.op in _SIDES:
        words = _SIDES[choice.node.op][0 if first else 1]
        missing = {"the first operand": "above", "the second operand": "below"}.get(words, words.partition(" ")[0])
        if choice.node.op == "minimum":
            missing = {"above": "below", "below": "above"}[missing]
    bound = Expr(held.graph, held.node.inputs[1]).constant if len(held.node.inputs) == 2 else 0
    yield (
        f"{name} took the same side everywhere"
        if bound is None
        else f"nothing inside {name} was {missing} {float(bound):g}"
    )


def _only_equal(condition: Expr) -> bool:
    """Return whether a condition is made of equalities."""
    graph, todo = condition.graph, [condition.index]
    while todo:
        node = graph.nodes[todo.pop()]
        if not node.boolean or node.op in _COMPARED or not node.inputs:
            return False
        if node.op not in ("equal", "not_equal"):
            todo += node.inputs
    return True
