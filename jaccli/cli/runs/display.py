"""Reports and troubles → the terminal as they come, or documents at the end."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from jaccli import __version__
from jaccli.cli.console import command, show_problems
from jaccli.cli.runs.reports import Request
from jaccli.cli.runs.timings import seconds_of
from jaccli.errors import Problem, SourceError, UsageError
from jaccli.results.kinds import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from jaccli.cli.runs.baseline import Baseline
    from jaccli.cli.runs.settings import Settings
    from jaccli.results.checks import Check, Report
    from jaccli.results.run import Shard

__all__ = ["Display", "new_failure"]

LONGEST = 44  # columns for names of files, beside their counts and seconds in 80


class Display:
    """Keeps what has been checked, and writes it in the format the settings ask for."""

    def __init__(self, settings: Settings, out: Console, err: Console) -> None:
        self.settings, self.out, self.err = settings, out, err
        self.width = 0  # of the names of files, where each has a line; 0 where each has a table
        self.missing = ""  # what to say where nothing was found to be checked
        self.put_off: list[SourceError | UsageError] = []  # what is shown at the end
        self.reports: list[Report] = []
        self.problems: list[Problem] = []
        self.errors = 0
        self.broken: list[str] = []  # the files of specs that could not be used
        self.shard: Shard | None = None
        self.token = ""  # that ends the time in which the log of a CI service is no place for commands

    def begin(self, names: Sequence[str] = ()) -> None:
        """Prepare for the files of these names: several have a line each, unless everything is to be seen.

        Until annotations are written, GitHub is kept from taking output of specs or functions for commands.
        Source: GitHub, Workflow commands for GitHub Actions, "Stopping and starting workflow commands".
        """
        if len(names) > 1 and not self.settings.verbose and self.settings.output_format == "table":
            self.width = min(max(map(len, names)), LONGEST)
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

    def belongs_to(self, shard: Shard) -> None:
        """Note which part of the work this run does."""
        self.shard = shard

    def note(self, text: str) -> None:
        """Write a remark beside the results."""
        self.err.print(text, soft_wrap=True)

    def take(self, item: Report | SourceError | UsageError, known: frozenset[str] = frozenset()) -> None:
        """Show one file's result; ``known`` failures have their row only."""
        if isinstance(item, SourceError | UsageError):
            self._broken(item)
            return
        self.reports.append(item)
        if self.settings.output_format != "table":
            return
        if self.width:
            from jaccli.report.gradcheck.lines import file_line

            if not self.settings.quiet:
                self.out.print(file_line(item, self.width, min(self.out.width, 100)), soft_wrap=True)
            return
        from jaccli.report.gradcheck.checked import report_table

        if not self.settings.quiet and item.checks:
            self.out.print(report_table(item, verbose=self.settings.verbose, width=self.out.width))
        self.failures(item, known)

    def problem(self, problem: Problem) -> None:
        """Show a problem of a spec that could not be used, as another run has told it."""
        self._broken(SourceError([problem]))

    def _broken(self, item: SourceError | UsageError) -> None:
        """Show why a file could not be used, at once or, where files have lines, at the end."""
        self.errors += 1
        if isinstance(item, SourceError):
            self.problems += item.problems
            self.broken += [problem.span.file for problem in item.problems[:1] if problem.span]
        else:
            self.problems.append(Problem("JAC300", str(item)))
        if not self.width:
            self._trouble(item)
            return
        self.put_off.append(item)
        place = item.problems[0].span if isinstance(item, SourceError) and item.problems else None
        if place and isinstance(item, SourceError) and not self.settings.quiet:
            from jaccli.report.gradcheck.lines import broken_line

            self.out.print(broken_line(place.file, len(item.problems), self.width), soft_wrap=True)

    def _trouble(self, item: SourceError | UsageError) -> None:
        if isinstance(item, SourceError):
            show_problems(item, self.err, count=not self.width)
        else:
            self.err.print(f"error: {item}", soft_wrap=True)

    def failures(self, report: Report, known: frozenset[str]) -> None:
        """Write one file's failures in full, and what was asked for beside them.

        Those that a spec expects are shown where it was named: who names it wants to see them.
        """
        from jaccli.report.gradcheck.problems import failure_text, told_once

        expected = report.expect == Outcome.FAIL and report.ok
        if not expected or {*report.files} & {*self.settings.specs}:
            shown = (c for c in report.checks if c.outcome in (Outcome.FAIL, Outcome.ERROR) and c.id not in known)
            for check, also in told_once(shown):
                self.out.print(failure_text(check, also, expected=expected), soft_wrap=True)
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
            shard=self.shard,
        )  # fmt: skip
        if self.settings.output_format == "table":
            if self.width:
                self._in_full(baseline.failures)
            self.summary(baseline, failing, checked, duration)
        else:
            Request(self.settings.output_format).write(run)
        if self.token:
            command(f"::{self.token}::\n")
        for request in self.settings.requests:
            request.write(run)

    def _in_full(self, known: frozenset[str]) -> None:
        """Write the failures of all files, after the lines."""
        if not self.settings.quiet:
            self.out.print()
        for report in self.reports:
            self.failures(report, known)
        for item in self.put_off:
            self._trouble(item)

    def summary(self, baseline: Baseline, failing: set[str], checked: set[str], duration: float) -> None:
        """Write the last lines: what to mend, the number of checks with each outcome, and what to do next.

        ``failing`` and ``checked`` are ids; known failures that are gone are named.
        """
        from jaccli.report.gradcheck.checked import summary
        from jaccli.report.gradcheck.lines import finding_lines, next_lines
        from jaccli.report.gradcheck.open_entries import IN_A_RUN

        known = baseline.failures
        if not (self.reports or self.errors) and self.missing:
            self.err.print(self.missing, soft_wrap=True)
            return
        if self.settings.durations:
            from jaccli.report.gradcheck.statistics import durations

            self.out.print(f"{durations(seconds_of(self.reports), self.settings.durations)}\n", soft_wrap=True)
        if self.settings.statistics:
            from jaccli.report.gradcheck.statistics import statistics

            self.out.print(f"{statistics(self.reports)}\n", soft_wrap=True)
        wrong = [check for report in self.reports for check in self._to_mend(report, baseline)]
        if not self.settings.quiet and (lines := finding_lines(wrong, self.problems)):
            self.out.print(lines, soft_wrap=True)
        ways = IN_A_RUN
        self.out.print(summary(self.reports, self.errors, self.seed, self.broken, ways, duration), soft_wrap=True)
        failed = [check for check in wrong if check.outcome == Outcome.FAIL]
        if not self.settings.quiet and not self.settings.expressions and "-" not in self.settings.specs and failed:
            specs = not any("::" in check.target for check in failed)
            self.out.print(next_lines(failed, specs), soft_wrap=True)
        if known & failing:
            self.out.print(f"{len(known & failing)} of the failures known, by {self.settings.baseline}", soft_wrap=True)
        for gone in sorted((known & checked) - failing):
            self.out.print(f"no longer fails: {gone}; write the baseline anew", soft_wrap=True)

    def _to_mend(self, report: Report, baseline: Baseline) -> Iterator[Check]:
        """Yield what failed, could not be made, or leaves open what matters, unless it is expected or known."""
        for check in report.checks:
            if check.outcome == Outcome.FAIL and (report.expect == Outcome.PASS or not report.ok):
                yield from () if check.id in baseline.failures else (check,)
            elif check.outcome == Outcome.ERROR or (check.unverified and check.id not in baseline.unverified):
                yield check


def new_failure(report: Report, known: frozenset[str]) -> bool:
    """Return whether a report fails by more than ``known`` failures."""
    failing = {check.id for check in report.checks if check.outcome == Outcome.FAIL}
    return report.outcome == Outcome.FAIL and not (report.expect == "pass" and failing <= known)
