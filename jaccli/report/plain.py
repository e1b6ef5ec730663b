"""Text of the user's → text that shows what it holds, and does nothing else, in files that other programs read."""

from __future__ import annotations

import unicodedata

__all__ = ["one_line", "printable", "utf8"]

#: Categories that show nothing, or change how the text beside them is shown: control, format (bidi marks), surrogate, not assigned.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})


def printable(text: str) -> str:
    """Return ``text`` with escapes for what does not show: an escape character becomes the four letters of its code."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in "\n\t" or unicodedata.category(c) not in _HIDDEN else _escape(c) for c in text)


def one_line(text: str) -> str:
    """Return ``text`` as ``printable`` does, on one line."""
    return " ".join(printable(text).split())


def utf8(text: str) -> str:
    """Return ``text`` with escapes for surrogates without a partner, which no UTF-8 file can hold; JSON reads them as such."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _escape(c: str) -> str:
    return c.encode("unicode_escape").decode("ascii")
