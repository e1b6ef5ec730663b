"""A mistake → where, what, expected, try: the problems every other room reports, and the codes they carry."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "MAX_PROBLEMS",
    "JaccliError",
    "MissingLibrary",
    "Problem",
    "SourceError",
    "Span",
    "UsageError",
    "UsageTypeError",
    "misspelt",
    "nearest",
    "note",
    "short",
    "suggestion",
    "words_of",
]

MAX_PROBLEMS = 100  # of one spec; who has more is helped by the first ones


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source text.

    Units: lines and columns count from 1, columns in characters; the end column is the first one after the stretch.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str  # the source line the span starts in, for the caret

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: the code of its kind, what is wrong, where, and what to try."""

    code: str
    message: str
    span: Span | None = None
    help: str | None = None

    def __str__(self) -> str:
        place = f"{self.span}: " if self.span else ""
        remedy = f" ({self.help})" if self.help else ""
        return f"{place}{self.code} {self.message}{remedy}"


class JaccliError(Exception):
    """Any mistake that a user can mend: of a spec, of a call, of an option."""

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows instead of a traceback through this package: the message."""
        return [f"{type(self).__name__}: {self}"]


class SourceError(JaccliError):
    """A spec that cannot be used; ``problems`` holds every mistake that was found, in the order of the text."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=_place))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[SourceError], tuple[tuple[Problem, ...]]]:
        return (SourceError, (self.problems,))  # as it comes from another process


def _place(problem: Problem) -> tuple[int, int]:
    return (problem.span.line, problem.span.column) if problem.span else (0, 0)


def note(problems: list[Problem], *found: Problem) -> None:
    """Append what was ``found`` to ``problems``.

    Errors: SourceError with all of them once there are more than MAX_PROBLEMS.
    """
    problems.extend(found[: MAX_PROBLEMS + 1 - len(problems)])
    if len(problems) > MAX_PROBLEMS:
        message = f"more than {MAX_PROBLEMS} mistakes; the others are not looked for"
        raise SourceError([*problems[:MAX_PROBLEMS], Problem("JAC009", message, problems[-1].span, "mend these first")])


class UsageError(JaccliError, ValueError):
    """A call or an option that cannot be carried out; the message names the argument, what it got and what to try."""


class UsageTypeError(UsageError, TypeError):
    """The same where Python's protocols ask for a TypeError, as of what has no length."""


class MissingLibrary(UsageError):  # noqa: N818 - it says what is missing
    """An optional library that a call needs is not installed; the message names the extra that brings it."""


def words_of(error: BaseException) -> str:
    """Return an exception's message, nothing where it has none to give: an exception of the user's may raise another there."""
    try:
        return str(error)
    except Exception:
        return ""


def short(text: str, most: int = 60) -> str:
    """Return ``text`` on one line, cut to ``most`` characters, for messages."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def misspelt(name: str, known: Iterable[str]) -> str | None:
    """Return ``did you mean `NAME`?`` for the known name that ``name`` is with a letter or two mistyped; None where none is.

    ``suggestion`` goes further: of functions, another one is not what was meant. Capitals and underscores do not count.
    """
    known = list(known)
    plain = _plain(name)
    most = 0 if len(plain) < 3 else 1 if len(plain) < 8 else 2
    near = [
        (_edits(plain, _plain(other)), -difflib.SequenceMatcher(None, name, other).ratio(), other) for other in known
    ]
    edits, _, nearest = min(near, default=(most + 1, 0.0, ""))
    return f"did you mean `{nearest}`?" if edits <= most else None


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


def _edits(a: str, b: str) -> int:
    """Return how many letters are put in, left out, changed or exchanged between two names, 3 for more than 2."""
    if abs(len(a) - len(b)) > 2:
        return 3
    rows = [list(range(len(b) + 1))]
    for i, letter in enumerate(a, 1):
        row = [i]
        for j, other in enumerate(b, 1):
            best = min(row[j - 1] + 1, rows[-1][j] + 1, rows[-1][j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return min(rows[-1][-1], 3)


def suggestion(name: str, known: Iterable[str]) -> str | None:
    """Return ``did you mean `NAME`?`` for the known name nearest to ``name``, or None when none is near."""
    near = nearest(name, known)
    return f"did you mean `{near}`?" if near is not None else None


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name nearest to ``name``, None where none is near."""
    known = list(known)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return next(iter([*near, *(other for other in known if other.lower() == name.lower())]), None)
