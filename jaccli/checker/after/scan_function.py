"""A function at a point, its checks and the name of an entry → the scan of that entry, as for specs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject
from jaccli.checker.after.scan_spec import FIRST, entry_of, first_of, words_of
from jaccli.difference import scan
from jaccli.reference import input_scale
from jaccli.results.checks import Check
from jaccli.results.scan import Scan
from jaccli.types import Array

__all__ = ["pictured"]

Index = tuple[int, ...]


def pictured(subject: Subject, entry: str, checks: Sequence[Check]) -> Scan | None:
    """Return the scan of an entry such as ``y/x[2]``, or of the first failure; None where nothing was checked.

    Errors: UsageError for an entry that the function does not have; Trouble where its derivative cannot be computed.
    """
    known = [check for check in checks if _derivative(subject, check) is not None]
    if entry == FIRST:
        first = first_of(known)
        return None if first is None else _scan(subject, first, first.of_index, first.wrt_index)
    outputs, inputs = ({x.name: x.value.shape for x in leaves} for leaves in (subject.outputs, subject.inputs))
    of, of_index, wrt, wrt_index = entry_of(entry, outputs, inputs, "input")
    first = first_of([check for check in known if (check.of, check.wrt) == (of, wrt)])
    return None if first is None else _scan(subject, first, of_index, wrt_index)


def _scan(subject: Subject, check: Check, of_index: Index, wrt_index: Index) -> Scan:
    y, x = _leaf(subject.outputs, check.of), _leaf(subject.inputs, check.wrt)
    derivative = _derivative(subject, check)
    assert derivative is not None
    flat = x.value.reshape(-1)
    row, column = _place(of_index, y.value.shape), _place(wrt_index, x.value.shape)
    before = sum(leaf.value.size for leaf in subject.outputs[: subject.outputs.index(y)])
    eps = 2.0**-52 if subject.wide else max(x.eps, y.eps)
    with subject.hold():
        slope = _slope(derivative, y, x, of_index, wrt_index)
        return scan(
            lambda points: subject.values({x.name: points.reshape(len(points), *x.value.shape)}).values,
            flat, before + row, column, slope, float(input_scale(flat)[column]),
            words_of(check.of, of_index, check.wrt, wrt_index), check.tested, eps,
        )  # fmt: skip


def _derivative(subject: Subject, check: Check) -> Derivative | None:
    return next((one for one in subject.derivatives if one.tested == check.tested), None)


def _slope(derivative: Derivative, y: Leaf, x: Leaf, of_index: Index, wrt_index: Index) -> float:
    """Return the entry of the derivative under test, by one product where it is one."""
    if derivative.vjp is not None:
        return float(derivative.vjp({y.name: _unit(y, of_index)})[x.name][wrt_index])
    if derivative.jvp is not None:
        return float(derivative.jvp({x.name: _unit(x, wrt_index)})[y.name][of_index])
    assert derivative.jacobian is not None
    block = derivative.jacobian()[y.name, x.name]
    if not isinstance(block, np.ndarray):
        raise block
    return float(block[of_index + wrt_index])


def _unit(leaf: Leaf, index: Index) -> Array:
    unit = np.zeros(leaf.value.shape)
    unit[index] = 1.0
    return unit


def _place(index: Index, shape: Index) -> int:
    return int(np.ravel_multi_index(index, shape)) if index else 0


def _leaf(leaves: Sequence[Leaf], name: str) -> Leaf:
    return {leaf.name: leaf for leaf in leaves}[name]
