"""A run → a Markdown page: the counts, a table of what is to be mended, and each finding as the terminal shows it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from jaccli.report.documents.findings import Finding, findings
from jaccli.report.words.plain import html_text, markdown_text, one_line
from jaccli.results.kinds import Outcome
from jaccli.results.run import Run

__all__ = ["markdown"]

MOST = 50  # findings that are shown; GitHub cuts a step summary at 1 MiB
WORDS = {
    "fail": "wrong",
    "error": "could not run",
    "inconclusive": "not decided",
    "pass": "right",
    "skipped": "skipped",
}


def markdown(run: Run) -> str:
    """Return the page; the user's text is escaped, so that none of it acts as Markdown or HTML."""
    found = findings(run)
    parts = [f"## jac gradcheck: {_verdict(run, found)}", _counts(run)]
    if found:
        rows = [(f.code, f.title, f.file and f"{f.file}{f':{f.span.line}' if f.span else ''}") for f in found[:MOST]]
        parts.append(_table(("rule", "what", "where"), rows))
        parts += [_details(finding) for finding in found[:MOST]]
    if len(found) > MOST:
        parts.append(f"{len(found) - MOST} more are in the log.")
    return "\n\n".join(parts) + "\n"


def _verdict(run: Run, found: Sequence[Finding]) -> str:
    levels = {finding.level for finding in found}
    if "error" in levels:
        return "failed"
    if not any(run.counts.values()):
        return "nothing was checked"
    return "not decided" if "warning" in levels else "passed"


def _counts(run: Run) -> str:
    expected = sum(check.outcome == Outcome.FAIL and run.allowed(report, check) for report, check in run.checks)
    rows = [(WORDS[name], str(count - expected * (name == "fail"))) for name, count in run.counts.items()]
    rows += [("wrong, as expected", str(expected))] if expected else []
    return _table(("checks", "n"), [row for row in rows if row[1] != "0"])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([markdown_text(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _details(finding: Finding) -> str:
    """Return a finding folded under its title; the fence is longer than any run of backticks in it."""
    longest = max(map(len, re.findall("`+", finding.text)), default=0)
    fence = "`" * max(3, longest + 1)
    title = html_text(one_line(f"{finding.code} {finding.title}"))
    return f"<details><summary>{title}</summary>\n\n{fence}text\n{finding.text}\n{fence}\n\n</details>"
