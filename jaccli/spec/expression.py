"""Expression text → a checked syntax tree; nothing is ever evaluated, and every limit is met before the work begins.

Grammar, with NumPy's meaning and Python's precedence:

    expr   = number | name | expr ("+" "-" "*" "/" "**" "@") expr | ("+" "-") expr
           | expr ("<" "<=" ">" ">=" "==" "!=") expr | name "(" [expr ","…] [name "=" expr ","…] ")"
           | expr "." method "(" … ")" | name "." name | expr "[" index ","… "]" | expr ".T" | "[" expr ","… "]" | "(" expr ","… ")"
    index  = expr | [expr] ":" [expr] [":" [expr]] | "..." | "None"
"""

from __future__ import annotations

import ast
import keyword
import re
import sys
import unicodedata
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from jaccli.errors import Problem, Span, short
from jaccli.spec.source import Snippet

__all__ = ["METHODS", "Expression", "number", "out_of_range", "parse_expression", "safe_name"]

MAX_CHARACTERS = 20_000
MAX_OPERATORS = 1_000
MAX_DEPTH = 60  # of brackets, and of the syntax tree beside chains such as a + b + c
MAX_DIGITS = 400
_LARGEST, _SMALLEST = Fraction(sys.float_info.max), Fraction(5e-324)

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
_LOOKALIKES = {
    "×": "*",
    "·": "*",
    "−": "-",
    "–": "-",
    "÷": "/",
    "²": "**2",
    "³": "**3",
    "√": "sqrt(…)",
    "“": '"',
    "’": "'",
}


_LIBRARIES = {"np", "numpy", "math", "torch", "jnp", "tf", "sp", "sympy"}
# functions that may also be written behind their first argument: x.sum(axis=0)
METHODS = frozenset({
    "sum", "mean", "prod", "max", "min", "var", "std", "norm", "logsumexp", "cumsum", "cumprod", "dot", "matmul",
    "outer", "inner", "trace", "diagonal", "reshape", "transpose", "ravel", "flatten", "squeeze", "swapaxes",
    "repeat", "tile", "roll", "flip", "diff", "clip", "abs", "exp", "log", "sqrt", "square", "sin", "cos", "tan",
    "tanh", "sigmoid", "relu", "softmax", "log_softmax",
})  # fmt: skip


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
            return None if mistakes else Expression(snippet, _plain(tree))
    problems.append(found or Problem("JAC001", "cannot be read", snippet.whole()))
    return None


def number(expression: Expression, node: ast.Constant) -> Fraction | None:
    """Return the exact number a constant was written as (0.1 is 1/10), or None where it is not a number."""
    if isinstance(node.value, bool | str | bytes | complex) or node.value is None or node.value is Ellipsis:
        return None
    text = expression.segment(node).replace("_", "")
    return Fraction(int(text, 0)) if isinstance(node.value, int) else Fraction(text)


def out_of_range(number: Fraction) -> str | None:
    """Return how ``number`` lies outside what a double can hold, "too large" or "too small", or None where it fits."""
    if abs(number) > _LARGEST:
        return "too large"
    return "too small" if number and abs(number) < _SMALLEST else None


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
    if match := re.search(rf"\d{{{MAX_DIGITS + 1},}}", text):  # Python itself gives up at 4,300
        return Problem(
            "JAC009", f"a number of {len(match[0]):,} digits", snippet.span(*match.span()), "write it as 1.5e10"
        )
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
    return Problem(
        "JAC009", message, snippet.span(start, end), "name parts of it under `let:`, or use sum() on an array"
    )


def _known_slip(snippet: Snippet) -> Problem | None:
    """Return a better message than Python's for what people often write."""
    if not snippet.text.strip():
        return Problem("JAC001", "an expression is missing here", snippet.whole(), "write one, such as 2*x")
    text = re.sub(
        r"'[^']*'|\"[^\"]*\"", lambda match: "'" + "·" * (len(match[0]) - 2) + "'", snippet.text
    )  # einsum('ij, j -> i', …)
    for position, character in enumerate(snippet.text):
        if character in _LOOKALIKES:
            message = f"`{character}` is not an operator here"
            return Problem("JAC001", message, snippet.span(position, position + 1), f"write {_LOOKALIKES[character]}")
    return next((problem for slip in _SLIPS if (problem := slip(snippet, text))), None)


def _pattern(pattern: str, message: str, remedy: str) -> Callable[[Snippet, str], Problem | None]:
    """Return a check that reports the group ``at`` of ``pattern``; the texts may name the pattern's groups."""

    def check(snippet: Snippet, text: str) -> Problem | None:
        if (match := compiled.search(text)) is None:
            return None
        groups = {name: short(part or "", 40) for name, part in match.groupdict().items()}
        span = snippet.span(match.start("at"), match.end("at"))
        return Problem("JAC001", message.format(**groups), span, remedy.format(**groups))

    compiled = re.compile(pattern)
    return check


def _wrong_operator(snippet: Snippet, text: str) -> Problem | None:
    match = re.search("|".join(map(re.escape, _WRONG_OPERATORS)), text)
    if match is None:
        return None
    return Problem(
        "JAC001", f"`{match[0]}` is not an operator here", snippet.span(*match.span()), _WRONG_OPERATORS[match[0]]
    )


def _loose_equals(snippet: Snippet, text: str) -> Problem | None:
    """Report a `=` outside the arguments of a function."""
    brackets = []
    for position, character in enumerate(text):
        if character in "([{":
            brackets.append(character)
        elif character in ")]}" and brackets:
            brackets.pop()
        alone = (
            character == "="
            and text[position - 1 : position] not in ("=", "!", "<", ">")
            and text[position + 1 : position + 2] != "="
        )
        if alone and brackets[-1:] != ["("] and text[:position].strip():
            span = snippet.span(position, position + 1)
            return Problem("JAC001", "`=` does not belong inside an expression", span, "write == to compare")
    return None


def _missing_operator(snippet: Snippet, text: str) -> Problem | None:
    for match in re.finditer(r"(?<![\w.])(?P<left>[\w.]++)\s+(?=(?P<right>[\w.]++))", text):
        left, right = match["left"], match["right"]
        if not keyword.iskeyword(left) and not keyword.iskeyword(right):
            call = f", or {short(left, 40)}({short(right, 40)}) to call a function" if left.isidentifier() else ""
            start, end = match.start(), match.end("right")
            message = f"an operator is missing in `{short(text[start:end], 40)}`"
            return Problem(
                "JAC001", message, snippet.span(start, end), f"write {short(left, 40)} * {short(right, 40)}{call}"
            )
    return None


def _missing_operand(snippet: Snippet, text: str) -> Problem | None:
    match = re.search(r"(\*\*|[-+*/@<>&%^])\s*\Z", text)
    if match is None:
        return None
    return Problem(
        "JAC001",
        f"nothing stands after `{match[1]}`",
        snippet.span(*match.span(1)),
        "complete the expression, or delete it",
    )


_WRONG_OPERATORS = {
    "=>": "write >=", "=<": "write <=", "<>": "write !=", "!==": "write !=", "===": "write ==",
    "&&": "multiply comparisons: (a > 0) * (b > 0)", "||": "write maximum(a > 0, b > 0)", "->": "write the expression alone",
    ":=": "name a step under `let:` instead",
}  # fmt: skip
_SLIPS: tuple[Callable[[Snippet, str], Problem | None], ...] = (
    _pattern(
        r"(?P<at>\blambda\b)(?=[\s\w,]*:)", "`lambda` is not part of the language", "name a step under `let:` instead"
    ),
    _pattern(r"(?P<at>\blambda\b)", "`lambda` is a word of Python's and cannot be a name", "write lam or lambda_"),
    _pattern(
        r"(?P<at>#)",
        "`#` does not belong inside an expression",
        "put comments on lines of their own, outside quotes and | blocks",
    ),
    _pattern(
        r"(?<![\w.])(?P<at>(?P<number>(?:\d++\.?\d*+|\.\d++)(?:[eE][-+]?\d++)?+)"
        r"(?P<name>(?!0?[xX][0-9a-fA-F]+\b|[oObB]\d|[jJ]\b|_\d)[^\W\d]\w*+))",
        "a `*` is missing in `{at}`",
        "write {number}*{name}",
    ),
    _wrong_operator,
    _pattern(
        r"\A\s*(?P<at>(?P<name>[^\W\d]\w*)\s*\([^()]*\))\s*=(?!=)",
        "only a name may stand in front of `=`",
        "write {name} = …",
    ),
    _loose_equals,
    _missing_operator,
    _pattern(
        r"(?:\A|[-+*/(,])\s*(?P<at>\|(?P<inside>[^|]+)\|)(?!\|)",
        "`|…|` is not part of the language",
        "write abs({inside})",
    ),
    _pattern(
        r"(?P<at>(?<=[\w)\]])!(?!=))", "`!` is not part of the language", "write the product out: there is no factorial"
    ),
    _missing_operand,
)


def _parse(snippet: Snippet) -> tuple[Problem | None, ast.expr | None]:
    line = _one_line(snippet.text)
    shift = len(line) - len(line.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # "1(x)" also warns; the walk below refuses it
            return None, ast.parse(line.strip(), mode="eval").body
    except UnicodeEncodeError as error:
        return Problem(
            "JAC001", "a character here is no text", snippet.span(error.start + shift, error.end + shift), "delete it"
        ), None
    except SyntaxError as error:
        start = (error.offset or 1) - 1 + shift
        end = (error.end_offset or 0) - 1 + shift
        return _syntax_problem(snippet, str(error.msg), start, max(end, start + 1)), None
    except (RecursionError, MemoryError, ValueError):
        return _limit(snippet, 0, min(len(line), 40), "nested too deeply to be read"), None


def _syntax_problem(snippet: Snippet, message: str, start: int, end: int) -> Problem:
    text = snippet.text
    word = re.match(r"\w+", text[start:])
    if word and keyword.iskeyword(word[0]):
        span = snippet.span(start, start + word.end())
        return Problem("JAC001", f"`{word[0]}` is a word of Python's and cannot be a name", span, f"write {word[0]}_")
    if match := re.match(r"'(.)' was never closed", message):
        return Problem(
            "JAC001",
            f"`{match[1]}` is not closed",
            snippet.span(start, start + 1),
            f"close it with {_CLOSING[match[1]]}",
        )
    if match := re.match(r"closing parenthesis '(.)' does not match opening parenthesis '(.)'", message):
        span = snippet.span(start, start + 1)
        return Problem(
            "JAC001", f"`{match[1]}` does not close `{match[2]}`", span, f"close it with {_CLOSING[match[2]]}"
        )
    if match := re.match(r"unmatched '(.)'", message):
        bracket = match[1]
        return Problem(
            "JAC001",
            f"`{bracket}` closes nothing that is open",
            snippet.span(start, start + 1),
            "delete it, or open it",
        )
    if match := re.match(r"invalid (?:non-printable )?character '?(.)?", message):
        character = text[start : start + 1]
        return Problem(
            "JAC001",
            f"`{character}` is not part of the language",
            snippet.span(start, start + 1),
            "write it in letters",
        )
    if "perhaps you forgot a comma" in message.lower():
        message = "invalid syntax"
    return Problem("JAC001", f"not an expression: {message}", snippet.span(start, end), "check brackets and operators")


_CLOSING = {"(": ")", "[": "]", "{": "}"}


def _disallowed(expression: Expression) -> list[Problem]:
    """Return a problem for every node outside the grammar; iterative, with the depth kept beside each node."""
    problems: list[Problem] = []
    stack: list[tuple[ast.AST, int, ast.AST]] = [(expression.tree, 0, expression.tree)]
    while stack:
        node, depth, parent = stack.pop()
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
            "JAC001", "this is not part of the language", expression.span(where), "see the README for the grammar"
        )
    if depth > MAX_DEPTH:
        return Problem(
            "JAC009", f"nested deeper than {MAX_DEPTH} levels", expression.span(where), "name parts of it under `let:`"
        )
    if isinstance(node, ast.Attribute) and node.attr != "T":
        called = isinstance(parent, ast.Call) and parent.func is node
        return None if called or _may_be_name(expression, node) else _attribute_problem(expression, node)
    if isinstance(node, ast.Call) and not isinstance(node.func, ast.Name):
        return None if _is_method(expression, node.func) else _call_problem(expression, node)
    if isinstance(node, ast.Constant):
        return _constant_problem(expression, node)
    return None


def _of_library(expression: Expression, node: ast.Attribute) -> bool:
    return expression.segment(node.value).partition(".")[0] in _LIBRARIES


def _is_method(expression: Expression, node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in METHODS and not _of_library(expression, node)


def _may_be_name(expression: Expression, node: ast.Attribute) -> bool:
    """Return whether a dotted name may stand here, such as dense1.W; whether there is one, the builder knows."""
    plain = node.attr not in METHODS | {"shape", "size", "ndim"} and not node.attr.startswith("_")
    return isinstance(node.value, ast.Name) and plain and not _of_library(expression, node)


def _plain(tree: ast.expr) -> ast.expr:
    """Return a checked tree with methods written as functions, x.sum() as sum(x), and dotted names as names; in place."""
    root = ast.Expression(body=tree)
    for node in ast.walk(root):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name, first, rest = node.func.attr, node.func.value, node.args
            if name in ("reshape", "transpose") and len(rest) > 1:  # x.reshape(2, 3)
                rest = [ast.copy_location(ast.Tuple(elts=rest, ctx=ast.Load()), node)]
            node.args = [first, *rest]
            node.func = ast.copy_location(ast.Name(id=name, ctx=ast.Load()), node.func)
        for place, value in ast.iter_fields(node):
            setattr(node, place, [_dotted(item) for item in value] if isinstance(value, list) else _dotted(value))
    return root.body


def _dotted(node: object) -> object:
    """Return the name that ``a.b`` stands for; anything else as it is."""
    if isinstance(node, ast.Attribute) and node.attr != "T" and isinstance(node.value, ast.Name):
        return ast.copy_location(ast.Name(id=f"{node.value.id}.{node.attr}", ctx=ast.Load()), node)
    return node


_DOUBLE_STAR = "`**` in front of an argument is not part of the language"


def _is_number_called(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Constant)


def _repeated(call: ast.Call) -> ast.keyword | None:
    names = [item.arg for item in call.keywords if item.arg]
    return next((item for k, item in enumerate(call.keywords) if item.arg in names[:k]), None)


def _operator_span(expression: Expression, node: ast.BinOp) -> Span:
    line = _one_line(expression.text)
    start, end = _extent(line, node.left)[1], _extent(line, node.right)[0]
    gap = line[start:end]
    symbol = gap.strip(" ()") or gap
    position = start + gap.find(symbol)
    return expression.snippet.span(position, position + len(symbol))


def _attribute_problem(expression: Expression, node: ast.Attribute) -> Problem:
    owner = short(expression.segment(node.value), 40)
    if _of_library(expression, node):
        return Problem("JAC001", f"`{owner}.` is not needed", expression.span(node), f"write {node.attr}")
    if node.attr in {"shape", "size", "ndim"}:
        help_ = "name the sizes under `dims:`"
    elif node.attr in {"dot", "reshape", "transpose", "clip"}:
        help_ = f"write {node.attr}({owner}, …)"
    elif node.attr in {
        "sum",
        "mean",
        "max",
        "min",
        "std",
        "var",
        "prod",
        "trace",
        "cumsum",
        "exp",
        "sin",
        "cos",
        "tanh",
        "abs",
    }:
        help_ = f"write {node.attr}({owner})"
    else:
        help_ = "use the functions of the language"
    return Problem("JAC001", f"`.{node.attr}` is not part of the language (only .T is)", expression.span(node), help_)


def _call_problem(expression: Expression, node: ast.Call) -> Problem:
    if isinstance(node.func, ast.Attribute):
        if isinstance(node.func.value, ast.Name | ast.Attribute | ast.Subscript | ast.Call | ast.BinOp):
            return _attribute_problem(expression, node.func)
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
