"""The limits of an expression's text, met before any work begins."""

from __future__ import annotations

import re

from jaccli.errors import Problem, Span
from jaccli.spec.source import Snippet

__all__ = ["MAX_DEPTH", "MAX_DIGITS", "limit", "too_deep", "too_large"]

MAX_CHARACTERS = 20_000
MAX_OPERATORS = 1_000
MAX_DEPTH = 60  # of brackets, and of the syntax tree beside chains such as a + b + c
MAX_DIGITS = 400


def too_large(snippet: Snippet) -> Problem | None:
    """Return the first limit that a text exceeds, or None."""
    text = snippet.text
    if len(text) > MAX_CHARACTERS:
        return limit(snippet, 0, 40, f"the expression has {len(text):,} characters, more than {MAX_CHARACTERS:,}")
    if match := re.search(rf"\d{{{MAX_DIGITS + 1},}}", text):  # Python itself gives up at 4,300
        return Problem(
            "JAC009", f"a number of {len(match[0]):,} digits", snippet.span(*match.span()), "write it as 1.5e10"
        )
    operators = depth = run = 0
    for position, character in enumerate(text):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        operators += character in "+-*/@%<>=&|~^,"
        run = run + 1 if character in "+-~(" else run if character.isspace() else 0
        if depth > MAX_DEPTH or run > MAX_DEPTH:
            return limit(snippet, position, position + 1, f"nested deeper than {MAX_DEPTH} levels")
        if operators > MAX_OPERATORS:
            return limit(snippet, position, position + 1, f"more than {MAX_OPERATORS:,} operators")
    return None


def too_deep(span: Span) -> Problem:
    """Return the problem of a text whose syntax tree is too deep; some versions of Python give up on it, others read it."""
    return Problem("JAC009", f"nested deeper than {MAX_DEPTH} levels", span, "name parts of it under `let:`")


def limit(snippet: Snippet, start: int, end: int, message: str) -> Problem:
    """Return the problem of a text that is too long or too deep at the given characters."""
    return Problem(
        "JAC009", message, snippet.span(start, end), "name parts of it under `let:`, or use sum() on an array"
    )
