"""A built spec → what it is going to take, counted on its graph before anything runs; one that takes too much is refused.

Nothing depends on the clock: a spec is refused everywhere or nowhere, and the message names the option that lets it run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from jaccli.checker.effort.work import BUDGET, DIRECTIONS, EVALUATIONS, MAX_ENTRIES, MAX_ROWS
from jaccli.derive.jacobian import plan
from jaccli.derive.non_finite import FACTORED
from jaccli.errors import Problem, SourceError, Span
from jaccli.graph.build import Built
from jaccli.graph.evaluate import live_elements
from jaccli.graph.ir import Expr, ancestors

__all__ = ["GIGABYTE", "Demand", "Limits", "checked_demand", "computed_demand", "product_demand", "refuse"]

GIGABYTE = 10**9
DOUBLE = 8  # bytes
#: An operation is 0.6 ns of one core, so that 1e11 of them, the default limit, are a minute. Measured with NumPy 2.4, one thread:
#: products of matrices do 16 in that time (4e10 additions and multiplications in a second), factorisations 8; a node takes 12 µs
#: to begin, its derivatives being made included (5,000 steps of an LSTM); each element of an array that no cache holds takes 7 ns
#: more, since its memory comes page by page from the system (60 sines of 1e7 numbers: 45 % of the time is the system's).
NODE, LARGE, MOVED = 20_000, 2**20, 12
DENSE = {"contract": 16, **dict.fromkeys(("inv", "solve", "cholesky", "det", "logdet"), 8)}
#: Operations per n³ of the singular values that tell how far the result of a factorisation can be trusted (4 s at n = 1000).
CONDITION = 8
#: What a derivative takes for each time that the value is computed, at most (tests/derive/test_cost.py): forward, reverse, second.
FORWARD, REVERSE, SECOND = 3, 4, 12
BATCH = 256  # points that one call of a node computes, as a rule


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a spec may take: operations, and bytes alive at once; None sets no limit."""

    operations: float | None = None
    memory: float | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """What a spec takes: operations, bytes, and the place whose operations or values take most of them, with its share."""

    operations: float
    memory: float
    worst: Span | None = None
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class _Value:
    """One output: its node, the operations of each node that it is made of, at one point, and those of all."""

    expr: Expr
    costs: Mapping[int, float]
    total: float
    weighted: int

    def run(self, times: int) -> float:
        """Return the operations of the value at so many points."""
        return times * self.total + NODE * math.ceil(times / BATCH) * len(self.costs)


def _value(built: Built, of: str) -> _Value:
    graph, found, whole = built.graph, dict[int, float](), 0
    for index in ancestors(graph, [built.outputs[of].index]):
        node = graph.nodes[index]
        weight = node.row.weight
        if callable(weight):
            weight = weight([graph.nodes[source].shape for source in node.inputs], node.shape, dict(node.params))
        else:
            weight *= node.size
        whole += weight
        found[index] = weight / DENSE.get(node.op, 1) + (MOVED * node.size if weight and node.size > LARGE else 0)
    return _Value(built.outputs[of], found, sum(found.values()), whole)


def computed_demand(built: Built, outputs: Sequence[str], variables: Sequence[str], order: int = 1) -> Demand:
    """Return what ``jac compute`` takes for these derivatives."""
    xs = [built.variables[name] for name in variables]
    columns = sum(x.node.size for x in xs)
    values, operations = [_value(built, of) for of in outputs], 0.0
    for value in values:
        rows = value.expr.node.size
        passes, factor = (min(rows, columns), REVERSE) if order == 1 else (rows * columns, SECOND)
        operations += (
            2 * value.run(1) + _conditions(value) + factor * value.run(passes)
        )  # the values, and notes on them
    demand = _demand(values, xs, operations, ("auto",))
    return replace(demand, memory=max([demand.memory, _given(built), *map(_noted, values)]))


def product_demand(built: Built, outputs: Sequence[str], products: int) -> Demand:
    """Return what ``jac compute`` takes for products with tangents and cotangents, of which each takes one pass."""
    values = [_value(built, of) for of in outputs]
    operations = sum(2 * value.run(1) + products * REVERSE * value.run(1) for value in values)
    memory = max(
        [DOUBLE * REVERSE * sum(value.expr.graph.nodes[k].size for k in value.costs) for value in values], default=0
    )
    return Demand(operations, max(memory, _given(built)), *_worst(values))


def _given(built: Built) -> int:
    """Return the bytes of the values of all inputs and parameters, which are there whatever is asked for."""
    return DOUBLE * sum(x.node.size for x in built.variables.values())


def _noted(value: _Value) -> int:
    """Return the bytes of the values of all steps, which are looked at together for what is not finite; views take none."""
    nodes = value.expr.graph.nodes
    return DOUBLE * sum(nodes[index].size for index, cost in value.costs.items() if cost)


def _conditions(value: _Value) -> int:
    """Return the operations of the condition numbers of matrices that are factored."""
    nodes = value.expr.graph.nodes
    factored = [nodes[nodes[index].inputs[0]] for index in value.costs if nodes[index].op in FACTORED]
    return sum(CONDITION * matrix.shape[-1] ** 3 for matrix in factored)


def checked_demand(
    built: Built,
    outputs: Sequence[str],
    variables: Sequence[str],
    points: int,
    directions: int | None,
    full: bool,
    order: int,
) -> Demand:
    """Return what ``jac gradcheck`` takes for these derivatives: the routes, and the differences that judge them."""
    xs = [built.variables[name] for name in variables]
    values, operations = [_value(built, of) for of in outputs], 0.0
    for value in values:
        operations += value.run(1) + sum(_judged(value, x, directions, full, order) for x in xs)
    demand = _demand(values, xs, points * operations, ("forward", "reverse"))
    return replace(demand, memory=max(demand.memory, points * _given(built)))


def _judged(value: _Value, x: Expr, directions: int | None, full: bool, order: int) -> float:
    """Return the operations for one block: entry by entry where that is done, else along directions."""
    rows, columns = value.expr.node.size, x.node.size
    if x.index not in value.costs:  # nothing leads from it to the output
        return 0.0
    if order == 2:
        return SECOND * value.run(rows * columns) + EVALUATIONS * FORWARD * value.run(columns)
    differences = EVALUATIONS * columns * (value.weighted + columns + rows)
    dense = full or (not directions and differences <= BUDGET and rows * columns <= MAX_ENTRIES)
    count = columns if dense else directions or DIRECTIONS
    back = rows if dense or rows * columns <= MAX_ROWS else count
    return EVALUATIONS * value.run(count) + FORWARD * value.run(count) + REVERSE * value.run(back)


def _demand(values: Sequence[_Value], xs: Sequence[Expr], operations: float, routes: Sequence[str]) -> Demand:
    """Return the demand: the values of a pass alive at once, and the derivatives of the largest output."""
    entries = max((value.expr.node.size * sum(x.node.size for x in xs) for value in values), default=0)
    memory = max((_memory(value, xs, routes) for value in values), default=0)
    return Demand(operations, memory + DOUBLE * min(entries, MAX_ROWS), *_worst(values))


def _memory(value: _Value, xs: Sequence[Expr], routes: Sequence[str]) -> int:
    """Return the bytes alive at once in a pass; the derived graph is made and looked at only where it may be many."""
    graph = value.expr.graph
    bound = DOUBLE * REVERSE * sum(graph.nodes[index].size for index in value.costs)
    if bound <= LOOK:
        return bound
    plans = [one for route in routes for one in plan(graph, value.expr, xs, route)]
    return max([DOUBLE * live_elements(graph, [value.expr]), *(one.memory for one in plans)])


LOOK = GIGABYTE  # bytes that a pass may take at the most before its graph is looked at


def _worst(values: Sequence[_Value]) -> tuple[Span | None, float]:
    """Return the line that takes most of the operations, and its share."""
    spans: dict[tuple[str, int], Span] = {}
    found: dict[tuple[str, int], float] = {}
    for value in values:
        for index, cost in value.costs.items():
            if span := value.expr.graph.spans.get(index):
                key = span.file, span.line
                spans.setdefault(key, span)
                found[key] = found.get(key, 0.0) + cost + NODE
    if not found:
        return None, 0.0
    key = max(found, key=lambda one: found[one])
    return spans[key], found[key] / sum(found.values())


def refuse(demand: Demand, limits: Limits, what: str) -> None:
    """Raise where a demand is beyond the limits.

    Errors: SourceError (JAC009) that names the line which takes most, and the option.
    """
    share = f"; this line takes {100 * demand.share:.0f} % of it" if demand.worst else ""
    fewer = "choose fewer derivatives with --of and --wrt, or smaller arrays"
    found = []
    if limits.operations is not None and demand.operations > limits.operations:
        message = f"{what} takes about {demand.operations:.3g} operations, more than {limits.operations:.3g}{share}"
        found.append((message, f"{fewer}; or allow it with --max-operations {_above(demand.operations)}"))
    if limits.memory is not None and demand.memory > limits.memory:
        size, most = demand.memory / GIGABYTE, limits.memory / GIGABYTE
        message = f"{what} takes about {size:.3g} GB of memory, more than {most:.3g} GB{share}"
        found.append((message, f"{fewer}; or allow it with --max-memory {_above(size)}"))
    if found:
        raise SourceError(Problem("JAC009", message, demand.worst, help_) for message, help_ in found)


def _above(number: float) -> str:
    """Return a short number that is not smaller: 2.34e11 is ``3e+11``."""
    step = 10.0 ** math.floor(math.log10(number))
    return f"{math.ceil(number / step) * step:.2g}"
