"""Op → its local partials by SymPy's rules, as functions of any numbers: what a sweep over another number system needs."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy

from jaccli.derive.symbolic.removable import exprel, sinc
from jaccli.derive.symbolic.rules import definition
from jaccli.derive.symbolic.table import EXPR_NAMESPACE
from jaccli.ops import Op, lookup

__all__ = ["local_partials"]

Function = Callable[..., Any]
#: SymPy's functions → names of the op table.
_NAMES = {
    sympy.exp: "exp", sympy.log: "log", sympy.sin: "sin", sympy.cos: "cos", sympy.tan: "tan", sympy.asin: "arcsin",
    sympy.acos: "arccos", sympy.atan: "arctan", sympy.atan2: "arctan2", sympy.sinh: "sinh", sympy.cosh: "cosh",
    sympy.tanh: "tanh", sympy.asinh: "arcsinh", sympy.acosh: "arccosh", sympy.atanh: "arctanh", sympy.erf: "erf",
    sympy.erfc: "erfc", sympy.gamma: "gamma", sympy.loggamma: "lgamma", sympy.digamma: "digamma", sympy.polygamma: "polygamma",
    exprel: "exprel", sinc: "sinc",
    sympy.Abs: "abs", sympy.sign: "sign", sympy.Pow: "pow",
}  # fmt: skip


def local_partials(op: str, arity: int, m: Any) -> tuple[Function, ...]:
    """Return one function of the operands per operand, computed with the functions of ``m`` (names as in the op table).

    m.number takes a Fraction, m.pi nothing.
    Errors: NotImplementedError where SymPy's derivative holds a function that ``m`` does not know.
    """
    dummies, derivatives = _derivatives(lookup(op), arity)
    return tuple(_function(derivative, dummies, m) for derivative in derivatives)


@lru_cache(maxsize=1024)
def _derivatives(row: Op, arity: int) -> tuple[list[Any], list[Any]]:
    dummies = [sympy.Dummy(f"x{k}", real=True) for k in range(arity)]
    value = sympy.sympify(definition(row)(EXPR_NAMESPACE, *dummies))
    return dummies, [_derivative(value, dummy) for dummy in dummies]


def _derivative(value: Any, dummy: Any) -> Any:
    partial = sympy.diff(value, dummy)
    partial = partial.xreplace(dict.fromkeys(partial.atoms(sympy.DiracDelta), sympy.S.Zero))  # at a jump alone
    return sympy.powsimp(partial) if value.is_Pow else partial


def _function(expression: Any, dummies: list[Any], m: Any) -> Function:
    """Return an expression as a function; subexpressions in post-order, each computed once."""
    steps = [_step(node, dummies, m) for node in dict.fromkeys(sympy.postorder_traversal(expression))]

    def function(*xs: Any) -> Any:
        memo: dict[Any, Any] = {}
        for node, compute in steps:
            memo[node] = compute(memo, xs)
        return memo[expression]

    return function


def _step(node: Any, dummies: list[Any], m: Any) -> tuple[Any, Callable[[dict[Any, Any], Any], Any]]:
    if node in dummies:
        position = dummies.index(node)
        return node, lambda memo, xs: xs[position]
    if node.is_Rational:
        return node, lambda memo, xs: m.number(Fraction(int(node.p), int(node.q)))
    if node is sympy.pi:
        return node, lambda memo, xs: m.pi()
    if isinstance(node, sympy.Add | sympy.Mul):
        return node, _folded(node)
    name = _NAMES.get(node.func)
    if name is None or not hasattr(m, name):
        raise NotImplementedError(f"{node.func} has no function in this number system")
    function = getattr(m, name)
    return node, lambda memo, xs: function(*(memo[part] for part in node.args))


def _folded(node: Any) -> Callable[[dict[Any, Any], Any], Any]:
    added = isinstance(node, sympy.Add)

    def compute(memo: dict[Any, Any], xs: Any) -> Any:
        total, *rest = (memo[part] for part in node.args)
        for x in rest:
            total = total + x if added else total * x
        return total

    return compute
