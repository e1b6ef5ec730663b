"""A kernel, its inputs and a reference → the report on values, on derivatives by every input, and on the reference itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject, Task, Trouble, TroubleError, adapt, without_trouble
from jaccli.adapters.source import file_of, span_of, title_of
from jaccli.checker.effort.budget import Budget
from jaccli.checker.functions.against.formats import format_name
from jaccli.checker.functions.against.pair import DRAWS, Looks, Pair, Terms
from jaccli.checker.functions.against.places import placed
from jaccli.checker.functions.against.verdict import Verdict, judged
from jaccli.checker.functions.against.words import found_wrong, seen, too_coarse
from jaccli.checker.functions.from_function import check_function, trouble_report
from jaccli.checker.options import CheckOptions
from jaccli.checker.references.function import tolerance
from jaccli.results.checks import Check, Report
from jaccli.results.kinds import JudgedBy, Label, Outcome

__all__ = ["against_reference", "check_against"]

DOUBLE = 2.0**-52
SINGLE = 2.0**-23
TENSOR_FLOAT = 2.0**-10  # the machine epsilon of TF32
SHOWN = 64.0  # conditions, above which more is lost than single precision explains


def against_reference(task: Task, framework: str, options: CheckOptions, budget: Budget) -> Report:
    """Return the verdicts on a function by the one in ``task.against``; errors as for ``check_against``."""
    other = task.layout if task.layout.endswith("expanded") else ""  # which alone has other numbers
    plain = replace(task, fn=task.against, against=None, exact=True, layout=other)
    made: list[Subject] = []
    for asked in (replace(task, held_to="own"), replace(plain, held_to="double")):
        try:
            subject = without_trouble(budget.limited(partial(adapt, asked, framework)))
        except TroubleError as error:
            return trouble_report(
                error.trouble, title_of(asked.fn), file_of(asked.fn), span_of(asked.fn), options.seed or 0
            )
        made.append(subject)
    kernel, reference = made
    double = all(x.eps <= DOUBLE for x in kernel.inputs)
    try:
        same = adapt(replace(plain, held_to="single" if double else "own"), framework)
    except TroubleError:
        same = None
    return check_against(kernel, reference, same, options, budget, plainly=not task.layout)


def check_against(
    kernel: Subject,
    reference: Subject,
    same: Subject | None,
    options: CheckOptions,
    budget: Budget,
    plainly: bool = True,
) -> Report:
    """Return the verdicts on a kernel in its own precision, by the same mathematics in float64.

    kernel:    held to its own precision (``Task.held_to``); reference: held to double precision; same: it, in its own.
    plainly:   whether arrays lie in memory as they were given; else the reference was judged before.
    Law:       the reference's own derivative is judged as any function's is, by its values; what of it is not right is reported.
    Errors:    none; what goes wrong in the user's code becomes a row.
    """
    start, seed = time.perf_counter(), options.seed or 0
    rtol = options.rtol or tolerance(None, *sorted((*kernel.inputs, *kernel.outputs), key=lambda leaf: leaf.eps)[-2:])
    notes = _about_the_reference(reference, replace(options, rtol=rtol), budget) if plainly else []
    pair = Pair(kernel, reference, same, seed)
    found = [*_rows(pair, options, budget), *placed(pair, _blank(pair, kernel.outputs[0], None, rtol)), *notes]
    name = f"{kernel.file}::{kernel.title}"
    return Report(checks=tuple(found), seed=seed, duration=time.perf_counter() - start, files=(name,))


def _about_the_reference(reference: Subject, options: CheckOptions, budget: Budget) -> list[Check]:
    """Return what of the reference's own derivative is not right."""
    with reference.context():
        report = check_function(replace(reference, at_native_precision=lambda: None), options, budget)
    return [_said(c) for c in report.checks if c.outcome in (Outcome.FAIL, Outcome.ERROR) or c.unverified]


def _said(check: Check) -> Check:
    """Return a row on the reference with a word that it is about the reference; what its values leave open is no objection."""
    outcome = Outcome.SKIPPED if check.outcome == Outcome.INCONCLUSIVE else check.outcome
    return replace(
        check,
        outcome=outcome,
        help=f"this is about the reference, not the kernel{': ' if check.help else ''}{check.help}",
    )


def _rows(pair: Pair, options: CheckOptions, budget: Budget) -> Iterator[Check]:
    missing = _mismatch(pair)
    if missing is not None:
        yield _trouble(_blank(pair, pair.kernel.outputs[0], None, 1.0), missing)
        return
    derivative = next((d for d in pair.kernel.derivatives if d.vjp is not None), None)
    truth = next((d for d in pair.reference.derivatives if d.vjp is not None), None)
    for y in pair.kernel.outputs:
        yield from _limited(pair, y, None, budget, partial(_value_row, pair, y, options))
        if derivative is None or truth is None:
            blank = _blank(pair, y, pair.kernel.inputs[0], 1.0)
            yield _trouble(blank, Trouble("JAC307", "there is no reverse mode to be judged", ""))
            continue
        work = partial(_derivative_rows, pair, derivative, truth, y, options)
        yield from _limited(pair, y, pair.kernel.inputs[0], budget, work)


def _limited(pair: Pair, y: Leaf, x: Leaf | None, budget: Budget, work: Callable[[], Iterator[Check]]) -> list[Check]:
    """Return the rows that ``work`` makes, or one on what kept it from being done."""
    try:
        found = budget.limited(lambda: list(work()))
    except TroubleError as error:
        found = error.trouble
    return [_trouble(_blank(pair, y, x, 1.0), found)] if isinstance(found, Trouble) else found


def _mismatch(pair: Pair) -> Trouble | None:
    """Return why a reference is not one of a kernel, None where it is."""
    for what in ("inputs", "outputs"):
        shapes = {leaf.name: leaf.value.shape for leaf in getattr(pair.kernel, what)}
        other = {leaf.name: leaf.value.shape for leaf in getattr(pair.reference, what)}
        if [*shapes.values()] != [*other.values()]:
            message = f"the reference has the {what} {_shapes(other)}, the function has {_shapes(shapes)}"
            return Trouble("JAC303" if what == "outputs" else "JAC304", message, "both take and return the same arrays")
    return None


def _shapes(leaves: Mapping[str, tuple[int, ...]]) -> str:
    return ", ".join(f"`{name}` {shape}" for name, shape in leaves.items())


def _value_row(pair: Pair, y: Leaf, options: CheckOptions) -> Iterator[Check]:
    """Yield the row on the values of one output."""
    rtol = tolerance(options.rtol, y, y)
    looks = pair.values(y)
    yield _row(pair, y, None, looks, (), rtol)


def _derivative_rows(
    pair: Pair, derivative: Derivative, truth: Derivative, y: Leaf, options: CheckOptions
) -> Iterator[Check]:
    """Yield the rows on the derivative of one output by each input."""
    looks = pair.products(derivative, truth, y)
    terms = list(pair.terms(truth, y))
    for x in pair.kernel.inputs:
        rtol = tolerance(options.rtol, y, x)
        of_x: list[Terms] = [
            {name: np.asarray(term[x.name]).reshape(-1) for name, term in draw.items()} for draw in terms
        ]
        yield _row(pair, y, x, looks[x.name], of_x, rtol)


def _blank(pair: Pair, y: Leaf, x: Leaf | None, rtol: float) -> Check:
    kernel = pair.kernel
    tested = Label.REVERSE if x is not None else Label.VALUES
    return Check(
        target=f"{kernel.file}::{kernel.title}", outcome=Outcome.SKIPPED, of=y.name, wrt=x.name if x else "", tested=tested,
        point={leaf.name: leaf.value for leaf in kernel.inputs}, file=kernel.file, rtol=rtol, span=kernel.span,
        entries=x.value.size if x else y.value.size, reference_route=JudgedBy.REFERENCE, evaluations=3 * DRAWS,
        rerun=f"jaccli.gradcheck({kernel.call}, reference={pair.reference.title}, seed={pair.seed})",
    )  # fmt: skip


def _trouble(blank: Check, trouble: Trouble) -> Check:
    return replace(blank, outcome=trouble.outcome, code=trouble.code or None, said=trouble.message, help=trouble.help)


def _row(pair: Pair, y: Leaf, x: Leaf | None, looks: Looks, terms: Sequence[Terms], rtol: float) -> Check:
    """Return the row on one array. An error beyond the array's format may still be within what a setting such as TF32 allows."""
    of = x or y
    verdict = judged(looks, terms, of.value.shape, rtol)
    if verdict.outcome == Outcome.FAIL and pair.kernel.settings and looks.eps == SINGLE:
        coarse = replace(looks, inside=TENSOR_FLOAT)
        within = judged(coarse, terms, of.value.shape, rtol)
        if within.outcome != Outcome.FAIL and within.noise.level > SHOWN:
            verdict, looks = within, coarse
    return _worded(pair, y, x, looks, verdict, rtol)


def _worded(pair: Pair, y: Leaf, x: Leaf | None, looks: Looks, verdict: Verdict, rtol: float) -> Check:
    """Return the row that a verdict makes."""
    of, settings = x or y, pair.kernel.settings
    index = tuple(map(int, np.unravel_index(verdict.entry, of.value.shape))) if of.value.shape else ()
    span = next((d.span for d in pair.kernel.derivatives if d.vjp is not None), None)
    row = replace(
        _blank(pair, y, x, rtol), outcome=verdict.outcome, value=verdict.value, reference=verdict.reference,
        error_bar=verdict.limit, abs_error=abs(verdict.value - verdict.reference), tolerance=verdict.limit,
        detectable=verdict.visible[0], of_index=() if x else index, wrt_index=index if x else (),
    )  # fmt: skip
    if x is not None and span is not None:
        row = replace(row, span=span)
    if verdict.outcome == Outcome.FAIL:
        code, message, help_ = found_wrong(verdict, of.name, of.value.size, looks, settings)
        return replace(
            row, code=code, said=message, help=help_, failed=max(verdict.off, 1), decided=row.entries, open_share=0.0
        )
    if verdict.outcome == Outcome.INCONCLUSIVE:
        message, help_ = too_coarse(verdict, of.name, rtol, looks, settings)
        return replace(row, code="JAC207", said=message, help=help_)
    words = seen(verdict, looks, format_name(of.eps), pair.seed, settings)
    return replace(row, decided=row.entries, open_share=0.0, guarantee=words)
