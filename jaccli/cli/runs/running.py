"""Settings → checks, shown as they come → exit code."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from jaccli.cli.console import CANNOT_RUN, INTERNAL, INTERRUPTED, consoles, nothing_found
from jaccli.cli.runs.baseline import Baseline, read_baseline, write_baseline
from jaccli.cli.runs.cache import Failure, read, record, refusal, settings_for, write
from jaccli.cli.runs.display import Display, new_failure
from jaccli.cli.runs.progress import Bar
from jaccli.cli.runs.timings import seconds_of, write_timings
from jaccli.cli.runs.work import items, pieces_of
from jaccli.results.kinds import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from jaccli.cli.runs.settings import Settings
    from jaccli.cli.runs.work import Piece
    from jaccli.errors import SourceError, UsageError
    from jaccli.results.checks import Report

__all__ = ["batches_of", "exit_code", "permitted", "run", "run_batches"]

WRONG, UNDECIDED, NOTHING = 1, 4, 5
NO_BASELINE = Baseline()


def run(settings: Settings) -> int:
    """Check what the settings name, write the results, and return the exit code; an interruption keeps what is finished."""
    display = Display(settings, *consoles(settings.color))
    known = read_baseline(settings.baseline) if settings.baseline else Baseline()
    batches = _last_failed(settings, display) if settings.last_failed else [settings]
    return run_batches(settings, batches, display, known)


def run_batches(settings: Settings, batches: Sequence[Settings], display: Display, baseline: Baseline) -> int:
    """Check one batch after the other, keep what fails for ``jac replay``, and return the exit code of all."""
    start, interrupted = time.perf_counter(), False
    failures: list[Failure] = []
    known = baseline.failures
    pieces = {batch: pieces_of(batch) for batch in batches}
    display.missing = display.missing or ("" if any(pieces.values()) else nothing_found(settings.specs))
    display.begin([piece.name for found in pieces.values() for piece in found])
    try:
        for batch in batches:
            for failure in _run_batch(batch, pieces[batch], display, known):
                failures.append(failure)  # noqa: PERF402  one by one, so that an interruption keeps them
            if settings.exit_first and display.failed:
                break
    except KeyboardInterrupt:
        interrupted = True
    checks = [check for report in display.reports for check in report.checks]
    write(failures, [check.id for check in checks])
    failing = [failure.id for failure in failures]
    display.finish(time.perf_counter() - start, baseline, set(failing), {check.id for check in checks})
    if settings.write_timings:
        write_timings(settings.write_timings, seconds_of(display.reports))
    if settings.write_baseline:
        unverified = [check.id for check in checks if check.unverified]
        write_baseline(settings.write_baseline, failing, unverified)
        baseline = Baseline(known | frozenset(failing), baseline.unverified | frozenset(unverified))
    if interrupted:
        return INTERRUPTED
    if settings.shard and not (display.reports or display.errors) and any(pieces.values()):
        display.note(f"note: shard {settings.shard} is empty: there is less to check than there are shards")
        return 0
    return exit_code(display.reports, display.errors, settings.fail_on, baseline)


def _run_batch(batch: Settings, pieces: Sequence[Piece], display: Display, known: frozenset[str]) -> Iterator[Failure]:
    """Show the results of one batch; yield what failed and was not expected to."""
    for item in _items(batch, pieces, display, known):
        if isinstance(item, Exception):
            continue
        if item.expect == "pass" or not item.ok:
            yield from (record(check, item, batch) for check in item.checks if check.outcome == Outcome.FAIL)
        if batch.exit_first and display.failed:
            break


def _items(
    batch: Settings, pieces: Sequence[Piece], display: Display, known: frozenset[str]
) -> Iterator[Report | SourceError | UsageError]:
    """Yield each file's result, shown; of a file that was interrupted what was finished of it, and then the interruption."""
    from jaccli.checker.specs.run import Interrupted

    bar = Bar(display.err, [piece.name or "expressions" for piece in pieces])
    try:
        for item in items(batch, pieces, bar.part, display.belongs_to):
            bar.file()
            with bar.hidden():
                display.take(item, known)
            yield item
    except Interrupted as stop:
        bar.close()
        if stop.report.checks:
            display.take(stop.report, known)
            yield stop.report
        raise
    finally:
        bar.close()


def batches_of(failures: Sequence[Failure], settings: Settings) -> list[Settings]:
    """Return settings that check exactly ``failures`` again; those that differ by their point alone share one."""
    groups: dict[Settings, list[Failure]] = {}
    for failure in failures:
        groups.setdefault(replace(settings_for(failure, settings), points=None), []).append(failure)
    return [
        replace(group, points=max(one.points for one in found), only=frozenset(one.id for one in found))
        for group, found in groups.items()
    ]


def permitted(
    failures: Sequence[Failure], settings: Settings, display: Display, named: Callable[[Failure], Iterable[str]]
) -> list[Failure]:
    """Return the records that may be checked again; show the others as errors, with exit code 2."""
    kept = []
    for failure in failures:
        refused = refusal(failure, settings, named(failure))
        if refused is None:
            kept.append(failure)
        else:
            display.take(refused)
    return kept


def _last_failed(settings: Settings, display: Display) -> list[Settings]:
    """Return what checks the last failures of the named specs again; everything, with a note, where there are none."""
    from jaccli.spec.find import find_specs

    failures, note = read()
    named = settings.specs or settings.expressions
    paths = set(find_specs(settings.specs)) if settings.specs else set()
    found = [
        f
        for f in failures
        if not named
        or {f.spec, f.spec.partition("::")[0]} & paths
        or (f.expressions and f.expressions == settings.expressions)
    ]
    if not found:
        display.note(note or "note: no failure is recorded here; everything is checked")
        return [replace(settings, last_failed=False)]
    return batches_of(permitted(found, settings, display, lambda _: {*paths, *settings.specs}), settings)


def exit_code(reports: Sequence[Report], errors: int, fail_on: str, known: Baseline = NO_BASELINE) -> int:
    """Return the exit code of a run: the first of 3, 2, 1, 4 that applies, 5 where nothing was checked, else 0.

    known: what a baseline allows.
    """
    from jaccli.checker.crashed import is_crash

    checks = [check for report in reports for check in report.checks]
    if any(map(is_crash, reports)):
        return INTERNAL
    if errors:
        return CANNOT_RUN
    if not any(check.outcome != Outcome.SKIPPED for check in checks):
        return NOTHING
    if any(report.outcome == Outcome.ERROR for report in reports):
        return CANNOT_RUN
    if fail_on != "never" and any(new_failure(report, known.failures) for report in reports):
        return WRONG
    undecided = [
        check for check in checks if check.outcome == Outcome.INCONCLUSIVE and check.id not in known.unverified
    ]
    if fail_on != "never" and any(check.unverified or fail_on == "inconclusive" for check in undecided):
        return UNDECIDED
    return 0
