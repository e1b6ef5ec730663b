"""One built spec → its report: every route and claim judged, output by output, at every point."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from jaccli.adapters import Subject, TroubleError
from jaccli.checker.after.scan import scanned
from jaccli.checker.after.shrink_spec import smallest
from jaccli.checker.effort.budget import Budget
from jaccli.checker.effort.demand import Limits, checked_demand, refuse
from jaccli.checker.judge import Judge
from jaccli.checker.options import CheckOptions, in_force, judged_outputs, points_of
from jaccli.checker.problem import Problem
from jaccli.checker.specs.from_spec import TESTED, SpecProblem
from jaccli.checker.specs.gradient import GradientProblem
from jaccli.checker.specs.target import Codes, Implementation
from jaccli.checker.specs.unvisited import unvisited
from jaccli.errors import SourceError, UsageError
from jaccli.graph.broadcasts import stretched
from jaccli.graph.build import Built
from jaccli.graph.fewer_rows import few_rows, rows_text
from jaccli.graph.load import load_each, load_expressions
from jaccli.graph.selection import Selection, select
from jaccli.memory import not_enough
from jaccli.results.checks import Check, Report
from jaccli.results.ids import check_id
from jaccli.results.kinds import Label, Outcome
from jaccli.results.scan import Scan
from jaccli.spec.points import Point
from jaccli.spec.schema import Spec

__all__ = ["Interrupted", "check", "run_checks"]


class Interrupted(KeyboardInterrupt):
    """The user interrupted a check; ``report`` holds what was finished."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


def check(built: Built, options: CheckOptions | None = None) -> Report:
    """Judge every route and claim of a spec against differences, at each of its points.

    Errors: UsageError for a selection the spec does not have, or an input without a value; SourceError (JAC009) where it would
            take more than the options allow.
    """
    options = in_force(options or CheckOptions(), built.spec)
    start = time.perf_counter()
    outputs, variables = judged_outputs(built, options), select(built, options.selection)[1]
    seed, count = options.seed or 0, options.points or 1
    limits = Limits(options.max_operations, options.max_memory)
    if limits != Limits():  # before points are drawn, which may be large themselves
        demand = checked_demand(built, outputs, variables, count, options.directions, options.full, options.order)
        refuse(demand, limits, "checking the derivatives")
    points = points_of(built, options)
    parts = [(index, point, of) for index, point in enumerate(points) for of in outputs]
    checks: list[Check] = []
    codes = Codes(built, options.allow_code)
    try:
        for done, (index, point, of) in enumerate(parts):
            if options.progress:
                options.progress(done, len(parts))
            _fill(checks, built, variables, of, index, point, options, codes)
    except KeyboardInterrupt:
        raise Interrupted(_report(built, options, checks, seed, start)) from None
    report = _with_unvisited(_report(built, options, checks, seed, start), built, outputs, points, options)
    failed = next((c for c in checks if c.outcome == Outcome.FAIL and (c.tested in TESTED or c.tested.of_code)), None)
    if options.smallest and failed is not None:
        fails = functools.partial(_fails_like, failed, built.spec if failed.tested not in TESTED else None, options)
        report = replace(report, smallest=smallest(built, failed, fails))
    if options.scan is None or options.order != 1:
        return report
    return replace(report, scan=_scanned(built, options.scan, checks, points, options, codes))


def _with_unvisited(
    report: Report, built: Built, outputs: Sequence[str], points: Sequence[Point], options: CheckOptions
) -> Report:
    """Return the report with the branches that no point took; of a whole run, since a part of one does not look everywhere."""
    if options.wanted is not None or options.order != 1:
        return report
    branches, more = unvisited(built, outputs, points)
    words = (f"whether points took both sides of {more:,} more choices was not looked at",) if more else ()
    return replace(report, unvisited=branches, warnings=(*report.warnings, *words))


def _fails_like(known: Check, coded: Spec | None, given: CheckOptions, built: Built) -> bool:
    """Return whether a spec's derivative of the same name fails by the same code.

    coded: the spec whose code it is that fails; None where no code is run.
    """
    callee, source = (coded.callee, coded.source) if coded is not None else (None, built.spec.source)
    built = replace(built, spec=replace(built.spec, callee=callee, source=source))
    selection = Selection((known.of,), (known.wrt,) if known.wrt else ())
    options = CheckOptions(
        selection=selection,
        points=1,
        rtol=known.rtol,
        wanted=check_id(built.spec.target, known.of, known.wrt, known.tested, 0).__eq__,
        reference=given.reference,
        allow_code=given.allow_code,
        timeout=given.timeout,
    )
    found = check(built, options).checks
    return any(one.outcome == Outcome.FAIL and one.code == known.code for one in found)


def _fill(
    checks: list[Check], built: Built, variables: Sequence[str], of: str, index: int, point: Point, options: CheckOptions,
    codes: Codes,
) -> None:  # fmt: skip
    """Append the checks of one output at one point to ``checks`` as they come; what ran out of time is listed as such."""
    budget = Budget(options.timeout)
    code = codes.at(index, point, budget)
    for problem in _problems(built, variables, of, index, point, options, code):
        Judge(problem, options, budget).fill(checks)


def _problems(
    built: Built, variables: Sequence[str], of: str, index: int, point: Point, options: CheckOptions, code: Implementation | None
) -> Iterator[Problem]:  # fmt: skip
    """Yield what there is to judge: an output, or with order 2 its gradient by each variable."""
    if options.order == 1:
        yield SpecProblem(built, of, point, index, options, variables, code)
        return
    for k, first in enumerate(variables):
        if point[first].size:
            yield GradientProblem(first, built, of, point, index, options, variables[k:])


def _scanned(
    built: Built, entry: str, checks: Sequence[Check], points: Sequence[Point], options: CheckOptions, codes: Codes
) -> Scan | None:
    """Return the scan of an entry, or of the first failure, at the point where it was checked."""

    def subject_of(check: Check) -> Subject:
        index = check.point_index
        code = codes.at(index, points[index], Budget(options.timeout))
        return SpecProblem(built, check.of, points[index], index, options, [check.wrt], code).subject

    outputs = {name: node.shape for name, node in built.outputs.items()}
    inputs = {name: built.variables[name].shape for name in built.differentiable}
    try:
        return scanned(entry, checks, outputs, inputs, "input or param", subject_of)
    except TroubleError:  # which has a row already
        return None


def _report(built: Built, options: CheckOptions, checks: Sequence[Check], seed: int, start: float) -> Report:
    claimed = (options.wanted is None and options.order == 1) or any(check.tested == Label.CLAIM for check in checks)
    return Report(
        checks=tuple(checks),
        seed=seed,
        duration=time.perf_counter() - start,
        expect=built.spec.check.expect if claimed else Outcome.PASS,
        files=(built.spec.target,),
        warnings=stretched(built),
    )


def run_checks(
    paths: Sequence[str], expressions: Sequence[str], options: CheckOptions
) -> Iterator[Report | SourceError | UsageError]:
    """Yield for each spec its report, or what is wrong with it; one that cannot be used does not stop the others.

    An unexpected exception becomes the report of its spec, with a row that asks the user to report it (JAC399).
    """
    for path in paths or ([""] if expressions else []):
        try:
            found = load_each(path) if path else iter([load_expressions(expressions, options.values)])
            for built in found:
                yield _checked(built, options)
        except (SourceError, UsageError) as error:
            yield error
        except MemoryError as error:
            yield UsageError(f"{path or '<expression>'}: {not_enough(error)}")
        except Exception:
            yield _crashed(path, options)


def _checked(built: Built | SourceError, options: CheckOptions) -> Report | SourceError | UsageError:
    if isinstance(built, SourceError):
        return built
    try:
        return replace(check(few_rows(built), options), rows=rows_text(built))
    except (SourceError, UsageError) as error:
        return error
    except MemoryError as error:
        return UsageError(f"{built.spec.target}: {not_enough(error)}")
    except Exception:
        return _crashed(built.spec.target, options)


def _crashed(name: str, options: CheckOptions) -> Report:
    from jaccli.checker.crashed import crash_report

    return crash_report(name or "<expression>", seed=options.seed or 0)
