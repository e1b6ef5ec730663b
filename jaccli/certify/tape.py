"""Way (b): a graph on a tape of scalar operations → rows of its Jacobian, by one sweep backwards over the tape for each.

Every scalar operation leaves its operands' positions and its partials by them, all plain balls. The partials of functions come
from outside (SymPy's, handed in); those of + − × ÷ stand below. A choice that a ball leaves open has partials in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from jaccli.certify.balls import ball, each, flint, hull, leaf_balls, sign_of
from jaccli.certify.functions import choices, plain, power
from jaccli.certify.kernels import number_system
from jaccli.graph.evaluate import evaluate
from jaccli.graph.ir import Expr, Graph
from jaccli.types import Array

__all__ = ["Partials", "Tape", "swept"]

#: op, number of operands, number system → one function of the operands per operand
Partials = Callable[[str, int, Any], Sequence[Callable[..., Any]]]
#: Functions whose partials come from outside, and how many operands they have.
FUNCTIONS = {
    "exp": 1, "log": 1, "sqrt": 1, "cbrt": 1, "sin": 1, "cos": 1, "tan": 1, "arcsin": 1, "arccos": 1,
    "arctan": 1, "arctan2": 2, "sinh": 1, "cosh": 1, "tanh": 1, "arcsinh": 1, "arccosh": 1, "arctanh": 1, "erf": 1, "erfc": 1,
    "gamma": 1, "lgamma": 1, "digamma": 1,
}  # fmt: skip


def swept(
    graph: Graph, of: Expr, wrt: Sequence[Expr], values: Mapping[str, Array], seeds: Array, partials: Partials
) -> list[Array]:
    """Return Jᵀ applied to each row of ``seeds``, for each variable.

    Shapes: seeds (count, of.size); results (count, x.size) of balls.
    """
    tape = Tape(partials)
    names = [str(dict(x.node.params)["name"]) for x in wrt]
    leaves = leaf_balls(graph, values)
    leaves |= {name: each(tape.variable, leaves[name]) for name in names}
    (found,) = evaluate(graph, [of], leaves, tape.numbers)
    outputs = np.broadcast_to(found, of.shape).reshape(-1)
    places = [leaves[name].reshape(-1) for name in names]
    rows = [tape.sweep(outputs, seed) for seed in seeds]
    zero = ball(0)
    return [
        np.array([[row[v.place] or zero for v in place] for row in rows], dtype=object).reshape(len(rows), len(place))
        for place in places
    ]


class Scalar:
    """One scalar on a tape: its value, a ball, and its place."""

    __slots__ = ("place", "tape", "value")

    def __init__(self, tape: Tape, value: Any, place: int) -> None:
        self.tape, self.value, self.place = tape, value, place

    def __add__(self, other: Any) -> Scalar:
        return self.tape.put(self.value + _value(other), (self, _ONE), (other, _ONE))

    __radd__ = __add__

    def __sub__(self, other: Any) -> Scalar:
        return self.tape.put(self.value - _value(other), (self, _ONE), (other, _MINUS))

    def __rsub__(self, other: Any) -> Scalar:
        return self.tape.put(_value(other) - self.value, (self, _MINUS))

    def __mul__(self, other: Any) -> Scalar:
        factor = _value(other)
        return self.tape.put(self.value * factor, (self, factor), (other, self.value))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Scalar:
        divisor = _value(other)
        quotient = self.value / divisor
        return self.tape.put(quotient, (self, 1 / divisor), (other, -quotient / divisor))

    def __rtruediv__(self, other: Any) -> Scalar:
        quotient = _value(other) / self.value
        return self.tape.put(quotient, (self, -quotient / self.value))

    def __pow__(self, other: Any) -> Any:
        return self.tape.m.pow(self, other)

    def __neg__(self) -> Scalar:
        return self.tape.put(-self.value, (self, _MINUS))


_ONE, _MINUS = 1, -1


def _value(x: Any) -> Any:
    return x.value if isinstance(x, Scalar) else ball(x)


class Tape:
    """Scalar operations in the order of their computation, and the number system that records them."""

    def __init__(self, partials: Partials) -> None:
        self.edges: list[tuple[tuple[int, Any], ...]] = []
        plain_functions = plain()
        plain_functions.number = ball
        m = SimpleNamespace(
            **{name: self._function(name, arity, plain_functions, partials) for name, arity in FUNCTIONS.items()},
            **choices(self._sign, self._join),
            divide=lambda x, y: x / y,
            pi=plain_functions.pi,
            nowhere=flint().arb.nan,
            norm=self._norm,
            hypot=lambda x, y: self._norm([x, y]),
            size=lambda x: plain_functions.size(_value(x)),
            middle=lambda x: plain_functions.middle(_value(x)),
            floor=lambda x: plain_functions.floor(_value(x)),
            ceil=lambda x: plain_functions.ceil(_value(x)),
        )
        m.pow = lambda x, p: power(x, _plain(p), fallback=lambda x, p: self._power(m, x, p))
        for name in ("polygamma", "exprel", "sinc"):
            setattr(m, name, self._of_order(getattr(plain_functions, name)))
        self.m = m
        self.numbers = number_system(m, ball)

    def variable(self, value: Any) -> Scalar:
        """Return a scalar to differentiate with respect to."""
        return self.put(value)

    def put(self, value: Any, *edges: tuple[Any, Any]) -> Scalar:
        """Record one operation: its value, and (operand, partial) for each operand; plain numbers have no place."""
        self.edges.append(tuple((x.place, partial) for x, partial in edges if isinstance(x, Scalar)))
        return Scalar(self, value, len(self.edges) - 1)

    def sweep(self, outputs: Array, seed: Array) -> list[Any]:
        """Return the cotangent of every place, None where nothing arrived, given those of the outputs."""
        bars: list[Any] = [None] * len(self.edges)
        for output, weight in zip(outputs, seed, strict=True):
            if isinstance(output, Scalar) and weight:
                arrived = bars[output.place]
                bars[output.place] = ball(float(weight)) if arrived is None else arrived + float(weight)
        for place in range(len(self.edges) - 1, -1, -1):
            bar = bars[place]
            if bar is not None:
                for source, partial in self.edges[place]:
                    term = bar * partial
                    bars[source] = term if bars[source] is None else bars[source] + term
        return bars

    def _function(self, name: str, arity: int, m: Any, partials: Partials) -> Callable[..., Any]:
        value, rules = getattr(m, name), list[Callable[..., Any]]()

        def function(*xs: Any) -> Any:
            if not any(isinstance(x, Scalar) for x in xs):
                return value(*xs)
            rules[:] = rules or partials(name, arity, m)
            points = [_value(x) for x in xs]
            edges = [(x, rule(*points)) for x, rule in zip(xs, rules, strict=True) if isinstance(x, Scalar)]
            return self.put(value(*points), *edges)

        return function

    def _sign(self, x: Any) -> int | None:
        found = sign_of(_value(x))
        return None if found == 0 and isinstance(x, Scalar) else found  # on a kink both sides count

    def _join(self, x: Any, y: Any) -> Any:
        half = hull(ball(0), ball(1))
        return self.put(hull(_value(x), _value(y)), (x, half), (y, half))

    def _norm(self, xs: Any) -> Any:
        return self.m.sqrt(sum((x * x for x in xs), ball(0)))

    def _power(self, m: Any, x: Any, p: Any) -> Any:
        if isinstance(p, Scalar):
            return m.exp(p * m.log(x))
        power = plain().pow
        return self.put(power(_value(x), p), (x, p * power(_value(x), p - 1))) if isinstance(x, Scalar) else power(x, p)

    def _of_order(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function (n, x) that is the n-th derivative by x of the one for n = 0."""

        def recorded(n: Any, x: Any) -> Any:
            value = function(n, _value(x))
            return self.put(value, (x, function(n + 1, _value(x)))) if isinstance(x, Scalar) else value

        return recorded


def _plain(p: Any) -> Any:
    return p if isinstance(p, Scalar) else ball(p)
