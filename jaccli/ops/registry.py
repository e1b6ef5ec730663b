"""Rows → the op table; a row that is incomplete, or clashes with another, is refused when it is declared.

How an op is differentiated stands apart, in ``ops.rules``, which forward and reverse mode alone read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

__all__ = ["DOMAINS", "TABLE", "Op", "ShapeError", "elementwise", "linear", "lookup", "nullary", "special"]

Shape = tuple[int, ...]
Rule = Callable[..., Any]


class ShapeError(ValueError):
    """Operands whose shapes an op cannot take; the message names the op and the shapes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Op:
    """One operation of the graph; a row equals itself alone, so that what is derived from it can be kept for it.

    kernel      operands and parameters → value; every axis left of an operand's core shape is batch
    shape       core shapes and parameters → core shape of the value
    arity       how many operands; None for any number
    flat        elementwise: the positions of operands in which the value is constant but for jumps
    definition  elementwise: the value in another number system's functions; special: the value in other ops
    domains     where each operand may lie, a key of DOMAINS
    kink        a margin of the operands that is zero where the derivative jumps
    subgradient the derivative taken there, in words
    weight      operations per element of the value (linear, special: a function of shapes and parameters)
    """

    name: str
    kind: str
    kernel: Rule
    shape: Rule
    arity: int | None
    flat: tuple[int, ...] = ()
    definition: Rule | None = None
    domains: tuple[str, ...] = ()
    kink: Rule | None = None
    subgradient: str | None = None
    boolean: bool = False
    analytic: bool = True
    weight: Any = 1


class Domain(NamedTuple):
    """Where an operand may lie: the interval from which tests draw, and its mirror image where asked for, and the set in words.

    Words are formatted with the operand's name.
    """

    low: float
    high: float
    words: str | None
    mirrored: bool = False


#: Sets of operands by name; the intervals are open, inside the sets, and keep away from their rims.
DOMAINS = {
    "real": Domain(-2.0, 2.0, None),
    "positive": Domain(0.1, 3.0, "{} > 0"),
    "not negative": Domain(0.1, 3.0, "{} ≥ 0, steep at 0"),
    "nonzero": Domain(0.3, 2.0, "{} ≠ 0", mirrored=True),
    "steep at 0": Domain(0.3, 2.0, "steep at 0", mirrored=True),
    "off the origin": Domain(0.3, 2.0, "not both 0", mirrored=True),
    "inside (-1, 1)": Domain(-0.9, 0.9, "|{}| < 1"),
    "inside [-1, 1]": Domain(-0.9, 0.9, "|{}| ≤ 1, steep at ±1"),
    "inside (0, 1)": Domain(0.1, 0.9, "0 < {} < 1"),
    "inside [0, 1]": Domain(0.1, 0.9, "0 ≤ {} ≤ 1"),
    "off the poles": Domain(-0.9, 0.9, "{} ≠ π/2 + kπ"),
    "above -1": Domain(-0.8, 3.0, "{} > -1"),
    "from 1": Domain(1.1, 3.0, "{} ≥ 1, steep at 1"),
    "off the negative whole numbers": Domain(0.3, 3.0, "{} ≠ 0, -1, -2 …"),
    "whole": Domain(0.0, 3.0, "{} = 0, 1, 2 …"),
    "boolean": Domain(0.0, 1.0, None),
    "full": Domain(-1.0, 1.0, "not empty"),
    "regular": Domain(-1.0, 1.0, "regular {}"),
    "positive definite": Domain(-1.0, 1.0, "positive definite {}"),
}
TABLE: dict[str, Op] = {}


def lookup(name: str) -> Op:
    """Return the row called ``name``; a KeyError means a bug, since names come from rows."""
    return TABLE[name]


def elementwise(
    name: str,
    kernel: Rule,
    *,
    arity: int = 1,
    flat: tuple[int, ...] = (),
    domain: str | tuple[str, ...] = "real",
    definition: Rule | None = None,
    kink: Rule | None = None,
    subgradient: str | None = None,
    boolean: bool = False,
    analytic: bool = True,
    weight: int = 1,
) -> None:
    """Declare ``name`` by its value; example: ``elementwise("tanh", np.tanh, weight=4)``.

    domain: that of all operands, or a tuple with that of each, which says how many there are.
    """
    arity, domains = (arity, (domain,) * arity) if isinstance(domain, str) else (len(domain), domain)
    _register(
        Op(
            name=name, kind="elementwise", kernel=kernel, shape=_same_shape, arity=arity, flat=flat,
            definition=definition, domains=domains, kink=kink, subgradient=subgradient, boolean=boolean, analytic=analytic,
            weight=weight,
        )
    )  # fmt: skip


def linear(name: str, kernel: Rule, shape: Rule, *, arity: int | None = 1, weight: Any = 0) -> None:
    """Declare ``name``, linear in its operands taken together, by its value; so it is its own tangent."""
    _register(Op(name=name, kind="linear", kernel=kernel, shape=shape, arity=arity, weight=weight))


def special(
    name: str,
    kernel: Rule,
    shape: Rule,
    *,
    arity: int = 1,
    domain: str | tuple[str, ...] = "real",
    definition: Rule | None = None,
    kink: Rule | None = None,
    subgradient: str | None = None,
    analytic: bool = True,
    weight: Any = 1,
) -> None:
    """Declare ``name`` by its value; ``domain`` as in ``elementwise``."""
    arity, domains = (arity, (domain,) * arity) if isinstance(domain, str) else (len(domain), domain)
    _register(
        Op(
            name=name, kind="special", kernel=kernel, shape=shape, arity=arity,
            definition=definition, domains=domains, kink=kink, subgradient=subgradient, analytic=analytic, weight=weight,
        )
    )  # fmt: skip


def nullary(name: str, kernel: Rule, shape: Rule) -> None:
    """Declare ``name``, which has no operands and so no derivative."""
    _register(Op(name=name, kind="nullary", kernel=kernel, shape=shape, arity=0, weight=0))


def _register(op: Op) -> None:
    if op.name in TABLE:
        raise TypeError(f"op '{op.name}' is declared twice")
    if not op.name.isidentifier():
        raise TypeError(f"op '{op.name}': the name must be an identifier")
    for field in ("kernel", "shape"):
        if not callable(getattr(op, field)):
            raise TypeError(f"op '{op.name}': '{field}' must be callable (got {getattr(op, field)!r})")
    if op.kind in ("elementwise", "special") and not op.domains:
        raise TypeError(f"op '{op.name}': it needs an operand")
    if not set(op.domains) <= set(DOMAINS):
        raise TypeError(f"op '{op.name}': a domain is one of {', '.join(DOMAINS)} (got {op.domains})")
    if not set(op.flat) <= set(range(len(op.domains))):
        raise TypeError(f"op '{op.name}': flat operands are some of its {len(op.domains)} (got {op.flat})")
    if (op.kink is None) != (op.subgradient is None):
        raise TypeError(f"op '{op.name}': a kink, and in words the derivative taken there, belong together")
    TABLE[op.name] = op


def _same_shape(*shapes: Shape) -> Shape:
    full = max(shapes, key=len)
    if any(shape not in (full, ()) for shape in shapes):
        raise ShapeError(f"elementwise operands differ in shape: {', '.join(map(str, shapes))}")
    return full
