"""Nodes of the tree → numbers, texts and choices; what stands there instead is reported with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from jaccli.errors import Problem, Span, note, short, suggestion
from jaccli.spec.data import DATA_SUFFIXES, MAX_AXES, DataError, checked, exact_array
from jaccli.spec.expressions.expression import out_of_range
from jaccli.spec.source import Source
from jaccli.spec.yaml.tree import Mapping as Tree
from jaccli.spec.yaml.tree import Node, Scalar, Sequence, keys_in

__all__ = ["Fields", "node_text"]

_RATIO = re.compile(r"[-+]?[0-9]{1,300}/[0-9]{1,300}\Z")
_NUMBER = re.compile(r"[-+]?[0-9.][0-9.eE+-]*\Z")
_WORDS = frozenset({"no", "yes", "on", "off", "y", "n"})


class Fields:
    """Reads single values, and remembers what has been reported, so that one mistake is one message.

    arrays: large arrays of a Python mapping by the text that stands for them.
    """

    def __init__(self, source: Source, problems: list[Problem], arrays: Mapping[str, Any] | None = None) -> None:
        self.source, self.problems, self.arrays = source, problems, arrays or {}
        self.broken: set[str] = set()  # names that must not be reported as unknown
        self.quiet: list[tuple[int, int]] = []  # stretches of the text that are already known to be wrong
        self.muted = 0

    # --- places and messages

    def span(self, node: Node) -> Span:
        """Return where ``node`` stands."""
        return self.source.span(node.start, node.end)

    def report(self, code: str, node: Node, message: str, help_: str) -> None:
        """Report a mistake at ``node``."""
        self.add([Problem(code, message, self.span(node), help_)], node)
        self._no_expression(node)

    def _no_expression(self, node: Node) -> None:
        """Take back that what YAML has cut at a comma belongs in quotes: no expression may stand at ``node``."""
        cut = [p for p in self.problems if p.code == "JAC004" and p.span == self.span(node)]
        for problem in cut if isinstance(node, Scalar) else ():
            self.problems.remove(problem)
            self.muted += 1

    def add(self, found: Iterable[Problem], node: Node) -> None:
        """Report mistakes that were found in ``node``, unless the whole of it has been reported."""
        found = list(found)
        if any(start <= node.start and node.end <= end for start, end in self.quiet):
            self.muted += len(found)
        else:
            note(self.problems, *found)

    @property
    def mistakes(self) -> int:
        """How many mistakes were found until now, reported or not."""
        return len(self.problems) + self.muted

    def ignore(self, node: Node) -> None:
        """Take what ``node`` may declare for broken names."""
        for text in keys_in(node):
            self.broken.update(re.findall(r"\w+", text[:200]))

    def silence_tagged(self, root: Node) -> None:
        """Report nothing more inside nodes with a tag."""
        stack = [root]
        while stack:
            node = stack.pop()
            if node.tagged:
                self.quiet.append((node.start, node.end))
            elif isinstance(node, Sequence):
                stack += node.items
            elif isinstance(node, Tree):
                stack += [value for _, value in node.pairs]

    def fields(self, node: Tree, known: Iterable[str], owner: str) -> dict[str, Node]:
        """Return the values of a mapping by their keys, after reporting those that are not ``known``."""
        known = list(known)
        found: dict[str, Node] = {}
        for value in node.dropped:
            self.ignore(value)
        for key, value in node.pairs:
            if key.text in known:
                found[key.text] = value
            else:
                help_ = suggestion(key.text, known) or f"known keys: {', '.join(known)}"
                self.report("JAC002", key, f"unknown key `{short(key.text)}` in {owner}", help_)
                self.ignore(value)
        return found

    # --- scalars

    def text(self, node: Node | None, title: str) -> str | None:
        """Return a text."""
        if node is None:
            return None
        if not isinstance(node, Scalar):
            self.report("JAC001", node, f"`{title}` must be text, not a {_kind(node)}", f"write {title}: some words")
            return None
        return node.text

    def words(self, node: Node | None, title: str) -> tuple[str, ...]:
        """Return what the elements of a vector are called, or the places along a first axis."""
        if node is None:
            return ()
        if not isinstance(node, Sequence) or not all(isinstance(item, Scalar) for item in node.items):
            self.report("JAC001", node, f"`entries` of `{title}` must be a list of words", "write entries: [a, b]")
            return ()
        return tuple(node_text(item) for item in node.items)

    def choice(self, node: Node, title: str, known: tuple[str, ...]) -> str | None:
        """Return one of the words in ``known``."""
        if isinstance(node, Scalar) and node.text in known:
            return node.text
        text = node_text(node)
        help_ = suggestion(text, known) or f"one of: {', '.join(known)}"
        self.report("JAC002", node, f"`{title}` cannot be {text}", help_)
        return None

    def number(self, node: Node, title: str) -> Fraction | None:
        """Return a finite exact number, or None after reporting what stands there instead."""
        if not isinstance(node, Scalar):
            self.report("JAC007", node, f"`{title}` must be a number, not a {_kind(node)}", "write one number")
            return None
        value = node.value
        if isinstance(value, str) and node.plain and _RATIO.match(value) and int(value.split("/")[1]):
            value = Fraction(value)
        if isinstance(value, int | Fraction) and not isinstance(value, bool):
            size = out_of_range(Fraction(value))
            if size:
                message = f"the number {short(node.text, 20)} is {size} for a double"
                self.report("JAC009", node, message, "doubles reach from 5e-324 to 1.8e308")
                return None
            return Fraction(value)
        self.report(*_not_a_number(node, title))
        return None

    def integer(self, node: Node, title: str, least: int = 0, most: int = 2**63 - 1) -> int | None:
        """Return a whole number between two bounds."""
        value = self.number(node, title)
        if value is None:
            return None
        if value.denominator != 1 or not least <= value <= most:
            bound = f"from {least} to {most:,}" if most < 2**62 else f"of at least {least}"
            message = f"`{title}` must be a whole number {bound} (got {short(node_text(node), 20)})"
            self.report("JAC008", node, message, f"write {title}: {max(least, 1)}")
            return None
        return int(value)

    def array(self, node: Node, name: str, truths: bool = False) -> Any:
        """Return nested lists of numbers as an array of exact numbers, or None after reporting.

        truths: whether truth values may stand there; nothing but those make a boolean array.
        """
        if isinstance(node, Tree):
            self.report(
                "JAC007", node, f"`{name}` must be a number or a list", "write a number, [1, 2] or [[1, 2], [3, 4]]"
            )
            return None
        if isinstance(node, Scalar) and node.text in self.arrays:
            return self.given(node, name)
        before = self.mistakes
        nested = self._nested(node, name, truths)
        if self.mistakes > before:
            return None
        ragged: list[Node] = []
        array = exact_array(nested, ragged, node)
        if ragged:
            self.report(
                "JAC008", ragged[0], f"the rows of `{name}` have different lengths", "give every row the same length"
            )
            return None
        return self.of_few_axes(node, name, array)

    def of_few_axes(self, node: Node, name: str, array: Any) -> Any:
        """Return an array that has no more axes than the graph can add its own to, None after reporting."""
        if array.ndim <= MAX_AXES:
            return array
        message = f"`{name}` has {array.ndim} axes, more than {MAX_AXES}"
        self.report("JAC009", node, message, "use fewer nested lists")
        return None

    def _nested(self, node: Node, name: str, truths: bool) -> Any:
        if isinstance(node, Sequence):
            return [self._nested(item, name, truths) for item in node.items]
        if truths and isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        return self.number(node, name)

    def given(self, node: Scalar, name: str) -> Any:
        """Return the array that the text of ``node`` stands for."""
        try:
            return self.of_few_axes(node, name, checked(self.arrays[node.text], f"the value of `{name}`"))
        except DataError as error:
            self.report("JAC007", node, str(error), error.help)
            return None


def node_text(node: Node) -> str:
    """Return what stands at ``node`` in a form for messages."""
    return (short(node.text) or "nothing") if isinstance(node, Scalar) else f"a {_kind(node)}"


def _kind(node: Node) -> str:
    return "list" if isinstance(node, Sequence) else "mapping"


def _not_a_number(node: Scalar, title: str) -> tuple[str, Node, str, str]:
    value, text = node.value, short(node.text, 40)
    must = f"`{title}` must be a number"
    if isinstance(value, float):
        return (
            "JAC007",
            node,
            f"`{title}` must be finite (got {text})",
            "infinities and NaN have no derivative: write a finite number",
        )
    if value is None:
        return "JAC007", node, f"a number is missing for `{title}`", "write one"
    if isinstance(value, bool):
        return "JAC007", node, f"{must} (got the truth value {text})", "write 1 or 0"
    if node.text.lower() in _WORDS:
        return "JAC007", node, f"{must} (got the word {text})", "YAML 1.2 has no yes and no: write 1 or 0"
    if not node.plain and isinstance(Scalar(node.text, "", 0, 0).value, int | Fraction):
        return "JAC007", node, f"{must}, but quotes make {text!r} text", f"write {text} without quotes"
    if node.plain and _NUMBER.match(node.text) and node.text.count(".") < 2:
        return (
            "JAC009",
            node,
            f"the number {short(node.text, 20)} is out of range or too long",
            "doubles reach from 5e-324 to 1.8e308",
        )
    if re.fullmatch(r"[-+]?\d+,\d+", node.text):
        return "JAC007", node, f"{must} (got {text!r})", f"write {node.text.replace(',', '.')}, with a point"
    if node.text.endswith(DATA_SUFFIXES):
        return "JAC007", node, f"{must} (got the file name {text!r})", "data files belong under `constants:`"
    items = re.fullmatch(r"(?:np\.array|array|list)?\s*\(+([^()]*),?\s*\)+", node.text)
    if items and all(_NUMBER.match(item.strip()) for item in items[1].rstrip(", ").split(",")):
        return "JAC007", node, f"{must} or a list (got {text!r})", f"write [{short(items[1].rstrip(', '), 40)}]"
    return "JAC007", node, f"{must} (got {text!r})", "write a plain number; formulas belong under `let:`"
