"""A function without a derivative → its Jacobian by differences, with an error bar for every entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from jaccli.adapters import Subject, without_trouble
from jaccli.checker.effort.budget import Budget
from jaccli.checker.references.function import references_of
from jaccli.errors import UsageError
from jaccli.reference import Reference
from jaccli.types import Array

__all__ = ["Numerical", "numerical"]

Block = tuple[str, str]


@dataclass(frozen=True)
class Numerical:
    """A Jacobian by differences: blocks of shape out.shape + in.shape by (output, input).

    value      the derivative; NaN where no step gave one
    error_bar  a bound on its error; infinite where there is none
    reason     "" where the value can be believed, else "kink", "jump", "cusp", "domain" or "step window"
    """

    value: Mapping[Block, Array]
    error_bar: Mapping[Block, Array]
    reason: Mapping[Block, Array]

    @property
    def array(self) -> Array:
        """The only block.

        Errors: UsageError where there are several.
        """
        if len(self.value) != 1:
            names = ", ".join(f"[{of!r}, {wrt!r}]" for of, wrt in self.value)
            raise UsageError(f"there are several blocks: take one, value{names.replace(', [', ' or [')}")
        return next(iter(self.value.values()))


def numerical(subject: Subject, *, rtol: float | None = None, timeout: float | Budget | None = None) -> Numerical:
    """Return the Jacobian of a function by differences.

    rtol:    the relative error that matters: as sharp as a verdict needs, and not sharper.
    timeout: seconds for all of it.
    Errors:  TroubleError where the function cannot be used, or there was no time.
    """
    value: dict[Block, Array] = {}
    error_bar: dict[Block, Array] = {}
    reason: dict[Block, Array] = {}
    ends = np.cumsum([y.value.size for y in subject.outputs])
    for name, reference in references_of(subject, rtol, timeout).items():
        found = without_trouble(reference)
        x = next(x for x in subject.inputs if x.name == name)
        for y, end in zip(subject.outputs, ends, strict=True):
            part, shape = found.rows(slice(end - y.value.size, end)), y.value.shape + x.value.shape
            value[y.name, name] = _known(part).reshape(shape)
            error_bar[y.name, name], reason[y.name, name] = part.error_bar.reshape(shape), part.reason.reshape(shape)
    return Numerical(value, error_bar, reason)


def _known(part: Reference) -> Array:
    return np.where(np.isfinite(part.error_bar), part.value, np.nan)
