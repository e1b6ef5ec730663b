"""A function, its inputs and the modes that were asked for → a report."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from jaccli.adapters import Task, TroubleError, adapt
from jaccli.adapters.source import file_of, span_of, title_of
from jaccli.adapters.subject import Subject
from jaccli.checker.functions.from_function import check_function, trouble_report
from jaccli.checker.options import CheckOptions
from jaccli.results.checks import Report

__all__ = ["Default", "judged", "named"]


class Default(float):
    """A default with the original's value, distinguishable from the same number given by the user."""


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

    atol:  an absolute error that does not matter.
    noise: by how much the function may differ from call to call.
    """
    try:
        subject = adapt(Task(fn, inputs), framework)
    except TroubleError as error:
        return trouble_report(error.trouble, title_of(fn), file_of(fn), span_of(fn), 0)
    report = check_function(_in_modes(subject, modes), CheckOptions(rtol=rtol, atol=atol))
    checks = tuple(_tolerated(check, noise, subject) for check in report.checks)
    return replace(report, checks=checks)


def named(report: Report, of: Any, call: str) -> Report:
    """Return the report on a derivative of ``of``, with the place of ``of`` and the call that repeats it."""
    place = span_of(of)
    checks = tuple(replace(check, span=place, file=file_of(of), rerun=call) for check in report.checks)
    return replace(report, checks=checks, files=(f"{file_of(of)}::{call}",))


def _in_modes(subject: Subject, modes: Collection[str]) -> Subject:
    derivatives = tuple(derivative for derivative in subject.derivatives if derivative.tested in modes)
    notes = tuple(note for note in subject.notes if note.code != "JAC307" or note.name in modes)
    return replace(subject, derivatives=derivatives, notes=notes)


def _tolerated(check: Any, noise: float, subject: Subject) -> Any:
    if check.code == "JAC204" and float(subject.noise.max(initial=0.0)) <= noise:
        return replace(check, decided=check.entries, open_share=0.0)
    return check
