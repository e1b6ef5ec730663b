"""A function, its inputs and the modes that were asked for → a report."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from jaccli.adapters import Task, Trouble, adapt
from jaccli.adapters.source import file_of, span_of, title_of
from jaccli.adapters.subject import Subject
from jaccli.pipeline.functions import check_function, trouble_report
from jaccli.verdict import Report

__all__ = ["judged"]


def judged(
    fn: Any,
    inputs: Any,
    framework: str,
    modes: Collection[str],
    *,
    rtol: float | None,
    atol: float = 0.0,
    noise: float = 0.0,
) -> Report:
    """Return the verdicts on the derivatives of ``fn`` in ``modes``, "reverse" and "forward".

    atol:  an error below it is no failure; the entry stays undecided, since a tolerance is no evidence.
    noise: by how much the function may differ from call to call.
    """
    try:
        subject = adapt(Task(fn, inputs), framework)
    except Trouble as trouble:
        return trouble_report(trouble, title_of(fn), file_of(fn), span_of(fn), 0)
    report = check_function(_in_modes(subject, modes), rtol=rtol)
    checks = tuple(_tolerated(check, atol, noise, subject) for check in report.checks)
    return replace(report, checks=checks)


def _in_modes(subject: Subject, modes: Collection[str]) -> Subject:
    derivatives = tuple(derivative for derivative in subject.derivatives if derivative.tested in modes)
    notes = tuple(note for note in subject.notes if note.code != "JAC307" or note.name in modes)
    return replace(subject, derivatives=derivatives, notes=notes)


def _tolerated(check: Any, atol: float, noise: float, subject: Subject) -> Any:
    if check.code == "JAC204" and float(subject.noise.max(initial=0.0)) <= noise:
        return replace(check, decided=check.entries)
    if check.outcome == "fail" and check.abs_error <= atol:
        return replace(check, outcome="inconclusive", decided=0, message=f"the error is below atol={atol:g}")
    return check
