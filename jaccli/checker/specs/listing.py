"""A built spec → the names of its checks, before any is made: what a test runner collects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jaccli.checker.options import CheckOptions, judged_outputs, points_of, settled
from jaccli.checker.specs.target import implementation, target_derivatives
from jaccli.graph.build import Built
from jaccli.results.ids import check_id

__all__ = ["Listed", "listed"]

ROUTES = ("forward", "reverse", "symbolic")


@dataclass(frozen=True, slots=True)
class Listed:
    """The name of a check, the line it is about, and what it shares its references with."""

    id: str
    line: int
    group: Any


def listed(built: Built, options: CheckOptions) -> Iterator[Listed]:
    """Yield every check of a spec that ``check`` makes with these options, in its order.

    Errors: SourceError where the spec's code may not be run or cannot be imported.
    """
    options = settled(options, built.spec)
    for index in range(options.points or 1):
        for of in judged_outputs(built, options):
            line = _line(built.graph.spans.get(built.outputs[of].index))
            for wrt, tested, place in _tests(built, of, options):
                yield Listed(check_id(built.spec.target, of, wrt, tested, index), place or line, (index, of))


def _tests(built: Built, of: str, options: CheckOptions) -> Iterator[tuple[str, str, int]]:
    code = _code(built, options)
    if code is not None:
        yield "", "target", _line(built.spec.callee.span) if built.spec.callee else 1
    for wrt in built.differentiable:
        if not built.variables[wrt].node.size or not built.outputs[of].node.size:
            continue
        yield from ((wrt, tested, 0) for tested in ROUTES)
        yield from ((wrt, "claim", _line(c.span)) for c, _ in built.claims if (c.of, c.wrt) == (of, wrt))
        yield from ((wrt, d.tested, 0) for d in target_derivatives(code, of, [wrt]))


def _code(built: Built, options: CheckOptions) -> Any:
    if built.spec.callee is None:
        return None
    return implementation(built, points_of(built, options)[0], options.allow_code)


def _line(span: Any) -> int:
    return span.line if span is not None else 1
