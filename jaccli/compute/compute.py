"""A built spec → its values and derivatives at a point, symbolic and numeric, ready to be written."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from jaccli.checker.effort.demand import Limits, computed_demand, product_demand, refuse
from jaccli.compute.engines import Interpreted, Runner, runner
from jaccli.compute.fitting import refuse_unless_all_fit
from jaccli.compute.references import certified_jacobians, certified_notes, difference_jacobian
from jaccli.compute.reuse import Kept, changed
from jaccli.compute.texts import second_texts, symbolic_texts, worth_writing, written_texts
from jaccli.compute.vectors import products
from jaccli.derive.jacobian import hessian
from jaccli.derive.non_finite import troubles
from jaccli.errors import UsageError
from jaccli.graph.broadcasts import stretched
from jaccli.graph.build import Built
from jaccli.graph.ir import Expr, ancestors
from jaccli.graph.selection import Selection, select
from jaccli.results.computed import Block, Computed, Derived, Product, too_many
from jaccli.results.kinds import Route
from jaccli.spec.points import Point
from jaccli.types import Array

if TYPE_CHECKING:
    from jaccli.results.formula import TensorFormula
    from jaccli.results.reuse import Change

__all__ = ["compute", "where_defined"]

MAX_FORMULAS = 300  # blocks of a spec that are written as matrix calculus; each takes milliseconds
MAX_ENTRIES = 20_000_000  # of one block: 160 MB of doubles


def compute(
    built: Built,
    *,
    selection: Selection | None = None,
    at: Mapping[str, Any] | None = None,
    order: int = 1,
    route: str = "auto",
    texts: bool = True,
    numbers_alone: bool = False,
    full: bool = True,
    most_bindings: int | None = None,
    tangents: Mapping[str, Any] | None = None,
    cotangents: Mapping[str, Any] | None = None,
    engine: str | None = None,
    changes: Sequence[Mapping[str, Any]] = (),
    max_operations: float | None = None,
    max_memory: float | None = None,
) -> Computed:
    """Return the first or second derivatives of the selected outputs.

    engine:  static or eager runs the graph by that engine; it is interpreted where none is named.
    most_bindings: intermediates beyond which long symbolic entries are not written; None writes them all.
    max_operations, max_memory: of the derivatives, counted before anything runs; in bytes.
    changes: values that inputs are given one after the other; what each makes necessary is counted, and the last ones are shown.

    Where an input has no value, only the symbolic side is filled. With tangents or cotangents their products take the place
    of the derivatives. Without ``texts`` nothing symbolic is made, nor with ``numbers_alone`` where every input has a value and a
    route for numbers is named, nor where there are so many blocks that they are summed up, which ``full`` forbids.
    Errors: UsageError for an unknown name, route or order; TooLarge where the symbolic route was asked for and is not to be had.
    """
    if route not in [*Route]:
        raise UsageError(f"--route must be one of {', '.join(Route)} (got {route})")
    if order not in (1, 2):
        raise UsageError(f"--order must be 1 or 2 (got {order})")
    run = runner(engine, built.graph)
    if engine is not None and (
        order == 2 or tangents or cotangents or route not in (Route.AUTO, Route.FORWARD, Route.REVERSE)
    ):
        raise UsageError("--engine goes with first derivatives by --route auto, forward or reverse")
    outputs, variables = select(built, selection or Selection())
    limits = Limits(max_operations, max_memory)
    if limits != Limits():
        count = len(tangents or ()) + len(cotangents or ())
        demand = (
            product_demand(built, outputs, order * count)
            if count
            else computed_demand(built, outputs, variables, order)
        )
        refuse(demand, limits, "computing the derivatives")
    made = _changed(built, at, outputs, variables, changes) if changes else ()
    point = built.point({**(at or {}), **{name: v for one in changes for name, v in one.items()}})
    missing = tuple(v.name for v in built.spec.variables if v.name not in point)
    complete = None if missing else point
    worth = worth_writing(built, outputs) if order == 1 else frozenset()
    make: Callable[..., list[Block]] = (
        partial(_first, run=run, worth=worth, most=most_bindings) if order == 1 else _second
    )
    if numbers_alone and complete is not None and route not in (Route.AUTO, Route.SYMBOLIC):
        texts = False
    texts = texts and (full or not too_many(*_extent(built, outputs, variables, order)))
    found: tuple[Product, ...] = ()
    if tangents or cotangents:
        found, make = products(built, outputs, variables, complete, tangents or {}, cotangents or {}, order), _none
    else:
        _refuse_huge(built, outputs, variables, order)
    values = _values(built, outputs, complete, run)
    if isinstance(run, Interpreted) and order == 1 and route == Route.AUTO and complete is not None and not found:
        nodes = [built.outputs[of] for of in outputs], [built.variables[name] for name in variables]
        run.together(*nodes, complete)
    blocks = tuple(block for of in outputs for block in make(built, of, variables, complete, route, texts))
    if values is not None:
        blocks = tuple(replace(b, value=where_defined(b.value, values[b.of])) for b in blocks)
    said = run.note() if complete is not None else None
    return Computed(
        name=built.spec.title or built.spec.name,
        point=point,
        values=values,
        blocks=blocks,
        products=found,
        steps=tuple((f.name, f.parts[0].snippet.text) for f in built.spec.lets if len(f.parts) == 1),
        derived=Derived(
            built.graph, {of: built.outputs[of] for of in outputs}, {name: built.variables[name] for name in variables}
        ),
        labels=_labels(built),
        missing=missing,
        order=order,
        full=full,
        changes=made,
        notes=(
            *_notes(built, outputs, variables, complete, route if order == 1 and not found else ""),
            *([said] if said else []),
        ),
    )


def _changed(
    built: Built,
    at: Mapping[str, Any] | None,
    outputs: Sequence[str],
    variables: Sequence[str],
    changes: Sequence[Mapping[str, Any]],
) -> tuple[Change, ...]:
    """Return what each change makes necessary."""
    return tuple(changed(Kept(built, at, outputs, variables), changes))


def _extent(built: Built, outputs: Sequence[str], variables: Sequence[str], order: int) -> tuple[int, int, bool]:
    """Return the number of blocks, of columns of blocks, where pairs of variables count once, and whether all are numbers."""
    columns = math.comb(len(variables) + order - 1, order)
    nodes = [*(built.outputs[of] for of in outputs), *(built.variables[name] for name in variables)]
    return len(outputs) * columns, columns, not any(node.shape for node in nodes)


def _refuse_huge(built: Built, outputs: Sequence[str], variables: Sequence[str], order: int) -> None:
    total = count = 0
    for of, names in itertools.product(outputs, itertools.combinations_with_replacement(variables, order)):
        entries = math.prod([built.outputs[of].node.size, *(built.variables[name].node.size for name in names)])
        if entries > MAX_ENTRIES:
            block = " / ".join([f"d {of}", *(f"d {name}" for name in names)])
            raise UsageError(
                f"{block} has {entries:,} entries, more than {MAX_ENTRIES:,}; "
                "choose smaller blocks with --of and --wrt, or products with Model.jvp and Model.vjp in Python"
            )
        total, count = total + entries, count + 1
    refuse_unless_all_fit(count, total)


def _labels(built: Built) -> dict[str, str]:
    labels = {v.name: v.label for v in built.spec.variables if v.label}
    return labels | {f.name: f.label for f in built.spec.outputs if f.label}


def _values(built: Built, outputs: Sequence[str], point: Point | None, run: Runner) -> dict[str, Array] | None:
    if point is None:
        return None
    found = run.values([built.outputs[of] for of in outputs], point)
    return {of: np.broadcast_to(v, built.outputs[of].shape) for of, v in zip(outputs, found, strict=True)}


def _notes(
    built: Built, outputs: Sequence[str], variables: Sequence[str], point: Point | None, route: str
) -> list[str]:
    shapes = list(stretched(built))
    if point is None:
        return shapes
    certified = certified_notes(built, outputs, variables, point) if route == Route.CERTIFIED else []
    return [*shapes, *troubles(built.graph, [built.outputs[of] for of in outputs], point), *certified]


def where_defined(derivative: Array | None, value: Array) -> Array | None:
    """Return a derivative, NaN in the rows where the value is NaN: 1/x is a number at -1, and log(x) has no derivative there.

    Shapes: value (m…); derivative (m…, n…).
    """
    if derivative is None or not np.any(np.isnan(value)):
        return derivative
    rows = np.isnan(value).reshape(value.shape + (1,) * (derivative.ndim - value.ndim))
    return np.where(rows, np.nan, derivative)


def _none(*_: Any) -> list[Block]:
    return []


# --- first derivatives


def _first(
    built: Built,
    of: str,
    variables: Sequence[str],
    point: Point | None,
    route: str,
    written: bool,
    run: Runner,
    worth: frozenset[str],
    most: int | None,
) -> list[Block]:
    output, xs = built.outputs[of], [built.variables[name] for name in variables]
    texts = (
        symbolic_texts(built, output, xs, must=route == Route.SYMBOLIC, worth=of in worth)
        if written or route == Route.SYMBOLIC
        else [None] * len(xs)
    )
    numbers = _numbers(built, of, variables, point, route, texts, run)
    few = written and len(built.outputs) * len(xs) <= MAX_FORMULAS
    formulas = _formulas(built, output, xs, point) if few else [None] * len(xs)
    blocks = []
    for name, x, value, found, formula in zip(variables, xs, numbers, texts, formulas, strict=True):
        blocks.append(
            Block(
                of=of,
                wrt=(name,),
                of_shape=output.shape,
                wrt_shapes=(x.shape,),
                value=value,
                formula=formula,
                **(written_texts(found, x, output, list(built.lets), most) if written else {}),
            )
        )
    return blocks


def _formulas(built: Built, output: Expr, xs: list[Expr], point: Point | None) -> Sequence[TensorFormula | None]:
    """Return the blocks as matrix calculus, None for each that has no such form, as among numbers alone."""
    if all(not built.graph.nodes[index].shape for index in ancestors(built.graph, [output.index])):
        return [None] * len(xs)
    from jaccli.derive.formula import tensor_formulas

    return tensor_formulas(built.graph, output, xs, _constants(built, point))


def _constants(built: Built, point: Point | None) -> dict[str, Array]:
    """Return the spec's constants, of which a formula may use what is true of them."""
    names = [variable.name for variable in built.spec.variables if variable.role == "constant"]
    return {name: np.asarray(point[name], dtype=np.float64) for name in names} if point is not None else {}


def _numbers(
    built: Built,
    of: str,
    variables: Sequence[str],
    point: Point | None,
    route: str,
    texts: Sequence[Any],
    run: Runner,
) -> list[Array | None]:
    if point is None:
        return [None] * len(variables)
    if route == Route.CERTIFIED:
        return [*certified_jacobians(built, of, variables, point).values()]
    if route == Route.DIFFERENCE:
        return [difference_jacobian(built, of, name, point) for name in variables]
    if route == Route.SYMBOLIC:
        return [found.evaluate(point) for found in texts]
    return [*run.jacobians(built.outputs[of], [built.variables[name] for name in variables], point, route)]


# --- second derivatives


def _second(
    built: Built, of: str, variables: Sequence[str], point: Point | None, route: str, written: bool
) -> list[Block]:
    output = built.outputs[of]
    blocks = []
    for first, second in itertools.combinations_with_replacement(variables, 2):
        x, x2 = built.variables[first], built.variables[second]
        value = hessian(built.graph, output, x, x2, point) if point is not None else None
        texts = second_texts(built, output, x, x2) if written else None
        blocks.append(
            Block(
                of=of,
                wrt=(first, second),
                of_shape=output.shape,
                wrt_shapes=(x.shape, x2.shape),
                value=value,
                symbolic=texts,
                named=texts,
            )
        )
    return blocks
