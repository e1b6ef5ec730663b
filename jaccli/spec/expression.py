"""Expression text → a checked syntax tree; nothing is ever evaluated, and every limit is met before the work begins.

Grammar, with NumPy's meaning and Python's precedence:

    expr   = number | name | expr ("+" "-" "*" "/" "**" "@") expr | ("+" "-") expr
           | expr ("<" "<=" ">" ">=" "==" "!=") expr | name "(" [expr ","…] [name "=" expr ","…] ")"
           | expr "[" index ","… "]" | expr ".T" | "[" expr ","… "]" | "(" expr ","… ")"
    index  = expr | [expr] ":" [expr] [":" [expr]] | "..." | "None"
"""

from __future__ import annotations

import ast
import keyword
import re
import unicodedata
import warnings
from dataclasses import dataclass
from fractions import Fraction

from jaccli.errors import Problem, Span
from jaccli.spec.source import Snippet

__all__ = ["Expression", "number", "parse_expression", "safe_name"]

MAX_CHARACTERS = 20_000
MAX_OPERATORS = 1_000
MAX_DEPTH = 60  # of brackets, and of the syntax tree beside chains such as a + b + c
MAX_DIGITS = 400

_ALLOWED = (
    ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Name, ast.Constant, ast.Subscript, ast.Slice, ast.List, ast.Tuple,
    ast.Attribute, ast.keyword, ast.Load, ast.operator, ast.unaryop, ast.cmpop,
)  # fmt: skip
_REFUSED = {
    ast.BoolOp: ("`and` and `or` do not work on arrays", "multiply comparisons: (a > 0) * (b > 0)"),
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
    ast.BitXor: ("`^` is not a power here, nor in Python, where it binds looser than +", "write ** for a power"),
    ast.FloorDiv: ("`//` has no useful derivative", "write / for a quotient"),
    ast.Mod: ("`%` has no useful derivative", "write the formula without it"),
    ast.BitOr: ("`|` is not part of the language", "write maximum(a > 0, b > 0), or abs(x) for |x|"),
    ast.BitAnd: ("`&` is not part of the language", "multiply comparisons: (a > 0) * (b > 0)"),
    ast.LShift: ("`<<` is not part of the language", "write * 2**n"),
    ast.RShift: ("`>>` is not part of the language", "write / 2**n"),
    ast.Invert: ("`~` is not part of the language", "write 1 - (a > 0)"),
    ast.Not: ("`not` does not work on arrays", "write 1 - (a > 0)"),
    ast.Is: ("`is` does not compare numbers", "write =="),
    ast.IsNot: ("`is not` does not compare numbers", "write !="),
    ast.In: ("`in` is not part of the language", "write the comparisons out"),
    ast.NotIn: ("`not in` is not part of the language", "write the comparisons out"),
}
_LOOKALIKES = {"×": "*", "·": "*", "−": "-", "–": "-", "÷": "/", "²": "**2", "³": "**3", "√": "sqrt(…)", "“": '"', "’": "'"}


@dataclass(frozen=True, eq=False)
class Expression:
    """A checked syntax tree and the snippet it was read from."""

    snippet: Snippet
    tree: ast.expr

    @property
    def text(self) -> str:
        """The expression as it was written."""
        return self.snippet.text

    def span(self, node: ast.AST | None = None) -> Span:
        """Return where ``node``, or the whole expression, stands."""
        if node is None:
            return self.snippet.whole()
        start, end = _extent(self._line(), node)
        return self.snippet.span(start, end)

    def segment(self, node: ast.AST) -> str:
        """Return the text of ``node`` as it was written."""
        start, end = _extent(self._line(), node)
        return self.snippet.text[start:end]

    def _line(self) -> str:
        return _one_line(self.snippet.text)


def parse_expression(snippet: Snippet, problems: list[Problem]) -> Expression | None:
    """Return the checked tree of ``snippet``, or None after appending what is wrong with it to ``problems``."""
    found = _too_large(snippet) or _known_slip(snippet)
    if found is None:
        found, tree = _parse(snippet)
        if tree is not None:
            expression = Expression(snippet, tree)
            mistakes = _disallowed(expression)
            problems.extend(mistakes)
            return None if mistakes else expression
    problems.append(found or Problem("JAC001", "cannot be read", snippet.whole()))
    return None


def number(expression: Expression, node: ast.Constant) -> Fraction | None:
    """Return the exact number a constant was written as (0.1 is 1/10), or None where it is not a number."""
    if isinstance(node.value, bool | str | bytes | complex) or node.value is None or node.value is Ellipsis:
        return None
    text = expression.segment(node).replace("_", "")
    return Fraction(int(text, 0)) if isinstance(node.value, int) else Fraction(text)


def safe_name(name: str) -> str | None:
    """Return ``name`` as Python's parser would read it (NFKC), or None where it is no identifier."""
    normal = unicodedata.normalize("NFKC", name)
    return normal if normal.isidentifier() and not keyword.iskeyword(normal) and len(normal) <= 100 else None


def _one_line(text: str) -> str:
    return re.sub(r"\s", " ", text)


def _extent(line: str, node: ast.AST) -> tuple[int, int]:
    data = line.encode()  # ast counts UTF-8 bytes
    shift = len(line) - len(line.lstrip())
    start, end = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", len(data))
    return len(data[: start + shift].decode()), len(data[: end + shift].decode())


def _too_large(snippet: Snippet) -> Problem | None:
    text = snippet.text
    if len(text) > MAX_CHARACTERS:
        return _limit(snippet, 0, 40, f"the expression has {len(text):,} characters, more than {MAX_CHARACTERS:,}")
    operators = depth = run = 0
    for position, character in enumerate(text):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        operators += character in "+-*/@%<>=&|~^,"
        run = run + 1 if character in "+-~(" else run if character.isspace() else 0
        if depth > MAX_DEPTH or run > MAX_DEPTH:
            return _limit(snippet, position, position + 1, f"nested deeper than {MAX_DEPTH} levels")
        if operators > MAX_OPERATORS:
            return _limit(snippet, position, position + 1, f"more than {MAX_OPERATORS:,} operators")
    return None


def _limit(snippet: Snippet, start: int, end: int, message: str) -> Problem:
    return Problem("JAC009", message, snippet.span(start, end), "name parts of it under `let:`, or use sum() on an array")


def _known_slip(snippet: Snippet) -> Problem | None:
    """Return a better message than Python's for what people often write."""
    text = snippet.text
    if not text.strip():
        return Problem("JAC001", "an expression is missing here", snippet.whole(), "write one, such as 2*x")
    for position, character in enumerate(text):
        if character in _LOOKALIKES:
            message = f"`{character}` is not an operator here"
            return Problem("JAC001", message, snippet.span(position, position + 1), f"write {_LOOKALIKES[character]}")
    for pattern, message, remedy in _SLIPS:
        if match := re.search(pattern, text):
            groups = match.groupdict()
            span = snippet.span(match.start("at"), match.end("at"))
            return Problem("JAC001", message.format(**groups), span, remedy.format(**groups))
    return None


_SLIPS = (
    (r"(?P<at>\blambda\b)", "`lambda` is a word of Python's and cannot be a name", "write lam or lambda_"),
    (
        r"(?<![\w.])(?P<at>(?P<number>(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?)(?P<name>(?![eE][-+]?\d|[xX][0-9a-fA-F]+\b|[oObB]\d|[jJ]\b|_\d)[^\W\d]\w*))",
        "a `*` is missing in `{at}`",
        "write {number}*{name}",
    ),
    (r"(?<=[^=!<>(,\s])\s*(?P<at>(?<![=!<>])=(?!=))(?![^(]*\))", "`=` does not belong inside an expression", "write == to compare"),
    (
        r"(?P<at>\b(?P<left>(?!(?:if|else|and|or|not|in|is|for)\b)[\w.]+)\s+(?P<right>(?!(?:if|else|and|or|not|in|is|for)\b)[\w.]+))",
        "an operator is missing in `{at}`",
        "write {left} * {right}, or {left}({right}) to call a function",
    ),
    (r"(?P<at>(?<=[\w)\]])!(?!=))", "`!` is not part of the language", "write gamma(n + 1) for a factorial"),
)


def _parse(snippet: Snippet) -> tuple[Problem | None, ast.expr | None]:
    line = _one_line(snippet.text)
    shift = len(line) - len(line.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # "1(x)" also warns; the walk below refuses it
            return None, ast.parse(line.strip(), mode="eval").body
    except SyntaxError as error:
        start = (error.offset or 1) - 1 + shift
        end = (error.end_offset or 0) - 1 + shift
        return _syntax_problem(snippet, str(error.msg), start, max(end, start + 1)), None
    except (RecursionError, MemoryError, ValueError):
        return _limit(snippet, 0, len(line), "nested too deeply to be read"), None


def _syntax_problem(snippet: Snippet, message: str, start: int, end: int) -> Problem:
    text = snippet.text
    word = re.match(r"\w+", text[start:])
    if word and keyword.iskeyword(word[0]):
        span = snippet.span(start, start + word.end())
        return Problem("JAC001", f"`{word[0]}` is a word of Python's and cannot be a name", span, f"write {word[0]}_")
    help_ = "check brackets and operators" if "never closed" not in message else "close the bracket"
    return Problem("JAC001", f"not an expression: {message}", snippet.span(start, end), help_)


def _disallowed(expression: Expression) -> list[Problem]:
    """Return a problem for every node outside the grammar; iterative, with the depth kept beside each node."""
    problems: list[Problem] = []
    stack: list[tuple[ast.AST, int, ast.AST]] = [(expression.tree, 0, expression.tree)]
    while stack:
        node, depth, parent = stack.pop()
        problem = _check_node(expression, node, parent, depth)
        if problem:
            problems.append(problem)
            continue
        for child in ast.iter_child_nodes(node):
            chain = isinstance(node, ast.BinOp) and child is node.left
            if not (isinstance(node, ast.Call) and child is node.func):
                stack.append((child, depth if chain else depth + 1, node if hasattr(node, "col_offset") else parent))
    return sorted(problems, key=lambda problem: (problem.span.line, problem.span.column) if problem.span else (0, 0))


def _check_node(expression: Expression, node: ast.AST, parent: ast.AST, depth: int) -> Problem | None:
    where = node if hasattr(node, "col_offset") else parent
    refused = _REFUSED.get(type(node)) or _REFUSED_OPERATORS.get(type(node))
    if refused:
        if isinstance(node, ast.operator) and isinstance(parent, ast.BinOp):
            return Problem("JAC001", refused[0], _operator_span(expression, parent), refused[1])
        return Problem("JAC001", refused[0], expression.span(where), refused[1])
    if not isinstance(node, _ALLOWED):
        return Problem("JAC001", "this is not part of the language", expression.span(where), "see the README for the grammar")
    if depth > MAX_DEPTH:
        return Problem("JAC009", f"nested deeper than {MAX_DEPTH} levels", expression.span(where), "name parts of it under `let:`")
    if isinstance(node, ast.Attribute) and node.attr != "T":
        return _attribute_problem(expression, node)
    if isinstance(node, ast.Call) and not isinstance(node.func, ast.Name):
        return _call_problem(expression, node)
    if isinstance(node, ast.Constant):
        return _constant_problem(expression, node)
    return None


def _operator_span(expression: Expression, node: ast.BinOp) -> Span:
    line = _one_line(expression.text)
    start, end = _extent(line, node.left)[1], _extent(line, node.right)[0]
    gap = line[start:end]
    symbol = gap.strip(" ()") or gap
    position = start + gap.find(symbol)
    return expression.snippet.span(position, position + len(symbol))


def _attribute_problem(expression: Expression, node: ast.Attribute) -> Problem:
    owner = expression.segment(node.value)
    if owner in {"np", "numpy", "math", "torch", "jnp", "tf", "sp", "sympy"}:
        return Problem("JAC001", f"`{owner}.` is not needed", expression.span(node), f"write {node.attr}")
    return Problem("JAC001", f"`.{node.attr}` is not part of the language (only .T is)", expression.span(node), f"write {node.attr}({owner})")


def _call_problem(expression: Expression, node: ast.Call) -> Problem:
    if isinstance(node.func, ast.Attribute):
        if isinstance(node.func.value, ast.Name | ast.Attribute | ast.Subscript | ast.Call | ast.BinOp):
            return _attribute_problem(expression, node.func)
        return Problem("JAC001", "only functions of the language can be called", expression.span(node), "see `jac info --ops`")
    text = expression.segment(node.func)
    return Problem("JAC001", f"`{text}` is not a function", expression.span(node.func), f"write {text} * (…) for a product")


def _constant_problem(expression: Expression, node: ast.Constant) -> Problem | None:
    if isinstance(node.value, complex):
        return Problem("JAC001", "complex numbers are not part of the language", expression.span(node), "use real numbers")
    if isinstance(node.value, bytes):
        return Problem("JAC001", "text is not part of the language", expression.span(node), "write a number or a name")
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        text = expression.segment(node)
        exponent = re.search(r"[eE]([-+]?\d+)$", text)
        if len(text) > MAX_DIGITS or (exponent and not text.lower().startswith("0x") and abs(int(exponent[1])) > MAX_DIGITS):
            return Problem("JAC009", "the number is too large", expression.span(node), f"stay below 1e{MAX_DIGITS}")
    return None
