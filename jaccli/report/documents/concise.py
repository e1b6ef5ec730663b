"""A run → one line for each finding, ``file:line:column: CODE text``, as quickfix lists and problem matchers read it."""

from __future__ import annotations

from jaccli.errors import Problem, Span
from jaccli.report.documents.findings import findings
from jaccli.report.words.plain import one_line, printable
from jaccli.results.run import Run

__all__ = ["concise", "problem_line"]


def concise(run: Run) -> str:
    """Return the lines, the worst finding first; nothing where there is none."""
    return "".join(_line(found.file, found.span, found.code, found.title) for found in findings(run))


def problem_line(problem: Problem) -> str:
    """Return the line of a mistake in a spec."""
    return _line(problem.span.file if problem.span else "", problem.span, problem.code, problem.message)


def _line(file: str, span: Span | None, code: str, text: str) -> str:
    place = str(span) if span else f"{file}:1:1" if file else ""
    return f"{printable(place)}{': ' if place else ''}{code} {one_line(text)}\n"
