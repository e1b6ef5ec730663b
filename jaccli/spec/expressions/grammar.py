"""The grammar of expressions, and a problem for every node of a syntax tree that lies outside it.

With NumPy's meaning and Python's precedence:

expr   = number | name | expr ("+" "-" "*" "/" "**" "@" "&" "|") expr | ("+" "-" "~") expr
       | expr ("<" "<=" ">" ">=" "==" "!=") expr | name "(" [expr ","…] [name "=" expr ","…] ")"
       | expr "." method "(" … ")" | name "." name | expr "[" index ","… "]" | expr "." ("T" "mT" "shape" "size" "ndim")
       | "[" expr ","… "]" | "(" expr ","… ")"
index  = expr | [expr] ":" [expr] [":" [expr]] | "..." | "None"
"""

from __future__ import annotations

import ast
import re
from fractions import Fraction

from jaccli.errors import Problem, Span, short
from jaccli.spec.expressions.expression import Expression, extent, number, one_line, out_of_range
from jaccli.spec.expressions.limits import MAX_DEPTH, MAX_DIGITS, too_deep
from jaccli.spec.expressions.methods import ATTRIBUTES, METHODS, library_problem, method_problem

__all__ = ["disallowed"]

_ALLOWED = (
    ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Name, ast.Constant, ast.Subscript, ast.Slice, ast.List, ast.Tuple,
    ast.Attribute, ast.keyword, ast.Load, ast.operator, ast.unaryop, ast.cmpop,
)  # fmt: skip
_REFUSED = {
    ast.BoolOp: ("`and` and `or` do not work on arrays", "write (a > 0) & (b > 0), or | for or"),
    ast.IfExp: ("`if … else …` does not work on arrays", "write where(condition, value, other)"),
    ast.Lambda: ("`lambda` is not part of the language", "name a step under `let:` instead"),
    ast.ListComp: ("loops are not part of the language", "write the array expression, or name steps under `let:`"),
    ast.GeneratorExp: ("loops are not part of the language", "write the array expression, or name steps under `let:`"),
    ast.Dict: ("braces are not part of the language", "write a list: [a, b]"),
    ast.Set: ("braces are not part of the language", "write a list: [a, b]"),
    ast.JoinedStr: ("text is not part of the language", "write a number or a name"),
    ast.NamedExpr: ("`:=` is not part of the language", "name a step under `let:` instead"),
    ast.Starred: ("`*` in front of an argument is not part of the language", "write the arguments out"),
}
_REFUSED_OPERATORS = {
    ast.BitXor: ("`^` is not the power operator (in Python it is XOR)", "write ** for a power"),
    ast.FloorDiv: ("`//` has no useful derivative", "write / for a quotient"),
    ast.Mod: ("`%` has no useful derivative", "write the formula without it"),
    ast.LShift: ("`<<` is not part of the language", "write * 2**n"),
    ast.RShift: ("`>>` is not part of the language", "write / 2**n"),
    ast.Not: ("`not` does not work on arrays", "write ~(a > 0)"),
    ast.Is: ("`is` does not compare numbers", "write =="),
    ast.IsNot: ("`is not` does not compare numbers", "write !="),
    ast.In: ("`in` is not part of the language", "write the comparisons out"),
    ast.NotIn: ("`not in` is not part of the language", "write the comparisons out"),
}

# nothing can be wrong with these, and nothing is inside them
_PLAIN = frozenset({
    ast.Name, ast.Load, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.MatMult, ast.UAdd, ast.USub,
    ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq,
})  # fmt: skip
_DECIMAL = re.compile(r"[0-9]+\.?[0-9]*")
_LIBRARIES = {"np", "numpy", "math", "torch", "jnp", "tf", "sp", "sympy", "scipy", "linalg"}
_CALLED = _LIBRARIES | {"special", "stats", "F", "nn"}  # of what is called: F.W may be the parameter of a layer


def disallowed(expression: Expression) -> list[Problem]:
    """Return a problem for every node outside the grammar; iterative, with the depth kept beside each node."""
    problems: list[Problem] = []
    stack: list[tuple[ast.AST, int, ast.AST]] = [(expression.tree, 0, expression.tree)]
    while stack:
        node, depth, parent = stack.pop()
        if type(node) in _PLAIN and depth <= MAX_DEPTH:
            continue
        problem = _check_node(expression, node, parent, depth)
        if problem:
            problems.append(problem)
            if problem.code == "JAC009":
                break
            continue
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor) and _is_number_called(node.right):
            stack.append((node.op, depth, node))  # sin^2(x): one mistake, not two
            continue
        for child in ast.iter_child_nodes(node):
            chain = isinstance(node, ast.BinOp) and child is node.left
            if not (isinstance(node, ast.Call) and child is node.func) or isinstance(child, ast.Attribute):
                stack.append((child, depth if chain else depth + 1, node if hasattr(node, "col_offset") else parent))
    return sorted(problems, key=lambda problem: (problem.span.line, problem.span.column) if problem.span else (0, 0))


def _check_node(expression: Expression, node: ast.AST, parent: ast.AST, depth: int) -> Problem | None:
    where = node if hasattr(node, "col_offset") else parent
    refused = _REFUSED.get(type(node)) or _REFUSED_OPERATORS.get(type(node))
    if refused:
        if isinstance(node, ast.operator) and isinstance(parent, ast.BinOp):
            return Problem("JAC001", refused[0], _operator_span(expression, parent), refused[1])
        return Problem("JAC001", refused[0], expression.span(where), refused[1])
    if isinstance(node, ast.UnaryOp) and type(node.op) in _REFUSED_OPERATORS:
        message, help_ = _REFUSED_OPERATORS[type(node.op)]
        return Problem("JAC001", message, expression.span(node), help_)
    if (
        isinstance(node, ast.Tuple)
        and node is expression.tree
        and node.elts
        and node.elts[-1].end_col_offset == node.end_col_offset
    ):
        return Problem(
            "JAC001",
            "a comma outside brackets",
            expression.span(node),
            "write [a, b] for a list, 1.5 for one and a half",
        )
    if isinstance(node, ast.keyword) and node.arg is None:
        return Problem("JAC001", _DOUBLE_STAR, expression.span(where), "write the arguments out")
    if isinstance(node, ast.Call) and (again := _repeated(node)) is not None:
        return Problem(
            "JAC001", f"argument `{again.arg}` is given twice", expression.span(again), "delete one of the two"
        )
    if not isinstance(node, _ALLOWED):
        return Problem(
            "JAC001",
            f"{_called(node)} is Python, not a formula",
            expression.span(where),
            "`jac info --ops` lists the functions; operators are those of NumPy",
        )
    if depth > MAX_DEPTH:
        return too_deep(expression.span(where))
    if isinstance(node, ast.Attribute) and node.attr not in ATTRIBUTES:
        called = isinstance(parent, ast.Call) and parent.func is node
        return None if called or _may_be_name(expression, node) else _attribute_problem(expression, node)
    if isinstance(node, ast.Call) and not isinstance(node.func, ast.Name):
        return None if _is_method(expression, node.func) else _call_problem(expression, node)
    if isinstance(node, ast.Constant):
        return _constant_problem(expression, node)
    return None


def _of_library(expression: Expression, node: ast.Attribute, libraries: set[str] = _LIBRARIES) -> bool:
    return expression.segment(node.value).partition(".")[0] in libraries


def _is_method(expression: Expression, node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in METHODS and not _of_library(expression, node)


def _may_be_name(expression: Expression, node: ast.Attribute) -> bool:
    """Return whether a dotted name may stand here, such as dense1.W; whether there is one, the builder knows."""
    plain = node.attr not in METHODS and not node.attr.startswith("_")
    return isinstance(node.value, ast.Name) and plain and not _of_library(expression, node)


_DOUBLE_STAR = "`**` in front of an argument is not part of the language"


def _is_number_called(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Constant)


def _called(node: ast.AST) -> str:
    """Return what a part of Python that is no formula is called: its word, or nothing better than "this"."""
    words = {
        "Await": "`await`", "Yield": "`yield`", "YieldFrom": "`yield from`", "NamedExpr": "`:=`", "JoinedStr": "an f-string",
        "Dict": "a dictionary", "Set": "a set", "Starred": "`*` before a name", "Is": "`is`", "IsNot": "`is not`",
    }  # fmt: skip
    return words.get(type(node).__name__, "this")


def _repeated(call: ast.Call) -> ast.keyword | None:
    names = [item.arg for item in call.keywords if item.arg]
    return next((item for k, item in enumerate(call.keywords) if item.arg in names[:k]), None)


def _operator_span(expression: Expression, node: ast.BinOp) -> Span:
    line = one_line(expression.text)
    start, end = extent(line, node.left)[1], extent(line, node.right)[0]
    gap = line[start:end]
    symbol = gap.strip(" ()") or gap
    position = start + gap.find(symbol)
    return expression.snippet.span(position, position + len(symbol))


def _attribute_problem(expression: Expression, node: ast.Attribute, libraries: set[str] = _LIBRARIES) -> Problem:
    owner = short(expression.segment(node.value), 40)
    if _of_library(expression, node, libraries):
        message, help_ = library_problem(owner, node.attr)
        return Problem("JAC001", message, expression.span(node), help_)
    message, help_ = method_problem(owner, node.attr)
    return Problem("JAC001", message, expression.span(node), help_)


def _call_problem(expression: Expression, node: ast.Call) -> Problem:
    if isinstance(node.func, ast.Attribute):
        if isinstance(node.func.value, ast.Name | ast.Attribute | ast.Subscript | ast.Call | ast.BinOp):
            return _attribute_problem(expression, node.func, _CALLED)
        return Problem("JAC001", "only functions of the language can be called", expression.span(node), "write NAME(…)")
    text = short(expression.segment(node.func), 40)
    factor = f"({text})" if isinstance(node.func, ast.BinOp) else text
    return Problem(
        "JAC001", f"`{text}` is not a function", expression.span(node.func), f"write {factor} * (…) for a product"
    )


def _constant_problem(expression: Expression, node: ast.Constant) -> Problem | None:
    if isinstance(node.value, complex):
        return Problem(
            "JAC001", "complex numbers are not part of the language", expression.span(node), "use real numbers"
        )
    if isinstance(node.value, bytes):
        return Problem("JAC001", "text is not part of the language", expression.span(node), "write a number or a name")
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        text = expression.segment(node)
        if len(text) < 20 and _DECIMAL.fullmatch(text):
            return None  # cannot be out of range
        exponent = re.search(r"[eE]([-+]?\d+)$", text)
        if exponent and not text.lower().startswith("0x") and abs(int(exponent[1][:9])) > MAX_DIGITS:
            size: str | None = "too small" if exponent[1].startswith("-") else "too large"
        else:
            size = "too long" if len(text) > MAX_DIGITS else out_of_range(number(expression, node) or Fraction(0))
        if size:
            return Problem(
                "JAC009",
                f"the number {short(text, 20)} is {size}",
                expression.span(node),
                "doubles reach from 5e-324 to 1.8e308",
            )
    return None
