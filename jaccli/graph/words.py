"""A node of a derived graph → the words for it, as the user would write it; None where that would be long or unreadable."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from jaccli.graph.ir import Expr
from jaccli.graph.origins import typed

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
    graph, made = x.graph, dict[int, tuple[str, int] | None]()
    order = _read(x, ones)
    if len(order) > MAX_NODES:
        return None
    for index in order:
        text = _node(Expr(graph, index), made, ones)
        made[index] = text if text is not None and len(text[0]) <= MAX_LENGTH else None
    whole = made[x.index]
    return whole[0] if whole else None


def _read(x: Expr, ones: AbstractSet[int]) -> list[int]:
    """Return the nodes that the words for ``x`` are made of, ascending: what lies behind a name is not looked at."""
    graph, reached, waiting = x.graph, set[int](), [x.index]
    while waiting and len(reached) <= MAX_NODES:
        index = waiting.pop()
        if index not in reached:
            reached.add(index)
            known = index in ones or index in graph.names
            waiting += [] if known else graph.nodes[index].inputs
    return sorted(reached)


def _node(x: Expr, made: dict[int, tuple[str, int] | None], ones: AbstractSet[int]) -> tuple[str, int] | None:
    node, name = x.node, x.graph.names.get(x.index)
    if x.index in ones:
        return "1", _ATOM
    if name is not None:
        return name, _ATOM
    if node.op == "literal" and x.constant is not None:
        return str(x.constant), _ATOM if x.constant.denominator == 1 and x.constant >= 0 else 1
    known = [made[source] for source in node.inputs]
    operands = [one for one in known if one is not None]
    if len(operands) < len(known):
        return _as_typed(x)
    if node.op in _SILENT:
        return operands[0]
    if node.op == "neg":
        return f"-{_wrapped(operands[0], _NEGATIVE)}", _NEGATIVE
    if node.op in _INFIX:
        return _infix(node.op, operands)
    if node.row.kind == "elementwise":
        return f"{node.op}({', '.join(text for text, _ in operands)})", _ATOM
    return _as_typed(x)


def _as_typed(x: Expr) -> tuple[str, int] | None:
    """Return what stands in the spec for a node that the user wrote, as a product of matrices."""
    text = typed(x)
    simple = text is not None and text.replace("[", "").replace("]", "").replace("_", "").isalnum()
    return (text if simple else f"({text})", _ATOM) if text else None


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
