"""A task of any framework → the verdicts on its derivatives: which of the ways to judge a function is taken, for all who ask."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial

from jaccli.adapters import Subject, Task, TroubleError, adapt, framework_of, without_trouble
from jaccli.adapters.source import file_of, span_of, title_of
from jaccli.adapters.whole import whole_of
from jaccli.checker.effort.budget import Budget
from jaccli.checker.functions.against.judge import against_reference
from jaccli.checker.functions.from_function import check_function, trouble_report
from jaccli.checker.functions.hessian import as_second, gradient_task
from jaccli.checker.functions.layouts import in_layouts
from jaccli.checker.options import BadOption, CheckOptions
from jaccli.checker.whole.judge import judged_whole
from jaccli.results.checks import Report

__all__ = ["check"]

Held = Callable[[Subject], AbstractContextManager[Subject]]


def check(task: Task, framework: str, options: CheckOptions, budget: Budget, held: Held = nullcontext) -> Report:
    """Return the verdicts on the derivatives of a function: against its reference, in all layouts, as a whole, or of order 2.

    held:   the function as it is judged, while it is judged: under another name, elsewhere, or watched.
    Errors: UsageError for what cannot be asked together; MissingLibrary for a framework that is not installed.
    """
    _refuse(task, options)
    if options.layouts:
        name = framework_of(task.fn, task.inputs) if framework == "auto" else framework
        alone = replace(options, layouts=False)
        return in_layouts(lambda one: check(one, name, alone, budget, held), task, name, options.seed or 0)
    if task.against is not None:
        return against_reference(task, framework, options, budget)
    if options.order == 2:
        return _second(task, framework, replace(options, order=1), budget, held)
    second = task.hessian is not None or task.hvp is not None
    first = _first(replace(task, hessian=None, hvp=None), framework, options, budget, held, whole=not second)
    if not second:
        return first
    also = _second(task, framework, options, budget, held)
    return replace(first, checks=(*first.checks, *also.checks), duration=first.duration + also.duration)


def _refuse(task: Task, options: CheckOptions) -> None:
    """Raise UsageError for what cannot be asked together."""
    claims = {form: getattr(task, form) for form in ("jacobian", "vjp", "jvp", "hessian", "hvp")}
    claimed = any(claim is not None for claim in claims.values())
    for name, asked in (("layouts", options.layouts), ("reference", task.against is not None)):
        if asked and claimed:
            given = " and ".join(f"{{{form}}}" for form, claim in claims.items() if claim is not None)
            raise BadOption(name, f"is for a framework's own derivatives: leave {given} out")
        if asked and options.order == 2:
            raise BadOption(name, "is for first derivatives: leave {order} 2 out")
    if (task.hessian is not None or task.hvp is not None) and task.jacobian is None and task.vjp is None:
        given = "hessian" if task.hessian is not None else "hvp"
        raise BadOption(given, "is checked against differences of the gradient: give {jacobian} or {vjp} as well")
    if task.against is None:
        return
    if not callable(task.against):
        kind = type(task.against).__name__
        raise BadOption("reference", f"must be a function called like {title_of(task.fn)} (got a {kind})")
    if options.atol or options.full or options.directions is not None:
        raise BadOption("reference", "judges by rounding at random points: leave {atol}, {full} and {directions} out")


def _first(
    task: Task, framework: str, options: CheckOptions, budget: Budget, held: Held, whole: bool = False
) -> Report:
    """Return the verdicts on first derivatives, or why there are none.

    whole: whether one of very many parameters may be judged as a whole.
    """
    seed = options.seed or 0
    if whole and _has_no_wishes(task, options):
        large = whole_of(task.fn, task.inputs, framework)
        if large is not None:
            found = budget.limited(lambda: judged_whole(large, options))
            if isinstance(found, Report):
                return found
            return trouble_report(found, large.title, large.file, large.span, seed)
    try:
        subject = without_trouble(budget.limited(partial(adapt, task, framework)))
    except TroubleError as error:
        return trouble_report(error.trouble, title_of(task.fn), file_of(task.fn), span_of(task.fn), seed)
    with held(subject) as watched:
        return check_function(watched, options, budget)


def _has_no_wishes(task: Task, options: CheckOptions) -> bool:
    """Return whether nothing is asked for that a function has only entry by entry."""
    asked = (task.jacobian, task.vjp, task.jvp, task.domain, task.scale, options.directions)
    plain = not (options.full or task.vectorized or options.atol or task.wrt or task.layout)
    return plain and options.reference == "auto" and all(one is None for one in asked)


def _second(task: Task, framework: str, options: CheckOptions, budget: Budget, held: Held) -> Report:
    """Return the verdicts on second derivatives: on the user's, else on those that the framework takes of its own gradient."""
    if task.hessian is not None or task.hvp is not None:
        return as_second(_first(gradient_task(task), "numpy", options, budget, held))
    if task.jacobian is not None or task.vjp is not None or task.jvp is not None:
        raise BadOption("order", "2 judges {hessian} or {hvp} beside {jacobian} or {vjp}: give one of them")
    return _first(replace(task, order=2), framework, options, budget, held)
