"""Steps and outputs of a spec → formulas: one expression, or nested lists of them."""

from __future__ import annotations

from dataclasses import replace

from jaccli.errors import Span, short
from jaccli.spec.keys import OUTPUT_KEYS
from jaccli.spec.schema import Formula
from jaccli.spec.variables import Variables
from jaccli.spec.yaml.tree import Mapping, Node, Scalar, Sequence

__all__ = ["Formulas"]


class Formulas(Variables):
    """Reads formulas, beside the variables that they are written in."""

    def formula(self, key: Scalar, node: Node, what: str) -> Formula | None:
        """Return a step or an output by its name, None after reporting."""
        name = self.name(key, f"{'an' if what == 'output' else 'a'} {what}")
        label, title = None, short(key.text)
        entries: tuple[str, ...] = ()
        if isinstance(node, Mapping):
            before = self.mistakes
            fields = self.fields(node, OUTPUT_KEYS, f"{what} `{title}`")
            label = self.text(fields.get("label"), "label")
            entries = self.words(fields.get("entries"), title)
            if "expr" not in fields:
                if self.mistakes == before:
                    self.report(
                        "JAC002", node, f"`expr` is missing in {what} `{title}`", "write {expr: 2*x, label: words}"
                    )
                return None
            node = fields["expr"]
        formula = self.parts(name or title, node, label, self.span(key))
        return replace(formula, entries=entries) if formula is not None and name is not None else None

    def parts(self, name: str, node: Node, label: str | None, span: Span) -> Formula | None:
        """Return the expression at ``node``, or the list of expressions, of any depth."""
        if isinstance(node, Mapping):
            self.report(
                "JAC001",
                node,
                f"`{name}` must be an expression",
                "write an expression, or quote it if it holds a colon",
            )
            return None
        leaves: list[Scalar] = []
        layout = self.layout(node, name, leaves)
        read = [self.expression(leaf) for leaf in leaves]
        parts = tuple(part for part in read if part is not None)
        return (
            Formula(name, parts, layout, label, span=span) if layout is not None and len(parts) == len(read) else None
        )

    def layout(self, node: Node, name: str, leaves: list[Scalar]) -> tuple[int, ...] | None:
        """Return the shape of nested lists, their leaves appended row by row, or None after reporting."""
        if isinstance(node, Scalar):
            leaves.append(node)
            return ()
        if isinstance(node, Mapping) or not node.items:
            what = "an empty list" if isinstance(node, Sequence) else "a mapping"
            self.report("JAC001", node, f"`{name}` holds {what}", "write at least one expression in every list")
            return None
        layouts = [self.layout(item, name, leaves) for item in node.items]
        if None in layouts:
            return None
        for item, layout in zip(node.items, layouts, strict=True):
            if layout != layouts[0]:
                self.report(
                    "JAC008", item, f"the rows of `{name}` have different lengths", "give every row the same length"
                )
                return None
        return (len(layouts), *(layouts[0] or ()))
