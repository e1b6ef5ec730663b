"""A framework's function at a point → its gradient as a function of the same inputs: second derivatives are first ones of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jaccli.adapters.drawn import cotangent
from jaccli.adapters.framework import Arrays
from jaccli.adapters.parts import Part
from jaccli.adapters.program import Program
from jaccli.adapters.subject import TroubleError

__all__ = ["gradient_program"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gradient(Program):
    """The cotangents of a program's inputs, as outputs; an output that is one number has the cotangent 1.

    first  the program that is differentiated
    bars   a cotangent of each of its outputs: of one number 1, of more a random one, the same in every call
    """

    first: Program
    bars: Mapping[str, Any]

    def raw(self, arrays: Arrays) -> Any:
        """Return the cotangents ``y/x`` of each output ``y`` by each input ``x``."""
        first, names = self.first, {part.name for part in self.first.inputs}
        moving = {name: array for name, array in arrays.items() if name in names}
        still = {name: array for name, array in arrays.items() if name not in names}
        found: dict[str, Any] = {}
        for part in first.outputs:
            alone = replace(first, outputs=(part,))

            def run(inputs: Arrays, alone: Program = alone) -> Arrays:
                return alone.named(alone.raw({**still, **inputs}))

            bars = first.framework.gradients(run, moving, {part.name: self.bars[part.name]})
            found.update({f"{part.name}/{name}": bar for name, bar in bars.items()})
        return found


def gradient_program(program: Program, title: str) -> Program:
    """Return the gradient of a program that has been called once, with its own value at the point.

    Errors: TroubleError where reverse mode raises, as that of a function whose derivative can be taken once only.
    """
    made = _Gradient(
        program.framework, program.call, program.arrays, program.inputs, notes=program.notes, answer="gradient",
        first=program, bars={part.name: _bar(part) for part in program.outputs},
    )  # fmt: skip
    framework = program.framework
    try:
        found = framework.evaluated(made.raw, program.fresh())
    except (Exception, SystemExit) as error:
        raise TroubleError(framework.trouble(f"the gradient of `{title}`", error)) from error
    outputs = tuple(Part(n, np.array(framework.numpy(a)), framework.precision(a)) for n, a in found.items())
    return replace(made, outputs=tuple(part for part in outputs if part.value.size))


def _bar(part: Part) -> Any:
    if part.value.size == 1:
        return np.ones_like(part.value)
    return part.joined({leaf.name: cotangent(leaf, 0) for leaf in part.leaves})
