"""Reports and troubles → the terminal as they come, or one JSON document at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaccli import __version__
from jaccli.cli.console import show_problems
from jaccli.errors import SourceError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from jaccli.cli.settings import Settings
    from jaccli.errors import Problem
    from jaccli.verdict import Report

__all__ = ["Display"]


class Display:
    """Keeps what has been checked, and writes it in the format the settings ask for."""

    def __init__(self, settings: Settings, out: Console, err: Console) -> None:
        self.settings, self.out, self.err = settings, out, err
        self.reports: list[Report] = []
        self.problems: list[Problem] = []
        self.errors = 0

    @property
    def seed(self) -> int:
        """The seed of the run: the command line's, or that of the first spec."""
        given = self.settings.seed
        return given if given is not None else next((report.seed for report in self.reports), 0)

    def take(self, item: Report | SourceError | UsageError) -> None:
        """Show one file's result."""
        if isinstance(item, SourceError):
            self.errors += 1
            self.problems += item.problems
            show_problems(item, self.err)
        elif isinstance(item, UsageError):
            self.errors += 1
            self.err.print(f"error: {item}", soft_wrap=True)
        else:
            self.reports.append(item)
            if self.settings.output_format == "table":
                self.table(item)

    def table(self, report: Report) -> None:
        """Write one file's failures and its table."""
        from jaccli.report.checked import report_table
        from jaccli.report.problems import failure_text

        if report.expect == "pass" or not report.ok:
            for check in report.checks:
                if check.outcome in ("fail", "error"):
                    self.out.print(failure_text(check), soft_wrap=True)
        if not self.settings.quiet and report.checks:
            self.out.print(report_table(report, verbose=self.settings.verbose))

    def finish(self, duration: float) -> None:
        """Write the summary, or the JSON document."""
        if self.settings.output_format == "json":
            from jaccli.report.json import gradcheck_json

            print(gradcheck_json(self.reports, self.problems, __version__, self.seed, duration))
            return
        from jaccli.report.checked import summary

        self.out.print(summary(self.reports, self.errors, self.seed), soft_wrap=True)
