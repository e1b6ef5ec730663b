"""A node of a derived graph → the words for it, as the user would write it; None where that would be long or unreadable."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from jaccli.graph.ir import Expr, ancestors

__all__ = ["written"]

MAX_NODES = 40
MAX_LENGTH = 50
_INFIX = {"add": ("+", 1), "sub": ("-", 1), "mul": ("*", 2), "div": ("/", 2), "pow": ("**", 4)}
_INFIX |= {
    "greater": (">", 0), "greater_equal": (">=", 0), "less": ("<", 0), "less_equal": ("<=", 0), "equal": ("==", 0),
    "not_equal": ("!=", 0),
}  # fmt: skip
_ATOM, _NEGATIVE = 9, 3
_SILENT = ("broadcast", "reshape", "cast")


def written(x: Expr, ones: AbstractSet[int] = frozenset()) -> str | None:
    """Return ``x`` as an expression; the nodes ``ones`` are left out of products, as the seed of a reverse pass.

    Example: of d(x*sin(x)), ``x*cos(x)``.
    """
    graph, made = x.graph, dict[int, tuple[str, int]]()
    order = ancestors(graph, [x.index])
    if len(order) > MAX_NODES:
        return None
    for index in order:
        text = _node(Expr(graph, index), made, ones)
        if text is None or len(text[0]) > MAX_LENGTH:
            return None
        made[index] = text
    return made[x.index][0]


def _node(x: Expr, made: dict[int, tuple[str, int]], ones: AbstractSet[int]) -> tuple[str, int] | None:
    node, name = x.node, x.graph.names.get(x.index)
    if x.index in ones:
        return "1", _ATOM
    if name is not None:
        return name, _ATOM
    if node.op == "literal" and x.constant is not None:
        return str(x.constant), _ATOM if x.constant.denominator == 1 and x.constant >= 0 else 1
    operands = [made[source] for source in node.inputs]
    if node.op in _SILENT:
        return operands[0]
    if node.op == "neg":
        return f"-{_wrapped(operands[0], _NEGATIVE)}", _NEGATIVE
    if node.op in _INFIX:
        return _infix(node.op, operands)
    if node.row.kind == "elementwise":
        return f"{node.op}({', '.join(text for text, _ in operands)})", _ATOM
    return None


def _infix(op: str, operands: list[tuple[str, int]]) -> tuple[str, int]:
    (left, right), (sign, strength) = operands, _INFIX[op]
    if op == "mul" and "1" in (left[0], right[0]):
        return right if left[0] == "1" else left
    space = " " if strength <= 1 else ""
    text = f"{_wrapped(left, strength)}{space}{sign}{space}{_wrapped(right, strength + (op in ('sub', 'div')))}"
    return text, strength


def _wrapped(operand: tuple[str, int], strength: int) -> str:
    text, own = operand
    return text if own >= strength else f"({text})"
