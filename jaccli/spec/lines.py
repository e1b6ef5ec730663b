"""One-line expressions, as on the command line → Spec; the names they use are inputs."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.errors import Problem, Span, note
from jaccli.spec.expressions.expression import Expression, safe_name
from jaccli.spec.expressions.parse import parse_expression
from jaccli.spec.schema import Formula, Spec, Variable
from jaccli.spec.source import Snippet, Source

__all__ = ["spec_from_expressions"]

_NAMED = re.compile(r"\s*([^\W\d]\w*)\s*=(?![=<>])")
_NUMBERS = ("pi", "e")


def spec_from_expressions(
    texts: Sequence[str],
    problems: list[Problem],
    at: Mapping[str, Any] | None = None,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
) -> Spec:
    """Return the spec of expressions such as ``y = x**2``.

    An expression without a name is called y, or y1, y2 … where there are several. It may use the names of the earlier ones;
    every other name but pi and e is an input, in the order of their appearance, with the shape and value of the array that ``at``
    holds under its name, else of its shape in ``shapes``, else a number without a value. Mistakes are appended to ``problems``.
    """
    at = at or {}
    source = Source("<expression>", "\n".join(texts))
    outputs: list[Formula] = []
    broken: set[str] = set()
    start = 0
    for text, name in zip(texts, _names(texts), strict=True):
        formula = _formula(source, start, text, name, outputs, problems)
        if formula is None:
            broken.add(name)
        else:
            outputs.append(formula)
        start += len(text) + 1
    taken = {output.name for output in outputs} | broken
    places: dict[str, Span] = {}
    for output in outputs:
        for expression in output.parts:
            for free, span in _used(expression):
                if free not in taken and (free not in _NUMBERS or free in at):
                    places.setdefault(free, span)
    variables = tuple(_variable(name, span, at, shapes or {}) for name, span in places.items())
    return Spec("expression", source, variables=variables, outputs=tuple(outputs), broken=frozenset(broken))


def _names(texts: Sequence[str]) -> list[str]:
    """Return the name of each expression: the one it gives itself, else one that none of them uses."""
    given = [match[1] if (match := _NAMED.match(text)) else None for text in texts]
    used = {word for text in texts for word in re.findall(r"\w+", text)}
    bare = given.count(None)
    stem = next(
        s
        for s in ("y", "f", "out", "result", "_y")
        if not used & {s, *(f"{s}{k + 1}" for k in range(bare))} or s == "_y"
    )
    numbers = iter(range(1, bare + 1))
    return [name if name is not None else stem if bare == 1 else f"{stem}{next(numbers)}" for name in given]


def _formula(
    source: Source, start: int, text: str, name: str, outputs: list[Formula], problems: list[Problem]
) -> Formula | None:
    match = _NAMED.match(text)
    begin = start + (match.end() if match else 0)
    body = text[begin - start :]
    begin += len(body) - len(body.lstrip())
    snippet = Snippet(body.strip(), source, range(begin, begin + len(body.strip()) + 1))
    key = source.span(start + match.start(1), start + match.end(1)) if match else snippet.whole()
    safe = safe_name(name)
    found: list[Problem] = []
    expression = parse_expression(snippet, found)
    if safe is None:
        found = [Problem("JAC003", f"`{name}` cannot be a name", key, f"write {name}_")]
    elif any(safe == output.name for output in outputs):
        found = [Problem("JAC005", f"output `{safe}` is defined twice", key, "rename one of the two: -e 'NAME = …'")]
    note(problems, *found)
    return Formula(safe, (expression,), span=key) if expression is not None and safe is not None and not found else None


def _used(expression: Expression) -> list[tuple[str, Span]]:
    """Return the names an expression uses as values, in the order of the text."""
    called = {id(node.func) for node in ast.walk(expression.tree) if isinstance(node, ast.Call)}
    found = [node for node in ast.walk(expression.tree) if isinstance(node, ast.Name) and id(node) not in called]
    values = [node for node in found if "." not in node.id and node.id not in _NEVER_DECLARED]
    return [(node.id, expression.span(node)) for node in sorted(values, key=lambda node: node.col_offset)]


_NEVER_DECLARED = ("inf",)  # the order of a norm


def _variable(name: str, span: Span, at: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> Variable:
    if name not in at and name in shapes:
        sizes = (f"--shape {name}",) * len(shapes[name])
        return Variable(name, "input", shapes[name], sizes, span=span)
    if name not in at:
        return Variable(name, "input", (), span=span, implied=True)
    value = np.asarray(at[name])
    sizes = (f"the value given for {name}",) * value.ndim
    return Variable(name, "input", value.shape, sizes, value=value, span=span)
