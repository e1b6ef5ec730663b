"""A point at which something overflows on the way → the function of the language that is the same, and does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, Graph, ancestors
from jaccli.graph.origins import typed
from jaccli.spec.points import Point

__all__ = ["stable_form"]

Form = Callable[[Expr], str]


def stable_form(graph: Graph, outputs: Sequence[Expr], point: Point) -> str:
    """Return what to write for the first step whose operands overflow: "sigmoid(x)" for exp(x)/(1 + exp(x)), "" for none known."""
    nodes = [Expr(graph, index) for index in ancestors(graph, [output.index for output in outputs])]
    values = dict(zip([node.index for node in nodes], evaluate(graph, nodes, point), strict=True))
    for node in nodes:
        forms = FORMS.get(node.node.op, ())
        broken = forms and not all(np.all(np.isfinite(values[index])) for index in node.node.inputs)
        if broken and (found := next((text for form in forms if (text := form(node))), "")):
            return found
    return ""


def _log_of_a_sum(node: Expr) -> str:
    (inside,) = _operands(node)
    if inside.node.op == "sum" and (a := _exponent(_operands(inside)[0])):
        return f"logsumexp({_text(a)})"
    if inside.node.op != "add":
        return ""
    exponents = [a for x in _operands(inside) if (a := _exponent(x))]
    if len(exponents) == 2:
        return f"logaddexp({_text(exponents[0])}, {_text(exponents[1])})"
    return f"softplus({_text(exponents[0])})" if exponents and any(map(_one, _operands(inside))) else ""


def _log_of_a_cosh(node: Expr) -> str:
    (inside,) = _operands(node)
    if inside.node.op != "cosh":
        return ""
    (a,) = _operands(inside)
    return f"logaddexp({_text(a)}, {_negative(a)}) - log(2)"


def _logistic(node: Expr) -> str:
    above, below = _operands(node)
    squared = below.node.op == "pow" and _literal(_operands(below)[1], 2)
    total = _operands(below)[0] if squared else below
    if total.node.op != "add" or not any(map(_one, _operands(total))):
        return ""
    a = next((a for x in _operands(total) if (a := _exponent(x))), None)
    if a is None:
        return ""
    factors = _operands(above) if above.node.op == "mul" else [above]
    over = any((b := _exponent(x)) is not None and b.index == a.index for x in factors)
    others = "".join(f"{_text(x)}*" for x in factors if _exponent(x) is None)
    if squared:
        return f"{others}sigmoid({_text(a)})*sigmoid({_negative(a)})" if over else ""
    return f"{others}sigmoid({_text(a)})" if over else f"sigmoid({_negative(a)})" if _one(above) else ""


def _shares(node: Expr) -> str:
    above, below = _operands(node)
    a = _exponent(above)
    same = a is not None and below.node.op == "sum" and _operands(below)[0].index == above.index
    return f"softmax({_text(a)})" if a is not None and same else ""


def _hyperbolic(node: Expr) -> str:
    above, below = _operands(node)
    if (above.node.op, below.node.op) == ("sinh", "cosh") and above.node.inputs == below.node.inputs:
        return f"tanh({_text(_operands(above)[0])})"
    if (above.node.op, below.node.op) != ("sub", "add") or above.node.inputs != below.node.inputs:
        return ""
    a, b = (_exponent(x) for x in _operands(above))
    opposite = a is not None and b is not None and b.node.op == "neg" and b.node.inputs == (a.index,)
    return f"tanh({_text(a)})" if a is not None and opposite else ""


def _length(node: Expr) -> str:
    (inside,) = _operands(node)
    if inside.node.op != "add":
        return ""
    sides = [side for x in _operands(inside) if (side := _side(x))]
    return f"hypot({', '.join(sides)})" if len(sides) == 2 and not all(map(_one, _operands(inside))) else ""


def _side(x: Expr) -> str:
    """Return what is squared, "" where nothing is."""
    if _one(x):
        return "1"
    return _text(_operands(x)[0]) if x.node.op == "pow" and _literal(_operands(x)[1], 2) else ""


#: By the op of the step whose operands overflow.
FORMS: dict[str, tuple[Form, ...]] = {
    "log": (_log_of_a_sum, _log_of_a_cosh),
    "div": (_logistic, _shares, _hyperbolic),
    "sqrt": (_length,),
}


def _operands(node: Expr) -> list[Expr]:
    """Return the operands, without the broadcasts that they went through."""
    found = [Expr(node.graph, index) for index in node.node.inputs]
    return [_operands(x)[0] if x.node.op == "broadcast" else x for x in found]


def _exponent(x: Expr) -> Expr | None:
    return _operands(x)[0] if x.node.op == "exp" else None


def _literal(x: Expr, number: int) -> bool:
    literal: Any = dict(x.node.params).get("value") if x.node.op == "literal" else None
    return literal is not None and literal.scalar == number


def _one(x: Expr) -> bool:
    return _literal(x, 1)


def _text(x: Expr) -> str:
    return x.graph.names.get(x.index) or typed(x) or "x"


def _negative(x: Expr) -> str:
    if x.node.op == "neg":
        return _text(_operands(x)[0])
    text = _text(x)
    return f"-{text}" if text.isidentifier() else f"-({text})"
