"""PyYAML's events → trees, without recursion and with bounded work; no tags, no merge keys, no second key in silence.

PyYAML's own constructors read YAML 1.1 (``no`` is False, ``1e-3`` is a string), keep the last of two equal keys in silence, and
follow alias bombs.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from typing import Any

import yaml

from jaccli.errors import Problem, note, short
from jaccli.spec.source import Source
from jaccli.spec.yaml.tree import Mapping, Node, Scalar, Sequence

__all__ = ["MAX_DEPTH", "Composer", "Stop"]

MAX_DEPTH = 40
MAX_NODES = 100_000  # with every alias counted as often as it is used
MAX_PIECES = 100  # commas in an expression that somebody forgot to quote


class Stop(Exception):  # noqa: N818  a signal, not an error of its own
    """The text cannot be read on, because of ``problem``."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


class Composer:
    """Builds the trees from PyYAML's events; ``roots`` are the finished documents, empty ones left out.

    shift: where in the source the text begins that PyYAML reads.
    count: the values of documents before.
    cuts:  where in that text escapes stand for pairs that are two characters longer in the source.
    """

    def __init__(
        self, source: Source, problems: list[Problem], shift: int, count: int = 0, cuts: list[int] | None = None
    ) -> None:
        self.source, self.problems, self.shift, self.cuts = source, problems, shift, cuts or []
        self.roots: list[Node] = []
        self.open: list[tuple[Any, list[Node], str | None]] = []  # start event, children, anchor
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.sizes: list[int] = []
        self.count = count

    def take(self, event: Any) -> None:
        """Add what one event says to the tree it belongs to."""
        start, end = self._offsets(event)
        if isinstance(event, yaml.DocumentStartEvent):
            self.anchors = {}
        if _tagged(event):
            self._tag(start, end)
        if isinstance(event, yaml.AliasEvent):
            self._alias(event, start, end)
        elif isinstance(event, yaml.ScalarEvent):
            self._grow(1, start, end)
            self._add(Scalar(event.value, event.style or "", start, end, _tagged(event)), event.anchor, 1)
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            self._grow(1, start, end)
            if len(self.open) >= MAX_DEPTH:
                raise Stop(self._too_deep(start, end))
            self.open.append((event, [], event.anchor))
            self.sizes.append(self.count)
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            self._close(end)

    def too_deep(self, error: yaml.YAMLError) -> Problem | None:
        """Return the problem where PyYAML itself, reading ahead, met its own bound on nesting; None for another error."""
        mark = getattr(error, "problem_mark", None)
        if mark is None or "maximum nesting depth" not in str(error):
            return None
        opened: list[int] = []
        for position, character in enumerate(self.source.text[self.shift : self._offset(mark.index)], self.shift):
            if character in "[{":
                opened.append(position)
            elif character in "]}" and opened:
                opened.pop()
        blocks = sum(not event.flow_style for event, _, _ in self.open)
        start = opened[MAX_DEPTH - blocks]
        return self._too_deep(start, start + 1)

    def _too_deep(self, start: int, end: int) -> Problem:
        message = f"nested deeper than {MAX_DEPTH} levels"
        return Problem("JAC009", message, self.source.span(start, end), "use fewer nested lists")

    def _close(self, end: int) -> None:
        event, children, anchor = self.open.pop()
        start = self._offsets(event)[0]
        size = self.count - self.sizes.pop()
        node: Node
        if isinstance(event, yaml.SequenceStartEvent):
            items = self._joined_items(children) if event.flow_style else children
            node = Sequence(tuple(items), start, end, _tagged(event))
        else:
            dropped: list[Node] = []
            entries = list(zip(children[::2], children[1::2], strict=True))
            pairs = self._pairs(self._joined_pairs(entries) if event.flow_style else entries, dropped)
            node = Mapping(pairs, start, end, _tagged(event), tuple(dropped))
        self._add(node, anchor, size + 1)

    def _pairs(self, entries: list[tuple[Node, Node]], dropped: list[Node]) -> tuple[tuple[Scalar, Node], ...]:
        pairs: dict[str, tuple[Scalar, Node]] = {}
        for key, value in entries:
            if isinstance(key, Scalar) and key.text not in pairs and not (key.text == "<<" and key.plain):
                pairs[key.text] = (key, value)
                continue
            dropped.append(value)
            if not isinstance(key, Scalar):
                dropped.append(key)
                self._report("JAC001", "a key must be a name", key.start, key.end, "write NAME: VALUE")
            elif key.text in pairs:
                first = self.source.span(pairs[key.text][0].start, 0).line
                message = f"key `{short(key.text)}` stands here a second time (first in line {first})"
                self._report("JAC005", message, key.start, key.end, "rename or delete one of the two")
            else:
                self._report("JAC006", "merge keys (`<<`) are not allowed", key.start, key.end, "repeat the entries")
        return tuple(pairs.values())

    def _joined_pairs(self, entries: list[tuple[Node, Node]]) -> list[tuple[Node, Node]]:
        """Return the entries of { … } with each value that YAML has cut at a comma, as in {y: atan2(x, z)}, whole again."""
        joined = []
        position = 0
        while position < len(entries):
            key, value = entries[position]
            tails = (k if _is_empty(v) else None for k, v in _next_few(entries, position))
            length = _cut_length(value, tails)
            if length:
                value = self._whole(value, entries[position + length][0])
            joined.append((key, value))
            position += length + 1
        return joined

    def _joined_items(self, items: list[Node]) -> list[Node]:
        """Return the items of [ … ] with each that YAML has cut at a comma, as in [atan2(x, z)], whole again."""
        joined = []
        position = 0
        while position < len(items):
            length = _cut_length(items[position], _next_few(items, position))
            joined.append(self._whole(items[position], items[position + length]) if length else items[position])
            position += length + 1
        return joined

    def _whole(self, first: Node, last: Node) -> Scalar:
        text = self.source.text[first.start : last.end]
        message = f"YAML cuts `{short(text)}` at the comma, because it is not in quotes"
        self._report("JAC004", message, first.start, last.end, f'quote the expression: "{short(text)}"')
        return Scalar(text, "", first.start, last.end)

    def _tag(self, start: int, end: int) -> None:
        match = re.compile(r"(?:&\S+\s+)?(!\S*)").match(self.source.text, start)
        start, end = match.span(1) if match else (start, end)
        help_ = "write the plain value, or quote an expression that starts with !"
        self._report("JAC006", f"tag `{short(self.source.text[start:end])}` is not allowed", start, end, help_)

    def _alias(self, event: Any, start: int, end: int) -> None:
        if event.anchor not in self.anchors:
            help_ = "write the value out, or quote an expression that starts with *"
            self._stop("JAC006", f"alias `*{event.anchor}` has no anchor", start, end, help_)
        node, size = self.anchors[event.anchor]
        self._grow(size, start, end)
        self._add(node, None, size)

    def _add(self, node: Node, anchor: str | None, size: int) -> None:
        if anchor:
            self.anchors[anchor] = (node, size)
        if self.open:
            self.open[-1][1].append(node)
        elif not (isinstance(node, Scalar) and node.value is None):
            self.roots.append(node)

    def _grow(self, size: int, start: int, end: int) -> None:
        self.count += size
        if self.count > MAX_NODES:
            help_ = "keep large data in a .csv or .npz file; an alias counts as often as it is used"
            self._stop("JAC009", f"more than {MAX_NODES:,} values", start, end, help_)

    def _offsets(self, event: Any) -> tuple[int, int]:
        return self._offset(event.start_mark.index), self._offset(event.end_mark.index)

    def _offset(self, index: int) -> int:
        """Return where a character of what is parsed stands in the source; a joined pair is two characters longer there."""
        return index + self.shift + 2 * bisect.bisect_left(self.cuts, index)

    def _report(self, code: str, message: str, start: int, end: int, help_: str) -> None:
        note(self.problems, Problem(code, message, self.source.span(start, end), help_))

    def _stop(self, code: str, message: str, start: int, end: int, help_: str) -> None:
        raise Stop(Problem(code, message, self.source.span(start, end), help_))


def _tagged(event: Any) -> bool:
    return bool(getattr(event, "tag", None))


def _opens(text: str) -> int:
    """Return how many more brackets ``text`` opens than it closes."""
    return sum((c in "([") - (c in ")]") for c in text)


def _next_few(items: list[Any], position: int) -> Iterator[Any]:
    return (items[k] for k in range(position + 1, min(position + 1 + MAX_PIECES, len(items))))


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.plain and not node.text and node.start == node.end


def _cut_length(first: Node, tails: Iterator[Node | None]) -> int:
    """Return how many of ``tails`` complete ``first`` to a text with balanced brackets, 0 where none do or none are needed."""
    balance = _opens(first.text) if isinstance(first, Scalar) and first.plain else 0
    for length, tail in enumerate(tails, 1):
        if balance <= 0 or not isinstance(tail, Scalar):
            return 0
        balance += _opens(tail.text)
        if balance <= 0:
            return length
    return 0
