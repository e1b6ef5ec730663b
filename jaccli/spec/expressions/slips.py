"""What people often write that is no expression → a better message than Python's."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable

from jaccli.errors import Problem, short
from jaccli.spec.expressions.methods import NAMES
from jaccli.spec.source import Snippet

__all__ = ["known_slip"]

_LOOKALIKES = {
    "×": "*",
    "·": "*",
    "−": "-",
    "–": "-",
    "÷": "/",
    "²": "**2",
    "³": "**3",
    "√": "sqrt(…)",
    "‖": "norm(…)",
    "∑": "sum(…)",
    "∏": "prod(…)",
    "∫": "trapezoid(y, x) over places that are given",
    "∞": "a large number: infinities have no derivative",
    "∂": "the formula alone: `jac compute` prints derivatives",
    "∇": "the formula alone: `jac compute` prints derivatives",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "⋅": "*",
    "∗": "*",
    "⊙": "*",
    "⊗": "kron(A, B), or outer(u, v)",
    "⊤": ".T",
    "“": '"',
    "’": "'",
}


def known_slip(snippet: Snippet) -> Problem | None:
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
            if (start := text.rfind(";", 0, position)) >= 0:
                first, rest = snippet.text[:start].strip(), snippet.text[start + 1 :].strip()
                help_ = f"one formula for each -e, or each line of `outputs:`: {short(first, 30)} and {short(rest, 30)}"
                return Problem("JAC001", "several formulas in one", snippet.span(start, start + 1), help_)
            return Problem("JAC001", "`=` does not belong inside an expression", span, "write == to compare")
    return None


def _missing_operator(snippet: Snippet, text: str) -> Problem | None:
    for match in re.finditer(r"(?<![\w.])(?P<left>[\w.]++)\s+(?=(?P<right>[\w.]++))", text):
        left, right = match["left"], match["right"]
        if not keyword.iskeyword(left) and not keyword.iskeyword(right):
            call = f", or {short(left, 40)}({short(right, 40)}) to call a function" if left.isidentifier() else ""
            if left in NAMES:
                span = snippet.span(match.start(), match.end("right"))
                help_ = f"write {left}({short(right, 40)})"
                return Problem("JAC001", f"the brackets of `{left}` are missing", span, help_)
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


def _latex(snippet: Snippet, text: str) -> Problem | None:
    """Report a command of LaTeX, and a backslash alone, which solves linear equations in MATLAB."""
    match = re.search(r"\\([^\W\d_]*)", text)
    if match is None:
        return None
    name, span = match[1], snippet.span(*match.span())
    if text[: match.start()].rstrip()[-1:] in tuple(")]'") or (match.start() and text[match.start() - 1].isalnum()):
        left = re.search(r"\w*\Z", text[: match.start()])
        if name not in _LATEX and left is not None:
            return Problem("JAC001", "`\\` is not an operator here", span, "write solve(A, b)")
    known = f"write {name}(…)" if name in NAMES else f"write {name or 'it in letters'}"
    return Problem(
        "JAC001", f"`{short(match[0], 40)}` is LaTeX, not part of the language", span, _LATEX.get(name, known)
    )


def _call_in_brackets(snippet: Snippet, text: str) -> Problem | None:
    """Report Sin[x], which is a call in Mathematica."""
    for match in re.finditer(r"(?<![\w.])(Arc)?([A-Z][a-zA-Z0-9]*)\[", text):
        name = ("arc" if match[1] else "") + match[2].lower()
        if name in NAMES:
            span = snippet.span(match.start(), match.end() - 1)
            return Problem("JAC001", f"`{match[0]}…]` is not a call here", span, f"write {name}(…)")
    return None


def _dotted_operator(snippet: Snippet, text: str) -> Problem | None:
    """Report `.*` and the like, with which MATLAB goes element by element; a number may end with a point."""
    match = re.search(r"(?:(?<![\w.])[^\W\d]\w*|[)\]])(\.\*\*|\.[*/^])", text)
    if match is None:
        return None
    plain = {".**": "**", ".^": "**"}.get(match[1], match[1][1:])
    return Problem("JAC001", f"`{match[1]}` is not an operator here", snippet.span(*match.span(1)), f"write {plain}")


#: What stands for commands of LaTeX.
_LATEX = {
    **dict.fromkeys(("frac", "dfrac", "tfrac"), "write (a) / (b)"),
    **dict.fromkeys(("cdot", "times", "odot", "circ"), "write *"),
    "div": "write /",
    **dict.fromkeys(("left", "right", "mathrm", "operatorname"), "delete it"),
    "sum": "write sum(…) of an array",
    "prod": "write prod(…) of an array",
    "int": "write trapezoid(y, x)",
    "lambda": "write lam",
    "infty": "write a large number",
    "top": "write .T",
    **dict.fromkeys(("partial", "nabla"), "`jac compute` prints derivatives"),
    "lVert": "write norm(x)",
    "lvert": "write abs(x)",
    **dict.fromkeys(("le", "leq"), "write <="),
    **dict.fromkeys(("ge", "geq"), "write >="),
    "neq": "write !=",
    "begin": "write a list: [[a, b], [c, d]]",
    "otimes": "write kron(A, B), or outer(u, v)",
}
_WRONG_OPERATORS = {
    "=>": "write >=", "=<": "write <=", "<>": "write !=", "!==": "write !=", "===": "write ==",
    "&&": "write (a > 0) & (b > 0)", "||": "write (a > 0) | (b > 0)", "->": "write the expression alone",
    ":=": "name a step under `let:` instead",
}  # fmt: skip
_SLIPS: tuple[Callable[[Snippet, str], Problem | None], ...] = (
    _latex,
    _call_in_brackets,
    _dotted_operator,
    _pattern(r"(?P<at>(?<=[\w)\]])')(?![^']*')", "`'` is not a transpose here", "write .T, as in A.T"),
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
