"""``-k EXPR`` → which ids it selects: parts of ids joined by and, or, not and brackets, as in pytest."""

from __future__ import annotations

import re
from collections.abc import Callable

from jaccli.errors import UsageError

__all__ = ["keyword"]

Test = Callable[[str], bool]
MAX_LENGTH = 1_000  # brackets nest, and each level is a call


def keyword(text: str) -> Test:
    """Return whether an id is selected by ``text``; a part selects the ids that contain it, in upper or lower case.

    Example: ``keyword("claim and not W")("a.yaml::s/b[claim-p0]")  # True``
    Errors: UsageError with the place where the expression breaks off.
    """
    words = re.findall(r"[()]|[^\s()]+", text)
    if len(text) > MAX_LENGTH or text.count("(") > 50:
        raise UsageError(f"-k: an expression has at most {MAX_LENGTH} characters and 50 brackets")
    test, rest = _either(words, text)
    if rest:
        raise _broken(text, rest)
    return test


def _either(words: list[str], text: str) -> tuple[Test, list[str]]:
    test, rest = _both(words, text)
    while rest[:1] == ["or"]:
        other, rest = _both(rest[1:], text)
        test = _joined(any, test, other)
    return test, rest


def _both(words: list[str], text: str) -> tuple[Test, list[str]]:
    test, rest = _one(words, text)
    while rest[:1] == ["and"]:
        other, rest = _one(rest[1:], text)
        test = _joined(all, test, other)
    return test, rest


def _one(words: list[str], text: str) -> tuple[Test, list[str]]:
    negative = False
    while words[:1] == ["not"]:
        negative, words = not negative, words[1:]
    if not words or words[0] in ("and", "or", ")"):
        raise _broken(text, words)
    if words[0] == "(":
        test, rest = _either(words[1:], text)
        if rest[:1] != [")"]:
            raise _broken(text, rest)
        rest = rest[1:]
    else:
        part, rest = words[0].lower(), words[1:]

        def test(id_: str) -> bool:
            return part in id_.lower()

    return ((lambda id_: not test(id_)) if negative else test), rest


def _joined(how: Callable[[list[bool]], bool], left: Test, right: Test) -> Test:
    return lambda id_: how([left(id_), right(id_)])


def _broken(text: str, rest: list[str]) -> UsageError:
    place = f"at `{rest[0]}`" if rest else "at its end"
    return UsageError(
        f"-k {text!r} breaks off {place}; expected parts of ids joined by and, or, not: -k 'claim and not W'"
    )
