"""Reports and troubles → the terminal as they come, or documents at the end."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from jaccli import __version__
from jaccli.cli.console import command, show_problems
from jaccli.cli.runs.reports import Request
from jaccli.errors import Problem, SourceError, UsageError
from jaccli.results.kinds import Outcome

if TYPE_CHECKING:
    from rich.console import Console

    from jaccli.cli.runs.baseline import Baseline
    from jaccli.cli.runs.settings import Settings
    from jaccli.results.checks import Report

__all__ = ["Display", "new_failure"]


class Display:
    """Keeps what has been checked, and writes it in the format the settings ask for."""

    def __init__(self, settings: Settings, out: Console, err: Console) -> None:
        self.settings, self.out, self.err = settings, out, err
        self.reports: list[Report] = []
        self.problems: list[Problem] = []
        self.errors = 0
        self.broken: list[str] = []  # the files of specs that could not be used
        self.token = ""  # that ends the time in which the log of a CI service is no place for commands

    def begin(self) -> None:
        """Keep GitHub from taking output of specs or functions for commands until the annotations are written.

        Source: GitHub, Workflow commands for GitHub Actions, "Stopping and starting workflow commands".
        """
        shown = any(request == Request("github") for request in self.settings.requests)
        if shown and os.environ.get("GITHUB_ACTIONS") == "true":
            self.token = secrets.token_hex(16)
            command(f"::stop-commands::{self.token}\n")

    @property
    def seed(self) -> int:
        """The seed of the run: the command line's, or that of the first spec."""
        given = self.settings.seed
        return given if given is not None else next((report.seed for report in self.reports), 0)

    @property
    def failed(self) -> bool:
        """Whether a file has failed."""
        return any(report.outcome == Outcome.FAIL for report in self.reports)

    def note(self, text: str) -> None:
        """Write a remark beside the results."""
        self.err.print(text, soft_wrap=True)

    def take(self, item: Report | SourceError | UsageError, known: frozenset[str] = frozenset()) -> None:
        """Show one file's result; ``known`` failures have their row only."""
        if isinstance(item, SourceError):
            self.errors += 1
            self.problems += item.problems
            self.broken += [problem.span.file for problem in item.problems[:1] if problem.span]
            show_problems(item, self.err)
        elif isinstance(item, UsageError):
            self.errors += 1
            self.problems.append(Problem("JAC300", str(item)))
            self.err.print(f"error: {item}", soft_wrap=True)
        else:
            self.reports.append(item)
            if self.settings.output_format == "table":
                self.table(item, known)

    def table(self, report: Report, known: frozenset[str]) -> None:
        """Write one file's failures and its table."""
        from jaccli.report.gradcheck.checked import report_table
        from jaccli.report.gradcheck.problems import failure_text, told_once

        if report.expect == "pass" or not report.ok:
            shown = (c for c in report.checks if c.outcome in (Outcome.FAIL, Outcome.ERROR) and c.id not in known)
            for check, also in told_once(shown):
                self.out.print(failure_text(check, also), soft_wrap=True)
        if not self.settings.quiet and report.checks:
            self.out.print(report_table(report, verbose=self.settings.verbose))
        if report.smallest:
            code = any("::" in name for name in report.files)
            what = (
                "inputs that still fail, as a program" if code else "spec that still fails (`jac gradcheck -` reads it)"
            )
            self.out.print(f"the smallest {what}:\n\n{report.smallest}", soft_wrap=True)
        if report.scan is not None:
            from jaccli.report.gradcheck.scanned import scan_text

            self.out.print(scan_text(report.scan, self.out.width), soft_wrap=True)

    def finish(self, duration: float, baseline: Baseline, failing: set[str], checked: set[str]) -> None:
        """Write the summary, or the requested document, and then the other reports."""
        from jaccli.results.run import Run

        run = Run(
            reports=tuple(self.reports), problems=tuple(self.problems), seed=self.seed, duration=duration,
            version=__version__, known=baseline.failures, accepted=baseline.unverified,
        )  # fmt: skip
        if self.settings.output_format == "table":
            self.summary(baseline.failures, failing, checked)
        else:
            Request(self.settings.output_format).write(run)
        if self.token:
            command(f"::{self.token}::\n")
        for request in self.settings.requests:
            request.write(run)

    def summary(self, known: frozenset[str], failing: set[str], checked: set[str]) -> None:
        """Write the last lines: the number of checks with each outcome, and the ``known`` failures that are gone."""
        from jaccli.report.gradcheck.checked import summary
        from jaccli.report.gradcheck.open_entries import IN_A_RUN

        if self.settings.statistics:
            from jaccli.report.gradcheck.statistics import statistics

            self.out.print(f"{statistics(self.reports)}\n", soft_wrap=True)
        self.out.print(summary(self.reports, self.errors, self.seed, self.broken, IN_A_RUN), soft_wrap=True)
        if known & failing:
            self.out.print(f"{len(known & failing)} of the failures known, by {self.settings.baseline}", soft_wrap=True)
        for gone in sorted((known & checked) - failing):
            self.out.print(f"no longer fails: {gone}; write the baseline anew", soft_wrap=True)


def new_failure(report: Report, known: frozenset[str]) -> bool:
    """Return whether a report fails by more than ``known`` failures."""
    failing = {check.id for check in report.checks if check.outcome == Outcome.FAIL}
    return report.outcome == Outcome.FAIL and not (report.expect == "pass" and failing <= known)
