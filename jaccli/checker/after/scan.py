"""Checks and the name of an entry → the scan of that entry along its input, of a formula or of a function."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject, without_trouble
from jaccli.difference import scan
from jaccli.errors import UsageError, suggestion
from jaccli.reference import input_scale
from jaccli.results.checks import Check
from jaccli.results.kinds import Label, Outcome
from jaccli.results.scan import Scan
from jaccli.types import Array

__all__ = ["FIRST", "Shapes", "entry_of", "first_of", "scanned", "words_of"]

Index = tuple[int, ...]
Shapes = Mapping[str, Index]
FIRST = "first"
_ENTRY = re.compile(r"\s*([^\W\d][\w.]*)\s*(\[[^\]]*\])?\s*/\s*([^\W\d][\w.]*)\s*(\[[^\]]*\])?\s*")


def scanned(
    entry: str, checks: Sequence[Check], outputs: Shapes, inputs: Shapes, what: str, subject_of: Callable[[Check], Subject]
) -> Scan | None:  # fmt: skip
    """Return the scan of an entry such as ``y/x[2]``, or of the first failure; None where nothing was checked.

    outputs, inputs: names to shapes; ``what`` is how messages call an input.
    subject_of: a check → the function at its point, with the derivatives that were tested there.
    Errors: UsageError for an entry that there is not; TroubleError where its derivative cannot be computed.
    """
    if entry == FIRST:
        chosen = first_of([check for check in checks if _names_an_entry(check, outputs, inputs)])
        return _scan(subject_of(chosen), chosen, chosen.of_index, chosen.wrt_index) if chosen else None
    of, of_index, wrt, wrt_index = entry_of(entry, outputs, inputs, what)
    mine = [check for check in checks if (check.of, check.wrt) == (of, wrt)]
    claims = [check for check in mine if check.tested == Label.CLAIM]
    failed = [check for check in mine if check.outcome == Outcome.FAIL]
    chosen = first_of(failed) or first_of(claims) or first_of(mine)
    return _scan(subject_of(chosen), chosen, of_index, wrt_index) if chosen else None


def _names_an_entry(check: Check, outputs: Shapes, inputs: Shapes) -> bool:
    """Return whether a check names one entry; where nothing was judged, or whole rows were, it names none."""
    places = ((check.of_index, outputs.get(check.of)), (check.wrt_index, inputs.get(check.wrt)))
    return all(shape is not None and len(index) == len(shape) for index, shape in places)


def first_of(checks: Sequence[Check]) -> Check | None:
    """Return the first failure of an entry, else the first check of one."""
    found = [check for check in checks if check.outcome != Outcome.SKIPPED and check.entries and check.wrt]
    return next((check for check in found if check.outcome == Outcome.FAIL), next(iter(found), None))


def entry_of(
    entry: str, outputs: Mapping[str, Index], inputs: Mapping[str, Index], what: str
) -> tuple[str, Index, str, Index]:
    """Return output, its index, input and its index of an entry such as ``y[0]/W[1, 2]``.

    Shapes: outputs and inputs map names to shapes; ``what`` is how messages call an input.
    Errors: UsageError for a text that is not an entry, or an entry that was not checked.
    """
    match = _ENTRY.fullmatch(entry)
    if match is None:
        raise UsageError(
            f"--scan {entry}: an entry is written OUTPUT/INPUT with indices, such as 'y/x[2]' or 'y[0]/W[1, 2]'"
        )
    of, wrt = match[1], match[3]
    for name, known, kind in ((of, outputs, "output"), (wrt, inputs, what)):
        if name not in known:
            raise UsageError(
                f"--scan {entry}: `{name}` is not an {kind}; {suggestion(name, known) or 'known: ' + ', '.join(known)}"
            )
    return of, _index(entry, of, match[2], outputs[of]), wrt, _index(entry, wrt, match[4], inputs[wrt])


def _index(entry: str, name: str, text: str | None, shape: Index) -> Index:
    parts = [part.strip() for part in (text or "[]")[1:-1].split(",") if part.strip()]
    try:
        index = tuple(int(part) for part in parts)
    except ValueError:
        raise UsageError(f"--scan {entry}: indices are whole numbers (got {text})") from None
    if not index and np.prod(shape, dtype=int) == 1:
        return (0,) * len(shape)
    if len(index) != len(shape) or not all(-n <= i < n for i, n in zip(index, shape, strict=True)):
        raise UsageError(f"--scan {entry}: `{name}` has shape {shape}, and no element {list(index)}")
    return tuple(i % n for i, n in zip(index, shape, strict=True))


def _scan(subject: Subject, check: Check, of_index: Index, wrt_index: Index) -> Scan | None:
    y, x = _leaf(subject.outputs, check.of), _leaf(subject.inputs, check.wrt)
    derivative = next((one for one in subject.derivatives if one.tested == check.tested), None)
    if derivative is None:
        return None
    flat = x.value.reshape(-1)
    row, column = _place(of_index, y.value.shape), _place(wrt_index, x.value.shape)
    before = sum(leaf.value.size for leaf in subject.outputs[: subject.outputs.index(y)])
    eps = 2.0**-52 if subject.in_float64 else max(x.eps, y.eps)
    with subject.context():
        slope = _slope(derivative, y, x, of_index, wrt_index)
        return scan(
            lambda points: subject.values({x.name: points.reshape(len(points), *x.value.shape)}).values,
            flat, before + row, column, slope, float(input_scale(flat)[column]),
            words_of(check.of, of_index, check.wrt, wrt_index), check.tested, eps,
        )  # fmt: skip


def _slope(derivative: Derivative, y: Leaf, x: Leaf, of_index: Index, wrt_index: Index) -> float:
    """Return the entry of the derivative under test, by one product where it is one."""
    if derivative.blocks is None and derivative.vjp is not None:
        return float(derivative.vjp({y.name: _unit(y, of_index)})[x.name][wrt_index])
    if derivative.blocks is None and derivative.jvp is not None:
        return float(derivative.jvp({x.name: _unit(x, wrt_index)})[y.name][of_index])
    blocks = derivative.blocks([x.name]) if derivative.blocks else derivative.jacobian() if derivative.jacobian else {}
    block = without_trouble(blocks[y.name, x.name])
    return float(block.reshape(y.value.shape + x.value.shape)[of_index + wrt_index])


def _unit(leaf: Leaf, index: Index) -> Array:
    unit = np.zeros(leaf.value.shape)
    unit[index] = 1.0
    return unit


def _place(index: Index, shape: Index) -> int:
    return int(np.ravel_multi_index(index, shape)) if index else 0


def _leaf(leaves: Sequence[Leaf], name: str) -> Leaf:
    return {leaf.name: leaf for leaf in leaves}[name]


def words_of(of: str, of_index: Index, wrt: str, wrt_index: Index) -> str:
    """Return an entry as messages call it: ``d y[0] / d x[2]``."""
    return f"d {of}{_brackets(of_index)} / d {wrt}{_brackets(wrt_index)}"


def _brackets(index: Index) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""
