"""``jac gradcheck``: judge derivatives against independent references, and say so by the exit code."""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING, Annotated

import typer

from jaccli import __version__
from jaccli.cli.console import CANNOT_RUN, INTERRUPTED, consoles, guarded, show_problems
from jaccli.cli.options import At, Color, Expressions, Format, Of, Specs, Wrt
from jaccli.errors import SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from jaccli.errors import Problem
    from jaccli.verdict import Report

__all__ = ["gradcheck"]

WRONG, UNDECIDED, NOTHING = 1, 4, 5


@guarded
def gradcheck(
    specs: Specs = None,
    expression: Expressions = None,
    at: At = None,
    of: Of = None,
    wrt: Wrt = None,
    points: Annotated[
        int | None,
        typer.Option(
            "--points",
            min=1,
            max=10_000,
            help="How many points: the given one, and others from the ranges.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed", min=0, help="Makes the drawn points repeatable.  [default: the spec's, or 0]", show_default=False
        ),
    ] = None,
    rtol: Annotated[
        float | None,
        typer.Option(
            "--rtol", help="The relative error that matters.  [default: the spec's, or 1e-6]", show_default=False
        ),
    ] = None,
    exit_first: Annotated[bool, typer.Option("-x", "--exitfirst", help="Stop at the first file that fails.")] = False,
    fail_on: Annotated[str, typer.Option("--fail-on", help="fail, inconclusive or never.")] = "fail",
    output_format: Format = "table",
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Only failures and the last line.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="A row for each route.")] = False,
    color: Color = "auto",
) -> None:
    """Check derivatives against differences with error bars, entry by entry.

    Exit codes: 0 nothing failed, 1 a derivative is wrong, 2 a spec could not be used, 3 internal error, 4 a check has no decided
    entry, 5 nothing was selected, 130 interrupted.
    """
    from jaccli.pipeline import Options, Selection, find_specs, run_checks
    from jaccli.spec.load import parse_at

    out, err = consoles(color)
    for name, value, known in (
        ("--output-format", output_format, ("table", "json")),
        ("--fail-on", fail_on, ("fail", "inconclusive", "never")),
    ):
        if value not in known:
            raise UsageError(f"{name} must be one of {', '.join(known)} (got {value})")
    if rtol is not None and not 0 < rtol < 1:
        raise UsageError(f"--rtol must lie between 0 and 1 (got {rtol})")
    if specs and expression:
        raise UsageError("give spec files or expressions with -e, not both")
    paths = [] if expression else find_specs(specs or [])
    target = shlex.join(part for text in expression or [] for part in ("-e", text))
    again = [part for text in at or [] for part in ("--at", text)] + (["--rtol", f"{rtol:g}"] if rtol else [])
    options = Options(
        Selection(tuple(of or ()), tuple(wrt or ())),
        parse_at(at or []),
        points,
        seed,
        rtol,
        target,
        f" {shlex.join(again)}" if again else "",
    )
    start, shown = time.perf_counter(), _Shown(out, err, output_format, quiet, verbose)
    code = None
    try:
        for item in run_checks(paths, expression or [], options):
            shown.take(item)
            if exit_first and shown.reports and shown.reports[-1].outcome == "fail":
                break
    except KeyboardInterrupt:
        code = INTERRUPTED
    shown.finish(seed if seed is not None else next((r.seed for r in shown.reports), 0), time.perf_counter() - start)
    raise typer.Exit(exit_code(shown.reports, shown.errors, fail_on) if code is None else code)


def exit_code(reports: Sequence[Report], errors: int, fail_on: str) -> int:
    """Return the exit code of a run: the first of 2, 1, 4 that applies, 5 where nothing was checked, else 0."""
    checks = [check for report in reports for check in report.checks]
    if errors:
        return CANNOT_RUN
    if not any(check.outcome != "skipped" for check in checks):
        return NOTHING
    if any(report.outcome == "error" for report in reports):
        return CANNOT_RUN
    if fail_on != "never" and any(report.outcome == "fail" for report in reports):
        return WRONG
    undecided = [check for check in checks if check.outcome == "inconclusive"]
    if fail_on != "never" and any(not check.decided or fail_on == "inconclusive" for check in undecided):
        return UNDECIDED
    return 0


class _Shown:
    """Writes results as they come, or all together as JSON."""

    def __init__(self, out: Console, err: Console, output_format: str, quiet: bool, verbose: bool) -> None:
        self.out, self.err, self.format, self.quiet, self.verbose = out, err, output_format, quiet, verbose
        self.reports: list[Report] = []
        self.problems: list[Problem] = []
        self.errors = 0

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
            if self.format == "table":
                self.table(item)

    def table(self, report: Report) -> None:
        from jaccli.report.checked import report_table
        from jaccli.report.problems import failure_text

        if report.expect == "pass" or not report.ok:
            for check in report.checks:
                if check.outcome == "fail":
                    self.out.print(failure_text(check), soft_wrap=True)
        if not self.quiet and report.checks:
            self.out.print(report_table(report, verbose=self.verbose))

    def finish(self, seed: int, duration: float) -> None:
        """Write the summary, or the JSON document."""
        if self.format == "json":
            from jaccli.report.json import gradcheck_json

            print(gradcheck_json(self.reports, self.problems, __version__, seed, duration))
            return
        from jaccli.report.checked import summary

        self.out.print(summary(self.reports, self.errors, seed), soft_wrap=True)
