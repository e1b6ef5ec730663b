"""Jacobians of a spec by what judges others: certified values and differences, as ``--route`` asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from jaccli.errors import UsageError
from jaccli.graph.build import Built
from jaccli.graph.evaluate import evaluate, live_elements
from jaccli.spec.points import Point
from jaccli.types import Array

if TYPE_CHECKING:
    from jaccli.reference import Reference

__all__ = ["certified_blocks", "certified_jacobians", "certified_notes", "difference_jacobian"]


def difference_jacobian(built: Built, of: str, wrt: str, point: Point) -> Array:
    """Return the Jacobian by differences; shapes: of.shape + wrt.shape."""
    from jaccli.difference import differences

    output, shape = built.outputs[of], point[wrt].shape

    def fn(points: Array) -> Array:
        (values,) = evaluate(built.graph, [output], {**point, wrt: points.reshape(len(points), *shape)})
        return np.broadcast_to(values, (len(points), *output.shape)).reshape(len(points), -1)

    reference = differences(fn, point[wrt].reshape(-1), elements=live_elements(built.graph, [output]))
    return reference.value.reshape(output.shape + shape)


def certified_blocks(built: Built, of: str, variables: Sequence[str], point: Point) -> dict[str, Reference]:
    """Return the certified Jacobian by each variable, NaN where nothing can be certified.

    Errors: UsageError for an op without ball arithmetic, or where it would cost too much.
    """
    from jaccli.checker.references.certified import certified

    found, alarm = certified(built, built.outputs[of], variables, point)
    if alarm:
        raise UsageError(f"--route certified: {alarm}")
    if len(found) < len(variables):
        raise UsageError(
            f"--route certified: d {of} takes too many ball operations; choose smaller blocks, or --route auto"
        )
    return found


def certified_jacobians(built: Built, of: str, variables: Sequence[str], point: Point) -> dict[str, Array]:
    """Return the certified values by variable, NaN on kinks and outside the domain; shapes: of.shape + x.shape."""
    return {
        name: np.where(np.isfinite(found.error_bar), found.value, np.nan).reshape(
            built.outputs[of].shape + point[name].shape
        )
        for name, found in certified_blocks(built, of, variables, point).items()
    }


def certified_notes(built: Built, outputs: Sequence[str], variables: Sequence[str], point: Point) -> list[str]:
    """Return for each block the largest radius of its values."""
    return [
        f"d {of} / d {name} is certified: each value ± {float(np.max(reference.error_bar, initial=0.0)):.0e} at most"
        if np.all(np.isfinite(reference.error_bar))
        else f"d {of} / d {name}: {int(np.sum(~np.isfinite(reference.error_bar)))} values cannot be certified (kink or domain)"
        for of in outputs
        for name, reference in certified_blocks(built, of, variables, point).items()
    ]
