"""A built spec → the names of its checks, before any is made: what a test runner collects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jaccli.checker.options import CheckOptions, in_force, judged_outputs, points_of
from jaccli.checker.specs.from_spec import SpecProblem
from jaccli.checker.specs.target import Implementation, implementation
from jaccli.graph.build import Built
from jaccli.spec.points import Point
from jaccli.types import Array

__all__ = ["Listed", "listed"]


@dataclass(frozen=True, slots=True)
class Listed:
    """The name of a check, the line it is about, and what it shares its references with."""

    id: str
    name: str
    line: int
    group: Any


class _Named(SpecProblem):
    """An output whose checks are named: its values do not matter, and need not be known."""

    def value(self) -> Array:
        """Return zeros."""
        return np.zeros(self.output.shape)


def listed(built: Built, options: CheckOptions) -> Iterator[Listed]:
    """Yield every check of a spec that ``check`` makes with these options, in its order.

    Errors: SourceError where the spec's code may not be run or cannot be imported; UsageError for an input of it without a value.
    """
    options = in_force(options, built.spec)
    code: Implementation | None = None
    point: Point = {name: np.zeros(built.variables[name].shape) for name in built.differentiable}
    if built.spec.callee is not None:
        (point,) = points_of(built, replace(options, points=1))
        code = implementation(built, point, options.allow_code)
    outputs = judged_outputs(built, options)
    problems = {of: _Named(built, of, point, 0, options, built.differentiable, code) for of in outputs}
    for index in range(options.points or 1):
        for of, problem in problems.items():
            for blank in (replace(one, point_index=index) for one in problem.blanks()):
                yield Listed(blank.id, blank.name, blank.span.line if blank.span is not None else 1, (index, of))
