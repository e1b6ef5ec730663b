"""Expression text → Python's syntax tree, or what is wrong with it in the user's words; nothing is evaluated."""

from __future__ import annotations

import ast
import keyword
import re
import warnings

from jaccli.errors import Problem
from jaccli.spec.expressions.expression import one_line
from jaccli.spec.expressions.limits import too_deep
from jaccli.spec.source import Snippet

__all__ = ["python_tree"]


def python_tree(snippet: Snippet) -> tuple[Problem | None, ast.expr | None]:
    """Return (None, the tree), or (what is wrong, None)."""
    line = one_line(snippet.text)
    shift = len(line) - len(line.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # "1(x)" also warns; the walk below refuses it
            return None, ast.parse(line.strip(), mode="eval").body
    except UnicodeEncodeError as error:
        return Problem(
            "JAC001", "a character here is not text", snippet.span(error.start + shift, error.end + shift), "delete it"
        ), None
    except SyntaxError as error:
        start = (error.offset or 1) - 1 + shift
        end = (error.end_offset or 0) - 1 + shift
        return _syntax_problem(snippet, str(error.msg), start, max(end, start + 1)), None
    except (RecursionError, MemoryError, ValueError):
        return too_deep(snippet.span(0, min(len(line), 40))), None


def _syntax_problem(snippet: Snippet, message: str, start: int, end: int) -> Problem:
    text = snippet.text
    word = re.match(r"\w+", text[start:])
    if word and keyword.iskeyword(word[0]):
        span = snippet.span(start, start + word.end())
        return Problem("JAC001", f"`{word[0]}` is a word of Python's and cannot be a name", span, f"write {word[0]}_")
    if match := re.match(r"'(.)' was never closed", message):
        return Problem(
            "JAC001",
            f"`{match[1]}` is not closed",
            snippet.span(start, start + 1),
            f"close it with {_CLOSING[match[1]]}",
        )
    if match := re.match(r"closing parenthesis '(.)' does not match opening parenthesis '(.)'", message):
        span = snippet.span(start, start + 1)
        return Problem(
            "JAC001", f"`{match[1]}` does not close `{match[2]}`", span, f"close it with {_CLOSING[match[2]]}"
        )
    if match := re.match(r"unmatched '(.)'", message):
        bracket = match[1]
        return Problem(
            "JAC001",
            f"`{bracket}` closes nothing that is open",
            snippet.span(start, start + 1),
            "delete it, or open it",
        )
    if match := re.match(r"invalid (?:non-printable )?character '?(.)?", message):
        character = text[start : start + 1]
        return Problem(
            "JAC001",
            f"`{character}` is not part of the language",
            snippet.span(start, start + 1),
            "write it in letters",
        )
    if "perhaps you forgot a comma" in message.lower():
        message = "invalid syntax"
    return Problem("JAC001", f"not an expression: {message}", snippet.span(start, end), "check brackets and operators")


_CLOSING = {"(": ")", "[": "]", "{": "}"}
