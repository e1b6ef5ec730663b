"""YAML text → a tree of nodes that know where they stand; YAML 1.2 scalars, exact numbers, no tags, bounded work.

PyYAML supplies the events; the tree is composed here, without recursion, because PyYAML's own constructors read YAML 1.1
(``no`` is False, ``1e-3`` is a string), keep the last of two equal keys in silence, and follow alias bombs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import yaml

from jaccli.errors import Problem, SourceError
from jaccli.spec.source import Snippet, Source

__all__ = ["Mapping", "Node", "Scalar", "Sequence", "read_tree", "snippet"]

MAX_CHARACTERS = 2_000_000  # a spec is written by people; larger data belongs in a .csv or .npz
MAX_DEPTH = 40
MAX_NODES = 100_000  # with every alias counted as often as it is used
MAX_EXPONENT = 400  # decimal; doubles end at 1e308


@dataclass(frozen=True, slots=True)
class Scalar:
    """A YAML scalar: its text, whether it stood without quotes, and where."""

    text: str
    plain: bool
    start: int
    end: int

    @property
    def value(self) -> None | bool | int | Fraction | float | str:
        """What the scalar means in YAML 1.2's core schema; decimals are exact, only infinities and NaN are floats."""
        return _resolve(self.text) if self.plain else self.text


@dataclass(frozen=True, slots=True)
class Sequence:
    """A YAML list."""

    items: tuple[Node, ...]
    flow: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """A YAML mapping; equal keys have been reported and only the first kept."""

    pairs: tuple[tuple[Scalar, Node], ...]
    flow: bool
    start: int
    end: int

    def get(self, key: str) -> Node | None:
        """Return the value under ``key``, or None."""
        return next((value for name, value in self.pairs if name.text == key), None)


Node = Scalar | Sequence | Mapping

_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_SPECIAL = re.compile(r"([-+]?)\.(inf|Inf|INF|nan|NaN|NAN)\Z")
_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}


def _resolve(text: str) -> None | bool | int | Fraction | float | str:
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= 4000:
        if _INTEGER.match(text):
            return int(text)
        if _BASED.match(text):
            return int(text, 0)
        if match := _DECIMAL.match(text):
            exponent = int(match[3][1:]) if match[3] and len(match[3]) < 9 else 10**9 * bool(match[3])
            return Fraction(text) if abs(exponent) <= MAX_EXPONENT else text
        if _SPECIAL.match(text):
            return float(text.replace(".", ""))
    return text


def read_tree(source: Source, problems: list[Problem]) -> Node | None:
    """Return the tree of one YAML document, or None for an empty one; mistakes are appended to ``problems``.

    Errors: SourceError where the text cannot be read to its end, with what was found until then.
    """
    if len(source.text) > MAX_CHARACTERS:
        problem = Problem(
            "JAC009",
            f"the spec has {len(source.text):,} characters, more than {MAX_CHARACTERS:,}",
            source.span(0, 0),
            "keep large data in a .csv or .npz file and name it under `constants:`",
        )
        raise SourceError([*problems, problem])
    composer = _Composer(source, problems)
    try:
        for event in _events(source.text):
            composer.take(event)
    except yaml.YAMLError as error:
        raise SourceError([*problems, _yaml_problem(source, error)]) from None
    except _Stop as stop:
        raise SourceError([*problems, stop.problem]) from None
    return composer.root


def snippet(source: Source, node: Scalar) -> Snippet:
    """Return the text of ``node`` with the place of each character, for expressions written in YAML."""
    offsets = []
    position = node.start if node.plain else node.start + 1
    for character in node.text:
        if character.isspace():
            offsets.append(min(position, node.end))
            while position < node.end and source.text[position].isspace() and not _next_matters(source, position):
                position += 1
            position += position < node.end
            continue
        found = source.text.find(character, position, node.end)
        if found < 0:  # an escape such as \u00e9: the place of the whole scalar must do
            return Snippet(node.text, source, [node.start] * len(node.text) + [node.end])
        offsets.append(found)
        position = found + 1
    return Snippet(node.text, source, [*offsets, node.end])


def _next_matters(source: Source, position: int) -> bool:
    return position + 1 >= len(source.text) or not source.text[position + 1].isspace()


class _Stop(Exception):  # noqa: N818  a signal, not an error of its own
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def _events(text: str) -> Iterator[Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return iter(yaml.parse(text, Loader=loader))


class _Composer:
    """Builds the tree from PyYAML's events; ``root`` is the finished document."""

    def __init__(self, source: Source, problems: list[Problem]) -> None:
        self.source, self.problems = source, problems
        self.root: Node | None = None
        self.open: list[tuple[Any, list[Node], str | None]] = []  # start event, children, anchor
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.sizes: list[int] = []
        self.count = 0
        self.documents = 0

    def take(self, event: Any) -> None:
        start, end = self._offsets(event)
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._stop("JAC001", "a second YAML document starts here", start, end, "keep one spec in one file")
        if getattr(event, "tag", None) and not _implied(event):
            self._report("JAC006", f"tag `{event.tag}` is not allowed", start, end, "write the plain value")
        if isinstance(event, yaml.AliasEvent):
            self._alias(event, start, end)
        elif isinstance(event, yaml.ScalarEvent):
            self._grow(1, start, end)
            self._add(Scalar(event.value, _is_plain(event), start, end), event.anchor, 1)
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            self._grow(1, start, end)
            if len(self.open) >= MAX_DEPTH:
                self._stop("JAC009", f"nested deeper than {MAX_DEPTH} levels", start, end, "use fewer nested lists")
            self.open.append((event, [], event.anchor))
            self.sizes.append(self.count)
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            self._close(end)

    def _close(self, end: int) -> None:
        event, children, anchor = self.open.pop()
        start = self._offsets(event)[0]
        size = self.count - self.sizes.pop()
        node: Node
        if isinstance(event, yaml.SequenceStartEvent):
            if event.flow_style:
                self._cut_items(children)
            node = Sequence(tuple(children), bool(event.flow_style), start, end)
        else:
            node = Mapping(self._pairs(children, bool(event.flow_style)), bool(event.flow_style), start, end)
        self._add(node, anchor, size + 1)

    def _pairs(self, children: list[Node], flow: bool) -> tuple[tuple[Scalar, Node], ...]:
        pairs: dict[str, tuple[Scalar, Node]] = {}
        broken: Scalar | None = None
        for key, value in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, Scalar):
                self._report("JAC001", "a key must be a name", key.start, key.end, "write NAME: VALUE")
            elif flow and broken and _is_cut_tail(key, value):
                self._cut(broken, key)
                broken = None
                continue
            elif key.text == "<<" and key.plain:
                self._report("JAC006", "merge keys (`<<`) are not allowed", key.start, key.end, "repeat the entries")
            elif key.text in pairs:
                first = self.source.span(pairs[key.text][0].start, 0).line
                message = f"key `{key.text}` stands here a second time (first in line {first})"
                self._report("JAC005", message, key.start, key.end, "rename or delete one of the two")
            else:
                pairs[key.text] = (key, value)
            broken = value if isinstance(value, Scalar) and value.plain and _opens(value.text) else broken
        return tuple(pairs.values())

    def _cut_items(self, children: list[Node]) -> None:
        broken: Scalar | None = None
        for item in children:
            if isinstance(item, Scalar) and item.plain:
                if broken is not None and _opens(item.text) < 0:
                    self._cut(broken, item)
                    broken = None
                elif broken is None and _opens(item.text) > 0:
                    broken = item

    def _cut(self, first: Scalar, last: Scalar) -> None:
        text = self.source.text[first.start : last.end]
        message = f"YAML cuts `{text}` at the comma, because it is not in quotes"
        self._report("JAC004", message, first.start, last.end, f'quote the expression: "{text}"')

    def _alias(self, event: Any, start: int, end: int) -> None:
        if event.anchor not in self.anchors:
            self._stop("JAC006", f"alias `*{event.anchor}` has no anchor", start, end, "write the value out")
        node, size = self.anchors[event.anchor]
        self._grow(size, start, end)
        self._add(node, None, size)

    def _add(self, node: Node, anchor: str | None, size: int) -> None:
        if anchor:
            self.anchors[anchor] = (node, size)
        if self.open:
            self.open[-1][1].append(node)
        else:
            self.root = None if isinstance(node, Scalar) and node.value is None else node

    def _grow(self, size: int, start: int, end: int) -> None:
        self.count += size
        if self.count > MAX_NODES:
            help_ = "keep large data in a .csv or .npz file; an alias counts as often as it is used"
            self._stop("JAC009", f"more than {MAX_NODES:,} values", start, end, help_)

    def _offsets(self, event: Any) -> tuple[int, int]:
        start, end = event.start_mark, event.end_mark
        return self.source.offset(start.line, start.column), self.source.offset(end.line, end.column)

    def _report(self, code: str, message: str, start: int, end: int, help_: str) -> None:
        self.problems.append(Problem(code, message, self.source.span(start, end), help_))

    def _stop(self, code: str, message: str, start: int, end: int, help_: str) -> None:
        raise _Stop(Problem(code, message, self.source.span(start, end), help_))


def _implied(event: Any) -> bool:
    return bool(isinstance(event, yaml.ScalarEvent) and event.tag == "!" and not _is_plain(event))


def _is_plain(event: Any) -> bool:
    return not event.style


def _opens(text: str) -> int:
    """Return how many more brackets ``text`` opens than it closes."""
    return sum((c in "([") - (c in ")]") for c in text)


def _is_cut_tail(key: Scalar, value: Node) -> bool:
    empty = isinstance(value, Scalar) and value.plain and not value.text and value.start == value.end
    return key.plain and empty and _opens(key.text) < 0


_REMEDIES = (
    ("cannot start any token", "quote a value that starts with one of @ ` % & * ! | >"),
    ("mapping values are not allowed", "quote a value that holds a colon followed by a space"),
    ("did not find expected ',' or", "inside [ ] or { }, quote an expression that holds brackets, commas or colons"),
    ("did not find expected", "check the indentation of this line and of the one above"),
    ("expected ',' or", "inside [ ] or { }, quote an expression that holds brackets, commas or colons"),
    ("found unexpected end of stream", "close the quote or the bracket opened here"),
)


def _yaml_problem(source: Source, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    text = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    if mark is None:
        position = getattr(error, "position", 0)
        help_ = "save the file as UTF-8 text" if "character" in text else None
        return Problem("JAC001", f"not readable as YAML: {text}", source.span(position, position + 1), help_)
    offset = source.offset(mark.line, mark.column)
    before = source.line(min(mark.line, len(source.starts) - 1))[: mark.column + 1]
    if "\t" in before and not before.strip():
        span = source.span(source.starts[mark.line], offset + 1)
        return Problem("JAC001", "a tab indents this line", span, "YAML indents with spaces: replace the tab")
    remedy = next((help_ for needle, help_ in _REMEDIES if needle in text), None)
    return Problem("JAC001", f"not readable as YAML: {text}", source.span(offset, offset + 1), remedy)
