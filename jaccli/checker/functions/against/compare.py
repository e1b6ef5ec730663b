"""Two implementations of one function → the report on both by the function in float64, which says which of them is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jaccli.adapters import Task
from jaccli.checker.effort.budget import Budget
from jaccli.checker.functions.against.judge import against_reference
from jaccli.checker.options import CheckOptions
from jaccli.results.checks import Check, Report
from jaccli.results.kinds import Outcome

__all__ = ["compared"]


def compared(tasks: Sequence[tuple[str, Task]], framework: str, options: CheckOptions, budget: Budget) -> Report:
    """Return the verdicts on several implementations, in the order of their stages, by the truth that each task names.

    tasks: what each implementation is called in the report, and the task, whose ``against`` is the same for all.
    Law:   what is wrong in one stage is told as that stage's; the stages after it, which do what it does and more, are not asked.
    """
    reports: list[Report] = []
    for name, task in tasks:
        report = against_reference(task, framework, options, budget)
        right = [known for known, _ in tasks[: len(reports)]]
        reports.append(replace(report, checks=tuple(_named(check, name, right) for check in report.checks)))
        if report.outcome in (Outcome.FAIL, Outcome.ERROR):
            break
    checks = tuple(check for report in reports for check in report.checks)
    files = tuple(dict.fromkeys(file for report in reports for file in report.files))
    return Report(checks=checks, seed=options.seed or 0, duration=sum(r.duration for r in reports), files=files)


def _named(check: Check, name: str, right: Sequence[str]) -> Check:
    """Return a check under the name of its implementation; a failure says which of the others were right."""
    said = f"{' and '.join(right)} {'are' if len(right) > 1 else 'is'} right, {name} is wrong; " if right else ""
    wrong = check.outcome == Outcome.FAIL and bool(said)
    return replace(check, target=f"{check.target} ({name})", help=said + check.help if wrong else check.help)
