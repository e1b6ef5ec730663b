"""A node of a derived graph → the words for it, as the user would write it; None where that would be long or unreadable."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from fractions import Fraction

from jaccli.graph.ir import Expr
from jaccli.graph.origins import typed

__all__ = ["written"]

MAX_NODES = 40
MAX_LENGTH = 50
_SUM, _PRODUCT, _POWER, _ATOM = 1, 2, 4, 9
_COMPARISONS = {
    "greater": ">",
    "greater_equal": ">=",
    "less": "<",
    "less_equal": "<=",
    "equal": "==",
    "not_equal": "!=",
}
_SILENT = ("broadcast", "reshape", "cast")


def written(x: Expr, ones: AbstractSet[int] = frozenset()) -> str | None:
    """Return ``x`` as an expression; the nodes ``ones`` are left out of products, as the seed of a reverse pass.

    Products are written as people do: the sign and the number first, then names, then functions; what cancels is gone.
    Example: of d(3*n*T/(n + m)), ``-3*n*T/(n + m)**2``.
    """
    graph, made = x.graph, dict[int, _Words | None]()
    order = _read(x, ones)
    if len(order) > MAX_NODES:
        return None
    for index in order:
        words = _node(Expr(graph, index), made, ones)
        made[index] = words if words is not None and len(words.text) <= MAX_LENGTH else None
    whole = made[x.index]
    return whole.text if whole else None


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


@dataclass(frozen=True)
class _Words:
    """A number times powers of what cannot be taken apart: the text of each, how strongly it binds, and its exponent."""

    number: Fraction = Fraction(1)
    powers: Mapping[tuple[str, int], Fraction] = field(default_factory=dict)

    @staticmethod
    def of(text: str, strength: int) -> _Words:
        """Return a text as a whole."""
        return _Words(powers={(text, strength): Fraction(1)})

    def times(self, other: _Words, exponent: int = 1) -> _Words:
        """Return the product with ``other``, or the quotient for an exponent of -1."""
        if not self.number or not other.number:
            return _Words(Fraction(0))
        powers = dict(self.powers)
        for part, power in other.powers.items():
            powers[part] = powers.get(part, Fraction(0)) + exponent * power
        return _Words(self.number * other.number**exponent, {part: power for part, power in powers.items() if power})

    def to(self, exponent: Fraction) -> _Words | None:
        """Return a power of a single factor; None where that is none."""
        if (
            self.number != 1
            or len(self.powers) > 1
            or (exponent.denominator > 1 and any(p != 1 for p in self.powers.values()))
        ):
            return None
        return _Words(powers={part: power * exponent for part, power in self.powers.items() if exponent})

    @property
    def text(self) -> str:
        """The product in words."""
        if self.whole:
            return self.whole[0]
        top, bottom = self._side(1), self._side(-1)
        number = abs(self.number)
        decimal = _decimal(number) if number.denominator > 4 else None
        above = decimal or str(number.numerator)
        top = [above, *top] if above != "1" or not top else top
        bottom = [str(number.denominator), *bottom] if number.denominator > 1 and not decimal else bottom
        below = bottom[0] if len(bottom) == 1 else f"({'*'.join(bottom)})"
        return ("-" if self.number < 0 else "") + "*".join(top) + (f"/{below}" if bottom else "")

    def _side(self, sign: int) -> list[str]:
        """Return the factors above the line for 1, those below it for -1: names first, then functions and sums."""
        parts = [(text, strength, abs(power)) for (text, strength), power in self.powers.items() if power * sign > 0]
        return [_power(*part) for part in sorted(parts, key=lambda part: not part[0].isidentifier())]

    @property
    def whole(self) -> tuple[str, int] | None:
        """The text and the strength of what is no product; None for a product."""
        alone = self.number == 1 and len(self.powers) == 1 and all(power == 1 for power in self.powers.values())
        return next(iter(self.powers)) if alone else None

    @property
    def strength(self) -> int:
        """How strongly the text binds."""
        if self.whole:
            return self.whole[1]
        if self.number == 1 and len(self.powers) == 1 and all(power > 0 for power in self.powers.values()):
            return _POWER
        return _ATOM if not self.powers and self.number >= 0 and self.number.denominator == 1 else _PRODUCT


def _power(text: str, strength: int, power: Fraction) -> str:
    """Return a factor of a product."""
    if power == 1:
        return text if strength > _PRODUCT else f"({text})"
    exponent = str(power) if power.denominator == 1 else _decimal(power) or f"({power})"
    return f"{text if strength > _POWER else f'({text})'}**{exponent}"


def _decimal(number: Fraction) -> str | None:
    """Return a number as a decimal of a few digits, None where it is none."""
    text = f"{float(number):.6g}"
    return text if Fraction(text) == number and "e" not in text else None


def _node(x: Expr, made: dict[int, _Words | None], ones: AbstractSet[int]) -> _Words | None:
    node, name = x.node, x.graph.names.get(x.index)
    if x.index in ones:
        return _Words()
    if name is not None:
        return _Words.of(name, _ATOM)
    if node.op == "literal" and x.constant is not None:
        return _Words(x.constant)
    known = [made[source] for source in node.inputs]
    operands = [one for one in known if one is not None]
    if len(operands) < len(known):
        return _as_typed(x)
    if node.op in _SILENT:
        return operands[0]
    if node.op == "neg":
        return operands[0].times(_Words(Fraction(-1)))
    if node.op in ("mul", "div"):
        return _product(node.op, *operands)
    if node.op in ("add", "sub"):
        return _sum(node.op, *operands)
    if node.op == "pow":
        return _raised(*operands)
    if node.op in _COMPARISONS:
        left, right = operands
        return _Words.of(f"{left.text} {_COMPARISONS[node.op]} {right.text}", 0)
    if node.row.kind == "elementwise":
        return _Words.of(f"{node.op}({', '.join(one.text for one in operands)})", _ATOM)
    return _as_typed(x)


def _as_typed(x: Expr) -> _Words | None:
    """Return what stands in the spec for a node that the user wrote, as a product of matrices."""
    text = typed(x)
    simple = text is not None and text.replace("[", "").replace("]", "").replace("_", "").isalnum()
    return _Words.of(text if simple else f"({text})", _ATOM) if text else None


def _product(op: str, left: _Words, right: _Words) -> _Words | None:
    if op == "div":
        return left.times(right, -1) if right.number else None
    return left.times(right)


def _sum(op: str, left: _Words, right: _Words) -> _Words:
    minus = (op == "sub") != (right.number < 0)
    size = _Words(abs(right.number), right.powers)
    if right.number == 0:
        return left
    if left.number == 0:
        return size.times(_Words(Fraction(-1 if minus else 1)))
    if left.number < 0 and not minus:  # -a + b is b - a
        return _Words.of(f"{size.text} - {_inside(_Words(-left.number, left.powers))}", _SUM)
    return _Words.of(f"{left.text} {'-' if minus else '+'} {_inside(size) if minus else size.text}", _SUM)


def _inside(words: _Words) -> str:
    return words.text if words.strength > _SUM else f"({words.text})"


def _raised(base: _Words, exponent: _Words) -> _Words:
    if not exponent.powers and (found := base.to(exponent.number)) is not None:
        return found
    left = base.text if base.strength > _POWER else f"({base.text})"
    plain = (_decimal(exponent.number) if exponent.number > 0 else None) if not exponent.powers else None
    right = plain or (exponent.text if exponent.strength >= _ATOM else f"({exponent.text})")
    return _Words.of(f"{left}**{right}", _POWER)
