"""A node of a spec's graph at a point → its certified derivatives, where they are to be had and do not take too much."""

from __future__ import annotations

from collections.abc import Sequence

from jaccli import certify
from jaccli.checker.effort.work import BALL_BUDGET
from jaccli.errors import UsageError
from jaccli.graph.build import Built
from jaccli.graph.ir import Expr
from jaccli.reference import Reference
from jaccli.spec.points import Point

__all__ = ["certified"]


def certified(
    built: Built, output: Expr, names: Sequence[str], point: Point, route: str = "certified"
) -> tuple[dict[str, Reference], str]:
    """Return the certified derivatives by each variable, none where they cost too much, and what is wrong with them.

    route:  the reference that was asked for; "auto" does without ops that have no kernel for balls.
    Errors: UsageError where such an op is in the way of one that was asked for by name.
    """
    lacking = certify.unsupported(built.graph, output)
    if lacking and route != "auto":
        raise UsageError(f"--reference {route}: no ball arithmetic for {', '.join(lacking)}")
    variables = [built.variables[name] for name in names]
    if lacking or certify.work(built.graph, output, variables) > BALL_BUDGET:
        return {}, ""
    from jaccli.derive.symbolic import local_partials

    try:
        found = certify.certified(built.graph, output, variables, point, local_partials)
    except certify.DisagreementError as error:
        return {}, str(error)
    return dict(zip(names, found, strict=True)), ""
