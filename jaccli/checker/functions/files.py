"""A function in a file → its report: imported, called at its points, its derivatives judged like those of ``jaccli.gradcheck``."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

from jaccli.adapters import Subject, Trouble, TroubleError, adapt
from jaccli.adapters.compilers import stages
from jaccli.adapters.source import file_of
from jaccli.checker.after.scan import first_of, scanned
from jaccli.checker.after.shrink_file import example
from jaccli.checker.effort.budget import Budget
from jaccli.checker.effort.telling import telling
from jaccli.checker.functions import run
from jaccli.checker.functions.against.compare import compared
from jaccli.checker.functions.sizes import read_sizes
from jaccli.checker.functions.swept import swept
from jaccli.checker.options import BadOption, CheckOptions
from jaccli.checker.unchecked import limited
from jaccli.deadline import deadline
from jaccli.errors import UsageError, suggestion
from jaccli.results.checks import Check, Report
from jaccli.results.kinds import Outcome
from jaccli.results.scan import Scan
from jaccli.targets import Case, Said, Target, cases, functions, target_of
from jaccli.targets.values import read_at, read_domain, read_scale

__all__ = ["check_target", "names_of"]

CLAIMS = ("jacobian", "vjp", "jvp", "hessian", "hvp")


def names_of(text: str, timeout: float | None = None) -> list[str]:
    """Return the functions that ``text`` stands for, each as the command line names it; ``timeout`` is for the import.

    Errors: SourceError where it cannot be imported, UsageError where it names nothing.
    """
    target = target_of(text)
    with deadline(timeout):
        return [str(Target(target.place, name)) for name, _ in functions(target)]


def check_target(text: str, options: CheckOptions) -> Report:
    """Return the verdicts on the derivatives of one function, at each of its points.

    Errors: SourceError where it cannot be imported, UsageError where its inputs cannot be made. What goes wrong inside it is a row.
    """
    if options.sweep:
        return _swept(text, options)
    target = target_of(text)
    with deadline(options.timeout):
        fn = functions(target)[0][1]
    derivatives = {form: _beside(target, other) for form, other in options.derivatives.items()}
    seed = (options.defaults.seed or 0) if options.seed is None else options.seed
    points = options.points or options.defaults.points or 1
    otherwise = options.defaults.framework or "auto"
    said = Said(
        read_at(options.texts), derivatives, options.framework, points, seed, otherwise,
        scale=read_scale(options.scale), domain=read_domain(options.domain),
    )  # fmt: skip
    found = cases(str(target), fn, said)
    reports = [_checked(target, fn, case, options, seed) for case in found]
    shown = [_shown(target, fn, case, report, options, seed) for case, report in zip(found, reports, strict=True)]
    checks = [
        _at_home(check, target, fn, number, options, seed) for number, r in enumerate(reports) for check in r.checks
    ]
    kept = tuple(_selected(checks, str(target), options))
    duration = sum(report.duration for report in reports)
    first: Report = next((r for r in shown if r.smallest or r.scan), Report(checks=()))
    return replace(first, checks=kept, seed=seed, duration=duration, files=(str(target),))


def _swept(text: str, options: CheckOptions) -> Report:
    """Return the verdicts at each of the sizes that the options name, which the inputs are written with."""
    said = dict(_said_size(size) for size in options.sweep)
    sizes = {name: read_sizes(name, span) for name, span in said.items()}
    for name in sizes:
        if not any(re.search(rf"\b{re.escape(name)}\b", value.partition("=")[2]) for value in options.texts):
            raise UsageError(
                f"--sweep {name}=… names a size that no input has; write it in one, as --at 'x=normal({name}, 64)'"
            )

    def check(one: Mapping[str, int], smallest: bool = False) -> Report:
        texts = tuple(_sized(value, one) for value in options.texts)
        again = options.again
        for before, after in zip(options.texts, texts, strict=True):
            again = again.replace(shlex.join(["--at", before]), shlex.join(["--at", after]))
        return check_target(text, replace(options, at=texts, again=again, sweep=(), wanted=None, smallest=smallest))

    example = (lambda one: check(one, smallest=True).smallest) if options.smallest else None
    report = swept(check, sizes, options.seed or 0, example=example)
    wanted = options.wanted
    return report if wanted is None else replace(report, checks=tuple(c for c in report.checks if wanted(c.id)))


def _said_size(text: str) -> tuple[str, str]:
    name, equals, span = text.partition("=")
    if not equals or not name.isidentifier():
        raise UsageError(f"--sweep must be NAME=SIZES, as in seq=1..130 or d=63,64,65 (got {text})")
    return name, span


def _sized(text: str, sizes: Mapping[str, int]) -> str:
    """Return what ``--at`` says with numbers for the names of sizes."""
    name, equals, value = text.partition("=")
    for size, number in sizes.items():
        value = re.sub(rf"\b{re.escape(size)}\b", str(number), value)
    return name + equals + value


def _beside(target: Target, text: str) -> Any:
    """Return the function that an option names: in the same place, or with a place of its own."""
    return functions(target_of(text) if "::" in text else Target(target.place, text))[0][1]


def _shown(target: Target, fn: Any, case: Case, report: Report, options: CheckOptions, seed: int) -> Report:
    """Return the report with the scan and the smallest example that are asked for, where there are any."""
    failed = first_of(report.checks)
    if options.smallest and failed is not None and failed.outcome == Outcome.FAIL:
        plain = replace(options, smallest=False, scan=None)

        def fails(smaller: Case) -> bool:
            checks = _checked(target, fn, smaller, plain, seed).checks
            return any(check.outcome == Outcome.FAIL and check.code == failed.code for check in checks)

        rtol = options.rtol or case.rtol or options.defaults.rtol
        said: dict[str, Any] = {"rtol": rtol, "seed": seed, "directions": options.directions, "full": options.full}
        said |= {"compiled": options.compiled, "reference": "" if case.task.against is not None else options.reference}
        report = replace(report, smallest=example(target, fn, case, options.derivatives, said, fails))
    if options.scan is not None:
        found = limited(options.timeout, partial(_scanned, target, case, options.scan, report.checks))
        report = replace(report, scan=None if isinstance(found, Trouble) else found)
    return report


def _scanned(target: Target, case: Case, entry: str, checks: Sequence[Check]) -> Scan | Trouble | None:
    try:
        subject = replace(adapt(case.task, case.framework), title=target.function)
        known = {derivative.tested for derivative in subject.derivatives}
        outputs, inputs = ({x.name: x.value.shape for x in leaves} for leaves in (subject.outputs, subject.inputs))
        mine = [check for check in checks if check.tested in known and check.about is None]
        return scanned(entry, mine, outputs, inputs, "input", lambda check: subject)
    except TroubleError as error:  # which has a row already
        return error.trouble


def _checked(target: Target, fn: Any, case: Case, options: CheckOptions, seed: int) -> Report:
    task = replace(case.task, wrt=options.selection.wrt)
    rtol = options.rtol or case.rtol or options.defaults.rtol
    whole = replace(options, rtol=rtol, atol=options.atol or case.atol, seed=seed, scan=None)
    claimed = any(getattr(task, form) is not None for form in CLAIMS)
    if claimed and options.compiled:
        raise UsageError("--compile is for a framework's own derivatives: leave --jacobian, --vjp and --jvp out")
    if options.compiled and options.layouts:
        raise UsageError("--layouts is for one function at a time: leave --compile out")
    if options.compiled:
        truth = task.against if task.against is not None else task.fn
        made = [("as it is", task.fn), *stages(task.fn, case.framework, options.compiled)]
        tasks = [(name, replace(task, fn=one, against=truth)) for name, one in made]
        return compared(tasks, case.framework, whole, Budget(options.timeout))
    if case.framework == "numpy" and not claimed and task.against is None and not options.layouts:
        raise UsageError(
            f"{target} has no derivative to check: name one beside it with --vjp, --jacobian or --jvp, write "
            "@jaccli.check(vjp=…) above it, or give --framework if it is not a NumPy function"
        )
    try:
        return run.check(task, case.framework, whole, Budget(options.timeout), partial(_watched, target, options))
    except BadOption as bad:
        written = {"reference": "--against"}
        raise UsageError(BadOption.worded(lambda name: written.get(name, f"--{name}"), bad.name, bad.reason)) from None


@contextmanager
def _watched(target: Target, options: CheckOptions, subject: Subject) -> Iterator[Subject]:
    """Hold the function under the name that the command line has for it; standard error says how far its check is."""
    named = replace(subject, title=target.function)
    with telling(named, str(target)) if options.shows_progress else nullcontext(named) as watched:
        yield watched


def _at_home(check: Check, target: Target, fn: Any, number: int, options: CheckOptions, seed: int) -> Check:
    """Return a check under the name the command line has for its function, and for the point."""
    which = f" --of {shlex.quote(check.of)} --wrt {shlex.quote(check.wrt)}" if check.wrt else ""
    points = f" --points {number + 1}" if number and (options.points or options.defaults.points) else ""
    return replace(
        check,
        target=str(target) + _variant(check),
        point_index=number,
        file=target.place if target.is_file else file_of(fn),
        rerun=f"jac gradcheck {shlex.quote(str(target))}{which}{points} --seed {seed}{options.again}",
    )


def _variant(check: Check) -> str:
    """Return what follows the name of a function in a check of one of its forms, as `` (inductor)``; "" for the function itself."""
    found = re.search(r"( \([^()]*\))+$", check.target)
    return found[0] if found else ""


def _selected(checks: list[Check], name: str, options: CheckOptions) -> Iterator[Check]:
    """Yield the checks that the options ask for; trouble with the function itself is always among them.

    Errors: UsageError for an output or an input the function does not have.
    """
    for wanted, known, what in (
        (options.selection.of, {c.of for c in checks if c.wrt}, "output"),
        (options.selection.wrt, {c.wrt for c in checks if c.wrt}, "input"),
    ):
        for word in wanted:
            if known and word not in known:
                hint = suggestion(word, known) or f"known: {', '.join(sorted(known))}"
                raise UsageError(f"`{word}` is not an {what} of {name}; {hint}")
    for check in checks:
        of, wrt = options.selection.of, options.selection.wrt
        named = (not of or check.of in of) and (not wrt or check.wrt in wrt)
        if (named or not check.wrt) and (options.wanted is None or options.wanted(check.id)):
            yield check
