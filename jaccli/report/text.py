"""A report → the text a terminal shows: what failed, the table, the last line."""

from __future__ import annotations

from io import StringIO

from jaccli.report.checked import report_table, summary
from jaccli.report.problems import failure_text, is_bare, trouble_text
from jaccli.report.terminal import Terminal
from jaccli.verdict import Report

__all__ = ["report_text"]


def report_text(report: Report, width: int = 80) -> str:
    """Return a report in plain letters, ``width`` columns wide.

    Example: ``print(jaccli.report_text(jaccli.gradcheck(fn, x, jacobian=df)))``
    """
    stream = StringIO()
    console = Terminal(file=stream, width=width, markup=False, emoji=False, highlight=False, force_terminal=False)
    for check in report.checks:
        if check.outcome == "fail":
            console.print(failure_text(check), soft_wrap=True)
        elif check.outcome in ("error", "inconclusive") and not is_bare(check):
            console.print(trouble_text(check), soft_wrap=True)
    console.print(report_table(report))
    console.print(summary([report], 0, report.seed), soft_wrap=True)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"
