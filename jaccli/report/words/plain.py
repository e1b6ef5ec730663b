"""Text of the user's → text that shows what it holds, and does nothing else: one function for each format.

Names, labels, source lines, file names, exceptions and what functions print may hold anything: characters that clear a screen or
turn text around, commands for the log of a CI service, markup. What is written for a reader passes through here.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from typing import Any

__all__ = [
    "calm", "code_span", "dot_text", "html_text", "json_text", "markdown_text", "mermaid_text", "one_line", "pictured", "printable",
    "python_docstring", "shown",
]  # fmt: skip

#: Categories that show nothing, or change how the text beside them is shown: control, format (bidi marks), surrogate, not assigned.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
#: A control character → its picture, of the same width as what is shown.
_PICTURES = {**{code: chr(0x2400 + code) for code in range(32)}, 0x7F: "\u2421"}
#: What the runner of GitHub Actions takes for a command: ``::`` where a line begins, after blanks, and ``##[`` anywhere in it.
#: Source: actions/runner, src/Runner.Common/ActionCommand.cs, TryParseV2 and TryParse.
_COMMAND = re.compile(r"^([^\S\n]*)::|##\[", re.MULTILINE)
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~$&!@]|:(?=//)|(?<=www)\.", re.IGNORECASE)


def printable(text: str) -> str:
    """Return ``text`` with escapes for what does not show: an escape character becomes the four letters of its code."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(c) if _is_hidden(c) else c for c in text)


def one_line(text: str) -> str:
    """Return ``text`` as ``printable`` does, on one line."""
    return " ".join(printable(" ".join(text.split())).split())


def pictured(text: str) -> str:
    """Return ``text`` for a terminal: a control character is its picture (␛), what turns text around a mark in its place."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(_PICTURES.get(ord(c), "\ufffd") if _is_hidden(c) else c for c in text)


def calm(text: str) -> str:
    r"""Return ``text`` in which no line is a command for the log of a CI service: ``::error::`` becomes ``\::error::``."""
    return _COMMAND.sub(lambda match: f"{match[1]}\\::" if match[1] is not None else "##\\[", text)


def shown(text: str) -> str:
    """Return ``text`` as it may be written to a terminal or a log."""
    return calm(pictured(text))


def json_text(document: Any, indent: int | None = 1) -> str:
    """Return a document as JSON, every text in it as it is; what does not show is written by its code."""
    text = json.dumps(document, ensure_ascii=False, indent=indent, allow_nan=False)
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(_json_escape(c) if _is_hidden(c) else c for c in text)


def html_text(text: str) -> str:
    """Return ``text`` for HTML, SVG and XML, inside an element or a quoted attribute."""
    return html.escape(printable(text))


def markdown_text(text: str) -> str:
    """Return ``text`` in which Markdown and HTML mean nothing, on one line."""
    return _MARKUP.sub(lambda match: f"\\{match[0]}", one_line(text))


def code_span(text: str) -> str:
    """Return ``text`` as code in Markdown, in a table too; the fence is longer than any run of backticks in it."""
    text = one_line(text)
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence, blank = "`" * (longest + 1), " " * bool(longest)
    return f"{fence}{blank}{text}{blank}{fence}".replace("|", "\\|")


def dot_text(text: str) -> str:
    """Return ``text`` as a quoted text of Graphviz."""
    escaped = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def mermaid_text(text: str) -> str:
    """Return text in which only letters, digits and spaces stand for themselves; Mermaid writes the others as #N;"""
    return "".join(c if c.isalnum() or c in " .,-" else f"#{ord(c)};" for c in one_line(text))


def python_docstring(text: str) -> str:
    """Return ``text`` as a docstring in triple quotes, of some lines."""
    escaped = printable(text.replace("\\", "\\\\")).replace('"', '\\"')
    return f'"""{escaped}"""'


def _is_hidden(c: str) -> bool:
    return c not in "\n\t" and unicodedata.category(c) in _HIDDEN


def _escape(c: str) -> str:
    return c.encode("unicode_escape").decode("ascii")


def _json_escape(c: str) -> str:
    code = ord(c)
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
