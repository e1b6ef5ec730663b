"""A built spec → what forward and reverse mode take for its Jacobians: counted, timed, and weighed in memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jaccli.derive.jacobian import carried_out, plan
from jaccli.errors import UsageError
from jaccli.graph.build import Built
from jaccli.graph.cost import weighted_operations
from jaccli.graph.ir import Expr
from jaccli.graph.selection import Selection, select
from jaccli.graph.static import Engine
from jaccli.results.modes import Modes, Pass

__all__ = ["compare_modes"]

SECONDS = 0.2  # of repeated runs for one time
MAX_ENTRIES = 4_000_000  # of a Jacobian that is computed twice only to be timed


def compare_modes(
    built: Built, selection: Selection | None = None, at: Mapping[str, Any] | None = None
) -> tuple[Modes, ...]:
    """Return one comparison per selected output, by all selected variables together.

    Errors: UsageError for an unknown name, an input without a value, or a Jacobian too large to be computed twice.
    """
    outputs, variables = select(built, selection or Selection())
    point = built.point(at)
    missing = [v.name for v in built.spec.variables if v.name not in point]
    if missing:
        raise UsageError(f"--compare-modes runs the graph; give --at {missing[0]}=…")
    return tuple(_compared(built, of, variables, point) for of in outputs)


def _compared(built: Built, of: str, variables: Sequence[str], point: Mapping[str, Any]) -> Modes:
    y, xs = built.outputs[of], [built.variables[name] for name in variables]
    inputs = sum(x.node.size for x in xs)
    if y.node.size * inputs > MAX_ENTRIES:
        raise UsageError(
            f"--compare-modes: d {of} has {y.node.size * inputs:,} entries by {inputs:,} inputs, more than {MAX_ENTRIES:,}; "
            "choose fewer with --of and --wrt"
        )
    engine = Engine(built.graph, after=0)
    operations = weighted_operations(built.graph, [y])
    value = Pass(0, operations, 0.0, operations, *_measured(lambda: engine(built.graph, [y], point)))
    forward, reverse = (_way(built, y, xs, point, engine, route) for route in ("forward", "reverse"))
    return Modes(of, tuple(variables), y.node.size, inputs, value, forward, reverse)


def _way(built: Built, y: Expr, xs: Sequence[Expr], point: Mapping[str, Any], engine: Engine, route: str) -> Pass:
    plans = plan(built.graph, y, xs, route)
    passes = sum(one.seeds for one in plans)
    results = [result for one in plans for result in one.results if result is not None]

    def operations(seeds: Mapping[int, int]) -> int:
        return weighted_operations(built.graph, [y, *results], seeds)

    once, twice = (operations({one.seed.index: k * one.seeds for one in plans}) for k in (1, 2))
    each = (twice - once) / passes if passes else 0.0
    run = _measured(lambda: carried_out(built.graph, plans, y, xs, point, run=engine))
    return Pass(passes, once, each, once - passes * each, *run)


def _measured(run: Callable[[], Any]) -> tuple[float, int]:
    """Return the shortest time of a run, and the bytes that one holds at its peak."""
    run()
    best, end = float("inf"), time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    tracemalloc.start()
    try:
        run()
        return best, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
