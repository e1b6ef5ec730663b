"""Expression text → a checked syntax tree; nothing is ever evaluated, and every limit is met before the work begins."""

from __future__ import annotations

import ast
import re

from jaccli.errors import Problem
from jaccli.spec.expressions.expression import Expression
from jaccli.spec.expressions.grammar import disallowed
from jaccli.spec.expressions.limits import too_large
from jaccli.spec.expressions.methods import ATTRIBUTES
from jaccli.spec.expressions.slips import known_slip
from jaccli.spec.expressions.syntax import python_tree
from jaccli.spec.source import Snippet

__all__ = ["parse_expression"]

_DOTTED = re.compile(r"\.\s*[^\W\d]")


def parse_expression(snippet: Snippet, problems: list[Problem]) -> Expression | None:
    """Return the checked tree of ``snippet``, or None after appending what is wrong with it to ``problems``."""
    found = too_large(snippet) or known_slip(snippet)
    if found is None:
        found, tree = python_tree(snippet)
        if tree is not None:
            expression = Expression(snippet, tree)
            mistakes = disallowed(expression)
            problems.extend(mistakes)
            return None if mistakes else Expression(snippet, _plain(tree) if _DOTTED.search(snippet.text) else tree)
    problems.append(found or Problem("JAC001", "cannot be read", snippet.whole()))
    return None


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
    if isinstance(node, ast.Attribute) and node.attr not in ATTRIBUTES and isinstance(node.value, ast.Name):
        return ast.copy_location(ast.Name(id=f"{node.value.id}.{node.attr}", ctx=ast.Load()), node)
    return node
