"""A small function whose derivatives are all right → the differences that show it, from one batch of points for all inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from jaccli.adapters import Subject
from jaccli.checker.joined_inputs import all_outputs
from jaccli.difference import easy
from jaccli.reference import Reference
from jaccli.types import Array

__all__ = ["SMALL", "quick_references"]

SMALL = 64  # elements of all inputs together; beyond, what all inputs share costs little
DOUBLE = 2.0**-52


def quick_references(
    subject: Subject, rtol: float, single: Callable[[Array], Array] | None = None
) -> Mapping[str, Reference] | None:
    """Return the Jacobian of all outputs by each input, where every entry of it is easy; None where one is not.

    rtol: the relative error that matters in the strictest block.
    single: all outputs as a function of the only input, where they are at hand.
    Law:  what a derivative passes by is as good as the ladder's; what it does not pass by is never a verdict, for then the
          ladder is asked.
    """
    parts = [x.value.reshape(-1) for x in subject.inputs]
    exact = subject.in_float64 or all(leaf.eps <= DOUBLE for leaf in (*subject.inputs, *subject.outputs))
    if not exact or sum(part.size for part in parts) > SMALL or np.any(subject.noise != 0):
        return None
    centre = np.concatenate([y.value.reshape(-1) for y in subject.outputs])
    if subject.in_float64:
        first = subject.inputs[0]
        centre = subject.values({first.name: first.value[None]}).values[0]
    fn = single or all_outputs(subject, subject.inputs)
    floor = np.zeros_like(centre) if subject.rounding is None else subject.rounding
    eps = np.full_like(centre, DOUBLE)
    found = easy(fn, parts, centre, rtol=rtol, eps=eps, floor=floor, cheap_batches=subject.cheap_batches)
    return None if found is None else {x.name: part for x, part in zip(subject.inputs, found, strict=True)}
