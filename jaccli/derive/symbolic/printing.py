"""SymPy expression → text in the spec language, so that a printed derivative can be pasted as a claim."""

from __future__ import annotations

from typing import Any

import sympy
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

__all__ = ["text"]

_NAMES = {
    "Abs": "abs", "Max": "maximum", "Min": "minimum", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2",
    "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
    "loggamma": "gammaln",
}  # fmt: skip


class _Printer(StrPrinter):  # type: ignore[misc]
    """Writes functions under their names in the spec language, and a choice with 0 as a product with a comparison."""

    def _print_Function(self, expr: Any) -> str:  # noqa: N802  SymPy finds printers by these names
        name = expr.func.__name__
        args = list(expr.args)
        text = self._print(args[0])
        for other in args[1:]:  # maximum and minimum take two operands
            text = (
                f"{text}, {self._print(other)}"
                if name not in ("Max", "Min") or other is args[1]
                else f"{_NAMES[name]}({text}), {self._print(other)}"
            )
        return f"{_NAMES.get(name, name)}({text})"

    _print_Max = _print_Min = _print_Abs = _print_Function  # noqa: N815

    def _print_exprel(self, expr: Any) -> str:
        order, x = expr.args
        return f"{expr.func.__name__}({self._print(x)}{f', {self._print(order)}' if order else ''})"

    _print_sinc = _print_exprel

    def _print_Heaviside(self, expr: Any) -> str:  # noqa: N802
        return f"({self._print(expr.args[0])} > 0)"

    def _print_Equality(self, expr: Any) -> str:  # noqa: N802
        return f"{self._print(expr.lhs)} == {self._print(expr.rhs)}"

    def _print_Unequality(self, expr: Any) -> str:  # noqa: N802
        return f"{self._print(expr.lhs)} != {self._print(expr.rhs)}"

    def _joined(self, expr: Any, sign: str) -> str:
        return f" {sign} ".join(
            f"({self._print(part)})" for part in expr.args
        )  # & and | bind tighter than a comparison

    def _print_And(self, expr: Any) -> str:  # noqa: N802
        return self._joined(expr, "&")

    def _print_Or(self, expr: Any) -> str:  # noqa: N802
        return self._joined(expr, "|")

    def _print_Not(self, expr: Any) -> str:  # noqa: N802
        return f"~({self._print(expr.args[0])})"

    def _print_Exp1(self, expr: Any) -> str:  # noqa: N802
        return "e"

    def _print_Piecewise(self, expr: Any) -> str:  # noqa: N802
        if len(expr.args) == 2 and expr.args[1][1] == sympy.true:
            (value, condition), (other, _) = expr.args
            if value == 0 and other != 0:
                value, other, condition = other, value, sympy.Not(condition)
            if other == 0:
                factor = "" if value == 1 else self.parenthesize(value, PRECEDENCE["Mul"], strict=True) + "*"
                return f"{factor}({self._print(condition)})"
            return f"where({self._print(condition)}, {self._print(value)}, {self._print(other)})"
        return str(super()._print_Piecewise(expr))


_PRINTER = _Printer({"order": "none"})


def text(expression: Any) -> str:
    """Return ``expression`` in the spec language; example: ``text(sympy.Abs(x))  # "abs(x)"``.

    A number that is not real, as the root of -3, is nan, as it is in doubles.
    """
    if expression.has(sympy.I):
        return "nan"
    return str(_PRINTER.doprint(expression))
