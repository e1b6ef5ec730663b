"""``dims`` and the shapes of variables → sizes, each with the place that it comes from."""

from __future__ import annotations

import math
import re

from jaccli.errors import short, suggestion
from jaccli.spec.data import MAX_AXES, MAX_ELEMENTS
from jaccli.spec.expressions.expression import Expression, safe_name
from jaccli.spec.fields import node_text
from jaccli.spec.names import Declarations
from jaccli.spec.sizes import Size
from jaccli.spec.yaml.tree import Node, Scalar, Sequence

__all__ = ["Shape", "Shapes", "Words"]

Shape = tuple[int, ...]
Words = list[tuple[str, Node]]  # the sizes of a shape as they are written, each with its place


class Shapes(Declarations):
    """Reads sizes and shapes; ``sizes`` holds those that have a name."""

    sizes: dict[str, Size]

    @property
    def dims(self) -> dict[str, int]:
        """The named sizes that are known."""
        return {name: size.value for name, size in self.sizes.items()}

    def dim(self, key: Scalar, node: Node, formulas: dict[str, Expression], unsaid: dict[str, Scalar]) -> None:
        """Read one entry of ``dims``: a number, an expression, or nothing."""
        name = self.name(key, "a size")
        if isinstance(node, Scalar) and node.plain and node.value is None:
            if name is not None:
                unsaid[name] = key
        elif isinstance(node, Scalar) and isinstance(node.value, str):
            expression = self.expression(node)
            if name is not None and expression is not None:
                formulas[name] = expression
        else:
            size = self.integer(node, key.text, 0, MAX_ELEMENTS)
            if name is not None and size is not None:
                self.sizes[name] = Size(name, size, self.span(node))

    def is_other(self, name: str) -> bool:
        """Whether ``name`` was declared as something else than a size, or is broken."""
        return name in self.broken or self.names.get(name, ("a size",))[0] != "a size"

    def size_words(self, node: Node, title: str) -> Words | None:
        """Return the sizes of a shape as they are written, each with its place."""
        if isinstance(node, Sequence):
            return [(item.text if isinstance(item, Scalar) else node_text(item), item) for item in node.items]
        if isinstance(node, Scalar):
            inside = re.fullmatch(r"\((.*)\)", node.text)  # as Python writes it
            return [(word, node) for word in (inside[1] if inside else node.text).replace(",", " ").split()]
        help_ = 'write shape: [n, d] or shape: "n d"'
        self.report("JAC008", node, f"the shape of `{title}` must be a list of sizes", help_)
        return None

    def shape(self, words: Words, node: Node, title: str) -> tuple[Shape, tuple[str, ...]] | None:
        """Return the shape that ``words`` mean, and where each size comes from; None after reporting."""
        found = [self.size(word, item, title) for word, item in words]
        sizes = [size for size in found if size is not None]
        if len(sizes) < len(found):
            return None
        shape = tuple(size for size, _ in sizes)
        total = math.prod(shape)
        if total > MAX_ELEMENTS or max(shape, default=0) > MAX_ELEMENTS:
            message = f"`{title}` would have {total:,} elements, more than {MAX_ELEMENTS:,}"
            self.report("JAC009", node, message, "use smaller sizes")
            return None
        if len(shape) > MAX_AXES:
            message = f"`{title}` would have {len(shape)} axes, more than {MAX_AXES}"
            self.report("JAC009", node, message, "use fewer sizes")
            return None
        return shape, tuple(origin for _, origin in sizes)

    def size(self, word: str, node: Node, title: str) -> tuple[int, str] | None:
        """Return the size a word means, and where it comes from; None after reporting."""
        if known := self.sizes.get(safe_name(word) or ""):
            return known.value, known.origin
        if word.isdecimal() and len(word) < 30:
            return int(word), f"the shape of {title} (line {self.span(node).line})"
        if word in self.names or word in self.broken:
            kind, span = self.names.get(word, ("broken", None))
            if kind != "a size" and span:
                message = f"`{word}` in the shape of `{title}` is {kind}, not a size"
                self.report("JAC003", node, message, "write a whole number, or a name from `dims:`")
        elif safe_name(word):
            help_ = suggestion(word, self.sizes) or f"write a whole number, or add `{short(word)}` to `dims:`"
            self.report("JAC003", node, f"unknown size `{short(word)}` in the shape of `{title}`", help_)
        else:
            message = f"a size in the shape of `{title}` must be a whole number or a name (got {short(word)})"
            self.report("JAC008", node, message, "write sizes of at least 0; computed sizes belong under `dims:`")
        return None
