"""Text in the spec language → LaTeX, by walking its syntax tree."""

from __future__ import annotations

import ast
import unicodedata

from jaccli.report.words.plain import one_line

__all__ = ["mathematics", "name_of", "words"]

_LETTERS = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega "
    "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)  # fmt: skip
_GREEK = set(_LETTERS.split())
_KNOWN = {"sin", "cos", "tan", "sinh", "cosh", "tanh", "log", "exp", "arcsin", "arccos", "arctan", "max", "min", "det"}
_COMPARE = {ast.Gt: ">", ast.GtE: "\\ge", ast.Lt: "<", ast.LtE: "\\le", ast.Eq: "=", ast.NotEq: "\\ne"}
_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)  # how tightly a piece of text holds together
_ESCAPES = {c: f"\\{c}" for c in "#$%&_{}"} | {
    "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}",
}  # fmt: skip
_SYMBOLS = {
    "ᵀ": "^{\\top}", "′": "'", "−": "-", "²": "^{2}", "·": "\\cdot ", "×": "\\times ", "∂": "\\partial ", "⊙": "\\odot ",
    "≥": "\\ge ", "≤": "\\le ", "Σ": "\\sum ", "⊗": "\\otimes ", "δ": "\\delta ", "½": "\\tfrac{1}{2}",
}  # fmt: skip


def words(text: str) -> str:
    """Return plain text for text mode, nothing in it a command."""
    plain = "".join(_ESCAPES.get(c, c) for c in one_line(text))
    return "".join(f"${_SYMBOLS[c]}$" if c in _SYMBOLS else c for c in plain)


def name_of(name: str) -> str:
    """Return a variable's name: ``x1`` as x with index 1, ``sigma`` as the letter, longer words upright."""
    root, index = name.rstrip("0123456789"), name[len(name.rstrip("0123456789")) :]
    root, index = (root[:-1], index) if root.endswith("_") and index and len(root) > 1 else (root, index)
    letter = unicodedata.name(root, "").replace("LAMDA", "LAMBDA").split() if len(root) == 1 else []
    if root in _GREEK:
        text = f"\\{root}"
    elif (
        letter[:1] == ["GREEK"]
        and (greek := letter[-1].lower() if letter[1] == "SMALL" else letter[-1].capitalize()) in _GREEK
    ):  # LaTeX has no commands for capitals that look Latin
        text = f"\\{greek}"
    else:
        text = root if len(root) == 1 and root.isascii() and root.isalpha() else f"\\mathrm{{{words(root)}}}"
    return f"{text}_{{{index}}}" if index else text


def mathematics(text: str) -> str:
    """Return an expression of the spec language as LaTeX for math mode; what has no notation stands as it is written."""
    try:
        return _Walk().read(ast.parse(text.strip(), mode="eval").body)[0]
    except (SyntaxError, ValueError, RecursionError):
        return f"\\texttt{{{words(text)}}}"


class _Walk:
    """Returns for each node its LaTeX and how tightly it holds together."""

    def read(self, node: ast.AST) -> tuple[str, int]:
        match node:
            case ast.Constant(value=bool() | int() | float() as value):
                return _digits(value), _ATOM
            case ast.Name(id=name):
                return ("\\pi" if name == "pi" else name_of(name)), _ATOM
            case ast.UnaryOp(op=ast.USub(), operand=x):
                return f"-{self.within(x, _SIGN)}", _SIGN
            case ast.BinOp(left=x, op=op, right=y):
                return self.binary(x, op, y)
            case ast.Compare(left=x, ops=[op], comparators=[y]) if type(op) in _COMPARE:
                return f"[{self.read(x)[0]} {_COMPARE[type(op)]} {self.read(y)[0]}]", _ATOM
            case ast.Attribute(value=x, attr="T"):
                return f"{self.within(x, _ATOM)}^{{\\top}}", _POWER
            case ast.Subscript(value=x, slice=index):
                return self.indexed(x, index)
            case ast.Call(func=ast.Name(id=name), args=xs, keywords=[]):
                return self.call(name, xs)
        raise ValueError("no notation")

    def within(self, node: ast.AST, level: int) -> str:
        text, strength_of = self.read(node)
        return text if strength_of >= level else f"\\left({text}\\right)"

    def binary(self, x: ast.AST, op: ast.operator, y: ast.AST) -> tuple[str, int]:
        match op:
            case ast.Add():
                return f"{self.read(x)[0]} + {self.within(y, _PRODUCT)}", _SUM
            case ast.Sub():
                return f"{self.read(x)[0]} - {self.within(y, _PRODUCT)}", _SUM
            case ast.Div():
                return f"\\frac{{{self.read(x)[0]}}}{{{self.read(y)[0]}}}", _PRODUCT
            case ast.Pow():
                return f"{self.within(x, _ATOM)}^{{{self.read(y)[0]}}}", _POWER
            case ast.Mult():
                dot = " \\cdot " if isinstance(y, ast.Constant) else " \\, "
                return f"{self.within(x, _PRODUCT)}{dot}{self.within(y, _POWER)}", _PRODUCT
            case ast.MatMult():
                return f"{self.within(x, _PRODUCT)} \\, {self.within(y, _POWER)}", _PRODUCT
        raise ValueError("no notation")

    def indexed(self, x: ast.AST, index: ast.AST) -> tuple[str, int]:
        places = index.elts if isinstance(index, ast.Tuple) else [index]
        below = ", ".join(self.read(place)[0] for place in places)
        text = self.within(x, _ATOM)
        joined = f"{text[:-1]}, {below}}}" if text.endswith("}") and "_{" in text else f"{text}_{{{below}}}"
        return joined, _ATOM

    def call(self, name: str, xs: list[ast.expr]) -> tuple[str, int]:
        texts = [self.read(x)[0] for x in xs]
        match name, texts:
            case "sqrt", [x]:
                return f"\\sqrt{{{x}}}", _ATOM
            case "exp", [x]:
                return f"e^{{{x}}}", _POWER
            case "abs", [x]:
                return f"\\left|{x}\\right|", _ATOM
            case "where", [c, x, y]:
                return f"\\begin{{cases}} {x} & {c} \\\\ {y} & \\text{{otherwise}} \\end{{cases}}", _SUM
        command = f"\\{name}" if name in _KNOWN else f"\\operatorname{{{words(name)}}}"
        return f"{command}\\left({', '.join(texts)}\\right)", _ATOM


def _digits(value: float) -> str:
    head, e, exponent = repr(value).partition("e")
    return f"{head} \\cdot 10^{{{int(exponent)}}}" if e else head
