"""A check of a function of arrays → the same with arrays that lie in memory in other ways, and with fewer rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from jaccli.adapters import Task
from jaccli.checker.functions.against.rows import batch_invariance
from jaccli.errors import UsageError
from jaccli.results.checks import Check, Report
from jaccli.results.kinds import Outcome

__all__ = ["in_layouts"]

LAID = {
    "torch": (
        *("inputs strided", "inputs transposed", "inputs expanded", "inputs unaligned"),
        *("cotangents strided", "cotangents transposed", "cotangents expanded"),
    ),
    "jax": (),  # whose arrays have no strides
}
#: Those that need a reference at the same numbers: values say nothing of cotangents that are others than they were drawn.
COMPARED = ("cotangents expanded",)


def in_layouts(check: Callable[[Task], Report], task: Task, framework: str, seed: int) -> Report:
    """Return the rows of a check, of the same one in each layout of the framework, and on whether rows change when others join.

    Errors: UsageError for a framework whose arrays have neither.
    """
    if framework not in LAID:
        raise UsageError(f"layouts are those of PyTorch's tensors, and rows those of PyTorch and JAX (got {framework})")
    known = [name for name in LAID[framework] if task.against is not None or name not in COMPARED]
    reports = {"": check(task), **{name: check(replace(task, layout=name)) for name in known}}
    rows = batch_invariance(task, framework, seed) if task.against is not None else []
    as_given = reports[""]
    checks = (
        _at(row, name)
        for name, report in reports.items()
        for row in report.checks
        if not name or row.tested != "function"
    )
    return replace(as_given, checks=(*checks, *rows), duration=sum(report.duration for report in reports.values()))


def _at(check: Check, name: str) -> Check:
    if not name:
        return check
    if check.outcome == Outcome.INCONCLUSIVE and name.endswith(
        "expanded"
    ):  # other numbers, of which little may be left
        check = replace(check, outcome=Outcome.SKIPPED)
    help_ = f"with {name}: {check.help}" if check.outcome in (Outcome.FAIL, Outcome.ERROR) else check.help
    return replace(check, target=f"{check.target} ({name})", help=help_)
