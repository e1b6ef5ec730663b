"""Graph → numeric Jacobians and Hessians: all seeds of a pass in one batch, by the cheaper mode, under a memory cap."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaccli.derive.exact_zeros import evaluate_seeded, not_finite
from jaccli.derive.forward import jvp
from jaccli.derive.reverse import vjp
from jaccli.graph.cost import weighted_operations
from jaccli.graph.evaluate import FLOAT64, Numbers, evaluate, live_elements
from jaccli.graph.ir import Expr, Graph
from jaccli.graph.sparsity import structure
from jaccli.types import Array

__all__ = [
    "Plan",
    "Run",
    "carried_out",
    "hessian",
    "hessian_operations",
    "in_batches",
    "jacobian",
    "plan",
    "run_seeded",
]

#: What runs a graph: ``evaluate``, or an Engine in its place.
Run = Callable[[Graph, Sequence[Expr], Mapping[str, Any], Numbers], list[Array]]
MEMORY_CAP = 256 * 2**20  # bytes alive at once in one batch


@dataclass(frozen=True, slots=True)
class Plan:
    """How a Jacobian is going to be computed: the derived graph, its seeds, and what it costs."""

    route: str  # "forward" or "reverse"
    seed: Expr  # the leaf that the seeds are given to
    results: tuple[Expr | None, ...]  # the tangent of the output, or the cotangents of the variables
    seeds: int

    @property
    def operations(self) -> int:
        """The weighted operations of all seeds together."""
        wanted = [result for result in self.results if result is not None]
        return weighted_operations(self.seed.graph, wanted, seeds={self.seed.index: self.seed.node.size})

    @property
    def memory(self) -> int:
        """The bytes of doubles that are alive at once, in the largest batch."""
        wanted = [result for result in self.results if result is not None]
        each = live_elements(self.seed.graph, wanted) * 8 if wanted else 0
        return each * min(self.seeds, _step(each or 1))


def plan(graph: Graph, of: Expr, wrt: Sequence[Expr], route: str = "auto") -> list[Plan]:
    """Return the passes that give the Jacobian of ``of`` with respect to each of ``wrt``; one for reverse, n for forward.

    Errors: ValueError for an unknown route.
    """
    if route not in ("auto", "forward", "reverse"):
        raise ValueError(f"'route' must be auto, forward or reverse here (got {route!r})")
    if route == "auto":
        route = _clear_choice(of.node.size, sum(x.node.size for x in wrt))
    if route == "reverse":
        return [_reverse_plan(graph, of, wrt)]
    forward = [_forward_plan(graph, of, x) for x in wrt]
    if route == "forward":
        return forward
    reverse = _reverse_plan(graph, of, wrt)
    return [reverse] if reverse.operations <= sum(plan.operations for plan in forward) else forward


def _clear_choice(rows: int, columns: int) -> str:
    """Return the mode that wins whatever the graph is, so that the other need not be built; "auto" where both must be counted."""
    if columns == 1 or rows > 4 * columns:
        return "forward"
    return "reverse" if rows == 1 or columns > 4 * rows else "auto"


def _reverse_plan(graph: Graph, of: Expr, wrt: Sequence[Expr]) -> Plan:
    seed = graph.leaf(f"{of.index}_bar", of.shape)
    bars = tuple(vjp(graph, {of.index: seed}, wrt))
    return Plan("reverse", seed, bars, of.node.size)


def _forward_plan(graph: Graph, of: Expr, x: Expr) -> Plan:
    seed = graph.leaf(f"{x.index}_dot", x.shape)
    (dy,) = jvp(graph, [of], {x.index: seed})
    return Plan("forward", seed, (dy,), x.node.size)


def jacobian(
    graph: Graph,
    of: Expr,
    wrt: Sequence[Expr],
    values: Mapping[str, Any],
    route: str = "auto",
    numbers: Numbers = FLOAT64,
    run: Run = evaluate,
) -> list[Array]:
    """Return one Jacobian per variable.

    Shapes: of.shape + x.shape each.
    Units:  those of ``of`` over those of x.
    Cost:   the cheaper of one jvp per input element and one vjp per output element, in batches that stay under the memory cap.
    """
    return carried_out(graph, plan(graph, of, wrt, route), of, wrt, values, numbers, run)


def carried_out(
    graph: Graph,
    plans: Sequence[Plan],
    of: Expr,
    wrt: Sequence[Expr],
    values: Mapping[str, Any],
    numbers: Numbers = FLOAT64,
    run: Run = evaluate,
) -> list[Array]:
    """Return the Jacobians that ``plans`` were made for; a plan may be carried out any number of times."""
    by_rows = plans and plans[0].route == "reverse"
    blocks = (
        _by_rows(graph, plans[0], of, wrt, values, numbers, run)
        if by_rows
        else _by_columns(graph, plans, of, wrt, values, numbers, run)
    )
    if np.dtype(numbers.dtype).kind == "f":
        return blocks
    return [_structural_zeros(block, of, x) for block, x in zip(blocks, wrt, strict=True)]


def _by_rows(
    graph: Graph, plan: Plan, of: Expr, wrt: Sequence[Expr], values: Mapping[str, Any], numbers: Numbers, run: Run
) -> list[Array]:
    rows = in_batches(graph, plan, plan.results, of.shape, values, numbers, run)
    return [
        row.reshape(of.shape + x.shape) if row is not None else np.zeros(of.shape + x.shape, numbers.dtype)
        for x, row in zip(wrt, rows, strict=True)
    ]


def _by_columns(
    graph: Graph,
    plans: Sequence[Plan],
    of: Expr,
    wrt: Sequence[Expr],
    values: Mapping[str, Any],
    numbers: Numbers,
    run: Run,
) -> list[Array]:
    blocks = []
    for x, forward in zip(wrt, plans, strict=True):
        (columns,) = in_batches(graph, forward, forward.results, x.shape, values, numbers, run)
        if columns is None:
            blocks.append(np.zeros(of.shape + x.shape, numbers.dtype))
        else:
            by_column = columns.reshape(x.shape + of.shape)
            order = (*range(len(x.shape), by_column.ndim), *range(len(x.shape)))
            blocks.append(by_column.transpose(order).copy())
    return blocks


def _structural_zeros(block: Array, of: Expr, x: Expr) -> Array:
    """Return the block with 0 where no path leads, of balls or complex numbers: a zero may have met an infinite slope there."""
    strange = ~np.asarray(block == block, dtype=bool)  # NaN, and any ball that is not exact
    return np.where(strange & ~structure(of, x), 0, block) if np.any(strange) else block


def in_batches(
    graph: Graph,
    plan: Plan,
    results: Sequence[Expr | None],
    shape: tuple[int, ...],
    values: Mapping[str, Any],
    numbers: Numbers,
    run: Run,
) -> list[Array | None]:
    """Return the derived nodes for every unit seed, stacked along a first axis."""
    wanted = [result for result in results if result is not None]
    name = str(dict(plan.seed.node.params)["name"])
    size = math.prod(shape)
    if size == 1:  # a gradient needs no batch
        given = {**values, name: np.ones(shape, numbers.dtype)}
        single = run_seeded(run, graph, wanted, given, [plan.seed], numbers)
        alone = iter([np.array(np.broadcast_to(value, x.shape))[None] for value, x in zip(single, wanted, strict=True)])
        return [next(alone, None) if result is not None else None for result in results]
    chunks: list[list[Array]] = []
    for start, stop in _chunks(size, live_elements(graph, wanted) * numbers.dtype.itemsize):
        seeds = _unit_rows(start, stop, size, numbers.dtype).reshape(stop - start, *shape)
        outcome = run_seeded(run, graph, wanted, {**values, name: seeds}, [plan.seed], numbers)
        chunks.append(
            [np.broadcast_to(value, (len(seeds), *x.shape)) for value, x in zip(outcome, wanted, strict=True)]
        )
    joined = iter([np.concatenate(parts) for parts in zip(*chunks, strict=True)] if chunks else [])
    return [next(joined, None) if result is not None else None for result in results]


def run_seeded(
    run: Run,
    graph: Graph,
    wanted: Sequence[Expr],
    values: Mapping[str, Any],
    seeds: Sequence[Expr],
    numbers: Numbers = FLOAT64,
) -> list[Array]:
    """Return what ``run`` gives; where that has a NaN, what zeros of the seeds give that stay zero beside an infinite slope."""
    found = run(graph, wanted, values, numbers)
    return evaluate_seeded(graph, wanted, values, seeds, numbers) if not_finite(found) else found


def _step(bytes_each: int) -> int:
    """Return how many seeds one batch takes."""
    return max(1, MEMORY_CAP // bytes_each)


def _chunks(count: int, bytes_each: int) -> list[tuple[int, int]]:
    step = _step(bytes_each)
    return [(start, min(start + step, count)) for start in range(0, count, step)]


def _unit_rows(start: int, stop: int, size: int, dtype: Any) -> Array:
    rows = np.zeros((stop - start, size), dtype=dtype)
    rows[np.arange(stop - start), np.arange(start, stop)] = 1
    return rows


def hessian(graph: Graph, of: Expr, first: Expr, second: Expr, values: Mapping[str, Any], run: Run = evaluate) -> Array:
    """Return the second derivatives of ``of`` with respect to ``first``, then ``second``: forward over reverse.

    Shapes: of.shape + first.shape + second.shape.
    Cost:   one forward-over-reverse product per output element and element of ``second``, batched over both.
    """
    blocks = np.zeros((of.node.size, second.node.size, *first.shape))
    y_bar, direction, product = _hessian_product(graph, of, first, second)
    if product is not None:
        _fill_products(graph, product, (y_bar, direction), values, blocks, run)
    return np.ascontiguousarray(np.moveaxis(blocks, 1, -1)).reshape(of.shape + first.shape + second.shape)


def _hessian_product(graph: Graph, of: Expr, first: Expr, second: Expr) -> tuple[Expr, Expr, Expr | None]:
    """Append ȳᵀ H dx; return the leaves for ȳ and dx, and the product, None where it is zero everywhere."""
    y_bar = graph.leaf(f"{of.index}_bar", of.shape)
    (x_bar,) = vjp(graph, {of.index: y_bar}, [first])
    direction = graph.leaf(f"{second.index}_dot", second.shape)
    (product,) = jvp(graph, [x_bar], {second.index: direction}) if x_bar is not None else (None,)
    return y_bar, direction, product


def hessian_operations(graph: Graph, of: Expr, first: Expr, second: Expr) -> int:
    """Return the weighted operations of ``hessian``."""
    y_bar, direction, product = _hessian_product(graph, of, first, second)
    seeds = {y_bar.index: of.node.size, direction.index: of.node.size * second.node.size}
    return weighted_operations(graph, [product], seeds=seeds) if product is not None else 0


def _fill_products(
    graph: Graph, product: Expr, seeds: tuple[Expr, Expr], values: Mapping[str, Any], blocks: Array, run: Run
) -> None:
    """Write the product for every pair of unit seeds into ``blocks``, whose first two axes count the seeds."""
    bytes_each = live_elements(graph, [product]) * blocks.itemsize
    names = [str(dict(seed.node.params)["name"]) for seed in seeds]
    sizes = [seed.node.size for seed in seeds]
    for first, last in _chunks(sizes[0], bytes_each):
        rows = _unit_rows(first, last, sizes[0], blocks.dtype).reshape(last - first, 1, *seeds[0].shape)
        for start, stop in _chunks(sizes[1], bytes_each * (last - first)):
            columns = _unit_rows(start, stop, sizes[1], blocks.dtype).reshape(1, stop - start, *seeds[1].shape)
            given = dict(zip(names, (rows, columns), strict=True))
            (blocks[first:last, start:stop],) = run_seeded(run, graph, [product], {**values, **given}, seeds, FLOAT64)
