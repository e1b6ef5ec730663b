"""YAML text → a tree of nodes that know where they stand; YAML 1.2 scalars, exact numbers, no tags, bounded work.

PyYAML supplies the events; the tree is composed here, without recursion, because PyYAML's own constructors read YAML 1.1
(``no`` is False, ``1e-3`` is a string), keep the last of two equal keys in silence, and follow alias bombs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import yaml

from jaccli.errors import Problem, SourceError, note, short
from jaccli.spec.places import snippet_of
from jaccli.spec.source import Snippet, Source

__all__ = ["Mapping", "Node", "Scalar", "Sequence", "keys_in", "read_tree", "read_trees", "snippet"]

MAX_CHARACTERS = 2_000_000  # a spec is written by people; larger data belongs in a .csv or .npz
MAX_DEPTH = 40
MAX_NODES = 100_000  # with every alias counted as often as it is used
MAX_EXPONENT = 400  # decimal; doubles end at 1e308
MAX_PIECES = 100  # commas in an expression that somebody forgot to quote


@dataclass(frozen=True, slots=True)
class Scalar:
    """A YAML scalar: its text, how it was written ("" plain, else the quote or | or >), and where."""

    text: str
    style: str
    start: int
    end: int
    tagged: bool = False  # a tag stood in front of it, which has been reported

    @property
    def plain(self) -> bool:
        """Whether it stood without quotes."""
        return not self.style

    @property
    def value(self) -> bool | int | Fraction | float | str | None:
        """What the scalar means in YAML 1.2's core schema; decimals are exact, only infinities and NaN are floats."""
        return _resolve(self.text) if self.plain else self.text


@dataclass(frozen=True, slots=True)
class Sequence:
    """A YAML list."""

    items: tuple[Node, ...]
    start: int
    end: int
    tagged: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """A YAML mapping; of equal keys, which have been reported, only the first is kept; the others' values are ``dropped``."""

    pairs: tuple[tuple[Scalar, Node], ...]
    start: int
    end: int
    tagged: bool = False
    dropped: tuple[Node, ...] = ()

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


def _resolve(text: str) -> bool | int | Fraction | float | str | None:
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

    Errors: SourceError where the text cannot be read to its end, with what was found until then, and for a second document.
    """
    found = read_trees(source, problems)
    if len(found) > 1:
        span = source.span(found[1].start, found[1].start + 1)
        raise SourceError([*problems, Problem("JAC001", "a second YAML document starts here", span, "write one alone")])
    return found[0] if found else None


def read_trees(source: Source, problems: list[Problem]) -> list[Node]:
    """Return the trees of all YAML documents that are not empty; mistakes are appended to ``problems``.

    Errors: SourceError where the text cannot be read to its end, with what was found until then.
    """
    try:
        source.text.encode()
    except UnicodeEncodeError as error:
        message = f"character U+{ord(source.text[error.start]):04X} is no text"
        span = source.span(error.start, error.start + 1)
        raise SourceError([*problems, Problem("JAC001", message, span, "save the file as UTF-8 text")]) from None
    if len(source.text) > MAX_CHARACTERS:
        problem = Problem(
            "JAC009",
            f"the spec has {len(source.text):,} characters, more than {MAX_CHARACTERS:,}",
            source.span(0, 0),
            "keep large data in a .csv or .npz file and name it under `constants:`",
        )
        raise SourceError([*problems, problem])
    shift = source.text.startswith("\ufeff")  # a byte order mark, which PyYAML does not count
    composer = _Composer(source, problems, shift)
    try:
        for event in _events(source.text[shift:]):
            composer.take(event)
    except yaml.YAMLError as error:
        found = composer.too_deep(error) or _yaml_problem(source, error, shift)
        raise SourceError([*problems, found]) from None
    except _Stop as stop:
        raise SourceError([*problems, stop.problem]) from None
    return composer.roots


def snippet(source: Source, node: Scalar) -> Snippet:
    """Return the text of ``node`` with the place of each character, for expressions written in YAML."""
    return snippet_of(source, node.text, node.style, node.start, node.end)


def keys_in(node: Node) -> Iterator[str]:
    """Yield the texts in ``node`` that may be names somebody meant to declare."""
    if isinstance(node, Scalar):
        yield node.text
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from keys_in(item)
    else:
        for key, value in node.pairs:
            yield key.text
            if not isinstance(value, Scalar):
                yield from keys_in(value)


class _Stop(Exception):  # noqa: N818  a signal, not an error of its own
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def _events(text: str) -> Iterator[Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return iter(yaml.parse(text, Loader=loader))


class _Composer:
    """Builds the trees from PyYAML's events; ``roots`` are the finished documents, empty ones left out."""

    def __init__(self, source: Source, problems: list[Problem], shift: int) -> None:
        self.source, self.problems, self.shift = source, problems, shift
        self.roots: list[Node] = []
        self.open: list[tuple[Any, list[Node], str | None]] = []  # start event, children, anchor
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.sizes: list[int] = []
        self.count = 0

    def take(self, event: Any) -> None:
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
                raise _Stop(self._too_deep(start, end))
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
        for position, character in enumerate(self.source.text[: mark.index + self.shift]):
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
        return event.start_mark.index + self.shift, event.end_mark.index + self.shift

    def _report(self, code: str, message: str, start: int, end: int, help_: str) -> None:
        note(self.problems, Problem(code, message, self.source.span(start, end), help_))

    def _stop(self, code: str, message: str, start: int, end: int, help_: str) -> None:
        raise _Stop(Problem(code, message, self.source.span(start, end), help_))


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


def _yaml_problem(source: Source, error: yaml.YAMLError, shift: int) -> Problem:
    mark, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    text = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    if mark is None:
        found = yaml.reader.Reader.NON_PRINTABLE.search(source.text)
        start = found.start() if found else 0
        message = f"character U+{ord(source.text[start]):04X} is not allowed in YAML"
        return Problem("JAC001", message, source.span(start, start + 1), "delete it, and save the file as UTF-8 text")
    place = _Place(source, mark.index + shift, (context or mark).index + shift)
    for needle, explain in _EXPLAINED:
        if needle in text:
            return explain(place)
    return place.problem(f"not readable as YAML: {text}", "check quotes, brackets and indentation")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where PyYAML stopped, and where what it was reading had begun."""

    source: Source
    stop: int
    begin: int

    @property
    def character(self) -> str:
        return self.source.text[self.stop : self.stop + 1]

    @property
    def before(self) -> str:
        """The line up to where PyYAML stopped."""
        return self.source.text[self.source.text.rfind("\n", 0, self.stop) + 1 : self.stop]

    def problem(self, message: str, help_: str, begin: bool = False, code: str = "JAC001") -> Problem:
        at = self.begin if begin else self.stop
        return Problem(code, message, self.source.span(at, at + 1), help_)

    def rest_of_line(self, message: str, help_: str, start: int) -> Problem:
        end = self.source.text.find("\n", start)
        line = self.source.text[start : end if end >= 0 else len(self.source.text)].rstrip()
        return Problem("JAC001", message, self.source.span(start, start + max(len(line), 1)), help_)


def _no_token(place: _Place) -> Problem:
    if "\t" in place.before + place.character and not (place.before + place.character).strip():
        start = place.stop - len(place.before)
        span = place.source.span(start, place.stop + 1)
        return Problem("JAC001", "a tab indents this line", span, "YAML indents with spaces: replace the tab")
    return place.problem(f"`{place.character}` cannot start a value in YAML", "quote the value")


def _no_colon(place: _Place) -> Problem:
    return place.rest_of_line(
        "this line has no `:`", "write NAME: VALUE, or indent it to continue the line above", place.begin
    )


def _second_colon(place: _Place) -> Problem:
    if match := re.search(r":\s+(lambda\b)[^:]*\Z", place.before):
        start = place.stop - len(place.before)
        span = place.source.span(start + match.start(1), start + match.end(1))
        return Problem("JAC001", "`lambda` is not part of the language", span, "name a step under `let:` instead")
    if ": " in place.before:
        return place.problem("a second `: ` in one line", "quote a value that holds a colon followed by a space")
    return place.problem(
        "`:` is not expected here", "check the line above: write NAME: VALUE, with a space after the colon"
    )


def _block_header(place: _Place) -> Problem:
    character = place.source.text[place.begin : place.begin + 1]
    help_ = "write abs(x) for |x|, or quote the value" if character == "|" else "quote the value"
    return place.rest_of_line(
        f"`{character}` at the start of a value begins a block of text in YAML", help_, place.begin
    )


def _no_key(place: _Place) -> Problem:
    if place.before.rstrip().endswith(("'", '"')):
        return place.problem("text follows the closing quote", "quote the whole value, or none of it")
    if place.before.strip():
        return place.problem(f"`{place.character}` is not expected here", "check the brackets and quotes of this line")
    return place.problem("this line is indented unlike those above", "indent the entries of one section alike")


def _no_comma(place: _Place) -> Problem:
    text = place.source.text
    opened = text[place.begin : place.begin + 1]
    cut = re.search(r"[,{\[]\s*(?:[^\s,:]+:\s+)?([^\s,{\[][^,{\[\n]*)\Z", text[place.begin : place.stop])
    if place.character in ("[", "{") and cut:
        start = place.begin + cut.start(1)
        length = len(_until_comma(text[start : start + 200]))
        message = f"YAML cuts `{text[start : start + length]}` at the bracket, because it is not in quotes"
        help_ = f'quote the expression: "{text[start : start + length]}"'
        return Problem("JAC004", message, place.source.span(start, start + length), help_)
    if "\n" in text[place.begin : place.stop] or not place.character:
        closing = "}" if opened == "{" else "]"
        return place.problem(f"`{opened}` is not closed", f"close it with {closing}", begin=True)
    help_ = "inside [ ] and { }, quote an expression that holds brackets, commas or colons"
    return place.problem(f"`{place.character}` is not expected here", help_)


def _until_comma(text: str) -> str:
    depth = 0
    for position, character in enumerate(text):
        if character == "\n" or (depth <= 0 and character in ",]}"):
            return text[:position].rstrip()
        depth += (character in "([{") - (character in ")]}")
    return text.rstrip()


_EXPLAINED: tuple[tuple[str, Callable[[_Place], Problem]], ...] = (
    ("cannot start any token", _no_token),
    ("tab character", _no_token),
    ("could not find expected ':'", _no_colon),
    ("mapping values are not allowed", _second_colon),
    ("expected comment or line break", _block_header),
    ("expected chomping or indentation", _block_header),
    ("did not find expected key", _no_key),
    ("expected <block end>", _no_key),
    ("expected ',' or", _no_comma),
    ("unexpected end of stream", lambda p: p.problem("the quote is not closed", "close it, or delete it", begin=True)),
    (
        "block sequence entries are not allowed",
        lambda p: p.problem("`-` cannot start a value here", "quote an expression that starts with `- `"),
    ),
    (
        "expected node content",
        lambda p: p.problem(f"`{p.character}` is not expected here", "write a value in front of it, or delete it"),
    ),
    (
        "expected <document start>",
        lambda p: p.problem("this line is indented less than the first one", "begin all sections in the same column"),
    ),
    (
        "escape",
        lambda p: p.problem(
            "unknown escape in a text in double quotes", "use single quotes: in them a backslash is plain"
        ),
    ),
    (
        "expected '-' indicator",
        lambda p: p.problem("this line does not belong to the list above", "begin each item with `- `"),
    ),
)
