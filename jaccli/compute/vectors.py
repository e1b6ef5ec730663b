"""Vectors → their products with a Jacobian or Hessian, which is never built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaccli.derive.products import hvp_at, jvp_at, vjp_at
from jaccli.errors import UsageError, suggestion
from jaccli.graph.build import Built
from jaccli.graph.ir import Expr
from jaccli.results.computed import Product
from jaccli.spec.points import Point
from jaccli.types import Array

__all__ = ["products", "vector_of"]


def products(
    built: Built,
    outputs: Sequence[str],
    variables: Sequence[str],
    point: Point | None,
    tangents: Mapping[str, Any],
    cotangents: Mapping[str, Any],
    order: int,
) -> tuple[Product, ...]:
    """Return J dx per output, Jᵀ ȳ per variable, and ȳᵀ J dx where both are given; for order 2, H dx per pair.

    Errors: UsageError for an unknown name, a wrong shape, an input without a value, or cotangents with order 2.
    """
    free = {name: built.variables[name] for name in built.differentiable}
    dx = {name: vector_of("--tangent", name, value, free) for name, value in tangents.items()}
    y_bar = {name: vector_of("--cotangent", name, value, built.outputs) for name, value in cotangents.items()}
    if point is None:
        raise UsageError("a product needs a value for every input; give the missing ones with --at NAME=VALUE")
    if order == 2:
        if y_bar:
            raise UsageError("--cotangent does not go with --order 2; --tangent gives the Hessian-vector product")
        return _second(built, outputs, variables, point, dx)
    found = []
    if dx:
        pushed = jvp_at(built.graph, [built.outputs[of] for of in outputs], dx, point)
        found += [
            Product(kind="jvp", name=of, value=_full(v, built.outputs[of]))
            for of, v in zip(outputs, pushed, strict=True)
        ]
    if y_bar:
        by_index: dict[int, Array] = {}
        for of, bar in y_bar.items():  # two names may stand for one node
            by_index[built.outputs[of].index] = by_index.get(built.outputs[of].index, 0.0) + bar
        pulled = vjp_at(built.graph, by_index, [built.variables[name] for name in variables], point)
        found += [
            Product(kind="vjp", name=n, value=_full(v, built.variables[n]))
            for n, v in zip(variables, pulled, strict=True)
        ]
    if dx and y_bar:
        pushed = jvp_at(built.graph, [built.outputs[of] for of in y_bar], dx, point)
        total = sum(float(np.sum(bar * dy)) for bar, dy in zip(y_bar.values(), pushed, strict=True))
        found.append(Product(kind="vjvp", name="total", value=np.asarray(total)))
    return tuple(found)


def _second(
    built: Built, outputs: Sequence[str], variables: Sequence[str], point: Point, dx: Mapping[str, Array]
) -> tuple[Product, ...]:
    xs = [built.variables[name] for name in variables]
    return tuple(
        Product(kind="hvp", name=f"{of}.{name}", value=block)
        for of in outputs
        for name, block in zip(variables, hvp_at(built.graph, built.outputs[of], xs, dx, point), strict=True)
    )


def _full(value: Array, like: Expr) -> Array:
    return np.array(np.broadcast_to(value, like.shape))


def vector_of(option: str, name: str, value: Any, known: Mapping[str, Expr]) -> Array:
    """Return a tangent or cotangent as doubles.

    Errors: UsageError, beginning with the option, for an unknown name, a wrong shape, or what is not finite.
    """
    if name not in known:
        raise UsageError(
            f"{option} {name}=…: `{name}` is unknown; {suggestion(name, known) or 'known: ' + ', '.join(known)}"
        )
    array = np.asarray(value, dtype=np.float64)
    if array.shape != known[name].shape:
        raise UsageError(
            f"{option} {name}=…: must have shape {known[name].shape}, that of `{name}` (got {array.shape})"
        )
    if not np.all(np.isfinite(array)):
        raise UsageError(f"{option} {name}=…: must be finite")
    return array
