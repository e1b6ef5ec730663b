"""One formula tree → text in Unicode, in ASCII and in LaTeX: a notation is a table, the walk is the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from jaccli.derive.formula.tree import (
    Call,
    Diagonal,
    DiagonalOf,
    Eye,
    Hadamard,
    Inner,
    Inverse,
    Name,
    Number,
    Ones,
    Power,
    Product,
    Sum,
    Transposed,
    Tree,
)

__all__ = ["ASCII", "LATEX", "UNICODE", "Notation", "write"]

_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi", "pi",
    "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
)  # fmt: skip
_LATEX_FUNCTIONS = (
    "exp", "log", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "det", "max", "min",
)  # fmt: skip


@dataclass(frozen=True)
class Notation:
    """How a kind of text writes each thing; every function takes finished texts."""

    name: Callable[[str], str]
    ones: str
    minus: str
    dot: str  # between factors element by element
    slash: str  # division element by element
    raised: Callable[[str, str], str]  # base, exponent
    transpose: Callable[[str], str]
    inverse: Callable[[str, bool], str]  # and whether transposed
    call: Callable[[str, list[str]], str]
    fraction: Callable[[str, str], str]  # both bracketed where needed, in texts of one line
    brackets: Callable[[str], str]
    arrow: str
    differential: str = "d"
    in_line: bool = True  # fractions need brackets


def write(tree: Tree, notation: Notation) -> str:
    """Return the text of a formula."""
    return _Writer(notation).text(tree)


class _Writer:
    def __init__(self, notation: Notation) -> None:
        self.n = notation

    def text(self, x: Tree) -> str:
        n = self.n
        match x:
            case Name():
                return n.differential + n.name(x.text[1:]) if x.key < 0 else n.name(x.text)
            case Number():
                return self.fraction(x.value)
            case Ones():
                return n.transpose(n.ones) if x.size[0] == 1 < x.size[1] else n.ones
            case Eye():
                return "I"
            case Transposed() if isinstance(x.x, Inverse):
                return n.inverse(self.tight(x.x.x), True)
            case Transposed():
                return n.transpose(self.tight(x.x))
            case Inverse():
                return n.inverse(self.tight(x.x), False)
            case Diagonal() | DiagonalOf():
                return n.call("diag", [self.text(x.x)])
            case Power():
                return n.raised(self.tight(x.x), str(x.exponent))
            case Hadamard():
                return self.hadamard(x)
            case Inner():
                return " ".join(map(self.factor, x.factors))
            case Product():
                return self.product(x)
            case Sum():
                return self.sum(x)
            case Call():
                return n.call(x.name, [self.text(y) for y in x.args])
        raise TypeError(x)

    def fraction(self, value: Fraction) -> str:
        if value < 0:
            return self.n.minus + self.fraction(-value)
        short = value.denominator <= 12 or str(float(value)) == "0.0" or Fraction(str(float(value))) != value
        if value.denominator == 1 or not short:
            return str(value.numerator) if value.denominator == 1 else str(float(value))
        return self.n.fraction(str(value.numerator), str(value.denominator))

    def bracketed(self, x: Tree, *kinds: type[Tree]) -> str:
        text = self.text(x)
        loose = isinstance(x, kinds) and not (isinstance(x, Product) and _plain(x))
        return self.n.brackets(text) if loose else text

    def tight(self, x: Tree) -> str:
        if isinstance(x, Call) and x.name == "sqrt":
            return self.n.brackets(self.text(x))
        return self.bracketed(x, Sum, Product, Hadamard, Inner, Transposed, Inverse, Power)

    def factor(self, x: Tree) -> str:
        return self.bracketed(x, Sum, Hadamard)

    def scalar(self, x: Tree) -> str:
        """Return a number in front of a product; xᵀ y in brackets, lest it be read on as a matrix product."""
        return self.bracketed(x, Sum, Hadamard, Inner)

    def part(self, x: Tree) -> str:
        return self.bracketed(x, Sum, Product, Hadamard, Inner)

    def hadamard(self, x: Hadamard) -> str:
        n = self.n
        above = f" {n.dot} ".join(map(self.part, x.above))
        below = f" {n.dot} ".join(map(self.part, x.below))
        if not below:
            return above
        below = n.brackets(below) if len(x.below) > 1 else below
        return (
            f"{above} {n.slash} {below}"
            if above
            else n.fraction("1", self.text(x.below[0]) if not n.in_line else below)
        )

    def product(self, x: Product) -> str:
        n = self.n
        whole = x.coef.denominator == 1 or (x.coef.denominator > 12 and Fraction(str(float(x.coef))) == x.coef)
        top = abs(x.coef) if whole else Fraction(abs(x.coef.numerator))
        over = [] if whole else [str(x.coef.denominator)]
        below = [*over, *map(self.factor, x.below)]
        single = len(x.above) == 1 and not x.factors
        above = [*((self.factor if single else self.scalar)(y) for y in x.above), *map(self.factor, x.factors)]
        if top != 1 or not above:
            above.insert(0, self.fraction(top))
        text = " ".join(above)
        if below:
            if not n.in_line and len(above) == 1 and len(x.factors) == 1 and isinstance(x.factors[0], Sum):
                text = self.text(x.factors[0])
            divisor = " ".join(below)
            many = len(below) > 1 or any(isinstance(y, Inner) for y in x.below)
            text = n.fraction(text, n.brackets(divisor) if many and n.in_line else divisor)
        return n.minus + text if x.coef < 0 else text

    def sum(self, x: Sum) -> str:
        n, out = self.n, ""
        for part in x.parts:
            text = self.ones_as_number(part)
            negative = text.startswith(n.minus)
            text = text[len(n.minus) :] if negative else text
            out += f" {n.minus if negative else '+'} {text}" if out else (n.minus if negative else "") + text
        return out

    def ones_as_number(self, x: Tree) -> str:
        """Return a term; a number times ones is that number, which is added to every element."""
        if isinstance(x, Ones):
            return "1"
        if isinstance(x, Product) and len(x.factors) == 1 and isinstance(x.factors[0], Ones):
            return self.text(Product(x.coef, x.above, x.below, ()))
        return self.text(x)


def _plain(x: Product) -> bool:
    """Return whether a product is a single factor or number without sign or bar."""
    return x.coef == 1 and not x.below and len(x.above) + len(x.factors) == 1


# --- Unicode and ASCII


def _infix(name: str, args: list[str]) -> str | None:
    if name in (">", "≥", "<", "≤", "=", "≠"):
        return f"[{args[0]} {name} {args[1]}]"
    return name if not args else None


def _unicode_call(name: str, args: list[str]) -> str:
    if name in ("norm", "abs"):
        bar = "‖" if name == "norm" else "|"
        return f"{bar}{args[0]}{bar}"
    if name == "pow":
        return f"{args[0]}^{args[1]}" if all(a.isalnum() for a in args) else f"({args[0]})^({args[1]})"
    return _infix(name, args) or (
        f"√{args[0]}" if name == "sqrt" and args[0].isalnum() else f"{name}({', '.join(args)})"
    )


def _unicode_raised(base: str, exponent: str) -> str:
    return base + exponent.translate(_RAISED) if "/" not in exponent else f"{base}^({exponent})"


UNICODE = Notation(
    name=lambda text: text,
    ones="𝟏",
    minus="−",
    dot="⊙",
    slash="⊘",
    raised=_unicode_raised,
    transpose=lambda x: f"{x}ᵀ",
    inverse=lambda x, turned: f"{x}⁻ᵀ" if turned else f"{x}⁻¹",
    call=_unicode_call,
    fraction=lambda a, b: f"{a}/{b}",
    brackets=lambda x: f"({x})",
    arrow="↦",
)


def _spelled(text: str, accents: bool = False) -> str:
    """Return a name in plain letters: θ is theta; those with accents may stay."""

    def letter(c: str) -> str:
        if c.isascii():
            return c
        words = unicodedata.name(c, "").split()
        if words[:1] == ["GREEK"] and "LETTER" in words:
            word = words[words.index("LETTER") + 1].lower().replace("lamda", "lambda")
            return word if "SMALL" in words else word.capitalize()
        if accents and c.isalpha():
            return c
        return unicodedata.normalize("NFKD", c).encode("ascii", "ignore").decode() or "_"

    return "".join(map(letter, text))


def _ascii_call(name: str, args: list[str]) -> str:
    words = {"≥": ">=", "≤": "<=", "≠": "!=", "=": "==", "π": "pi"}
    if name == "norm":
        return f"||{args[0]}||"
    if name in words and args:
        return f"[{args[0]} {words[name]} {args[1]}]"
    if name in ("abs", "pow"):
        return _unicode_call(name, args)
    return words.get(name) or _infix(name, args) or f"{name}({', '.join(args)})"


ASCII = Notation(
    name=_spelled,
    ones="ones",
    minus="-",
    dot=".*",
    slash="./",
    raised=lambda base, exponent: f"{base}^{exponent}" if exponent.isdigit() else f"{base}^({exponent})",
    transpose=lambda x: f"{x}^T",
    inverse=lambda x, turned: f"{x}^-T" if turned else f"{x}^-1",
    call=_ascii_call,
    fraction=lambda a, b: f"{a}/{b}",
    brackets=lambda x: f"({x})",
    arrow="->",
)


# --- LaTeX


def _latex_name(text: str) -> str:
    plain = _spelled(text, accents=True)
    head, _, tail = plain.partition("_")
    if not tail and len(head) > 1 and head[:-1].isalpha() and head[-1].isdigit():
        head, tail = head[:-1], head[-1]
    base = f"\\{head}" if head.lower() in _GREEK else head if len(head) == 1 else f"\\mathrm{{{head}}}"
    tail = tail.replace("_", "\\_")
    return base + (f"_{{{tail}}}" if len(tail) > 1 else f"_{tail}" if tail else "")


def _latex_call(name: str, args: list[str]) -> str:
    if name in ("norm", "abs"):
        bar = "Vert" if name == "norm" else "vert"
        return f"\\l{bar} {args[0]} \\r{bar}"
    if name == "sqrt":
        return f"\\sqrt{{{args[0]}}}"
    if name == "pow":
        return f"{{{args[0]}}}^{{{args[1]}}}"
    words = {"≥": "\\ge", "≤": "\\le", "≠": "\\ne", "π": "\\pi"}
    if name in words or not args or name in (">", "<", "="):
        return f"[{args[0]} {words.get(name, name)} {args[1]}]" if args else words.get(name, name)
    head = f"\\{name}" if name in _LATEX_FUNCTIONS else f"\\operatorname{{{name}}}".replace("_", "\\_")
    return f"{head}({', '.join(args)})"


LATEX = Notation(
    name=_latex_name,
    ones="\\mathbf{1}",
    minus="-",
    dot="\\odot",
    slash="\\oslash",
    raised=lambda base, exponent: f"{base}^{exponent}" if len(exponent) == 1 else f"{base}^{{{exponent}}}",
    transpose=lambda x: f"{x}^\\top",
    inverse=lambda x, turned: f"{x}^{{-\\top}}" if turned else f"{x}^{{-1}}",
    call=_latex_call,
    fraction=lambda a, b: f"\\frac{{{a}}}{{{b}}}",
    brackets=lambda x: f"({x})",
    arrow="\\mapsto",
    differential="\\mathrm{d}",
    in_line=False,
)
