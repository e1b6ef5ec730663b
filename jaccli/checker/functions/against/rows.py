"""A kernel and its reference → whether the kernel's rows change when other rows join the batch, while the reference's do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject, Task, TroubleError, adapt
from jaccli.checker.functions.against.formats import format_name, realised, spacing
from jaccli.results.checks import Check
from jaccli.results.kinds import JudgedBy, Label, Outcome
from jaccli.types import Array

__all__ = ["batch_invariance"]

SAME = 2.0**-30  # of the largest number of a row: by how much one of the reference may move
ROUNDED = 8.0  # spacings at the largest number of a row: what another order of additions does
Found = Mapping[str, Array]  # y, and by the names of inputs their cotangents


def batch_invariance(task: Task, framework: str, seed: int) -> list[Check]:
    """Return a row on the values and one on each cotangent of a function whose rows do not depend on each other; else none.

    Law: the first half of the rows, and the first alone, are given to the function by themselves. Rows are what the first axis of
         the first output and of some inputs counts; that they do not depend on each other is told by the reference in float64.
    """
    plain = replace(task, fn=task.against, against=None, held_to="double", exact=True)
    native = replace(task, held_to="own", against=None)
    found: dict[tuple[str, str], Check] = {}
    try:
        kernel, reference = adapt(native, framework), adapt(plain, framework)
        y = kernel.outputs[0]
        count = y.value.shape[0] if y.value.shape else 0
        for rows in sorted({1, count // 2} - {0, count}):
            few, truth = (
                adapt(replace(each, inputs=_cut(task.inputs, count, rows)), framework) for each in (native, plain)
            )
            for row in _compared(kernel, reference, few, truth, rows, seed):
                known = found.get((row.of, row.wrt))
                if known is None or row.outcome == Outcome.FAIL or (row.abs_error > known.abs_error):
                    found[row.of, row.wrt] = row
    except (
        TroubleError,
        IndexError,
        TypeError,
    ):  # it takes no fewer rows, or what keeps it from being called has rows of its own
        return []
    return list(found.values())


def _cut(value: Any, count: int, rows: int) -> Any:
    """Return inputs with the first rows of every array that has as many as are to be cut."""
    if isinstance(value, Mapping):
        return {name: _cut(part, count, rows) for name, part in value.items()}
    if type(value) in (tuple, list):
        return type(value)(_cut(part, count, rows) for part in value)
    shape = tuple(getattr(value, "shape", ()))
    return value[:rows] if shape and shape[0] == count else value


def _compared(
    kernel: Subject, reference: Subject, few: Subject, truth: Subject, rows: int, seed: int
) -> Iterator[Check]:
    y = kernel.outputs[0]
    if few.outputs[0].value.shape != (rows, *y.value.shape[1:]):
        return
    y_bar = realised(np.asarray(np.random.default_rng([seed, 6]).standard_normal(y.value.shape)), y.eps)
    whole, part, true_whole, true_part = (
        _found(subject, y_bar[: len(subject.outputs[0].value)]) for subject in (kernel, few, reference, truth)
    )
    order = {leaf.name: k for k, leaf in enumerate(kernel.inputs)}
    for leaf in (y, *kernel.inputs):
        names = [leaf.name] * 2 if leaf is not y else [""] * 2
        if leaf is not y:
            names = [leaf.name, reference.inputs[order[leaf.name]].name]
        if names[0] not in part or part[names[0]].shape[:1] != (rows,) or whole[names[0]].shape[:1] == (rows,):
            continue
        if _apart(true_whole[names[1]][:rows], true_part[names[1]]).max(initial=0.0) > SAME:
            continue
        yield _row(kernel, leaf, whole[names[0]][:rows], part[names[0]], rows, leaf is y)


def _found(subject: Subject, y_bar: Array) -> Found:
    """Return the value of the first output, called "", and the cotangents by input."""
    y = subject.outputs[0]
    derivative: Derivative = next(one for one in subject.derivatives if one.vjp is not None)
    assert derivative.vjp is not None
    with subject.context():
        return {"": y.value, **derivative.vjp({y.name: y_bar})}


def _apart(one: Array, other: Array) -> Array:
    """Return how far rows are apart, in units of the largest number of each."""
    axes = tuple(range(1, one.ndim))
    size = np.maximum(np.max(np.abs(one), axis=axes, initial=0.0), np.finfo(np.float64).tiny)
    return np.asarray(np.max(np.abs(one - other), axis=axes, initial=0.0) / size)


def _row(kernel: Subject, leaf: Leaf, whole: Array, part: Array, rows: int, values: bool) -> Check:
    off = np.abs(whole - part)
    axes = tuple(range(1, whole.ndim))
    largest = np.max(np.abs(whole), axis=axes, keepdims=True, initial=0.0)
    ulps = float(np.max(off / spacing(largest, leaf.eps), initial=0.0))
    entry = np.unravel_index(int(np.argmax(off)), off.shape)
    moved = f"up to {ulps:.1g} ulp of {format_name(leaf.eps)} at the largest number of a row"
    said = f"rows are the same, bit for bit, where {rows} of them are given and where others join"
    if ulps:
        said = f"rows move by {moved} when others join: within rounding, and not batch invariant"
    wrong = not ulps <= ROUNDED
    return Check(
        target=f"{kernel.file}::{kernel.title} (rows)", outcome=Outcome.FAIL if wrong else Outcome.PASS,
        of=kernel.outputs[0].name, wrt="" if values else leaf.name, tested=Label.VALUES if values else Label.REVERSE,
        point={x.name: x.value for x in kernel.inputs}, file=kernel.file, span=kernel.span, entries=whole.size,
        reference_route=JudgedBy.REFERENCE, code="JAC100" if wrong else None,
        value=float(whole[entry]), reference=float(part[entry]), abs_error=float(off[entry]), error_bar=0.0,
        said=f"rows of `{leaf.name}` change when other rows join" if wrong else "",
        help=f"rows of `{leaf.name}` move by {moved} when others join; those of the reference do not" if wrong else "",
        failed=int(wrong), decided=whole.size, open_share=0.0, guarantee=None if wrong else said,
        of_index=tuple(map(int, entry)) if values else (), wrt_index=() if values else tuple(map(int, entry)),
    )  # fmt: skip
