"""A run → GitHub's workflow commands: an annotation beside the line, the worst first.

Source: GitHub, Workflow commands for GitHub Actions: ``%``, carriage return and line feed are escaped everywhere, ``:`` and ``,``
in properties too (actions/toolkit, packages/core/src/command.ts). Of each kind a step shows ten annotations.
"""

from __future__ import annotations

from jaccli.report.documents.findings import LEVELS, Finding, findings
from jaccli.report.documents.paths import relative
from jaccli.report.words.plain import printable
from jaccli.results.run import Run

__all__ = ["MOST", "github"]

MOST = 10  # annotations of one kind that a step shows
COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def github(run: Run) -> str:
    """Return one command per line, at most MOST of each kind; the last of a kind says how many were left out."""
    found = findings(run)
    lines: list[str] = []
    for level in LEVELS:
        these = [finding for finding in found if finding.level == level]
        fit = these if len(these) <= MOST else these[: MOST - 1]
        lines += [_command(finding) for finding in fit]
        if len(these) > len(fit):
            left = len(these) - len(fit)
            lines.append(f"::{COMMANDS[level]} title=jaccli::{left} more in the log; GitHub shows {MOST} of a kind")
    return "".join(f"{line}\n" for line in lines)


def _command(finding: Finding) -> str:
    properties = {**_place(finding), "title": f"{finding.code} {finding.title}"}
    words = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{COMMANDS[finding.level]} {words}::{_data(finding.text)}"


def _place(finding: Finding) -> dict[str, str]:
    file, span = relative(finding.file), finding.span
    if file is None:
        return {}
    if span is None:
        return {"file": printable(file)}
    lines = {"file": printable(file), "line": str(span.line), "endLine": str(span.end_line)}
    if span.end_line > span.line:  # columns are of one line
        return lines
    return {**lines, "col": str(span.column), "endColumn": str(span.end_column)}


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
