"""Settings → checks, shown as they come → exit code."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from jaccli.cli.console import CANNOT_RUN, INTERRUPTED, consoles
from jaccli.cli.display import Display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jaccli.cli.settings import Settings
    from jaccli.verdict import Report

__all__ = ["exit_code", "run"]

WRONG, UNDECIDED, NOTHING = 1, 4, 5


def run(settings: Settings) -> int:
    """Check what the settings name, write the results, and return the exit code; an interruption keeps what is finished."""
    from jaccli.pipeline import find_specs, run_checks

    display = Display(settings, *consoles(settings.color))
    paths = [] if settings.expressions else find_specs(settings.specs)
    start, interrupted = time.perf_counter(), False
    try:
        for item in run_checks(paths, settings.expressions, settings.options()):
            display.take(item)
            if settings.exit_first and display.reports and display.reports[-1].outcome == "fail":
                break
    except KeyboardInterrupt:
        interrupted = True
    display.finish(time.perf_counter() - start)
    return INTERRUPTED if interrupted else exit_code(display.reports, display.errors, settings.fail_on)


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
