"""One built spec → its report: every route and claim judged, output by output, at every point."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from jaccli.checker.after.scan_spec import scanned
from jaccli.checker.after.shrink_spec import smallest
from jaccli.checker.demand import Limits, checked_demand, refuse
from jaccli.checker.options import RTOL, Options, judged_outputs, points_of, settled
from jaccli.checker.references.graph import References
from jaccli.checker.spec_judge import TESTED, Judge
from jaccli.checker.spec_target import LABELS, Codes
from jaccli.checker.unvisited import unvisited
from jaccli.deadline import TimedOut, deadline
from jaccli.errors import SourceError, UsageError
from jaccli.graph.build import Built
from jaccli.graph.fewer_rows import few_rows, rows_text
from jaccli.graph.load import load_each, load_expressions
from jaccli.graph.selection import Selection, select
from jaccli.results.checks import Check, Report
from jaccli.spec.points import Point
from jaccli.spec.schema import Spec
from jaccli.types import Array

__all__ = ["Interrupted", "check", "run_checks"]


class Interrupted(KeyboardInterrupt):
    """The user interrupted a check; ``report`` holds what was finished."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


def check(built: Built, options: Options | None = None) -> Report:
    """Judge every route and claim of a spec against differences, at each of its points.

    Errors: UsageError for a selection the spec does not have, or an input without a value; SourceError (JAC009) where it would
            take more than the options allow.
    """
    options = settled(options or Options(), built.spec)
    if options.order not in (1, 2):
        raise UsageError(f"'order' must be 1 or 2 (got {options.order!r})")
    start = time.perf_counter()
    outputs, variables = judged_outputs(built, options), select(built, options.selection)[1]
    seed = options.seed or 0
    points = points_of(built, options)
    limits = Limits(options.max_operations, options.max_memory)
    if limits != Limits():
        demand = checked_demand(built, outputs, variables, len(points), options.directions, options.full, options.order)
        refuse(demand, limits, "checking the derivatives")
    parts = [(index, point, of) for index, point in enumerate(points) for of in outputs]
    checks: list[Check] = []
    codes = Codes(built, options.allow_code)
    try:
        for done, (index, point, of) in enumerate(parts):
            if options.progress:
                options.progress(done, len(parts))
            _fill(checks, Judge(built, of, point, index, seed, options, codes), variables)
    except KeyboardInterrupt:
        raise Interrupted(_report(built, options, checks, seed, start)) from None
    report = replace(
        _report(built, options, checks, seed, start), unvisited=_unvisited(built, outputs, points, options)
    )
    failed = next((c for c in checks if c.outcome == "fail" and c.tested in (*TESTED, *LABELS, "target")), None)
    if options.smallest and failed is not None:
        fails = functools.partial(_fails_like, failed, built.spec if failed.tested not in TESTED else None, options)
        report = replace(report, smallest=smallest(built, failed, fails))
    if options.scan is None or options.order != 1:
        return report
    return replace(report, scan=scanned(built, options.scan, checks, functools.partial(_function, built), codes))


def _unvisited(built: Built, outputs: Sequence[str], points: Sequence[Point], options: Options) -> tuple[str, ...]:
    """Return the branches that no point took; of a whole run, since a part of one does not look everywhere."""
    return unvisited(built, outputs, points) if options.wanted is None and options.order == 1 else ()


def _fails_like(known: Check, coded: Spec | None, given: Options, built: Built) -> bool:
    """Return whether a spec's derivative of the same name fails by the same code.

    coded: the spec whose code it is that fails; None where no code is run.
    """
    callee, source = (coded.callee, coded.source) if coded is not None else (None, built.spec.source)
    built = replace(built, spec=replace(built.spec, callee=callee, source=source))
    selection = Selection((known.of,), (known.wrt,) if known.wrt else ())
    options = Options(
        selection,
        points=1,
        rtol=known.rtol,
        wanted=lambda id_: f"[{known.tested}-p0]" in id_,
        reference=given.reference,
        allow_code=given.allow_code,
        timeout=given.timeout,
    )
    found = check(built, options).checks
    return any(one.outcome == "fail" and one.code == known.code for one in found)


def _function(built: Built, of: str, wrt: str, point: Point) -> Callable[[Array], Array]:
    return References(built, of, point, np.zeros(0), RTOL, "difference").function(wrt)


def _fill(checks: list[Check], judge: Judge, variables: Sequence[str]) -> None:
    """Put the checks of one output at one point into ``checks`` as they come; those there was no time for say so."""
    before = len(checks)
    try:
        with deadline(judge.options.timeout):
            checks.extend(judge.wanted(variables))
    except TimedOut:
        done = {check.id for check in checks[before:]}
        checks.extend(check for check in judge.timed_out(variables) if check.id not in done)


def _report(built: Built, options: Options, checks: Sequence[Check], seed: int, start: float) -> Report:
    claimed = (options.wanted is None and options.order == 1) or any(check.tested == "claim" for check in checks)
    return Report(
        checks=tuple(checks),
        seed=seed,
        duration=time.perf_counter() - start,
        expect=built.spec.check.expect if claimed else "pass",
        files=(built.spec.target,),
    )


def run_checks(
    paths: Sequence[str], expressions: Sequence[str], options: Options
) -> Iterator[Report | SourceError | UsageError]:
    """Yield for each spec its report, or what is wrong with it; one that cannot be used does not stop the others.

    An exception that nobody foresaw is the report of its spec, with a row that asks for it to be reported (JAC399).
    """
    for path in paths or ([""] if expressions else []):
        try:
            found = load_each(path) if path else iter([load_expressions(expressions, options.at or {})])
            for built in found:
                yield _checked(built, options)
        except (SourceError, UsageError) as error:
            yield error
        except Exception:
            yield _crashed(path, options)


def _checked(built: Built | SourceError, options: Options) -> Report | SourceError | UsageError:
    if isinstance(built, SourceError):
        return built
    try:
        return replace(check(few_rows(built), options), rows=rows_text(built))
    except (SourceError, UsageError) as error:
        return error
    except Exception:
        return _crashed(built.spec.target, options)


def _crashed(name: str, options: Options) -> Report:
    from jaccli.checker.crashed import crash_report

    return crash_report(name or "<expression>", seed=options.seed or 0)
