"""A run → what has to be mended, worst first: the list behind annotations, code scanning and code quality reports."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from jaccli.errors import Problem, Span
from jaccli.report.gradcheck.problems import WORDS, entry_name, failure_text, problem_text, trouble_text
from jaccli.report.words.plain import one_line, printable
from jaccli.results.checks import Check, Report
from jaccli.results.kinds import Outcome
from jaccli.results.run import Run

__all__ = ["LEVELS", "Finding", "findings", "text_of"]

LEVELS = ("error", "warning", "note")  # wrong or not to be run; something that matters is open; nothing that matters is


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that has to be mended; every text in it is printable.

    weight  among findings of one level, the larger the worse
    """

    id: str
    code: str
    level: str
    title: str
    text: str
    file: str
    span: Span | None
    weight: float = 0.0

    @property
    def fingerprint(self) -> str:
        """What identifies the finding in another run: its id and its code, but neither its line nor the size of its error."""
        return hashlib.sha256(f"{self.id}\0{self.code}".encode("utf-8", "backslashreplace")).hexdigest()[:32]


def findings(run: Run) -> list[Finding]:
    """Return every finding of a run, the worst first; a failure that is expected or known is not a finding."""
    found = [_problem(problem, number) for number, problem in enumerate(run.problems)]
    for report in run.reports:
        found += _unexpected(report)
    found += [_check(check) for report, check in run.checks if _matters(run, report, check)]
    return sorted(found, key=lambda f: (LEVELS.index(f.level), -f.weight))


def text_of(check: Check) -> str:
    """Return what the terminal shows of a check that did not pass, in plain letters."""
    rich = failure_text(check) if check.outcome in (Outcome.FAIL, Outcome.ERROR) else trouble_text(check)
    return printable(rich.plain).rstrip()


def _matters(run: Run, report: Report, check: Check) -> bool:
    if check.outcome == Outcome.FAIL:
        return not run.allowed(report, check)
    return check.outcome in (Outcome.ERROR, Outcome.INCONCLUSIVE)


def _check(check: Check) -> Finding:
    code = check.code or "JAC100"
    level = "error" if check.outcome in (Outcome.FAIL, Outcome.ERROR) else "warning" if check.unverified else "note"
    what = entry_name(check)
    opening = "inconclusive, " if check.outcome == Outcome.INCONCLUSIVE else ""
    size = check.abs_error / check.tolerance if check.outcome == Outcome.FAIL and check.tolerance > 0 else 0.0
    weight = float("inf") if check.outcome == Outcome.ERROR or size != size else size
    title = one_line(f"{opening}{WORDS.get(code, code)}: {what} ({check.tested})")
    file = check.span.file if check.span else check.file
    return Finding(check.id, code, level, title, text_of(check), file, check.span, weight)


def _problem(problem: Problem, number: int) -> Finding:
    file = problem.span.file if problem.span else ""
    text = printable(problem_text(problem).plain).rstrip()
    # its message, not its line: it is the same problem after lines were added above it
    id_ = f"{file}::{problem.message}"
    return Finding(id_, problem.code, "error", one_line(problem.message), text, file, problem.span, float("inf"))


def _unexpected(report: Report) -> Iterator[Finding]:
    """Yield a finding where a spec passes that is expected to fail."""
    if report.expect == "fail" and not report.ok and not any(check.outcome == Outcome.FAIL for check in report.checks):
        file = ", ".join(report.files)
        text = f"{file} says `check: {{expect: fail}}`, but no claim of it is wrong"
        yield Finding(f"{file}[expect]", "JAC100", "error", "should fail, but passes", printable(text), file, None)
