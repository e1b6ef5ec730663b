"""Sections of named things: each name is an identifier, and is declared once."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jaccli.errors import Problem, Span, short
from jaccli.spec.expressions.expression import Expression, safe_name
from jaccli.spec.expressions.parse import parse_expression
from jaccli.spec.fields import Fields
from jaccli.spec.source import Source
from jaccli.spec.yaml.tree import Mapping as Tree
from jaccli.spec.yaml.tree import Node, Scalar, snippet

__all__ = ["Declarations"]


class Declarations(Fields):
    """Reads mappings of names, and remembers what each name is and where it stands.

    folder: where data files may be read from, None for nowhere.
    """

    def __init__(
        self,
        source: Source,
        problems: list[Problem],
        arrays: Mapping[str, Any] | None = None,
        folder: Path | None = None,
    ) -> None:
        super().__init__(source, problems, arrays)
        self.folder = folder
        self.names: dict[str, tuple[str, Span]] = {}  # name → what it is, where

    def section(self, node: Node | None, title: str, read: Callable[[Scalar, Node], Any]) -> list[Any]:
        """Return what ``read`` makes of each entry of a mapping; entries of which it makes nothing are left out."""
        if node is None or (isinstance(node, Scalar) and node.value is None):
            if title == "outputs" and node is not None:
                self.report("JAC002", node, "`outputs` is empty", "say what to differentiate: outputs: {y: 2*x}")
            return []
        if not isinstance(node, Tree):
            self.report("JAC001", node, f"`{title}` must be a mapping of names", "write NAME: VALUE, one to a line")
            self.ignore(node)
            return []
        for value in node.dropped:
            self.ignore(value)
        if title == "outputs" and not node.pairs:
            self.report("JAC002", node, "`outputs` is empty", "say what to differentiate: outputs: {y: 2*x}")
        return [item for key, value in node.pairs if (item := read(key, value)) is not None]

    def name(self, key: Scalar, what: str) -> str | None:
        """Declare the name at ``key`` and return it, or None after reporting that it cannot be one or is taken."""
        name = safe_name(key.text)
        if name is None:
            help_ = "use letters, digits and _, not starting with a digit"
            if keyword.iskeyword(key.text):
                other = "lam or lambda_" if key.text == "lambda" else f"{key.text}_"
                help_ = f"it is a word of Python's: write {other}"
            self.report("JAC003", key, f"`{short(key.text)}` cannot be a name", help_)
            self.broken.update(re.findall(r"\w+", key.text[:200]), (f"{key.text}_", "lam"))
            return None
        if name in self.names:
            other, span = self.names[name]
            self.report("JAC005", key, f"`{name}` is already {other} (line {span.line})", "rename one of the two")
            return None
        self.names[name] = (what, self.span(key))
        return name

    def expression(self, node: Scalar) -> Expression | None:
        """Return the expression at ``node``, or None after reporting."""
        if self.broken and any(
            word in self.broken for word in re.findall(r"\w+", node.text[:20_000]) if keyword.iskeyword(word)
        ):
            # a key such as `lambda` has been reported, and would stop Python's parser here
            return None
        found: list[Problem] = []
        expression = parse_expression(snippet(self.source, node), found)
        self.add(found, node)
        return expression
