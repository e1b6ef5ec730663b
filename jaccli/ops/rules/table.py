"""Rules → the rule table, each bound to its op's row; rules that do not fit a row are refused when they are declared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jaccli.ops.registry import TABLE, Op

__all__ = ["RULES", "Rules", "partials", "products", "transpose"]

Rule = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rules:
    """How one op is differentiated: its row, and the rules of that row's kind.

    partials    elementwise: one per operand, of the answer and the operands; 1, -1, or None where the derivative is zero
    transpose   linear: (y_bar, position, operand shapes, parameters) → x_bar of that operand; the tangent is the op itself
    jvp, vjp    special: one per operand, (y, operands, dx or y_bar, parameters) → dy or x_bar
    """

    row: Op
    partials: tuple[Rule | int | None, ...] = ()
    transpose: Rule | None = None
    jvp: tuple[Rule, ...] = ()
    vjp: tuple[Rule, ...] = ()


RULES: dict[str, Rules] = {}


def partials(op: str, *rules: Rule | int | None) -> None:
    """Declare the partials of an elementwise op, written in terms of the answer and the operands.

    Example: ``partials("tanh", lambda y, x: 1 - y * y)``.
    A partial may also be the integer 1 or -1; it is None for a flat operand, whose derivative is zero.
    """
    row = _row(op, "elementwise")
    if len(rules) != row.arity:
        raise TypeError(f"rules of '{op}': one partial per operand, {row.arity} (got {len(rules)})")
    for position, rule in enumerate(rules):
        if not (rule is None or rule in (1, -1) or callable(rule)):
            raise TypeError(f"rules of '{op}': a partial is a rule, 1, -1 or None (got {rule!r})")
        if (rule is None) != (position in row.flat):
            raise TypeError(
                f"rules of '{op}': a partial is None for the flat operands of its row, {row.flat}, and no others"
            )
    _register(Rules(row=row, partials=rules))


def transpose(op: str, rule: Rule) -> None:
    """Declare the transpose of a linear op."""
    row = _row(op, "linear")
    if not callable(rule):
        raise TypeError(f"rules of '{op}': the transpose must be callable (got {rule!r})")
    _register(Rules(row=row, transpose=rule))


def products(op: str, *, jvp: tuple[Rule, ...], vjp: tuple[Rule, ...]) -> None:
    """Declare for each operand of a special op its tangent and cotangent rules, side by side."""
    row = _row(op, "special")
    if not len(jvp) == len(vjp) == row.arity:
        raise TypeError(
            f"rules of '{op}': one jvp and one vjp per operand, {row.arity} (got {len(jvp)} and {len(vjp)})"
        )
    if not all(map(callable, (*jvp, *vjp))):
        raise TypeError(f"rules of '{op}': every jvp and vjp must be callable")
    _register(Rules(row=row, jvp=jvp, vjp=vjp))


def _row(op: str, kind: str) -> Op:
    if op not in TABLE:
        raise TypeError(f"rules of '{op}': there is no op of this name")
    if TABLE[op].kind != kind:
        raise TypeError(f"rules of '{op}': the op is {TABLE[op].kind}, not {kind}")
    return TABLE[op]


def _register(rules: Rules) -> None:
    if rules.row.name in RULES:
        raise TypeError(f"rules of '{rules.row.name}' are declared twice")
    RULES[rules.row.name] = rules
