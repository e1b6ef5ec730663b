"""A built spec → how its derivatives are going to be computed, counted on the derived graphs before anything is evaluated."""

from __future__ import annotations

from collections.abc import Sequence

from jaccli import certify
from jaccli.checker.effort.work import EVALUATIONS
from jaccli.compute.texts import MAX_SYMBOLIC, MAX_TEXTS, elements_of
from jaccli.derive.jacobian import Plan, hessian_operations, plan
from jaccli.errors import UsageError
from jaccli.graph.build import Built
from jaccli.graph.cost import weighted_operations
from jaccli.graph.ir import Expr
from jaccli.graph.selection import Selection, select
from jaccli.results.kinds import Route
from jaccli.results.planned import Pass, Planned

__all__ = ["plan_of"]

_BACKWARDS = 3  # a pass over the bindings forms a product and a sum for every partial


def plan_of(built: Built, selection: Selection, route: str = "auto", order: int = 1) -> list[Planned]:
    """Return the plan of each selected output.

    Errors: UsageError for an unknown name, route or order.
    """
    if route not in [*Route]:
        raise UsageError(f"--route must be one of {', '.join(Route)} (got {route})")
    if order not in (1, 2):
        raise UsageError(f"--order must be 1 or 2 (got {order})")
    outputs, variables = select(built, selection)
    make = _first if order == 1 else _second
    return [make(built, of, variables, route) for of in outputs]


def _first(built: Built, of: str, variables: Sequence[str], route: str) -> Planned:
    graph, output, xs = built.graph, built.outputs[of], [built.variables[name] for name in variables]
    rows, columns = output.node.size, sum(x.node.size for x in xs)
    function = weighted_operations(graph, [output])
    if route in (Route.AUTO, Route.FORWARD, Route.REVERSE):
        plans = plan(graph, output, xs, route)
        mode = plans[0].route if plans else "forward"
        other = "forward" if mode == "reverse" else "reverse"
        chosen, rejected = _counted(mode, plans), _counted(other, plan(graph, output, xs, other))
        why = _why(rows, columns) if route == Route.AUTO else f"--route {route} asks for it"
    else:
        chosen, rejected = _elsewhere(route, built, output, xs, function), None
        why = f"--route {route} asks for it"
    return Planned(
        of=of, wrt=tuple(variables), rows=rows, columns=columns, function=function, chosen=chosen, rejected=rejected, why=why,
        symbols=_symbols(built, output, xs),
    )  # fmt: skip


def _counted(route: str, plans: Sequence[Plan]) -> Pass:
    return Pass(
        route=f"{route} mode",
        passes=sum(each.seeds for each in plans),
        operations=sum(each.operations for each in plans),
        memory=max((each.memory for each in plans), default=0),
    )


def _why(rows: int, columns: int) -> str:
    """Return the reason of ``plan``: the cheaper mode is clear from the shape, or both have been counted."""
    if columns == 1:
        return "one element of input: one pass gives the whole column"
    if rows > 4 * columns:
        return f"{rows:,} elements of output are more than four times {columns:,} of input"
    if rows == 1:
        return "one element of output: one pass gives its whole gradient"
    if columns > 4 * rows:
        return f"{columns:,} elements of input are more than four times {rows:,} of output"
    return "it takes fewer operations, or as many; both were counted"


def _elsewhere(route: str, built: Built, output: Expr, xs: Sequence[Expr], function: int) -> Pass:
    """Return what the routes cost that run no derived graph."""
    rows, columns = output.node.size, sum(x.node.size for x in xs)
    if route == Route.DIFFERENCE:
        runs = EVALUATIONS * columns
        return Pass(route="differences", passes=runs, operations=runs * function)
    if route == Route.CERTIFIED:
        return Pass(route="ball arithmetic", passes=2, operations=certify.work(built.graph, output, xs))
    return Pass(route="SymPy, backwards", passes=rows, operations=function + _BACKWARDS * rows * function)


def _symbols(built: Built, output: Expr, xs: Sequence[Expr]) -> str:
    """Return whether the entries are written out, as ``compute`` decides it."""
    elements, largest = elements_of(built.graph, output), max((output.node.size * x.node.size for x in xs), default=0)
    smallest = min((output.node.size * x.node.size for x in xs), default=0)
    if elements > MAX_SYMBOLIC:
        return f"not written, {elements:,} elements of the graph are more than {MAX_SYMBOLIC:,}"
    if smallest > MAX_TEXTS:
        return f"not written, {smallest:,} entries are more than {MAX_TEXTS:,}"
    some = "" if largest <= MAX_TEXTS else f", of blocks of up to {MAX_TEXTS} entries"
    return f"by SymPy from {elements:,} elements of the graph{some}"


def _second(built: Built, of: str, variables: Sequence[str], route: str) -> Planned:
    output, xs = built.outputs[of], [built.variables[name] for name in variables]
    pairs = [(x, y) for k, x in enumerate(xs) for y in xs[k:]]
    columns = sum(x.node.size * y.node.size for x, y in pairs)
    chosen = Pass(
        route="forward over reverse",
        passes=sum(output.node.size * y.node.size for _, y in pairs),
        operations=sum(hessian_operations(built.graph, output, x, y) for x, y in pairs),
    )
    why = "one product with a unit vector gives a column, at the cost of a few function values"
    return Planned(
        of=of, wrt=tuple(variables), rows=output.node.size, columns=columns, function=weighted_operations(built.graph, [output]),
        chosen=chosen, rejected=None, why=why, symbols=_symbols(built, output, xs),
    )  # fmt: skip
