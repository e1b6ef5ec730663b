"""A report → the text a terminal shows: what failed, the table, the last line."""

from __future__ import annotations

from io import StringIO

from jaccli.report.gradcheck.checked import report_table, summary
from jaccli.report.gradcheck.problems import WORDS, entry_name, failure_text, told_once, trouble_text
from jaccli.report.words.terminal import Terminal
from jaccli.results.checks import Report
from jaccli.results.kinds import Outcome

__all__ = ["headline", "report_text"]


def report_text(report: Report, width: int = 80) -> str:
    """Return a report in plain letters, ``width`` columns wide.

    Example: ``print(jaccli.report_text(jaccli.gradcheck(fn, x, jacobian=df)))``
    """
    stream = StringIO()
    console = Terminal(file=stream, width=width, markup=False, emoji=False, highlight=False, force_terminal=False,
        force_jupyter=False,  # a notebook would be shown the text, and nothing returned
    )  # fmt: skip
    failed = (Outcome.FAIL, Outcome.ERROR)
    open_ = (c for c in report.checks if c.outcome in failed or (c.outcome == Outcome.INCONCLUSIVE and not c.is_bare))
    for check, also in told_once(open_):
        text = failure_text(check, also) if check.outcome in failed else trouble_text(check, also)
        console.print(text, soft_wrap=True)
    console.print(report_table(report, width=width))
    console.print(summary([report], 0, report.seed), soft_wrap=True)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def headline(report: Report) -> str:
    """Return the outcome, code and entry of what is worst in a report: ``fail: JAC102 wrong factor: d y[1] / d x[1]``."""
    graves = [check for check in report.checks if check.outcome == Outcome.FAIL]
    graves += [check for check in report.checks if check.outcome == Outcome.ERROR or check.unverified]
    if not graves:
        return str(report.outcome)
    code = graves[0].code or "JAC100"
    return f"{report.outcome}: {code} {WORDS[code]}: {entry_name(graves[0])}"
