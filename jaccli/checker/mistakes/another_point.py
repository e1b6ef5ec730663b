"""A wrong derivative of a function → the same block, and differences, at other points, where the same kind of mistake must show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from jaccli.adapters import Derivative, Leaf, Subject, Trouble, TroubleError
from jaccli.checker.products import jacobian_of
from jaccli.reference import input_scale
from jaccli.types import Array
from jaccli.verdict import Evidence, Other

__all__ = ["others_of_function"]

COLUMNS = 16  # at most: beyond, more entries are seen at the one point than others would add
POINTS = 2
MOVED = 0.1  # of the scale, at most: near enough to stay in the domain and on the same branch more often than not
STEPS = np.array([-2.0, -1.0, 1.0, 2.0]) * 2.0**-10  # of the scale
WEIGHTS = (
    np.array([1.0, -8.0, 8.0, -1.0]) / 12.0
)  # of the five-point formula, the middle has none (Fornberg 1988, table 1)
CLEAR = 1e-3  # of the right block, which a mistake must exceed to stand out from the error of these differences


def others_of_function(derivative: Derivative, subject: Subject, y: Leaf, x: Leaf) -> tuple[Other, ...]:
    """Return a block of a derivative under test, and differences, at points near by where both are finite and clearly apart.

    Law:    where they agree nothing is known of the mistake, and so nothing is said. All inputs are moved: a derivative by b of
            a function that is linear in b depends on the others alone. The points depend on the inputs' shapes alone.
    Cost:   two Jacobians by one input, and eight evaluations for each of its elements.
    """
    if (
        derivative.at is None
        or x.value.size > COLUMNS
        or subject.may_not_terminate
        or x.eps > 2.0**-52
        or y.eps > 2.0**-52
    ):
        return ()
    try:
        return tuple(_others(derivative, subject, y, x))
    except TroubleError:
        return ()


def _others(derivative: Derivative, subject: Subject, y: Leaf, x: Leaf) -> Iterator[Other]:
    assert derivative.at is not None
    part = replace(subject, inputs=(x,), outputs=(y,))
    for index in range(1, POINTS + 1):
        rng = np.random.default_rng([index, x.value.size])
        first = [x, *(leaf for leaf in subject.inputs if leaf.name != x.name and leaf.eps <= 2.0**-52)]
        point = {leaf.name: _moved(leaf.value, rng) for leaf in first}
        value = _differences(subject, y, x, point)
        found = jacobian_of(derivative.at(point), part)[y.name, x.name]
        if isinstance(found, Trouble) or not np.all(np.isfinite(found)) or not np.all(np.isfinite(value)):
            continue
        tested = np.asarray(found, dtype=np.float64).reshape(value.shape)
        if np.max(np.abs(tested - value), initial=0.0) > CLEAR * np.max(np.abs(value), initial=0.0):
            shape = (*y.value.shape, *x.value.shape)
            yield Other(tested.reshape(shape), value.reshape(shape), Evidence())


def _moved(value: Array, rng: np.random.Generator) -> Array:
    """Return a point near by."""
    scale = input_scale(value.reshape(-1))
    by = rng.uniform(MOVED / 4, MOVED, scale.shape) * rng.choice([-1.0, 1.0], scale.shape)
    return np.asarray(value + (by * scale).reshape(value.shape))


def _differences(subject: Subject, y: Leaf, x: Leaf, point: Mapping[str, Array]) -> Array:
    """Return the Jacobian of one output by one input at a point, (m, n), by a formula of fourth order."""
    scale = input_scale(x.value.reshape(-1))
    moves = (STEPS[:, None, None] * np.diag(scale)).reshape(-1, *x.value.shape)
    points = {
        name: np.broadcast_to(value, (len(moves), *value.shape)) + (moves if name == x.name else 0.0)
        for name, value in point.items()
    }
    with np.errstate(all="ignore"):
        values = subject.values(points).values[:, _rows(subject, y)]
        taken = values.reshape(len(STEPS), scale.size, -1)
        return np.asarray(np.einsum("s,snm->mn", WEIGHTS, taken) / (2.0**-10 * scale))


def _rows(subject: Subject, y: Leaf) -> slice:
    names = [leaf.name for leaf in subject.outputs]
    ends = np.cumsum([leaf.value.size for leaf in subject.outputs])
    end = int(ends[names.index(y.name)])
    return slice(end - y.value.size, end)
