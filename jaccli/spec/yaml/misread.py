"""Where PyYAML could not read on → what is wrong there, in the user's words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import yaml

from jaccli.errors import Problem
from jaccli.spec.source import Source

__all__ = ["yaml_problem"]


def yaml_problem(source: Source, error: yaml.YAMLError, shift: int) -> Problem:
    """Return what is wrong where PyYAML stopped; ``shift`` is 1 where it has not counted a byte order mark."""
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
